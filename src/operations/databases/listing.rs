//! The backups of a database instance that somebody asked for, as a list.

use cloud::dbs;
use engine::lists;
use futures::FutureExt;
use tf::Attribute;

use super::backup::{self, DatabaseBackup};
use super::{Product, Reader};
use crate::operations::Operation;
use crate::operations::common::is_id;
use crate::operations::listing::{Entry, OfInstance, entries};
use std::marker::PhantomData;

/// The list, for a service.
pub fn backups<P: Product>() -> OfInstance {
    OfInstance {
        operation: || Box::new(DatabaseBackup::<P>(PhantomData)),
        description: "The backups of a database instance that somebody asked for, newest first. Those that the service makes and deletes by \
                      itself cannot be imported, and are not listed.",
        service: P::NAME,
        records: "backups",
        filters: || {
            let text = "Only backups of this type. All that can be imported are `manual`.";
            vec![Attribute::optional("type", text).one_of(&["manual"])]
        },
        page: |scope, instance, position, wanted| {
            async move {
                let entry = |backup: &dbs::Backup| Entry {
                    parent: instance.to_owned(),
                    name: backup.name.clone(),
                    record: backup::record(backup),
                };
                Ok(entries(dbs::backups_page(scope, P::SERVICE, instance, position, wanted).await?, entry))
            }
            .boxed()
        },
        passes: |_config, entry| entry.record.mark("manual") == "yes",
        found: |lists, scope, entry| {
            async move {
                // One look at the list serves all entries.
                let reader = Reader { lists, scope, freshness: lists::REFRESH };
                let listed = reader.backups::<P>(&entry.parent).await.ok();
                let is_it = |backup: &&dbs::Backup| is_id(backup.id.as_deref(), &entry.record.operation);
                match listed.as_ref().and_then(|listed| listed.iter().find(is_it)) {
                    Some(backup) => Ok(backup::found::<P>(backup)),
                    None => {
                        let operation = DatabaseBackup::<P>(PhantomData);
                        operation.find(lists, scope, &entry.parent, &entry.record.operation).await
                    }
                }
            }
            .boxed()
        },
    }
}
