//! The provider block: read, completed and refused; and what the provider offers.

use std::sync::Arc;

use async_trait::async_trait;
use cloud::config::AssumeRole;
use cloud::{Arguments, Cloud, Config, Environment, Secret};
use engine::{Engine, Patience};
use tf::provider::{Action, DataSource, EphemeralResource, Function, ListResource, Provider, Resource};
use tf::{Attribute, Block, Diagnostic, Diagnostics, Mode, NestedBlock, Nesting, Path, Schema, Type, Value};

use crate::runtime::{Handle, Runtime};
use crate::{forms, functions};

/// The provider `recovery`.
pub struct Recovery {
    schema: Schema,
    handle: Arc<Handle>,
    resources: Vec<Arc<dyn Resource>>,
    data_sources: Vec<Arc<dyn DataSource>>,
    actions: Vec<Arc<dyn Action>>,
    list_resources: Vec<Arc<dyn ListResource>>,
    ephemeral_resources: Vec<Arc<dyn EphemeralResource>>,
    functions: Vec<Arc<dyn Function>>,
}

impl Recovery {
    /// The provider with all that it offers.
    pub fn new() -> Recovery {
        let handle = Arc::new(Handle::default());
        Recovery {
            schema: schema(),
            resources: forms::resources(&handle),
            data_sources: forms::data_sources(&handle),
            actions: forms::actions(&handle),
            list_resources: forms::list_resources(&handle),
            ephemeral_resources: forms::ephemeral_resources(&handle),
            functions: functions::all(),
            handle,
        }
    }
}

impl Default for Recovery {
    fn default() -> Recovery {
        Recovery::new()
    }
}

#[async_trait]
impl Provider for Recovery {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn resources(&self) -> &[Arc<dyn Resource>] {
        &self.resources
    }

    fn data_sources(&self) -> &[Arc<dyn DataSource>] {
        &self.data_sources
    }

    fn actions(&self) -> &[Arc<dyn Action>] {
        &self.actions
    }

    fn list_resources(&self) -> &[Arc<dyn ListResource>] {
        &self.list_resources
    }

    fn ephemeral_resources(&self) -> &[Arc<dyn EphemeralResource>] {
        &self.ephemeral_resources
    }

    fn functions(&self) -> &[Arc<dyn Function>] {
        &self.functions
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        // Everything that can be told without environment and files, which are configure's business: a rehearsal needs
        // none, and where a configuration is only validated there may be none.
        let written =
            Arguments { cloud: None, profile: None, shared_config_file: None, ca_cert_file: None, ..arguments(config) };
        match Config::resolve(&written, &Environment::default()) {
            Err(error) if config.is_wholly_known() => refused(error).into(),
            _ => Diagnostics::new(),
        }
    }

    async fn configure(&self, config: &Value, terraform_version: &str) -> Diagnostics {
        if !config.is_wholly_known() {
            self.handle.set(Err(Diagnostic::error(
                "The provider's configuration is not known yet",
                "It depends on values that are known only after apply. Nothing can be read from the cloud until then.",
            )));
            return Diagnostics::new();
        }
        let (runtime, mut diagnostics) = match runtime(config, terraform_version) {
            Ok(done) => done,
            Err(diagnostic) => {
                self.handle.set(Err(diagnostic.clone()));
                return diagnostic.into();
            }
        };
        self.handle.set(Ok(runtime));
        diagnostics.extend(core_warning(terraform_version));
        diagnostics
    }
}

/// What users of a core that can lose their state have to know.
fn core_warning(version: &str) -> Option<Diagnostic> {
    tf::cores::loses_objects(version).then(|| {
        Diagnostic::warning(
            format!("Terraform {version} can lose its state"),
            "When two resources that are being created end with an error at the same moment (a timeout, Ctrl-C), this version of \
             Terraform crashes while it writes the state, and IDs of any provider can be lost with it. It was mended in Terraform \
             1.16.5: update before the next apply. Until then this provider hands such errors out one by one.",
        )
    })
}

fn runtime(config: &Value, core: &str) -> Result<(Runtime, Diagnostics), Diagnostic> {
    let environment = Environment::of_process();
    let preflight = match config.get("preflight") {
        Value::Bool(flag) => *flag,
        _ => environment.flag("RECOVERY_PREFLIGHT").map_err(refused)?.unwrap_or(true),
    };
    let config = Config::resolve(&arguments(config), &environment).map_err(refused)?;
    let warnings = config
        .warnings()
        .iter()
        .map(|(summary, detail)| Diagnostic::warning(summary.clone(), detail.clone()))
        .collect();
    let patience = if config.rehearsal().is_some() { rehearsed_patience() } else { Patience::default() };
    let cloud = Cloud::new(config).map_err(refused)?;
    let engine = Engine { patience, ..Engine::default() };
    Ok((Runtime::new(cloud, engine, preflight, core), Diagnostics(warnings)))
}

/// In a rehearsal, and only there, `RECOVERY_REHEARSAL_PATIENCE` shortens how long lost records are waited for.
fn rehearsed_patience() -> Patience {
    let text = std::env::var("RECOVERY_REHEARSAL_PATIENCE").unwrap_or_default();
    tf::duration::parse(&text)
        .map_or_else(|_| Patience::default(), |patience| Patience { short: patience, strict: patience })
}

fn refused(error: cloud::ConfigError) -> Diagnostic {
    // Paths, values of variables and contents of files stand in it, and none of its own texts has a line break.
    let diagnostic = Diagnostic::error(outside::line(&error.summary), outside::line(&error.detail));
    match error.argument {
        Some(argument) => {
            let mut path = Path::root();
            for part in argument.split('.') {
                path = path.attribute(part);
            }
            diagnostic.at(path)
        }
        None => diagnostic,
    }
}

/// The block as the cloud crate wants it. What is not known counts as not written.
fn arguments(config: &Value) -> Arguments {
    let text = |name: &str| config.get(name).as_str().map(str::to_owned);
    let secret = |name: &str| text(name).map(Secret::from);
    let flag = |name: &str| match config.get(name) {
        Value::Bool(flag) => Some(*flag),
        _ => None,
    };
    Arguments {
        region: text("region"),
        platform: text("platform"),
        auth_url: text("auth_url"),
        project_id: text("project_id"),
        project_name: text("project_name"),
        access_key: text("access_key"),
        secret_key: secret("secret_key"),
        security_token: secret("security_token"),
        user_name: text("user_name"),
        user_id: text("user_id"),
        password: secret("password"),
        passcode: secret("passcode"),
        domain_name: text("domain_name"),
        domain_id: text("domain_id"),
        token: secret("token"),
        assume_role: assume_role(config.get("assume_role")),
        cloud: text("cloud"),
        profile: text("profile"),
        shared_config_file: text("shared_config_file"),
        endpoints: match config.get("endpoints") {
            Value::Object(members) => {
                Some(members.iter().filter_map(|(key, url)| Some((key.clone(), url.as_str()?.to_owned()))).collect())
            }
            _ => None,
        },
        ca_cert_file: text("ca_cert_file"),
        insecure: flag("insecure"),
        max_retries: match config.get("max_retries") {
            Value::Number(number) => Some(number.as_i64().unwrap_or(-1)),
            _ => None,
        },
        request_timeout: text("request_timeout"),
    }
}

fn assume_role(block: &Value) -> Option<AssumeRole> {
    let text = |name: &str| block.get(name).as_str().map(str::to_owned);
    (!block.is_null() && !block.is_unknown()).then(|| AssumeRole {
        agency_name: text("agency_name"),
        domain_name: text("domain_name"),
        domain_id: text("domain_id"),
        duration: text("duration"),
    })
}

fn schema() -> Schema {
    let flag = |name, text| Attribute::new(name, Type::Bool, Mode::Optional, text);
    Schema {
        version: 0,
        block: Block {
            description: "Runs backup, restore and recovery operations of Open Telekom Cloud and Huawei Cloud, once, and keeps their \
                          IDs in the state. Every argument is optional: what is missing is looked up in the environment, then in the \
                          configuration files.",
            attributes: vec![
                Attribute::optional(
                    "region",
                    "Region, such as `eu-de`. On Open Telekom Cloud else the part of the project name before the first `_`.",
                ),
                Attribute::optional(
                    "platform",
                    "Which cloud it is. Default: told from `auth_url`, `cloud`, `profile` and the region.",
                )
                .one_of(&["otc", "huaweicloud"]),
                Attribute::optional("auth_url", "Address of IAM, with or without `/v3`."),
                Attribute::optional("project_id", "Project to work in."),
                Attribute::optional(
                    "project_name",
                    "Project to work in, by name; looked up once. Default: the one named like the region.",
                ),
                Attribute::optional("access_key", "Access key (AK); signs each request together with `secret_key`."),
                Attribute::optional("secret_key", "Secret key (SK).").sensitive(),
                Attribute::optional("security_token", "Security token of temporary keys.").sensitive(),
                Attribute::optional("user_name", "IAM user, for a password token."),
                Attribute::optional("user_id", "IAM user by ID; needs no domain."),
                Attribute::optional("password", "Password of the user.").sensitive(),
                Attribute::optional("passcode", "Code of the virtual MFA device; needs `user_id`.").sensitive(),
                Attribute::optional("domain_name", "Account (domain) of the user."),
                Attribute::optional("domain_id", "Account (domain) of the user by ID."),
                Attribute::optional("token", "A ready token of IAM, scoped to the project.").sensitive(),
                Attribute::optional("cloud", "Entry of `clouds.yaml` (and `secure.yaml`)."),
                Attribute::optional("profile", "Profile of the KooCLI configuration file."),
                Attribute::optional(
                    "shared_config_file",
                    "KooCLI configuration file. Default: `~/.hcloud/config.json`.",
                ),
                Attribute::optional(
                    "endpoints",
                    "Addresses of services, by `iam`, `dcs`, `cbr`, `ddm`, `rds` and `dds`, in place of the documented ones.",
                )
                .of(Type::map(Type::String)),
                Attribute::optional("ca_cert_file", "File with further certificate authorities to trust, PEM."),
                flag("insecure", "Accepts any certificate. Warns on every run."),
                Attribute::new(
                    "max_retries",
                    Type::Number,
                    Mode::Optional,
                    "How often a read is tried again after a passing failure. Default 5. A request that starts work is never repeated blindly.",
                ),
                Attribute::optional("request_timeout", "Time for one try of a request. Default `30s`.")
                    .check(tf::duration::check_duration),
                flag(
                    "preflight",
                    "Whether plans check targets and sources before anything is sent. Default `true`; `RECOVERY_PREFLIGHT` in the environment.",
                ),
            ],
            blocks: vec![NestedBlock {
                name: "assume_role",
                nesting: Nesting::Single,
                block: Block {
                    description: "An agency to act for, on top of any kind of credentials.",
                    attributes: vec![
                        Attribute::optional("agency_name", "Name of the agency."),
                        Attribute::optional("domain_name", "The delegating account, by name."),
                        Attribute::optional("domain_id", "The delegating account, by ID."),
                        Attribute::optional(
                            "duration",
                            "Lifetime of the temporary keys, `15m` to `24h`. They are renewed while they are needed.",
                        ),
                    ],
                    blocks: Vec::new(),
                },
                min_items: 0,
                max_items: 0,
                replaces: false,
            }],
        },
    }
}
