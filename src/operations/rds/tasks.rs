//! The restores of the task list, and what SQL Server tells of them.

use std::collections::BTreeMap;

use cloud::rds::{self, TaskOrder};
use cloud::{Error, Scope};
use engine::lists::Lists;
use engine::work::{Freshness, Record};

use super::Rds;
use crate::operations::databases::{key, tasks};

/// Whether a task of this name restores onto an instance. The names for MySQL and PostgreSQL are not documented; those of SQL
/// Server are `RestoreSqlserverInInstance` and `SingleDbRestoreSqlserverInInstance`.
pub(super) fn is_restore(name: &str) -> bool {
    name.to_lowercase().contains("restore")
}

/// The restores that name one of these instances, with what SQL Server tells of each.
pub(super) async fn restores(
    scope: &Scope,
    lists: &Lists,
    instances: &[&str],
    freshness: Freshness,
) -> Result<Vec<Record>, Error> {
    let mut found = Vec::new();
    for instance in instances {
        let (since, until) = tasks::window();
        let jobs = lists
            .get(&key::<Rds>(scope, instance, "tasks"), freshness, rds::tasks(scope, instance, since, until))
            .await?;
        let mut records: Vec<Record> =
            jobs.iter().map(tasks::record).filter(|record| is_restore(record.mark("name"))).collect();
        if records.iter().any(|record| record.mark("name").to_lowercase().contains("sqlserver")) {
            let orders = orders(scope, lists, instance, freshness).await?;
            records.iter_mut().for_each(|record| tell(record, &orders));
        }
        found.extend(records);
    }
    Ok(found)
}

/// What the tasks of an instance of SQL Server were asked for, by the id of the task. Where it may not be read, the tasks tell
/// as little as those of other engines.
async fn orders(
    scope: &Scope,
    lists: &Lists,
    instance: &str,
    freshness: Freshness,
) -> Result<BTreeMap<String, TaskOrder>, Error> {
    let key = key::<Rds>(scope, instance, "task details");
    let (since, _) = tasks::window();
    let details = match lists.get(&key, freshness, rds::task_details(scope, instance, since)).await {
        Ok(details) => details,
        Err(error) if error.is_transient() => return Err(error),
        Err(error) => {
            tracing::warn!(error = %error, "what restores were asked for cannot be read");
            return Ok(BTreeMap::new());
        }
    };
    Ok(details.iter().filter_map(|detail| Some((detail.id.clone()?, detail.order()?))).collect())
}

/// Adds to a task what it was asked for. What is told empty is not told.
fn tell(record: &mut Record, orders: &BTreeMap<String, TaskOrder>) {
    let Some(order) = orders.get(&record.operation) else { return };
    let told = [
        ("source", &order.source_instance_id),
        ("backup", &order.backup_id),
        ("time", &order.restore_time),
        // Of the two ends the target is meant by "the instance" everywhere else.
        ("instance", &order.target_instance_id),
    ];
    let told = told.into_iter().filter_map(|(mark, text)| Some((mark, text.clone()?)));
    record.marks.extend(told);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restores_are_told_by_their_names() {
        for (name, restores) in [
            ("RestoreSqlserverInInstance", true),
            ("SingleDbRestoreSqlserverInInstance", true),
            ("RestoreMysqlInInstance", true),
            ("BackupDbSqlserverInInstance", false),
            ("CreateMysqlSingleHAInstance", false),
        ] {
            assert_eq!(is_restore(name), restores, "{name}");
        }
    }

    #[test]
    fn what_sql_server_tells_is_noted() {
        let mut record = Record { operation: "j".into(), ..Record::default() };
        let order =
            TaskOrder { backup_id: Some("b".into()), source_instance_id: Some("s".into()), ..TaskOrder::default() };
        tell(&mut record, &BTreeMap::from([("j".to_owned(), order)]));
        assert_eq!((record.mark("backup"), record.mark("source")), ("b", "s"));
        assert!(!record.marks.contains_key("time"), "an empty moment is not told");
    }
}
