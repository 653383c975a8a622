//! How long a caller is willing to wait before its request is sent.
//!
//! A request that starts work cannot be dropped half way like a read: nobody would know whether it was taken. What comes before
//! it can be: waiting for a token, for the rate limiter, for the next try. The caller's patience reaches those waits through
//! the task that it calls from, and nothing that has been sent.

use std::future::Future;
use std::pin::Pin;

use tokio::sync::watch;

tokio::task_local! {
    static OVER: watch::Receiver<bool>;
}

/// Runs a call to its end. Once `end` is over, whatever it still waits for before a request is sent is given up, with an
/// error that says that nothing was started; a request on its way comes back all the same, and decides.
///
/// Reads alone need no such thing: they may be dropped at any time. One that a call gives up this way has failed for this
/// caller only ([`patience_is_over`]). Boxed, as the wait inside it is.
pub fn with_patience<'a, T: Send + 'a>(
    end: impl Future<Output = ()> + Send + 'a,
    call: impl Future<Output = T> + Send + 'a,
) -> Waiting<'a, T> {
    Box::pin(async move {
        let (over, receiver) = watch::channel(false);
        let call = OVER.scope(receiver, call);
        tokio::pin!(call);
        tokio::select! {
            biased;
            () = end => {
                over.send_replace(true);
            }
            done = &mut call => return done,
        }
        call.await
    })
}

/// Whether the patience of the present task has ended: what it failed to read says nothing to others who want to read it.
pub fn patience_is_over() -> bool {
    OVER.try_with(|over| *over.borrow()).unwrap_or(false)
}

/// A future whose type ends here: the compiler has a limit for futures in futures.
type Waiting<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The patience of whoever calls.
pub(crate) struct Patience(Option<watch::Receiver<bool>>);

impl Patience {
    /// That of the present task; without end outside of [`with_patience`].
    pub(crate) fn of_caller() -> Patience {
        Patience(OVER.try_with(Clone::clone).ok())
    }

    /// Waits for something before a request is sent. `None`: the patience has ended before it.
    pub(crate) fn wait<'a, T: 'a>(&'a mut self, wait: impl Future<Output = T> + Send + 'a) -> Waiting<'a, Option<T>> {
        Box::pin(async move {
            let Some(over) = &mut self.0 else { return Some(wait.await) };
            tokio::select! {
                biased;
                // The sender lives as long as the call does.
                Ok(_) = over.wait_for(|over| *over) => None,
                done = wait => Some(done),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_end_with_the_patience_and_requests_do_not() {
        for (end, wait, waited, took) in [(5, 60, None, 15), (60, 5, Some(()), 15), (0, 60, None, 10)] {
            let start = Instant::now();
            let call = async {
                let waited = Patience::of_caller().wait(sleep(Duration::from_secs(wait))).await;
                // A request on its way.
                sleep(Duration::from_secs(10)).await;
                waited
            };
            assert_eq!(with_patience(sleep(Duration::from_secs(end)), call).await, waited, "{end} {wait}");
            assert_eq!(start.elapsed().as_secs(), took, "{end} {wait}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_sets_no_bound_waits() {
        assert_eq!(Patience::of_caller().wait(sleep(Duration::from_secs(3600))).await, Some(()));
    }
}
