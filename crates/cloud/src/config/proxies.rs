//! The variables that name proxies. The HTTP library reads them itself and passes over one that it cannot use: the call
//! would go out directly, past a proxy that somebody wanted.

use reqwest::Url;

use super::arguments::ConfigError;
use super::environment::Environment;
use crate::address::masked;

/// The variables, as the HTTP library reads them.
const VARIABLES: [&str; 6] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// Refuses a variable that names a proxy which cannot be used.
pub(super) fn check(environment: &Environment) -> Result<(), ConfigError> {
    for name in VARIABLES {
        let Some(value) = environment.get(name) else { continue };
        if let Some(problem) = problem(value) {
            return Err(ConfigError {
                argument: None,
                summary: "A proxy that cannot be used".to_owned(),
                detail: format!(
                    "The environment variable {name} is {}: {problem}. Without it the calls would go out directly, so \
                     nothing was sent. A proxy is written as http://host:port or http://user:password@host:port, with \
                     special characters of user and password percent-encoded (a blank as %20, # as %23).",
                    masked(value)
                ),
            });
        }
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
            for name in VARIABLES {
                assert_eq!(check(&[(name, good)].into_iter().collect()), Ok(()), "{name} {good}");
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
            for name in VARIABLES {
                let error = check(&[(name, bad)].into_iter().collect()).unwrap_err();
                assert!(error.detail.contains(name), "{bad}: {error}");
                assert!(!error.detail.contains("hush"), "{bad}: {error}");
            }
        }
    }
}
