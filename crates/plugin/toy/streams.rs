//! What answers in several messages: an action and a list.

use std::time::Duration;

use tf::provider::{Action, InvokeRequest, ListRequest, ListResource, Listed};
use tf::{Attribute, Diagnostic, Diagnostics, Schema, Type, Value};

use crate::schema;

/// Does as its `behaviour` says, `steps` times.
pub(crate) struct Act {
    schema: Schema,
}

const ACTS: &[&str] = &["panic", "wait", "fail", "hold", "flood"];

impl Act {
    pub(crate) fn new() -> Act {
        let attributes = vec![
            Attribute::required("steps", "How many lines to say.").of(Type::Number),
            Attribute::optional("behaviour", "What goes wrong after them.").one_of(ACTS),
        ];
        Act { schema: schema(attributes, Vec::new()) }
    }
}

#[tonic::async_trait]
impl Action for Act {
    fn type_name(&self) -> &'static str {
        "toy_act"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    #[allow(clippy::panic, reason = "the tests want to see what a panic does")]
    async fn invoke(&self, request: InvokeRequest) -> Diagnostics {
        let InvokeRequest { config, progress, stop } = request;
        let behaviour = config.get("behaviour").as_str().unwrap_or_default();
        for step in 1..=steps(&config) {
            let line = format!("step {step}");
            match behaviour {
                // Says everything at once, whether anybody has the time to listen or not.
                "flood" => progress.tell(line),
                // Work goes on when nobody listens.
                _ => drop(progress.send(line).await),
            }
        }
        match behaviour {
            "panic" => panic!("in an action"),
            "wait" => {
                stop.cancelled().await;
                tracing::info!("The action was stopped");
                Diagnostic::error("Stopped", "Half way.").into()
            }
            "fail" => Diagnostic::error("Failed", "It did not work.").into(),
            "hold" => {
                // Somebody keeps the sink beyond the end of the call.
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                    progress.tell("too late".to_owned());
                });
                Diagnostics::new()
            }
            _ => {
                tracing::info!("The action is done");
                Diagnostics::new()
            }
        }
    }
}

/// Lists as many things as `steps` says.
pub(crate) struct Things {
    schema: Schema,
}

impl Things {
    pub(crate) fn new() -> Things {
        let attributes = vec![
            Attribute::optional("steps", "How many there are.").of(Type::Number),
            Attribute::optional("behaviour", "What goes wrong after them.").one_of(ACTS),
        ];
        Things { schema: schema(attributes, Vec::new()) }
    }
}

#[tonic::async_trait]
impl ListResource for Things {
    fn type_name(&self) -> &'static str {
        "toy_thing"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    #[allow(clippy::panic, reason = "the tests want to see what a panic does")]
    async fn list(&self, request: ListRequest) -> Diagnostics {
        let behaviour = request.config.get("behaviour").as_str().unwrap_or_default();
        let all = usize::try_from(steps(&request.config)).unwrap_or_default();
        for number in 1..=all.min(request.limit) {
            let id = || Value::from(format!("thing-{number}"));
            let object = Value::object([("id", id()), ("name", "n".into())]);
            let listed = Listed {
                identity: Value::object([("id", id())]),
                display_name: format!("Thing {number}"),
                object: request.include_object.then_some(object),
            };
            if request.found.send(listed).await.is_err() {
                break;
            }
            tracing::info!(number, "Listed");
        }
        match behaviour {
            "panic" => panic!("in a list"),
            "wait" => {
                let told = Told;
                std::future::pending::<()>().await;
                drop(told);
                Diagnostics::new()
            }
            "fail" => Diagnostic::error("Failed", "There may be more.").into(),
            _ => Diagnostics::new(),
        }
    }
}

/// Says when a list is given up.
struct Told;

impl Drop for Told {
    fn drop(&mut self) {
        tracing::info!("The list was given up");
    }
}

fn steps(config: &Value) -> i64 {
    match config.get("steps") {
        Value::Number(number) => number.as_i64().unwrap_or_default(),
        _ => 0,
    }
}
