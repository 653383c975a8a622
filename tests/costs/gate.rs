//! A gate before a service: it holds requests back until so many of them wait together. What asks one after the other never gets
//! through.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;

/// The gate.
pub(crate) struct Gate {
    /// Its address, as an endpoint.
    pub(crate) url: String,
}

/// Which requests are held back: the first ones pass, then so many have to come together, and the rest passes again.
struct Rule {
    first: usize,
    together: usize,
    seen: AtomicUsize,
    barrier: Barrier,
}

impl Gate {
    /// A gate before the service at this origin.
    pub(crate) async fn before(origin: &str, first: usize, together: usize) -> Gate {
        let to: SocketAddr = origin.trim_start_matches("http://").parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let barrier = Barrier::new(together);
        let rule = Arc::new(Rule { first, together, seen: AtomicUsize::new(0), barrier });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass(stream, to, Arc::clone(&rule)));
            }
        });
        Gate { url }
    }
}

/// One connection. A request without a body comes in one piece, and the next one not before the answer.
async fn pass(mut from: TcpStream, to: SocketAddr, rule: Arc<Rule>) {
    let Ok(mut to) = TcpStream::connect(to).await else { return };
    let (mut request, mut answer) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        let done = tokio::select! {
            read = from.read(&mut request) => match read {
                Ok(length @ 1..) => {
                    rule.wait().await;
                    to.write_all(&request[..length]).await
                }
                _ => return,
            },
            read = to.read(&mut answer) => match read {
                Ok(length @ 1..) => from.write_all(&answer[..length]).await,
                _ => return,
            },
        };
        if done.is_err() {
            return;
        }
    }
}

impl Rule {
    async fn wait(&self) {
        let number = self.seen.fetch_add(1, Ordering::SeqCst);
        if (self.first..self.first + self.together).contains(&number) {
            self.barrier.wait().await;
        }
    }
}
