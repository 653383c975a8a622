//! A raw HTTP client: bytes over TCP, no library that could hide a reset, a cut body or an odd header.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rehearsal::{Options, Running, Scenario};
use serde_json::Value;

/// What came back over the wire.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|problem| panic!("{problem}: {}", String::from_utf8_lossy(&self.body)))
    }
}

/// What happened instead of a whole answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// The peer sent RST.
    Reset,
    /// The connection ended after this many bytes of a longer body.
    Cut(usize),
}

/// Sends a read with another name in `Host`, as a browser does whose name service was told to lead here.
pub(crate) async fn send_as(host: &str, origin: &str, target: &str) -> Reply {
    let address = origin.strip_prefix("http://").unwrap().to_owned();
    let text = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    tokio::task::spawn_blocking(move || exchange(&address, &text, false)).await.unwrap().unwrap()
}

/// Sends one request on a connection of its own.
pub(crate) async fn send(
    origin: &str,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Reply, Broken> {
    let address = origin.strip_prefix("http://").unwrap().to_owned();
    let mut text = format!("{method} {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        text.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
    }
    text.push_str(&format!("\r\n{body}"));
    let head_only = method == "HEAD";
    tokio::task::spawn_blocking(move || exchange(&address, &text, head_only)).await.unwrap()
}

fn exchange(address: &str, request: &str, head_only: bool) -> Result<Reply, Broken> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut received = Vec::new();
    match stream.read_to_end(&mut received) {
        Ok(_) => {}
        Err(problem) if problem.kind() == ErrorKind::ConnectionReset => return Err(Broken::Reset),
        Err(problem) => panic!("{problem}"),
    }
    let split = received.windows(4).position(|window| window == b"\r\n\r\n").expect("a whole head");
    let head = String::from_utf8(received[..split].to_vec()).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let reply = Reply { status, headers, body: received[split + 4..].to_vec() };
    match reply.header("content-length").map(|length| length.parse::<usize>().unwrap()) {
        Some(length) if length > reply.body.len() && !head_only => Err(Broken::Cut(reply.body.len())),
        _ => Ok(reply),
    }
}

/// A running cloud with the shorthands of these tests.
pub(crate) struct Cloud {
    pub(crate) running: Running,
}

impl Cloud {
    pub(crate) async fn start() -> Cloud {
        Cloud::with(Options { speed: 1000.0, ..Options::default() }).await
    }

    pub(crate) async fn with(options: Options) -> Cloud {
        Cloud { running: rehearsal::start(options).await.unwrap() }
    }

    pub(crate) async fn scenario(text: &str, speed: f64) -> Cloud {
        let scenario = Some(Scenario::parse(text, "test").unwrap());
        Cloud::with(Options { speed, scenario, ..Options::default() }).await
    }

    pub(crate) fn project(&self) -> &str {
        &self.running.connection.credentials.project_id
    }

    pub(crate) fn token(&self) -> &str {
        self.running.connection.credentials.token.reveal()
    }

    /// A request to DCS with the ready token; `path` begins after the project.
    pub(crate) async fn dcs(&self, version: &str, method: &str, path: &str, body: &str) -> Result<Reply, Broken> {
        let target = format!("/{version}/{}{path}", self.project());
        send(&self.running.connection.endpoints.dcs, method, &target, &[("X-Auth-Token", self.token())], body).await
    }

    pub(crate) async fn iam(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        send(&self.running.connection.endpoints.iam, method, target, headers, body).await.unwrap()
    }

    pub(crate) async fn control(&self, method: &str, what: &str, body: &str) -> Reply {
        let target = format!("/_rehearsal/{what}");
        send(&self.running.connection.url, method, &target, &[], body).await.unwrap()
    }

    pub(crate) async fn faults(&self, faults: Value) {
        let reply = self.control("PUT", "faults", &faults.to_string()).await;
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    }
}

/// The built-in master/standby instance.
pub(crate) const INSTANCE: &str = rehearsal::dcs::BUILT_IN_INSTANCE;
/// One of its backups.
pub(crate) const BACKUP: &str = "1f6b8d3a-92e4-4c70-8d15-b3a7e0c4f269";

/// Signs as form A does, written apart from the code under test: path and query must need no escaping.
pub(crate) fn sign(
    access: &str,
    secret: &str,
    date: &str,
    method: &str,
    host: &str,
    target: &str,
    body: &str,
) -> String {
    use sha2::{Digest, Sha256};
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let body_hash = hex(&Sha256::digest(body.as_bytes()));
    let canonical =
        format!("{method}\n{path}/\n{query}\nhost:{host}\nx-sdk-date:{date}\n\nhost;x-sdk-date\n{body_hash}");
    let to_sign = format!("SDK-HMAC-SHA256\n{date}\n{}", hex(&Sha256::digest(canonical.as_bytes())));
    let signature = hex(&hmac(secret.as_bytes(), to_sign.as_bytes()));
    format!("SDK-HMAC-SHA256 Access={access}, SignedHeaders=host;x-sdk-date, Signature={signature}")
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}
