//! A look-up as a data source: region, project and the end of a run are this form's; what is read is the look-up's.

use std::sync::Arc;

use async_trait::async_trait;
use tf::provider::{DataSource, StopToken};
use tf::{Diagnostic, Diagnostics, Schema, Value};

use crate::operations::common;
use crate::operations::lookup::{Lookup, schema};
use crate::runtime::Handle;

/// A [`Lookup`] as Terraform sees it.
struct Source {
    lookup: Box<dyn Lookup>,
    schema: Schema,
    handle: Arc<Handle>,
}

/// A look-up as a data source.
pub(crate) fn of(lookup: Box<dyn Lookup>, handle: &Arc<Handle>) -> Arc<dyn DataSource> {
    let schema = schema(lookup.as_ref());
    Arc::new(Source { lookup, schema, handle: Arc::clone(handle) })
}

#[async_trait]
impl DataSource for Source {
    fn type_name(&self) -> &'static str {
        self.lookup.type_name()
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn validate(&self, _config: &Value) -> Diagnostics {
        // No argument of a look-up depends on another one.
        Diagnostics::new()
    }

    async fn read(&self, config: &Value, stop: StopToken) -> Result<(Value, Diagnostics), Diagnostics> {
        let found = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(stopped(self.type_name()).into()),
            found = self.found(config) => found.map_err(|failed| self.told(failed, config))?,
        };
        let nameless = self.nameless(&found);
        Ok((found, nameless.map(Diagnostics::from).unwrap_or_default()))
    }
}

impl Source {
    /// The warning about records without an ID: they stand in the list of objects, and `ids` cannot have them.
    fn nameless(&self, found: &Value) -> Option<Diagnostic> {
        let Value::List(ids) = found.get("ids") else { return None };
        let lists = self.schema.block.attributes.iter().filter(|attribute| attribute.name != "ids");
        lists.into_iter().find_map(|attribute| {
            let Value::List(records) = found.get(attribute.name) else { return None };
            let missing = records.len().checked_sub(ids.len()).filter(|missing| *missing > 0)?;
            Some(Diagnostic::warning(
                format!("{missing} of {} records of {} have no ID", records.len(), self.type_name()),
                format!(
                    "The service lists them without a usable ID. They stand in `{list}` with what else is known of them, and `ids` does not have \
                     them: the two do not go together element by element here.",
                    list = attribute.name
                ),
            ))
        })
    }

    fn told(&self, failed: Diagnostic, config: &Value) -> Diagnostics {
        match self.handle.runtime() {
            Ok(runtime) => runtime.told_once(failed.into(), config),
            Err(_) => failed.into(),
        }
    }

    async fn found(&self, config: &Value) -> Result<Value, Diagnostic> {
        let runtime = self.handle.runtime()?;
        let scope = runtime.scope(config.get("region").as_str(), config.get("project_id").as_str()).await?;
        let facts = self.lookup.look_up(&runtime, &scope, config).await?;
        let mut found = config.clone();
        for (name, value) in [("region", &scope.region), ("project_id", &scope.project_id)] {
            if config.get(name).is_null() {
                found.set(name, Value::from(value.as_str()));
            }
        }
        common::put(&mut found, &facts);
        Ok(found)
    }
}

fn stopped(type_name: &str) -> Diagnostic {
    Diagnostic::error(format!("{type_name} was not read"), "Terraform asked to stop.")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tf::provider::DataSource;

    use crate::runtime::Handle;

    fn sources() -> Vec<Arc<dyn DataSource>> {
        crate::forms::data_sources(&Arc::new(Handle::default()))
    }

    #[test]
    fn every_schema_is_one_that_terraform_loads() {
        for source in sources() {
            source.schema().validate_self().unwrap_or_else(|problems| panic!("{}: {problems}", source.type_name()));
        }
    }

    #[test]
    fn the_names_are_those_of_the_contract() {
        let names: Vec<&str> = sources().iter().map(|source| source.type_name()).collect();
        assert_eq!(
            names,
            [
                "recovery_cbr_backup",
                "recovery_cbr_backups",
                "recovery_cbr_operations",
                "recovery_dcs_backups",
                "recovery_dcs_restores",
                "recovery_ddm_data_nodes",
                "recovery_ddm_restore_times",
                "recovery_ddm_target_data_nodes",
                "recovery_ddm_target_instances",
                "recovery_dds_backups",
                "recovery_dds_restore_times",
                "recovery_rds_backups",
                "recovery_rds_restore_times",
            ]
        );
    }

    #[test]
    fn records_without_an_id_do_not_vanish_unsaid() {
        let lookup: Box<dyn super::Lookup> = Box::new(crate::operations::dcs::backups::DcsBackups);
        let source =
            super::Source { schema: super::schema(lookup.as_ref()), lookup, handle: Arc::new(Handle::default()) };
        let found = |ids: &[&str], records: usize| {
            let ids = tf::Value::List(ids.iter().map(|id| tf::Value::from(*id)).collect());
            source.nameless(&tf::Value::object([
                ("ids", ids),
                ("backups", tf::Value::List(vec![tf::Value::Null; records])),
            ]))
        };
        assert_eq!(found(&["a", "b"], 2), None);
        let warning = found(&["a"], 3).unwrap();
        assert!(warning.summary.contains("2 of 3 records of recovery_dcs_backups"), "{warning:?}");
        assert!(warning.detail.contains("`backups`"), "{warning:?}");
    }

    #[tokio::test]
    async fn a_stopped_run_reads_nothing() {
        let stop = tf::provider::StopToken::new();
        stop.cancel();
        for source in sources() {
            let error = source.read(&tf::Value::object::<&str>([]), stop.clone()).await.unwrap_err();
            assert!(error.0[0].detail.contains("stop"), "{error:?}");
        }
    }
}
