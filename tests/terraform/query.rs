//! `terraform query`: what is listed is imported, and plans empty. It needs Terraform 1.14; `RECOVERY_TEST_CORE` names one.

use crate::support::{BACKUP, INSTANCE, LISTS, Story};

/// Lists of everything that the story has run.
fn lists(instance: &str) -> String {
    let list = |kind: &str, filter: &str| {
        format!(
            "list \"{kind}\" \"all\" {{\n  provider = recovery\n  include_resource = true\n\n  config {{\n{filter}  }}\n}}\n\n"
        )
    };
    let of = format!("    instance_id = \"{instance}\"\n");
    list("recovery_dcs_backup", &format!("{of}    status = \"succeed\"\n"))
        + &list("recovery_dcs_restore", &of)
        + &list("recovery_cbr_restore", "")
        + &list("recovery_rds_backup", &format!("    instance_id = \"{}\"\n", rehearsal::rds::TARGET_ID))
        + &list(
            "recovery_dds_backup",
            &format!("    instance_id = \"{}\"\n    type = \"manual\"\n", rehearsal::dds::CLUSTER_ID),
        )
}

fn configuration() -> String {
    format!(
        "resource \"recovery_dcs_restore\" \"r\" {{
  instance_id = \"{INSTANCE}\"
  backup_id   = \"{BACKUP}\"
}}

resource \"recovery_cbr_restore\" \"r\" {{
  backup_id = \"{}\"
  server_id = \"{}\"
}}

resource \"recovery_rds_backup\" \"b\" {{
  instance_id = \"{}\"
  name        = \"by-hand\"
}}

resource \"recovery_dds_backup\" \"b\" {{
  instance_id = \"{}\"
  name        = \"by-hand\"
  description = \"before the release\"
}}
",
        rehearsal::cbr::SERVER_BACKUP_ID,
        rehearsal::cbr::SERVER_ID,
        rehearsal::rds::TARGET_ID,
        rehearsal::dds::CLUSTER_ID
    )
}

#[test]
fn what_is_listed_is_imported_by_a_generated_configuration_that_plans_empty() {
    let Some(()) = Story::needs(&LISTS) else { return };
    let Some(story) = Story::begin(&configuration()) else { return };
    story.apply().success();
    // Only a state that knows nothing has something to import.
    let addresses =
        ["recovery_dcs_restore.r", "recovery_cbr_restore.r", "recovery_rds_backup.b", "recovery_dds_backup.b"];
    let ids = addresses.map(|address| {
        let id = story.values(address)["id"].as_str().unwrap().to_owned();
        story.core(&["state", "rm", address]).success();
        id
    });
    story.configure("");
    story.write("all.tfquery.hcl", &lists(INSTANCE));
    let said = story.core(&["query", "-no-color"]).success();
    for word in ["succeed)", "success)", "COMPLETED)", "UTC"] {
        assert!(said.has(word), "{word}: {said}");
    }
    story.core(&["query", "-no-color", "-generate-config-out=generated.tf"]).success();
    let generated = std::fs::read_to_string(story.directory().join("generated.tf")).unwrap();
    for id in &ids {
        for part in id.split('/') {
            assert!(generated.contains(part), "{part}: {generated}");
        }
    }
    let sent = story.sent().len();
    let planned = story.plan().success();
    assert!(planned.has("to import, 0 to add, 0 to change, 0 to destroy"), "{planned}\n{generated}");
    story.apply().success();
    story.plan_is_empty();
    assert_eq!(story.sent().len(), sent, "nothing ran again");
}

#[test]
fn a_list_of_what_does_not_exist_says_so() {
    let Some(()) = Story::needs(&LISTS) else { return };
    let Some(story) = Story::begin("") else { return };
    story.write("all.tfquery.hcl", &lists("0a000000-0000-4000-8000-000000000001"));
    story.core(&["query", "-no-color"]).failure().says("was not found");
    story.write("all.tfquery.hcl", &lists("no id").replace("no id", ""));
    story.core(&["validate", "-no-color", "-query"]).failure().says("instance_id");
}
