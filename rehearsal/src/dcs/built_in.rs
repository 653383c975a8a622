//! The world that exists when a scenario names none.

use jiff::Timestamp;

use super::switches::Switches;
use super::world::{Backup, CacheMode, Durations, Instance, Tag, World};
use crate::instants::{self, plus_seconds};
use crate::service::Platform;

impl Default for World {
    /// The built-in world: a master/standby instance with a policy and old backups, a second one, a cluster, and a
    /// single node that can do neither.
    fn default() -> World {
        let now = Timestamp::now();
        let ago = |days: f64| plus_seconds(now, days * -86_400.0);
        let instance = |id: &str, name: &str, cache_mode, days: f64| Instance {
            id: id.into(),
            name: name.into(),
            cache_mode,
            created_at: ago(days),
            ..Instance::default()
        };
        let backup = |id: &str, instance_id: &str, days: f64| Backup {
            id: id.into(),
            instance_id: instance_id.into(),
            created_at: ago(days),
            ..Backup::default()
        };
        let mut orders = instance(BUILT_IN_INSTANCE, "dcs-orders", CacheMode::Ha, 200.0);
        orders.backup_policy = Some(weekly_policy(ago(190.0)));
        orders.tags = vec![Tag { key: "team".into(), value: "shop".into() }];
        let mut nightly = backup("7a1e2c58-3f0d-4b1e-9a64-2d5c8b7f9e10", BUILT_IN_INSTANCE, 1.25);
        nightly.backup_type = "auto".into();
        nightly.period = Some("01:00-02:00".into());
        let mut expired = backup("d94b6f02-81c7-4e0b-b6a3-5f1e7c2d8a43", BUILT_IN_INSTANCE, 30.0);
        expired.backup_type = "auto".into();
        expired.expired_at = Some(ago(23.0));
        World {
            platform: Platform::default(),
            instances: vec![
                orders,
                instance("f2a4c0de-6b1d-4a7e-8c35-91e0d7b2a640", "dcs-sessions", CacheMode::Ha, 90.0),
                instance("3b9d5e71-0c2f-4f68-a1d7-e84b6c05f932", "dcs-catalogue", CacheMode::Cluster, 60.0),
                instance("c7e80f16-5a3b-4d92-b04e-2f6d91a7c385", "dcs-scratch", CacheMode::Single, 10.0),
            ],
            backups: vec![
                expired,
                backup("1f6b8d3a-92e4-4c70-8d15-b3a7e0c4f269", BUILT_IN_INSTANCE, 7.0),
                nightly,
                backup("a8d3f5b7-4e16-4290-9c7b-60f1d2e8c934", "f2a4c0de-6b1d-4a7e-8c35-91e0d7b2a640", 3.0),
            ],
            restores: Vec::new(),
            durations: Durations::default(),
            switches: Switches::default(),
        }
    }
}

/// The built-in master/standby instance that the examples name.
pub const BUILT_IN_INSTANCE: &str = "5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294";

fn weekly_policy(made: Timestamp) -> serde_json::Value {
    serde_json::json!({
        "backup_policy_id": "e0f4a6c2-9d3b-4517-8e6a-1c2b7d5f9043",
        "created_at": instants::millis(made),
        "updated_at": instants::millis(made),
        "tenant_id": "",
        "policy": {
            "backup_type": "auto",
            "save_days": 7,
            "periodical_backup_plan": {
                "backup_at": [1, 3, 5, 7],
                "period_type": "weekly",
                "begin_at": "01:00-02:00",
                "timezone_offset": "+0000",
            },
        },
    })
}
