//! Answers in several messages: what hands them on, one by one.

use async_trait::async_trait;

/// Takes the events of one call to whoever asked. Shared by all that works on the call (`Arc<dyn EventSink<T>>`); what is
/// sent after the call has ended is dropped.
#[async_trait]
pub trait EventSink<T: Send + 'static>: Send + Sync {
    /// Hands one on, and waits while the client is behind.
    ///
    /// # Errors
    /// Nobody listens any more: a listing has reason to end, work that was started has not.
    async fn send(&self, event: T) -> Result<(), NobodyListens>;

    /// Hands one on if there is room. Never waits: progress that a slow client misses must not hold up the work.
    fn tell(&self, event: T);
}

/// The client has what it wanted, or is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NobodyListens;

impl std::fmt::Display for NobodyListens {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("nobody listens any more")
    }
}

impl std::error::Error for NobodyListens {}
