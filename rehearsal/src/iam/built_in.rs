//! The world that exists when a scenario names none.

use super::world::{AccessKey, Agency, Domain, Durations, Switches, User, World, project};
use crate::ids::Secret;

/// The regions whose projects the built-in world has; the first one is the connection's.
const REGIONS: [&str; 10] = [
    "eu-de",
    "eu-nl",
    "eu-ch2",
    "eu-west-101",
    "cn-north-4",
    "cn-east-3",
    "cn-south-1",
    "ap-southeast-1",
    "ap-southeast-3",
    "MOS",
];

/// The built-in account and the one that delegates to it.
const DOMAIN: (&str, &str) = ("3f9c1d7a5b2e4860a1c8d0e6f7b39254", "rehearsal");
const PARTNER: (&str, &str) = ("8d2b6f40c7e1493ab5960f3e1a7cd284", "rehearsal-partner");

impl Default for World {
    /// The built-in world: an account with a project per region, a user with password and keys, a second user with
    /// MFA, one who is disabled, and a partner account that delegates to the first one by the agency `recovery`.
    fn default() -> World {
        let domain = |(id, name): (&str, &str)| Domain { id: id.into(), name: name.into() };
        let user = |id: &str, name: &str, password: &str, access: &str, secret: &str| User {
            id: id.into(),
            name: name.into(),
            domain_id: DOMAIN.0.into(),
            password: Secret::new(password),
            passcode: None,
            access_keys: vec![AccessKey { access: access.into(), secret: Secret::new(secret) }],
            enabled: true,
            agent_operator: true,
        };
        let own = REGIONS.iter().map(|region| project(region, DOMAIN.0));
        let teams = [project("eu-de_team", DOMAIN.0), project("eu-de", PARTNER.0), project("cn-north-4", PARTNER.0)];
        let mut with_mfa = user(
            "6c1f8a2d94e34b07a5d3c9f0e8b72146",
            "rehearsal-mfa",
            "Rehearsal-Mfa-1",
            "REHEARSALMFAACCESSKEY",
            "RehearsalMfaSecretKey0123456789abcdefghi",
        );
        with_mfa.passcode = Some(Secret::new("123456"));
        let disabled = User {
            enabled: false,
            ..user(
                "9d27c4b1a0f84e6db35a1c8e7f402d59",
                "rehearsal-disabled",
                "Rehearsal-Disabled-1",
                "REHEARSALDISABLEDKEY",
                "RehearsalDisabledSecret0123456789abcdefg",
            )
        };
        World {
            domains: vec![domain(DOMAIN), domain(PARTNER)],
            projects: own.chain(teams).collect(),
            users: vec![
                user(
                    "0b8a53f6ca0f4d52a37a4f55f3d6d111",
                    "rehearsal",
                    "Rehearsal-1",
                    "REHEARSALACCESSKEY01",
                    "RehearsalSecretKey0123456789abcdefghijkl",
                ),
                with_mfa,
                disabled,
            ],
            agencies: vec![Agency {
                name: "recovery".into(),
                domain_id: PARTNER.0.into(),
                trust_domain_id: DOMAIN.0.into(),
            }],
            tokens: Vec::new(),
            temporary_keys: Vec::new(),
            switches: Switches::default(),
            durations: Durations::default(),
        }
    }
}
