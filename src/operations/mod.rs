//! The operations: a folder per service, with everything that Terraform hears of it.
//!
//! **Invariants.** An [`Operation`] tells what is special about one call that starts work: its arguments and results, its
//! checks, its words, its records. It neither follows, repeats nor remembers work (the engine does), and knows none of the
//! forms in which Terraform meets it. One service never imports another one's room; what they share stands beside them here.

pub mod cbr;
pub mod checks;
pub mod common;
pub mod databases;
pub mod dcs;
pub mod ddm;
pub mod dds;
pub mod deletion;
pub mod listing;
pub mod lookup;
pub mod rds;
pub mod temporary;
pub mod words;

use std::time::Duration;

use async_trait::async_trait;
use cloud::Scope;
use engine::Bounds;
use engine::lists::Lists;
use engine::work::{Effect, Progress, Record, Results, Work};
use tf::{Attribute, Diagnostics, NestedBlock, Value};

use crate::runtime::Runtime;
use listing::Listing;
use lookup::Lookup;
use temporary::Temporary;

/// Every operation, one line each. Each form takes what it can offer from here.
pub fn all() -> Vec<Box<dyn Operation>> {
    vec![
        Box::new(cbr::checkpoint::CbrCheckpoint),
        Box::new(cbr::restore::CbrRestore),
        Box::new(dcs::backup::DcsBackup),
        Box::new(dcs::restore::DcsRestore),
        Box::new(ddm::restore::DdmRestore),
        Box::new(dds::BACKUP),
        Box::new(dds::RESTORE),
        Box::new(rds::BACKUP),
        Box::new(rds::RESTORE),
        Box::new(rds::restored::RdsRestoredInstance),
    ]
}

/// Every backup that can be made as the last thing before its target is deleted, one line each.
pub fn finals() -> Vec<Final> {
    vec![cbr::checkpoint::last(), dds::last(), rds::last()]
}

/// Every look-up, one line each.
pub fn lookups() -> Vec<Box<dyn Lookup>> {
    vec![
        Box::new(cbr::backup::CbrBackup),
        Box::new(cbr::backups::CbrBackups),
        Box::new(cbr::operations::CbrOperations),
        Box::new(dcs::backups::DcsBackups),
        Box::new(dcs::restores::DcsRestores),
        Box::new(ddm::data_nodes::DdmDataNodes),
        Box::new(ddm::restore_times::DdmRestoreTimes),
        Box::new(ddm::target_data_nodes::DdmTargetDataNodes),
        Box::new(ddm::target_instances::DdmTargetInstances),
        Box::new(dds::BACKUPS),
        Box::new(dds::RESTORE_TIMES),
        Box::new(rds::BACKUPS),
        Box::new(rds::RESTORE_TIMES),
    ]
}

/// Every operation whose records can be listed, one line each.
pub fn listings() -> Vec<Box<dyn Listing>> {
    vec![
        Box::new(cbr::listings::CbrRestoreListing),
        Box::new(dcs::listings::BACKUPS),
        Box::new(dcs::listings::RESTORES),
        Box::new(databases::listing::backups::<dds::Dds>()),
        Box::new(databases::listing::backups::<rds::Rds>()),
    ]
}

/// Everything that a service hands out for a while, one line each.
pub fn temporaries() -> Vec<Box<dyn Temporary>> {
    vec![Box::new(dcs::links::DcsBackupLinks)]
}

/// One call of a cloud that starts work, as far as it differs from all others.
///
/// A *body* is the object as Terraform sees it: arguments as the user wrote them, results as far as they are known.
#[async_trait]
pub trait Operation: Send + Sync + 'static {
    /// What users type: `recovery_dcs_restore`.
    fn name(&self) -> &'static str;

    /// What doing it means for the data.
    fn effect(&self) -> Effect;

    /// What the `id` is made of.
    fn id(&self) -> &'static IdParts;

    /// Arguments, results and their published texts.
    fn definition(&self) -> Definition;

    /// The arguments that are pairs, where leaving them out means that they are derived.
    fn pairs(&self) -> Option<&'static Pairs> {
        None
    }

    /// The results that a plan may show and that stay as they were shown: what was read before the start, or sent.
    fn planned_results(&self) -> &'static [&'static str] {
        &[]
    }

    /// Those of them that a target tells no more while it is being overwritten.
    fn results_of_an_idle_target(&self) -> &'static [&'static str] {
        &[]
    }

    /// What the work of a body overwrites, and with what, told by its arguments alone: `DCS instance 5d1e… with backup 1f6b…`.
    /// The same text in plan and apply, whatever can be read. `None` while an argument is not known, and for work that
    /// overwrites nothing.
    fn overwrites(&self, _body: &Value) -> Option<String> {
        None
    }

    /// What is lost with what the body made, as a sentence that begins with a space; told before it is deleted. Only
    /// called with `preflight` on. What cannot be read is left out.
    async fn loss(&self, _lists: &Lists, _scope: &Scope, _body: &Value) -> Option<String> {
        None
    }

    /// What a body's work has made and a destroy leaves where it is: what stays, and how to go on with it, as sentences. `None`
    /// where it is deleted, or where nothing was made.
    fn stays(&self, _body: &Value) -> Option<String> {
        None
    }

    /// How long it may take when the user does not say.
    fn default_timeout(&self) -> Duration;

    /// What a status word of its records means.
    fn verdict(&self, status: &str) -> Progress;

    /// Checks across arguments. The configuration may hold unknowns.
    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// Binds a body to a piece of work. Arguments that are unknown count as not given. Without `checks`, nothing but the
    /// service itself may refuse it.
    fn work(&self, scope: &Scope, body: &Value, checks: bool) -> Box<dyn Work>;

    /// Results that a plan may already state, and what it has to say about work that would start: errors for what would
    /// fail, warnings for what passes or could not be checked, and for work that overwrites the warning of what will be
    /// overwritten. Only called with `preflight` on, for work that would start.
    async fn preflight(&self, runtime: &Runtime, scope: &Scope, body: &Value) -> (Results, Diagnostics);

    /// Finds the record of one piece of work by the two parts of its id.
    ///
    /// # Errors
    /// What is not on record, is of another kind, or could not be read.
    async fn find(&self, lists: &Lists, scope: &Scope, parent: &str, operation: &str) -> Result<Found, Diagnostics>;

    /// Brings the body of work that has ended up to date. Work that overwrites is history once it has ended.
    async fn refresh(&self, _lists: &Lists, _scope: &Scope, _body: &mut Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// Deletes what the operation made. Work that overwrites has made nothing.
    async fn delete(&self, _runtime: &Runtime, _scope: &Scope, _body: &Value, _bounds: &Bounds) -> Diagnostics {
        Diagnostics::new()
    }
}

/// The two attributes that an `id` is made of, `<parent>/<operation>`. Said once: the form of the id, of an import and of
/// the resource identity follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdParts {
    /// The attribute with what the work belongs to: `instance_id`.
    pub parent: &'static str,
    /// The attribute with the service's own id of the work: `restore_id`.
    pub operation: &'static str,
    /// Whether the service keeps the record for good, so that a resource identity (Terraform 1.12) can rely on it.
    pub lasting: bool,
}

impl IdParts {
    /// The form, for messages: `<instance_id>/<restore_id>`.
    pub fn form(&self) -> String {
        format!("<{}>/<{}>", self.parent, self.operation)
    }

    /// The id of a piece of work of this body.
    pub fn id(&self, body: &Value, operation: &str) -> String {
        format!("{}/{operation}", common::required(body, self.parent))
    }
}

/// A backup that is made when Terraform deletes what stands for it, before it deletes what that depends on.
pub struct Final {
    /// What users type: `recovery_rds_final_backup`.
    pub name: &'static str,
    /// The same backup at any other time. It has an argument `name`.
    pub operation: Box<dyn Operation>,
    /// One paragraph, Markdown.
    pub description: &'static str,
    /// What it is a backup of, in the user's words without the ID: `RDS instance`.
    pub target: &'static str,
    /// What is deleted after it, with an article: `the instance`.
    pub protects: &'static str,
    /// What the backup outlives and what it does not, as a sentence.
    pub outlives: &'static str,
}

/// What users read about an operation.
pub struct Definition {
    /// One paragraph, Markdown.
    pub description: &'static str,
    /// What the user gives. `replaces` marks what makes it another operation.
    pub arguments: Vec<Attribute>,
    /// What is known in the end.
    pub results: Vec<Attribute>,
    /// Arguments that are blocks.
    pub blocks: Vec<NestedBlock>,
}

/// Arguments that say which source goes to which target. Derived pairs that are written out later are the same pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pairs {
    /// The block: `mapping`.
    pub block: &'static str,
    /// The attribute of the block that tells what goes.
    pub from: &'static str,
    /// The attribute of the block that tells where to.
    pub to: &'static str,
    /// The result with the pairs as they were sent: `volume_pairs`.
    pub sent: &'static str,
}

impl Pairs {
    /// The pairs that a body writes out; `None` without blocks.
    pub fn written(&self, body: &Value) -> Option<std::collections::BTreeMap<String, String>> {
        let Value::List(blocks) = body.get(self.block) else { return None };
        let pair = |block| (common::required(block, self.from), common::required(block, self.to));
        (!blocks.is_empty()).then(|| blocks.iter().map(pair).collect())
    }

    /// The pairs of a body: written out, or as they were sent.
    pub fn known(&self, body: &Value) -> Option<std::collections::BTreeMap<String, String>> {
        self.written(body).or_else(|| common::pairs_of_map(body.get(self.sent)))
    }
}

/// A piece of work found on record.
pub struct Found {
    /// Its record.
    pub record: Record,
    /// Arguments and further results that the records tell.
    pub body: Results,
    /// Arguments that no record tells: the configuration may fill them in once.
    pub unlearned: &'static [&'static str],
}
