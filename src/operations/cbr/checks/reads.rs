//! What a restore reads before it is sent and after it ended, once for all restores that ask at the same time.

use std::collections::BTreeSet;
use std::sync::Arc;

use cloud::Scope;
use cloud::cbr::{self, Backup, Filter, Vault};
use engine::lists::{Lists, REFRESH, Told};
use engine::work::Freshness;
use tokio::time::Instant;

use super::super::restore_logs;
use super::{DISK, Facts};
use crate::operations::checks::Read;

/// How many pages of the project's backups are read at the most in place of single backups: they are held in memory.
const MOST_PAGES: usize = 10;

impl Facts {
    /// Reads what a plan wants to know.
    pub async fn read(lists: &Lists, scope: &Scope, backup_id: &str, freshness: Freshness) -> Facts {
        let (backup, restores) =
            futures::join!(read_backup(lists, scope, backup_id, freshness), restore_logs(lists, scope, freshness));
        let (vault, siblings) = match &backup {
            Ok(backup) => futures::join!(
                read_vault(lists, scope, backup, freshness),
                read_siblings(lists, scope, backup, freshness)
            ),
            Err(_) => (None, None),
        };
        Facts { backup: Some(backup), vault, siblings, restores: Some(restores) }
    }

    /// Reads anew what decides whether the restore may be sent: each read begins after this was asked for.
    pub async fn read_now(lists: &Lists, scope: &Scope, backup_id: &str, with_vault: bool) -> Facts {
        let backup = read_backup(lists, scope, backup_id, Freshness::Now).await;
        let vault = match &backup {
            Ok(backup) if with_vault => read_vault(lists, scope, backup, Freshness::Now).await,
            _ => None,
        };
        Facts { backup: Some(backup), vault, ..Facts::default() }
    }
}

/// One backup with its children, read once for all who ask for it: plans, applies, and data sources. Many who ask at the same
/// time for different ones share a list; what that does not tell, or tells to be in use or gone, is read by itself.
///
/// # Errors
/// Those of the call.
pub async fn read_backup(lists: &Lists, scope: &Scope, backup_id: &str, freshness: Freshness) -> Read<Backup> {
    // The page leaves out children (facts/cbr.md 2.4), which only a disk has none of.
    let is_told = |backup: &Backup| is_of_disk(backup) && backup.status.as_deref() == Some("available");
    read_listed(lists, scope, ("backup", backup_id), freshness, is_told, |backup| !is_of_disk(backup)).await
}

/// One backup for its status alone, which a list tells of every kind.
///
/// # Errors
/// Those of the call.
pub async fn read_status(lists: &Lists, scope: &Scope, backup_id: &str) -> Read<Backup> {
    let is_told = |backup: &Backup| backup.status.is_some();
    read_listed(lists, scope, ("status", backup_id), Freshness::Now, is_told, |_| false).await
}

fn is_of_disk(backup: &Backup) -> bool {
    backup.resource_type.as_deref() == Some(DISK)
}

/// A backup out of a list for all who want one, where `is_told` finds it complete there; `is_silent` knows those of which no
/// list tells enough.
async fn read_listed(
    lists: &Lists,
    scope: &Scope,
    (what, backup_id): (&str, &str),
    freshness: Freshness,
    is_told: fn(&Backup) -> bool,
    is_silent: fn(&Backup) -> bool,
) -> Read<Backup> {
    let list = format!("cbr/{}/{}/{what}", scope.region, scope.project_id);
    let many = |wanted: BTreeSet<String>| async move {
        let Some((listed, is_whole)) = list_for(lists, scope, wanted.len()).await else { return Told::default() };
        let mut told = Told::default();
        let mut unlisted = wanted;
        for backup in listed.iter() {
            let Some(id) = &backup.id else { continue };
            unlisted.remove(id);
            match (is_told(backup), is_silent(backup)) {
                (true, _) => told.members.push((id.clone(), Arc::clone(backup))),
                (false, true) => told.silent.push(id.clone()),
                (false, false) => {}
            }
        }
        if is_whole {
            // Shared by another project, a part of a server backup, or gone.
            told.silent.extend(unlisted);
        }
        told
    };
    lists.member((&list, backup_id), freshness, cbr::backup(scope, backup_id), many).await
}

/// The backups of the project, and whether these are all; none where their list takes more calls than so many single reads.
async fn list_for(lists: &Lists, scope: &Scope, wanted: usize) -> Option<(Arc<Vec<Arc<Backup>>>, bool)> {
    let place = listed_key(scope);
    let pages_key = format!("{place}/pages");
    let budget = wanted.min(MOST_PAGES);
    let at = Instant::now();
    if lists.known::<usize>(&pages_key, REFRESH).await.is_some_and(|pages| *pages > budget) {
        return None;
    }
    let part = cbr::list_backups_within(scope, budget).await.ok()?;
    lists.keep(&pages_key, at, Arc::new(part.pages));
    let listed: Arc<Vec<Arc<Backup>>> = Arc::new(part.backups.into_iter().map(Arc::new).collect());
    if part.is_whole {
        lists.keep(&place, at, Arc::clone(&listed));
    }
    Some((listed, part.is_whole))
}

fn listed_key(scope: &Scope) -> String {
    format!("cbr/{}/{}/backups", scope.region, scope.project_id)
}

async fn read_vault(lists: &Lists, scope: &Scope, backup: &Backup, freshness: Freshness) -> Option<Read<Vault>> {
    let vault_id = backup.vault_id.as_deref()?;
    let key = format!("cbr/{}/{}/vault/{vault_id}", scope.region, scope.project_id);
    Some(lists.get(&key, freshness, cbr::vault(scope, vault_id)).await)
}

/// All backups of what this one is of: out of a list of all that is at hand, else by a list of their own.
async fn read_siblings(
    lists: &Lists,
    scope: &Scope,
    backup: &Backup,
    freshness: Freshness,
) -> Option<Read<Vec<Backup>>> {
    let resource_id = backup.resource_id.as_deref()?;
    if let Some(all) = lists.known::<Vec<Arc<Backup>>>(&listed_key(scope), freshness).await {
        let of_it = all.iter().filter(|listed| listed.resource_id.as_deref() == Some(resource_id));
        return Some(Ok(Arc::new(of_it.map(|listed| Backup::clone(listed)).collect())));
    }
    let key = format!("cbr/{}/{}/backups-of/{resource_id}", scope.region, scope.project_id);
    let filter = Filter { resource_id: Some(resource_id.to_owned()), ..Filter::default() };
    Some(lists.get(&key, freshness, cbr::list_backups(scope, &filter)).await)
}
