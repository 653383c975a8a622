//! The service itself: each RPC and the handler that answers it.

use futures::stream::BoxStream;
use tonic::{Request, Response, Status};

use super::call::Nature;
use super::{Server, action, apply, configure, data_source, ephemeral, function, list, plan, state};
use crate::pb;
use crate::pb::provider_server::Provider;

type Answer<T> = Result<Response<T>, Status>;

/// An RPC over the catalogue alone.
macro_rules! pure {
    ($server:ident, $name:literal, $subject:expr, $handler:expr) => {{
        let catalog = $server.catalog.clone();
        let subject = $subject;
        $server.call($name, &subject, Nature::Reads, async move { $handler(&*catalog) }).await
    }};
}

#[tonic::async_trait]
impl Provider for Server {
    // ---- what the provider is ----------------------------------------------------------------------------------------

    async fn get_metadata(&self, _request: Request<pb::get_metadata::Request>) -> Answer<pb::get_metadata::Response> {
        pure!(self, "GetMetadata", "", |catalog: &super::Catalog| Ok(catalog.metadata()))
    }

    async fn get_schema(
        &self,
        _request: Request<pb::get_provider_schema::Request>,
    ) -> Answer<pb::get_provider_schema::Response> {
        let server = self.clone();
        let schema = async move { Ok(server.schema.get_or_init(|| server.catalog.schema()).clone()) };
        self.call("GetProviderSchema", "", Nature::Reads, schema).await
    }

    async fn get_resource_identity_schemas(
        &self,
        _request: Request<pb::get_resource_identity_schemas::Request>,
    ) -> Answer<pb::get_resource_identity_schemas::Response> {
        pure!(self, "GetResourceIdentitySchemas", "", |catalog: &super::Catalog| {
            let identity_schemas = catalog.identity_schemas();
            Ok(pb::get_resource_identity_schemas::Response { identity_schemas, diagnostics: Vec::new() })
        })
    }

    async fn get_functions(
        &self,
        _request: Request<pb::get_functions::Request>,
    ) -> Answer<pb::get_functions::Response> {
        pure!(self, "GetFunctions", "", |catalog: &super::Catalog| {
            let functions = catalog.function_signatures();
            Ok(pb::get_functions::Response { functions, diagnostics: Vec::new() })
        })
    }

    // ---- configuration -----------------------------------------------------------------------------------------------

    async fn prepare_provider_config(
        &self,
        request: Request<pb::prepare_provider_config::Request>,
    ) -> Answer<pb::prepare_provider_config::Response> {
        let request = request.into_inner();
        pure!(self, "PrepareProviderConfig", "", |catalog| configure::prepare(catalog, request))
    }

    async fn configure(&self, request: Request<pb::configure::Request>) -> Answer<pb::configure::Response> {
        let (catalog, request) = (self.catalog.clone(), request.into_inner());
        self.spacing.set_core(&request.terraform_version);
        catalog.set_core(&request.terraform_version);
        self.call("Configure", "", Nature::Reads, async move { configure::configure(&catalog, request).await }).await
    }

    async fn validate_resource_type_config(
        &self,
        request: Request<pb::validate_resource_type_config::Request>,
    ) -> Answer<pb::validate_resource_type_config::Response> {
        let request = request.into_inner();
        pure!(self, "ValidateResourceTypeConfig", request.type_name.clone(), |catalog| {
            configure::validate_resource(catalog, request)
        })
    }

    async fn validate_data_source_config(
        &self,
        request: Request<pb::validate_data_source_config::Request>,
    ) -> Answer<pb::validate_data_source_config::Response> {
        let request = request.into_inner();
        pure!(self, "ValidateDataSourceConfig", request.type_name.clone(), |catalog| {
            configure::validate_data_source(catalog, request)
        })
    }

    // ---- managed resources -------------------------------------------------------------------------------------------

    async fn upgrade_resource_state(
        &self,
        request: Request<pb::upgrade_resource_state::Request>,
    ) -> Answer<pb::upgrade_resource_state::Response> {
        let request = request.into_inner();
        pure!(self, "UpgradeResourceState", request.type_name.clone(), |catalog| state::upgrade(catalog, request))
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<pb::upgrade_resource_identity::Request>,
    ) -> Answer<pb::upgrade_resource_identity::Response> {
        let request = request.into_inner();
        pure!(self, "UpgradeResourceIdentity", request.type_name.clone(), |catalog| {
            state::upgrade_identity(catalog, request)
        })
    }

    async fn read_resource(&self, request: Request<pb::read_resource::Request>) -> Answer<pb::read_resource::Response> {
        let (catalog, stop, request) = (self.catalog.clone(), self.stops.token(), request.into_inner());
        let type_name = request.type_name.clone();
        self.call("ReadResource", &type_name, Nature::Reads, async move { state::read(&catalog, request, stop).await })
            .await
    }

    async fn plan_resource_change(
        &self,
        request: Request<pb::plan_resource_change::Request>,
    ) -> Answer<pb::plan_resource_change::Response> {
        let (catalog, stop, request) = (self.catalog.clone(), self.stops.token(), request.into_inner());
        let type_name = request.type_name.clone();
        self.call(
            "PlanResourceChange",
            &type_name,
            Nature::Reads,
            async move { plan::plan(&catalog, request, stop).await },
        )
        .await
    }

    async fn apply_resource_change(
        &self,
        request: Request<pb::apply_resource_change::Request>,
    ) -> Answer<pb::apply_resource_change::Response> {
        let (catalog, stop, request) = (self.catalog.clone(), self.stops.token(), request.into_inner());
        let (spacing, type_name) = (self.spacing.clone(), request.type_name.clone());
        self.call("ApplyResourceChange", &type_name, Nature::Work, async move {
            let answer = apply::apply(&catalog, request, stop).await?;
            if apply::is_bad_end(&answer) {
                spacing.take_turn().await;
            }
            Ok(answer)
        })
        .await
    }

    async fn import_resource_state(
        &self,
        request: Request<pb::import_resource_state::Request>,
    ) -> Answer<pb::import_resource_state::Response> {
        let (catalog, stop, request) = (self.catalog.clone(), self.stops.token(), request.into_inner());
        let type_name = request.type_name.clone();
        self.call("ImportResourceState", &type_name, Nature::Reads, async move {
            state::import(&catalog, request, stop).await
        })
        .await
    }

    async fn move_resource_state(
        &self,
        request: Request<pb::move_resource_state::Request>,
    ) -> Answer<pb::move_resource_state::Response> {
        let request = request.into_inner();
        let type_name = request.target_type_name.clone();
        self.call("MoveResourceState", &type_name, Nature::Reads, async move { state::move_state(&request) }).await
    }

    async fn generate_resource_config(
        &self,
        request: Request<pb::generate_resource_config::Request>,
    ) -> Answer<pb::generate_resource_config::Response> {
        let request = request.into_inner();
        pure!(self, "GenerateResourceConfig", request.type_name.clone(), |catalog| {
            state::generate_config(catalog, request)
        })
    }

    // ---- data sources and functions ----------------------------------------------------------------------------------

    async fn read_data_source(
        &self,
        request: Request<pb::read_data_source::Request>,
    ) -> Answer<pb::read_data_source::Response> {
        let (catalog, stop, request) = (self.catalog.clone(), self.stops.token(), request.into_inner());
        let type_name = request.type_name.clone();
        self.call("ReadDataSource", &type_name, Nature::Reads, async move {
            data_source::read(&catalog, request, stop).await
        })
        .await
    }

    async fn call_function(&self, request: Request<pb::call_function::Request>) -> Answer<pb::call_function::Response> {
        let request = request.into_inner();
        pure!(self, "CallFunction", request.name.clone(), |catalog| function::call(catalog, request))
    }

    // ---- ephemeral resources -----------------------------------------------------------------------------------------

    async fn validate_ephemeral_resource_config(
        &self,
        request: Request<pb::validate_ephemeral_resource_config::Request>,
    ) -> Answer<pb::validate_ephemeral_resource_config::Response> {
        let request = request.into_inner();
        pure!(self, "ValidateEphemeralResourceConfig", request.type_name.clone(), |catalog| {
            ephemeral::validate(catalog, request)
        })
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<pb::open_ephemeral_resource::Request>,
    ) -> Answer<pb::open_ephemeral_resource::Response> {
        let (catalog, request) = (self.catalog.clone(), request.into_inner());
        let name = request.type_name.clone();
        let open = async move { ephemeral::open(&catalog, request).await };
        self.call("OpenEphemeralResource", &name, Nature::Reads, open).await
    }

    async fn renew_ephemeral_resource(
        &self,
        request: Request<pb::renew_ephemeral_resource::Request>,
    ) -> Answer<pb::renew_ephemeral_resource::Response> {
        let (catalog, request) = (self.catalog.clone(), request.into_inner());
        let name = request.type_name.clone();
        let renew = async move { ephemeral::renew(&catalog, request).await };
        self.call("RenewEphemeralResource", &name, Nature::Reads, renew).await
    }

    /// Comes after a stop as well, and is worked to its end.
    async fn close_ephemeral_resource(
        &self,
        request: Request<pb::close_ephemeral_resource::Request>,
    ) -> Answer<pb::close_ephemeral_resource::Response> {
        let (catalog, request) = (self.catalog.clone(), request.into_inner());
        let name = request.type_name.clone();
        let close = async move { ephemeral::close(&catalog, request).await };
        self.call("CloseEphemeralResource", &name, Nature::Work, close).await
    }

    // ---- lists and actions ------------------------------------------------------------------------------------------

    type ListResourceStream = BoxStream<'static, Result<pb::list_resource::Event, Status>>;

    async fn list_resource(&self, request: Request<pb::list_resource::Request>) -> Answer<Self::ListResourceStream> {
        let (catalog, request) = (self.catalog.clone(), request.into_inner());
        let name = request.type_name.clone();
        let list = |events| async move { list::list(&catalog, request, events).await };
        Ok(self.stream("ListResource", &name, Nature::Reads, list))
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<pb::validate_list_resource_config::Request>,
    ) -> Answer<pb::validate_list_resource_config::Response> {
        let request = request.into_inner();
        pure!(self, "ValidateListResourceConfig", request.type_name.clone(), |catalog| list::validate(catalog, request))
    }

    async fn validate_action_config(
        &self,
        request: Request<pb::validate_action_config::Request>,
    ) -> Answer<pb::validate_action_config::Response> {
        let request = request.into_inner();
        pure!(self, "ValidateActionConfig", request.type_name.clone(), |catalog| action::validate(catalog, request))
    }

    async fn plan_action(&self, request: Request<pb::plan_action::Request>) -> Answer<pb::plan_action::Response> {
        let (catalog, request) = (self.catalog.clone(), request.into_inner());
        let name = request.action_type.clone();
        self.call("PlanAction", &name, Nature::Reads, async move { action::plan(&catalog, request).await }).await
    }

    type InvokeActionStream = BoxStream<'static, Result<pb::invoke_action::Event, Status>>;

    async fn invoke_action(&self, request: Request<pb::invoke_action::Request>) -> Answer<Self::InvokeActionStream> {
        let (catalog, stop, request) = (self.catalog.clone(), self.stops.token(), request.into_inner());
        let name = request.action_type.clone();
        let invoke = |events| async move { action::invoke(&catalog, request, events, stop).await };
        Ok(self.stream("InvokeAction", &name, Nature::Work, invoke))
    }

    // ---- interrupt ---------------------------------------------------------------------------------------------------

    async fn stop(&self, _request: Request<pb::stop::Request>) -> Answer<pb::stop::Response> {
        tracing::info!(tf_rpc = "Stop", "Asked to stop what is in flight");
        self.stop_calls();
        Ok(Response::new(pb::stop::Response::default()))
    }
}
