//! The calls, in the order and with the inputs that the core gives them.

use std::sync::Arc;

use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Channel, Endpoint};

use crate::convert::{Problem, body, body_value, dynamic, identity, identity_data, json, no_errors, path, problems};
use crate::go_plugin::grpc_broker_client::GrpcBrokerClient;
use crate::go_plugin::grpc_controller_client::GrpcControllerClient;
use crate::go_plugin::grpc_stdio_client::GrpcStdioClient;
use crate::go_plugin::{ConnInfo, Empty, StdioData};
use crate::object::{complete, proposed, with_numbers_of};
use crate::pb::provider_client::ProviderClient;
use crate::{Error, pb};

/// What clients of Terraform's making can receive.
const LARGEST_MESSAGE: usize = i32::MAX as usize;
/// Terraform's limit for the schema is lower; see `Client::schema`.
const LARGEST_SCHEMA: usize = 64 << 20;
/// Sent with `Configure`.
const TERRAFORM_VERSION: &str = "1.11.4";

/// A connection to a provider, with the two idle streams that go-plugin's clients keep open. Clones
/// share it, for calls at the same time; it is closed with the last of them.
#[derive(Clone, Debug)]
pub struct Client {
    /// For calls that this type has no method for.
    pub provider: ProviderClient<Channel>,
    channel: Channel,
    schema: Option<pb::get_provider_schema::Response>,
    _idle: Arc<Idle>,
}

/// The idle streams. They end with the last clone of the client, and the connection with them.
#[derive(Debug)]
struct Idle {
    _stdio: tonic::Streaming<StdioData>,
    _broker: tonic::Streaming<ConnInfo>,
    _say: tokio::sync::mpsc::Sender<ConnInfo>,
}

/// An object as the state file keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Its attributes and blocks.
    pub state: Value,
    /// The provider's own data.
    pub private: Vec<u8>,
    /// Its identity, null if there is none.
    pub identity: Value,
}

/// The answer to a plan.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The configuration that was planned for, complete.
    pub config: Value,
    /// The object as it would be.
    pub state: Value,
    /// What asks for a replacement, such as `name`.
    pub requires_replace: Vec<String>,
    /// Handed to apply.
    pub private: Vec<u8>,
    /// Errors and warnings.
    pub problems: Vec<Problem>,
    /// The identity as planned, null if there is none.
    pub identity: Value,
}

/// The answer to an apply.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The object as the state would keep it; its state is null if nothing is kept.
    pub object: Object,
    /// Errors and warnings.
    pub problems: Vec<Problem>,
}

/// The answer to a read.
pub type Read = Applied;
/// The answer to an import.
pub type Imported = Applied;

impl Applied {
    /// The object, if there was no error.
    ///
    /// # Errors
    /// The first error.
    pub fn object(self) -> Result<Object, Error> {
        no_errors(&self.problems)?;
        Ok(self.object)
    }
}

impl Client {
    /// Dials an address of a handshake line or of `TF_REATTACH_PROVIDERS`, without TLS if none is given.
    ///
    /// # Errors
    /// Refused.
    pub async fn connect(network: &str, address: &str, tls: Option<Arc<ClientConfig>>) -> Result<Client, Error> {
        let (network, address) = (network.to_owned(), address.to_owned());
        let connector = tower::service_fn(move |_| dial(network.clone(), address.clone(), tls.clone()));
        let channel = Endpoint::from_static("http://localhost").connect_with_connector(connector).await?;
        let stdio = GrpcStdioClient::new(channel.clone()).stream_stdio(()).await?.into_inner();
        let (say, nothing) = tokio::sync::mpsc::channel(1);
        let nothing = ReceiverStream::new(nothing);
        let broker = GrpcBrokerClient::new(channel.clone()).start_stream(nothing).await?.into_inner();
        let provider = ProviderClient::new(channel.clone())
            .max_decoding_message_size(LARGEST_MESSAGE)
            .max_encoding_message_size(LARGEST_MESSAGE);
        Ok(Client {
            provider,
            channel,
            schema: None,
            _idle: Arc::new(Idle { _stdio: stdio, _broker: broker, _say: say }),
        })
    }

    /// The connection, for other services.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// The provider's schema, asked for once.
    ///
    /// # Errors
    /// The call failed or was larger than Terraform takes.
    pub async fn schema(&mut self) -> Result<&pb::get_provider_schema::Response, Error> {
        let schema = match self.schema.take() {
            Some(schema) => schema,
            None => {
                let mut provider = self.provider.clone().max_decoding_message_size(LARGEST_SCHEMA);
                let schema = provider.get_schema(pb::get_provider_schema::Request {}).await?.into_inner();
                no_errors(&problems(schema.diagnostics.clone()))?;
                schema
            }
        };
        Ok(self.schema.insert(schema))
    }

    /// Checks and takes the provider block, as before every walk.
    ///
    /// # Errors
    /// The first error of the provider, or of the connection.
    pub async fn configure(&mut self, config: Value) -> Result<Vec<Problem>, Error> {
        self.configure_as(TERRAFORM_VERSION, config).await
    }

    /// The same as a core of this version.
    ///
    /// # Errors
    /// The first error of the provider, or of the connection.
    pub async fn configure_as(&mut self, version: &str, config: Value) -> Result<Vec<Problem>, Error> {
        let block = body(self.schema().await?.provider.as_ref())?;
        let config = Some(dynamic(&complete(&block, config)?)?);
        let prepare = pb::prepare_provider_config::Request { config: config.clone() };
        let prepared = self.provider.prepare_provider_config(prepare).await?.into_inner();
        let mut all = problems(prepared.diagnostics);
        no_errors(&all)?;
        let request =
            pb::configure::Request { terraform_version: version.to_owned(), config, client_capabilities: None };
        all.extend(problems(self.provider.configure(request).await?.into_inner().diagnostics));
        no_errors(&all)?;
        Ok(all)
    }

    /// Checks the configuration of a resource.
    ///
    /// # Errors
    /// Those of the connection; the provider's are in the answer.
    pub async fn validate(&mut self, type_name: &str, config: Value) -> Result<Vec<Problem>, Error> {
        let config = complete(&self.block(type_name).await?, config)?;
        let request = pb::validate_resource_type_config::Request {
            type_name: type_name.to_owned(),
            config: Some(dynamic(&config)?),
            client_capabilities: None,
        };
        Ok(problems(self.provider.validate_resource_type_config(request).await?.into_inner().diagnostics))
    }

    /// Plans. `prior`: the object, none for a create. `config`: null for a destroy.
    ///
    /// # Errors
    /// Those of the connection; the provider's are in the answer.
    pub async fn plan(&mut self, type_name: &str, prior: Option<&Object>, config: Value) -> Result<Planned, Error> {
        let block = self.block(type_name).await?;
        let config = complete(&block, config)?;
        let state = prior.map_or(Value::Null, |object| object.state.clone());
        let request = pb::plan_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: Some(dynamic(&state)?),
            proposed_new_state: Some(dynamic(&proposed(&block, &state, &config)?)?),
            config: Some(dynamic(&config)?),
            prior_private: prior.map(|object| object.private.clone()).unwrap_or_default(),
            prior_identity: prior.map(|object| identity_data(&object.identity)).transpose()?.flatten(),
            ..Default::default()
        };
        let answer = self.provider.plan_resource_change(request).await?.into_inner();
        Ok(Planned {
            config,
            state: body_value(&block, answer.planned_state)?,
            requires_replace: answer.requires_replace.iter().map(path).collect(),
            private: answer.planned_private,
            problems: problems(answer.diagnostics),
            identity: identity(answer.planned_identity)?,
        })
    }

    /// Applies a plan. `prior` as for the plan.
    ///
    /// # Errors
    /// Those of the connection; the provider's are in the answer.
    pub async fn apply(&mut self, type_name: &str, prior: Option<&Object>, planned: Planned) -> Result<Applied, Error> {
        let state = prior.map_or(Value::Null, |object| object.state.clone());
        let request = pb::apply_resource_change::Request {
            type_name: type_name.to_owned(),
            prior_state: Some(dynamic(&state)?),
            planned_state: Some(dynamic(&planned.state)?),
            config: Some(dynamic(&planned.config)?),
            planned_private: planned.private,
            planned_identity: identity_data(&planned.identity)?,
            ..Default::default()
        };
        let answer = self.provider.apply_resource_change(request).await?.into_inner();
        let object = Object {
            state: body_value(&self.block(type_name).await?, answer.new_state)?,
            private: answer.private,
            identity: identity(answer.new_identity)?,
        };
        Ok(Applied { object, problems: problems(answer.diagnostics) })
    }

    /// Validates, plans and applies a create.
    ///
    /// # Errors
    /// The first error before the apply; those of the apply are in the answer.
    pub async fn create(&mut self, type_name: &str, config: Value) -> Result<Applied, Error> {
        no_errors(&self.validate(type_name, config.clone()).await?)?;
        let planned = self.plan(type_name, None, config).await?;
        no_errors(&planned.problems)?;
        self.apply(type_name, None, planned).await
    }

    /// Validates, plans and applies an update in place.
    ///
    /// # Errors
    /// The first error before the apply, or a replacement; those of the apply are in the answer.
    pub async fn update(&mut self, type_name: &str, object: &Object, config: Value) -> Result<Applied, Error> {
        no_errors(&self.validate(type_name, config.clone()).await?)?;
        let planned = self.plan(type_name, Some(object), config).await?;
        no_errors(&planned.problems)?;
        if !planned.requires_replace.is_empty() {
            return Err(format!("would be replaced because of {:?}", planned.requires_replace).into());
        }
        self.apply(type_name, Some(object), planned).await
    }

    /// Plans and applies a destroy.
    ///
    /// # Errors
    /// The first error of the plan; those of the apply are in the answer.
    pub async fn destroy(&mut self, type_name: &str, object: &Object) -> Result<Applied, Error> {
        let planned = self.plan(type_name, Some(object), Value::Null).await?;
        no_errors(&planned.problems)?;
        self.apply(type_name, Some(object), planned).await
    }

    /// Brings a stored object to the current schema.
    ///
    /// # Errors
    /// Those of the connection; the provider's are in the answer.
    pub async fn upgrade(
        &mut self,
        type_name: &str,
        version: i64,
        stored: &Value,
    ) -> Result<(Value, Vec<Problem>), Error> {
        let raw_state = pb::RawState { json: serde_json::to_vec_pretty(stored)?, ..Default::default() };
        let request = pb::upgrade_resource_state::Request {
            type_name: type_name.to_owned(),
            version,
            raw_state: Some(raw_state),
        };
        let answer = self.provider.upgrade_resource_state(request).await?.into_inner();
        let state = body_value(&self.block(type_name).await?, answer.upgraded_state)?;
        Ok((state, problems(answer.diagnostics)))
    }

    /// Reads an object again.
    ///
    /// # Errors
    /// Those of the connection; the provider's are in the answer.
    pub async fn read(&mut self, type_name: &str, object: &Object) -> Result<Read, Error> {
        let request = pb::read_resource::Request {
            type_name: type_name.to_owned(),
            current_state: Some(dynamic(&object.state)?),
            private: object.private.clone(),
            current_identity: identity_data(&object.identity)?,
            ..Default::default()
        };
        let answer = self.provider.read_resource(request).await?.into_inner();
        let object = Object {
            state: body_value(&self.block(type_name).await?, answer.new_state)?,
            private: answer.private,
            identity: identity(answer.new_identity)?,
        };
        Ok(Applied { object, problems: problems(answer.diagnostics) })
    }

    /// Imports by id, or by identity when the id is empty.
    ///
    /// # Errors
    /// Those of the connection, and more than one object; the provider's are in the answer.
    pub async fn import(&mut self, type_name: &str, id: &str, by: Value) -> Result<Imported, Error> {
        let request = pb::import_resource_state::Request {
            type_name: type_name.to_owned(),
            id: id.to_owned(),
            client_capabilities: None,
            identity: identity_data(&by)?,
        };
        let answer = self.provider.import_resource_state(request).await?.into_inner();
        if answer.imported_resources.len() > 1 {
            return Err("imported more than one object".into());
        }
        let imported = answer.imported_resources.into_iter().next().unwrap_or_default();
        let object = Object {
            state: body_value(&self.block(type_name).await?, imported.state)?,
            private: imported.private,
            identity: identity(imported.identity)?,
        };
        Ok(Applied { object, problems: problems(answer.diagnostics) })
    }

    /// Checks and reads a data source.
    ///
    /// # Errors
    /// Those of the connection; the provider's are in the answer.
    pub async fn read_data(&mut self, type_name: &str, config: Value) -> Result<(Value, Vec<Problem>), Error> {
        let block = body(self.schema().await?.data_source_schemas.get(type_name))?;
        let config = Some(dynamic(&complete(&block, config)?)?);
        let validate =
            pb::validate_data_source_config::Request { type_name: type_name.to_owned(), config: config.clone() };
        let mut all = problems(self.provider.validate_data_source_config(validate).await?.into_inner().diagnostics);
        if all.iter().any(|problem| problem.is_error) {
            return Ok((Value::Null, all));
        }
        let request = pb::read_data_source::Request { type_name: type_name.to_owned(), config, ..Default::default() };
        let answer = self.provider.read_data_source(request).await?.into_inner();
        all.extend(problems(answer.diagnostics));
        Ok((body_value(&block, answer.state)?, all))
    }

    /// Calls a function.
    ///
    /// # Errors
    /// Those of the connection, and the function's text with the position of the argument.
    pub async fn call(&mut self, name: &str, arguments: &[Value]) -> Result<Value, Error> {
        let arguments = arguments.iter().map(dynamic).collect::<Result<_, Error>>()?;
        let request = pb::call_function::Request { name: name.to_owned(), arguments };
        let answer = self.provider.call_function(request).await?.into_inner();
        match answer.error {
            Some(error) => Err(format!("argument {:?}: {}", error.function_argument, error.text).into()),
            None => {
                let signature = self.schema().await?.functions.get(name);
                let r#type = signature.and_then(|function| function.r#return.as_ref()).map(|result| &result.r#type);
                with_numbers_of(&serde_json::from_slice(r#type.ok_or("no such function")?)?, json(answer.result)?)
            }
        }
    }

    /// Asks the calls in flight to end early.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn stop(&mut self) -> Result<(), Error> {
        self.provider.stop(pb::stop::Request {}).await?;
        Ok(())
    }

    /// Asks the process to end; see [`crate::Process::close`] for all of it.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn shutdown(&mut self) -> Result<(), Error> {
        GrpcControllerClient::new(self.channel.clone()).shutdown(Empty {}).await?;
        Ok(())
    }

    async fn block(&mut self, type_name: &str) -> Result<pb::schema::Block, Error> {
        body(self.schema().await?.resource_schemas.get(type_name))
            .map_err(|error| format!("{type_name}: {error}").into())
    }
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

async fn dial(
    network: String,
    address: String,
    tls: Option<Arc<ClientConfig>>,
) -> Result<TokioIo<Box<dyn Duplex>>, Error> {
    let plain: Box<dyn Duplex> = match network.as_str() {
        #[cfg(unix)]
        "unix" => Box::new(tokio::net::UnixStream::connect(address).await?),
        _ => Box::new(tokio::net::TcpStream::connect(address).await?),
    };
    let Some(tls) = tls else { return Ok(TokioIo::new(plain)) };
    let stream = tokio_rustls::TlsConnector::from(tls).connect(ServerName::try_from("localhost")?, plain).await?;
    if stream.get_ref().1.alpn_protocol() != Some(b"h2") {
        return Err("the server did not agree on h2, which newer clients insist on".into());
    }
    Ok(TokioIo::new(Box::new(stream)))
}
