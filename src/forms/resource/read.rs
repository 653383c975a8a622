//! A refresh: looks at work that is not over, lets what is at rest rest.

use tf::provider::{ReadRequest, ReadResponse};
use tf::{Diagnostic, Diagnostics, Value};

use super::Managed;
use super::apply::take_record;
use crate::operations::common;
use engine::lists::{self, Lists};
use engine::mark::{Attempt, Mark};
use engine::report::{self, AfterFailure};
use engine::work::{Progress, Readiness, Record, Work};

impl Managed {
    pub(super) async fn read_object(&self, request: ReadRequest) -> ReadResponse {
        let before = request.state;
        let mut body = before.clone();
        let diagnostics = self.refresh_body(&mut body).await;
        if let Ok(runtime) = self.handle.runtime() {
            runtime.engine.memory.see_again(self.type_name(), &before, &body);
        }
        ReadResponse { state: Some(body), private: request.private, identity: None, diagnostics }
    }

    async fn refresh_body(&self, body: &mut Value) -> Diagnostics {
        let mark = Self::mark(body);
        // A finished restore is history: nothing can change it, so nothing is asked.
        if mark.is_none() && self.operation.effect().overwrites() {
            return Diagnostics::new();
        }
        let runtime = match self.handle.runtime() {
            Ok(runtime) => runtime,
            Err(diagnostic) => return diagnostic.into(),
        };
        let scope = match self.scope(&runtime, body).await {
            Ok(scope) => scope,
            Err(diagnostic) => return diagnostic.into(),
        };
        let lists = &runtime.engine.lists;
        let Some(mark) = mark else { return self.operation.refresh(lists, &scope, body).await };
        let work = self.work(&runtime, &scope, body);
        match mark {
            Mark::Started(operation) => self.refresh_running(lists, work.as_ref(), &operation, body).await,
            Mark::Unknown(mut attempt) => {
                attempt.before.extend(self.others_operations(&runtime, body));
                self.refresh_attempt(lists, work.as_ref(), &attempt, body).await
            }
        }
    }

    async fn refresh_running(&self, lists: &Lists, work: &dyn Work, operation: &str, body: &mut Value) -> Diagnostics {
        match work.look(lists, operation, lists::REFRESH).await {
            Ok(Some(record)) => self.refresh_from(work, operation, record, body).await,
            Ok(None) => {
                tracing::warn!(operation, "the operation is not on record; the state keeps what was known last");
                Diagnostics::new()
            }
            Err(error) => {
                let failed = report::call_failed("", &error);
                Diagnostic::warning(
                    format!("How {} {operation} goes could not be read", self.noun()),
                    format!("{}\n\nThe state keeps what was known last.", failed.detail),
                )
                .into()
            }
        }
    }

    async fn refresh_from(
        &self,
        work: &dyn Work,
        operation: &str,
        mut record: Record,
        body: &mut Value,
    ) -> Diagnostics {
        if matches!(record.progress, Progress::Failed(_)) {
            work.explain(&mut record).await;
        }
        take_record(body, &record);
        match &record.progress {
            Progress::Running | Progress::Unrecognised => Diagnostics::new(),
            Progress::Succeeded => {
                // The operation counts as ended only once its target is usable again. A backup whose wait was asked for
                // and broke off stays pending: a tainted one would else look like one to be made anew, and be deleted.
                let awaited = !self.operation.effect().overwrites() && common::flag(body, "wait").unwrap_or(true);
                if !awaited && matches!(work.settled(&record).await, Ok(Readiness::Ready)) {
                    body.set("pending_operation", Value::Null);
                }
                Diagnostics::new()
            }
            Progress::Spent => {
                body.set("pending_operation", Value::Null);
                Diagnostics::new()
            }
            Progress::Failed(failure) => {
                body.set("pending_operation", Value::Null);
                let told = report::work_failed(work, operation, &record.status, failure, AfterFailure::StaysAsItIs);
                Diagnostic::warning(told.summary, told.detail).into()
            }
        }
    }

    /// Looks for an attempt of unknown outcome. Exactly one record that matches is it; anything else is left to apply.
    async fn refresh_attempt(
        &self,
        lists: &Lists,
        work: &dyn Work,
        attempt: &Attempt,
        body: &mut Value,
    ) -> Diagnostics {
        let records = match work.records(lists, lists::REFRESH).await {
            Ok(records) => records,
            Err(error) => {
                return Diagnostic::warning(
                    format!("What became of an attempt of {} could not be read", attempt.sent_at),
                    report::facts_of(&error),
                )
                .into();
            }
        };
        let mut ours =
            records.into_iter().filter(|record| !attempt.before.contains(&record.operation) && work.started(record));
        let (Some(record), None) = (ours.next(), ours.next()) else { return Diagnostics::new() };
        let operation = record.operation.clone();
        let id = self.operation.id().id(body, &operation);
        body.set("id", Value::from(id));
        body.set(self.operation.id().operation, Value::from(operation.as_str()));
        body.set("pending_operation", Value::from(Mark::Started(operation.clone()).to_text()));
        self.refresh_from(work, &operation, record, body).await
    }
}
