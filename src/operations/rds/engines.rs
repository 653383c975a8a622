//! What depends on the engine: which call is sent, and what can be restored where.

use std::collections::BTreeMap;

use cloud::Platform;
use cloud::dbs::Instance;
use cloud::rds::{Databases, Version};
use engine::work::Readiness;

use crate::operations::checks::Finding;
use crate::operations::databases::Asked;
use crate::operations::databases::checks::Facts;
use crate::operations::words::named;

/// What an instance is doing.
pub(super) enum State {
    Active,
    BackingUp,
    Other(Readiness),
}

/// What the status of an instance means (RDS API, DB instance statuses). Words of nobody are "in progress".
pub(super) fn state(instance: &Instance) -> State {
    State::Other(match instance.status.as_deref().unwrap_or_default() {
        "" => Readiness::Unclear("the service tells no status of the instance".to_owned()),
        "ACTIVE" => return State::Active,
        "BACKING UP" => return State::BackingUp,
        status @ ("FAILED" | "CREATE FAIL" | "FROZEN" | "STORAGE FULL") => {
            Readiness::Broken(format!("its status is {status}, which does not pass by itself"))
        }
        other => Readiness::Busy(format!("status {other}")),
    })
}

fn is_sql_server(engine: &str) -> bool {
    engine.eq_ignore_ascii_case("SQLServer")
}

/// Which databases a restore has to say. SQL Server restores none of them unless it is told to restore all.
pub(super) fn databases(engine: &str, names: &BTreeMap<String, String>) -> Databases {
    match (is_sql_server(engine), names.is_empty()) {
        (_, false) => Databases::Some(names.clone()),
        (true, true) => Databases::All,
        (false, true) => Databases::Whole,
    }
}

/// Which version of the call restores (facts/rds.md 1.2): v3.1 on Huawei Cloud, whose v3 is historical and does not take
/// PostgreSQL, and wherever databases have to be named, which v3 of Open Telekom Cloud does not document.
pub(super) fn version(platform: Platform, databases: &Databases) -> Version {
    match (platform, databases) {
        (Platform::Otc, Databases::Whole) => Version::V3,
        _ => Version::V31,
    }
}

/// What RDS alone demands of a restore.
pub(super) fn check(asked: &Asked, facts: &Facts) -> Vec<Finding> {
    let target = Facts::known(&facts.target);
    let engine = target.and_then(|target| target.datastore.engine.as_deref()).or_else(|| facts.source_engine(asked));
    let Some(engine) = engine else { return Vec::new() };
    let what = target.and_then(|target| target.name.as_deref());
    let what = format!("RDS instance {}", named(what, asked.target.as_deref().unwrap_or_default()));
    let in_place = asked.source.is_some() && asked.source == asked.target;
    let mut findings = Vec::new();
    if engine.eq_ignore_ascii_case("PostgreSQL") && in_place {
        findings.push(Finding::broken(
            "target_instance_id",
            format!("{what} cannot be restored onto itself"),
            "The API restores PostgreSQL onto another instance only (\"Only MySQL and Microsoft SQL Server\" go back to the original one). \
             Restore onto another instance, and let the application use that one.",
        ));
    }
    if asked.names.is_some() && !is_sql_server(engine) {
        findings.push(Finding::broken(
            "database_names",
            format!("{engine} cannot be restored by databases"),
            "Only SQL Server takes database_names; other engines restore the whole instance. Remove it.",
        ));
    }
    let (Some(source), Some(target), false) = (Facts::known(&facts.source), target, in_place) else { return findings };
    if !is_sql_server(engine)
        && let (Some(from), Some(to)) = (source.volume.size, target.volume.size)
        && to < from
    {
        findings.push(Finding::broken(
            "target_instance_id",
            format!("{what} has too little storage"),
            format!("It has {to} GB, the source {from} GB. The target needs at least as much as the source."),
        ));
    }
    findings.extend(check_kernel(source, target, &what));
    if !engine.eq_ignore_ascii_case("MySQL")
        && let (Some(from), Some(to)) = (&source.vpc_id, &target.vpc_id)
        && !tf::same_id(from, to)
    {
        findings.push(Finding::broken(
            "target_instance_id",
            format!("{what} is in another VPC than the source"),
            format!("It is in VPC {to}, the source in {from}. {engine} is restored within one VPC only."),
        ));
    }
    findings
}

/// MySQL of Huawei Cloud goes to the same kernel (8.0) or the same or a later one (5.6, 5.7), and tells it as
/// `complete_version`: `8.0.28.231003`. What counts are three numbers; whether the build behind them does, is not documented.
fn check_kernel(source: &Instance, target: &Instance, what: &str) -> Option<Finding> {
    let is_mysql = |instance: &Instance| instance.datastore.engine.as_deref().is_some_and(|name| name == "MySQL");
    let (from, to) = (kernel(source)?, kernel(target)?);
    let is_exact = from.starts_with(&[8, 0]) && to.starts_with(&[8, 0]);
    let fits = if is_exact { to == from } else { to >= from };
    if fits || !is_mysql(source) || !is_mysql(target) {
        return None;
    }
    let shown = |kernel: &[u32]| kernel.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
    let rule = if is_exact { "the same one" } else { "the same or a later one" };
    Some(Finding::broken(
        "target_instance_id",
        format!("{what} has another kernel of MySQL"),
        format!("Its kernel is {}, that of the source {}. A restore needs {rule}.", shown(&to), shown(&from)),
    ))
}

/// The three numbers of a kernel, where the service tells them.
fn kernel(instance: &Instance) -> Option<Vec<u32>> {
    let told = instance.datastore.complete_version.as_deref()?;
    let numbers: Option<Vec<u32>> = told.split('.').take(3).map(|part| part.parse().ok()).collect();
    numbers.filter(|numbers| numbers.len() == 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::databases::Product;
    use crate::operations::rds::Rds;

    #[test]
    fn readiness_follows_the_status() {
        let instance = |status: &str| Instance { status: Some(status.into()), ..Instance::default() };
        for (status, takes, usable) in [
            ("ACTIVE", true, true),
            // The service's own backup after a restore is no hindrance for its user.
            ("BACKING UP", false, true),
            ("RESTORING", false, false),
            ("MODIFYING INSTANCE TYPE", false, false),
            ("FAILED", false, false),
            ("a newer word", false, false),
        ] {
            let instance = instance(status);
            assert_eq!(Rds::readiness(&instance) == Readiness::Ready, takes, "{status}");
            assert_eq!(Rds::usable(&instance) == Readiness::Ready, usable, "{status}");
        }
        assert!(matches!(Rds::usable(&instance("FAILED")), Readiness::Broken(_)));
        assert!(matches!(Rds::readiness(&Instance::default()), Readiness::Unclear(_)));
    }

    #[test]
    fn mysql_goes_to_a_kernel_that_fits() {
        let instance = |engine: &str, kernel: &str| Instance {
            datastore: cloud::dbs::Datastore {
                engine: Some(engine.into()),
                complete_version: Some(kernel.into()).filter(|kernel: &String| !kernel.is_empty()),
                ..cloud::dbs::Datastore::default()
            },
            ..Instance::default()
        };
        for (engine, from, to, fits) in [
            ("MySQL", "8.0.28.231003", "8.0.28.231003", true),
            // Nobody says that the build counts.
            ("MySQL", "8.0.28.231003", "8.0.28.240701", true),
            ("MySQL", "8.0.28.231003", "8.0.32.231003", false),
            ("MySQL", "5.7.41.2", "5.7.43.1", true),
            ("MySQL", "5.7.43.1", "5.7.41.2", false),
            ("MySQL", "5.7.43.1", "8.0.28.1", true),
            ("MySQL", "8.0.28.231003", "", true),
            ("MySQL", "8.0", "8.0.1.2", true),
            ("PostgreSQL", "14.6.1", "14.7.1", true),
        ] {
            let found = check_kernel(&instance(engine, from), &instance(engine, to), "x");
            assert_eq!(found.is_none(), fits, "{engine} {from} {to}: {found:?}");
        }
    }

    #[test]
    fn the_version_follows_cloud_engine_and_arguments() {
        let some = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
        let none = BTreeMap::new();
        for (platform, engine, names, version_, databases_) in [
            (Platform::Otc, "MySQL", &none, Version::V3, Databases::Whole),
            (Platform::Otc, "PostgreSQL", &none, Version::V3, Databases::Whole),
            (Platform::Otc, "SQLServer", &none, Version::V31, Databases::All),
            (Platform::Otc, "SQLServer", &some, Version::V31, Databases::Some(some.clone())),
            (Platform::Huawei, "MySQL", &none, Version::V31, Databases::Whole),
            (Platform::Huawei, "PostgreSQL", &none, Version::V31, Databases::Whole),
            (Platform::Huawei, "SQLServer", &none, Version::V31, Databases::All),
        ] {
            let found = databases(engine, names);
            assert_eq!(version(platform, &found), version_, "{platform} {engine}");
            assert_eq!(found, databases_, "{platform} {engine}");
        }
    }
}
