//! What a record has when a scenario leaves it out.

use super::since;
use super::{Backup, Instance, Job};

impl Default for Instance {
    fn default() -> Instance {
        Instance {
            id: String::new(),
            name: String::new(),
            project_id: None,
            status: String::new(),
            mode: String::new(),
            engine: String::new(),
            version: String::new(),
            size: 100,
            vpc_id: "59000000-0000-4000-8000-000000000001".to_owned(),
            subnet_id: "58000000-0000-4000-8000-000000000001".to_owned(),
            created: since(),
            restorable_from: Some(since()),
            listed: None,
            ready: None,
            failure: None,
            gone: None,
        }
    }
}

impl Default for Backup {
    fn default() -> Backup {
        Backup {
            id: String::new(),
            name: String::new(),
            description: String::new(),
            project_id: None,
            instance_id: String::new(),
            kind: "manual".to_owned(),
            databases: Vec::new(),
            engine: String::new(),
            version: String::new(),
            size: 2803,
            associated_with_ddm: false,
            created: since(),
            listed: None,
            ended: None,
            failure: None,
            deleting: None,
            gone: None,
        }
    }
}

impl Default for Job {
    fn default() -> Job {
        Job {
            id: String::new(),
            name: String::new(),
            kind: "restore".to_owned(),
            project_id: None,
            source_id: String::new(),
            target_id: String::new(),
            backup_id: String::new(),
            restore_time: None,
            created: since(),
            listed: None,
            shown: None,
            ended: None,
            busy_from: None,
            target_ready: None,
            failure: None,
        }
    }
}
