//! What a service hands out for a while: ephemeral resources are made of it.
//!
//! **Invariants.** What is handed out is a secret. It goes to whoever asked and nowhere else: into no state, no log and no
//! message.

use std::time::Duration;

use async_trait::async_trait;
use cloud::Scope;
use engine::work::Results;
use tf::{Attribute, Diagnostic, Value};

/// Something that is valid for a while.
#[async_trait]
pub trait Temporary: Send + Sync + 'static {
    /// With the provider's prefix: `recovery_dcs_backup_links`.
    fn type_name(&self) -> &'static str;

    /// Published text, Markdown.
    fn description(&self) -> &'static str;

    /// What the user writes, and what is handed out. `region` and `project_id` are the form's.
    fn attributes(&self) -> Vec<Attribute>;

    /// What it is, in the user's words: `the download links of backup …`.
    fn named(&self, config: &Value) -> String;

    /// Asks for it. Answers the computed attributes, and for how long they are valid.
    ///
    /// # Errors
    /// Why there is none.
    async fn obtain(&self, scope: &Scope, config: &Value) -> Result<(Results, Duration), Diagnostic>;
}
