//! Deleting one backup: accepted is not gone, refused for now is not refused.

use std::marker::PhantomData;

use cloud::dbs;
use cloud::{Error, Kind as ErrorKind, Scope};
use engine::lists::Lists;
use engine::work::Freshness;
use engine::{Bounds, follow};
use tf::{Diagnostic, Diagnostics};
use tokio::time::Instant;

use super::{Product, Reader, key};
use crate::operations::common::is_id;
use crate::report;

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
        let began = Instant::now();
        let mut accepted = false;
        loop {
            let waiting_for = if accepted {
                match self.is_listed().await {
                    Ok(false) => return Diagnostics::new(),
                    Ok(true) => "the service still lists it".to_owned(),
                    Err(error) if error.is_not_found() => return Diagnostics::new(),
                    Err(error) if error.is_transient() => error.to_string(),
                    Err(error) => return self.failed(&error).into(),
                }
            } else {
                match dbs::delete_backup(self.scope, P::SERVICE, &self.backup).await {
                    Ok(()) => {
                        accepted = true;
                        continue;
                    }
                    // The code of a backup that is gone may also stand for one that is in use: the list tells.
                    Err(error) if is_open(&error) => match self.is_listed().await {
                        Ok(false) => return Diagnostics::new(),
                        Ok(true) if error.kind() == ErrorKind::Depends => error.to_string(),
                        _ => return self.failed(&error).into(),
                    },
                    Err(error) if error.is_busy() || error.is_transient() => error.to_string(),
                    Err(error) => return self.failed(&error).into(),
                }
            };
            let next = Instant::now() + follow::pause(began.elapsed());
            if next > self.bounds.deadline {
                return self.gave_up(&waiting_for).into();
            }
            tokio::select! {
                biased;
                () = self.bounds.stop.cancelled() => return self.gave_up("Terraform asked to stop").into(),
                () = tokio::time::sleep_until(next) => {}
            }
        }
    }

    /// Whether the list has it. One whose deletion runs is listed until it is gone.
    async fn is_listed(&self) -> Result<bool, Error> {
        self.lists.forget(&key::<P>(self.scope, &self.instance, "backups"));
        let reader = Reader { lists: self.lists, scope: self.scope, freshness: Freshness::Now };
        let listed = reader.backups::<P>(&self.instance).await?;
        Ok(listed.iter().any(|backup| is_id(backup.id.as_deref(), &self.backup)))
    }

    fn failed(&self, error: &Error) -> Diagnostic {
        report::call_failed(
            format!("Backup {} of {} instance {} could not be deleted", self.backup, P::NAME, self.instance),
            error,
        )
    }

    /// The error of a deletion that was not seen to its end.
    pub fn gave_up(&self, why: &str) -> Diagnostic {
        Diagnostic::error(
            format!("Backup {} of {} instance {} is not deleted yet", self.backup, P::NAME, self.instance),
            format!(
                "Gave up after {}: {why}. It stays in the state; run apply again.",
                tf::duration::display(self.bounds.timeout)
            ),
        )
    }
}

/// Whether only the list can tell what a refusal means.
fn is_open(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Depends | ErrorKind::Invalid | ErrorKind::Refused)
}
