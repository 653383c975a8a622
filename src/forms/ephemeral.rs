//! What a service hands out for a while, as an ephemeral resource (Terraform 1.10): opened in each walk, renewed while the
//! core holds it, and forgotten.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tf::provider::{EphemeralResource, Opened, Renewed};
use tf::{Attribute, Block, Diagnostic, Diagnostics, Schema, Value};

use crate::operations::common;
use crate::operations::temporary::Temporary;
use crate::runtime::Handle;

/// A [`Temporary`] as Terraform sees it.
struct Ephemeral {
    temporary: Box<dyn Temporary>,
    schema: Schema,
    handle: Arc<Handle>,
}

/// A temporary thing as an ephemeral resource.
pub(crate) fn of(temporary: Box<dyn Temporary>, handle: &Arc<Handle>) -> Arc<dyn EphemeralResource> {
    let mut attributes = vec![
        Attribute::optional("region", "Region to look in, if it is not the provider's.").or_computed(),
        Attribute::optional("project_id", "Project to look in, if it is not the provider's.").or_computed(),
    ];
    attributes.extend(temporary.attributes());
    let block = Block { description: temporary.description(), attributes, blocks: Vec::new() };
    Arc::new(Ephemeral { temporary, schema: Schema { version: 0, block }, handle: Arc::clone(handle) })
}

/// What renew and close get back: what was asked for, and nothing of what was handed out.
#[derive(Serialize, Deserialize)]
struct Asked {
    /// The arguments by name, region and project among them.
    arguments: serde_json::Map<String, serde_json::Value>,
    /// When what was handed out at first ends, in seconds since 1970.
    ends: u64,
}

#[async_trait]
impl EphemeralResource for Ephemeral {
    fn type_name(&self) -> &'static str {
        self.temporary.type_name()
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn validate(&self, _config: &Value) -> Diagnostics {
        // No argument depends on another one.
        Diagnostics::new()
    }

    async fn open(&self, config: &Value) -> Result<Opened, Diagnostics> {
        let mut body = config.clone();
        for attribute in &self.schema.block.attributes {
            if let (Some(default), true) = (&attribute.default, config.get(attribute.name).is_null()) {
                body.set(attribute.name, default.clone());
            }
        }
        let lasts = self.obtain(&mut body).await?;
        let ends = SystemTime::now() + lasts;
        let asked = Asked { arguments: self.arguments(&body), ends: seconds(ends) };
        Ok(Opened {
            result: body,
            renew_at: Some(SystemTime::now() + renewed_after(lasts)),
            private: serde_json::to_vec(&asked).unwrap_or_default(),
            diagnostics: Diagnostics::new(),
        })
    }

    /// What was handed out cannot be replaced in the hands of the core. A renewal finds out whether it could still be had,
    /// and says when what was handed out ends.
    async fn renew(&self, private: &[u8]) -> Result<Renewed, Diagnostics> {
        let asked: Asked = serde_json::from_slice(private).map_err(|_| unknown(self.type_name()))?;
        let mut body = self.body(&asked);
        let lasts = self.obtain(&mut body).await?;
        Ok(Renewed {
            renew_at: Some(SystemTime::now() + renewed_after(lasts)),
            private: private.to_vec(),
            diagnostics: self.ending(&body, asked.ends).into(),
        })
    }

    async fn close(&self, _private: &[u8]) -> Diagnostics {
        // The service has no call that takes back what it handed out: it ends by itself.
        Diagnostics::new()
    }
}

impl Ephemeral {
    /// Asks for it, with its place, and fills it in.
    async fn obtain(&self, body: &mut Value) -> Result<Duration, Diagnostics> {
        let runtime = self.handle.runtime()?;
        let asked = async {
            let scope = runtime.scope(body.get("region").as_str(), body.get("project_id").as_str()).await?;
            let obtained = self.temporary.obtain(&scope, body).await?;
            Ok((scope, obtained))
        };
        let asked = asked.await.map_err(|failed: Diagnostic| runtime.told_once(failed.into(), body));
        let (scope, (facts, lasts)) = asked?;
        for (name, place) in [("region", &scope.region), ("project_id", &scope.project_id)] {
            if body.get(name).is_null() {
                body.set(name, Value::from(place.as_str()));
            }
        }
        common::put(body, &facts);
        Ok(lasts)
    }

    /// The arguments of a body: whatever is not sensitive. They are texts and whole numbers.
    fn arguments(&self, body: &Value) -> serde_json::Map<String, serde_json::Value> {
        let kept = self.schema.block.attributes.iter().filter(|attribute| !attribute.sensitive);
        let json = |value: &Value| match value {
            Value::String(text) => Some(text.as_str().into()),
            Value::Number(number) => number.as_i64().map(Into::into),
            _ => None,
        };
        kept.filter_map(|attribute| Some((attribute.name.to_owned(), json(body.get(attribute.name))?))).collect()
    }

    fn body(&self, asked: &Asked) -> Value {
        let value = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => Value::from(text.as_str()),
            serde_json::Value::Number(number) => number.as_i64().map_or(Value::Null, Value::from),
            _ => Value::Null,
        };
        Value::object(asked.arguments.iter().map(|(name, argument)| (name.clone(), value(argument))))
    }

    fn ending(&self, body: &Value, ends: u64) -> Diagnostic {
        let left = Duration::from_secs(ends.saturating_sub(seconds(SystemTime::now())));
        let what = self.temporary.named(body);
        let when = match left.is_zero() {
            true => "have ended".to_owned(),
            false => format!("end in {}", tf::duration::display(left)),
        };
        Diagnostic::warning(
            format!(
                "What Terraform handed on of {what} will {}",
                if left.is_zero() { "not work any more" } else { "end" }
            ),
            format!(
                "They {when}. New ones can still be had, but Terraform cannot put them in place of those that a step already uses: \
                 set `expiration` longer than that step takes."
            ),
        )
    }
}

/// A while before the end, so that a renewal that has to be tried again is still in time.
fn renewed_after(lasts: Duration) -> Duration {
    lasts - (lasts / 10).max(Duration::from_secs(30)).min(lasts)
}

fn seconds(moment: SystemTime) -> u64 {
    moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn unknown(type_name: &str) -> Diagnostics {
    Diagnostic::error(
        format!("{type_name} cannot be renewed"),
        "What an earlier call left for this one cannot be read. This is a bug in the provider; run the command again.",
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_one_that_terraform_loads() {
        for ephemeral in crate::forms::ephemeral_resources(&Arc::new(Handle::default())) {
            let found = ephemeral.schema().validate_self();
            found.unwrap_or_else(|problems| panic!("{}: {problems}", ephemeral.type_name()));
        }
    }

    #[test]
    fn a_renewal_comes_before_the_end() {
        for (lasts, after) in [(300, 270), (3600, 3240), (86_400, 77_760), (20, 0)] {
            assert_eq!(renewed_after(Duration::from_secs(lasts)), Duration::from_secs(after), "{lasts}");
        }
    }

    #[tokio::test]
    async fn rubbish_is_not_renewed_and_can_be_closed() {
        for ephemeral in crate::forms::ephemeral_resources(&Arc::new(Handle::default())) {
            assert!(ephemeral.renew(b"{}").await.unwrap_err().0[0].summary.contains("cannot be renewed"));
            assert!(ephemeral.close(b"").await.is_empty());
        }
    }
}
