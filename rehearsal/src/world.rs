//! Everything that exists in the rehearsal cloud, and the file that keeps it between runs.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{cbr, dcs, ddm, iam};

/// The world of all services. What a scenario leaves out is built in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct World {
    /// Accounts, projects, users, agencies, issued credentials.
    pub iam: iam::World,
    /// Cache instances and their records.
    pub dcs: dcs::World,
    /// Vaults, servers, disks, backups and the operation log.
    pub cbr: cbr::World,
    /// Database middleware instances, data nodes and jobs.
    pub ddm: ddm::World,
}

/// Which cloud's wire form the services speak where the two differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Open Telekom Cloud.
    Otc,
    /// Huawei Cloud.
    Huaweicloud,
}

impl Platform {
    /// The region of a rehearsal that names none.
    pub(crate) fn usual_region(self) -> &'static str {
        match self {
            Platform::Otc => "eu-de",
            Platform::Huaweicloud => "cn-north-4",
        }
    }
}

/// What a configuration names and the world may lack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Regions, each of which gets a project of its name.
    pub regions: Vec<String>,
    /// Projects by id, each with the region it lies in.
    pub projects: Vec<(String, String)>,
    /// DCS instances.
    pub dcs_instances: Vec<String>,
    /// DCS backups: instance and backup.
    pub dcs_backups: Vec<(String, String)>,
    /// CBR restores, each with what it names.
    pub cbr_restores: Vec<cbr::RestoreNeeds>,
    /// CBR backups that are only read.
    pub cbr_backups: Vec<String>,
    /// CBR vaults.
    pub cbr_vaults: Vec<String>,
    /// DDM restores, each with what it names.
    pub ddm_restores: Vec<DdmRestore>,
    /// DDM instances that are only read.
    pub ddm_instances: Vec<String>,
}

/// What a DDM restore names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DdmRestore {
    /// The instance whose data is used.
    pub source_instance_id: String,
    /// The instance that is overwritten.
    pub target_instance_id: String,
    /// Which data node's data goes where; none: derived.
    pub data_node_relations: Vec<ddm::Relation>,
}

impl World {
    /// Makes every service speak the wire form of a platform.
    pub fn set_platform(&mut self, platform: Platform) {
        (self.cbr.platform, self.ddm.platform) = match platform {
            Platform::Otc => (cbr::Platform::Otc, ddm::Platform::Otc),
            Platform::Huaweicloud => (cbr::Platform::Huaweicloud, ddm::Platform::Huaweicloud),
        };
    }

    /// Creates what is named and missing; what exists stays as it is.
    pub fn ensure(&mut self, needs: &Needs) {
        for region in &needs.regions {
            self.iam.ensure_project(region);
        }
        for (id, region) in &needs.projects {
            self.iam.ensure_project_id(id, region);
        }
        for id in &needs.dcs_instances {
            self.dcs.ensure_instance(id);
        }
        for (instance_id, backup_id) in &needs.dcs_backups {
            self.dcs.ensure_backup(instance_id, backup_id);
        }
        for restore in &needs.cbr_restores {
            self.cbr.ensure_restore(restore);
        }
        for id in &needs.cbr_backups {
            self.cbr.ensure_backup(id);
        }
        for id in &needs.cbr_vaults {
            self.cbr.ensure_vault(id);
        }
        for restore in &needs.ddm_restores {
            let (source, target) = (&restore.source_instance_id, &restore.target_instance_id);
            self.ddm.ensure_restore(source, target, &restore.data_node_relations);
        }
        for id in &needs.ddm_instances {
            self.ddm.ensure_source(id, &[]);
        }
    }
}

/// Why a world file could not be read or written.
#[derive(Debug)]
pub struct StoreError {
    path: PathBuf,
    reason: String,
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "world file {}: {}", self.path.display(), self.reason)
    }
}

impl std::error::Error for StoreError {}

/// The world kept in `path`; none when there is no such file yet.
pub(crate) fn load(path: &Path) -> Result<Option<World>, StoreError> {
    let error = |reason: String| StoreError { path: path.to_owned(), reason };
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(problem) => return Err(error(problem.to_string())),
    };
    let decoder = &mut serde_json::Deserializer::from_slice(&text);
    let world = serde_path_to_error::deserialize(decoder).map_err(|problem| error(problem.to_string()))?;
    Ok(Some(world))
}

/// Writes the world to `path`: a reader, or a run that is killed, sees the old file or the new one, never a part.
pub(crate) fn save(path: &Path, world: &World) -> Result<(), StoreError> {
    let error = |reason: String| StoreError { path: path.to_owned(), reason };
    let text = serde_json::to_vec_pretty(world).map_err(|problem| error(problem.to_string()))?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let written = std::fs::File::create(&beside)
        .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|problem| error(problem.to_string()))
}
