//! What the faults that strike one request do to it, together.

use serde_json::Value;

use super::{Fault, When};
use crate::service::{Conditions, OperationFailure};

/// Everything that happens to one request.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// For the journal.
    pub(crate) names: Vec<String>,
    pub(crate) delay_before_ms: u64,
    pub(crate) delay_after_ms: u64,
    pub(crate) before: Option<Interference>,
    pub(crate) after: Option<Interference>,
    pub(crate) stale_seconds: f64,
    pub(crate) records_late_seconds: f64,
    pub(crate) expire_tokens: bool,
    pub(crate) expire_keys: bool,
    pub(crate) conditions: Conditions,
    pub(crate) fail_operation: Option<OperationFailure>,
}

/// What stands in place of the service's answer.
#[derive(Clone, Debug)]
pub(crate) enum Interference {
    Status { status: u16, body: Option<Value>, headers: Vec<(String, String)> },
    Reset,
    Truncate(usize),
    Html(u16),
    EmptyBody,
    WrongContent(Value),
}

impl Effects {
    pub(super) fn add(&mut self, fault: &Fault) {
        self.names.push(fault.name());
        match fault.when {
            When::Before => self.delay_before_ms = self.delay_before_ms.saturating_add(fault.delay_ms.unwrap_or(0)),
            When::After => self.delay_after_ms = self.delay_after_ms.saturating_add(fault.delay_ms.unwrap_or(0)),
        }
        self.stale_seconds += fault.stale_seconds.unwrap_or(0.0);
        self.records_late_seconds = self.records_late_seconds.max(fault.records_late_seconds.unwrap_or(0.0));
        self.expire_tokens |= fault.expired_token;
        self.expire_keys |= fault.expired_keys;
        let conditions = &mut self.conditions;
        conditions.clock_skew_seconds =
            conditions.clock_skew_seconds.saturating_add(fault.clock_skew_seconds.unwrap_or(0));
        conditions.refuse_aksk |= fault.refuse_aksk;
        if self.fail_operation.is_none() {
            self.fail_operation.clone_from(&fault.fail_operation);
        }
        self.interfere(fault);
    }

    fn interfere(&mut self, fault: &Fault) {
        if fault.rate_limit.is_some() {
            self.before = Some(Interference::Status { status: 429, body: None, headers: retry_after(fault) });
        } else if let Some(status) = fault.status {
            let mut headers: Vec<_> = fault.headers.clone().into_iter().collect();
            headers.extend(retry_after(fault));
            self.at(fault.when, Interference::Status { status, body: fault.body.clone(), headers });
        } else if fault.reset {
            self.at(fault.when, Interference::Reset);
        } else if let Some(status) = fault.html {
            self.at(fault.when, Interference::Html(status));
        } else if let Some(kept) = fault.truncate {
            self.after = Some(Interference::Truncate(kept));
        } else if fault.empty_body {
            self.after = Some(Interference::EmptyBody);
        } else if let Some(content) = &fault.wrong_content {
            self.after = Some(Interference::WrongContent(content.clone()));
        }
    }

    fn at(&mut self, when: When, interference: Interference) {
        match when {
            When::Before => self.before = Some(interference),
            When::After => self.after = Some(interference),
        }
    }
}

fn retry_after(fault: &Fault) -> Vec<(String, String)> {
    fault.retry_after.map(|seconds| ("Retry-After".to_owned(), seconds.to_string())).into_iter().collect()
}
