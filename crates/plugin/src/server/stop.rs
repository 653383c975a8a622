//! What `Stop` means: the calls in flight end early, later ones are not affected. Terraform still cleans up after it.

use std::sync::{Mutex, PoisonError};

use tf::provider::StopToken;

/// Hands each call the token that the next `Stop` cancels.
#[derive(Debug, Default)]
pub(super) struct Stops {
    all: Mutex<StopToken>,
    /// For what only reads: cancelled by an interrupt of this process as well.
    reads: Mutex<StopToken>,
}

impl Stops {
    /// The token for a call that begins now.
    pub(super) fn token(&self) -> StopToken {
        child(&self.all)
    }

    /// The token for a call that only reads and begins now.
    pub(super) fn token_of_read(&self) -> StopToken {
        child(&self.reads)
    }

    /// Cancels the tokens handed out so far. Takes no time: nobody is waited for.
    pub(super) fn stop(&self) {
        cancel(&self.all);
        cancel(&self.reads);
    }

    /// Cancels those of calls that only read.
    pub(super) fn stop_reads(&self) {
        cancel(&self.reads);
    }
}

/// A child, so that a call that cancels its own token stops nobody else.
fn child(token: &Mutex<StopToken>) -> StopToken {
    token.lock().unwrap_or_else(PoisonError::into_inner).child_token()
}

fn cancel(token: &Mutex<StopToken>) {
    std::mem::take(&mut *token.lock().unwrap_or_else(PoisonError::into_inner)).cancel();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_what_began_before_and_nothing_later() {
        let stops = Stops::default();
        let (first, second, read) = (stops.token(), stops.token(), stops.token_of_read());
        first.cancel();
        assert!(!second.is_cancelled());
        stops.stop_reads();
        assert!(read.is_cancelled() && !second.is_cancelled());
        assert!(!stops.token_of_read().is_cancelled());
        let read = stops.token_of_read();
        stops.stop();
        assert!(second.is_cancelled() && read.is_cancelled());
        assert!(!stops.token().is_cancelled() && !stops.token_of_read().is_cancelled());
    }
}
