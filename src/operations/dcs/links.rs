//! `recovery_dcs_backup_links`: presigned download links of the files of a DCS backup (API v2, "Obtaining the Download
//! Link of a Backup File").

use std::time::Duration;

use async_trait::async_trait;
use cloud::{Scope, dcs};
use engine::work::Results;
use tf::{Attribute, Diagnostic, Mode, Type, Value};

use crate::operations::common::{required, string_or_null};
use crate::operations::lookup::unreadable;
use crate::operations::temporary::Temporary;

/// The links.
pub struct DcsBackupLinks;

/// How long links are valid when the user does not say, in seconds.
const DEFAULT_SECONDS: u32 = 3600;

#[async_trait]
impl Temporary for DcsBackupLinks {
    fn type_name(&self) -> &'static str {
        "recovery_dcs_backup_links"
    }

    fn description(&self) -> &'static str {
        "Download links of the files of a DCS backup: URLs that let anybody who has them read the data, for a while. They are in \
         no state, no plan and no log (Terraform 1.10 and later, OpenTofu 1.11 and later)."
    }

    fn attributes(&self) -> Vec<Attribute> {
        vec![
            Attribute::required("instance_id", "The instance that was backed up.")
                .check(tf::validate::check_path_part),
            Attribute::required("backup_id", "The backup.").check(tf::validate::check_path_part),
            Attribute::new(
                "expiration",
                Type::Number,
                Mode::OptionalComputed,
                "How long the links are valid, in seconds: 300 to 86400. Choose it longer than the step that uses them: what was \
                 handed on cannot be replaced later.",
            )
            .default(i64::from(DEFAULT_SECONDS))
            .check(tf::validate::check_whole::<300, 86_400>),
            Attribute::new(
                "files",
                Type::list(Type::object([("name", Type::String), ("link", Type::String)])),
                Mode::Computed,
                "The files of the backup, each with its `name` and the `link` that it can be read from. A cluster has a file for \
                 each shard.",
            )
            .sensitive(),
        ]
    }

    fn named(&self, config: &Value) -> String {
        format!("the download links of backup {}", required(config, "backup_id"))
    }

    async fn obtain(&self, scope: &Scope, config: &Value) -> Result<(Results, Duration), Diagnostic> {
        let (instance, backup) = (required(config, "instance_id"), required(config, "backup_id"));
        let seconds = seconds(config);
        let links = dcs::backup_links(scope, &instance, &backup, seconds).await.map_err(|error| {
            let of = format!("Backup {backup} of DCS instance {instance}");
            unreadable(&error, scope, &format!("The download links of backup {backup}"), &of, "backup_id")
        })?;
        let file = |link: &dcs::Link| {
            Value::object([
                ("name", string_or_null(link.file_name.as_deref())),
                ("link", Value::from(link.link.reveal())),
            ])
        };
        let files: Vec<Value> = links.links.iter().filter(|link| !link.link.is_empty()).map(file).collect();
        if files.is_empty() {
            return Err(Diagnostic::error(
                format!("The service gave no download link of backup {backup}"),
                format!(
                    "Its answer names {} files and a link for none of them. Only a backup that has ended well has files; look at \
                     its status in the backups of DCS instance {instance}.",
                    links.links.len()
                ),
            )
            .at("backup_id"));
        }
        Ok((Results::from([("files", Value::List(files))]), Duration::from_secs(u64::from(seconds))))
    }
}

fn seconds(config: &Value) -> u32 {
    let written = match config.get("expiration") {
        Value::Number(number) => number.as_i64().and_then(|seconds| u32::try_from(seconds).ok()),
        _ => None,
    };
    written.unwrap_or(DEFAULT_SECONDS)
}
