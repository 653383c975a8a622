//! One try of one request: connection pool, TLS, deadlines, size limits. Retrying is the business of `send`.

use std::error::Error as StdError;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, Client, Url};

use crate::address::is_loopback;
use crate::answer::{Answer, Refusal};
use crate::auth::SignedRequest;
use crate::call::{Call, Method, Repeat};
use crate::error::Error;
use crate::kind::{Kind, Outcome};
use crate::mask::Mask;
use crate::time;

/// Bytes of an answer that are read at most. The largest known answers, service catalogues, are far below a megabyte.
const LARGEST_ANSWER: usize = 16 << 20;

/// How long to wait for a connection, unless a whole try has less than twice that: then half of it, so that a connection
/// that does not come about is told apart from an answer that does not come.
const CONNECT: Duration = Duration::from_secs(10);

/// Idle connections are given up before services do, so that a request seldom meets a closing one.
const IDLE: Duration = Duration::from_secs(20);

/// How connections are made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// Certificates (PEM) that are trusted beside the system's.
    pub(crate) ca_pem: Option<Vec<u8>>,
    pub(crate) insecure: bool,
    /// Time for one try, from connecting to the last byte of the answer.
    pub(crate) timeout: Duration,
}

/// The connection pool. Clients are built at first use: loading the system's certificates takes its time, and a
/// rehearsal needs none of them.
pub(crate) struct Http {
    settings: Settings,
    /// For everything out there: system certificates, proxies of the environment.
    outward: OnceLock<Result<Client, String>>,
    /// For loopback: never through a proxy.
    local: OnceLock<Result<Client, String>>,
    /// For loopback without TLS: works on a machine without any certificates, too.
    plain: OnceLock<Result<Client, String>>,
}

impl Http {
    pub(crate) fn new(settings: Settings) -> Http {
        Http { settings, outward: OnceLock::new(), local: OnceLock::new(), plain: OnceLock::new() }
    }

    /// Sends a request once and reads its answer. Statuses below 200 and from 300 on are errors, in which nothing is left
    /// of the secrets that this very request carried.
    pub(crate) async fn try_once(&self, call: &Call, signed: &SignedRequest) -> Result<Answer, Error> {
        let started = std::time::Instant::now();
        let result = match tokio::time::timeout(self.settings.timeout, self.exchange(call, signed)).await {
            Ok(result) => result,
            Err(_) => {
                let message = format!("no answer within {:?} from {}", self.settings.timeout, place(&signed.url));
                Err(no_answer(call, Kind::Unavailable, true, message))
            }
        };
        // An endpoint may have a path of its own: what is shown is what was sent.
        let result = result.map_err(|error| error.change(|facts| facts.call = Some(called(call, &signed.url))));
        log(call, &signed.url, started.elapsed(), &result);
        result
    }

    async fn exchange(&self, call: &Call, signed: &SignedRequest) -> Result<Answer, Error> {
        let client =
            self.client(&signed.url).map_err(|message| Error::config(message).of_call(call.service, call.name()))?;
        let mut request = client.request(method(call.method), signed.url.clone()).headers(header_map(call, signed)?);
        if let Some(body) = &call.body {
            request = request.body(body.0.clone());
        }
        let response = request.send().await.map_err(|error| connection_error(call, &signed.url, &error))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let good = response.status().is_success();
        let body = match read_body(call, response).await {
            Ok(body) => body,
            // The status of a refusal says enough; its text is only a help.
            Err(_) if !good => Bytes::new(),
            Err(error) => return Err(error),
        };
        let sent = signed.headers.iter().map(|(name, value)| (*name, value.reveal()));
        let mask = Mask::of(sent, call.body.as_ref().map(|body| body.0.as_slice()));
        let request_id = request_id(&headers).map(|id| mask.hide(&id));
        let date = header(&headers, "date").and_then(time::parse_http);
        if good {
            return Ok(Answer { called: called(call, &signed.url), status, headers, body, request_id, date });
        }
        let refusal = Refusal {
            status,
            body: mask.hide(&String::from_utf8_lossy(&body)).as_bytes(),
            request_id,
            retry_after: retry_after(&headers),
            location: location(&signed.url, &headers).map(|host| mask.hide(&host)),
            date,
            now: time::now(),
        }
        .to_error(call);
        // Escapes of JSON are undone by now: what they hid before is found here.
        Err(refusal.change(|facts| {
            facts.message = mask.hide(&facts.message);
            facts.code = facts.code.as_deref().map(|code| mask.hide(code));
            facts.request_id = facts.request_id.as_deref().map(|id| mask.hide(id));
        }))
    }

    fn client(&self, url: &Url) -> Result<&Client, String> {
        let (local, plain) = (is_loopback(url), url.scheme() == "http");
        let cell = match (local, plain) {
            (true, true) => &self.plain,
            (true, false) => &self.local,
            (false, _) => &self.outward,
        };
        cell.get_or_init(|| build(&self.settings, local, local && plain)).as_ref().map_err(Clone::clone)
    }
}

fn build(settings: &Settings, local: bool, plain: bool) -> Result<Client, String> {
    let mut builder = Client::builder()
        .user_agent(concat!("terraform-provider-recovery/", env!("CARGO_PKG_VERSION")))
        // A redirect could carry credentials to another host.
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT.min(settings.timeout / 2))
        .pool_idle_timeout(IDLE)
        // Whether to send again is decided in one place, per call.
        .retry(reqwest::retry::never())
        .referer(false);
    if local {
        builder = builder.no_proxy();
    }
    if settings.insecure {
        builder = builder.tls_danger_accept_invalid_certs(true);
    }
    if plain {
        // A system without certificates must not stop a rehearsal.
        builder = builder.tls_certs_only([]);
    } else if let Some(pem) = &settings.ca_pem {
        let certificates =
            Certificate::from_pem_bundle(pem).map_err(|error| format!("the CA certificates: {error}"))?;
        builder = builder.tls_certs_merge(certificates);
    }
    builder.build().map_err(|error| format!("cannot set up connections: {}", chain(&error)))
}

fn header_map(call: &Call, signed: &SignedRequest) -> Result<HeaderMap, Error> {
    let mut map = HeaderMap::new();
    for (name, value) in &signed.headers {
        let unusable = || {
            Error::config(format!("the value of the header {name} cannot be sent")).of_call(call.service, call.name())
        };
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unusable())?;
        let mut value = HeaderValue::from_str(value.reveal()).map_err(|_| unusable())?;
        value.set_sensitive(true);
        map.insert(name, value);
    }
    Ok(map)
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Delete => reqwest::Method::DELETE,
    }
}

async fn read_body(call: &Call, mut response: reqwest::Response) -> Result<Bytes, Error> {
    let status = response.status().as_u16();
    let id = request_id(response.headers());
    let mut body = BytesMut::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= LARGEST_ANSWER => body.extend_from_slice(&chunk),
            Ok(Some(_)) => {
                let message = format!("the answer is larger than {} MiB", LARGEST_ANSWER >> 20);
                return Err(call.bad_answer(status, id, message, false));
            }
            Ok(None) => return Ok(body.freeze()),
            Err(error) => {
                let message = format!("the answer broke off: {}", chain(&error));
                let error = call.bad_answer(status, id, message, true);
                return Err(error.change(|facts| facts.kind = Kind::Unavailable));
            }
        }
    }
}

/// Method and whole path, without the query.
fn called(call: &Call, url: &Url) -> String {
    format!("{} {}", call.method.name(), url.path())
}

/// Host and port, in words for messages.
fn place(url: &Url) -> String {
    let port = url.port_or_known_default().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or_default())
}

/// An error without any answer. Only a failed connection proves that nothing was sent.
fn connection_error(call: &Call, url: &Url, error: &reqwest::Error) -> Error {
    if error.is_builder() {
        return Error::config(chain(error)).of_call(call.service, call.name());
    }
    let (sent, place, chain) = (!error.is_connect(), place(url), chain(error));
    let broken = if sent { "the connection broke off" } else { "no connection" };
    if let Some(problem) = tls_problem(error) {
        let message = format!("{broken} to {place}: {problem}");
        return no_answer(call, Kind::Tls, sent, message).change(|facts| facts.transient = false);
    }
    if error.is_dns() {
        let message = format!("{broken} to {place}: the host name cannot be resolved: {chain}");
        return no_answer(call, Kind::Unavailable, sent, message).change(|facts| facts.unresolved = true);
    }
    let lower = chain.to_ascii_lowercase();
    if !sent && lower.contains("proxy auth") {
        let message = format!(
            "{broken} to {place}: the proxy wants a user and password of its own (407); they belong into the variable \
             that names the proxy, as in HTTPS_PROXY=http://user:password@host:port ({chain})"
        );
        return no_answer(call, Kind::Config, sent, message).change(|facts| facts.transient = false);
    }
    no_answer(call, Kind::Unavailable, sent, format!("{broken} to {place}: {chain}"))
}

fn no_answer(call: &Call, kind: Kind, sent: bool, message: String) -> Error {
    let outcome = if sent && call.repeat == Repeat::Never { Outcome::Unknown } else { Outcome::NotStarted };
    let error = Error::before_sending(kind, message).of_call(call.service, call.name());
    error.change(|facts| (facts.outcome, facts.transient) = (outcome, true))
}

/// What is wrong with a certificate, in words that lead to the remedy.
fn tls_problem(error: &reqwest::Error) -> Option<String> {
    use rustls::CertificateError as Certificate;
    let problem = find_tls(error)?;
    Some(match problem {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                format!("the certificate is for another host name: {problem}")
            }
            Certificate::Expired | Certificate::ExpiredContext { .. } => {
                format!("the certificate has expired (or this machine's clock is wrong): {problem}")
            }
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
                format!("the certificate is not valid yet (or this machine's clock is wrong): {problem}")
            }
            Certificate::UnknownIssuer => format!(
                "the certificate is signed by an authority that is not trusted here; \
                 a private authority can be named with ca_cert_file: {problem}"
            ),
            _ => format!("the certificate is not acceptable: {problem}"),
        },
        _ => format!("no TLS connection: {problem}"),
    })
}

fn find_tls<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(problem) = error.downcast_ref::<rustls::Error>() {
            return Some(problem);
        }
        // An io::Error hides what it wraps from `source`.
        if let Some(inner) = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref)
            && let Some(problem) = find_tls(inner)
        {
            return Some(problem);
        }
        next = error.source();
    }
    None
}

/// All causes in one line; without the URL, whose query is nobody's business.
fn chain(error: &reqwest::Error) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if texts.last().is_none_or(|last| !last.contains(&text)) {
            texts.push(text);
        }
        next = cause.source();
    }
    if texts.is_empty() { "the connection failed".to_owned() } else { texts.join(": ") }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The id of a request for the service's support; IAM has its own name for it.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let names = ["x-request-id", "x-iam-trace-id", "x-openstack-request-id"];
    let id = names.iter().find_map(|name| header(headers, name))?;
    Some(id.chars().take(128).collect())
}

/// Seconds or a date; never more than an hour.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = header(headers, "retry-after")?.trim();
    let seconds = match text.parse::<f64>() {
        Ok(seconds) => seconds,
        Err(_) => (time::parse_http(text)?.as_second() - time::now().as_second()) as f64,
    };
    (seconds.is_finite() && seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(3600.0)))
}

/// The host that a redirect names.
fn location(url: &Url, headers: &HeaderMap) -> Option<String> {
    let target = url.join(header(headers, "location")?).ok()?;
    target.host_str().map(str::to_owned)
}

/// One line per try: never headers, bodies or queries.
fn log(call: &Call, url: &Url, elapsed: Duration, result: &Result<Answer, Error>) {
    let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let (method, path, service) = (call.method.name(), url.path(), call.service);
    match result {
        Ok(answer) => tracing::debug!(
            %service,
            method,
            path,
            status = answer.status,
            milliseconds,
            request_id = answer.request_id.as_deref().unwrap_or_default(),
            "answered"
        ),
        Err(error) => tracing::debug!(
            %service,
            method,
            path,
            status = error.status().unwrap_or_default(),
            milliseconds,
            request_id = error.request_id().unwrap_or_default(),
            code = error.code().unwrap_or_default(),
            "failed: {}",
            error.message()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let after = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", HeaderValue::from_str(text).unwrap());
            retry_after(&headers)
        };
        assert_eq!(after("7"), Some(Duration::from_secs(7)));
        assert_eq!(after("999999"), Some(Duration::from_secs(3600)));
        assert_eq!(after("-1"), None);
        assert_eq!(after("soon"), None);
        let soon = time::now().checked_add(jiff::SignedDuration::from_secs(30)).unwrap();
        let date = soon.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let wait = after(&date).unwrap();
        assert!((28..=30).contains(&wait.as_secs()), "{wait:?}");
    }
}
