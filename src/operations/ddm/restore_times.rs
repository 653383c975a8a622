//! `recovery_ddm_restore_times`: the moments that a DDM instance can be restored to (API v3, restoration time range).

use async_trait::async_trait;
use cloud::Scope;
use tf::{Attribute, Diagnostic, Value};

use super::checks::Reader;
use crate::operations::common::required;
use crate::operations::databases::times;
use crate::operations::lookup::{Lookup, SHARED, unreadable};
use crate::runtime::Runtime;
use engine::work::Results;

/// The look-up.
pub struct DdmRestoreTimes;

#[async_trait]
impl Lookup for DdmRestoreTimes {
    fn type_name(&self) -> &'static str {
        "recovery_ddm_restore_times"
    }

    fn description(&self) -> &'static str {
        "The moments that a DDM instance can be restored to, as intervals, newest first. **The intervals move with the time**: whoever takes \
         `latest` as the `restore_time` of `recovery_ddm_restore` adds `ignore_changes = [restore_time]`, because a change of it restores \
         again."
    }

    fn attributes(&self) -> Vec<Attribute> {
        let mut attributes = vec![source_instance_id()];
        attributes.extend(times::attributes(
            "The intervals, newest first; empty if there is no moment to restore to. The service counts their ends in whole seconds.",
        ));
        attributes
    }

    async fn look_up(&self, runtime: &Runtime, scope: &Scope, config: &Value) -> Result<Results, Diagnostic> {
        let source = required(config, "source_instance_id");
        match reader(runtime, scope).intervals(&source).await {
            Ok(intervals) => Ok(times::found(&source, &intervals)),
            Err(error) => {
                let of = format!("DDM instance {source}");
                Err(unreadable(
                    &error,
                    scope,
                    &format!("The times that {of} can be restored to"),
                    &of,
                    "source_instance_id",
                ))
            }
        }
    }
}

/// The instance that is restored from.
pub(super) fn source_instance_id() -> Attribute {
    Attribute::required("source_instance_id", "ID of the DDM instance whose data is restored.")
        .check(tf::validate::check_id)
}

/// Reads what plans read too.
pub(super) fn reader<'a>(runtime: &'a Runtime, scope: &'a Scope) -> Reader<'a> {
    Reader { lists: &runtime.engine.lists, scope, freshness: SHARED }
}
