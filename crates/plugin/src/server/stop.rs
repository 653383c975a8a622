//! What `Stop` means: the calls in flight end early, later ones are not affected. Terraform still cleans up after it.

use std::sync::{Mutex, PoisonError};

use tf::provider::StopToken;

/// Hands each call the token that the next `Stop` cancels.
#[derive(Debug, Default)]
pub(super) struct Stops(Mutex<StopToken>);

impl Stops {
    /// The token for a call that begins now.
    pub(super) fn token(&self) -> StopToken {
        // A child, so that a call that cancels its own token stops nobody else.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).child_token()
    }

    /// Cancels the tokens handed out so far. Takes no time: nobody is waited for.
    pub(super) fn stop(&self) {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *current).cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_what_began_before_and_nothing_later() {
        let stops = Stops::default();
        let (first, second) = (stops.token(), stops.token());
        first.cancel();
        assert!(!second.is_cancelled());
        stops.stop();
        assert!(second.is_cancelled());
        assert!(!stops.token().is_cancelled());
    }
}
