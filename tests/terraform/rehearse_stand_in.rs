//! Rehearsals of configurations that use other providers, too: their part is played.

use std::fs;

use crate::rehearse::{SOURCE, bare, rehearse};
use crate::support::{PROGRAM, Story, run};

/// What people have: a network and databases of the cloud's own provider, and what this one does for them.
const CONFIGURATION: &str = r#"
terraform {
  required_providers {
    recovery = {
      source = "cloud-recovery/recovery"
    }
    opentelekomcloud = {
      source  = "opentelekomcloud/opentelekomcloud"
      version = ">= 1.36.0, != 1.36.0, < 2.0.0"
    }
  }
}

provider "opentelekomcloud" {
  cloud = "production"
}

data "opentelekomcloud_vpc_v1" "main" {
  name = "main"
}

resource "opentelekomcloud_networking_secgroup_v2" "db" {
  for_each = toset(["orders", "books"])
  name     = each.key
}

resource "opentelekomcloud_rds_instance_v3" "orders" {
  name              = "orders"
  availability_zone = ["eu-de-01"]
  flavor            = "rds.pg.c2.medium"
  security_group_id = opentelekomcloud_networking_secgroup_v2.db["orders"].id
  subnet_id         = data.opentelekomcloud_vpc_v1.main.subnets[0]
  vpc_id            = data.opentelekomcloud_vpc_v1.main.id

  db {
    password = "Rehearsed-4711"
    type     = "PostgreSQL"
    version  = "16"
  }

  dynamic "volume" {
    for_each = [100]

    content {
      size = volume.value
      type = "CLOUDSSD"
    }
  }

  tags = {
    team = "shop"
  }

  lifecycle {
    ignore_changes = [tags]
  }
}

resource "opentelekomcloud_dcs_instance_v2" "cache" {
  name     = "sessions"
  capacity = 2
}

resource "recovery_rds_final_backup" "orders" {
  instance_id = opentelekomcloud_rds_instance_v3.orders.id
}

resource "recovery_rds_backup" "orders" {
  instance_id = opentelekomcloud_rds_instance_v3.orders.id
  name        = "before-42"
}

resource "recovery_dcs_backup" "cache" {
  instance_id = opentelekomcloud_dcs_instance_v2.cache.id
}

output "cache" {
  value = recovery_dcs_backup.cache.instance_id
}

output "size" {
  value = opentelekomcloud_rds_instance_v3.orders.volume[0].size + 1
}

output "disk" {
  value = opentelekomcloud_rds_instance_v3.orders.volume[*].id
}
"#;

/// The file of values that the guide shows.
fn values() -> &'static str {
    let guide = include_str!("../../docs/guides/rehearse-a-recovery.md");
    let block = guide.split("```json\n").nth(1).and_then(|rest| rest.split("```").next());
    block.expect("the guide shows a file of values")
}

fn story() -> Option<Story> {
    let story = bare("")?;
    story.configure(CONFIGURATION);
    story.write("../values.json", values());
    Some(story)
}

#[test]
fn a_configuration_of_another_provider_is_rehearsed_with_its_part_played() {
    let Some(story) = story() else { return };
    let played = rehearse(&story, &[".", "--stand-in", "opentelekomcloud", "--values", "../values.json"]).success();
    for words in [
        "create   opentelekomcloud_rds_instance_v3.orders",
        "create   recovery_rds_backup.orders",
        "7 added",
        "plan again  No changes.",
        "7 destroyed",
        "5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294",
        "Verdict: passed",
    ] {
        assert!(played.has(words), "{words}: {played}");
    }
    // Two backups that were asked for, and the last one before the destroy.
    let timeline = played.stdout.split("Timeline").nth(1).unwrap_or_default();
    assert_eq!(timeline.matches(" backup  ").count(), 3, "{played}");
    assert_eq!(fs::read_dir(story.temporary()).unwrap().count(), 0, "nothing is left");
}

#[test]
fn a_refusal_names_both_ways() {
    let Some(story) = story() else { return };
    rehearse(&story, &["."])
        .failure()
        .says("opentelekomcloud/opentelekomcloud is another provider")
        .says("--with opentelekomcloud")
        .says("--stand-in opentelekomcloud")
        .says("Verdict: failed");
}

#[test]
fn what_is_not_given_is_told_by_the_core_on_its_line() {
    let Some(story) = story() else { return };
    // A made-up text has no first element: that is what a file of values is for.
    rehearse(&story, &[".", "--stand-in", "opentelekomcloud"])
        .failure()
        .says("subnets[0]")
        .says("say it in a file: --values FILE")
        .says("Verdict: failed in plan");
}

#[test]
fn values_that_nobody_would_have_are_refused() {
    let Some(story) = story() else { return };
    story.write("../values.json", r#"{"opentelekomcloud_dcs_instance": {"id": "x"}}"#);
    for with in [&["--stand-in", "opentelekomcloud"][..], &["--with", "opentelekomcloud"], &[]] {
        let words = [&[".", "--values", "../values.json"], with].concat();
        rehearse(&story, &words)
            .failure()
            .says("--values has values of opentelekomcloud_dcs_instance, and no stand-in");
    }
}

/// A real provider that lies where cores look by default is not started, whatever else is allowed.
#[test]
#[cfg(unix)]
fn a_real_provider_is_not_touched() {
    use std::os::unix::fs::PermissionsExt;
    let Some(story) = story() else { return };
    let acted = story.folder().join("acted");
    for registry in ["registry.terraform.io", "registry.opentofu.org"] {
        for version in ["1.36.0", "1.36.1"] {
            let package = format!(".terraform.d/plugins/{registry}/opentelekomcloud/opentelekomcloud/{version}");
            let package = story.folder().join(package).join(PLATFORM);
            fs::create_dir_all(&package).unwrap();
            let program = package.join(format!("terraform-provider-opentelekomcloud_v{version}"));
            fs::write(&program, format!("#!/bin/sh\ntouch {}\nexit 1\n", acted.display())).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
    let words = [".", "--stand-in", "opentelekomcloud", "--values", "../values.json"];
    for more in [&[][..], &["--with", "opentelekomcloud"]] {
        rehearse(&story, &[&words, more].concat()).success().says("7 added");
        assert!(!acted.exists(), "{more:?}");
    }
    // It would have been found there.
    rehearse(&story, &[".", "--with", "opentelekomcloud"]).failure();
    assert!(acted.exists());
}

/// Outside of a rehearsal the program is itself, whatever it is called and whatever lies beside it.
#[test]
#[cfg(unix)]
fn a_part_is_played_in_a_rehearsal_only() {
    let Some(story) = bare("") else { return };
    let program = story.folder().join("terraform-provider-acme_v1.0.0");
    fs::copy(PROGRAM, &program).unwrap();
    story.write("../stand-in.json", "{ no part");
    let start = |rehearsal: Option<&str>| {
        let mut command = story.command(&program);
        if let Some(url) = rehearsal {
            command.env("RECOVERY_REHEARSAL", url);
        }
        run(&mut command)
    };
    start(Some("http://127.0.0.1:1")).failure().says("cannot make sense of").says("stand-in.json");
    for outside in [None, Some("")] {
        assert!(!start(outside).failure().has("stand-in.json"));
    }
}

#[cfg(unix)]
const PLATFORM: &str = if cfg!(target_os = "macos") {
    if cfg!(target_arch = "aarch64") { "darwin_arm64" } else { "darwin_amd64" }
} else if cfg!(target_arch = "aarch64") {
    "linux_arm64"
} else {
    "linux_amd64"
};

/// A second apply with a changed argument and more blocks.
#[test]
fn what_changes_is_changed_in_place_and_keeps_its_id() {
    let Some(story) = bare("") else { return };
    let text = |disks: &str| {
        format!(
            "{SOURCE}\nvariable \"size\" {{\n  default = 1\n}}\nresource \"acme_server\" \"s\" {{\n  size = var.size\n{disks}\n}}\n\
             resource \"recovery_dcs_backup\" \"b\" {{\n  instance_id = acme_server.s.id\n  remark      = \"x\"\n}}\n\
             output \"disks\" {{\n  value = join(\" \", [for disk in acme_server.s.disk : \"${{disk.id}}:${{disk.size}}\"])\n}}\n\
             output \"first\" {{\n  value = acme_server.s.disk[0].id\n}}\n"
        )
    };
    let disk =
        "  dynamic \"disk\" {\n    for_each = range(var.size)\n    content {\n      size = disk.value\n    }\n  }\n";
    story.configure(
        &text(disk).replace("required_providers {", "required_providers {\n    acme = { source = \"acme/acme\" }"),
    );
    let core = story.core.program.display();
    let script = format!(
        "{core} apply -auto-approve -no-color && {core} apply -auto-approve -no-color -var size=3 && \
         {core} plan -detailed-exitcode -no-color -var size=3"
    );
    let played = rehearse(&story, &[".", "--stand-in", "acme", "--", "sh", "-c", &script]).success();
    let played = played.says("2 added, 0 changed").says("0 added, 1 changed, 0 destroyed").says("No changes.");
    assert!(!played.has("must be replaced"), "{played}");
}

#[test]
fn modules_and_a_command_of_ones_own_find_the_stand_in_too() {
    let Some(story) = story() else { return };
    let module = CONFIGURATION.replace("provider \"opentelekomcloud\" {\n  cloud = \"production\"\n}\n", "");
    story.write("database/main.tf", &module);
    story.configure("module \"database\" {\n  source = \"./database\"\n}\n");
    let core = story.core.program.display().to_string();
    let arguments = [".", "--stand-in", "opentelekomcloud/opentelekomcloud", "--values", "../values.json"];
    rehearse(&story, &[&arguments[..], &["--", &core, "apply", "-auto-approve", "-no-color"]].concat())
        .success()
        .says("module.database.recovery_rds_backup.orders: Creation complete")
        .says("7 added");
}
