//! The command `rehearse`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::support::{INSTANCE, Outcome, Play, Story, TERRAFORM_DATA, eventually};

pub(crate) const SOURCE: &str =
    "terraform {\n  required_providers {\n    recovery = { source = \"cloud-recovery/recovery\" }\n  }\n}\n";

/// A story whose configuration stands in a folder without the stage's own files.
pub(crate) fn bare(configuration: &str) -> Option<Story> {
    let story = Story::begin("provider \"recovery\" {}\n")?.without("RECOVERY_REHEARSAL");
    fs::remove_file(story.directory().join("preamble.tf")).unwrap();
    story.configure(&format!("{SOURCE}{configuration}"));
    Some(story)
}

pub(crate) fn command(story: &Story, arguments: &[&str]) -> Command {
    let mut command = story.command(crate::support::PROGRAM);
    // A configuration of the user's that must have no part in this.
    command.env("RECOVERY_TERRAFORM", &story.core.program).args(["rehearse", "--speed", "200"]).args(arguments);
    command
}

pub(crate) fn rehearse(story: &Story, arguments: &[&str]) -> Outcome {
    crate::support::run(&mut command(story, arguments))
}

/// Every file below a folder with its content, and every link with its target.
pub(crate) fn snapshot(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_symlink() {
                found.push((path.clone(), fs::read_link(path).unwrap().into_os_string().into_encoded_bytes()));
            } else {
                found.push((path.clone(), fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

pub(crate) fn backup() -> String {
    format!("resource \"recovery_dcs_backup\" \"b\" {{\n  instance_id = \"{INSTANCE}\"\n}}\n")
}

/// What a rehearsal calls the core.
fn core_name(story: &Story) -> String {
    story.core.program.file_stem().unwrap().to_string_lossy().into_owned()
}

/// Each line that the README shows of the quickstart is one that it prints, whatever its ids and times are.
fn the_readme_shows(outcome: &Outcome) {
    let lasting = |line: &str| {
        let words = line.split_whitespace().map(|word| {
            let is_id = word.trim_matches(['"', ',']).len() == 36 && word.matches('-').count() == 4;
            if is_id { "ID".to_owned() } else { word.replace(|letter: char| letter.is_ascii_hexdigit(), "") }
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let shown = readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let printed: Vec<String> = outcome.stdout.lines().map(lasting).collect();
    let invented: Vec<&str> = shown
        .lines()
        .filter(|line| !line.is_empty() && *line != "[...]" && !printed.contains(&lasting(line)))
        .collect();
    assert!(invented.is_empty(), "the README shows what the quickstart does not print: {invented:#?}\n{outcome}");
}

#[test]
fn the_quickstart_runs_from_init_to_destroy() {
    let Some(story) = bare("") else { return };
    let quickstart = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/quickstart");
    let before = snapshot(Path::new(quickstart));
    let outcome = rehearse(&story, &[quickstart]).success();
    for said in [
        "6 added, 0 changed, 0 destroyed",
        "No changes",
        "6 destroyed",
        "Timeline",
        "dcs backup",
        "dcs restore",
        "cbr restore",
        "ddm restore",
        "Outputs after apply",
    ] {
        assert!(outcome.has(said), "{said}: {outcome}");
    }
    // A core that loses objects is warned of.
    let most = if story.core.loses_objects() { 132 } else { 120 };
    assert!(outcome.stdout.lines().count() <= most, "two screens: {outcome}");
    the_readme_shows(&outcome);
    let verbose = rehearse(&story, &[quickstart, "--verbose"]).success();
    for said in ["$ terraform apply", "Creation complete", "Timeline"] {
        assert!(
            verbose.has(&said.replace("terraform", &core_name(&story))) && (said == "Timeline" || !outcome.has(said))
        );
    }
    assert!(before == snapshot(Path::new(quickstart)), "a file of the quickstart has changed");
    assert_eq!(fs::read_dir(story.temporary()).unwrap().count(), 0, "temporary files are gone");
}

#[test]
fn the_users_folder_state_backend_and_lock_stay_as_they_are() {
    for backend in [
        "terraform {\n  backend \"local\" {\n    path = \"../state/mine.tfstate\"\n  }\n}\n",
        "terraform {\n  backend \"s3\" {\n    bucket = \"mine\"\n    key = \"k\"\n    region = \"r\"\n  }\n}\n",
        "terraform {\n  cloud {\n    organization = \"mine\"\n    workspaces {\n      name = \"w\"\n    }\n  }\n}\n",
        "",
    ] {
        let Some(story) = bare(&format!("{backend}{}", backup())) else { return };
        story.write("terraform.tfstate", "{ this is mine }");
        story.write(".terraform.lock.hcl", "# mine");
        story.write(".terraform/environment", "elsewhere");
        story.write(
            "a_override.tf",
            "terraform {\n  backend \"local\" {\n    path = \"../state/other.tfstate\"\n  }\n}\n",
        );
        let story =
            story.with("TF_WORKSPACE", "elsewhere").with("TF_CLI_ARGS", "-no-such-flag").with("TF_DATA_DIR", "../data");
        let before = snapshot(story.folder());
        rehearse(&story, &["."]).success().says("1 destroyed");
        assert!(before == snapshot(story.folder()), "a file has changed with {backend:?}");
    }
}

#[test]
fn modules_outside_the_folder_resolve() {
    let nested = "module \"m\" {\n  source = \"../modules/outer\"\n}\noutput \"id\" {\n  value = module.m.id\n}\n";
    let Some(story) = bare(nested) else { return };
    let inner = format!("{SOURCE}{}output \"id\" {{\n  value = recovery_dcs_backup.b.id\n}}\n", backup());
    story.write("../modules/inner/main.tf", &inner);
    story.write(
        "../modules/outer/main.tf",
        "module \"i\" {\n  source = \"../inner\"\n}\noutput \"id\" {\n  value = \"${module.i.id} ${file(\"${path.module}/../../motd\")}\"\n}\n",
    );
    story.write("../motd", "hello");
    let before = snapshot(story.folder());
    rehearse(&story, &["."]).success().says("1 added").says("hello");
    assert!(before == snapshot(story.folder()));
}

#[test]
fn nothing_in_the_block_leads_out_of_the_rehearsal() {
    let block = r#"
provider "recovery" {
  auth_url   = "https://iam.eu-de.otc.t-systems.com/v3"
  token      = "a real token"
  cloud      = "production"
  project_id = "a-real-project"
  endpoints = {
    iam = "https://iam.example.com"
    dcs = "https://dcs.example.com"
    cbr = "https://cbr.example.com"
    ddm = "https://ddm.example.com"
  }
}
"#;
    let Some(story) = bare(&format!("{block}{}", backup())) else { return };
    let story = story
        .with("OS_AUTH_URL", "https://iam.eu-de.otc.t-systems.com/v3")
        .with("OS_PASSWORD", "a real password")
        .with("RECOVERY_REHEARSAL", "https://dcs.eu-de.otc.t-systems.com")
        .with("RECOVERY_ENDPOINT_DCS", "https://dcs.eu-de.otc.t-systems.com")
        // Whoever tried to leave would end here.
        .with("HTTPS_PROXY", "http://127.0.0.1:9")
        .with("HTTP_PROXY", "http://127.0.0.1:9");
    rehearse(&story, &["."]).success().says("1 destroyed").says("This is a rehearsal");
}

#[test]
fn a_variable_that_leads_elsewhere_is_refused() {
    let Some(story) = Story::begin(&backup()) else { return };
    let story = story.without("RECOVERY_REHEARSAL").with("RECOVERY_REHEARSAL", "https://dcs.eu-de.otc.t-systems.com");
    story.plan().failure().says("not on this machine");
}

#[test]
fn what_the_world_lacks_is_created() {
    let text = r#"
resource "recovery_dcs_restore" "r" {
  instance_id = "11111111-2222-4333-8444-555555555555"
  backup_id   = "66666666-7777-4888-8999-000000000000"
}
resource "recovery_cbr_restore" "r" {
  backup_id = "11111111-2222-4333-8444-0000000000b1"
  server_id = "11111111-2222-4333-8444-0000000000a1"
}
resource "recovery_cbr_restore" "d" {
  backup_id = "11111111-2222-4333-8444-0000000000b2"
  volume_id = "11111111-2222-4333-8444-0000000000d2"
}
resource "recovery_ddm_restore" "r" {
  source_instance_id = "mine"
  target_instance_id = "new"
  restore_time       = 1747732352076
}
"#;
    let Some(story) = bare(text) else { return };
    rehearse(&story, &["."]).success().says("4 added").says("4 destroyed");
}

#[test]
fn what_data_sources_look_for_is_created() {
    let text = r#"
data "recovery_dcs_backups" "b" {
  instance_id = "11111111-2222-4333-8444-555555555555"
}
data "recovery_cbr_backup" "b" {
  backup_id = "11111111-2222-4333-8444-0000000000b1"
}
data "recovery_ddm_data_nodes" "n" {
  source_instance_id = "mine"
  restore_time       = 1747732352076
}
resource "recovery_cbr_restore" "r" {
  backup_id = data.recovery_cbr_backup.b.backup_id
  server_id = data.recovery_cbr_backup.b.resource_id
}
output "nodes" {
  value = length(data.recovery_ddm_data_nodes.n.data_nodes)
}
"#;
    let Some(story) = bare(text) else { return };
    rehearse(&story, &["."]).success().says("1 added").says("nodes = 2").says("1 destroyed");
}

#[test]
fn a_scenario_decides_what_goes_wrong() {
    let Some(story) = bare(&backup()) else { return };
    story.write(
        "../scenario.yaml",
        "faults:\n  - { service: dcs, method: POST, path: \"/v2/**/backups\", fail_operation: { code: dcs.08.0007 } }\n",
    );
    let outcome = rehearse(&story, &[".", "--scenario", "../scenario.yaml"]).failure().says("dcs.08.0007");
    assert!(!outcome.has("$ terraform destroy") && outcome.has("Timeline"), "{outcome}");
    story.write("../scenario.yaml", "faults: [ { rest: true } ]\n");
    let outcome = rehearse(&story, &[".", "--scenario", "../scenario.yaml"]).says("faults[0]");
    assert_eq!(outcome.code, Some(2), "{outcome}");
}

#[test]
fn a_store_keeps_the_world_between_runs() {
    let restore = r#"
resource "recovery_dcs_restore" "r" {
  instance_id = "11111111-2222-4333-8444-555555555555"
  backup_id   = "66666666-7777-4888-8999-000000000000"
}
"#;
    let Some(story) = bare(restore) else { return };
    let arguments = [".", "--store", "../world.json"];
    rehearse(&story, &arguments).success().says("1 added");
    let list = r#"
data "recovery_dcs_restores" "all" {
  instance_id = "11111111-2222-4333-8444-555555555555"
}
output "restores" {
  value = length(data.recovery_dcs_restores.all.restores)
}
"#;
    story.configure(&format!("{SOURCE}{list}"));
    rehearse(&story, &arguments).success().says("restores = 1");
}

#[test]
fn a_configuration_for_huawei_cloud_meets_one() {
    let text = r#"
variable "platform" {
  default = "huaweicloud"
}
provider "recovery" {
  platform = var.platform
  region   = "ap-southeast-3"
}
resource "recovery_ddm_restore" "r" {
  source_instance_id = "mine"
  target_instance_id = "new"
  restore_time       = 1747732352076
}
"#;
    let Some(story) = bare(text) else { return };
    rehearse(&story, &["."]).success().says("\"source\":{\"restore_time\":1747732352076}");
}

#[test]
fn a_command_of_ones_own_runs_in_place_of_the_story() {
    let Some(story) = bare(&backup()) else { return };
    let core = story.core.program.to_str().unwrap().to_owned();
    let before = snapshot(&story.directory());
    let outcome = rehearse(&story, &[".", "--", &core, "plan", "-no-color", "-input=false"]).success().says("1 to add");
    assert!(outcome.stderr.contains("Timeline") && !outcome.stdout.contains("Timeline"), "{outcome}");
    let outcome = rehearse(&story, &[".", "--", "sh", "-c", "test -f main.tf && exit 7"]);
    assert_eq!(outcome.code, Some(7), "{outcome}");
    rehearse(&story, &[".", "--", "/no/such/program"]).failure().says("/no/such/program");
    assert!(before == snapshot(&story.directory()));
}

#[test]
fn a_failing_step_ends_the_story_with_its_code() {
    let Some(story) = bare("resource \"recovery_dcs_backup\" \"b\" {\n  instance_id = \"\"\n}\n") else { return };
    let outcome = rehearse(&story, &["."]);
    assert_eq!(outcome.code, Some(1), "{outcome}");
    outcome.says("instance_id").keeps_quiet_about("$ terraform apply");
    story.configure(&format!("{SOURCE}resource \"terraform_data\" \"t\" {{\n  input = timestamp()\n}}\n"));
    if story.core.can(&TERRAFORM_DATA) {
        let outcome = rehearse(&story, &["."]);
        assert_eq!(outcome.code, Some(2), "{outcome}");
        outcome.says("The second plan is not empty");
    }
    assert_eq!(fs::read_dir(story.temporary()).unwrap().count(), 0);
}

#[test]
fn other_providers_are_refused_unless_they_are_named() {
    let text = "module \"m\" {\n  source = \"./m\"\n}\n";
    let Some(story) = bare(&format!("{text}{}", backup())) else { return };
    // No registry knows it; whoever asked for it would say so.
    story.write(
        "m/main.tf",
        "terraform {\n  required_providers {\n    acts = {\n      source = \"registry.invalid/acme/acts\"\n    }\n  }\n}\n",
    );
    for arguments in [vec!["."], vec![".", "--with", "other"], vec![".", "--", "true"]] {
        let outcome = rehearse(&story, &arguments).failure();
        assert!(outcome.has("registry.invalid/acme/acts") && outcome.has("--with acts"), "{outcome}");
        assert!(!outcome.has("Timeline"), "{outcome}");
    }
    let outcome = rehearse(&story, &[".", "--with", "acts"]).failure();
    assert!(outcome.has("registry.invalid") && !outcome.has("act for real"), "{outcome}");
    assert_eq!(fs::read_dir(story.temporary()).unwrap().count(), 0);
}

#[test]
fn a_named_provider_acts() {
    let text = "terraform {\n  required_providers {\n    acts = {\n      source = \"registry.invalid/acme/acts\"\n    }\n  }\n}\n";
    let Some(story) = bare(&backup()) else { return };
    story.configure(&format!(
        "{}{}",
        text.replace("acts = {", "recovery = { source = \"cloud-recovery/recovery\" }\n    acts = {"),
        backup()
    ));
    // Where users put providers by hand. Any program that speaks the protocol will do.
    let platform = format!("linux_{}", if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" });
    let folder = story.folder().join(".terraform.d/plugins/registry.invalid/acme/acts/1.0.0").join(platform);
    fs::create_dir_all(&folder).unwrap();
    std::os::unix::fs::symlink(crate::support::PROGRAM, folder.join("terraform-provider-acts_v1.0.0")).unwrap();
    if cfg!(target_os = "linux") {
        rehearse(&story, &[".", "--with", "acme/acts"]).success().says("1 destroyed");
    }
}

#[test]
fn without_a_core_there_is_a_word_about_it() {
    let Some(story) = bare(&backup()) else { return };
    let mut command = command(&story, &["."]);
    command.env_remove("RECOVERY_TERRAFORM").env("PATH", story.temporary());
    crate::support::run(&mut command).failure().says("neither terraform nor tofu is on PATH");
}

/// A rehearsal slow enough to be stopped in the middle of the apply.
pub(crate) fn begun(story: &Story) -> Play {
    let mut command = story.command(crate::support::PROGRAM);
    command.env("RECOVERY_TERRAFORM", &story.core.program).args(["rehearse", "--verbose", "--speed", "4", "."]);
    let play = Play::start(&mut command, story.folder());
    eventually("the backup is being made", Duration::from_secs(30), || {
        play.said().contains("Creating...").then_some(())
    });
    std::thread::sleep(Duration::from_millis(700));
    play
}

#[test]
fn an_interrupt_ends_terraform_in_order_and_leaves_nothing() {
    let Some(story) = bare(&backup()) else { return };
    for stop in [Play::interrupt, Play::terminate] {
        let play = begun(&story);
        stop(&play);
        let outcome = play.end().failure();
        assert!(outcome.has("Interrupt received") && outcome.has("Timeline"), "{outcome}");
        assert!(!outcome.has("Two interrupts") && !outcome.has("$ terraform destroy"), "{outcome}");
        assert_eq!(fs::read_dir(story.temporary()).unwrap().count(), 0, "{outcome}");
    }
}
