//! From an answer with a bad status to an [`Error`]: which kind, whether to try again, what became of the work.

use std::time::Duration;

use super::body::{self, Complaint};
use crate::call::{Call, Repeat};
use crate::error::{Error, Facts};
use crate::kind::{Kind, Outcome};
use crate::service::Service;
use crate::time::{self, Timestamp};

/// An answer with a bad status, as far as it is needed to understand it.
pub(crate) struct Refusal<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
    /// From the header `X-Request-Id` or a relative of it.
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    /// Where a redirect leads, host only.
    pub(crate) location: Option<String>,
    /// The service's clock, from the `Date` header.
    pub(crate) date: Option<Timestamp>,
    /// This machine's clock when the answer came.
    pub(crate) now: Timestamp,
}

impl Refusal<'_> {
    /// The error that this answer means for a call.
    pub(crate) fn to_error(&self, call: &Call) -> Error {
        let complaint = body::read(self.body);
        let kind = self.kind(call.service, &complaint);
        Error::from_facts(Facts {
            kind,
            service: Some(call.service),
            call: Some(call.name()),
            status: Some(self.status),
            message: self.message(kind, &complaint),
            code: complaint.code,
            request_id: self.request_id.clone().or(complaint.request_id),
            retry_after: self.retry_after,
            outcome: self.outcome(call, kind),
            transient: self.transient(kind),
            unresolved: false,
            page: false,
            argument: None,
        })
    }

    fn kind(&self, service: Service, complaint: &Complaint) -> Kind {
        let code = complaint.code.as_deref().unwrap_or_default();
        let message = complaint.message.as_deref().unwrap_or_default();
        if is_clock(self.status, message) {
            return Kind::Clock;
        }
        // A proxy's, which no service ever answers.
        if self.status == 407 {
            return Kind::Config;
        }
        gateway(code).or_else(|| service.classify(self.status, code, message)).unwrap_or_else(|| by_status(self.status))
    }

    fn message(&self, kind: Kind, complaint: &Complaint) -> String {
        let said = complaint.message.clone().unwrap_or_default();
        match (kind, &self.location) {
            (Kind::Clock, _) => format!("{said} ({})", self.skew(&said)),
            (_, Some(location)) => {
                format!(
                    "the answer is a redirect to {location}; it was not followed, because it would carry credentials there"
                )
            }
            _ if self.status == 407 => format!(
                "this is the proxy's answer: it wants a user and password of its own; they belong into the variable that \
                 names the proxy, as in HTTPS_PROXY=http://user:password@host:port ({said})"
            ),
            _ if said.is_empty() => "the answer has no text".to_owned(),
            _ => said,
        }
    }

    /// The measured difference of the clocks, from the gateway's own words or else from the `Date` header.
    fn skew(&self, message: &str) -> String {
        let server = after(message, "server time:").and_then(time::parse_compact).or(self.date);
        let signed = after(message, "signature time:").and_then(time::parse_compact).unwrap_or(self.now);
        let Some(server) = server else {
            return "the clock of this machine and the service's are too far apart for signatures".to_owned();
        };
        let seconds = signed.as_second() - server.as_second();
        let (amount, word) = (in_words(seconds.unsigned_abs()), if seconds < 0 { "behind" } else { "ahead of" });
        format!("the clock of this machine is {amount} {word} the service's; signatures allow 15 minutes")
    }

    fn outcome(&self, call: &Call, kind: Kind) -> Outcome {
        // DDM answers 400 with codes that blame the service itself: nobody knows how far it got (facts/ddm.md 4).
        let blames_itself = kind == Kind::Unavailable;
        let refused = (300..500).contains(&self.status) && !blames_itself;
        // Some services say "not authenticated" or "busy" with a 500, which is a refusal all the same.
        let refused_in_words = matches!(kind, Kind::Unauthorized | Kind::Busy | Kind::Clock);
        match call.repeat {
            Repeat::Never if !refused && !refused_in_words => Outcome::Unknown,
            Repeat::Never | Repeat::Idempotent => Outcome::NotStarted,
        }
    }

    fn transient(&self, kind: Kind) -> bool {
        match kind {
            Kind::Unavailable | Kind::Throttled => self.status != 501 && self.status != 505,
            _ => false,
        }
    }
}

/// Codes of the API gateway, which stands before all services; dedicated gateways write `APIG`.
fn gateway(code: &str) -> Option<Kind> {
    let number = code.strip_prefix("APIGW.").or_else(|| code.strip_prefix("APIG."))?;
    Some(match number.parse::<u32>().ok()? {
        101 => Kind::Misdirected,
        301 | 303 | 307 => Kind::Unauthorized,
        302 | 310 => Kind::Forbidden,
        308 => Kind::Throttled,
        _ => return None,
    })
}

fn by_status(status: u16) -> Kind {
    match status {
        401 => Kind::Unauthorized,
        403 => Kind::Forbidden,
        404 | 410 => Kind::NotFound,
        409 | 423 => Kind::Busy,
        429 => Kind::Throttled,
        408 | 425 | 500.. => Kind::Unavailable,
        300..=399 | 405 => Kind::Misdirected,
        _ => Kind::Invalid,
    }
}

/// "signature expired" means that the clocks differ: nothing is wrong with the key.
fn is_clock(status: u16, message: &str) -> bool {
    status == 401 && message.to_ascii_lowercase().contains("signature expired")
}

fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let rest = text.split_once(mark)?.1.trim_start();
    rest.split([',', ' ', ';', '"']).next()
}

fn in_words(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, body: &str) -> Refusal<'_> {
        Refusal {
            status,
            body: body.as_bytes(),
            request_id: None,
            retry_after: None,
            location: None,
            date: None,
            now: time::parse("2025-05-20T09:12:32Z").unwrap(),
        }
    }

    fn start() -> Call {
        Call::start(crate::dcs::service::SERVICE, ["v2", "p", "instances", "i", "backups"], &())
    }

    #[test]
    fn kind_outcome_and_transience() {
        use Kind::*;
        use Outcome::*;
        for (status, body, kind, outcome, transient) in [
            (400, r#"{"error_code":"DCS.4096","error_msg":"m"}"#, Busy, NotStarted, false),
            (400, r#"{"error":{"code":"111400097","message":"m"}}"#, Busy, NotStarted, false),
            (404, r#"{"error_code":"DCS.3022","error_msg":"m"}"#, NotFound, NotStarted, false),
            (404, r#"{"error_code":"DCS.4001","error_msg":"m"}"#, Misdirected, NotStarted, false),
            (404, r#"{"error_code":"APIGW.0101","error_msg":"m"}"#, Misdirected, NotStarted, false),
            (404, "", NotFound, NotStarted, false),
            (400, "", Invalid, NotStarted, false),
            (409, "", Busy, NotStarted, false),
            (429, r#"{"error_code":"APIGW.0308","error_msg":"m"}"#, Throttled, NotStarted, true),
            (
                401,
                r#"{"error_code":"APIGW.0301","error_msg":"verify aksk signature fail"}"#,
                Unauthorized,
                NotStarted,
                false,
            ),
            (403, r#"{"error_code":"APIGW.0302","error_msg":"m"}"#, Forbidden, NotStarted, false),
            (408, "", Unavailable, Unknown, true),
            (500, r#"{"error_code":"DCS.5006","error_msg":"m"}"#, Unavailable, Unknown, true),
            (500, r#"{"error_code":"DCS.4069","error_msg":"m"}"#, Busy, NotStarted, false),
            (501, "", Unavailable, Unknown, false),
            (502, "<html>Bad Gateway</html>", Unavailable, Unknown, true),
            (504, r#"{"error_code":"APIGW.0201","error_msg":"m","request_id":"r"}"#, Unavailable, Unknown, true),
            (307, "", Misdirected, NotStarted, false),
            (407, "<html>Proxy Authentication Required</html>", Config, NotStarted, false),
        ] {
            let error = refusal(status, body).to_error(&start());
            assert_eq!(
                (error.kind(), error.outcome(), error.is_transient()),
                (kind, outcome, transient),
                "{status} {body}"
            );
        }
    }

    #[test]
    fn the_skew_is_measured_from_the_words_of_the_gateway() {
        let body = r#"{"error_code":"APIGW.0301","error_msg":"Incorrect IAM authentication information: calc aksk signature fail:signature expired, signature time:20250520T085232Z,server time:20250520T091235Z"}"#;
        let error = refusal(401, body).to_error(&start());
        assert_eq!(error.kind(), Kind::Clock);
        assert!(error.message().contains("20 min 3 s behind"), "{error}");
    }

    #[test]
    fn the_skew_is_measured_from_the_date_header_otherwise() {
        let body = r#"{"error_code":"APIGW.0301","error_msg":"signature expired"}"#;
        let date = time::parse("2025-05-20T08:52:32Z");
        let error = Refusal { date, ..refusal(401, body) }.to_error(&start());
        assert!(error.message().contains("20 min ahead of"), "{error}");
    }

    #[test]
    fn a_redirect_names_its_host_only() {
        let redirect = Refusal { location: Some("evil.example.com".to_owned()), ..refusal(302, "") };
        let error = redirect.to_error(&start());
        assert_eq!(error.kind(), Kind::Misdirected);
        assert!(error.message().contains("evil.example.com"), "{error}");
    }

    #[test]
    fn an_error_is_one_line_with_all_facts() {
        let body = r#"{"error_code":"DCS.4096","error_msg":"The instance is backing up."}"#;
        let error = Refusal { request_id: Some("r-1".to_owned()), ..refusal(400, body) }.to_error(&start());
        assert_eq!(
            error.to_string(),
            "DCS answered POST /v2/p/instances/i/backups with 400 DCS.4096: The instance is backing up. (request id r-1)"
        );
    }
}
