//! The calls of newer cores: actions, lists and ephemeral resources.

use std::time::{Duration, Instant};

use serde_json::Value;
use tonic::Streaming;

use crate::client::Client;
use crate::convert::{Problem, body, body_value, dynamic, identity, problems};
use crate::object::complete;
use crate::{Error, pb};

/// What an invocation said.
#[derive(Clone, Debug, Default)]
pub struct Invoked {
    /// The lines of progress, each with its time since the call.
    pub lines: Vec<(Duration, String)>,
    /// The diagnostics of each completion: one completion is expected in every case.
    pub ends: Vec<Vec<Problem>>,
}

/// One object of a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its identity, null if there is none.
    pub identity: Value,
    /// What the user sees.
    pub display_name: String,
    /// The object, null if it was not asked for.
    pub object: Value,
}

/// An opened ephemeral resource.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What it gives, null after an error.
    pub result: Value,
    /// When it wants to be renewed, as seconds since 1970; none if never.
    pub renew_at: Option<i64>,
    /// Handed to renew and close.
    pub private: Option<Vec<u8>>,
    /// Errors and warnings.
    pub problems: Vec<Problem>,
}

impl Client {
    /// Checks the configuration of an action.
    ///
    /// # Errors
    /// Those of the connection; the provider's are in the answer.
    pub async fn validate_action(&mut self, type_name: &str, config: Value) -> Result<Vec<Problem>, Error> {
        let config = self.action_config(type_name, config).await?;
        let request = pb::validate_action_config::Request { type_name: type_name.to_owned(), config };
        Ok(problems(self.provider.validate_action_config(request).await?.into_inner().diagnostics))
    }

    /// Plans an action.
    ///
    /// # Errors
    /// Those of the connection; the provider's are in the answer.
    pub async fn plan_action(&mut self, type_name: &str, config: Value) -> Result<Vec<Problem>, Error> {
        let config = self.action_config(type_name, config).await?;
        let request = pb::plan_action::Request { action_type: type_name.to_owned(), config, client_capabilities: None };
        Ok(problems(self.provider.plan_action(request).await?.into_inner().diagnostics))
    }

    /// Begins an action; [`hear`] has what it says.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn begin_action(
        &mut self,
        type_name: &str,
        config: Value,
    ) -> Result<Streaming<pb::invoke_action::Event>, Error> {
        let config = self.action_config(type_name, config).await?;
        let request =
            pb::invoke_action::Request { action_type: type_name.to_owned(), config, client_capabilities: None };
        Ok(self.provider.invoke_action(request).await?.into_inner())
    }

    /// Invokes an action and hears it to its end.
    ///
    /// # Errors
    /// Those of the connection, and of a stream that breaks the protocol; the provider's are in the answer.
    pub async fn invoke(&mut self, type_name: &str, config: Value) -> Result<Invoked, Error> {
        hear(self.begin_action(type_name, config).await?).await
    }

    /// Checks the configuration of a list, and reads it: what was listed, and what was said about it.
    ///
    /// # Errors
    /// Those of the connection; the provider's are in the answer.
    pub async fn list(
        &mut self,
        type_name: &str,
        config: Value,
        limit: i64,
        include_resource_object: bool,
    ) -> Result<(Vec<Listed>, Vec<Problem>), Error> {
        let block = body(self.schema().await?.list_resource_schemas.get(type_name))?;
        let object = body(self.schema().await?.resource_schemas.get(type_name))?;
        let config = Some(dynamic(&complete(&block, config)?)?);
        let validate = pb::validate_list_resource_config::Request {
            type_name: type_name.to_owned(),
            config: config.clone(),
            ..Default::default()
        };
        let mut said = problems(self.provider.validate_list_resource_config(validate).await?.into_inner().diagnostics);
        if said.iter().any(|problem| problem.is_error) {
            return Ok((Vec::new(), said));
        }
        let request =
            pb::list_resource::Request { type_name: type_name.to_owned(), config, include_resource_object, limit };
        let mut events = self.provider.list_resource(request).await?.into_inner();
        let mut listed = Vec::new();
        while let Some(event) = events.message().await? {
            said.extend(problems(event.diagnostic));
            if event.identity.is_some() {
                listed.push(Listed {
                    identity: identity(event.identity)?,
                    display_name: event.display_name,
                    object: match event.resource_object {
                        Some(value) => body_value(&object, Some(value))?,
                        None => Value::Null,
                    },
                });
            }
            // The core reads no further.
            if i64::try_from(listed.len())? == limit {
                break;
            }
        }
        Ok((listed, said))
    }

    /// Checks and opens an ephemeral resource.
    ///
    /// # Errors
    /// Those of the connection; the provider's are in the answer.
    pub async fn open(&mut self, type_name: &str, config: Value) -> Result<Opened, Error> {
        let block = body(self.schema().await?.ephemeral_resource_schemas.get(type_name))?;
        let config = Some(dynamic(&complete(&block, config)?)?);
        let validate =
            pb::validate_ephemeral_resource_config::Request { type_name: type_name.to_owned(), config: config.clone() };
        let answer = self.provider.validate_ephemeral_resource_config(validate).await?.into_inner();
        let mut all = problems(answer.diagnostics);
        if all.iter().any(|problem| problem.is_error) {
            return Ok(Opened { result: Value::Null, renew_at: None, private: None, problems: all });
        }
        let request =
            pb::open_ephemeral_resource::Request { type_name: type_name.to_owned(), config, ..Default::default() };
        let answer = self.provider.open_ephemeral_resource(request).await?.into_inner();
        all.extend(problems(answer.diagnostics));
        let result = match answer.result {
            Some(result) => body_value(&block, Some(result))?,
            None => Value::Null,
        };
        let renew_at = answer.renew_at.map(|time| time.seconds);
        Ok(Opened { result, renew_at, private: answer.private, problems: all })
    }

    /// Renews an open ephemeral resource: its private data, and when it wants to be renewed next.
    ///
    /// # Errors
    /// Those of the connection; the provider's are in the answer.
    pub async fn renew(&mut self, type_name: &str, opened: &Opened) -> Result<Opened, Error> {
        let request =
            pb::renew_ephemeral_resource::Request { type_name: type_name.to_owned(), private: opened.private.clone() };
        let answer = self.provider.renew_ephemeral_resource(request).await?.into_inner();
        Ok(Opened {
            result: opened.result.clone(),
            renew_at: answer.renew_at.map(|time| time.seconds),
            private: answer.private,
            problems: problems(answer.diagnostics),
        })
    }

    /// Closes an open ephemeral resource.
    ///
    /// # Errors
    /// Those of the connection; the provider's are in the answer.
    pub async fn close_ephemeral(&mut self, type_name: &str, opened: &Opened) -> Result<Vec<Problem>, Error> {
        let request =
            pb::close_ephemeral_resource::Request { type_name: type_name.to_owned(), private: opened.private.clone() };
        Ok(problems(self.provider.close_ephemeral_resource(request).await?.into_inner().diagnostics))
    }

    async fn action_config(&mut self, type_name: &str, config: Value) -> Result<Option<pb::DynamicValue>, Error> {
        let schema = self.schema().await?.action_schemas.get(type_name);
        let block = body(schema.and_then(|action| action.schema.as_ref()))?;
        Ok(Some(dynamic(&complete(&block, config)?)?))
    }
}

/// Hears an invocation to its end.
///
/// # Errors
/// Those of the connection; an event of neither kind; an event after the completion.
pub async fn hear(mut events: Streaming<pb::invoke_action::Event>) -> Result<Invoked, Error> {
    use pb::invoke_action::event::Type;
    let began = Instant::now();
    let mut heard = Invoked::default();
    while let Some(event) = events.message().await? {
        if !heard.ends.is_empty() {
            return Err(format!("an event after the completion: {event:?}").into());
        }
        match event.r#type.ok_or("an event of neither kind")? {
            Type::Progress(progress) => heard.lines.push((began.elapsed(), progress.message)),
            Type::Completed(end) => heard.ends.push(problems(end.diagnostics)),
        }
    }
    Ok(heard)
}
