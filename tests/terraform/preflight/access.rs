//! What fails an apply whatever its target is an error of the plan: once for all resources, on the argument to blame.

use rehearsal::{Fault, Service};

use super::asked;
use crate::support::{BACKUP, INSTANCE, OTHER_INSTANCE, Outcome, Story};

/// A provider block with this identity and these further arguments, and three resources.
fn configuration(story: &Story, arguments: &str, lines: &str) -> String {
    let connection = &story.cloud.connection;
    let endpoints = &connection.endpoints;
    let addresses = format!(
        "endpoints = {{\n    iam = \"{}\"\n    dcs = \"{}\"\n    cbr = \"{}\"\n    ddm = \"{}\"\n  }}\n",
        endpoints.iam, endpoints.dcs, endpoints.cbr, endpoints.ddm
    );
    format!(
        r#"
provider "recovery" {{
  platform = "otc"
  auth_url = "{}"
  request_timeout = "2s"
  {addresses}  {arguments}
}}
resource "recovery_dcs_restore" "r" {{
  instance_id = "{INSTANCE}"
  backup_id   = "{BACKUP}"
  {lines}
}}
resource "recovery_dcs_backup" "b" {{
  instance_id = "{OTHER_INSTANCE}"
  {lines}
}}
resource "recovery_dcs_backup" "c" {{
  instance_id = "{OTHER_INSTANCE}"
  remark      = "c"
  {lines}
}}
"#,
        connection.auth_url
    )
}

/// A cloud that is reached as a real one is.
fn story() -> Option<Story> {
    Some(Story::begin("provider \"recovery\" {}\n")?.without("RECOVERY_REHEARSAL"))
}

fn planned(story: &Story, arguments: &str, lines: &str) -> Outcome {
    story.write("provider.tf", "");
    story.configure(&configuration(story, arguments, lines));
    story.plan()
}

#[track_caller]
fn is_refused_once(outcome: &Outcome, case: &str, says: &[&str]) {
    assert_eq!(outcome.code, Some(1), "{case}: {outcome}");
    let told =
        outcome.stderr.matches("No access to the cloud").count() + outcome.stdout.matches("No access to").count();
    assert_eq!(told, 1, "{case}: {outcome}");
    for words in says {
        assert!(outcome.has(words), "{case}: nothing about {words:?} in {outcome}");
    }
    assert!(!outcome.has(".;"), "{case}: doubled punctuation: {outcome}");
    for noise in ["Nobody looked whether", "Not everything could be checked", "Nothing was checked"] {
        assert!(!outcome.has(noise), "{case}: {outcome}");
    }
}

#[test]
fn an_access_that_cannot_work_is_an_error_of_the_plan_and_told_once() {
    let Some(story) = story() else { return };
    let credentials = &story.cloud.connection.credentials;
    let (user, domain) = (&credentials.user_name, &credentials.domain_name);
    let (password, secret) = (credentials.password.reveal(), credentials.secret_key.reveal());
    let key = &credentials.access_key;
    let region = &story.cloud.connection.region;
    let place = format!("region = \"{region}\"\n  project_id = \"{}\"", credentials.project_id);
    let named = format!("region = \"{region}\"\n  project_name = \"{}\"", credentials.project_name);
    let login = format!("user_name = \"{user}\"\n  password = \"{password}\"\n  domain_name = \"{domain}\"");
    let keys = format!("access_key = \"{key}\"\n  secret_key = \"{secret}\"");
    let missing: &[&str] = &["No usable credentials were found", "access_key and secret_key"];
    let rows: Vec<(&str, String, &[&str])> = vec![
        ("nothing", place.clone(), missing),
        ("half a key", format!("{place}\n  access_key = \"{key}\""), missing),
        ("a token of keys alone", format!("{place}\n  security_token = \"x\""), missing),
        ("no domain", format!("{place}\n  user_name = \"{user}\"\n  password = \"{password}\""), missing),
        (
            "a wrong password",
            format!("{place}\n  {}", login.replace(password, "wrong-password")),
            &["the login is refused", "POST /v3/auth/tokens", "Check the credentials"],
        ),
        (
            "a wrong password for a project by its name",
            format!("{named}\n  {}", login.replace(password, "wrong-password")),
            &["the login is refused", "; the token was asked for the project"],
        ),
        (
            "a wrong secret key",
            format!("{place}\n  {}", keys.replace(secret, "wrong-secret-key")),
            &["the credentials are refused", "HTTP: 401", "Temporary keys need their security_token"],
        ),
        ("a wrong token", format!("{place}\n  token = \"wrong-token\""), &["the credentials are refused", "HTTP: 401"]),
        (
            "a project that is not",
            format!("region = \"{region}\"\n  project_name = \"eu-de_moon\"\n  {keys}"),
            &["IAM knows no project named \"eu-de_moon\""],
        ),
        (
            "a project that is not, by password",
            format!("region = \"{region}\"\n  project_name = \"eu-de_moon\"\n  {login}"),
            &["IAM knows no project named \"eu-de_moon\""],
        ),
    ];
    for (case, arguments, says) in rows {
        is_refused_once(&planned(&story, &arguments, ""), case, says);
    }
    // A region that the endpoints exclude, on its argument.
    let outcome = planned(&story, &format!("{named}\n  {keys}"), "region = \"eu-nl\"");
    is_refused_once(&outcome, "another region", &["overrides the endpoints", "on main.tf line", "region = \"eu-nl\""]);
    // The same place with the right credentials.
    planned(&story, &format!("{named}\n  {keys}"), "").success().says("3 to add");
}

#[test]
fn a_region_whose_host_does_not_exist_is_an_error_and_not_to_be_tried_later() {
    let Some(story) = story() else { return };
    let keys = "access_key = \"AK\"\n  secret_key = \"secret-key\"";
    story.write("provider.tf", "");
    story.configure(&format!(
        "provider \"recovery\" {{\n  platform = \"otc\"\n  region = \"eu-mars\"\n  {keys}\n  max_retries = 0\n}}\n\
         resource \"recovery_dcs_backup\" \"b\" {{\n  instance_id = \"{INSTANCE}\"\n}}\n\
         resource \"recovery_dcs_backup\" \"c\" {{\n  instance_id = \"{OTHER_INSTANCE}\"\n}}\n"
    ));
    let outcome = story.plan();
    is_refused_once(&outcome, "eu-mars", &["No document lists IAM in the region \"eu-mars\"", "auth_url"]);
    assert!(!outcome.has("Try again later"), "{outcome}");
}

#[test]
fn what_one_read_or_one_moment_fails_with_stays_a_warning() {
    for (case, fault) in [
        ("403", Fault { status: Some(403), ..Fault::default() }),
        ("500", Fault { status: Some(500), ..Fault::default() }),
    ] {
        let Some(story) = story() else { return };
        let credentials = &story.cloud.connection.credentials;
        let arguments = format!(
            "region = \"{}\"\n  project_id = \"{}\"\n  access_key = \"{}\"\n  secret_key = \"{}\"\n  max_retries = 0",
            story.cloud.connection.region,
            credentials.project_id,
            credentials.access_key,
            credentials.secret_key.reveal()
        );
        let fault = Fault { path: Some("/v2/*/instances/*".into()), method: Some("GET".into()), ..fault };
        let story = story.struck_by(vec![fault]);
        let outcome = planned(&story, &arguments, "").success();
        assert!(outcome.has("Not everything could be checked"), "{case}: {outcome}");
        assert!(!outcome.has("No access to the cloud"), "{case}: {outcome}");
    }
}

#[test]
fn without_preflight_a_plan_of_new_work_asks_nothing() {
    let Some(story) = Story::begin(&format!(
        "resource \"recovery_dcs_restore\" \"r\" {{\n  instance_id = \"{INSTANCE}\"\n  backup_id = \"{BACKUP}\"\n}}\n"
    )) else {
        return;
    };
    let story = story.with("RECOVERY_PREFLIGHT", "false");
    story.plan().success().says("1 to add");
    for service in [Service::Iam, Service::Dcs] {
        assert!(asked(&story, service).is_empty(), "{:?}", asked(&story, service));
    }
}
