//! Starting a rehearsal cloud inside a process, and holding it.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::access;
use crate::cloud::Cloud;
use crate::connection::Connection;
use crate::control;
use crate::faults::{Fault, FaultError, FaultSet};
use crate::journal::{Entry, TimelineEntry};
use crate::scenario::{Scenario, ScenarioError};
use crate::server;
use crate::services::{Endpoints, Needs, Service, World};
use crate::store::{self, StoreError};

/// How a rehearsal cloud is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the control origin listens; the services take free ports of the same address. Loopback only.
    pub listen: SocketAddr,
    /// What exists and what goes wrong; the built-in world without faults when absent.
    pub scenario: Option<Scenario>,
    /// A file that keeps the world between runs. When it exists its world outranks the scenario's.
    pub store: Option<PathBuf>,
    /// Divides the durations of operations; timestamps, signatures and expiry follow the real clock.
    pub speed: f64,
}

impl Default for Options {
    fn default() -> Options {
        Options { listen: SocketAddr::from(([127, 0, 0, 1], 0)), scenario: None, store: None, speed: 1.0 }
    }
}

/// Why a rehearsal cloud did not start.
#[derive(Debug)]
pub enum StartError {
    /// The address is reachable from outside.
    NotLoopback(SocketAddr),
    /// The speed is not a number above zero.
    Speed(f64),
    /// Nobody can log in: the world has no account with a project and a user.
    NobodyHome,
    /// The address could not be listened on.
    Listen(std::io::Error),
    /// The scenario does not fit the stored world.
    Scenario(ScenarioError),
    /// The scenario's faults contradict themselves.
    Faults(FaultError),
    /// The world file could not be read or written.
    Store(StoreError),
}

impl fmt::Display for StartError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::NotLoopback(address) => {
                write!(formatter, "the rehearsal cloud listens on loopback only, and {address} is not: try 127.0.0.1:0")
            }
            StartError::Speed(speed) => write!(formatter, "the speed must be a number above 0, and {speed} is not"),
            StartError::NobodyHome => {
                formatter.write_str("the world has no account with both a project and a user, so nobody could log in")
            }
            StartError::Listen(problem) => write!(formatter, "cannot listen: {problem}"),
            StartError::Scenario(problem) => problem.fmt(formatter),
            StartError::Faults(problem) => problem.fmt(formatter),
            StartError::Store(problem) => problem.fmt(formatter),
        }
    }
}

impl std::error::Error for StartError {}

/// Starts a rehearsal cloud and returns once it listens.
///
/// # Errors
/// See [`StartError`].
pub async fn start(options: Options) -> Result<Running, StartError> {
    if !options.listen.ip().is_loopback() {
        return Err(StartError::NotLoopback(options.listen));
    }
    if !(options.speed.is_finite() && options.speed > 0.0) {
        return Err(StartError::Speed(options.speed));
    }
    let scenario = options.scenario.unwrap_or_default();
    let region = scenario.region.clone();
    let stored = options.store.as_deref().map(store::load).transpose().map_err(StartError::Store)?.flatten();
    let mut world = match stored {
        Some(stored) => scenario.apply(stored).map_err(StartError::Scenario)?,
        None => scenario.world,
    };
    let faults = FaultSet::new(scenario.faults).map_err(StartError::Faults)?;
    let (credentials, region) = access::log_in(&mut world, region.as_deref()).ok_or(StartError::NobodyHome)?;

    let control = bind(options.listen).await?;
    let address = origin(&control)?;
    let mut listeners = vec![(control, None)];
    for service in Service::ALL {
        listeners.push((bind(SocketAddr::new(options.listen.ip(), 0)).await?, Some(*service)));
    }
    let of = |service| listeners.iter().find(|(_, of)| *of == Some(service)).map(|(listener, _)| listener);
    let endpoints = Endpoints::collect(|service| of(service).map_or(Ok(String::new()), origin))?;
    let auth_url = access::auth_url(&endpoints);
    let connection = Connection { url: address, auth_url, endpoints, credentials, region };

    let cloud = Arc::new(Cloud::new(connection.clone(), options.speed, world, faults, options.store));
    cloud.try_save(&cloud.world()).map_err(StartError::Store)?;
    let listen = |(listener, service)| tokio::spawn(server::listen(listener, service, Arc::clone(&cloud)));
    let tasks = listeners.into_iter().map(listen).collect();
    Ok(Running { connection, cloud, tasks })
}

/// A running rehearsal cloud; it ends when this is dropped.
pub struct Running {
    /// Where it listens and as whom to call it.
    pub connection: Connection,
    cloud: Arc<Cloud>,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    /// Every request so far, in order of arrival.
    #[must_use]
    pub fn journal(&self) -> Vec<Entry> {
        self.cloud.journal().entries()
    }

    /// Empties the journal; numbers go on, operations stay.
    pub fn clear_journal(&self) {
        self.cloud.journal().clear();
    }

    /// Every operation started so far, as it stands now.
    #[must_use]
    pub fn operations(&self) -> Vec<TimelineEntry> {
        self.cloud.timeline(Timestamp::now())
    }

    /// The faults that are armed.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.cloud.faults().faults()
    }

    /// Replaces the faults; counting begins anew.
    ///
    /// # Errors
    /// When a fault contradicts itself; the old ones stay.
    pub fn set_faults(&self, faults: Vec<Fault>) -> Result<(), FaultError> {
        control::set_faults(&self.cloud, faults)
    }

    /// A copy of the world.
    #[must_use]
    pub fn world(&self) -> World {
        self.cloud.world().clone()
    }

    /// Replaces the world.
    pub fn set_world(&self, world: World) {
        control::set_world(&self.cloud, world);
    }

    /// Changes the world in place, between two requests.
    pub fn change_world<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.cloud.world();
        let result = change(&mut world);
        self.cloud.save(&world);
        result
    }

    /// Creates what a configuration names and the world lacks.
    pub fn ensure(&self, needs: &Needs) {
        self.change_world(|world| world.ensure(needs));
    }

    /// Stops listening and ends every connection.
    ///
    /// # Errors
    /// When the world could not be written to its file, now or at the last change.
    pub async fn shutdown(mut self) -> Result<(), StoreError> {
        for task in std::mem::take(&mut self.tasks) {
            task.abort();
            // An aborted task ends as cancelled; there is nothing else to learn from it.
            let _ = task.await;
        }
        self.cloud.try_save(&self.cloud.world())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Running").field("connection", &self.connection).finish_non_exhaustive()
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(StartError::Listen)
}

fn origin(listener: &TcpListener) -> Result<String, StartError> {
    listener.local_addr().map(|address| format!("http://{address}")).map_err(StartError::Listen)
}
