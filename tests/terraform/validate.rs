//! `terraform validate` finds contradictions, with the line to blame, before anything is asked or sent.

use crate::support::{Story, TERRAFORM_DATA};

/// A resource, the line of `main.tf` to blame, and what is said about it.
struct Case {
    name: &'static str,
    text: &'static str,
    line: usize,
    said: &'static str,
}

const CASES: &[Case] = &[
    Case {
        name: "a format with an API that has none",
        text: r#"
resource "recovery_dcs_backup" "x" {
  instance_id   = "i"
  api_version   = "v1.0"
  backup_format = "aof"
}"#,
        line: 4,
        said: "api_version = \"v2\"",
    },
    Case {
        name: "an unknown version",
        text: r#"
resource "recovery_dcs_backup" "x" {
  instance_id = "i"
  api_version = "v3"
}"#,
        line: 3,
        said: "v1.0",
    },
    Case {
        name: "an unknown format",
        text: r#"
resource "recovery_dcs_backup" "x" {
  instance_id   = "i"
  backup_format = "RDB"
}"#,
        line: 3,
        said: "rdb",
    },
    Case {
        name: "a remark of 129 bytes in 43 characters",
        text: r#"
resource "recovery_dcs_backup" "x" {
  instance_id = "i"
  remark      = "ああああああああああああああああああああああああああああああああああああああああああ㐀"
}"#,
        line: 3,
        said: "128",
    },
    Case {
        name: "an empty instance",
        text: r#"
resource "recovery_dcs_backup" "x" {
  instance_id = ""
}"#,
        line: 2,
        said: "empty",
    },
    Case {
        name: "an empty backup",
        text: r#"
resource "recovery_dcs_restore" "x" {
  instance_id = "i"
  backup_id   = ""
}"#,
        line: 3,
        said: "empty",
    },
    Case {
        name: "an unknown version of the restore API",
        text: r#"
resource "recovery_dcs_restore" "x" {
  instance_id = "i"
  backup_id   = "b"
  api_version = "v1"
}"#,
        line: 4,
        said: "v1.0",
    },
    Case {
        name: "a timeout that is no duration",
        text: r#"
resource "recovery_dcs_restore" "x" {
  instance_id = "i"
  backup_id   = "b"
  timeouts {
    create = "1 hour"
  }
}"#,
        line: 5,
        said: "1 hour",
    },
    Case {
        name: "two targets",
        text: r#"
resource "recovery_cbr_restore" "x" {
  backup_id = "bbbbbbbb-0000-4000-8000-000000000001"
  server_id = "eeeeeeee-0000-4000-8000-000000000001"
  volume_id = "dddddddd-0000-4000-8000-000000000021"
}"#,
        line: 4,
        said: "exactly one target",
    },
    Case {
        name: "no target",
        text: r#"
resource "recovery_cbr_restore" "x" {
  backup_id = "bbbbbbbb-0000-4000-8000-000000000001"
}"#,
        line: 1,
        said: "server_id",
    },
    Case {
        name: "a child that goes to two disks",
        text: r#"
resource "recovery_cbr_restore" "x" {
  backup_id = "bbbbbbbb-0000-4000-8000-000000000001"
  server_id = "eeeeeeee-0000-4000-8000-000000000001"
  mapping {
    backup_id = "bbbbbbbb-0000-4000-8000-000000000011"
    volume_id = "dddddddd-0000-4000-8000-000000000001"
  }
  mapping {
    backup_id = "bbbbbbbb-0000-4000-8000-000000000011"
    volume_id = "dddddddd-0000-4000-8000-000000000002"
  }
}"#,
        line: 1,
        said: "goes to two disks",
    },
    Case {
        name: "a moment in seconds",
        text: r#"
resource "recovery_ddm_restore" "x" {
  source_instance_id = "s"
  target_instance_id = "t"
  restore_time       = 1747732352
}"#,
        line: 4,
        said: "1747732352000",
    },
    Case {
        name: "a moment with a fraction",
        text: r#"
resource "recovery_ddm_restore" "x" {
  source_instance_id = "s"
  target_instance_id = "t"
  restore_time       = 1747732352076.5
}"#,
        line: 4,
        said: "1747732352076",
    },
    Case {
        name: "a negative moment",
        text: r#"
resource "recovery_ddm_restore" "x" {
  source_instance_id = "s"
  target_instance_id = "t"
  restore_time       = -1747732352076
}"#,
        line: 4,
        said: "1747732352076",
    },
    Case {
        name: "a recovery into itself",
        text: r#"
resource "recovery_ddm_restore" "x" {
  source_instance_id = "s"
  target_instance_id = "s"
  restore_time       = 1747732352076
}"#,
        line: 3,
        said: "same instance",
    },
    Case {
        name: "a data node that is a target twice",
        text: r#"
resource "recovery_ddm_restore" "x" {
  source_instance_id = "s"
  target_instance_id = "t"
  restore_time       = 1747732352076
  data_node_relation {
    source_instance_id = "a"
    target_instance_id = "c"
  }
  data_node_relation {
    source_instance_id = "b"
    target_instance_id = "c"
  }
}"#,
        line: 1,
        said: "appears twice",
    },
];

#[test]
fn each_contradiction_is_reported_with_its_line() {
    let Some(story) = Story::begin("") else { return };
    for case in CASES {
        story.configure(case.text);
        let outcome = story.core(&["validate", "-json"]);
        let answer: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{outcome}"));
        let errors = answer["diagnostics"].as_array().unwrap().iter().filter(|found| found["severity"] == "error");
        let found: Vec<_> = errors.collect();
        assert_eq!(found.len(), 1, "{}: {outcome}", case.name);
        let text = format!("{} {}", found[0]["summary"], found[0]["detail"]).replace("\\\"", "\"").replace("\\n", " ");
        assert!(text.contains(case.said), "{}: {text}", case.name);
        assert_eq!(found[0]["range"]["filename"], "main.tf", "{}: {outcome}", case.name);
        assert_eq!(found[0]["range"]["start"]["line"].as_u64(), Some(case.line as u64), "{}: {outcome}", case.name);
    }
    assert!(story.cloud.journal().is_empty(), "validate asks nobody");
}

#[test]
fn what_is_not_known_yet_is_no_contradiction() {
    let text = r#"
resource "terraform_data" "x" {
  input = "v1.0"
}
resource "recovery_dcs_backup" "x" {
  instance_id   = terraform_data.x.output
  api_version   = terraform_data.x.output
  backup_format = "aof"
}
resource "recovery_cbr_restore" "x" {
  backup_id = terraform_data.x.output
  server_id = terraform_data.x.output
  volume_id = terraform_data.x.output == "v1.0" ? null : "disk"
}
resource "recovery_ddm_restore" "x" {
  source_instance_id = terraform_data.x.output
  target_instance_id = terraform_data.x.output
  restore_time       = terraform_data.x.output == "v1.0" ? 1747732352076 : 1
}
"#;
    let Some(story) = Story::begin(text) else { return };
    if story.core.can(&TERRAFORM_DATA) {
        story.validate().success();
    }
}

/// A resource that uses the provider block.
const USER: &str = "resource \"recovery_dcs_backup\" \"x\" {\n  instance_id = \"i\"\n}\n";

#[test]
fn contradictions_in_the_provider_block_are_reported_with_their_line() {
    let Some(story) = Story::begin("provider \"recovery\" {}\n") else { return };
    for (line, said) in [
        ("platform = \"aws\"", "otc"),
        ("auth_url = \"ftp://iam\"", "https://"),
        ("endpoints = { ecs = \"https://ecs\" }", "known keys are iam, dcs"),
        ("request_timeout = \"soon\"", "soon"),
        ("max_retries = -1", "0 to 100"),
    ] {
        // A provider block that no resource uses is not looked at.
        story.configure(&format!("provider \"recovery\" {{\n  {line}\n}}\n{USER}"));
        let outcome = story.without_rehearsal(&["validate", "-json"]).failure();
        let answer: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
        let mut diagnostics = answer["diagnostics"].as_array().unwrap().iter();
        let found = diagnostics.find(|found| found["severity"] == "error").unwrap();
        assert!(found["detail"].as_str().unwrap().contains(said), "{line}: {outcome}");
        assert_eq!(found["range"]["start"]["line"], 2, "{line}: {outcome}");
    }
}

#[test]
fn two_kinds_of_credentials_are_a_contradiction() {
    let text = r#"
provider "recovery" {
  access_key = "AK"
  secret_key = "SK"
  token      = "T"
}
"#;
    let Some(story) = Story::begin(&format!("{text}{USER}")) else { return };
    story.without_rehearsal(&["validate"]).failure().says("main.tf line").keeps_quiet_about("\"SK\"");
}

#[test]
fn the_whole_schema_is_printed() {
    let Some(story) = Story::begin("") else { return };
    let outcome = story.core(&["providers", "schema", "-json"]).success();
    let answer: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let schemas = answer["provider_schemas"].as_object().unwrap();
    let (_, schema) = schemas.iter().find(|(name, _)| name.ends_with("/cloud-recovery/recovery")).unwrap();
    assert!(schema["provider"]["block"]["attributes"]["auth_url"].is_object());
    let resources = schema["resource_schemas"].as_object().unwrap();
    assert!(resources.len() >= 4, "{:?}", resources.keys());
    for (name, resource) in resources {
        let block = &resource["block"];
        assert_eq!(block["attributes"]["id"]["computed"], true, "{name}");
        assert!(block["block_types"]["timeouts"].is_object(), "{name}");
        for (attribute, described) in block["attributes"].as_object().unwrap() {
            assert!(described["description"].is_string(), "{name}.{attribute} has no description");
        }
    }
    for secret in ["password", "secret_key", "security_token", "token", "passcode"] {
        assert_eq!(schema["provider"]["block"]["attributes"][secret]["sensitive"], true, "{secret}");
    }
}
