//! What everything shares once a configuration is read: the clients, the engine, the defaults.
//!
//! **Invariants.** Knows no provider block, no form and no service. Whoever needs the cloud gets it from here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use cloud::{Cloud, Scope};
use engine::Engine;
use engine::identity::Identity;
use tf::{Diagnostic, Diagnostics, Step, Value};

use crate::report;

/// The configured cloud, replaceable at run time: one process may be configured again and again in debug mode.
#[derive(Default)]
pub struct Handle(RwLock<Option<Result<Arc<Runtime>, Diagnostic>>>);

/// One configuration at work.
pub struct Runtime {
    /// The clients.
    pub cloud: Cloud,
    /// Operations and what is known about them. A new configuration begins a new memory.
    pub engine: Engine,
    /// Whether plans check targets, where a resource does not say.
    pub preflight: bool,
    /// Whether the core leaves out deletes that a plan has promised (`tf::cores::skips_deletes`).
    pub skips_deletes: bool,
    /// The titles of errors about access that were told, and by what.
    told: Mutex<BTreeSet<(By, String)>>,
    requests: Mutex<BTreeMap<(&'static str, String), String>>,
    /// What this run has imported: kind and `id`.
    imported: Mutex<BTreeSet<(&'static str, String)>>,
    targets: Mutex<BTreeMap<String, Identity>>,
}

/// What has told an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    /// A resource, whose error ends the run.
    Resources,
    /// Something else.
    Any,
}

impl Handle {
    /// The present configuration.
    ///
    /// # Errors
    /// Nothing was configured yet, or not everything is known yet.
    pub fn runtime(&self) -> Result<Arc<Runtime>, Diagnostic> {
        match self.0.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            Some(Ok(runtime)) => Ok(Arc::clone(runtime)),
            Some(Err(diagnostic)) => Err(diagnostic.clone()),
            None => Err(Diagnostic::error(
                "The provider is not configured",
                "Terraform asked for work before it sent the configuration.",
            )),
        }
    }

    /// Puts a configuration, or why there is none, in place of the one before.
    pub fn set(&self, runtime: Result<Runtime, Diagnostic>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(runtime.map(Arc::new));
    }
}

impl Runtime {
    /// One configuration at work, called by this version of the core, with nothing remembered yet.
    pub fn new(cloud: Cloud, engine: Engine, preflight: bool, core: &str) -> Runtime {
        Runtime {
            cloud,
            engine,
            preflight,
            skips_deletes: tf::cores::skips_deletes(core),
            told: Mutex::default(),
            requests: Mutex::default(),
            imported: Mutex::default(),
            targets: Mutex::default(),
        }
    }

    /// Where the calls of a resource go.
    ///
    /// # Errors
    /// Missing or refused credentials, an unknown region or project, in the user's words; on the argument to blame where
    /// it was given here.
    pub async fn scope(&self, region: Option<&str>, project_id: Option<&str>) -> Result<Scope, Diagnostic> {
        self.reach(region, project_id).await.map_err(|error| {
            let mut denied = report::no_access(&error);
            blame_what_is_written(&mut denied, |name| match name {
                "region" => region.is_some(),
                _ => project_id.is_some(),
            });
            denied
        })
    }

    /// Errors that whatever asked must end with. Those about access stand on an argument only where `config` has it, and are
    /// told in full to the first, and in short to the others.
    pub fn told_once(&self, mut diagnostics: Diagnostics, config: &Value) -> Diagnostics {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        for diagnostic in diagnostics.0.iter_mut().filter(|diagnostic| report::is_about_access(diagnostic)) {
            blame_what_is_written(diagnostic, |name| config.get(name).as_str().is_some());
            let is_news = told.insert((By::Any, diagnostic.summary.clone()));
            if !is_news || told.contains(&(By::Resources, diagnostic.summary.clone())) {
                diagnostic.detail = "The same as told for another object of this run.".to_owned();
            }
        }
        diagnostics
    }

    /// The same, with the error as it is.
    ///
    /// # Errors
    /// See [`Cloud::scope`].
    pub async fn reach(&self, region: Option<&str>, project_id: Option<&str>) -> Result<Scope, cloud::Error> {
        self.cloud.scope(region, project_id).await
    }

    /// Remembers the request that started an operation of a kind, as the private data of an object tell it. The core keeps
    /// them back where it plans a tainted object anew.
    pub fn note_request(&self, kind: &'static str, operation: &str, request: &str) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.insert((kind, operation.to_owned()), request.to_owned());
    }

    /// The request that started an operation, if an object told it.
    pub fn request_of(&self, kind: &'static str, operation: &str) -> Option<String> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.get(&(kind, operation.to_owned())).cloned()
    }

    /// Notes that this run has imported an object of a kind, by its `id`.
    pub fn note_import(&self, kind: &'static str, id: &str) {
        self.imported.lock().unwrap_or_else(PoisonError::into_inner).insert((kind, id.to_owned()));
    }

    /// Whether this run has imported the object.
    pub fn is_imported(&self, kind: &'static str, id: &str) -> bool {
        self.imported.lock().unwrap_or_else(PoisonError::into_inner).contains(&(kind, id.to_owned()))
    }

    /// Notes that this run plans work that overwrites a target. True if other work has been planned on it before.
    pub fn is_planned_twice(&self, target: &str, identity: &Identity) -> bool {
        let mut targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        !targets.entry(target.to_owned()).or_insert_with(|| identity.clone()).is_same_as(identity)
    }

    /// What a plan or a refresh has to say, without an error about access that another resource of this run has told already:
    /// one error of a resource stops the run, and a hundred say no more. What others have told does not count: the core
    /// makes a warning of an error inside a `check` block.
    pub fn once(&self, mut diagnostics: Diagnostics, body: &Value) -> Diagnostics {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        diagnostics.0.retain(|diagnostic| {
            !report::is_about_access(diagnostic) || told.insert((By::Resources, diagnostic.summary.clone()))
        });
        let is_written = |name: &str| body.get(name).as_str().is_some();
        diagnostics.0.iter_mut().for_each(|diagnostic| blame_what_is_written(diagnostic, is_written));
        diagnostics
    }
}

/// A place that the provider block names is not an object's to blame.
fn blame_what_is_written(diagnostic: &mut Diagnostic, is_written: impl Fn(&str) -> bool) {
    if report::is_about_access(diagnostic) {
        diagnostic.attribute = diagnostic.attribute.take().filter(|path| match path.0.first() {
            Some(Step::Attribute(name)) => is_written(name),
            _ => false,
        });
    }
}
