use super::*;

fn actions() -> Vec<Arc<dyn Action>> {
    crate::forms::actions(&Arc::new(Handle::default()))
}

#[test]
fn every_schema_is_one_that_terraform_loads() {
    for action in actions() {
        action.schema().validate_self().unwrap_or_else(|problems| panic!("{}: {problems}", action.type_name()));
    }
}

#[test]
fn the_arguments_mean_what_they_mean_in_a_resource() {
    for operation in crate::operations::all() {
        let managed = Managed::new(operation, &Arc::new(Handle::default()));
        let name = managed.operation.name();
        let schema = schema::of(managed.operation.as_ref(), &managed.schema);
        let invoked = Invoked { managed, schema };
        let config =
            Value::object(invoked.schema.block.attributes.iter().map(|attribute| (attribute.name, Value::Null)));
        let plan = invoked.proposed(&config);
        let resource = &invoked.managed.schema.block;
        // Defaults are filled in, what the provider decides is open, and nothing else is there.
        for attribute in &resource.attributes {
            let expected = match (&attribute.default, attribute.mode) {
                (Some(default), _) => default.clone(),
                (None, tf::Mode::Computed | tf::Mode::OptionalComputed) => Value::Unknown,
                _ => Value::Null,
            };
            assert_eq!(plan.planned.get(attribute.name), &expected, "{name}.{}", attribute.name);
        }
        assert_eq!(plan.change, tf::plan::Change::Create);
    }
}

#[tokio::test]
async fn without_a_configuration_nothing_is_planned_and_nothing_is_started() {
    struct Deaf;

    #[async_trait]
    impl tf::events::EventSink<String> for Deaf {
        async fn send(&self, line: String) -> Result<(), tf::events::NobodyListens> {
            panic!("{line}")
        }

        fn tell(&self, line: String) {
            panic!("{line}")
        }
    }

    for action in actions() {
        let config = Value::object::<&str>([]);
        assert!(action.plan(&config).await.is_empty());
        let request = InvokeRequest { config, progress: Arc::new(Deaf), stop: Default::default() };
        assert!(action.invoke(request).await.has_error());
    }
}
