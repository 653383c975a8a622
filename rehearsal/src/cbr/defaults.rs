//! What a record has when a scenario leaves it out.

use super::built_in::{self, since};
use super::world::{Backup, Checkpoint, DISK, Disk, Log, Member, Named, Policy, SERVER, Server, Share, Vault, World};
use super::{Durations, Switches};
use crate::service::Platform;
use serde_json::json;

impl Default for Server {
    fn default() -> Server {
        Server {
            id: String::new(),
            name: String::new(),
            status: "ACTIVE".to_owned(),
            disks: Vec::new(),
            kind: SERVER.to_owned(),
            architecture: "x86".to_owned(),
            os: "linux".to_owned(),
            disaster_recovery: false,
        }
    }
}

impl Default for Disk {
    fn default() -> Disk {
        Disk {
            id: String::new(),
            name: String::new(),
            size_gb: 40,
            system: false,
            status: None,
            restorable: true,
            disaster_recovery: false,
        }
    }
}

impl Default for Vault {
    fn default() -> Vault {
        Vault {
            id: String::new(),
            name: String::new(),
            description: String::new(),
            project_id: None,
            object_type: "server".to_owned(),
            protect_type: "backup".to_owned(),
            status: "available".to_owned(),
            size_gb: 500,
            used_mb: 2048,
            locked: false,
            auto_expand: false,
            created_at: since(),
            policy_ids: Vec::new(),
            tags: Vec::new(),
            members: Vec::new(),
        }
    }
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            id: String::new(),
            name: String::new(),
            project_id: None,
            operation_type: "backup".to_owned(),
            enabled: true,
            operation_definition: json!({ "retention_duration_days": 7, "timezone": "UTC+01:00" }),
            pattern: vec!["FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=02;BYMINUTE=00".to_owned()],
            created_at: since(),
        }
    }
}

impl Default for Share {
    fn default() -> Share {
        Share {
            id: String::new(),
            backup_id: String::new(),
            dest_project_id: String::new(),
            status: "pending".to_owned(),
            created_at: since(),
        }
    }
}

impl Default for Member {
    fn default() -> Member {
        Member {
            id: String::new(),
            name: String::new(),
            kind: SERVER.to_owned(),
            size_gb: 40,
            exclude_volumes: Vec::new(),
            protect_status: None,
            added_at: since(),
            removed_at: None,
        }
    }
}

impl Default for Backup {
    fn default() -> Backup {
        Backup {
            id: String::new(),
            name: String::new(),
            description: None,
            project_id: None,
            vault_id: String::new(),
            checkpoint_id: String::new(),
            status: "available".to_owned(),
            resource_type: DISK.to_owned(),
            resource_id: String::new(),
            resource_name: String::new(),
            resource_az: "eu-de-01".to_owned(),
            resource_size: 40,
            image_type: "backup".to_owned(),
            auto_trigger: false,
            incremental: true,
            encrypted: false,
            system_disk: false,
            supported_restore_mode: None,
            images: Vec::new(),
            architecture: "x86".to_owned(),
            os: "linux".to_owned(),
            children: Vec::new(),
            created_at: since(),
            ready_at: None,
            expired_at: None,
            deletion: None,
        }
    }
}

impl Default for Checkpoint {
    fn default() -> Checkpoint {
        Checkpoint {
            id: String::new(),
            name: String::new(),
            description: String::new(),
            vault_id: String::new(),
            members: Vec::new(),
            skipped: Vec::new(),
            status: "available".to_owned(),
            created_at: since(),
            ready_at: None,
        }
    }
}

impl Default for Log {
    fn default() -> Log {
        Log {
            id: String::new(),
            project_id: None,
            operation_type: "restore".to_owned(),
            end_status: "success".to_owned(),
            error_code: String::new(),
            error_message: String::new(),
            created_at: since(),
            listed_at: None,
            shown_at: None,
            running_at: None,
            ended_at: None,
            progress_stuck: None,
            request_id: String::new(),
            source: Named::default(),
            target: Named::default(),
            backup: Named::default(),
            vault_id: None,
            checkpoint_id: None,
            incremental: true,
            flips_at: None,
            released_at: None,
            backup_after: None,
            power_on: None,
            destination_path: None,
            mappings: Vec::new(),
        }
    }
}

impl Default for World {
    fn default() -> World {
        World {
            platform: Platform::default(),
            switches: Switches::default(),
            durations: Durations::default(),
            servers: built_in::servers(),
            disks: built_in::disks(),
            resources: Vec::new(),
            vaults: built_in::vaults(),
            policies: built_in::policies(),
            shares: Vec::new(),
            backups: built_in::backups(),
            checkpoints: built_in::checkpoints(),
            logs: built_in::logs(),
            serial: 0,
        }
    }
}
