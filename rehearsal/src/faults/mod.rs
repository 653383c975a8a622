//! Faults: what goes wrong, for which requests, how often. Matching is here; the pipeline acts on the [`Effects`].

mod effects;

use std::collections::{BTreeMap, HashMap};
use std::fmt;

pub(crate) use effects::{Effects, Interference};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::instants::seconds_between;
use crate::service::OperationFailure;
use crate::services::Service;
use crate::wire::Call;

/// One fault: a pattern, how often it strikes, and what it does. Exactly one effect; `delay_ms` may accompany another.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// Only this service; every service when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// Only this method; every method when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only these paths: `*` stands for anything within a part, `**` for anything; every path when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How many matching requests pass unharmed first.
    #[serde(skip_serializing_if = "is_default")]
    pub after: u64,
    /// How many matching requests are struck; without an end when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Strikes each matching request with this chance (0 to 1); always when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Makes the chances repeatable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// For `delay_ms`, `status`, `html` and `reset`: before the service sees the request (default) or after it has
    /// accepted it and done its work.
    #[serde(skip_serializing_if = "is_default")]
    pub when: When,

    /// Effect: waits this long, in real milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// Effect: answers with this status, with `body` and `headers` or what the API gateway would say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// With `status`: the body; a text goes out as it stands, anything else as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// With `status`: additional headers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// With `status` or `rate_limit`: header `Retry-After`, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// Effect: resets the TCP connection instead of answering.
    #[serde(skip_serializing_if = "is_default")]
    pub reset: bool,
    /// Effect: announces the whole answer, sends this many bytes of its body, closes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate: Option<usize>,
    /// Effect: an HTML page with this status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<u16>,
    /// Effect: the service's status with no body.
    #[serde(skip_serializing_if = "is_default")]
    pub empty_body: bool,
    /// Effect: the service's status with this JSON for a body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrong_content: Option<Value>,
    /// Effect: answers as the service would have this many seconds ago.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale_seconds: Option<f64>,
    /// Effect: leaves out records that are younger than this many seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records_late_seconds: Option<f64>,
    /// Effect: every token issued so far is expired.
    #[serde(skip_serializing_if = "is_default")]
    pub expired_token: bool,
    /// Effect: every temporary access key issued so far is expired.
    #[serde(skip_serializing_if = "is_default")]
    pub expired_keys: bool,
    /// Effect: each service takes this many requests a second and answers 429 to the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<f64>,
    /// Effect: the cloud's clock is this many seconds ahead (negative: behind), in `Date` and when signatures are
    /// checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_skew_seconds: Option<i64>,
    /// Effect: refuses requests signed with access keys.
    #[serde(skip_serializing_if = "is_default")]
    pub refuse_aksk: bool,
    /// Effect: the operation that the request starts will fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_operation: Option<OperationFailure>,
}

/// Before or after the service accepted the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// The service never sees the request.
    #[default]
    Before,
    /// The work is started; only the answer suffers.
    After,
}

/// Why a list of faults was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultError {
    /// Position in the list.
    pub index: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for FaultError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "faults[{}]: {}", self.index, self.reason)
    }
}

impl std::error::Error for FaultError {}

impl Fault {
    /// The effects that are set, by key.
    fn effects(&self) -> Vec<&'static str> {
        let effects = [
            ("status", self.status.is_some()),
            ("reset", self.reset),
            ("truncate", self.truncate.is_some()),
            ("html", self.html.is_some()),
            ("empty_body", self.empty_body),
            ("wrong_content", self.wrong_content.is_some()),
            ("stale_seconds", self.stale_seconds.is_some()),
            ("records_late_seconds", self.records_late_seconds.is_some()),
            ("expired_token", self.expired_token),
            ("expired_keys", self.expired_keys),
            ("rate_limit", self.rate_limit.is_some()),
            ("clock_skew_seconds", self.clock_skew_seconds.is_some()),
            ("refuse_aksk", self.refuse_aksk),
            ("fail_operation", self.fail_operation.is_some()),
        ];
        effects.into_iter().filter(|(_, set)| *set).map(|(name, _)| name).collect()
    }

    fn check(&self) -> Result<(), String> {
        let effects = self.effects();
        if effects.is_empty() && self.delay_ms.is_none() {
            return Err("no effect: set one of delay_ms, status, reset, truncate, html, empty_body, wrong_content, \
                 stale_seconds, records_late_seconds, expired_token, expired_keys, rate_limit, clock_skew_seconds, \
                 refuse_aksk, fail_operation"
                .into());
        }
        if effects.len() > 1 {
            return Err(format!("more than one effect: {}; write one fault for each", effects.join(", ")));
        }
        if self.status.is_none() && (self.body.is_some() || !self.headers.is_empty()) {
            return Err("body and headers go with status".into());
        }
        for status in [self.status, self.html].into_iter().flatten() {
            if !(200..=599).contains(&status) {
                return Err(format!("status {status} is not between 200 and 599"));
            }
        }
        if self.probability.is_some_and(|chance| !(0.0..=1.0).contains(&chance)) {
            return Err("probability is not between 0 and 1".into());
        }
        if self.rate_limit.is_some_and(|rate| !(rate.is_finite() && rate > 0.0)) {
            return Err("rate_limit is not above 0".into());
        }
        Ok(())
    }

    fn matches(&self, of: Service, call: &Call) -> bool {
        self.service.is_none_or(|service| service == of)
            && self.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&call.method))
            && self.path.as_ref().is_none_or(|path| glob(path.as_bytes(), call.path.trim_end_matches('/').as_bytes()))
    }

    fn name(&self) -> String {
        let mut names = Vec::new();
        if let Some(delay) = self.delay_ms {
            names.push(format!("delay_ms {delay}"));
        }
        for effect in self.effects() {
            names.push(match (effect, self.status, self.html) {
                ("status", Some(status), _) => format!("status {status}"),
                ("html", _, Some(status)) => format!("html {status}"),
                _ => effect.to_owned(),
            });
        }
        let mut name = names.join(" + ");
        if self.when == When::After {
            name.push_str(" after acceptance");
        }
        name
    }
}

/// A fault with what has become of it.
#[derive(Clone, Debug)]
struct Armed {
    fault: Fault,
    matched: u64,
    applied: u64,
    random: fastrand::Rng,
    buckets: HashMap<Service, TokenBucket>,
}

impl Armed {
    fn new(fault: Fault) -> Armed {
        let random = fault.seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        Armed { fault, matched: 0, applied: 0, random, buckets: HashMap::new() }
    }

    fn strikes(&mut self, service: Service, call: &Call, now: Timestamp) -> bool {
        if !self.fault.matches(service, call) {
            return false;
        }
        self.matched += 1;
        if self.matched <= self.fault.after || self.fault.count.is_some_and(|count| self.applied >= count) {
            return false;
        }
        if self.fault.probability.is_some_and(|chance| self.random.f64() >= chance) {
            return false;
        }
        if let Some(rate) = self.fault.rate_limit
            && self.buckets.entry(service).or_insert_with(|| TokenBucket::full(rate, now)).take(rate, now)
        {
            return false;
        }
        self.applied += 1;
        true
    }
}

/// The rate limiter, a token bucket: `rate` requests a second, and as many at once after a quiet second.
#[derive(Clone, Copy, Debug)]
struct TokenBucket {
    tokens: f64,
    at: Timestamp,
}

impl TokenBucket {
    fn full(rate: f64, now: Timestamp) -> TokenBucket {
        TokenBucket { tokens: rate.max(1.0), at: now }
    }

    fn take(&mut self, rate: f64, now: Timestamp) -> bool {
        let passed = seconds_between(self.at, now).max(0.0);
        self.tokens = (self.tokens + passed * rate).min(rate.max(1.0));
        self.at = now;
        let allowed = self.tokens >= 1.0;
        if allowed {
            self.tokens -= 1.0;
        }
        allowed
    }
}

/// The faults of a running cloud.
#[derive(Clone, Debug, Default)]
pub(crate) struct FaultSet(Vec<Armed>);

impl FaultSet {
    /// Arms a list; counting begins anew.
    pub(crate) fn new(faults: Vec<Fault>) -> Result<FaultSet, FaultError> {
        for (index, fault) in faults.iter().enumerate() {
            fault.check().map_err(|reason| FaultError { index, reason })?;
        }
        Ok(FaultSet(faults.into_iter().map(Armed::new).collect()))
    }

    /// The faults with how many requests each has matched and struck.
    pub(crate) fn report(&self) -> Vec<Value> {
        let describe = |armed: &Armed| {
            let mut fault = serde_json::to_value(&armed.fault).unwrap_or(Value::Null);
            if let Value::Object(fields) = &mut fault {
                fields.insert("matched".into(), armed.matched.into());
                fields.insert("applied".into(), armed.applied.into());
            }
            fault
        };
        self.0.iter().map(describe).collect()
    }

    pub(crate) fn faults(&self) -> Vec<Fault> {
        self.0.iter().map(|armed| armed.fault.clone()).collect()
    }

    /// What happens to `call`: faults add up in their order until one decides the answer.
    pub(crate) fn strike(&mut self, service: Service, call: &Call, now: Timestamp) -> Effects {
        let mut effects = Effects::default();
        for armed in &mut self.0 {
            if armed.strikes(service, call, now) {
                effects.add(&armed.fault);
                if effects.before.is_some() || effects.after.is_some() {
                    break;
                }
            }
        }
        effects
    }
}

/// `*` matches within a part of the path, `**` across parts.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=text.len()).any(|skip| text.get(skip..).is_some_and(|tail| glob(rest, tail))),
        [b'*', rest @ ..] => {
            let within = text.iter().position(|byte| *byte == b'/').unwrap_or(text.len());
            (0..=within).any(|skip| text.get(skip..).is_some_and(|tail| glob(rest, tail)))
        }
        [byte, rest @ ..] => text.split_first().is_some_and(|(first, tail)| first == byte && glob(rest, tail)),
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests;
