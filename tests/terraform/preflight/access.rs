//! What fails an apply whatever its target is an error of the plan: once for all resources, on the argument to blame.

use rehearsal::{Fault, Service};

use super::asked;
use crate::support::{BACKUP, INSTANCE, OTHER_INSTANCE, Outcome, Story};

/// A provider block with these arguments, for the cloud of a story or for the documented hosts of a region.
pub(super) fn provider(story: &Story, arguments: &str, reaches: Reaches) -> String {
    let connection = &story.cloud.connection;
    let endpoints = &connection.endpoints;
    let addresses = format!(
        "auth_url = \"{}\"\n  endpoints = {{\n    iam = \"{}\"\n    dcs = \"{}\"\n    cbr = \"{}\"\n    ddm = \"{}\"\n  }}\n",
        connection.auth_url, endpoints.iam, endpoints.dcs, endpoints.cbr, endpoints.ddm
    );
    let addresses = if reaches == Reaches::TheStory { addresses.as_str() } else { "" };
    format!(
        "provider \"recovery\" {{\n  platform = \"otc\"\n  request_timeout = \"2s\"\n  max_retries = 0\n  {addresses}  {arguments}\n}}\n"
    )
}

/// Which cloud a provider block means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reaches {
    /// By `auth_url` and `endpoints`.
    TheStory,
    /// By documents alone. None of the rows gets as far as a host.
    Documented,
}

/// Three resources with these further lines each.
fn resources(lines: &str) -> String {
    format!(
        r#"
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
"#
    )
}

/// A cloud that is reached as a real one is.
pub(super) fn story() -> Option<Story> {
    Some(Story::begin("provider \"recovery\" {}\n")?.without("RECOVERY_REHEARSAL"))
}

fn planned(story: &Story, arguments: &str, lines: &str) -> Outcome {
    story.write("provider.tf", "");
    story.configure(&format!("{}{}", provider(story, arguments, Reaches::TheStory), resources(lines)));
    story.plan()
}

/// One way in which nothing can be reached.
pub(super) struct Row {
    pub(super) case: &'static str,
    /// What the provider block says.
    pub(super) arguments: String,
    pub(super) reaches: Reaches,
    /// What each object says.
    pub(super) lines: &'static str,
    /// What the one error says.
    pub(super) says: &'static [&'static str],
}

/// Arguments that work.
pub(super) fn right(story: &Story) -> String {
    let credentials = &story.cloud.connection.credentials;
    format!(
        "region = \"{}\"\n  project_name = \"{}\"\n  access_key = \"{}\"\n  secret_key = \"{}\"",
        story.cloud.connection.region,
        credentials.project_name,
        credentials.access_key,
        credentials.secret_key.reveal()
    )
}

/// Every way that is known, of which none depends on what is asked for.
pub(super) fn rows(story: &Story) -> Vec<Row> {
    let credentials = &story.cloud.connection.credentials;
    let (user, domain) = (&credentials.user_name, &credentials.domain_name);
    let (password, secret) = (credentials.password.reveal(), credentials.secret_key.reveal());
    let key = &credentials.access_key;
    let region = &story.cloud.connection.region;
    let place = format!("region = \"{region}\"\n  project_id = \"{}\"", credentials.project_id);
    let named = format!("region = \"{region}\"\n  project_name = \"{}\"", credentials.project_name);
    let login = format!("user_name = \"{user}\"\n  password = \"{password}\"\n  domain_name = \"{domain}\"");
    let keys = format!("access_key = \"{key}\"\n  secret_key = \"{secret}\"");
    let moon = format!("region = \"{region}\"\n  project_name = \"eu-de_moon\"");
    let wrong = login.replace(password, "wrong-password");
    let missing: &[&str] = &["No usable credentials were found", "access_key and secret_key"];
    let no_project: &[&str] = &["IAM knows no project named \"eu-de_moon\""];
    let row = |case, arguments, says| Row { case, arguments, reaches: Reaches::TheStory, lines: "", says };
    let lost = |case, arguments, lines, says| Row { case, arguments, reaches: Reaches::Documented, lines, says };
    vec![
        row("nothing", place.clone(), missing),
        row("half a key", format!("{place}\n  access_key = \"{key}\""), missing),
        row("a token of keys alone", format!("{place}\n  security_token = \"x\""), missing),
        row("no domain", format!("{place}\n  user_name = \"{user}\"\n  password = \"{password}\""), missing),
        row(
            "a wrong password",
            format!("{place}\n  {wrong}"),
            &["the login is refused", "POST /v3/auth/tokens", "Check the credentials"],
        ),
        row(
            "a wrong password for a project by its name",
            format!("{named}\n  {wrong}"),
            &["the login is refused", "; the token was asked for the project"],
        ),
        row(
            "a wrong secret key",
            format!("{place}\n  {}", keys.replace(secret, "wrong-secret-key")),
            &["the credentials are refused", "HTTP: 401", "Temporary keys need their security_token"],
        ),
        row(
            "a wrong token",
            format!("{place}\n  token = \"wrong-token\""),
            &["the credentials are refused", "HTTP: 401"],
        ),
        row("a project that is not", format!("{moon}\n  {keys}"), no_project),
        row("a project that is not, by password", format!("{moon}\n  {login}"), no_project),
        Row {
            lines: "region = \"eu-nl\"",
            ..row(
                "a region that the endpoints exclude",
                format!("{named}\n  {keys}"),
                &["overrides the endpoints", "line ", "region = \"eu-nl\""],
            )
        },
        lost(
            "a region that no document has",
            format!("region = \"eu-mars\"\n  {keys}"),
            "",
            &["No document lists IAM in the region \"eu-mars\"", "auth_url"],
        ),
        lost(
            "a region of the object that no document has",
            format!("region = \"eu-de\"\n  {keys}"),
            "region = \"eu-mars\"",
            &["No document lists IAM in the region \"eu-mars\"", "line ", "region = \"eu-mars\""],
        ),
    ]
}

#[track_caller]
pub(super) fn is_refused_once(outcome: &Outcome, case: &str, says: &[&str]) {
    assert_eq!(outcome.code, Some(1), "{case}: {outcome}");
    let told =
        outcome.stderr.matches("No access to the cloud").count() + outcome.stdout.matches("No access to").count();
    assert_eq!(told, 1, "{case}: {outcome}");
    for words in says {
        assert!(outcome.has(words), "{case}: nothing about {words:?} in {outcome}");
    }
    assert!(!outcome.has(".;"), "{case}: doubled punctuation: {outcome}");
    assert!(!outcome.has("Try again later"), "{case}: {outcome}");
    for noise in ["Nobody looked whether", "Not everything could be checked", "Nothing was checked"] {
        assert!(!outcome.has(noise), "{case}: {outcome}");
    }
}

#[test]
fn an_access_that_cannot_work_is_an_error_of_the_plan_and_told_once() {
    let Some(story) = story() else { return };
    story.write("provider.tf", "");
    for Row { case, arguments, reaches, lines, says } in rows(&story) {
        story.configure(&format!("{}{}", provider(&story, &arguments, reaches), resources(lines)));
        is_refused_once(&story.plan(), case, says);
    }
    // The same place with the right credentials.
    planned(&story, &right(&story), "").success().says("3 to add");
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
            "region = \"{}\"\n  project_id = \"{}\"\n  access_key = \"{}\"\n  secret_key = \"{}\"",
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
