//! Hosts and addresses, made of parts that are checked first.
//!
//! Whoever chooses the host of a request gets its credentials. So nothing becomes part of a host by being pasted into a
//! text: a region is a [`Region`], an address that somebody wrote is an [`Origin`], and both can only be had by a check.
//! That is the first wall, at the source of each value, where the error can name the argument, variable or file.
//! The second wall is [`Origin::url`]: the one place that makes the URL of a request, and compares the host that the URL
//! leads to with the one that was meant.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// Letters of a DNS label, at most.
const LONGEST_LABEL: usize = 63;

/// Letters of a host's name, at most.
const LONGEST_HOST: usize = 253;

/// Letters of a value that are repeated in a message, at most.
const LONGEST_SHOWN: usize = 80;

/// Letters of an identifier in a path, at most; the longest documented ones have 64.
const LONGEST_IDENTIFIER: usize = 255;

/// The name of a region: one label of a host's name, such as `eu-de` or `cn-north-4`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Region(String);

impl Region {
    /// Takes a text for a region's name, without the white space around it.
    ///
    /// # Errors
    /// What is wrong with the text, to be put after "is …:".
    pub(crate) fn parse(text: &str) -> Result<Region, String> {
        let text = text.trim();
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let good = !text.is_empty()
            && text.len() <= LONGEST_LABEL
            && text.bytes().all(plain)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if good {
            return Ok(Region(text.to_owned()));
        }
        let lower = text.to_ascii_lowercase();
        let hint = if lower != text && Region::parse(&lower).is_ok() {
            format!("; write it in lower case, {lower:?}")
        } else if text.split_once('_').is_some_and(|(region, _)| Region::parse(region).is_ok()) {
            "; a project belongs into project_name".to_owned()
        } else {
            String::new()
        };
        Err(format!(
            "a region becomes part of the host that credentials are sent to, so it must be a plain name such as eu-de: \
             at most {LONGEST_LABEL} lower case letters, digits and hyphens{hint}"
        ))
    }

    /// The name.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Scheme, host, port and leading path of a service, such as `https://dcs.eu-de.otc.t-systems.com`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    url: Url,
    /// The address without a final slash.
    text: String,
}

impl Origin {
    /// Takes an address as people and services write it: a host alone gets `https`, a final slash goes.
    ///
    /// # Errors
    /// What is wrong with the address, to be put after "is …:". An address in which something else may be meant than what
    /// a parser of URLs would make of it is refused, not mended.
    pub(crate) fn parse(text: &str) -> Result<Origin, String> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").unwrap_or(("https", text));
        let scheme = scheme.to_ascii_lowercase();
        if !["https", "http"].contains(&scheme.as_str()) {
            return Err("it must start with https:// or http://".to_owned());
        }
        let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.contains('@') {
            return Err("it must not hold a user or password".to_owned());
        }
        if path.contains(['?', '#']) {
            return Err("it must end with the path".to_owned());
        }
        let (host, port) = host_and_port(authority)?;
        let path = plain_path(path)?;
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        Origin::built(&scheme, &host, &port, &path)
    }

    /// The address of a service by the usual pattern: `https://<service>.<region>.<domain>`.
    ///
    /// # Errors
    /// The parts make another host than the one that is meant, which no [`Region`] can bring about.
    pub(crate) fn of_service(service: &str, region: &Region, domain: &str) -> Result<Origin, String> {
        Origin::built("https", &format!("{service}.{region}.{domain}"), "", "")
    }

    fn built(scheme: &str, host: &str, port: &str, path: &str) -> Result<Origin, String> {
        let text = format!("{scheme}://{host}{port}{path}");
        let url = Url::parse(&text).map_err(|error| error.to_string())?;
        let meant_port = port.strip_prefix(':').and_then(|port| port.parse::<u16>().ok());
        let same_port = meant_port.is_none() || url.port_or_known_default() == meant_port;
        let origin = Origin { text: url.as_str().trim_end_matches('/').to_owned(), url };
        match origin.url.host_str() {
            Some(found) if found == host && same_port => Ok(origin),
            found => Err(format!("it leads to the host {:?}, not to {host:?}", found.unwrap_or_default())),
        }
    }

    /// The address without a final slash.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The host's name or number, in lower case.
    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// True if what is sent there travels in clear text.
    pub(crate) fn in_clear(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// True if it is on this very machine.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }

    /// The same address without some endings of its path, such as `/v3`, which requests bring with them.
    pub(crate) fn without(self, endings: &[&str]) -> Origin {
        let path = self.url.path().trim_end_matches('/').to_owned();
        let Some(rest) = endings.iter().find_map(|ending| path.strip_suffix(ending)) else { return self };
        let mut url = self.url;
        url.set_path(rest.trim_end_matches('/'));
        Origin { text: url.as_str().trim_end_matches('/').to_owned(), url }
    }

    /// The URL of a request: the one place where one is made. Path and query are encoded already; both must come through
    /// unchanged, because they are signed, and the host must be the one that was meant, because it gets the credentials.
    ///
    /// # Errors
    /// The URL is not what was meant. Nothing was sent.
    pub(crate) fn url(&self, path: &str, query: &str) -> Result<Url, String> {
        let wanted = format!("{}{path}", self.url.path().trim_end_matches('/'));
        let mut url = self.url.clone();
        url.set_path(&wanted);
        url.set_query(Some(query).filter(|query| !query.is_empty()));
        let place = |url: &Url| {
            (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port(), url.username().to_owned())
        };
        if place(&url) != place(&self.url) || url.password().is_some() {
            return Err("the host of the request is not the one that was meant".to_owned());
        }
        if url.query().unwrap_or_default() != query || url.path() != wanted || url.fragment().is_some() {
            return Err("the path or query changes when it is parsed".to_owned());
        }
        Ok(url)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// True if a URL names this very machine, which no proxy and no real cloud can be behind.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host_str().map(|host| host.trim_matches(['[', ']'])) {
        Some(host) if host.eq_ignore_ascii_case("localhost") => true,
        Some(host) => host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}

/// Checks a domain that somebody wrote, such as `myhuaweicloud.eu`, and gives it in lower case.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn domain(text: &str) -> Result<String, String> {
    let name = text.trim().to_ascii_lowercase();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    let label = |label: &str| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && label.bytes().all(plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.len() > LONGEST_HOST {
        return Err(format!("its host is longer than {LONGEST_HOST} letters"));
    }
    if name.is_empty() {
        return Err("it has no host".to_owned());
    }
    match name.split('.').all(label) {
        true => Ok(name),
        false => Err("its host must be made of letters, digits and hyphens with single dots between them".to_owned()),
    }
}

/// What is wrong with an identifier that is to stand in a path; `None` if nothing is. Everything else is encoded.
pub(crate) fn identifier_problem(text: &str) -> Option<String> {
    let bad = matches!(text.trim(), "" | "." | "..")
        || text.contains(['/', '\\'])
        || text.chars().any(char::is_control)
        || text.len() > LONGEST_IDENTIFIER;
    bad.then(|| format!("{} is not an identifier that can stand in a path", shown(text)))
}

/// A text from outside for messages: in quotes, with control characters escaped, and cut if it is long.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(LONGEST_SHOWN) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}… ({} letters)", text.get(..end).unwrap_or_default(), text.chars().count()),
    }
}

/// An address for messages: without the user and password that do not belong into it.
pub(crate) fn masked(url: &str) -> String {
    let start = url.find("://").map_or(0, |scheme| scheme + 3);
    match url.rfind('@') {
        Some(end) if start <= end => {
            shown(&format!("{}(hidden){}", url.get(..start).unwrap_or_default(), url.get(end..).unwrap_or_default()))
        }
        _ => shown(url),
    }
}

fn host_and_port(authority: &str) -> Result<(String, Option<u16>), String> {
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            let address: Ipv6Addr = address.parse().map_err(|_| "its host is no IPv6 address".to_owned())?;
            let port = match rest {
                "" => None,
                rest => Some(rest.strip_prefix(':').ok_or_else(|| "its port cannot be read".to_owned())?),
            };
            (format!("[{address}]"), port)
        }
        None => {
            let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
            (domain(host)?, port)
        }
    };
    // What looks like a number is read as one, in more ways than people know: only the usual one is taken.
    let numeric = host.rsplit('.').next().is_some_and(|label| label.starts_with(|first: char| first.is_ascii_digit()));
    if numeric && !host.starts_with('[') && host.parse::<Ipv4Addr>().is_err() {
        return Err("its host is neither a name nor an IPv4 address".to_owned());
    }
    let number = |port: &str| {
        let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        port.parse::<u16>().ok().filter(|port| digits && *port > 0).ok_or_else(|| "its port cannot be read".to_owned())
    };
    Ok((host, port.map(number).transpose()?))
}

fn plain_path(path: &str) -> Result<String, String> {
    let path = path.trim_end_matches('/');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let good = |part: &str| !matches!(part, "" | "." | "..") && part.bytes().all(plain);
    match path.is_empty() || path.strip_prefix('/').is_some_and(|path| path.split('/').all(good)) {
        true => Ok(path.to_owned()),
        false => Err("its path must be made of letters, digits, hyphens and dots between single slashes".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_one_label() {
        for good in ["eu-de", " eu-nl ", "cn-north-4", "a", &"a".repeat(63)] {
            assert_eq!(Region::parse(good).unwrap().as_str(), good.trim());
        }
        for bad in [
            "",
            " ",
            "-",
            "-eu",
            "eu-",
            "eu de",
            "eu\tde",
            "eu.de",
            "eu-de.evil.example",
            "@127.0.0.1:1/x",
            "a.b/../",
            "eu-de#",
            "eu-de?x=",
            "eu-de/",
            "eu-de\\",
            "eu-de%2f",
            "eu-de:1",
            "eu\u{3002}de",
            "eu\u{ff0e}de",
            "eü-de",
            "eu-de_team",
            "EU-DE",
            "eu..de",
            ".",
            "..",
            "eu\nde",
            "eu-de\0",
            &"a".repeat(64),
            &"a".repeat(300),
        ] {
            assert!(Region::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Region::parse("EU-DE").unwrap_err().contains("\"eu-de\""));
        assert!(Region::parse("eu-de_team").unwrap_err().contains("project_name"));
    }

    #[test]
    fn addresses_are_taken_as_written_or_not_at_all() {
        for (text, want) in [
            ("https://iam.example.com", "https://iam.example.com"),
            ("https://IAM.Example.com/", "https://iam.example.com"),
            ("iam.example.com", "https://iam.example.com"),
            ("iam.example.com:8443/v3/", "https://iam.example.com:8443/v3"),
            ("https://iam.example.com:443", "https://iam.example.com"),
            ("http://127.0.0.1:5000/identity/v3", "http://127.0.0.1:5000/identity/v3"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("http://keystone_api:5000", "http://keystone_api:5000"),
            (" http://localhost ", "http://localhost"),
        ] {
            assert_eq!(Origin::parse(text).map(|origin| origin.as_str().to_owned()), Ok(want.to_owned()), "{text}");
        }
        for bad in [
            "",
            "https://",
            "ftp://x",
            "://x",
            "https:///x",
            "https://u:p@x",
            "https://x@y/",
            "@127.0.0.1:1/x",
            "x?y=z",
            "https://x?",
            "https://x#",
            "https://x y",
            "https://x\ty",
            "https://x\\@y",
            "https://x%2fy",
            "https://x/%2e",
            "https://x/a/../b",
            "https://x/./b",
            "https://x//b",
            "https://x/a b",
            "https://x..y",
            "https://.x",
            "https://x.",
            "https://x\u{3002}y",
            "https://b\u{fc}cher.example",
            "https://-x",
            "https://x-",
            "https://x:",
            "https://x:0",
            "https://x:99999",
            "https://x:1:2",
            "https://x:+1",
            "https://0x7f.1",
            "https://127.1",
            "https://2130706433",
            "https://[::1",
            "https://[x]",
            "https://[::1]x",
            &format!("https://{}", "a.".repeat(200)),
            &format!("https://{}", "a".repeat(64)),
        ] {
            assert!(Origin::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_request_stays_at_its_host_and_path() {
        let origin = Origin::parse("https://iam.example.com:8443/identity").unwrap();
        let url = origin.url("/v3/projects", "name=a%2Fb").unwrap();
        assert_eq!(url.as_str(), "https://iam.example.com:8443/identity/v3/projects?name=a%2Fb");
        for (path, query) in
            [("/..", ""), ("/v3/../x", ""), ("/%2e%2e/x", ""), ("\\x", ""), ("/a b", ""), ("/a", "x y")]
        {
            assert!(origin.url(path, query).is_err(), "{path} {query}");
        }
    }

    #[test]
    fn services_have_hosts_of_their_parts() {
        let region = Region::parse("eu-de").unwrap();
        let origin = Origin::of_service("dcs", &region, "otc.t-systems.com").unwrap();
        assert_eq!(origin.as_str(), "https://dcs.eu-de.otc.t-systems.com");
        // The second wall holds even if the first one did not.
        for region in ["@127.0.0.1:8443/x", "a.b/../", "eu-de#", "eu-de?x=", "EU-DE", "a\u{3002}b"] {
            assert!(Origin::of_service("dcs", &Region(region.to_owned()), "otc.t-systems.com").is_err(), "{region}");
        }
    }

    #[test]
    fn endings_of_paths_go() {
        for (text, want) in [
            ("https://x/v3", "https://x"),
            ("https://x/identity/v3/", "https://x/identity"),
            ("https://x/v3x", "https://x/v3x"),
        ] {
            assert_eq!(Origin::parse(text).unwrap().without(&["/v3.0", "/v3"]).as_str(), want, "{text}");
        }
    }

    #[test]
    fn loopback_is_what_the_machine_itself_is() {
        for (url, want) in [
            ("http://127.0.0.1:8080/", true),
            ("http://127.9.9.9/", true),
            ("http://[::1]:8080/", true),
            ("http://LOCALHOST/", true),
            ("http://127.0.0.1.example.com/", false),
            ("http://localhost.example.com/", false),
            ("http://10.0.0.1/", false),
            ("https://iam.eu-de.otc.t-systems.com/", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), want, "{url}");
        }
    }

    #[test]
    fn what_is_shown_is_escaped_and_cut() {
        assert_eq!(shown("a\u{1b}[2J\n"), r#""a\u{1b}[2J\n""#);
        assert!(shown(&"a".repeat(300)).ends_with("… (300 letters)"));
        assert_eq!(masked("https://user:pw@x"), r#""https://(hidden)@x""#);
    }
}
