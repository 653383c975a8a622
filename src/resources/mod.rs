//! The resources: one file each, with schema, requests, words and behaviour together.
//!
//! **Invariants.** A resource tells what is special about it; the lifecycle in [`managed`] and the engine do the rest.
//! No resource follows, repeats or remembers work by itself. Two small waits stand where they belong: the delete of a
//! backup, and the look at the id that a CBR answer may carry. No protobuf and no HTTP here.

pub mod cbr_restore;
pub mod common;
pub mod dcs;
pub mod dcs_backup;
pub mod dcs_restore;
pub mod ddm_restore;
pub mod managed;
pub mod preflight;
pub mod private;

use std::sync::Arc;

use tf::provider::Resource;

use crate::provider::Handle;
use managed::Managed;

/// Every resource, one line each.
pub fn all(handle: &Arc<Handle>) -> Vec<Arc<dyn Resource>> {
    vec![
        Arc::new(Managed::new(cbr_restore::CbrRestore, Arc::clone(handle))),
        Arc::new(Managed::new(dcs_backup::DcsBackup, Arc::clone(handle))),
        Arc::new(Managed::new(dcs_restore::DcsRestore, Arc::clone(handle))),
        Arc::new(Managed::new(ddm_restore::DdmRestore, Arc::clone(handle))),
    ]
}
