//! CBR, API v3: what its operations and look-ups share.

pub mod backup;
pub mod backups;
pub mod checkpoint;
pub mod checks;
pub mod listings;
pub mod operations;
pub mod restore;

use std::sync::Arc;

use cloud::cbr::{self, LogFilter, OperationLog};
use cloud::{Error, Scope};
use engine::lists::Lists;
use engine::work::Freshness;

/// How far back the operation log is searched: the service keeps about 30 days.
const LOG_DAYS: i64 = 29;

/// The restores on record, shared by everybody who needs them.
///
/// # Errors
/// The log could not be read.
pub async fn restore_logs(lists: &Lists, scope: &Scope, freshness: Freshness) -> Result<Arc<Vec<OperationLog>>, Error> {
    let key = format!("cbr/{}/{}/restores", scope.region, scope.project_id);
    let since = cloud::time::now() - jiff::SignedDuration::from_hours(24 * LOG_DAYS);
    let filter =
        LogFilter { operation_type: Some("restore".to_owned()), start_time: Some(since), ..LogFilter::default() };
    lists.get(&key, freshness, cbr::list_operation_logs(scope, &filter)).await
}
