//! Which variables of the user's environment a rehearsal inherits: those that Terraform needs, by name.
//!
//! Everything else stays outside, credentials of all kinds among it, whoever reads them. Once `--with` lets something act
//! for real, it needs what it always needs, and the rest of the environment comes along.

/// What programs need to run at all.
const SURROUNDINGS: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "TMPDIR",
    "TMP",
    "TEMP",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TERM",
    "COLORTERM",
    "COLUMNS",
    "NO_COLOR",
    "CI",
    "TF_IN_AUTOMATION",
    // Windows
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "WINDIR",
    "COMSPEC",
    "PATHEXT",
    "USERNAME",
    "USERPROFILE",
    "HOMEDRIVE",
    "HOMEPATH",
    "APPDATA",
    "LOCALAPPDATA",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "NUMBER_OF_PROCESSORS",
    "PROCESSOR_ARCHITECTURE",
    "OS",
];

/// The same by their beginnings: the locale, variables of the configuration, logging, and this provider's own.
const BEGINNINGS: &[&str] = &["LC_", "TF_VAR_", "TF_LOG", "RECOVERY_"];

/// Variables of the real clouds that tell which platform is meant, and open nothing.
const PLACES: &[&str] = &[
    "HW_AUTH_URL",
    "HW_CLOUD",
    "HW_PROFILE",
    "HW_PROJECT_NAME",
    "HW_REGION_NAME",
    "HW_SHARED_CONFIG_FILE",
    "OS_AUTH_URL",
    "OS_PROJECT_NAME",
    "OS_REGION",
    "OS_REGION_NAME",
    "OS_TENANT_NAME",
];

/// What fetching modules and providers takes: ways out of the network, certificates, logins of registries and
/// repositories.
const DOWNLOADS: &[&str] = &[
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "SSH_AUTH_SOCK",
    "XDG_CONFIG_HOME",
];

const DOWNLOAD_BEGINNINGS: &[&str] = &["TF_TOKEN_", "GIT_"];

/// Variables that a rehearsal sets itself or that would lead out of it.
const NEVER: &[&str] = &["TF_", "RECOVERY_REHEARSAL", "RECOVERY_ENDPOINT_"];

/// Whether a variable is for everything that a rehearsal runs. `others_act`: something was allowed to act for real.
pub(super) fn is_inherited(name: &str, others_act: bool) -> bool {
    let is_needed = is_listed(name, SURROUNDINGS, BEGINNINGS) || is_listed(name, PLACES, &[]);
    let leads_out = starts(name, NEVER) && !is_listed(name, SURROUNDINGS, &["TF_VAR_", "TF_LOG"]);
    !leads_out && (others_act || is_needed)
}

/// Whether a variable is for the fetching of modules and providers as well, and for nothing else.
pub(super) fn is_for_downloads(name: &str) -> bool {
    is_listed(name, DOWNLOADS, DOWNLOAD_BEGINNINGS)
}

/// Large and small letters are the same on Windows, and proxies are written in either everywhere.
fn is_listed(name: &str, names: &[&str], beginnings: &[&str]) -> bool {
    names.iter().any(|listed| name.eq_ignore_ascii_case(listed)) || starts(name, beginnings)
}

fn starts(name: &str, beginnings: &[&str]) -> bool {
    beginnings.iter().any(|beginning| name.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_terraform_needs_is_inherited() {
        for (name, always, with_others, for_downloads) in [
            ("PATH", true, true, false),
            ("HOME", true, true, false),
            ("Path", true, true, false),
            ("LC_ALL", true, true, false),
            ("TF_VAR_region", true, true, false),
            ("TF_LOG", true, true, false),
            ("TF_LOG_PROVIDER", true, true, false),
            ("TF_IN_AUTOMATION", true, true, false),
            ("RECOVERY_PREFLIGHT", true, true, false),
            ("RECOVERY_PLATFORM", true, true, false),
            ("OS_REGION_NAME", true, true, false),
            ("TF_TOKEN_app_terraform_io", false, false, true),
            ("HTTPS_PROXY", false, true, true),
            ("https_proxy", false, true, true),
            ("SSH_AUTH_SOCK", false, true, true),
            ("GIT_SSH_COMMAND", false, true, true),
            ("TF_DATA_DIR", false, false, false),
            ("TF_WORKSPACE", false, false, false),
            ("TF_CLI_ARGS", false, false, false),
            ("TF_CLI_ARGS_plan", false, false, false),
            ("TF_CLI_CONFIG_FILE", false, false, false),
            ("TF_PLUGIN_CACHE_DIR", false, false, false),
            ("TF_REATTACH_PROVIDERS", false, false, false),
            ("TF_HTTP_ADDRESS", false, false, false),
            ("TF_ENCRYPTION", false, false, false),
            ("RECOVERY_REHEARSAL", false, false, false),
            ("RECOVERY_REHEARSAL_PATIENCE", false, false, false),
            ("RECOVERY_ENDPOINT_DCS", false, false, false),
            ("OS_PASSWORD", false, true, false),
            ("HW_ACCESS_KEY", false, true, false),
            ("AWS_ACCESS_KEY_ID", false, true, false),
            ("AWS_PROFILE", false, true, false),
            ("ARM_CLIENT_SECRET", false, true, false),
            ("GOOGLE_CREDENTIALS", false, true, false),
            ("KUBECONFIG", false, true, false),
            ("VAULT_TOKEN", false, true, false),
            ("GITHUB_TOKEN", false, true, false),
            ("ANYTHING_ELSE", false, true, false),
        ] {
            assert_eq!(is_inherited(name, false), always, "{name}");
            assert_eq!(is_inherited(name, true), with_others, "{name}");
            assert_eq!(is_for_downloads(name), for_downloads, "{name}");
        }
    }
}
