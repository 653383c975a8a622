//! `recovery_cbr_checkpoint`: a backup of a vault on demand (API v3, "Creating a Restore Point"). The service has no record
//! of it beside its backups that can be listed: what it is, its members' backups tell.

mod checks;
mod deletion;
mod records;
mod work;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cloud::cbr::{self, Backup, Filter};
use cloud::{Error, Scope};
use tf::{Attribute, Block, Diagnostic, Diagnostics, Mode, NestedBlock, Nesting, Path, Type, Value};

use crate::operations::checks as preflight;
use crate::operations::common::{self, flag, is_id, pairs_of_map, required, string_map, string_or_null, text};
use crate::operations::{Definition, Final, Found, IdParts, Operation};
use crate::report;
use crate::runtime::Runtime;
use engine::Bounds;
use engine::lists::{self, Lists};
use engine::work::{Effect, Freshness, Progress, Results, Work};
use work::CheckpointWork;

/// The operation.
pub struct CbrCheckpoint;

/// `recovery_cbr_final_checkpoint`.
pub fn last() -> Final {
    Final {
        name: "recovery_cbr_final_checkpoint",
        operation: Box::new(CbrCheckpoint),
        description: "Backs up the servers and disks of a CBR vault when Terraform is about to delete them, and lets them be deleted only once \
                      each of their backups is finished: no backup, no destroy. Until then it makes nothing.",
        target: "CBR vault",
        protects: "what it backs up",
        outlives: "The backups outlive the servers and disks, but not the vault: they lie in it and are deleted with it.",
    }
}

/// How long a backup may be missing from a complete list before that means anything.
const YOUNG: Duration = Duration::from_secs(600);

#[async_trait]
impl Operation for CbrCheckpoint {
    fn name(&self) -> &'static str {
        "recovery_cbr_checkpoint"
    }

    fn definition(&self) -> Definition {
        Definition {
            description: "Backs up the servers and disks of a CBR vault and keeps the IDs of the backups. A backup of it that is deleted \
                          or expires only leaves `backups`: nothing is remade, and the others stay.",
            arguments: arguments(),
            results: vec![
                Attribute::computed("checkpoint_id", "The service's ID of the checkpoint; its backups carry it."),
                Attribute::new(
                    "backups",
                    Type::map(Type::String),
                    Mode::Computed,
                    "The backup of each member that was backed up, by the ID of the member. What is deleted or expires leaves it.",
                ),
                Attribute::new(
                    "skipped",
                    Type::map(Type::String),
                    Mode::Computed,
                    "Why the service left out a member, by the ID of the member.",
                ),
                Attribute::computed("created_at", "When the checkpoint was made, RFC 3339."),
            ],
            blocks: vec![member_block()],
        }
    }

    fn effect(&self) -> Effect {
        Effect::Makes
    }

    fn id(&self) -> &'static IdParts {
        &IdParts { parent: "vault_id", operation: "checkpoint_id", lasting: true }
    }

    fn verdict(&self, status: &str) -> Progress {
        records::verdict(status)
    }

    fn default_timeout(&self) -> Duration {
        Duration::from_secs(120 * 60)
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let Value::List(blocks) = config.get("member") else { return Diagnostics::new() };
        let mut seen: Vec<&str> = Vec::new();
        let mut diagnostics = Diagnostics::new();
        for id in blocks.iter().filter_map(|block| block.get("id").as_str()) {
            if seen.iter().any(|known| tf::same_id(known, id)) {
                let detail =
                    format!("There are two member blocks for {id}. One of them says what is left out of its backup.");
                diagnostics.push(Diagnostic::error("A member appears twice", detail).at("member"));
            }
            seen.push(id);
        }
        diagnostics
    }

    fn work(&self, scope: &Scope, body: &Value, checks: bool) -> Box<dyn Work> {
        Box::new(CheckpointWork::new(scope, asked(body), pairs_of_map(body.get("skipped")).unwrap_or_default(), checks))
    }

    async fn preflight(&self, runtime: &Runtime, scope: &Scope, body: &Value) -> (Results, Diagnostics) {
        let Some(vault) = text(body, "vault_id") else { return (Results::new(), Diagnostics::new()) };
        let (asked, place) = (asked(body), preflight::Place::from(scope));
        // While nobody knows how many members there are, none is looked for.
        let members = body.get("member").is_wholly_known();
        let lists = &runtime.engine.lists;
        let (_, findings) = preflight::judged(
            |freshness| checks::read_vault(lists, scope, &vault, freshness),
            |read| checks::check(read, &asked, members, &place),
        )
        .await;
        (Results::new(), preflight::plan_diagnostics(&findings, &format!("backup of CBR vault {vault}"), &[]))
    }

    async fn find(&self, lists: &Lists, scope: &Scope, vault: &str, checkpoint: &str) -> Result<Found, Diagnostics> {
        let found = cbr::checkpoint(scope, checkpoint)
            .await
            .map_err(|error| report::call_failed(format!("Checkpoint {checkpoint} could not be read"), &error))?;
        let of_another = found.vault.id.as_deref().filter(|id| !tf::same_id(id, vault));
        if let Some(other) = of_another {
            return Err(Diagnostic::error(
                "Not a checkpoint of that vault",
                format!("Checkpoint {checkpoint} is of CBR vault {other}, not of {vault}."),
            )
            .into());
        }
        let listed = vault_backups(lists, scope, vault, Freshness::Now).await.map_err(|error| {
            report::call_failed(format!("The backups of CBR vault {vault} could not be read"), &error)
        })?;
        let record = records::of_checkpoint(checkpoint, &listed, Some(&found), &records::Expected::told(&found));
        let first = records::of(&listed, checkpoint).next();
        let name =
            found.extra_info.name.clone().or_else(|| Some(records::plain_name(first?.name.as_deref()?).to_owned()));
        let description = found.extra_info.description.clone().or_else(|| first?.description.clone());
        let body = Results::from([
            ("name", string_or_null(name.as_deref())),
            ("description", string_or_null(description.as_deref())),
            ("allow_skipped", Value::from(false)),
        ]);
        let unlearned = &["name", "description", "incremental", "member"];
        Ok(Found { record, body, unlearned })
    }

    async fn refresh(&self, lists: &Lists, scope: &Scope, body: &mut Value) -> Diagnostics {
        let (vault, checkpoint) = (required(body, "vault_id"), required(body, "checkpoint_id"));
        let listed = match vault_backups(lists, scope, &vault, lists::REFRESH).await {
            Ok(listed) => listed,
            Err(error) if error.is_not_found() => Arc::new(Vec::new()),
            Err(error) => {
                return report::call_failed(format!("The backups of CBR vault {vault} could not be read"), &error)
                    .into();
            }
        };
        let before = pairs_of_map(body.get("backups")).unwrap_or_default();
        let now = records::usable(records::of(&listed, &checkpoint));
        let (kept, gone): (BTreeMap<_, _>, BTreeMap<_, _>) =
            before.into_iter().partition(|(member, _)| now.contains_key(member) || is_young(body));
        let kept = kept.into_iter().chain(now).collect();
        body.set("backups", string_map(&kept));
        match gone.is_empty() {
            true => Diagnostics::new(),
            false => left(&checkpoint, &gone, kept.len()).into(),
        }
    }

    async fn loss(&self, lists: &Lists, scope: &Scope, body: &Value) -> Option<String> {
        let (vault, checkpoint) = (required(body, "vault_id"), required(body, "checkpoint_id"));
        deletion::loss(&vault_backups(lists, scope, &vault, lists::REFRESH).await.ok()?, &vault, &checkpoint)
    }

    async fn delete(&self, runtime: &Runtime, scope: &Scope, body: &Value, bounds: &Bounds) -> Diagnostics {
        deletion::run(runtime, scope, body, bounds).await
    }
}

fn arguments() -> Vec<Attribute> {
    vec![
        Attribute::required("vault_id", "The vault to back up.").replaces().check(tf::validate::check_path_part),
        Attribute::optional(
            "name",
            "Name of the backups, 1 to 64 letters, digits, `_` and `-`. With several members the service appends `-0001`, `-0002` \
             and so on.",
        )
        .replaces()
        .check(check_name),
        Attribute::optional("description", "Text kept with the backups, up to 255 characters.")
            .replaces()
            .check(check_description),
        Attribute::optional("incremental", "`false` makes full backups. Unset, the service decides (incremental).")
            .of(Type::Bool)
            .replaces(),
        Attribute::new(
            "allow_skipped",
            Type::Bool,
            Mode::Optional,
            "Whether it is well that the service skips a member. Default `false`: then it is an error that names the member and why; \
             the backups of the others stay.",
        )
        .default(false),
    ]
}

fn member_block() -> NestedBlock {
    NestedBlock {
        name: "member",
        nesting: Nesting::Set,
        block: Block {
            description: "A server or disk of the vault. Without any, all members of the vault are backed up. Their order means nothing.",
            attributes: vec![
                Attribute::required("id", "ID of the server or disk.").check(tf::validate::check_path_part),
                Attribute::optional("exclude_volumes", "Disks of the server that are left out.")
                    .of(Type::set(Type::String)),
            ],
            blocks: Vec::new(),
        },
        min_items: 0,
        max_items: 0,
        replaces: true,
    }
}

/// What a checkpoint is to cover.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Asked {
    vault: String,
    name: Option<String>,
    description: Option<String>,
    incremental: Option<bool>,
    allow_skipped: bool,
    /// Each with the disks that are left out; none means all of the vault.
    members: BTreeMap<String, Vec<String>>,
}

fn asked(body: &Value) -> Asked {
    let blocks = match body.get("member") {
        Value::List(blocks) => blocks.as_slice(),
        _ => &[],
    };
    let excluded = |block: &Value| match block.get("exclude_volumes") {
        Value::List(ids) => ids.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    };
    let nonempty = |name: &str| text(body, name).filter(|text| !text.is_empty());
    Asked {
        vault: required(body, "vault_id"),
        name: nonempty("name"),
        description: nonempty("description"),
        incremental: flag(body, "incremental"),
        allow_skipped: flag(body, "allow_skipped").unwrap_or(false),
        members: blocks.iter().filter_map(|block| Some((text(block, "id")?, excluded(block)))).collect(),
    }
}

/// The backups in a vault, shared by everybody who needs them.
async fn vault_backups(
    lists: &Lists,
    scope: &Scope,
    vault: &str,
    freshness: Freshness,
) -> Result<Arc<Vec<Backup>>, Error> {
    let key = format!("cbr/{}/{}/{vault}/backups", scope.region, scope.project_id);
    let filter = Filter { vault_id: Some(vault.to_owned()), ..Filter::default() };
    lists.get(&key, freshness, cbr::list_backups(scope, &filter)).await
}

fn lane(scope: &Scope, vault: &str) -> String {
    format!("cbr/{}/vault/{vault}", scope.project_id)
}

fn is_young(body: &Value) -> bool {
    let created = body.get("created_at").as_str().and_then(cloud::time::parse);
    created.is_some_and(|created| cloud::time::now().duration_since(created).unsigned_abs() < YOUNG)
}

/// Some backups are gone; the survivors stay as they are.
fn left(checkpoint: &str, gone: &BTreeMap<String, String>, kept: usize) -> Diagnostic {
    let lines: Vec<String> = gone.iter().map(|(member, backup)| format!("  backup {backup} of {member}")).collect();
    Diagnostic::warning(
        format!("Backups of checkpoint {checkpoint} are gone: {}", gone.len()),
        format!(
            "They were deleted or have expired, and leave `backups`:\n\n{}\n\n{} of the checkpoint are still there. Nothing is made \
             anew; a change of `triggers` makes another checkpoint.",
            lines.join("\n"),
            crate::operations::words::counted(kept, "backup")
        ),
    )
}

fn check_name(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let name = value.as_str().unwrap_or_default();
    let length = name.chars().count();
    let odd = name.chars().find(|letter| !letter.is_alphanumeric() && !matches!(letter, '_' | '-'));
    let problem = match (length, odd) {
        (1..=64, None) => return,
        (1..=64, Some(letter)) => format!("{letter:?} is not possible in it; letters, digits, _ and - are."),
        _ => format!("It has {length} characters; 1 to 64 are possible."),
    };
    diagnostics.push(Diagnostic::error("The name does not fit", problem).at(path.clone()));
}

fn check_description(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let length = value.as_str().map_or(0, |text| text.chars().count());
    if length > 255 {
        let problem = format!("It has {length} characters; up to 255 are possible.");
        diagnostics.push(Diagnostic::error("The description is too long", problem).at(path.clone()));
    }
}

/// Whether two ids of members are one.
fn is_member(found: Option<&str>, id: &str) -> bool {
    is_id(found, id)
}

/// A value of a body for the state.
fn moment(text: Option<&str>) -> Value {
    common::moment_or_null(text)
}
