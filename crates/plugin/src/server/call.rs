//! One call: its own task, its own log lines, and a panic that stays its own.

use std::any::Any;
use std::time::Instant;

use tf::{Diagnostic, Diagnostics};
use tokio::task::JoinHandle;
use tonic::{Response, Status};
use tracing::Instrument;

use super::{Server, convert};
use crate::pb;

/// An answer that can say that nothing was done, and why.
pub(super) trait Refusal: Send + 'static {
    /// The answer without any result.
    fn refusal(diagnostics: Diagnostics) -> Self;
}

/// Answers with a field for diagnostics and none that must be set.
macro_rules! refusals {
    ($($answer:ident),* $(,)?) => {
        $(impl Refusal for pb::$answer::Response {
            #[allow(clippy::needless_update, reason = "some answers have nothing but diagnostics")]
            fn refusal(diagnostics: Diagnostics) -> Self {
                Self { diagnostics: convert::diagnostics(diagnostics), ..Default::default() }
            }
        })*
    };
}

refusals!(
    get_metadata,
    get_provider_schema,
    prepare_provider_config,
    configure,
    validate_resource_type_config,
    upgrade_resource_state,
    get_resource_identity_schemas,
    upgrade_resource_identity,
    read_resource,
    plan_resource_change,
    apply_resource_change,
    import_resource_state,
    move_resource_state,
    generate_resource_config,
    validate_data_source_config,
    read_data_source,
    get_functions,
    validate_ephemeral_resource_config,
    open_ephemeral_resource,
    renew_ephemeral_resource,
    close_ephemeral_resource,
    validate_list_resource_config,
    validate_action_config,
    plan_action,
);

impl Refusal for pb::call_function::Response {
    /// Functions have one text and no diagnostics.
    fn refusal(diagnostics: Diagnostics) -> Self {
        let texts: Vec<String> =
            diagnostics.0.into_iter().map(|found| format!("{}: {}", found.summary, found.detail)).collect();
        let error = pb::FunctionError { text: texts.join("\n"), function_argument: None };
        Self { result: None, error: Some(error) }
    }
}

/// What a call does, and so what may become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    /// It reads: it may be given up at any await.
    Reads,
    /// It changes something: it is worked to its end, whatever becomes of the client. It hears of a stop by its token.
    Work,
}

impl Server {
    /// Runs a handler to its end, whatever becomes of the request: a client that drops it must not abandon a half-done
    /// apply. `subject` is the resource, data source or function, empty for none.
    pub(super) async fn call<A: Refusal>(
        &self,
        rpc: &'static str,
        subject: &str,
        nature: Nature,
        handler: impl Future<Output = Result<A, Diagnostics>> + Send + 'static,
    ) -> Result<Response<A>, Status> {
        let answer = match self.spawn(rpc, subject, nature, handler).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(diagnostics)) => A::refusal(diagnostics),
            Err(_) => A::refusal(panicked(rpc).into()),
        };
        Ok(Response::new(answer))
    }

    /// Starts a handler in a task of its own, with its log lines. A call that only reads is given up on `Stop`.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        rpc: &'static str,
        subject: &str,
        nature: Nature,
        handler: impl Future<Output = Result<T, Diagnostics>> + Send + 'static,
    ) -> JoinHandle<Result<T, Diagnostics>> {
        let span = tracing::error_span!("call", tf_rpc = rpc, tf_resource_type = tracing::field::Empty);
        if !subject.is_empty() {
            span.record("tf_resource_type", subject);
        }
        let stop = self.stops.token_of_read();
        let task = async move {
            let start = Instant::now();
            tracing::debug!("Call received");
            let answer = match nature {
                Nature::Work => handler.await,
                Nature::Reads => tokio::select! {
                    biased;
                    answer = handler => answer,
                    () = stop.cancelled() => Err(stopped(rpc).into()),
                },
            };
            tracing::info!(
                tf_req_duration_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
                refused = answer.is_err(),
                "Call answered"
            );
            answer
        };
        self.calls.spawn(task.instrument(span))
    }
}

/// What the user reads of a call that was given up on `Stop`.
fn stopped(rpc: &str) -> Diagnostic {
    Diagnostic::error(
        "Stopped",
        format!(
            "Terraform asked to stop, so the provider did not wait for the service any longer ({rpc}). This call only \
             reads: it has changed nothing. Run the command again."
        ),
    )
}

/// What the user reads after a panic. The place and, where it is harmless, the text are in the panic's own line.
pub(super) fn panicked(rpc: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The provider failed in {rpc}"),
        "This is a bug in the provider: it panicked. Only this call is affected. Please report it together with the \
         line that starts with \"panic:\" in the output below or in the log (TF_LOG=DEBUG).",
    )
}

/// Runs a future and turns a panic in it into an error.
pub(super) async fn caught<T>(future: impl Future<Output = T>) -> Result<T, Box<dyn Any + Send>> {
    use futures::FutureExt;
    // What the future leaves behind is not looked at again, except for the save point, which is made for that.
    std::panic::AssertUnwindSafe(future).catch_unwind().await
}
