//! Secrets stay where they were given: in no log, no state, no plan.

use std::time::Duration;

use rehearsal::{Fault, Service, When, rds};
use serde_json::json;

use crate::support::{INSTANCE, Outcome, Story, WRITE_ONLY, abort, eventually};

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

const PASSWORD: &str = "Rehearsed-4711-Nowhere";

fn drill() -> String {
    format!(
        r#"
variable "password" {{
  type      = string
  ephemeral = true
}}
resource "recovery_rds_restored_instance" "drill" {{
  source_instance_id = "{}"
  backup_id          = "{}"
  name               = "shop-drill"
  flavor             = "rds.mysql.c2.large"
  availability_zones = ["eu-de-01"]
  vpc_id             = "v"
  subnet_id          = "n"
  volume_type        = "CLOUDSSD"
  volume_size        = 100
  password           = var.password
}}
"#,
        rds::SOURCE_ID,
        rds::BACKUP_ID
    )
}

/// Nothing that a command said, and nothing that it left in its folder, has the password of a new instance.
#[track_caller]
fn password_is_nowhere(story: &Story, outcome: &Outcome) {
    assert!(outcome.stderr.contains("[TRACE]") && outcome.stderr.contains("provider.terraform-provider-recovery"));
    hidden(PASSWORD, outcome);
    let mut folders = vec![story.folder().to_path_buf()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else if let Ok(bytes) = std::fs::read(entry.path())
                // All but the program itself.
                && bytes.len() < 8 << 20
            {
                files += 1;
                let found = bytes.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes());
                assert!(!found, "{} has the password", entry.path().display());
            }
        }
    }
    assert!(files >= 1, "nothing was left in the folder");
    let journal = serde_json::to_string(&story.cloud.journal()).unwrap();
    assert!(!journal.contains(PASSWORD));
}

#[test]
#[cfg(target_os = "linux")]
fn the_password_of_a_new_instance_is_in_no_crash_and_no_refusal() {
    let Some(story) = Story::begin("") else { return };
    if !story.core.can(&WRITE_ONLY) {
        return;
    }
    story.configure(&drill());
    let story = story.with("TF_LOG", "TRACE").with("TF_VAR_password", PASSWORD).with("RUST_BACKTRACE", "full");
    // The service repeats what it was sent.
    let echo = Fault {
        method: Some("POST".into()),
        service: Some(Service::Rds),
        status: Some(400),
        body: Some(json!({"error_code": "DBS.280001", "error_msg": format!("{PASSWORD} is no good password")})),
        ..Fault::default()
    };
    let story = story.struck_by(vec![echo]);
    password_is_nowhere(&story, &story.apply().failure().says("DBS.280001").says("is no good password"));
    // The provider crashes while it waits, with the password in its hands.
    let answered_late = Fault {
        method: Some("POST".into()),
        service: Some(Service::Rds),
        delay_ms: Some(8000),
        when: When::After,
        ..Fault::default()
    };
    let story = story.struck_by(vec![answered_late]);
    let running = story.begin_apply();
    eventually("the instance", Duration::from_secs(60), || {
        story.cloud.world().rds.instances.iter().any(|one| one.name == "shop-drill").then_some(())
    });
    story.providers().into_iter().for_each(abort);
    password_is_nowhere(&story, &running.end().failure());
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
