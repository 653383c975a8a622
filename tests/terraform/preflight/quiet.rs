//! No false alarm, no call too many: what a plan lets pass and what it does not ask for.

use jiff::{SignedDuration, Timestamp};
use rehearsal::dcs::{Backup, Instance};
use rehearsal::{Fault, Service, World, cbr};
use serde_json::Value;

use super::{asked, failing, passes};
use crate::support::all::{ALL, DDS_BACKUP, DDS_RESTORE, RDS_BACKUP, configuration};
use crate::support::{BACKUP, DESTROY_PLANS, INSTANCE, OTHER_INSTANCE, Outcome, Story, TERRAFORM_DATA};

fn restore(more: &str) -> String {
    format!(
        "resource \"recovery_dcs_restore\" \"r\" {{\n  instance_id = \"{INSTANCE}\"\n  backup_id   = \"{BACKUP}\"\n{more}}}\n"
    )
}

fn of_the_instance(world: &mut World) -> &mut Instance {
    world.dcs.instances.iter_mut().find(|instance| instance.id == INSTANCE).unwrap()
}

#[test]
fn a_nightly_backup_on_the_target_is_waited_for() {
    let Some(story) = Story::begin(&restore("")) else { return };
    story.cloud.change_world(|world| {
        world.dcs.backups.push(Backup {
            id: "tonight".into(),
            instance_id: INSTANCE.into(),
            backup_type: "auto".into(),
            created_at: Timestamp::now(),
            ended_at: Some(Timestamp::now() + SignedDuration::from_secs(6)),
            ..Backup::default()
        });
    });
    passes(&story).says(&format!("Apply waits: DCS instance dcs-orders ({INSTANCE}) is busy (task BACKUPING)"));
    assert_eq!(story.values("recovery_dcs_restore.r")["status"], "succeed");
}

#[test]
fn a_backup_made_in_the_same_apply_is_not_missed() {
    let text = format!(
        r#"
resource "recovery_dcs_backup" "first" {{
  instance_id = "{OTHER_INSTANCE}"
  remark      = "first"
}}
resource "recovery_dcs_backup" "second" {{
  instance_id = "{OTHER_INSTANCE}"
  remark      = "second"
  depends_on  = [recovery_dcs_backup.first]
}}
resource "recovery_dcs_restore" "r" {{
  instance_id = "{OTHER_INSTANCE}"
  backup_id   = recovery_dcs_backup.second.backup_id
}}
"#
    );
    let Some(story) = Story::begin(&text) else { return };
    passes(&story)
        .says(&format!(
            "DCS instance dcs-sessions ({OTHER_INSTANCE}) will be overwritten with a backup that is not known yet"
        ))
        .says("after that backup was made is lost");
}

#[test]
fn a_region_that_is_not_known_yet_is_not_taken_for_the_providers() {
    let text = format!(
        "resource \"terraform_data\" \"region\" {{\n  input = \"eu-de\"\n}}\n{}",
        restore("  region = terraform_data.region.output\n")
    );
    let Some(story) = Story::begin(&text) else { return };
    if !story.core.can(&TERRAFORM_DATA) {
        return;
    }
    story.plan().success().keeps_quiet_about("will be overwritten");
    assert!(asked(&story, Service::Dcs).is_empty());
    story.apply().success().says("2 added");
    story.sent_once();
}

#[test]
fn a_finished_restore_whose_backup_expired_plans_empty() {
    let Some(story) = Story::begin(&restore("")) else { return };
    story.apply().success();
    story.cloud.change_world(|world| {
        let backup = world.dcs.backups.iter_mut().find(|backup| backup.id == BACKUP).unwrap();
        backup.expired_at = Some(Timestamp::now() - SignedDuration::from_secs(1));
    });
    story.cloud.clear_journal();
    story.plan_is_empty();
    assert!(asked(&story, Service::Dcs).is_empty(), "nothing is asked about what is finished");
}

#[test]
fn a_finished_restore_is_destroyed_whatever_its_target_has_become() {
    let Some(story) = Story::begin(&restore("")) else { return };
    story.apply().success();
    story.cloud.change_world(|world| of_the_instance(world).status = "ERROR".into());
    story.destroy().success().says("the data stays as it was restored");
    story.sent_once();
}

#[test]
fn what_was_never_created_is_destroyed_with_the_checks_off() {
    // Terraform plans creates before a destroy only when there is something to destroy.
    let backup = format!("resource \"recovery_dcs_backup\" \"b\" {{\n  instance_id = \"{OTHER_INSTANCE}\"\n}}\n");
    let Some(story) = Story::begin(&backup) else { return };
    story.apply().success();
    story.cloud.change_world(|world| of_the_instance(world).status = "ERROR".into());
    story.configure(&format!("{backup}{}", restore("")));
    story.destroy().failure().says("RECOVERY_PREFLIGHT=false").says("`terraform destroy`").says("plans a create first");
    story.with("RECOVERY_PREFLIGHT", "false").destroy().success().says("1 destroyed");
}

#[test]
fn a_check_that_is_forbidden_or_fails_is_a_warning() {
    for status in [403, 500] {
        let Some(story) = Story::begin(&restore("")) else { return };
        // The record of the restore itself stays readable: without that nothing could be started safely.
        let story = story
            .with("RECOVERY_MAX_RETRIES", "0")
            .struck_by(vec![failing("/v2/*/instances/*/backups", status), failing("/v2/*/instances/*", status)]);
        let outcome = story.plan();
        assert_eq!(outcome.code, Some(0), "{outcome}");
        outcome
            .says("Warning: Not everything could be checked for the restore of DCS instance")
            .says("exists and can be restored")
            .says("This stops nothing.")
            .says("the plan leaves restore_point open until apply")
            .says(&format!("DCS instance {INSTANCE} will be overwritten with backup {BACKUP}"));
        if status == 403 {
            story.apply().success();
        }
    }
}

#[test]
fn an_apply_waits_out_a_service_that_fails_for_a_while() {
    let Some(story) = Story::begin(&restore("")) else { return };
    let story = story
        .with("RECOVERY_MAX_RETRIES", "0")
        .struck_by(vec![Fault { count: Some(6), ..failing("/v2/*/instances/*/backups", 500) }]);
    passes(&story);
    story.sent_once();
}

#[test]
fn a_plan_that_can_no_longer_be_repeated_says_so_before_anything_is_sent() {
    let Some(story) = Story::begin(&restore("")) else { return };
    story.core(&["plan", "-input=false", "-no-color", "-out=plan"]).success();
    let shown = story.core(&["show", "-json", "plan"]).success();
    let plan: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert!(plan["planned_values"]["root_module"]["resources"][0]["values"]["restore_point"].is_string(), "{shown}");
    let story = story.struck_by(vec![failing("/v2/*/instances/*/backups", 403)]);
    story
        .core(&["apply", "-input=false", "-no-color", "plan"])
        .failure()
        .says("what that plan showed can no longer be read")
        .says("Provider produced inconsistent final plan");
    assert!(story.sent().is_empty());
}

#[test]
fn two_creates_of_one_restore_share_it_with_all_values_known() {
    let twice = restore("  count = 2\n");
    let Some(story) = Story::begin(&twice) else { return };
    story.apply().success().says("2 added");
    story.sent_once();
}

#[test]
fn without_preflight_nothing_is_asked_about_new_work() {
    for started in ALL.into_iter().chain([DDS_RESTORE]) {
        let Some(story) = Story::begin(&configuration(&[started], "preflight = false")) else { return };
        story.plan().success().keeps_quiet_about("will be overwritten");
        let journal = story.cloud.journal();
        assert!(journal.is_empty(), "{}: {journal:#?}", started.address);
    }
}

fn forty_eight() -> String {
    format!(
        "resource \"recovery_dcs_backup\" \"b\" {{\n  count       = 48\n  instance_id = count.index < 24 ? \"{INSTANCE}\" : \
         \"{OTHER_INSTANCE}\"\n  remark      = \"number ${{count.index}}\"\n}}\n"
    )
}

#[test]
fn forty_eight_backups_on_two_instances_take_four_list_calls_to_plan_and_refresh() {
    let Some(story) = Story::begin(&forty_eight()) else { return };
    story.plan().success();
    let calls = asked(&story, Service::Dcs);
    let lists = calls.iter().filter(|entry| entry.path.ends_with("/backups")).count();
    assert_eq!((lists, calls.len()), (2, 4), "{calls:#?}");

    // A service in trouble is not asked once for each.
    story.cloud.clear_journal();
    let story = story.with("RECOVERY_MAX_RETRIES", "0").struck_by(vec![failing("/v2/*/instances/**", 500)]);
    story.plan().success().says("Not everything could be checked");
    assert_eq!(asked(&story, Service::Dcs).len(), 4);
}

#[test]
fn a_refresh_of_forty_eight_backups_walks_one_list_for_each_instance() {
    let Some(story) = Story::begin(&forty_eight()) else { return };
    story.cloud.change_world(|world| {
        world.dcs.durations.backup_seconds = 6.0;
        world.dcs.durations.waiting_seconds = 0.0;
        world.dcs.switches.kept_backups = 100;
    });
    story.apply().success().says("48 added");
    story.cloud.clear_journal();
    story.plan_is_empty();
    // One walk over the list for each instance; more than ten records take a second page to be sure of the end.
    let calls = asked(&story, Service::Dcs);
    assert_eq!(calls.iter().filter(|entry| entry.query.ends_with("offset=0")).count(), 2, "{calls:#?}");
    assert!(calls.len() <= 4, "{calls:#?}");
}

/// Plans that destroy, with and without a refresh before.
const DESTROY: &[&str] = &["plan", "-destroy", "-input=false", "-no-color"];
const DESTROY_UNREFRESHED: &[&str] = &["plan", "-destroy", "-refresh=false", "-input=false", "-no-color"];

#[test]
fn a_destroy_of_forty_eight_backups_reads_one_list_for_each_instance_to_say_what_is_lost() {
    let Some(story) = Story::begin(&forty_eight()) else { return };
    if !story.core.can(&DESTROY_PLANS) {
        return;
    }
    story.cloud.change_world(|world| {
        world.dcs.durations.backup_seconds = 6.0;
        world.dcs.durations.waiting_seconds = 0.0;
        world.dcs.switches.kept_backups = 100;
    });
    story.apply().success().says("48 added");
    let newest = |outcome: &Outcome| outcome.stdout.matches("newest backup of").count();
    // The core refreshes in a process of its own, which reads what it has to refresh.
    for (arguments, most) in [(DESTROY, 4), (DESTROY_UNREFRESHED, 2)] {
        story.cloud.clear_journal();
        let outcome = story.core(arguments).success();
        assert!(outcome.has("It is the newest backup of DCS instance"), "{outcome}");
        // One for each instance at most; Terraform folds warnings that begin alike.
        assert!((1..=2).contains(&newest(&outcome)), "{outcome}");
        let calls = asked(&story, Service::Dcs);
        assert!((2..=most).contains(&calls.len()), "{calls:#?}");
    }
    // A list that cannot be read is no reason to say anything, and is asked for once.
    let mut story = story.with("RECOVERY_MAX_RETRIES", "0");
    for status in [500, 403] {
        story = story.struck_by(vec![failing("/v2/*/instances/**", status)]);
        story.cloud.clear_journal();
        let outcome = story.core(DESTROY_UNREFRESHED).success();
        assert!(outcome.has("A deleted backup does not come back. If the resource only got"), "{outcome}");
        assert_eq!((newest(&outcome), asked(&story, Service::Dcs).len()), (0, 2), "{status}: {outcome}");
    }
    // Without checks nothing is asked at all, of no service.
    let story = story.with("RECOVERY_PREFLIGHT", "false");
    story.cloud.clear_journal();
    story.core(DESTROY_UNREFRESHED).success().says("A deleted backup does not come back.");
    assert!(story.cloud.journal().is_empty(), "{:#?}", story.cloud.journal());
}

#[test]
fn a_destroy_says_what_is_lost_of_every_kind_of_backup() {
    let [rds, dds] = [RDS_BACKUP, DDS_BACKUP].map(|backup| backup.block(""));
    let checkpoint =
        format!("resource \"recovery_cbr_checkpoint\" \"c\" {{\n  vault_id = \"{}\"\n}}\n", cbr::SERVER_VAULT_ID);
    for (service, text, says) in [
        (Service::Rds, rds, "backup of RDS instance"),
        (Service::Dds, dds, "backup of DDS instance"),
        (Service::Cbr, checkpoint, &format!("in vault {} that can be restored", cbr::SERVER_VAULT_ID)),
    ] {
        let Some(story) = Story::begin(&text) else { return };
        if !story.core.can(&DESTROY_PLANS) {
            return;
        }
        story.apply().success();
        story.cloud.clear_journal();
        story.core(DESTROY_UNREFRESHED).success().says(says).says("that can be restored");
        assert_eq!(asked(&story, service).len(), 1, "{:#?}", asked(&story, service));
        let story = story.with("RECOVERY_PREFLIGHT", "false");
        story.cloud.clear_journal();
        story.core(DESTROY_UNREFRESHED).success().keeps_quiet_about("that can be restored");
        assert!(story.cloud.journal().is_empty(), "{:#?}", story.cloud.journal());
    }
}
