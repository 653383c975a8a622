//! Settings and what shall come of them, as data for [`crate::identities`].

/// What shall come of a row.
pub(crate) enum Want {
    /// The journal shows this identity, and nobody else at all.
    Used(&'static str),
    /// The settings are refused, and this argument is to blame.
    Blamed(&'static str),
    /// The first call fails for want of credentials; nothing is sent, and the text has all these parts.
    Missing(&'static [&'static str]),
}

use Want::{Blamed, Missing, Used};

pub(crate) type Pairs = &'static [(&'static str, &'static str)];

/// One row: a name, the platform, the arguments, the environment, what is wanted.
pub(crate) type Row = (&'static str, &'static str, Pairs, Pairs, Want);

/// All rows.
pub(crate) const TABLES: [&[Row]; 5] = [BLOCK, AGENCIES, FILES, VARIABLES, TOGETHER];

const OTC: &str = "otc";
const HUAWEI: &str = "huaweicloud";

/// The account of all users of this test, which the rehearsal cloud names "rehearsal".
const DOMAIN_ID: &str = "3f9c1d7a5b2e4860a1c8d0e6f7b39254";

const BLOCK: &[Row] = &[
    (
        "user by name, domain by name",
        OTC,
        &[("user_name", "block"), ("password", "block-password"), ("domain_name", "rehearsal")],
        &[],
        Used("password block"),
    ),
    (
        "user by name, domain by id",
        OTC,
        &[("user_name", "block"), ("password", "block-password"), ("domain_id", DOMAIN_ID)],
        &[],
        Used("password block"),
    ),
    ("user by id", OTC, &[("user_id", "block-id"), ("password", "block-password")], &[], Used("password block")),
    (
        "id wins over name",
        OTC,
        &[("user_id", "block-id"), ("user_name", "somebody else"), ("password", "block-password")],
        &[],
        Used("password block"),
    ),
    (
        "passcode, user by name",
        OTC,
        &[
            ("user_name", "block-mfa"),
            ("password", "block-mfa-password"),
            ("passcode", "block-code"),
            ("domain_name", "rehearsal"),
        ],
        &[],
        Used("password+totp block-mfa"),
    ),
    (
        "passcode, user by id",
        HUAWEI,
        &[("user_id", "block-mfa-id"), ("password", "block-mfa-password"), ("passcode", "block-code")],
        &[],
        Used("password+totp block-mfa"),
    ),
    ("ready token", OTC, &[("token", "block-token")], &[], Used("ready block")),
    ("key", OTC, &[("access_key", "BLOCKAK"), ("secret_key", "block-sk")], &[], Used("aksk block")),
    ("key, the other cloud", HUAWEI, &[("access_key", "BLOCKAK"), ("secret_key", "block-sk")], &[], Used("aksk block")),
    (
        "temporary key",
        OTC,
        &[("access_key", "BLOCKTAK"), ("secret_key", "block-tsk"), ("security_token", "block-st")],
        &[],
        Used("temporary_aksk block"),
    ),
    (
        "blanks around values",
        OTC,
        &[("access_key", " BLOCKAK "), ("secret_key", "block-sk\n"), ("security_token", "  ")],
        &[],
        Used("aksk block"),
    ),
];

const AGENCY: Pairs = &[
    ("HW_ASSUME_ROLE_AGENCY_NAME", "recovery"),
    ("HW_ASSUME_ROLE_DOMAIN_NAME", "rehearsal-partner"),
    ("HW_ACCESS_KEY", "HWAK"),
    ("HW_SECRET_KEY", "hw-sk"),
];

const AGENCIES: &[Row] = &[
    (
        "agency on a password",
        OTC,
        &[
            ("user_id", "block-id"),
            ("password", "block-password"),
            ("agency_name", "recovery"),
            ("agency_domain_name", "rehearsal-partner"),
        ],
        &[],
        Used("temporary_aksk rehearsal-partner/recovery by password block"),
    ),
    (
        "agency on a password, user and domain by name",
        HUAWEI,
        &[
            ("user_name", "block"),
            ("domain_name", "rehearsal"),
            ("password", "block-password"),
            ("agency_name", "recovery"),
            ("agency_domain_id", "8d2b6f40c7e1493ab5960f3e1a7cd284"),
            ("agency_duration", "1h"),
        ],
        &[],
        Used("temporary_aksk rehearsal-partner/recovery by password block"),
    ),
    (
        "agency on a password with passcode",
        OTC,
        &[
            ("user_id", "block-mfa-id"),
            ("password", "block-mfa-password"),
            ("passcode", "block-code"),
            ("agency_name", "recovery"),
            ("agency_domain_name", "rehearsal-partner"),
        ],
        &[],
        Used("temporary_aksk rehearsal-partner/recovery by password+totp block-mfa"),
    ),
    (
        "agency on a ready token",
        OTC,
        &[("token", "block-token"), ("agency_name", "recovery"), ("agency_domain_name", "rehearsal-partner")],
        &[],
        Used("temporary_aksk rehearsal-partner/recovery by ready block"),
    ),
    (
        "agency on a key, by a signed token request",
        OTC,
        &[
            ("access_key", "BLOCKAK"),
            ("secret_key", "block-sk"),
            ("agency_name", "recovery"),
            ("agency_domain_name", "rehearsal-partner"),
        ],
        &[],
        Used("assume_role rehearsal-partner/recovery by signature block"),
    ),
    (
        "agency on a key, by a signed request for temporary keys",
        HUAWEI,
        &[
            ("access_key", "BLOCKAK"),
            ("secret_key", "block-sk"),
            ("agency_name", "recovery"),
            ("agency_domain_name", "rehearsal-partner"),
        ],
        &[],
        Used("temporary_aksk rehearsal-partner/recovery by signature block"),
    ),
    (
        "agency on a temporary key",
        HUAWEI,
        &[
            ("access_key", "BLOCKTAK"),
            ("secret_key", "block-tsk"),
            ("security_token", "block-st"),
            ("agency_name", "recovery"),
            ("agency_domain_name", "rehearsal-partner"),
        ],
        &[],
        Used("temporary_aksk rehearsal-partner/recovery by signature block"),
    ),
    (
        "agency of the block on a password of the environment",
        OTC,
        &[("agency_name", "recovery"), ("agency_domain_name", "rehearsal-partner")],
        &[("OS_USER_ID", "os-id"), ("OS_PASSWORD", "os-password")],
        Used("temporary_aksk rehearsal-partner/recovery by password os"),
    ),
    ("agency of HW_ variables", HUAWEI, &[], AGENCY, Used("temporary_aksk rehearsal-partner/recovery by signature hw")),
    (
        "agency of OS_ variables",
        OTC,
        &[],
        &[
            ("OS_AGENCY_NAME", "recovery"),
            ("OS_AGENCY_DOMAIN_NAME", "rehearsal-partner"),
            ("OS_ACCESS_KEY", "OSAK"),
            ("OS_SECRET_KEY", "os-sk"),
        ],
        Used("assume_role rehearsal-partner/recovery by signature os"),
    ),
    ("agency of a leftover HW_ world", OTC, &[("token", "block-token")], AGENCY, Used("ready block")),
    (
        "agency of clouds.yaml",
        OTC,
        &[("cloud", "agency")],
        &[],
        Used("temporary_aksk rehearsal-partner/recovery by password yaml"),
    ),
    (
        "agency of a KooCLI profile",
        HUAWEI,
        &[("profile", "agency")],
        &[],
        Used("temporary_aksk rehearsal-partner/recovery by signature profile"),
    ),
];

const FILES: &[Row] = &[
    ("clouds.yaml, password by name", OTC, &[("cloud", "password")], &[], Used("password yaml")),
    ("clouds.yaml, domain by id", OTC, &[("cloud", "domain-id")], &[], Used("password yaml")),
    ("clouds.yaml, user by id", OTC, &[("cloud", "user-id")], &[], Used("password yaml")),
    (
        "clouds.yaml, multifactor with the passcode of the block",
        OTC,
        &[("cloud", "mfa"), ("passcode", "yaml-code")],
        &[],
        Used("password+totp yaml-mfa"),
    ),
    (
        "clouds.yaml, multifactor with the passcode of the environment",
        OTC,
        &[("cloud", "mfa")],
        &[("OS_PASSCODE", "yaml-code")],
        Used("password+totp yaml-mfa"),
    ),
    ("clouds.yaml, token", OTC, &[("cloud", "token")], &[], Used("ready yaml")),
    ("clouds.yaml, v3token", OTC, &[("cloud", "v3token")], &[], Used("ready yaml")),
    ("clouds.yaml, key under auth", OTC, &[("cloud", "aksk")], &[], Used("aksk yaml")),
    ("clouds.yaml, key at the top", OTC, &[("cloud", "aksk-top")], &[], Used("aksk yaml")),
    ("clouds.yaml, temporary key", OTC, &[("cloud", "temporary")], &[], Used("temporary_aksk yaml")),
    ("clouds.yaml, no auth_type", OTC, &[("cloud", "untyped")], &[], Used("ready yaml")),
    ("clouds.yaml with secure.yaml", OTC, &[("cloud", "secure")], &[], Used("password yaml")),
    ("clouds.yaml with clouds-public.yaml", OTC, &[("cloud", "vendor")], &[], Used("password vendor")),
    ("OS_CLOUD", OTC, &[], &[("OS_CLOUD", "aksk")], Used("aksk yaml")),
    ("OS_CLOUD on the other cloud", HUAWEI, &[], &[("OS_CLOUD", "password")], Used("password yaml")),
    ("profile", HUAWEI, &[("profile", "plain")], &[], Used("aksk profile")),
    ("profile with a temporary key", HUAWEI, &[("profile", "temporary")], &[], Used("temporary_aksk profile")),
    ("profile with single sign-on", HUAWEI, &[("profile", "sso")], &[], Used("temporary_aksk profile")),
    ("current profile of a file", HUAWEI, &[("shared_config_file", "~/other.json")], &[], Used("aksk profile")),
    ("HW_PROFILE", HUAWEI, &[], &[("HW_PROFILE", "sso")], Used("temporary_aksk profile")),
    ("HW_SHARED_CONFIG_FILE", HUAWEI, &[], &[("HW_SHARED_CONFIG_FILE", "~/other.json")], Used("aksk profile")),
    ("profile on OTC", OTC, &[("profile", "plain")], &[], Used("aksk profile")),
    ("no such cloud", OTC, &[("cloud", "nobody")], &[], Blamed("cloud")),
    ("no such profile", HUAWEI, &[("profile", "nobody")], &[], Blamed("profile")),
    ("no such file", HUAWEI, &[("shared_config_file", "~/nowhere.json")], &[], Blamed("shared_config_file")),
    ("encrypted profile", HUAWEI, &[("profile", "locked")], &[], Blamed("profile")),
    ("no such vendor", OTC, &[("cloud", "lost")], &[], Blamed("cloud")),
    (
        "no such cloud, but only in a variable",
        OTC,
        &[],
        &[("OS_CLOUD", "nobody"), ("OS_TOKEN", "os-token")],
        Used("ready os"),
    ),
    ("no such cloud, and nothing else", OTC, &[], &[("OS_CLOUD", "nobody")], Missing(&["nobody", "clouds.yaml"])),
];

/// Names of variables that the tables of [`crate::matrix`] do not use.
const VARIABLES: &[Row] = &[
    ("OS_AUTH_TOKEN", OTC, &[], &[("OS_AUTH_TOKEN", "os-token")], Used("ready os")),
    (
        "OS_PROJECT_DOMAIN_NAME",
        OTC,
        &[],
        &[("OS_USERNAME", "os"), ("OS_PASSWORD", "os-password"), ("OS_PROJECT_DOMAIN_NAME", "rehearsal")],
        Used("password os"),
    ),
    (
        "OS_DOMAIN_NAME",
        OTC,
        &[],
        &[("OS_USERNAME", "os"), ("OS_PASSWORD", "os-password"), ("OS_DOMAIN_NAME", "rehearsal")],
        Used("password os"),
    ),
    (
        "OS_DEFAULT_DOMAIN",
        OTC,
        &[],
        &[("OS_USERNAME", "os"), ("OS_PASSWORD", "os-password"), ("OS_DEFAULT_DOMAIN", "rehearsal")],
        Used("password os"),
    ),
    (
        "OS_USER_DOMAIN_ID",
        OTC,
        &[],
        &[("OS_USERNAME", "os"), ("OS_PASSWORD", "os-password"), ("OS_USER_DOMAIN_ID", DOMAIN_ID)],
        Used("password os"),
    ),
    (
        "OS_DOMAIN_ID",
        OTC,
        &[],
        &[("OS_USERNAME", "os"), ("OS_PASSWORD", "os-password"), ("OS_DOMAIN_ID", DOMAIN_ID)],
        Used("password os"),
    ),
    (
        "OS_PASSCODE",
        OTC,
        &[],
        &[("OS_USER_ID", "os-mfa-id"), ("OS_PASSWORD", "os-mfa-password"), ("OS_PASSCODE", "os-code")],
        Used("password+totp os-mfa"),
    ),
    ("HW_USER_ID", HUAWEI, &[], &[("HW_USER_ID", "hw-id"), ("HW_USER_PASSWORD", "hw-password")], Used("password hw")),
    (
        "HW_DOMAIN_ID",
        HUAWEI,
        &[],
        &[("HW_USER_NAME", "hw"), ("HW_USER_PASSWORD", "hw-password"), ("HW_DOMAIN_ID", DOMAIN_ID)],
        Used("password hw"),
    ),
    (
        "the empty variable is not set",
        OTC,
        &[],
        &[("OS_TOKEN", ""), ("OS_ACCESS_KEY", "OSAK"), ("OS_SECRET_KEY", "os-sk"), ("OS_SECURITY_TOKEN", " ")],
        Used("aksk os"),
    ),
];

const OS_PASSWORD: Pairs =
    &[("OS_USERNAME", "os"), ("OS_PASSWORD", "os-password"), ("OS_USER_DOMAIN_NAME", "rehearsal")];

/// Several sources at once: what wins, what completes it, and what must not be mixed.
const TOGETHER: &[Row] = &[
    (
        "password and keys in one shell",
        OTC,
        &[],
        &[
            ("OS_USERNAME", "os"),
            ("OS_PASSWORD", "os-password"),
            ("OS_USER_DOMAIN_NAME", "rehearsal"),
            ("OS_ACCESS_KEY", "OSAK"),
            ("OS_SECRET_KEY", "os-sk"),
        ],
        Used("aksk os"),
    ),
    (
        "token, keys and password in one shell",
        HUAWEI,
        &[],
        &[
            ("HW_USER_NAME", "hw"),
            ("HW_USER_PASSWORD", "hw-password"),
            ("HW_DOMAIN_NAME", "rehearsal"),
            ("HW_ACCESS_KEY", "HWAK"),
            ("HW_SECRET_KEY", "hw-sk"),
            ("HW_AUTH_TOKEN", "hw-token"),
        ],
        Used("ready hw"),
    ),
    (
        "user of the block, password of the environment",
        OTC,
        &[("user_name", "os"), ("domain_name", "rehearsal")],
        &[("OS_PASSWORD", "os-password")],
        Used("password os"),
    ),
    (
        "password of the block, user of the environment",
        OTC,
        &[("password", "os-password")],
        OS_PASSWORD,
        Used("password os"),
    ),
    (
        "access key of the block, secret key of the environment",
        OTC,
        &[("access_key", "OSAK")],
        &[("OS_SECRET_KEY", "os-sk")],
        Used("aksk os"),
    ),
    (
        "security token of the environment beside keys of the block",
        OTC,
        &[("access_key", "BLOCKAK"), ("secret_key", "block-sk")],
        &[("OS_SECURITY_TOKEN", "os-st")],
        Used("aksk block"),
    ),
    (
        "security token of the other world",
        OTC,
        &[],
        &[("OS_ACCESS_KEY", "OSAK"), ("OS_SECRET_KEY", "os-sk"), ("HW_SECURITY_TOKEN", "hw-st")],
        Used("aksk os"),
    ),
    (
        "security token of the environment beside keys of clouds.yaml",
        OTC,
        &[("cloud", "aksk")],
        &[("OS_SECURITY_TOKEN", "os-st")],
        Used("aksk yaml"),
    ),
    (
        "security token of the environment beside a profile",
        HUAWEI,
        &[("profile", "plain")],
        &[("HW_SECURITY_TOKEN", "hw-st"), ("HW_ACCESS_KEY", "HWTAK"), ("HW_SECRET_KEY", "hw-tsk")],
        Used("aksk profile"),
    ),
    (
        "halves of two worlds",
        OTC,
        &[],
        &[("OS_ACCESS_KEY", "OSAK"), ("HW_SECRET_KEY", "hw-sk")],
        Missing(&["OS_ACCESS_KEY", "HW_ACCESS_KEY", "lacks a secret key"]),
    ),
    (
        "halves of two worlds, a whole in one of them",
        OTC,
        &[],
        &[("OS_ACCESS_KEY", "OSAK"), ("HW_SECRET_KEY", "hw-sk"), ("HW_AUTH_TOKEN", "hw-token")],
        Used("ready hw"),
    ),
    (
        "user of one world, password of the other",
        HUAWEI,
        &[],
        &[("HW_USER_NAME", "hw"), ("HW_DOMAIN_NAME", "rehearsal"), ("OS_PASSWORD", "os-password")],
        Missing(&["HW_USER_PASSWORD", "lacks a password"]),
    ),
    (
        "access key of the block, completed by one world only",
        OTC,
        &[("access_key", "HWAK")],
        &[("OS_PASSWORD", "os-password"), ("HW_SECRET_KEY", "hw-sk")],
        Used("aksk hw"),
    ),
    (
        "a passcode left over beside keys",
        OTC,
        &[],
        &[("OS_ACCESS_KEY", "OSAK"), ("OS_SECRET_KEY", "os-sk"), ("OS_PASSCODE", "000000")],
        Used("aksk os"),
    ),
    (
        "a user name left over beside keys of the other world",
        OTC,
        &[],
        &[("OS_USERNAME", "os"), ("HW_ACCESS_KEY", "HWAK"), ("HW_SECRET_KEY", "hw-sk")],
        Used("aksk hw"),
    ),
    (
        "a token in the block, everything else in the environment",
        OTC,
        &[("token", "block-token")],
        OS_PASSWORD,
        Used("ready block"),
    ),
    (
        "names of the S3 world are nobody's",
        OTC,
        &[],
        &[("S3_ACCESS_KEY_ID", "OSAK"), ("S3_SECRET_ACCESS_KEY", "os-sk"), ("AWS_ACCESS_KEY_ID", "OSAK")],
        Missing(&["OS_ACCESS_KEY"]),
    ),
    (
        "two kinds in the block, token first",
        OTC,
        &[("token", "block-token"), ("access_key", "BLOCKAK"), ("secret_key", "block-sk")],
        &[],
        Blamed("access_key"),
    ),
    (
        "two kinds in the block, keys first",
        OTC,
        &[
            ("access_key", "BLOCKAK"),
            ("secret_key", "block-sk"),
            ("user_name", "block"),
            ("password", "block-password"),
        ],
        &[],
        Blamed("password"),
    ),
    (
        "two kinds in the block, half of one",
        OTC,
        &[("secret_key", "block-sk"), ("passcode", "block-code")],
        &[],
        Blamed("passcode"),
    ),
    (
        "half a kind in the block is not replaced by another kind",
        OTC,
        &[("access_key", "BLOCKAK")],
        OS_PASSWORD,
        Missing(&["the configuration lacks a secret key"]),
    ),
    (
        "cloud in the block beside a token of the block",
        OTC,
        &[("cloud", "password"), ("token", "block-token")],
        &[],
        Used("ready block"),
    ),
    (
        "nothing at all",
        OTC,
        &[],
        &[],
        Missing(&["the configuration (", "OS_TOKEN", "HW_ACCESS_KEY", "OS_CLOUD", "HW_PROFILE"]),
    ),
];
