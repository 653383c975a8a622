//! The one scripted peer of all tests: it speaks HTTP/1.1 over plain TCP or TLS, is written without the client's libraries,
//! and writes down what it gets.

#![allow(dead_code, reason = "not every test needs every kind of reply")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

/// A request as it came over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// What stands between method and version: a path with its query, or what a proxy is asked for.
    pub(crate) target: String,
    /// Path without query.
    pub(crate) path: String,
    pub(crate) query: String,
    /// Lower case names.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    /// How many requests with this method and path came before.
    pub(crate) earlier: usize,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// What to do with a request.
pub(crate) enum Reply {
    /// Status, further headers, body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Announces more bytes than it sends, and closes.
    Truncated(&'static str),
    /// Closes without a word.
    Reset,
    /// Never answers.
    Hang,
    /// These very bytes, whatever they are, and closes.
    Raw(Vec<u8>),
}

/// A reply with a status and a JSON body.
pub(crate) fn json(status: u16, body: &str) -> Reply {
    Reply::Answer(status, Vec::new(), body.to_owned())
}

type Script = dyn Fn(&Request) -> Reply + Send + Sync;

/// The peer.
#[derive(Clone)]
pub(crate) struct Peer {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Peer {
    /// Listens on loopback and follows a script.
    pub(crate) async fn start(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Peer {
        Peer::with_tls(None, script).await
    }

    /// The same behind TLS.
    pub(crate) async fn with_tls(
        tls: Option<tokio_rustls::TlsAcceptor>,
        script: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Peer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let peer = Peer { url, requests: Arc::default() };
        let (requests, script): (_, Arc<Script>) = (Arc::clone(&peer.requests), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (requests, script, tls) = (Arc::clone(&requests), Arc::clone(&script), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, &requests, &*script).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, &requests, &*script).await;
                            }
                        }
                    }
                });
            }
        });
        peer
    }

    /// All requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// How many requests had this method and path.
    pub(crate) fn count(&self, line: &str) -> usize {
        self.requests().iter().filter(|request| request.line() == line).count()
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, requests: &Mutex<Vec<Request>>, script: &Script) {
    let mut buffer = Vec::new();
    while let Some(mut request) = read_request(&mut stream, &mut buffer).await {
        let reply = {
            let mut requests = requests.lock().unwrap();
            request.earlier = requests.iter().filter(|earlier| earlier.line() == request.line()).count();
            requests.push(request.clone());
            script(&request)
        };
        match reply {
            Reply::Answer(status, headers, body) => {
                let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
                let length = if status == 204 { String::new() } else { format!("content-length: {}\r\n", body.len()) };
                let text = format!("HTTP/1.1 {status} Whatever\r\n{length}{headers}\r\n{body}");
                if stream.write_all(text.as_bytes()).await.is_err() {
                    return;
                }
            }
            Reply::Truncated(body) => {
                let text = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len() + 100);
                let _ = stream.write_all(text.as_bytes()).await;
                let _ = stream.shutdown().await;
                return;
            }
            Reply::Raw(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                return;
            }
            Reply::Reset => return,
            Reply::Hang => tokio::time::sleep(Duration::from_secs(3600)).await,
        }
    }
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> Option<Request> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(buffer[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap().split(' ');
    let (method, target) = (first.next().unwrap().to_owned(), first.next().unwrap().to_owned());
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers.get("content-length").map(|length| length.parse().unwrap()).unwrap_or_default();
    while buffer.len() < end + 4 + length {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    let body = String::from_utf8(buffer[end + 4..end + 4 + length].to_vec()).unwrap();
    buffer.drain(..end + 4 + length);
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let (path, query) = (path.to_owned(), query.to_owned());
    Some(Request { method, target, path, query, headers, body, earlier: 0 })
}
