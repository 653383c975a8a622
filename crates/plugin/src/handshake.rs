//! Being started by a client: what it says in the environment, and the one line that answers it on standard output.
//!
//! Source: go-plugin (server and client) and Terraform's handshake settings.

use std::ffi::OsString;
use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Proves nothing but that the parent is Terraform or OpenTofu and not a person: the value is public.
const COOKIE_NAME: &str = "TF_PLUGIN_MAGIC_COOKIE";
const COOKIE_VALUE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// go-plugin's own version, field 1 of the line.
const CORE_PROTOCOL: u8 = 1;
/// The major of `tfplugin5`, the only one served.
pub(crate) const APP_PROTOCOL: u8 = 5;

/// What the client asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invitation {
    /// The one certificate, as PEM, that may connect. None: the user turned TLS off (`TF_DISABLE_PLUGIN_TLS`).
    pub(crate) client_certificate: Option<String>,
    /// Where the socket goes instead of the temporary directory.
    pub(crate) socket_directory: Option<PathBuf>,
    /// Group, by number or name, that may use the socket too.
    pub(crate) socket_group: Option<String>,
    /// Ports to try where there are no unix sockets.
    pub(crate) ports: RangeInclusive<u16>,
    /// The client reads a seventh field of the line; older ones fail on it.
    pub(crate) asks_for_multiplexing: bool,
    /// Whether the client speaks the protocol that is served here.
    pub(crate) speaks_our_protocol: bool,
}

impl Invitation {
    /// Reads the process's environment. None: a person started this program, or another program by mistake.
    pub(crate) fn from_environment() -> Option<Invitation> {
        Invitation::read(|name| std::env::var_os(name))
    }

    fn read(variable: impl Fn(&str) -> Option<OsString>) -> Option<Invitation> {
        let text = |name: &str| {
            variable(name).map(|value| value.to_string_lossy().into_owned()).filter(|text| !text.is_empty())
        };
        if text(COOKIE_NAME).as_deref() != Some(COOKIE_VALUE) {
            return None;
        }
        Some(Invitation {
            client_certificate: text("PLUGIN_CLIENT_CERT"),
            socket_directory: variable("PLUGIN_UNIX_SOCKET_DIR").filter(|value| !value.is_empty()).map(PathBuf::from),
            socket_group: text("PLUGIN_UNIX_SOCKET_GROUP"),
            ports: port_range(text("PLUGIN_MIN_PORT").as_deref(), text("PLUGIN_MAX_PORT").as_deref()),
            asks_for_multiplexing: text("PLUGIN_MULTIPLEX_GRPC").is_some(),
            speaks_our_protocol: speaks(text("PLUGIN_PROTOCOL_VERSIONS").as_deref(), APP_PROTOCOL),
        })
    }
}

/// The line that tells the client where to connect, without its end of line.
pub(crate) fn line(network: &str, address: &str, certificate: Option<&[u8]>, asks_for_multiplexing: bool) -> String {
    // The client's decoder refuses padding.
    let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
    let multiplexing = if asks_for_multiplexing { "|false" } else { "" };
    format!("{CORE_PROTOCOL}|{APP_PROTOCOL}|{network}|{address}|grpc|{certificate}{multiplexing}")
}

/// Puts one line on standard output, which belongs to the handshake: nothing else may be written there, so the
/// printing macros are denied and this is the one way.
pub(crate) fn announce(line: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(format!("{line}\n").as_bytes())?;
    output.flush()
}

/// An absent list means that the client takes whatever is served. Without a common version the line still names ours:
/// the client then tells the user both sides' versions, which says more than a plugin that just ends.
fn speaks(versions: Option<&str>, ours: u8) -> bool {
    versions.is_none_or(|list| list.split(',').any(|version| version.trim().parse() == Ok(ours)))
}

/// The defaults are those that Terraform sends.
fn port_range(lowest: Option<&str>, highest: Option<&str>) -> RangeInclusive<u16> {
    let port = |text: Option<&str>, default| text.and_then(|text| text.trim().parse().ok()).unwrap_or(default);
    port(lowest, 10_000)..=port(highest, 25_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Option<Invitation> {
        Invitation::read(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn only_the_cookie_opens_the_door() {
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[(COOKIE_NAME, "guess")]), None);
        assert!(read(&[(COOKIE_NAME, COOKIE_VALUE)]).is_some());
    }

    #[test]
    fn reads_what_the_client_asks_for() {
        let invitation = read(&[
            (COOKIE_NAME, COOKIE_VALUE),
            ("PLUGIN_CLIENT_CERT", "pem"),
            ("PLUGIN_UNIX_SOCKET_DIR", "/run/x"),
            ("PLUGIN_UNIX_SOCKET_GROUP", "staff"),
            ("PLUGIN_MIN_PORT", "4"),
            ("PLUGIN_MAX_PORT", "6"),
            ("PLUGIN_MULTIPLEX_GRPC", "true"),
            ("PLUGIN_PROTOCOL_VERSIONS", "6,5"),
        ]);
        let expected = Invitation {
            client_certificate: Some("pem".into()),
            socket_directory: Some("/run/x".into()),
            socket_group: Some("staff".into()),
            ports: 4..=6,
            asks_for_multiplexing: true,
            speaks_our_protocol: true,
        };
        assert_eq!(invitation, Some(expected));
    }

    #[test]
    fn empty_variables_count_as_unset() {
        let invitation =
            read(&[(COOKIE_NAME, COOKIE_VALUE), ("PLUGIN_CLIENT_CERT", ""), ("PLUGIN_MULTIPLEX_GRPC", "")]).unwrap();
        assert_eq!(invitation.client_certificate, None);
        assert!(!invitation.asks_for_multiplexing);
        assert_eq!(invitation.ports, 10_000..=25_000);
    }

    #[test]
    fn tells_whether_versions_match() {
        for (versions, expected) in
            [(None, true), (Some("5"), true), (Some("6, 5"), true), (Some("6"), false), (Some("x,55"), false)]
        {
            assert_eq!(speaks(versions, 5), expected, "{versions:?}");
        }
    }

    #[test]
    fn the_line_has_six_fields_and_a_seventh_only_on_request() {
        assert_eq!(line("unix", "/tmp/p", None, false), "1|5|unix|/tmp/p|grpc|");
        assert_eq!(line("tcp", "127.0.0.1:1", Some(&[0xff]), false), "1|5|tcp|127.0.0.1:1|grpc|/w");
        assert_eq!(line("unix", "/tmp/p", None, true), "1|5|unix|/tmp/p|grpc||false");
    }
}
