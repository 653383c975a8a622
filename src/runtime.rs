//! What everything shares once a configuration is read: the clients, the engine, the defaults.
//!
//! **Invariants.** Knows no provider block, no form and no service. Whoever needs the cloud gets it from here.

use std::sync::{Arc, PoisonError, RwLock};

use cloud::{Cloud, Scope};
use engine::Engine;
use tf::Diagnostic;

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
    /// Where the calls of a resource go.
    ///
    /// # Errors
    /// Missing or refused credentials, an unknown region or project, in the user's words.
    pub async fn scope(&self, region: Option<&str>, project_id: Option<&str>) -> Result<Scope, Diagnostic> {
        self.cloud.scope(region, project_id).await.map_err(|error| {
            report::call_failed(format!("No access to the cloud: {}", first_line(error.message())), &error)
        })
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
