//! The listeners: HTTP/1.1 on loopback, one origin per service. The only place that knows hyper.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::cloud::Cloud;
use crate::control;
use crate::pipeline::{self, Outcome};
use crate::services::Service;
use crate::wire::{Answer, Call};

/// The gateway takes bodies up to this size.
const LARGEST_BODY: usize = 12 * 1024 * 1024;
/// Enough for the beginning of a cut body to leave.
const FLUSH: Duration = Duration::from_millis(20);

/// Accepts connections until it is dropped; they end with it. Without a service it is the control origin.
pub(crate) async fn listen(listener: TcpListener, service: Option<Service>, cloud: Arc<Cloud>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // An accept fails for the connection's own reasons, or for want of descriptors, which passes.
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(stream, service, Arc::clone(&cloud)));
                } else {
                    tokio::time::sleep(FLUSH).await;
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, service: Option<Service>, cloud: Arc<Cloud>) {
    // Answers are small and written whole; waiting for more to send only delays them.
    let _ = stream.set_nodelay(true);
    let reset = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&reset);
    let answer = service_fn(move |request| Box::pin(respond(request, service, Arc::clone(&cloud), Arc::clone(&flag))));
    let mut connection = http1::Builder::new().title_case_headers(true).serve_connection(TokioIo::new(stream), answer);
    // Not awaited as it is, which would shut the stream down in order and leave it to hyper: a reset needs the stream.
    let _ = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let stream = connection.into_parts().io.into_inner();
    if reset.load(Ordering::Acquire) {
        // Closing a socket that does not linger sends RST instead of FIN.
        let _ = stream.set_zero_linger();
    }
}

async fn respond(
    request: http::Request<Incoming>,
    service: Option<Service>,
    cloud: Arc<Cloud>,
    reset: Arc<AtomicBool>,
) -> Result<http::Response<Payload>, io::Error> {
    let (head, body) = request.into_parts();
    let mut call = Call {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: headers(&head.headers),
        body: Bytes::new(),
    };
    let service = service.filter(|_| call.path.trim_start_matches('/').split('/').next() != Some(control::PREFIX));
    // The world of a large scenario may be larger than any body of the cloud.
    let limit = if service.is_none() { LARGEST_BODY * 16 } else { LARGEST_BODY };
    call.body = match Limited::new(body, limit).collect().await {
        Ok(body) => body.to_bytes(),
        Err(problem) if problem.is::<http_body_util::LengthLimitError>() => {
            return Ok(payload(Answer::gateway(413, "APIGW.0201", "Request entity too large."), None));
        }
        Err(problem) => return Err(io::Error::other(problem)),
    };
    let Some(service) = service else { return Ok(payload(control::answer(&cloud, &call), None)) };
    match pipeline::answer(&cloud, service, &call).await {
        Outcome::Answer { answer, kept } => Ok(payload(answer, kept)),
        Outcome::Reset => {
            reset.store(true, Ordering::Release);
            Err(io::Error::new(io::ErrorKind::ConnectionReset, "reset by a fault"))
        }
    }
}

fn headers(map: &http::HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    map.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

fn payload(answer: Answer, kept: Option<usize>) -> http::Response<Payload> {
    let length = answer.body.len();
    let mut builder = http::Response::builder().status(answer.status);
    if !answer.body.is_empty() {
        builder = builder.header("Content-Type", answer.content_type);
    }
    for (name, value) in &answer.headers {
        builder = builder.header(name, value);
    }
    let mut body = Bytes::from(answer.body);
    if let Some(kept) = kept {
        body.truncate(kept);
    }
    let whole = Payload { body: Some(body), length, cut: kept.map(|_| Box::pin(tokio::time::sleep(FLUSH))) };
    builder.body(whole).unwrap_or_else(|_| {
        // A fault's header or status that HTTP does not allow.
        let mut response = http::Response::new(Payload { body: None, length: 0, cut: None });
        *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// A body in one piece, or the beginning of one: a cut body announces its whole length and then fails, which closes
/// the connection.
struct Payload {
    body: Option<Bytes>,
    length: usize,
    cut: Option<Cut>,
}

/// Passes before a cut body fails, so that its beginning is sent and not just buffered.
type Cut = Pin<Box<tokio::time::Sleep>>;

impl Body for Payload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(body) = self.body.take().filter(|body| !body.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(body))));
        }
        match &mut self.cut {
            None => Poll::Ready(None),
            Some(pause) => pause.as_mut().poll(context).map(|()| Some(Err(io::Error::other("cut short by a fault")))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.cut.is_none() && self.body.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length as u64)
    }
}
