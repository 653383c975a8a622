//! The same errors of access, whatever form of the language runs into them.

use super::access::{Reaches, Row, is_refused_once, provider, right, rows, story};
use crate::support::{ACTIONS, BACKUP, CHECKS, EPHEMERAL, ERROR_PLACES, INSTANCE, LISTS, Outcome, Part, Story};

/// One form of the language, with one object in it.
struct Form {
    name: &'static str,
    needs: Option<&'static Part>,
    /// The file that it stands in.
    file: &'static str,
    /// The object, with further lines.
    text: fn(&str) -> String,
    command: &'static [&'static str],
}

const PLAN: &[&str] = &["plan", "-input=false", "-no-color"];

const FORMS: [Form; 4] = [
    Form { name: "data source", needs: None, file: "form.tf", text: data_source, command: PLAN },
    Form { name: "ephemeral", needs: Some(&EPHEMERAL), file: "form.tf", text: ephemeral, command: PLAN },
    Form { name: "action", needs: Some(&ACTIONS), file: "form.tf", text: action, command: PLAN },
    Form { name: "list", needs: Some(&LISTS), file: "form.tfquery.hcl", text: list, command: &["query", "-no-color"] },
];

fn data_source(lines: &str) -> String {
    format!("data \"recovery_dcs_backups\" \"d\" {{\n  instance_id = \"{INSTANCE}\"\n  {lines}\n}}\n")
}

fn ephemeral(lines: &str) -> String {
    format!(
        "ephemeral \"recovery_dcs_backup_links\" \"l\" {{\n  instance_id = \"{INSTANCE}\"\n  backup_id = \"{BACKUP}\"\n  {lines}\n}}\n"
    )
}

fn action(lines: &str) -> String {
    format!(
        "action \"recovery_dcs_restore\" \"r\" {{\n  config {{\n    instance_id = \"{INSTANCE}\"\n    backup_id = \"{BACKUP}\"\n    {lines}\n  }}\n}}\n\
         resource \"terraform_data\" \"t\" {{\n  lifecycle {{\n    action_trigger {{\n      events = [after_create]\n      actions = \
         [action.recovery_dcs_restore.r]\n    }}\n  }}\n}}\n"
    )
}

fn list(lines: &str) -> String {
    format!(
        "list \"recovery_dcs_backup\" \"l\" {{\n  provider = recovery\n\n  config {{\n    instance_id = \"{INSTANCE}\"\n    {lines}\n  }}\n}}\n"
    )
}

fn wrong(story: &Story) -> String {
    let secret = story.cloud.connection.credentials.secret_key.reveal();
    right(story).replace(secret, "wrong-secret-key")
}

fn planned(story: &Story, arguments: &str, rest: &str) -> Outcome {
    story.configure(&format!("{}{rest}", provider(story, arguments, Reaches::TheStory)));
    story.plan()
}

#[test]
fn every_form_says_why_nothing_can_be_reached_in_the_same_words() {
    for form in FORMS {
        let Some(story) = story() else { return };
        if form.needs.is_some_and(|part| !story.core.can(part)) {
            continue;
        }
        story.write("provider.tf", "");
        for Row { case, arguments, reaches, lines, says } in rows(&story) {
            story.configure(&provider(&story, &arguments, reaches));
            story.write(form.file, &(form.text)(lines));
            let shows_place = !["action", "list"].contains(&form.name) || story.core.can(&ERROR_PLACES);
            let says: Vec<&str> = says.iter().copied().filter(|said| shows_place || *said != lines).collect();
            is_refused_once(&story.core(form.command), &format!("{}: {case}", form.name), &says);
        }
        story.configure(&provider(&story, &right(&story), Reaches::TheStory));
        story.write(form.file, &(form.text)(""));
        story.core(form.command).success();
    }
}

#[test]
fn several_data_sources_tell_it_in_full_once() {
    let Some(story) = story() else { return };
    story.write("provider.tf", "");
    let second = data_source("").replace("\"d\"", "\"e\"");
    let outcome = planned(&story, &wrong(&story), &format!("{}{second}", data_source("")));
    assert_eq!(outcome.code, Some(1), "{outcome}");
    assert_eq!(outcome.stderr.matches("HTTP:").count(), 1, "{outcome}");
    outcome.says("The same as told for another object of this run.");
}

#[test]
fn a_check_block_that_tells_it_takes_it_from_no_resource() {
    let Some(story) = story() else { return };
    if !story.core.can(&CHECKS) {
        return;
    }
    story.write("provider.tf", "");
    // The core makes warnings of errors inside a check block. The resource waits for its data source, which tells first.
    let text = format!(
        "check \"c\" {{\n  {}\n  assert {{\n    condition = length(data.recovery_dcs_backups.d.backups) >= 0\n    error_message = \"no\"\n  }}\n}}\n\
         resource \"recovery_dcs_backup\" \"b\" {{\n  count = 3\n  instance_id = \"{INSTANCE}\"\n  remark = \"${{count.index}}\"\n}}\n",
        data_source("")
    );
    planned(&story, &wrong(&story), &text).failure().says("No access to the cloud").says("HTTP: 401");
}

#[test]
fn a_refresh_and_an_import_say_the_same() {
    let Some(story) = story() else { return };
    story.write("provider.tf", "");
    let text = "resource \"recovery_dcs_backup\" \"b\" {\n  count = 4\n  instance_id = \"INSTANCE\"\n  remark = \"${count.index}\"\n}\n";
    let text = text.replace("INSTANCE", INSTANCE);
    planned(&story, &right(&story), &text).success();
    story.apply().success();
    is_refused_once(
        &planned(&story, &wrong(&story), &text),
        "a refresh",
        &["the credentials are refused", "HTTP: 401"],
    );
    story.core(&["state", "rm", "recovery_dcs_backup.b[0]"]).success();
    let imported = story.import("recovery_dcs_backup.b[0]", &format!("{INSTANCE}/{BACKUP}"));
    is_refused_once(&imported, "an import", &["the credentials are refused", "HTTP: 401"]);
}
