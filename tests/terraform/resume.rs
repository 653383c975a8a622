//! Runs that broke off, and the runs after them: a restore is never run a second time because something went wrong around
//! it. Each story is about one restore of each service at once, and a backup that must not be deleted.

use std::time::Duration;

use rehearsal::{Entry, Fault, Needs, cbr, ddm};
use serde_json::{Value, json};

use crate::support::all::{
    CBR_RESTORE, DCS_BACKUP, DCS_BACKUP_V1, DCS_RESTORE, DDM_RESTORE, DDS_BACKUP, DDS_RESTORE, IN_PLACE, RDS_BACKUP,
    RDS_NEW, RDS_RESTORE, REPEATABLE, RESTORES, Started, configuration, story,
};
use crate::support::{BACKUP, INSTANCE, Outcome, Story, TERRAFORM_DATA, kill};

/// The restores, a new instance and the backups.
const ALL: [Started; 9] =
    [DCS_RESTORE, CBR_RESTORE, DDM_RESTORE, RDS_RESTORE, DDS_RESTORE, RDS_NEW, DCS_BACKUP, RDS_BACKUP, DDS_BACKUP];
/// What is kept once it has ended, whatever went wrong after it.
const KEPT: [Started; 5] = [DCS_RESTORE, CBR_RESTORE, DDM_RESTORE, RDS_RESTORE, RDS_NEW];
/// How long operations take where the next run shall meet them running.
const LONG: f64 = 14.0;
/// How long operations take where the next run shall find them ended.
const SHORT: f64 = 5.0;

const APPLY: [&str; 4] = ["apply", "-input=false", "-no-color", "-auto-approve"];

fn timeouts(create: &str) -> String {
    format!("timeouts {{\ncreate = \"{create}\"\n}}")
}

/// Everything was started, and no wait saw the end.
fn timed_out(seconds: f64, more: &str) -> Option<Story> {
    let story = story(&ALL, &format!("{}\n{more}", timeouts("3s")), seconds)?;
    let outcome = story.apply().failure().says("did not end within 3s").says("its ID is in the state");
    for started in ALL {
        let ran = story.ran(&started);
        assert_eq!(ran.len(), 1, "{}: {outcome}", started.address);
        let values = story.values(started.address);
        assert_eq!(started.operation(&values), ran.first().cloned(), "{values:#}");
        assert_eq!(values["pending_operation"], json!(ran[0]), "{values:#}");
    }
    Some(story)
}

/// Each ran once, nothing was deleted, and nothing is left to do.
#[track_caller]
fn green(story: &Story, of: &[Started]) {
    story.each_ran_once(of);
    let deleted: Vec<Entry> = story.sent().into_iter().filter(|entry| entry.method == "DELETE").collect();
    assert!(deleted.is_empty(), "{deleted:#?}");
    story.plan_is_empty();
}

fn apply_with(story: &Story, more: &[&str]) -> Outcome {
    let mut arguments = APPLY.to_vec();
    arguments.extend(more);
    story.core(&arguments)
}

#[test]
fn after_a_timeout_what_still_runs_is_followed_with_another_timeout() {
    let Some(story) = timed_out(LONG, "") else { return };
    story.configure(&configuration(&ALL, &timeouts("5m")));
    let plan = story.plan().success();
    for started in ALL {
        let ran = story.ran(&started);
        assert!(plan.has(&format!("{}, not run it again", ran[0])), "{plan}");
    }
    story.apply().success();
    green(&story, &ALL);
}

#[test]
fn after_a_timeout_what_has_ended_is_kept_without_a_request() {
    let Some(story) = timed_out(SHORT, "") else { return };
    story.wait_until_each(&ALL, true);
    story.plan().success().says("not run it again");
    story.apply().success();
    green(&story, &ALL);
}

#[test]
fn without_a_refresh() {
    let Some(story) = timed_out(SHORT, "") else { return };
    story.wait_until_each(&ALL, true);
    apply_with(&story, &["-refresh=false"]).success();
    green(&story, &ALL);
}

#[test]
fn without_a_refresh_while_it_runs() {
    let Some(story) = timed_out(LONG, "") else { return };
    story.configure(&configuration(&ALL, &timeouts("5m")));
    apply_with(&story, &["-refresh=false"]).success();
    green(&story, &ALL);
}

#[test]
fn after_a_refresh_alone() {
    let Some(story) = timed_out(SHORT, "") else { return };
    story.wait_until_each(&ALL, true);
    apply_with(&story, &["-refresh-only"]).success();
    story.apply().success();
    green(&story, &ALL);
}

#[test]
fn after_a_refresh_alone_while_it_runs() {
    let Some(story) = timed_out(LONG, "") else { return };
    apply_with(&story, &["-refresh-only"]).success();
    story.configure(&configuration(&ALL, &timeouts("5m")));
    story.apply().success();
    green(&story, &ALL);
}

#[test]
fn by_a_saved_plan() {
    let Some(story) = timed_out(SHORT, "") else { return };
    // Planned while it runs, applied when it has ended.
    story.configure(&configuration(&ALL, &timeouts("5m")));
    story.core(&["plan", "-input=false", "-no-color", "-out=saved"]).success();
    story.wait_until_each(&ALL, true);
    story.core(&["apply", "-input=false", "-no-color", "saved"]).success();
    green(&story, &ALL);
}

#[test]
fn one_after_the_other() {
    let Some(story) = timed_out(LONG, "") else { return };
    story.configure(&configuration(&ALL, &timeouts("5m")));
    apply_with(&story, &["-parallelism=1"]).success();
    green(&story, &ALL);
}

fn untaint(story: &Story) {
    for started in ALL {
        story.core(&["untaint", started.address]).success();
    }
}

#[test]
fn untainted_while_it_runs() {
    let Some(story) = timed_out(LONG, "") else { return };
    untaint(&story);
    story.plan().success().says("will follow");
    // How many are left to follow depends on how long the plan took.
    story.apply().success().says("0 added").says("0 destroyed");
    green(&story, &ALL);
}

#[test]
fn untainted_when_it_has_ended() {
    let Some(story) = timed_out(SHORT, "") else { return };
    untaint(&story);
    story.wait_until_each(&ALL, true);
    story.apply().success().says("0 added").says("0 destroyed");
    green(&story, &ALL);
}

const CREATE_FIRST: &str = "lifecycle {\ncreate_before_destroy = true\n}";

#[test]
fn created_before_the_old_one_goes_what_runs_is_joined() {
    let Some(story) = story(&RESTORES, &format!("{}\n{CREATE_FIRST}", timeouts("3s")), LONG) else { return };
    story.apply().failure();
    story.configure(&configuration(&RESTORES, &format!("{}\n{CREATE_FIRST}", timeouts("5m"))));
    story.plan().success().says("terraform untaint");
    story.apply().success();
    green(&story, &RESTORES);
}

#[test]
fn created_before_the_old_one_goes_what_has_ended_stops_the_run_safely() {
    // A new instance is never joined by what a list shows of it: it stops the run while it is being made, too.
    for (of, seconds) in [(&KEPT[..], SHORT), (&[RDS_NEW], LONG)] {
        let Some(story) = story(of, &format!("{}\n{CREATE_FIRST}", timeouts("3s")), seconds) else { return };
        story.apply().failure();
        if seconds == SHORT {
            story.wait_until_each(of, true);
        }
        let plan = story.plan().success().says("terraform untaint").says("terraform state rm");
        story.apply().failure().says("inconsistent final plan");
        story.each_ran(of, 1);
        // The core has set the old objects aside by now, where untaint does not find them. The plan has told what does.
        story.configure(&configuration(of, &format!("{}\n{CREATE_FIRST}", timeouts("5m"))));
        for started in of {
            let id = id_to_import(&plan, &story.ran(started)[0]);
            story.core(&["state", "rm", started.address]).success();
            story.import(started.address, &id).success();
        }
        story.apply().success().says("0 added").says("0 destroyed");
        green(&story, of);
    }
}

/// The id in an import line that tells of an operation.
#[track_caller]
fn id_to_import(outcome: &Outcome, operation: &str) -> String {
    let text = format!("{outcome}");
    let line = text.lines().find(|line| line.contains("terraform import ") && line.contains(operation));
    let line = line.unwrap_or_else(|| panic!("no import line for {operation} in {outcome}"));
    line.split_whitespace().find(|word| word.contains(operation)).unwrap().to_owned()
}

#[test]
fn created_before_the_old_one_goes_what_has_ended_is_kept_once_it_is_untainted() {
    for (of, seconds) in [(&KEPT[..], SHORT), (&[RDS_NEW], LONG)] {
        let Some(story) = story(of, &format!("{}\n{CREATE_FIRST}", timeouts("3s")), seconds) else { return };
        story.apply().failure().says("terraform untaint");
        if seconds == SHORT {
            story.wait_until_each(of, true);
        }
        story.configure(&configuration(of, &format!("{}\n{CREATE_FIRST}", timeouts("5m"))));
        for started in of {
            story.core(&["untaint", started.address]).success();
        }
        story.apply().success().says("0 added").says("0 destroyed");
        green(&story, of);
    }
}

/// A replacement under `create_before_destroy` that timed out: the old object is set aside, the new one is tainted.
fn replaced_halfway(of: &[Started], seconds: f64) -> Option<Story> {
    let lines =
        |number: u8, create: &str| format!("triggers = {{ n = \"{number}\" }}\n{}\n{CREATE_FIRST}", timeouts(create));
    let story = story(of, &lines(1, "5m"), seconds)?;
    story.apply().success();
    story.configure(&configuration(of, &lines(2, "2s")));
    story.apply().failure();
    story.each_ran(of, 2);
    story.configure(&configuration(of, &lines(2, "5m")));
    Some(story)
}

#[test]
fn a_backup_replaced_halfway_ends_well_whether_it_runs_or_has_ended() {
    let of = [DCS_BACKUP_V1, DCS_BACKUP];
    for ended in [false, true] {
        let Some(story) = replaced_halfway(&of, SHORT) else { return };
        if ended {
            story.wait_until_each(&of, true);
        }
        story.plan().success().says("makes a new backup once this one has ended");
        story.apply().success();
        story.plan_is_empty();
        for started in of {
            // The one that was made halfway is deleted like the one before it: what stays is in the state.
            let ran = story.ran(&started);
            assert_eq!((ran.len(), started.operation(&story.values(started.address))), (3, ran.last().cloned()));
            let kept: Vec<&String> = ran.iter().filter(|id| story.has_backup(id)).collect();
            assert_eq!(kept, [&ran[2]], "{ran:?}");
        }
    }
}

#[test]
fn a_restore_replaced_halfway_is_joined_while_it_runs() {
    let of = IN_PLACE;
    let Some(story) = replaced_halfway(&of, LONG) else { return };
    story.apply().success();
    story.each_ran(&of, 2);
    story.plan_is_empty();
}

#[test]
fn a_restore_replaced_halfway_that_has_ended_stops_the_run_and_the_lines_help() {
    let of = REPEATABLE;
    let Some(story) = replaced_halfway(&of, SHORT) else { return };
    story.wait_until_each(&of, true);
    let plan = story.plan().success();
    story.apply().failure().says("inconsistent final plan");
    for started in of {
        let id = id_to_import(&plan, story.ran(&started).last().unwrap());
        story.core(&["state", "rm", started.address]).success();
        story.import(started.address, &id).success();
    }
    story.apply().success().says("0 added").says("0 destroyed");
    story.each_ran(&of, 2);
    story.plan_is_empty();
}

fn interrupted(seconds: f64) -> Option<Story> {
    let story = story(&ALL, "", seconds)?;
    let running = story.begin_apply();
    story.wait_until_each(&ALL, false);
    // Answers are on their way; the waits have begun when they are there.
    std::thread::sleep(Duration::from_millis(1500));
    running.interrupt();
    running.end().failure().says("Stopped waiting");
    Some(story)
}

#[test]
fn after_ctrl_c_what_still_runs_is_followed() {
    let Some(story) = interrupted(LONG) else { return };
    story.apply().success();
    green(&story, &ALL);
}

#[test]
fn after_ctrl_c_what_has_ended_is_kept() {
    let Some(story) = interrupted(SHORT) else { return };
    story.wait_until_each(&ALL, true);
    story.apply().success();
    green(&story, &ALL);
}

#[cfg(target_os = "linux")]
fn killed(seconds: f64) -> Option<Story> {
    let story = story(&RESTORES, "", seconds)?;
    let running = story.begin_apply();
    story.wait_until_each(&RESTORES, false);
    std::thread::sleep(Duration::from_millis(1500));
    story.providers().into_iter().for_each(kill);
    running.end().failure();
    for started in RESTORES {
        assert!(story.resource(started.address).is_null(), "{} was saved by a dead provider", started.address);
    }
    Some(story)
}

#[test]
#[cfg(target_os = "linux")]
fn after_the_sudden_death_of_the_provider_what_still_runs_is_joined() {
    let Some(story) = killed(LONG) else { return };
    let plan = story.plan().success().says("Apply will join");
    for started in RESTORES {
        assert!(plan.has(&story.ran(&started)[0]), "{plan}");
    }
    story.apply().success();
    green(&story, &RESTORES);
}

#[test]
#[cfg(target_os = "linux")]
fn after_the_sudden_death_of_the_provider_the_plan_tells_how_to_import_what_has_ended() {
    let Some(story) = killed(SHORT) else { return };
    story.wait_until_each(&RESTORES, true);
    // A DDM instance that was restored to is no target any more: that check fails, and the warning stands beside it.
    let plan = story.plan();
    for started in RESTORES {
        let id = id_to_import(&plan, &story.ran(&started)[0]);
        story.import(started.address, &id).success();
    }
    story.apply().success().says("0 added").says("0 destroyed");
    green(&story, &RESTORES);
}

/// 403 on every read that tells how the operations go.
fn blind() -> Vec<Fault> {
    [
        "/v2/*/instances/*/restores",
        "/v2/*/instances/*/backups",
        "/v3/*/operation-logs",
        "/v3/*/operation-logs/*",
        "/v3/*/jobs",
        "/v3/*/jobs/*",
    ]
    .map(|path| serde_json::from_value(json!({"method": "GET", "path": path, "status": 403})).unwrap())
    .to_vec()
}

fn unwatched(seconds: f64) -> Option<Story> {
    let story = story(&ALL, "", seconds)?;
    let running = story.begin_apply();
    story.wait_until_each(&ALL, false);
    std::thread::sleep(Duration::from_millis(1500));
    story.cloud.set_faults(blind()).unwrap();
    running.end().failure().says("can no longer be watched").says("403");
    story.cloud.set_faults(Vec::new()).unwrap();
    Some(story)
}

#[test]
fn after_reads_that_were_refused_what_still_runs_is_followed() {
    let Some(story) = unwatched(LONG) else { return };
    story.apply().success();
    green(&story, &ALL);
}

#[test]
fn after_reads_that_were_refused_what_has_ended_is_kept() {
    let Some(story) = unwatched(SHORT) else { return };
    story.wait_until_each(&ALL, true);
    story.apply().success();
    green(&story, &ALL);
}

/// Fails until a file is there.
const PROVISIONER: &str = "provisioner \"local-exec\" {\ncommand = \"test -f ready\"\n}";

#[test]
fn after_a_provisioner_that_failed_a_good_restore_is_kept() {
    let Some(story) = story(&KEPT, PROVISIONER, 1.0) else { return };
    story.apply().failure().says("local-exec");
    story.each_ran_once(&KEPT);
    story.write("ready", "");
    story.plan().success().says("not run it again");
    story.apply().success();
    green(&story, &KEPT);
}

#[test]
fn after_a_provisioner_that_failed_what_still_runs_is_not_run_again() {
    let Some(story) = story(&KEPT, &format!("wait = false\n{PROVISIONER}"), LONG) else { return };
    story.apply().failure().says("local-exec");
    story.write("ready", "");
    story.configure(&configuration(&KEPT, PROVISIONER));
    story.apply().success();
    green(&story, &KEPT);
}

#[test]
fn a_backup_id_that_is_unknown_in_the_plan_and_turns_out_the_same_is_the_same() {
    let text = |run: &str| {
        format!(
            "resource \"terraform_data\" \"pick\" {{\n  input = \"{BACKUP}\"\n  triggers_replace = [\"{run}\"]\n}}\n\
             resource \"recovery_dcs_restore\" \"v2\" {{\n  instance_id = \"{INSTANCE}\"\n  backup_id = terraform_data.pick.output\n}}\n"
        )
    };
    let Some(story) = Story::begin(&text("1")) else { return };
    if !story.core.can(&TERRAFORM_DATA) {
        return;
    }
    story.apply().success();
    story.each_ran_once(&[DCS_RESTORE]);
    story.configure(&text("2"));
    story.plan().success().says("turn out the same");
    story.apply().success();
    story.each_ran_once(&[DCS_RESTORE]);
    story.plan_is_empty();
}

#[test]
fn a_backup_that_expired_or_vanished_runs_nothing_again() {
    let Some(story) = timed_out(SHORT, "") else { return };
    story.cloud.change_world(|world| {
        world.dcs.backups.retain(|backup| backup.id != BACKUP);
        for backup in &mut world.cbr.backups {
            backup.expired_at = Some(jiff::Timestamp::now());
        }
    });
    story.wait_until_each(&ALL, true);
    story.apply().success();
    green(&story, &ALL);
}

#[test]
fn blocks_in_another_order_are_the_same() {
    let mapping =
        |child: &str, disk: &str| format!("mapping {{\nbackup_id = \"{child}\"\nvolume_id = \"{disk}\"\n}}\n");
    let system = mapping(cbr::SYSTEM_CHILD_ID, cbr::SYSTEM_DISK_ID);
    let data = mapping(cbr::DATA_CHILD_ID, cbr::DATA_DISK_ID);
    let relation = |from: &str, to: &str| {
        format!("data_node_relation {{\nsource_instance_id = \"{from}\"\ntarget_instance_id = \"{to}\"\n}}\n")
    };
    let first = relation(ddm::SOURCE_NODE_IDS[0], ddm::FRESH_NODE_IDS[0]);
    let second = relation(ddm::SOURCE_NODE_IDS[1], ddm::FRESH_NODE_IDS[1]);
    let of = [CBR_RESTORE, DDM_RESTORE];
    let Some(story) = story(&of, "", 1.0) else { return };
    let written = |cbr: &str, ddm: &str| {
        format!("provider \"recovery\" {{}}\n{}{}", CBR_RESTORE.block(cbr), DDM_RESTORE.block(ddm))
    };
    story.configure(&written(&format!("{system}{data}"), &format!("{first}{second}")));
    story.apply().success();
    story.configure(&written(&format!("{data}{system}"), &format!("{second}{first}")));
    green(&story, &of);
}

#[test]
fn triggers_and_replace_run_it_again_once_each() {
    // A backup of a database goes before its successor, which takes its name.
    let of = [&REPEATABLE[..], &[DDS_RESTORE, RDS_BACKUP, DDS_BACKUP]].concat();
    let Some(story) = story(&of, "", 1.0) else { return };
    story.apply().success();
    story.configure(&configuration(&of, "triggers = {\nrun = \"2\"\n}"));
    story.plan().success().says("AGAIN because triggers");
    story.apply().success();
    for started in &of {
        assert_eq!(story.ran(started).len(), 2, "{}", started.address);
    }
    story.plan_is_empty();
    let replacing: Vec<String> = of.iter().map(|started| format!("-replace={}", started.address)).collect();
    apply_with(&story, &replacing.iter().map(String::as_str).collect::<Vec<_>>()).success();
    for started in &of {
        let ran = story.ran(started);
        assert_eq!(ran.len(), 3, "{}", started.address);
        assert_eq!(started.operation(&story.values(started.address)), ran.last().cloned());
    }
    story.plan_is_empty();
}

#[test]
fn a_failed_operation_says_all_there_is_to_say_and_the_next_apply_runs_a_new_one() {
    let Some(story) = story(&ALL, "", 1.0) else { return };
    let failing = |started: &Started| -> Fault {
        let failure = json!({"code": "Rehearsed.0815", "message": "the disk is full"});
        serde_json::from_value(json!({
            "method": "POST", "service": started.service, "path": started.path(), "count": 1, "fail_operation": failure,
        }))
        .unwrap()
    };
    let story = story.struck_by(ALL.iter().map(failing).collect());
    let outcome =
        story.apply().failure().says("The next apply starts a new restore").says("The next apply starts a new backup");
    for started in ALL {
        let ran = story.ran(&started);
        assert!(outcome.has(&ran[0]), "{outcome}");
        let values = story.values(started.address);
        assert_eq!(values["pending_operation"], Value::Null, "{values:#}");
    }
    assert!(outcome.has("Rehearsed.0815") && outcome.has("the disk is full"), "{outcome}");
    assert!(outcome.has("is not certain") && outcome.has("not touched by a backup"), "{outcome}");
    story.plan().success().says("Apply will run a new restore");
    story.apply().success();
    for started in ALL {
        let ran = story.ran(&started);
        assert_eq!(ran.len(), 2, "{}", started.address);
        assert_eq!(started.operation(&story.values(started.address)), ran.last().cloned());
    }
    story.plan_is_empty();
}

#[test]
fn two_backups_and_a_restore_of_one_instance_take_turns() {
    let instance = "e1000000-0000-4000-8000-000000000001";
    let old = "e1000000-0000-4000-8000-000000000002";
    let backup =
        |name: &str| format!("resource \"recovery_dcs_backup\" \"{name}\" {{\n  instance_id = \"{instance}\"\n}}\n");
    let restore = format!(
        "resource \"recovery_dcs_restore\" \"r\" {{\n  instance_id = \"{instance}\"\n  backup_id = \"{old}\"\n}}\n"
    );
    let Some(story) = Story::begin(&format!("{}{}{restore}", backup("a"), backup("b"))) else { return };
    let story =
        story.needing(&Needs::resource("recovery_dcs_restore", json!({"instance_id": instance, "backup_id": old})));
    story.apply().success().says("3 added");
    assert_ne!(story.values("recovery_dcs_backup.a")["backup_id"], story.values("recovery_dcs_backup.b")["backup_id"]);
    let sent = story.sent();
    assert_eq!(sent.len(), 3, "busy answers were burnt: {sent:#?}");
    story.plan_is_empty();
}
