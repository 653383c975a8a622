//! What can be known about work before it starts: facts in, findings out.
//!
//! **Invariants.** The checks are pure functions over facts that were read, and the only place of each rule: a plan
//! calls them with facts that a refresh may share, an apply calls the same ones with fresh facts. Reading never writes.
//! What is not known yet is skipped; what cannot be read is named, not guessed.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use cloud::{Error, Kind as ErrorKind, Platform, Scope};
use tf::{Diagnostic, Diagnostics, Value};
use tokio::time::Instant;

use crate::operations::words;
use crate::report;
use engine::lists;
use engine::work::{Blocked, Freshness, Readiness};

/// A fact that was asked for: what it is, or why it could not be read.
pub type Read<T> = Result<Arc<T>, Error>;

/// Where the work goes, for checks and messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Project.
    pub project_id: String,
    /// Region.
    pub region: String,
    /// Which cloud.
    pub platform: Platform,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "project {}, region {}", self.project_id, self.region)
    }
}

impl From<&Scope> for Place {
    fn from(scope: &Scope) -> Place {
        Place { project_id: scope.project_id.clone(), region: scope.region.clone(), platform: scope.platform() }
    }
}

/// One thing that a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it means for the work.
    pub weight: Weight,
    /// One line: what was found. Of [`Weight::Unchecked`]: what was not checked.
    pub summary: String,
    /// What would pass and what to do. Of [`Weight::Unchecked`]: why it was not checked.
    pub detail: String,
    /// The argument to blame; empty for none.
    pub attribute: &'static str,
    /// It holds without checks, too: switching them off is no way around it.
    pub always: bool,
}

/// What a finding means for the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// It would fail, and waiting does not help.
    Broken,
    /// What is to be restored is not ready yet; that passes by itself.
    SourceBusy,
    /// The target is busy; that passes by itself. What keeps it busy may be the very restore that a start would join.
    TargetBusy,
    /// Nothing can be read at all, and nothing could be sent: [`Error::denies_access`].
    NoAccess,
    /// Not readable or not documented, so that nobody can tell.
    Unchecked,
    /// Worth knowing; hinders nothing.
    Notice,
}

impl Finding {
    /// It would fail.
    pub fn broken(attribute: &'static str, summary: impl Into<String>, detail: impl Into<String>) -> Finding {
        Finding { weight: Weight::Broken, summary: summary.into(), detail: detail.into(), attribute, always: false }
    }

    /// What is to be restored is not ready yet.
    pub fn source_busy(attribute: &'static str, summary: impl Into<String>, detail: impl Into<String>) -> Finding {
        Finding { weight: Weight::SourceBusy, summary: summary.into(), detail: detail.into(), attribute, always: false }
    }

    /// The target is busy.
    pub fn target_busy(attribute: &'static str, summary: impl Into<String>, detail: impl Into<String>) -> Finding {
        Finding { weight: Weight::TargetBusy, summary: summary.into(), detail: detail.into(), attribute, always: false }
    }

    /// Nobody can tell: what, and why.
    pub fn unchecked(what: impl Into<String>, why: impl Into<String>) -> Finding {
        Finding { weight: Weight::Unchecked, summary: what.into(), detail: why.into(), attribute: "", always: false }
    }

    /// Nobody can tell, because a read failed. What fails every other call alike is told as that.
    pub fn unread(what: impl Into<String>, error: &Error) -> Finding {
        if !error.denies_access() {
            return Finding::unchecked(what, error.to_string());
        }
        let told = report::no_access(error);
        let attribute = error.argument().unwrap_or_default();
        Finding { weight: Weight::NoAccess, summary: told.summary, detail: told.detail, attribute, always: true }
    }

    /// The same, where switching the checks off does not help.
    #[must_use]
    pub fn in_any_case(self) -> Finding {
        Finding { always: true, ..self }
    }

    /// Worth knowing.
    pub fn notice(attribute: &'static str, summary: impl Into<String>, detail: impl Into<String>) -> Finding {
        Finding { weight: Weight::Notice, summary: summary.into(), detail: detail.into(), attribute, always: false }
    }
}

/// True for errors that say that the named thing is not there, or that its name is not even possible.
pub fn is_no_such_thing(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Invalid)
}

/// True when the work would fail.
pub fn is_broken(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.weight == Weight::Broken)
}

/// Reads facts no older than a refresh wants them, and judges them. Before something is called broken, whatever was not
/// read just now is read again: the cached list may miss what this very run has made.
pub async fn judged<F, R>(read: impl Fn(Freshness) -> R, judge: impl Fn(&F) -> Vec<Finding>) -> (F, Vec<Finding>)
where
    R: Future<Output = F>,
{
    /// Between the clock's reading here and the one in the list.
    const SLACK: Duration = Duration::from_millis(100);
    let began = Instant::now();
    let facts = read(lists::REFRESH).await;
    let findings = judge(&facts);
    if !is_broken(&findings) {
        return (facts, findings);
    }
    let facts = read(Freshness::Within(began.elapsed() + SLACK)).await;
    let findings = judge(&facts);
    (facts, findings)
}

/// What a plan says about findings. `work` is the work in the user's words (`restore of DCS instance 5d1e…`); `open` are
/// the values that the plan would show if everything had been readable.
pub fn plan_diagnostics(findings: &[Finding], work: &str, open: &[&str]) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    if let Some(denied) = findings.iter().find(|finding| finding.weight == Weight::NoAccess) {
        // Each read has failed for this one reason, and whatever else was found is not what is wrong.
        let diagnostic = Diagnostic::error(denied.summary.as_str(), denied.detail.as_str());
        return blamed(diagnostic, denied.attribute).into();
    }
    for finding in findings {
        let diagnostic = match finding.weight {
            Weight::Broken if finding.always => Diagnostic::error(finding.summary.as_str(), finding.detail.as_str()),
            Weight::Broken => {
                Diagnostic::error(finding.summary.as_str(), format!("{}\n\n{WAY_AROUND}", finding.detail))
            }
            Weight::SourceBusy | Weight::TargetBusy => {
                Diagnostic::warning(format!("{WAITS}{}", finding.summary), finding.detail.as_str())
            }
            Weight::Notice => Diagnostic::warning(finding.summary.as_str(), finding.detail.as_str()),
            Weight::Unchecked | Weight::NoAccess => continue,
        };
        diagnostics.push(blamed(diagnostic, finding.attribute));
    }
    let unchecked: Vec<&Finding> = findings.iter().filter(|finding| finding.weight == Weight::Unchecked).collect();
    if !unchecked.is_empty() {
        diagnostics.push(unchecked_warning(&unchecked, work, open));
    }
    diagnostics
}

const WAITS: &str = "Apply waits: ";

/// Whether a diagnostic of a plan is about what passes by itself: nothing to tell about work that begins another day.
pub fn is_about_waiting(diagnostic: &Diagnostic) -> bool {
    diagnostic.summary.starts_with(WAITS)
}

/// How to plan without the checks.
const WAY_AROUND: &str = "To leave it to the service (or for `terraform destroy` of what was never created, which plans a create \
                          first), set preflight = false here or in the provider block, or RECOVERY_PREFLIGHT=false.";

fn unchecked_warning(unchecked: &[&Finding], work: &str, open: &[&str]) -> Diagnostic {
    let lines: Vec<String> = unchecked
        .chunk_by(|one, next| one.detail == next.detail)
        .filter_map(|alike| Some((alike, alike.first()?)))
        .map(|(alike, first)| {
            let what: Vec<String> = alike.iter().map(|finding| format!("  - {}\n", finding.summary)).collect();
            format!("{}    ({})", what.concat(), first.detail)
        })
        .collect();
    let mut detail = format!(
        "Not checked:\n{}\n\nThis stops nothing. Apply looks again before it sends anything; what cannot be told then either, the \
         service decides.",
        lines.join("\n")
    );
    if !open.is_empty() {
        detail.push_str(&format!(
            "\n\nFor want of this the plan leaves {} open until apply. Should a plan that you approved have shown more, Terraform stops \
             here with \"inconsistent final plan\" before anything is sent: what that plan showed can no longer be read. Plan again \
             once it can.",
            words::enumerated(open)
        ));
    }
    Diagnostic::warning(format!("Not everything could be checked for the {work}"), detail)
}

/// Why work must not be sent, or not yet; `None` when nothing stands against it.
///
/// A restore does not wait for its target here: what keeps it busy may be the restore to join, which only the records
/// tell, and they are read after this. The service's own refusal is waited out.
pub fn refusal(findings: &[Finding], overwrites: bool) -> Option<Blocked> {
    for finding in findings.iter().filter(|finding| finding.weight == Weight::Unchecked) {
        tracing::info!(
            what = finding.summary,
            why = finding.detail,
            "not checked before the start; the service decides"
        );
    }
    if let Some(denied) = findings.iter().find(|finding| finding.weight == Weight::NoAccess) {
        let detail = format!("{}\n\nNothing was sent.", denied.detail);
        return Some(Blocked::Final(Box::new(Diagnostic::error(denied.summary.as_str(), detail))));
    }
    if let Some(diagnostic) = broken_diagnostic(findings) {
        return Some(Blocked::Final(Box::new(diagnostic)));
    }
    let waits = |finding: &&Finding| match finding.weight {
        Weight::SourceBusy => true,
        Weight::TargetBusy => !overwrites,
        _ => false,
    };
    findings.iter().find(waits).map(|finding| Blocked::Later(finding.summary.clone()))
}

/// All that is broken, in one error of an apply.
fn broken_diagnostic(findings: &[Finding]) -> Option<Diagnostic> {
    let broken: Vec<&Finding> = findings.iter().filter(|finding| finding.weight == Weight::Broken).collect();
    let (first, others) = broken.split_first()?;
    let mut detail = first.detail.clone();
    for other in others {
        detail.push_str(&format!("\n\n{}: {}", other.summary, other.detail));
    }
    detail.push_str("\n\nNothing was sent.");
    if broken.iter().all(|finding| !finding.always) {
        detail.push_str(" To let the service decide, set preflight = false.");
    }
    Some(blamed(Diagnostic::error(first.summary.as_str(), detail), first.attribute))
}

/// What findings say about a refusal that the target's own state does not explain: what is broken stays so, what is busy
/// passes, and otherwise nobody can tell.
pub fn readiness(findings: &[Finding]) -> Readiness {
    let of = |weights: &[Weight]| {
        findings.iter().find(|finding| weights.contains(&finding.weight)).map(|finding| finding.summary.clone())
    };
    if let Some(why) = of(&[Weight::Broken]) {
        return Readiness::Broken(why);
    }
    match of(&[Weight::SourceBusy, Weight::TargetBusy]) {
        Some(why) => Readiness::Busy(why),
        None => Readiness::Unclear("the checks find nothing that explains it".to_owned()),
    }
}

fn blamed(diagnostic: Diagnostic, attribute: &str) -> Diagnostic {
    if attribute.is_empty() { diagnostic } else { diagnostic.at(attribute) }
}

/// Something that is named but not there, or whose id the service does not take: its answer, and where it was looked for.
/// `what` ends with the id.
pub fn no_such_thing(attribute: &'static str, what: &str, place: &Place, error: &Error) -> Finding {
    let id = what.rsplit(' ').next().unwrap_or_default();
    let hint = words::name_hint(id);
    if error.kind() == ErrorKind::Invalid {
        return Finding::broken(
            attribute,
            format!("The service does not take the ID of {what}"),
            format!(
                "It calls the request wrong, which says nothing about whether there is such a thing. Check {attribute}.{hint}\n\n{}",
                report::facts_of(error)
            ),
        );
    }
    Finding::broken(
        attribute,
        format!("{what} does not exist"),
        format!(
            "Project {} in region {} has no such thing. Check {attribute}, and region and project_id if it is elsewhere.{hint}\n\n{}",
            place.project_id,
            place.region,
            report::facts_of(error)
        ),
    )
}

/// Pairs that the configuration writes out, as far as they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// No blocks.
    Nothing,
    /// Nobody knows yet how many blocks there are.
    Open,
    /// The blocks.
    Pairs(Vec<Pair>),
}

/// One block: what goes, and where to. `None` while it is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What goes.
    pub from: Option<String>,
    /// Where to.
    pub to: Option<String>,
}

impl Written {
    /// Reads the blocks of a body.
    pub fn of(blocks: &Value, from: &str, to: &str) -> Written {
        match blocks {
            Value::Unknown => Written::Open,
            Value::List(blocks) if blocks.iter().any(Value::is_unknown) => Written::Open,
            Value::List(blocks) if !blocks.is_empty() => {
                let text = |block: &Value, name: &str| block.get(name).as_str().map(str::to_owned);
                Written::Pairs(
                    blocks.iter().map(|block| Pair { from: text(block, from), to: text(block, to) }).collect(),
                )
            }
            _ => Written::Nothing,
        }
    }

    /// The pairs, if each of them is known.
    pub fn known(&self) -> Option<BTreeMap<String, String>> {
        match self {
            Written::Pairs(pairs) => pairs.iter().map(|pair| Some((pair.from.clone()?, pair.to.clone()?))).collect(),
            _ => None,
        }
    }
}

impl From<&BTreeMap<String, String>> for Written {
    fn from(pairs: &BTreeMap<String, String>) -> Written {
        let pair = |(from, to): (&String, &String)| Pair { from: Some(from.clone()), to: Some(to.clone()) };
        Written::Pairs(pairs.iter().map(pair).collect())
    }
}

#[cfg(test)]
mod tests;
