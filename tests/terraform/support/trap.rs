//! A server on the loopback interface that stands for everything a story must not reach.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// What it answers: a state, since http backends ask it for one.
const STATE: &str = r#"{"version": 4, "serial": 1, "lineage": "trap", "outputs": {"real": {"value": "trapped", "type": "string"}}, "resources": []}"#;

/// A server that counts who calls it, and answers everybody with a state.
pub(crate) struct Trap {
    pub(crate) url: String,
    pub(crate) address: SocketAddr,
    calls: Arc<AtomicUsize>,
}

impl Trap {
    /// Opens it on any free port, until the tests end.
    pub(crate) fn open() -> Trap {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let calls = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&calls);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counter.fetch_add(1, Ordering::SeqCst);
                answer(stream);
            }
        });
        Trap { url: format!("http://{address}/state"), address, calls }
    }

    /// How many connections there were.
    pub(crate) fn requests(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

/// One answer to whatever was said; whoever speaks no HTTP will not like it.
fn answer(mut stream: TcpStream) {
    // A caller that waits to be spoken to first must not keep the others waiting.
    let _ = stream.set_read_timeout(Some(Duration::from_millis(500)));
    let _ = stream.read(&mut [0; 4096]);
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
    let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{STATE}", STATE.len());
}
