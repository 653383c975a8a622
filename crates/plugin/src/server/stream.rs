//! A call that is answered in several messages: bounded, under the same panic net as every call, and always with its end.

use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt};
use tf::Diagnostics;
use tf::events::{EventSink, NobodyListens};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tonic::{Response, Status};

use super::call::{Nature, panicked};
use super::{Server, convert};
use crate::pb;

/// Events that wait for a slow client at most.
const ROOM: usize = 32;

/// A message of a stream.
pub(super) trait Event: Send + 'static {
    /// The message that ends the stream. `None` where an end without a word is a good one.
    fn last(found: Diagnostics) -> Option<Self>
    where
        Self: Sized;
}

impl Event for pb::invoke_action::Event {
    /// An action that ends without this message counts as done.
    fn last(found: Diagnostics) -> Option<Self> {
        use pb::invoke_action::event::{Completed, Type};
        let completed = Completed { diagnostics: convert::diagnostics(found) };
        Some(pb::invoke_action::Event { r#type: Some(Type::Completed(completed)) })
    }
}

impl Event for pb::list_resource::Event {
    fn last(found: Diagnostics) -> Option<Self> {
        let event = |diagnostics| pb::list_resource::Event { diagnostic: diagnostics, ..Default::default() };
        (!found.is_empty()).then(|| event(convert::diagnostics(found)))
    }
}

/// What a handler says at its end.
type Ended = Result<Diagnostics, Diagnostics>;

impl Server {
    /// Runs a handler that hands its events to a sink, and ends the stream with what it says last: after a panic, after a
    /// refusal and after `Stop` as well. [`Nature`] says what becomes of it when the client is gone. `subject` is the
    /// action or resource.
    pub(super) fn stream<E: Event, F: Future<Output = Ended> + Send + 'static>(
        &self,
        rpc: &'static str,
        subject: &str,
        nature: Nature,
        handler: impl FnOnce(Arc<dyn EventSink<E>>) -> F + Send + 'static,
    ) -> Response<BoxStream<'static, Result<E, Status>>> {
        let (sender, events) = mpsc::channel(ROOM);
        let listener = sender.clone();
        let work = async move {
            let work = handler(Arc::new(Bounded(sender)));
            if nature == Nature::Work {
                return work.await;
            }
            tokio::select! {
                ended = work => ended,
                () = listener.closed() => Ok(Diagnostics::new()),
            }
        };
        let call = self.spawn(rpc, subject, nature, work);
        let answer = Answer { rpc, events, call: Some(call), last: None };
        Response::new(stream::unfold(answer, Answer::next).map(Ok).boxed())
    }
}

/// A channel that holds so many events and no more.
struct Bounded<E>(mpsc::Sender<E>);

#[tonic::async_trait]
impl<E: Event> EventSink<E> for Bounded<E> {
    async fn send(&self, event: E) -> Result<(), NobodyListens> {
        self.0.send(event).await.map_err(|_| NobodyListens)
    }

    fn tell(&self, event: E) {
        // Full or closed: the contract of `tell` is to let go of it.
        let _ = self.0.try_send(event);
    }
}

/// Turns what a handler sends into messages of the wire, in the handler's own task and so under its panic net.
pub(super) struct Mapped<E, M> {
    pub(super) out: Arc<dyn EventSink<E>>,
    pub(super) map: M,
}

#[tonic::async_trait]
impl<T, E, M> EventSink<T> for Mapped<E, M>
where
    T: Send + 'static,
    E: Event,
    M: Fn(T) -> E + Send + Sync,
{
    async fn send(&self, event: T) -> Result<(), NobodyListens> {
        let event = (self.map)(event);
        self.out.send(event).await
    }

    fn tell(&self, event: T) {
        self.out.tell((self.map)(event));
    }
}

/// A stream in the making.
struct Answer<E> {
    rpc: &'static str,
    events: mpsc::Receiver<E>,
    /// None once it has ended.
    call: Option<JoinHandle<Ended>>,
    /// What to say when the events are through.
    last: Option<E>,
}

impl<E: Event> Answer<E> {
    /// The next message. The end of the call ends the stream even if somebody still holds the sink.
    async fn next(mut self) -> Option<(E, Answer<E>)> {
        while let Some(call) = &mut self.call {
            let ended = tokio::select! {
                biased;
                event = self.events.recv() => match event {
                    Some(event) => return Some((event, self)),
                    None => call.await,
                },
                ended = &mut *call => ended,
            };
            self.events.close();
            self.call = None;
            self.last = E::last(match ended {
                Ok(Ok(found) | Err(found)) => found,
                Err(_) => panicked(self.rpc).into(),
            });
        }
        let event = match self.events.recv().await {
            Some(event) => event,
            None => self.last.take()?,
        };
        Some((event, self))
    }
}
