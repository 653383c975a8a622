//! A refresh: looks at work that is not over, lets what is at rest rest.

use engine::lists::{self, Lists};
use engine::pending::{Attempt, Pending};
use engine::work::{Progress, Readiness, Record, Work};
use tf::provider::{ReadRequest, ReadResponse};
use tf::{Diagnostic, Diagnostics, Value};

use super::apply::is_at_rest;
use super::decide::{self, Refresh, Settles};
use super::object::{is_awaited, pending, set_pending, take_record};
use super::private::Private;
use super::{Managed, voice};
use crate::forms::words;
use crate::report;
use crate::runtime::Runtime;

impl Managed {
    pub(super) async fn read_object(&self, request: ReadRequest) -> ReadResponse {
        let before = self.object(&request.state);
        let mut body = request.state;
        let private = Private::parse(&request.private);
        let request_of_start = private.as_ref().and_then(|private| private.request.clone());
        let diagnostics = self.refresh_body(&mut body, request_of_start.as_deref()).await;
        if let (Ok(runtime), Some(before), Some(now)) = (self.handle.runtime(), before, self.object(&body)) {
            if let (Some(request), Some(operation)) = (&request_of_start, &now.operation) {
                runtime.note_request(self.operation.name(), operation, request);
            }
            runtime.engine.memory.see_again(&before.key, now);
        }
        let private = private.map(|private| private.kept(is_at_rest(&body))).unwrap_or_default();
        ReadResponse { state: Some(body), private, identity: None, diagnostics }
    }

    async fn refresh_body(&self, body: &mut Value, request: Option<&str>) -> Diagnostics {
        let refresh = decide::refresh(pending(body), self.operation.effect());
        if refresh == Refresh::History {
            return Diagnostics::new();
        }
        let runtime = match self.handle.runtime() {
            Ok(runtime) => runtime,
            Err(diagnostic) => return diagnostic.into(),
        };
        let scope = match self.scope(&runtime, body).await {
            Ok(scope) => scope,
            Err(diagnostic) => return runtime.once(diagnostic.into(), body),
        };
        let lists = &runtime.engine.lists;
        let work = self.work(&runtime, &scope, body);
        match refresh {
            Refresh::History => Diagnostics::new(),
            Refresh::Product => {
                let told = self.operation.refresh(lists, &scope, body).await;
                runtime.once(told, body)
            }
            Refresh::Running(operation) => {
                self.refresh_running(lists, work.as_ref(), (&operation, request), body).await
            }
            Refresh::Attempt(attempt) => self.refresh_attempt(&runtime, work.as_ref(), &attempt, body).await,
        }
    }

    async fn refresh_running(
        &self,
        lists: &Lists,
        work: &dyn Work,
        (operation, request): (&str, Option<&str>),
        body: &mut Value,
    ) -> Diagnostics {
        match work.look(lists, operation, lists::REFRESH).await {
            Ok(Some(record)) => self.refresh_from(lists, work, (operation, request), record, body).await,
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
        lists: &Lists,
        work: &dyn Work,
        (operation, request): (&str, Option<&str>),
        mut record: Record,
        body: &mut Value,
    ) -> Diagnostics {
        if matches!(record.progress, Progress::Failed(_)) {
            work.explain(&mut record).await;
        }
        take_record(body, &record);
        let settled = match decide::settles(&record.progress, self.operation.effect(), is_awaited(body)) {
            Settles::No => false,
            Settles::Yes => true,
            // The operation counts as ended only once its target is usable again.
            Settles::WithTarget => matches!(work.settled(lists, &record).await, Ok(Readiness::Ready)),
        };
        if settled {
            set_pending(body, None);
        }
        let Progress::Failed(failure) = &record.progress else { return Diagnostics::new() };
        let voice =
            self.voice(body, self.operation.default_timeout(), voice::Moment::Refresh, request.map(str::to_owned));
        let told = words::failed(operation, &record.status, failure, work, &voice);
        Diagnostic::warning(told.summary, told.detail).into()
    }

    /// Looks for an attempt of unknown outcome. Exactly one record that matches is it; anything else is left to apply.
    async fn refresh_attempt(
        &self,
        runtime: &Runtime,
        work: &dyn Work,
        attempt: &Attempt,
        body: &mut Value,
    ) -> Diagnostics {
        let records = match work.records(&runtime.engine.lists, lists::REFRESH).await {
            Ok(records) => records,
            Err(error) => {
                return Diagnostic::warning(
                    format!("What became of an attempt of {} could not be read", attempt.sent_at),
                    report::facts_of(&error),
                )
                .into();
            }
        };
        let own = runtime.engine.own_records(work, (self.operation.name(), &self.identity(body)), attempt, &records);
        let [operation] = own.as_slice() else { return Diagnostics::new() };
        let Some(record) = records.into_iter().find(|record| record.operation == *operation) else {
            return Diagnostics::new();
        };
        let parts = self.operation.id();
        let id = parts.id(body, operation);
        body.set("id", Value::from(id));
        body.set(parts.operation, Value::from(operation.as_str()));
        set_pending(body, Some(&Pending::Started(operation.clone())));
        self.refresh_from(&runtime.engine.lists, work, (operation, None), record, body).await
    }
}
