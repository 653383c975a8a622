//! The world that exists when a scenario names none.

use crate::dbs::{Backup, Instance, since};
use crate::formats;

/// Instance of MySQL with [`BACKUP_ID`], restorable from the first of January 2025 until five minutes ago.
pub const SOURCE_ID: &str = "5d000000000000000000000000000001in01";
/// Another instance of MySQL, alike.
pub const TARGET_ID: &str = "5d000000000000000000000000000002in01";
/// Instance of PostgreSQL with [`POSTGRES_BACKUP_ID`].
pub const POSTGRES_ID: &str = "5d000000000000000000000000000003in03";
/// Another instance of PostgreSQL, alike.
pub const POSTGRES_TARGET_ID: &str = "5d000000000000000000000000000004in03";
/// Instance of SQL Server with [`SQLSERVER_BACKUP_ID`].
pub const SQLSERVER_ID: &str = "5d000000000000000000000000000005in04";
/// Finished manual backup of [`SOURCE_ID`].
pub const BACKUP_ID: &str = "5b000000000000000000000000000001br01";
/// Finished manual backup of [`POSTGRES_ID`].
pub const POSTGRES_BACKUP_ID: &str = "5b000000000000000000000000000003br03";
/// Finished manual backup of [`SQLSERVER_ID`].
pub const SQLSERVER_BACKUP_ID: &str = "5b000000000000000000000000000005br04";

/// An instance that is usable.
pub(super) fn instance(id: &str, name: &str, engine: &str, version: &str) -> Instance {
    Instance {
        id: id.to_owned(),
        name: name.to_owned(),
        status: "ACTIVE".to_owned(),
        mode: "Single".to_owned(),
        engine: engine.to_owned(),
        version: version.to_owned(),
        ..Instance::default()
    }
}

/// A finished manual backup of an instance.
pub(super) fn backup(id: &str, name: &str, of: &Instance) -> Backup {
    Backup {
        id: id.to_owned(),
        name: name.to_owned(),
        instance_id: of.id.clone(),
        engine: of.engine.clone(),
        version: of.version.clone(),
        project_id: of.project_id.clone(),
        ended: Some(formats::later(since(), 60.0, 1.0)),
        ..Backup::default()
    }
}

pub(super) fn instances() -> Vec<Instance> {
    vec![
        instance(SOURCE_ID, "shop", "MySQL", "8.0"),
        instance(TARGET_ID, "shop-copy", "MySQL", "8.0"),
        instance(POSTGRES_ID, "books", "PostgreSQL", "14"),
        instance(POSTGRES_TARGET_ID, "books-copy", "PostgreSQL", "14"),
        instance(SQLSERVER_ID, "ledger", "SQLServer", "2019_SE"),
    ]
}

pub(super) fn backups() -> Vec<Backup> {
    let instances = instances();
    let of = |id: &str, instance: &str, name: &str| {
        let found = instances.iter().find(|candidate| candidate.id == instance);
        found.map(|found| backup(id, name, found))
    };
    let manual = [
        of(BACKUP_ID, SOURCE_ID, "shop-before-release"),
        of(POSTGRES_BACKUP_ID, POSTGRES_ID, "books-before-release"),
        of(SQLSERVER_BACKUP_ID, SQLSERVER_ID, "ledger-before-release"),
    ];
    let nightly = of("5b000000000000000000000000000009br01", SOURCE_ID, "shop-20250102").map(|backup| Backup {
        kind: "auto".to_owned(),
        created: formats::later(since(), 86_400.0, 1.0),
        ended: Some(formats::later(since(), 86_460.0, 1.0)),
        ..backup
    });
    manual.into_iter().flatten().chain(nightly).collect()
}
