//! Deleting one backup.

use std::marker::PhantomData;

use async_trait::async_trait;
use cloud::dbs::{self, Backup};
use cloud::{Error, Scope};
use engine::Bounds;
use engine::lists::Lists;
use engine::work::Freshness;
use tf::{Diagnostic, Diagnostics};

use super::status::is_restorable;
use super::{Product, Reader, called, key};
use crate::operations::common::is_id;
use crate::operations::deletion::{self, Removal, Restorable};

/// What the delete of a backup takes away: the only backup of its instance that could be restored, or the newest.
pub fn loss<P: Product>(listed: &[Backup], instance: &str, backup_id: &str) -> Option<String> {
    let restorable = listed.iter().filter(|backup| is_restorable(backup)).filter_map(|backup| {
        let time = backup.begin_time.as_deref().and_then(cloud::time::parse);
        Some(Restorable { id: backup.id.as_deref()?, name: backup.name.as_deref(), time })
    });
    deletion::loss(&called::<P>(instance), backup_id, &restorable.collect::<Vec<_>>())
}

/// One deletion.
pub struct Deletion<'a, P> {
    /// Region and project.
    pub scope: &'a Scope,
    /// Where the list is kept.
    pub lists: &'a Lists,
    /// The instance that was backed up.
    pub instance: String,
    /// The backup.
    pub backup: String,
    /// Until when.
    pub bounds: &'a Bounds,
    /// The service.
    pub product: PhantomData<P>,
}

impl<P: Product> Deletion<'_, P> {
    /// Deletes, and waits until the backup is gone. Already gone is success.
    pub async fn run(&self) -> Diagnostics {
        deletion::run(self, self.bounds).await
    }

    /// The error of a deletion that was not seen to its end.
    pub fn gave_up(&self, why: &str) -> Diagnostic {
        deletion::gave_up(self, why, self.bounds)
    }
}

#[async_trait]
impl<P: Product> Removal for Deletion<'_, P> {
    fn what(&self) -> String {
        format!("Backup {} of {}", self.backup, called::<P>(&self.instance))
    }

    async fn ask(&self) -> Result<(), Error> {
        dbs::delete_backup(self.scope, P::SERVICE, &self.backup).await
    }

    /// One whose deletion runs is listed until it is gone.
    async fn is_there(&self) -> Result<bool, Error> {
        self.lists.forget(&key::<P>(self.scope, &self.instance, "backups"));
        let reader = Reader { lists: self.lists, scope: self.scope, freshness: Freshness::Now };
        let listed = reader.backups::<P>(&self.instance).await?;
        Ok(listed.iter().any(|backup| is_id(backup.id.as_deref(), &self.backup)))
    }
}
