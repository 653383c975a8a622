//! The state of a running cloud, and the few things that are done with all of it.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::connection::Connection;
use crate::faults::FaultSet;
use crate::journal::{Journal, TimelineEntry};
use crate::lockout::Lockout;
use crate::service::{Operation, UNRECORDED};
use crate::services::{Service, World};
use crate::store::{self, StoreError};

/// Everything that the listeners share. Each part has its own lock. While `world` is held, `lockout` may be taken;
/// no other two are ever held together, and none across an await.
pub(crate) struct Cloud {
    pub(crate) connection: Connection,
    pub(crate) speed: f64,
    world: Mutex<World>,
    lockout: Mutex<Lockout>,
    faults: Mutex<FaultSet>,
    journal: Mutex<Journal>,
    store: Option<PathBuf>,
    /// The last problem with the world file, shown by the health check: a lost write must not go unnoticed.
    store_problem: Mutex<Option<String>>,
}

impl Cloud {
    pub(crate) fn new(
        connection: Connection,
        speed: f64,
        world: World,
        faults: FaultSet,
        store: Option<PathBuf>,
    ) -> Cloud {
        Cloud {
            connection,
            speed,
            world: Mutex::new(world),
            lockout: Mutex::default(),
            faults: Mutex::new(faults),
            journal: Mutex::default(),
            store,
            store_problem: Mutex::default(),
        }
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    pub(crate) fn lockout(&self) -> MutexGuard<'_, Lockout> {
        lock(&self.lockout)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, FaultSet> {
        lock(&self.faults)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        lock(&self.journal)
    }

    /// Writes the world to its file, if it has one; `world` is the locked one, so that writes keep their order.
    pub(crate) fn save(&self, world: &World) {
        if let Err(problem) = self.try_save(world) {
            *lock(&self.store_problem) = Some(problem.to_string());
        }
    }

    pub(crate) fn try_save(&self, world: &World) -> Result<(), StoreError> {
        match &self.store {
            Some(path) => store::save(path, world),
            None => Ok(()),
        }
    }

    pub(crate) fn store_problem(&self) -> Option<String> {
        lock(&self.store_problem).clone()
    }

    /// Each operation that a request of this run started, in order, with what its service says about it now.
    pub(crate) fn timeline(&self, now: Timestamp) -> Vec<TimelineEntry> {
        let started = self.journal().started();
        let known: Vec<Operation> = {
            let world = self.world();
            Service::ALL.iter().flat_map(|service| world.of(*service).operations(now)).collect()
        };
        let entry = |started: crate::journal::Started| {
            let service = started.service.to_string();
            let found = known.iter().find(|known| known.id == started.id && known.service == service);
            let operation =
                found.cloned().unwrap_or_else(|| unknown(service, &started.id, started.at, &started.by.path));
            TimelineEntry { operation, request: started.by }
        };
        started.into_iter().map(entry).collect()
    }
}

/// An operation whose record is gone, for the timeline.
fn unknown(service: String, id: &str, started: Timestamp, path: &str) -> Operation {
    let kind = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    Operation {
        service,
        kind,
        id: id.to_owned(),
        target: String::new(),
        started,
        ended: None,
        status: UNRECORDED.into(),
    }
}

/// A thread that panicked while it held the lock leaves values that are still whole: every change is one assignment
/// or push.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
