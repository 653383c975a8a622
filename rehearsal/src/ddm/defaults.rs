//! What a record has when a scenario leaves it out.

use super::world::{Backup, DataNode, Instance, Interval, Job, RESTORE_JOB, World};
use super::{Durations, Switches, built_in};
use crate::service::Platform;

impl Default for World {
    fn default() -> World {
        World {
            platform: Platform::default(),
            switches: Switches::default(),
            durations: Durations::default(),
            instances: built_in::instances(),
            data_nodes: built_in::data_nodes(),
            backups: built_in::backups(),
            jobs: Vec::new(),
            serial: 0,
        }
    }
}

impl Default for Instance {
    fn default() -> Instance {
        Instance {
            id: String::new(),
            name: String::new(),
            project_id: None,
            status: "RUNNING".to_owned(),
            error_msg: String::new(),
            created: built_in::since(),
            engine_version: "3.1.6.1".to_owned(),
            vpc_id: built_in::VPC_ID.to_owned(),
            vpc_name: built_in::VPC_NAME.to_owned(),
            subnet_id: "5b000000-0000-4000-8000-000000000001".to_owned(),
            security_group_id: "56000000-0000-4000-8000-000000000001".to_owned(),
            access_ip: "192.168.0.10".to_owned(),
            node_count: 2,
            schemas: 0,
            accounts: 0,
            members: Vec::new(),
            intervals: vec![Interval { start: Some(built_in::since()), end: None }],
        }
    }
}

impl Default for DataNode {
    fn default() -> DataNode {
        DataNode {
            id: String::new(),
            name: String::new(),
            project_id: None,
            status: "normal".to_owned(),
            engine_name: "mysql".to_owned(),
            version: "8.0.32".to_owned(),
            data_volume_size: 40_000_000_000,
            vpc_id: built_in::VPC_ID.to_owned(),
            vpc_name: built_in::VPC_NAME.to_owned(),
            private_ip: "192.168.0.20".to_owned(),
            read_only: false,
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
            status: "normal".to_owned(),
            instance_id: String::new(),
            file_size: 5.419_922,
            backup_type: "auto_metadata".to_owned(),
            data_node_ids: Vec::new(),
            created: built_in::since(),
            deleted: None,
        }
    }
}

impl Default for Job {
    fn default() -> Job {
        Job {
            id: String::new(),
            name: RESTORE_JOB.to_owned(),
            project_id: None,
            source_id: String::new(),
            target_id: String::new(),
            relations: Vec::new(),
            restore_time: None,
            created: built_in::since(),
            listed: None,
            shown: None,
            ended: None,
            busy_from: None,
            target_ready: None,
            failure: None,
            progress_stuck: None,
        }
    }
}
