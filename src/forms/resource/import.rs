//! An import: the id that the user typed, and the body that the records tell.

use cloud::Scope;
use tf::provider::{ImportRequest, Imported};
use tf::{Diagnostic, Diagnostics, Value};

use super::Managed;
use super::object::{set_pending, take_record};
use super::private::{Intent, Private};
use crate::operations::{Found, common};

impl Managed {
    pub(super) async fn import_object(&self, request: ImportRequest) -> Result<Imported, Diagnostics> {
        let parts = self.operation.id();
        let Some((parent, operation)) = two_parts(&request.id) else {
            return Err(malformed_id(&request.id, &parts.form()).into());
        };
        let runtime = self.handle.runtime()?;
        // An identity may name the region and the project; an id means the provider's.
        let place = request.identity.as_ref().unwrap_or(&Value::Null);
        let look = async {
            let scope = self.scope(&runtime, place).await?;
            let found = self.operation.find(&runtime.engine.lists, &scope, parent, operation).await?;
            Ok((scope, found))
        };
        let (scope, found) = look.await.map_err(|failed| runtime.told_once(failed, place))?;
        let (state, private) = self.imported(&scope, (parent, operation), found);
        runtime.note_import(self.operation.name(), &format!("{parent}/{operation}"));
        Ok(Imported { state, private: private.to_bytes(), identity: None })
    }

    /// The object of work that was found on record, as an import leaves it.
    pub(in crate::forms) fn imported(
        &self,
        scope: &Scope,
        (parent, operation): (&str, &str),
        found: Found,
    ) -> (Value, Private) {
        let parts = self.operation.id();
        let mut body = Value::object([(parts.parent, Value::from(parent)), (parts.operation, Value::from(operation))]);
        common::put(&mut body, &found.body);
        take_record(&mut body, &found.record);
        if !found.record.progress.is_over() {
            set_pending(&mut body, Some(&engine::pending::Pending::Started(operation.to_owned())));
        }
        body.set("id", Value::from(format!("{parent}/{operation}")));
        body.set("region", Value::from(scope.region.as_str()));
        body.set("project_id", Value::from(scope.project_id.as_str()));
        body.set("wait", Value::from(true));
        let mut private = Private::new(Intent::Stored);
        private.unlearned = found.unlearned.iter().chain(&["triggers"]).map(|&name| name.to_owned()).collect();
        (body, private)
    }
}

/// The error of a user who gave an id of the wrong form to import.
pub(super) fn malformed_id(id: &str, expected: &str) -> Diagnostic {
    Diagnostic::error(
        "The import id has the wrong form",
        format!("Got {id:?}. Expected {expected}, both without spaces and not empty."),
    )
}

/// Splits `<a>/<b>`.
pub(super) fn two_parts(id: &str) -> Option<(&str, &str)> {
    let (first, second) = id.split_once('/')?;
    let fits = |part: &str| !part.is_empty() && !part.contains(|letter: char| letter == '/' || letter.is_whitespace());
    (fits(first) && fits(second)).then_some((first, second))
}
