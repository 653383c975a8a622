//! What is valid for a while: an ephemeral resource.

use std::time::{Duration, SystemTime};

use tf::provider::{EphemeralResource, Opened, Renewed};
use tf::{Attribute, Diagnostic, Diagnostics, Schema, Value};

use crate::schema;

/// A word that lets in, for a second.
pub(crate) struct Pass {
    schema: Schema,
}

impl Pass {
    pub(crate) fn new() -> Pass {
        let attributes = vec![
            Attribute::required("name", "Who is let in; `nobody` is refused."),
            Attribute::optional("behaviour", "What goes wrong.").one_of(&["panic", "fail", "nothing", "wait"]),
            Attribute::computed("word", "The word.").sensitive(),
        ];
        Pass { schema: schema(attributes, Vec::new()) }
    }
}

#[tonic::async_trait]
impl EphemeralResource for Pass {
    fn type_name(&self) -> &'static str {
        "toy_pass"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        match config.get("name").as_str() {
            Some("nobody") => Diagnostic::error("Nobody is let in", "Name somebody.").at("name").into(),
            _ => Diagnostics::new(),
        }
    }

    #[allow(clippy::panic, reason = "the tests want to see what a panic does")]
    async fn open(&self, config: &Value) -> Result<Opened, Diagnostics> {
        let behaviour = config.get("behaviour").as_str().unwrap_or_default();
        match behaviour {
            "panic" => panic!("in open"),
            "fail" => return Err(Diagnostic::error("Not opened", "It did not work.").into()),
            "wait" => std::future::pending::<()>().await,
            _ => {}
        }
        let mut result = config.clone();
        result.set("word", Value::from("sesame"));
        Ok(Opened {
            result: if behaviour == "nothing" { Value::Null } else { result },
            renew_at: Some(SystemTime::now() + Duration::from_secs(1)),
            private: b"0".to_vec(),
            diagnostics: Diagnostics::new(),
        })
    }

    #[allow(clippy::panic, reason = "the tests want to see what a panic does")]
    async fn renew(&self, private: &[u8]) -> Result<Renewed, Diagnostics> {
        let text = String::from_utf8_lossy(private);
        let renewals: u32 = text.parse().unwrap_or_default();
        match renewals {
            0 | 1 => Ok(Renewed {
                renew_at: (renewals == 0).then(|| SystemTime::now() + Duration::from_secs(1)),
                private: (renewals + 1).to_string().into_bytes(),
                diagnostics: Diagnostic::warning("Renewed", text).into(),
            }),
            2 => Err(Diagnostic::error("Not renewed", "It has come to its end.").into()),
            _ => panic!("in renew"),
        }
    }

    async fn close(&self, private: &[u8]) -> Diagnostics {
        Diagnostic::warning("Closed", String::from_utf8_lossy(private)).into()
    }
}
