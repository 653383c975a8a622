//! Two sources at a time: the higher one wins, whichever kinds of credentials the two have.

use crate::door::{self, Door};
use crate::identities;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Password,
    Token,
    Keys,
    TemporaryKeys,
}

use Kind::{Keys, Password, TemporaryKeys, Token};

type Pairs = Vec<(&'static str, &'static str)>;

/// A source, and how to write a kind of credentials into it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Source {
    Block,
    /// `cloud` in the block.
    Cloud,
    /// `profile` in the block.
    Profile,
    Openstack,
    Huawei,
    /// `OS_CLOUD`.
    CloudVariable,
    /// `HW_PROFILE`.
    ProfileVariable,
}

use Source::{Block, Cloud, CloudVariable, Huawei, Openstack, Profile, ProfileVariable};

impl Source {
    fn kinds(self) -> &'static [Kind] {
        match self {
            Profile | ProfileVariable => &[Keys, TemporaryKeys],
            _ => &[Password, Token, Keys, TemporaryKeys],
        }
    }

    fn user(self) -> &'static str {
        match self {
            Block => "block",
            Openstack => "os",
            Huawei => "hw",
            Cloud | CloudVariable => "yaml",
            Profile | ProfileVariable => "profile",
        }
    }

    /// Arguments and variables that put a kind there.
    fn settings(self, kind: Kind) -> (Pairs, Pairs) {
        let entry = match kind {
            Password => "password",
            Token => "token",
            Keys => "aksk",
            TemporaryKeys => "temporary",
        };
        let profile = if kind == Keys { "plain" } else { "sso" };
        match self {
            Block => (block(kind), Vec::new()),
            Cloud => (vec![("cloud", entry)], Vec::new()),
            Profile => (vec![("profile", profile)], Vec::new()),
            Openstack => (Vec::new(), openstack(kind)),
            Huawei => (Vec::new(), huawei(kind)),
            CloudVariable => (Vec::new(), vec![("OS_CLOUD", entry)]),
            ProfileVariable => (Vec::new(), vec![("HW_PROFILE", profile)]),
        }
    }

    fn used(self, kind: Kind) -> String {
        let how = match kind {
            Password => "password",
            Token => "ready",
            Keys => "aksk",
            TemporaryKeys => "temporary_aksk",
        };
        format!("{how} {}", self.user())
    }
}

fn block(kind: Kind) -> Pairs {
    match kind {
        Password => vec![("user_name", "block"), ("password", "block-password"), ("domain_name", "rehearsal")],
        Token => vec![("token", "block-token")],
        Keys => vec![("access_key", "BLOCKAK"), ("secret_key", "block-sk")],
        TemporaryKeys => {
            vec![("access_key", "BLOCKTAK"), ("secret_key", "block-tsk"), ("security_token", "block-st")]
        }
    }
}

fn openstack(kind: Kind) -> Pairs {
    match kind {
        Password => {
            vec![("OS_USERNAME", "os"), ("OS_PASSWORD", "os-password"), ("OS_USER_DOMAIN_NAME", "rehearsal")]
        }
        Token => vec![("OS_TOKEN", "os-token")],
        Keys => vec![("OS_ACCESS_KEY", "OSAK"), ("OS_SECRET_KEY", "os-sk")],
        TemporaryKeys => {
            vec![("OS_ACCESS_KEY", "OSTAK"), ("OS_SECRET_KEY", "os-tsk"), ("OS_SECURITY_TOKEN", "os-st")]
        }
    }
}

fn huawei(kind: Kind) -> Pairs {
    match kind {
        Password => {
            vec![("HW_USER_NAME", "hw"), ("HW_USER_PASSWORD", "hw-password"), ("HW_DOMAIN_NAME", "rehearsal")]
        }
        Token => vec![("HW_AUTH_TOKEN", "hw-token")],
        Keys => vec![("HW_ACCESS_KEY", "HWAK"), ("HW_SECRET_KEY", "hw-sk")],
        TemporaryKeys => {
            vec![("HW_ACCESS_KEY", "HWTAK"), ("HW_SECRET_KEY", "hw-tsk"), ("HW_SECURITY_TOKEN", "hw-st")]
        }
    }
}

/// Sources by falling rank, and the platform on which they have it.
const RANKS: [(&str, &[Source]); 4] = [
    ("otc", &[Block, Cloud, Openstack, Huawei, ProfileVariable]),
    ("huaweicloud", &[Block, Cloud, Huawei, Openstack, ProfileVariable]),
    ("otc", &[Block, Profile, Openstack, Huawei, CloudVariable]),
    ("huaweicloud", &[Block, Profile, Huawei, Openstack, CloudVariable]),
];

#[tokio::test]
async fn the_higher_source_wins_whatever_the_kinds() {
    let door = Door::open().await;
    let home = tempfile::tempdir().unwrap();
    identities::furnish(home.path());
    let home = home.path().display().to_string();
    let (mut rows, mut failures) = (0, Vec::new());
    for (platform, sources) in RANKS {
        for (high, low) in pairs(sources) {
            for (kind, other) in
                high.kinds().iter().flat_map(|kind| low.kinds().iter().map(move |other| (*kind, *other)))
            {
                rows += 1;
                let (above, below) = (high.settings(kind), low.settings(other));
                let block = [vec![("platform", platform)], above.0, below.0].concat();
                let variables = [vec![("HOME", home.as_str())], above.1, below.1].concat();
                door.running.clear_journal();
                let arguments = door::with(door.arguments("eu-de"), &block);
                let outcome = match door::connect(&arguments, &door::environment(&variables)) {
                    Ok(cloud) => door::read(&cloud).await.map(drop).map_err(|error| error.to_string()),
                    Err(error) => Err(error.to_string()),
                };
                if let Err(problem) = outcome.and_then(|()| identities::used(&door, &high.used(kind))) {
                    failures.push(format!("{platform}: {kind:?} of {high:?} over {other:?} of {low:?}: {problem}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} of {rows} rows:\n{}", failures.len(), failures.join("\n"));
    eprintln!("{rows} rows");
}

/// All pairs of a higher and a lower source.
fn pairs(sources: &'static [Source]) -> impl Iterator<Item = (Source, Source)> {
    let above = sources.iter().enumerate();
    above.flat_map(move |(index, high)| sources.iter().skip(index + 1).map(move |low| (*high, *low)))
}
