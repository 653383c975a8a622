//! Secrets stay where they were given: in no log, no state, no plan.

use rehearsal::{Fault, Service};

use crate::support::{INSTANCE, Outcome, Story};

/// Ways to log in, each as arguments of the provider block, and what must not be seen of them.
fn identities(story: &Story) -> Vec<(String, Vec<String>)> {
    let credentials = &story.cloud.connection.credentials;
    let (secret, password, token) =
        (credentials.secret_key.reveal(), credentials.password.reveal(), credentials.token.reveal());
    let domain = &credentials.domain_name;
    vec![
        (format!("access_key = \"{}\"\n  secret_key = \"{secret}\"", credentials.access_key), vec![secret.to_owned()]),
        (
            format!(
                "user_name = \"{}\"\n  password = \"{password}\"\n  domain_name = \"{domain}\"",
                credentials.user_name
            ),
            vec![password.to_owned()],
        ),
        (format!("token = \"{token}\""), vec![token.to_owned()]),
    ]
}

fn configuration(story: &Story, identity: &str) -> String {
    let connection = &story.cloud.connection;
    let endpoints = &connection.endpoints;
    format!(
        r#"
provider "recovery" {{
  auth_url     = "{}"
  region       = "{}"
  project_name = "{}"
  {identity}
  endpoints = {{
    iam = "{}"
    dcs = "{}"
    cbr = "{}"
    ddm = "{}"
  }}
}}
resource "recovery_dcs_backup" "b" {{
  instance_id = "{INSTANCE}"
}}
"#,
        connection.auth_url,
        connection.region,
        connection.credentials.project_name,
        endpoints.iam,
        endpoints.dcs,
        endpoints.cbr,
        endpoints.ddm,
    )
}

#[test]
fn no_identity_is_seen_in_logs_or_state() {
    let Some(story) = Story::begin("provider \"recovery\" {}\n") else { return };
    let story = story.without("RECOVERY_REHEARSAL").with("TF_LOG", "TRACE");
    for (identity, secrets) in identities(&story) {
        story.configure(&configuration(&story, &identity));
        let applied = story.apply().success();
        // The log is really there, the provider's own part of it included.
        assert!(applied.stderr.contains("[TRACE]") && applied.stderr.contains("provider.terraform-provider-recovery"));
        let state = story.state_file();
        let destroyed = story.destroy().success();
        for secret in secrets {
            hidden(&secret, &applied);
            hidden(&secret, &destroyed);
            assert!(!state.contains(&secret), "the state has a secret of {identity:?}");
        }
    }
    assert_eq!(story.sent().len(), 6, "each identity made and deleted a backup");
}

#[test]
fn a_refused_identity_is_not_repeated_in_the_error() {
    let Some(story) = Story::begin("provider \"recovery\" {}\n") else { return };
    let story = story.without("RECOVERY_REHEARSAL").with("TF_LOG", "TRACE");
    for identity in [
        "access_key = \"WRONGACCESSKEY\"\n  secret_key = \"wrong-secret-4711\"",
        "user_name = \"nobody\"\n  password = \"wrong-secret-4711\"\n  domain_name = \"nowhere\"",
        "token = \"wrong-secret-4711\"",
    ] {
        story.configure(&configuration(&story, identity));
        hidden("wrong-secret-4711", &story.apply().failure());
    }
}

#[test]
fn tokens_that_were_fetched_are_not_seen_either() {
    let Some(story) = Story::begin("provider \"recovery\" {}\n") else { return };
    let story = story.without("RECOVERY_REHEARSAL").with("TF_LOG", "TRACE");
    let (password, _) = identities(&story).remove(1);
    story.configure(&configuration(&story, &password));
    // A failure late in the story: the answer that carried the token is long forgotten by then.
    let refusal =
        Fault { service: Some(Service::Dcs), method: Some("POST".into()), status: Some(400), ..Fault::default() };
    let story = story.struck_by(vec![refusal]);
    let outcome = story.apply().failure();
    let issued = serde_json::to_value(story.cloud.world().iam).unwrap();
    let mut tokens = Vec::new();
    texts(&issued["tokens"], &mut tokens);
    let tokens: Vec<_> = tokens.into_iter().filter(|text| text.len() >= 40).collect();
    assert!(tokens.len() >= 2, "{issued:#}");
    for token in tokens {
        hidden(&token, &outcome);
    }
}

fn texts(value: &serde_json::Value, into: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => into.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        serde_json::Value::Object(fields) => fields.values().for_each(|field| texts(field, into)),
        _ => {}
    }
}

#[track_caller]
fn hidden(secret: &str, outcome: &Outcome) {
    for (name, text) in [("standard output", &outcome.stdout), ("standard error", &outcome.stderr)] {
        if let Some(at) = text.find(secret) {
            let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
            panic!("a secret is on {name}: {}", &text[start..at]);
        }
    }
}
