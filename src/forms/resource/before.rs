//! What a plan says about work that would start: checks, warnings, and the results that can be shown already.

use cloud::Scope;
use engine::lists;
use engine::work::{Effect, Record};
use tf::plan::Plan;
use tf::{Diagnostic, Diagnostics, Value};

use super::Managed;
use crate::forms::identity;
use crate::operations::common;
use crate::report;
use crate::runtime::Runtime;

impl Managed {
    /// The checks and warnings of work that would start, and the results that the plan can show. While the identity is not
    /// known, none is shown: the work may turn out to be one that is kept. `config` tells what no plan has: what is only written.
    pub(in crate::forms) async fn before_start(&self, plan: &mut Plan, config: &Value) -> Diagnostics {
        let Ok(runtime) = self.handle.runtime() else { return Diagnostics::new() };
        if !self.checks(&runtime, &plan.planned) {
            return Diagnostics::new();
        }
        let (region, project) = (plan.planned.get("region").as_str(), plan.planned.get("project_id").as_str());
        let scope = match runtime.reach(region, project).await {
            Ok(scope) => scope,
            Err(error) if error.denies_access() => {
                return runtime.once(report::no_access(&error).into(), &plan.planned);
            }
            Err(error) => {
                let told = report::no_access(&error);
                let summary = format!("Nothing was checked for this {}: {}", self.operation.name(), told.summary);
                return Diagnostic::warning(summary, told.detail).into();
            }
        };
        let mut body = plan.planned.clone();
        tf::write_only::fill(&self.schema.block, config, &mut body);
        let (results, mut diagnostics) = self.operation.preflight(&runtime, &scope, &body).await;
        if identity::is_known(&self.schema, &plan.planned) {
            common::put(&mut plan.planned, &results);
        }
        diagnostics.extend(self.second_on_its_target(&runtime, &scope, &plan.planned));
        runtime.once(diagnostics, &plan.planned)
    }

    /// The warning of two different pieces of work that overwrite one target in one plan.
    fn second_on_its_target(&self, runtime: &Runtime, scope: &Scope, planned: &Value) -> Option<Diagnostic> {
        if !self.operation.effect().overwrites() {
            return None;
        }
        let target = self.work(runtime, scope, planned).target();
        // A target that is not known yet has no id at the end.
        if target.ends_with(' ') {
            return None;
        }
        let place = format!("{}/{}/{target}", scope.region, scope.project_id);
        runtime.is_planned_twice(&place, &self.identity(planned)).then(|| self.unordered_warning(&target))
    }

    /// Before the delete half of a replacement whose product is deleted and happens once: it was there when that was planned. If it
    /// is gone by now, this very plan file may have been applied before; then there is another one already.
    pub(super) async fn gone_since_planned(
        &self,
        runtime: &Runtime,
        scope: &Scope,
        prior: &Value,
    ) -> Option<Diagnostic> {
        if self.operation.effect() != Effect::Builds || self.is_spent(prior) {
            return None;
        }
        let (lists, mut now) = (&runtime.engine.lists, prior.clone());
        // What cannot be read says nothing; the deletion says why.
        let _ = self.operation.refresh(lists, scope, &mut now).await;
        if !self.is_spent(&now) {
            return None;
        }
        let work = self.work(runtime, scope, prior);
        let records = work.records(lists, lists::REFRESH).await;
        let old = self.operation_of(prior).unwrap_or_default();
        let is_another = |record: &&Record| work.is_same(record) && !tf::same_id(&record.operation, &old);
        let id = |record: &Record| self.operation.id().id(prior, &record.operation);
        let ids = records.ok().map(|records| records.iter().filter(is_another).map(id).collect::<Vec<_>>());
        Some(self.gone_since_planned_error(prior, work.as_ref(), ids.as_deref()))
    }
}
