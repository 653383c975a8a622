//! The variables that name proxies. The HTTP library reads them itself and passes over one that it cannot use: the call
//! would go out directly, past a proxy that somebody wanted.

use reqwest::Url;

use super::arguments::ConfigError;
use super::environment::Environment;
use crate::address::masked;

/// The variables in the order in which the HTTP library reads them, for calls over TLS and for those in clear text.
const FOR_TLS: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const IN_CLEAR: [&str; 4] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// Refuses a variable that names a proxy which calls would go through and which cannot be used. Calls in clear text count
/// only where there is an address for them; where nothing goes through proxies, nothing is wrong.
pub(super) fn check(environment: &Environment, in_clear: bool) -> Result<(), ConfigError> {
    let exempt = environment.first(&["NO_PROXY", "no_proxy"]).is_some_and(|(_, hosts)| hosts.trim() == "*");
    let in_use = [Some(&FOR_TLS), in_clear.then_some(&IN_CLEAR)];
    for (name, value) in in_use.into_iter().flatten().filter_map(|names| environment.first(names)) {
        let Some(problem) = problem(value).filter(|_| !exempt) else { continue };
        return Err(ConfigError {
            argument: None,
            summary: "A proxy that cannot be used".to_owned(),
            detail: format!(
                "The environment variable {name} is {}: {problem}. Without it the calls would go out directly, so nothing \
                 was sent. A proxy is written as http://host:port or http://user:password@host:port, with special \
                 characters of user and password percent-encoded (a blank as %20, # as %23).",
                masked(value)
            ),
        });
    }
    Ok(())
}

fn problem(value: &str) -> Option<String> {
    if value.contains(|character: char| character.is_whitespace() || character.is_control()) {
        return Some("it has a blank in it".to_owned());
    }
    let text = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let url = match Url::parse(&text) {
        Ok(url) => url,
        Err(error) => return Some(format!("it is no address ({error})")),
    };
    if !["http", "https"].contains(&url.scheme()) {
        return Some(format!("proxies of the kind {} are not supported", url.scheme()));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Some("it has no host".to_owned());
    }
    let rest = url.query().is_some() || url.fragment().is_some() || !["", "/"].contains(&url.path());
    rest.then(|| "something stands after the host and port".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_that_cannot_be_used_are_refused_by_name() {
        for good in ["http://proxy:3128", "proxy:3128", "https://proxy/", "http://u:p%23w%20@proxy:1", "http://[::1]:1"]
        {
            for name in FOR_TLS.into_iter().chain(IN_CLEAR) {
                assert_eq!(check(&[(name, good)].into_iter().collect(), true), Ok(()), "{name} {good}");
            }
        }
        for bad in [
            "http://pro xy:3128",
            "http://user:pass#hush@proxy:3128",
            "http://user:pa/ss@proxy:3128",
            "http://user:1?x@proxy:3128",
            "http://user:pass hush@proxy:3128",
            "http://",
            "http://proxy:port",
            "socks5://proxy:1080",
            "http://proxy:3128/path",
        ] {
            for name in FOR_TLS.into_iter().chain(IN_CLEAR) {
                let error = check(&[(name, bad)].into_iter().collect(), true).unwrap_err();
                assert!(error.detail.contains(name), "{bad}: {error}");
                assert!(!error.detail.contains("hush"), "{bad}: {error}");
            }
        }
    }

    #[test]
    fn only_what_calls_would_go_through_is_looked_at() {
        let bad = "socks5://proxy:1080";
        for (variables, in_clear, refused) in [
            (vec![("ALL_PROXY", bad)], false, true),
            (vec![("ALL_PROXY", bad), ("HTTPS_PROXY", "http://proxy:1")], false, false),
            (vec![("ALL_PROXY", bad), ("https_proxy", "http://proxy:1")], true, true),
            (vec![("HTTP_PROXY", bad)], false, false),
            (vec![("HTTP_PROXY", bad)], true, true),
            (vec![("https_proxy", bad), ("HTTPS_PROXY", "http://proxy:1")], false, false),
            (vec![("HTTPS_PROXY", bad), ("NO_PROXY", "*")], true, false),
            (vec![("HTTPS_PROXY", bad), ("NO_PROXY", "example.com")], true, true),
            (vec![("HTTPS_PROXY", " ")], true, false),
        ] {
            let environment: Environment = variables.iter().copied().collect();
            assert_eq!(check(&environment, in_clear).is_err(), refused, "{variables:?} {in_clear}");
        }
    }
}
