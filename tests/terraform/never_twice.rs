//! What a suspicious reading found: ways to a second restore that no fault of a single request shows. Each story counts what
//! the cloud really ran.

use std::time::{Duration, Instant};

use rehearsal::{Fault, Service, When, cbr};
use serde_json::{Value, json};

use crate::support::all::{
    ALL, CBR_RESTORE, DCS_BACKUP, DCS_BACKUP_V1, DCS_RESTORE, DDM_RESTORE, DDS_BACKUP, DDS_RESTORE, IN_PLACE,
    RDS_BACKUP, RDS_NEW, REPEATABLE, RESTORES, Started, configuration, story,
};
use crate::support::{BACKUP, INSTANCE, Outcome, Story, eventually};

/// The answer to each of these requests is lost after it was accepted, once.
fn answers_lost(of: &[Started]) -> Vec<Fault> {
    let lost = |started: &Started| Fault {
        method: Some("POST".into()),
        service: Some(started.service),
        path: Some(started.path()),
        count: Some(1),
        reset: true,
        when: When::After,
        ..Fault::default()
    };
    of.iter().map(lost).collect()
}

/// No record of new work appears for so long.
fn records_late(seconds: f64) -> Vec<Fault> {
    let late = |service| Fault {
        method: Some("GET".into()),
        service: Some(service),
        records_late_seconds: Some(seconds),
        ..Fault::default()
    };
    Service::of_operations().map(late).collect()
}

#[test]
fn what_one_run_saw_the_next_one_knows() {
    // The first run sees the targets busy and no record; the second one finds them idle, and still no record.
    let Some(story) = story(&RESTORES, "timeouts {\ncreate = \"40s\"\n}", 6.0) else { return };
    let story = story.with("RECOVERY_REHEARSAL_PATIENCE", "3s");
    let story = story.struck_by([answers_lost(&RESTORES), records_late(600.0)].concat());
    for _ in 0..2 {
        story.apply().failure().says("perhaps with this very request").says("terraform state rm");
        story.each_ran(&RESTORES, 1);
        for started in RESTORES {
            let values = story.values(started.address);
            assert!(values["pending_operation"].as_str().unwrap().contains("\"busy\""), "{values:#}");
        }
        story.wait_until_each(&RESTORES, true);
    }
    story.cloud.set_faults(Vec::new()).unwrap();
    story.apply().success();
    story.each_ran_once(&RESTORES);
    story.plan_is_empty();
}

#[test]
fn a_backup_that_keeps_the_target_busy_is_no_sign_of_a_restore() {
    let Some(story) = story(&[DCS_RESTORE], "", 6.0) else { return };
    let backup =
        format!("resource \"recovery_dcs_backup\" \"same\" {{\ninstance_id = \"{INSTANCE}\"\nwait = false\n}}\n");
    story.configure(&backup);
    story.apply().success();
    story.configure(&(backup + &configuration(&[DCS_RESTORE], "")));
    let lost = Fault { when: When::Before, ..answers_lost(&[DCS_RESTORE]).remove(0) };
    let story = story.with("RECOVERY_REHEARSAL_PATIENCE", "3s").struck_by([vec![lost], records_late(8.0)].concat());
    // The request never arrived, and the instance is busy meanwhile: with a backup, whether that is on record or not yet.
    story.apply().success();
    story.each_ran_once(&[DCS_RESTORE]);
}

/// Applies a saved plan, forgets the state that came of it, and applies the same plan again: what a pipeline does whose
/// runner died before the state was written. The second apply, and the state of the first.
fn applied_twice(story: &Story, replacing: &[Started]) -> (Outcome, Vec<u8>) {
    let state = story.directory().join("terraform.tfstate");
    let before = std::fs::read(&state).ok();
    let apply = ["apply", "-input=false", "-no-color", "saved"];
    let replacing: Vec<String> = replacing.iter().map(|started| format!("-replace={}", started.address)).collect();
    let mut plan = vec!["plan", "-input=false", "-no-color", "-out=saved"];
    plan.extend(replacing.iter().map(String::as_str));
    story.core(&plan).success();
    story.core(&apply).success();
    let after = std::fs::read(&state).unwrap();
    match &before {
        Some(before) => std::fs::write(&state, before).unwrap(),
        None => std::fs::remove_file(&state).unwrap(),
    }
    (story.core(&apply), after)
}

#[test]
fn a_saved_plan_runs_once() {
    let of = REPEATABLE;
    let Some(story) = story(&of, "", 0.5) else { return };
    // The first round begins without a state, the others with what has finished in it: replaced by a change, and by request.
    for (round, triggers, replacing) in [(1, "1", &[][..]), (2, "2", &[]), (3, "2", &of)] {
        story.configure(&configuration(&of, &format!("triggers = {{ a = \"{triggers}\" }}")));
        let (mut again, after) = applied_twice(&story, replacing);
        again = again.failure().says("inconsistent final plan").says("previous_restore").says("Nothing was sent");
        again = again.says("terraform import recovery_dcs_restore.NAME");
        std::fs::write(story.directory().join("terraform.tfstate"), &after).unwrap();
        for started in of {
            again = again.says(&started.operation(&story.values(started.address)).unwrap());
        }
        story.each_ran(&of, round);
        story.plan_is_empty();
    }
}

#[test]
fn what_runs_in_the_plan_and_has_ended_in_the_apply_stops_nothing() {
    let of = IN_PLACE;
    let Some(story) = story(&of, "wait = false", 8.0) else { return };
    story.apply().success();
    // Asked for once more while the first one runs: planned now, applied when it has ended.
    story.configure(&configuration(&of, "triggers = { a = \"2\" }"));
    story.core(&["plan", "-input=false", "-no-color", "-out=saved"]).success().says("is not finished");
    story.wait_until_each(&of, true);
    story.core(&["apply", "-input=false", "-no-color", "saved"]).success();
    story.each_ran(&of, 2);
    story.plan_is_empty();
}

#[test]
fn a_saved_plan_recovers_once() {
    let Some(story) = story(&[DDM_RESTORE], "", 0.5) else { return };
    // The target is not empty any more: with checks, the second plan says that first.
    applied_twice(&story, &[]).0.failure();
    story.each_ran(&[DDM_RESTORE], 1);
}

#[test]
fn a_saved_plan_joins_what_it_has_started() {
    let of = IN_PLACE;
    let Some(story) = story(&of, "wait = false", 20.0) else { return };
    story.core(&["plan", "-input=false", "-no-color", "-out=saved"]).success();
    story.core(&["apply", "-input=false", "-no-color", "saved"]).success();
    std::fs::remove_file(story.directory().join("terraform.tfstate")).unwrap();
    story.core(&["apply", "-input=false", "-no-color", "saved"]).success().says("Apply will join restore");
    story.each_ran(&of, 1);
}

/// A new instance is never joined by what a list shows of it: the second apply stops, and the next plan names the line.
#[test]
fn a_saved_plan_of_an_instance_stops_while_that_is_being_made() {
    let of = [RDS_NEW];
    let Some(story) = story(&of, "wait = false", 30.0) else { return };
    let saved = ["apply", "-input=false", "-no-color", "saved"];
    story.core(&["plan", "-input=false", "-no-color", "-out=saved"]).success();
    story.core(&saved).success();
    std::fs::remove_file(story.directory().join("terraform.tfstate")).unwrap();
    std::thread::sleep(Duration::from_secs(1));
    story.core(&saved).failure().says("inconsistent final plan").says("previous_restore");
    story.each_ran(&of, 1);
    story.plan().success().says("looks the same already").says(&story.ran(&of[0])[0]);
}

#[test]
fn a_saved_plan_of_derived_pairs_stops_while_they_are_in_use_and_the_next_one_joins() {
    let of = [DDM_RESTORE];
    let Some(story) = story(&of, "wait = false", 20.0) else { return };
    let saved = ["apply", "-input=false", "-no-color", "saved"];
    story.core(&["plan", "-input=false", "-no-color", "-out=saved"]).success();
    story.core(&saved).success();
    std::fs::remove_file(story.directory().join("terraform.tfstate")).unwrap();
    // Until its job is listed, nobody sees that it is this one that fills them: that is another refusal.
    std::thread::sleep(Duration::from_secs(2));
    // Which data nodes are fresh is not to be seen while one is being filled, so that the plan cannot be repeated.
    story.core(&saved).failure().says("inconsistent final plan").says("node_pairs");
    story.apply().success().says("Apply will join restore");
    story.each_ran(&of, 1);
}

/// A configuration with every id in capitals.
fn in_capitals(configuration: &str) -> String {
    let is_id = |text: &str| text.len() >= 32 && text.starts_with(|letter: char| letter.is_ascii_hexdigit());
    let parts = configuration.split('"').map(|part| if is_id(part) { part.to_uppercase() } else { part.to_owned() });
    parts.collect::<Vec<_>>().join("\"")
}

#[test]
fn ids_in_capitals_are_the_same_ids() {
    let Some(story) = story(&RESTORES, "", 6.0) else { return };
    story.configure(&in_capitals(&configuration(&RESTORES, "")));
    let lost = Service::of_operations().map(|service| Fault {
        method: Some("POST".into()),
        service: Some(service),
        count: Some(1),
        reset: true,
        when: When::After,
        ..Fault::default()
    });
    let story = story.struck_by(lost.chain(records_late(2.0)).collect());
    // The services answer in small letters, and their records are all there is to recognise the restores by.
    story.apply().success();
    story.each_ran_once(&RESTORES);
    story.plan_is_empty();
    assert!(story.state_file().contains(&INSTANCE.to_uppercase()), "capitals are kept as they were written");
    // Written otherwise, they are no other restores; and a lost state finds them.
    story.configure(&configuration(&RESTORES, ""));
    story.plan().success().keeps_quiet_about("AGAIN").keeps_quiet_about("must be replaced");
    story.apply().success();
    story.each_ran_once(&RESTORES);
}

#[test]
fn silence_of_three_quarters_of_a_minute_is_no_proof() {
    // Over before anybody looks, and on record 45 s later: nothing but patience helps.
    let Some(story) = story(&RESTORES, "", 0.2) else { return };
    let story = story.struck_by([answers_lost(&RESTORES), records_late(45.0)].concat());
    story.apply().success();
    story.each_ran_once(&RESTORES);
    story.plan_is_empty();
}

#[test]
fn nothing_and_empty_are_one() {
    let of = ALL;
    let Some(story) = story(&of, "", 0.5) else { return };
    story.apply().success();
    for lines in ["triggers = {}", "", "triggers = {}\n"] {
        story.configure(&configuration(&of, lines));
        story.plan().success().keeps_quiet_about("AGAIN").keeps_quiet_about("must be replaced");
        story.apply().success();
        story.each_ran_once(&of);
        story.plan_is_empty();
    }
    // With triggers that say something, it does run again, where the target may be overwritten once more.
    story.configure(&configuration(&of, "triggers = { a = \"1\" }"));
    story.plan().says("AGAIN");
}

#[test]
fn an_empty_remark_makes_no_second_backup() {
    let Some(story) = story(&[DCS_BACKUP], "", 0.5) else { return };
    story.apply().success();
    for lines in ["remark = \"\"", ""] {
        story.configure(&configuration(&[DCS_BACKUP], lines));
        story.apply().success();
        story.each_ran_once(&[DCS_BACKUP]);
    }
}

#[test]
fn a_timeout_and_then_empty_triggers_are_one_restore() {
    let of = RESTORES;
    let Some(story) = story(&of, "timeouts {\ncreate = \"3s\"\n}", 8.0) else { return };
    story.apply().failure().says("did not end within");
    story.configure(&configuration(&of, "triggers = {}"));
    story.plan().success().says("not run it again");
    story.apply().success();
    story.each_ran_once(&of);
    story.plan_is_empty();
}

#[test]
fn a_second_block_of_a_finished_restore_is_an_error_of_the_plan() {
    let counted = |count: usize, triggers: &str| configuration(&RESTORES, &format!("count = {count}\n{triggers}"));
    let Some(story) = story(&RESTORES, "count = 1", 0.5) else { return };
    story.apply().success();
    let id = |started: Started| story.values(&format!("{}[0]", started.address))["id"].as_str().unwrap().to_owned();
    let ids = RESTORES.map(id);
    let sent = story.sent().len();
    story.configure(&counted(2, ""));
    for refresh in ["-refresh=true", "-refresh=false"] {
        let plan = story.core(&["plan", "-input=false", "-no-color", refresh]);
        let mut plan = plan.failure().says("Two resource blocks mean the same restore");
        for id in &ids {
            plan = plan.says(id);
        }
    }
    assert!(story.sent()[sent..].iter().all(|entry| entry.method == "GET"), "{:#?}", story.sent());
    story.each_ran(&RESTORES, 1);
    // The first block is as it was, and what the error recommends works, where the target may be overwritten once more.
    let recommended = "triggers = count.index == 0 ? null : { copy = count.index }";
    story.configure(&configuration(&IN_PLACE, &format!("count = 2\n{recommended}")));
    story.apply().success();
    story.plan_is_empty();
    story.each_ran(&IN_PLACE, 2);
}

#[test]
fn two_new_blocks_of_one_restore_are_one_restore_whatever_comes_between() {
    let of = [&RESTORES[..], &[DDS_RESTORE, RDS_NEW]].concat();
    let Some(story) = story(&of, "count = 2", 6.0) else { return };
    // Stopped while the one that both mean is running; the next apply takes it up, for both. All creates have begun by then.
    let running = story.begin_core(&["apply", "-input=false", "-no-color", "-auto-approve", "-parallelism=40"]);
    story.wait_until_each(&of, false);
    std::thread::sleep(Duration::from_secs(1));
    running.interrupt();
    running.end().failure();
    story.each_ran(&of, 1);
    story.apply().success();
    story.each_ran(&of, 1);
    story.plan_is_empty();
    for started in of {
        let id = |index: usize| story.values(&format!("{}[{index}]", started.address))["id"].clone();
        assert_eq!(id(0), id(1), "{}", started.address);
    }
}

/// The block that began it is tainted, and another one is new: in the apply either may come first.
#[test]
fn a_new_block_beside_an_interrupted_one_shares_its_restore() {
    let of = [&RESTORES[..], &[DDS_RESTORE, RDS_NEW]].concat();
    for (seconds, pause) in [(6.0, 0), (3.0, 4)] {
        let Some(story) = story(&of, "count = 1", seconds) else { return };
        let running = story.begin_apply();
        story.wait_until_each(&of, false);
        running.interrupt();
        running.end().failure();
        // It runs still, or has ended.
        std::thread::sleep(Duration::from_secs(pause));
        story.configure(&configuration(&of, "count = 2"));
        story.apply().success();
        story.each_ran(&of, 1);
        story.plan_is_empty();
        for started in &of {
            let id = |index: usize| story.values(&format!("{}[{index}]", started.address))["id"].clone();
            assert_eq!(id(0), id(1), "{}", started.address);
        }
    }
}

/// Two blocks of one backup are two backups. The unfinished one goes to one of them, and the other one makes its own: at
/// once, or, where it had counted on the same one, in the apply after this.
#[test]
fn a_new_block_beside_an_interrupted_backup_makes_its_own() {
    let of = [DCS_BACKUP_V1, DCS_BACKUP];
    let Some(story) = story(&of, "count = 1", 6.0) else { return };
    let running = story.begin_apply();
    story.wait_until_each(&of, false);
    running.interrupt();
    running.end().failure();
    story.configure(&configuration(&of, "count = 2"));
    let outcome = story.apply();
    if outcome.code != Some(0) {
        outcome.says("was taken up by another resource of this run");
        story.apply().success();
    }
    story.each_ran(&of, 2);
    story.plan_is_empty();
}

#[test]
fn what_only_a_person_can_clear_ends_at_once() {
    let disk = format!(
        "resource \"recovery_cbr_restore\" \"x\" {{\n  preflight = false\n  backup_id = \"{}\"\n  volume_id = \"{}\"\n}}\n",
        cbr::DISK_BACKUP_ID,
        cbr::DISK_ID
    );
    for code in ["BackupService.2011", "BackupService.2008"] {
        let Some(story) = Story::begin(&disk) else { return };
        let body = json!({"error_code": code, "error_msg": "detach the disk first"});
        let refused = Fault {
            method: Some("POST".into()),
            service: Some(Service::Cbr),
            status: Some(400),
            body: Some(body),
            ..Fault::default()
        };
        let began = Instant::now();
        let story = story.struck_by(vec![refused]);
        story.apply().failure().says(code).says("detach the disk first").says("Nothing was started");
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
        let posts = story.sent().iter().filter(|entry| entry.method == "POST" && entry.service == Service::Cbr).count();
        assert_eq!(posts, 1, "{code}");
    }
}

/// A change of the world after which a start is refused.
type Harm = fn(&mut rehearsal::World);

/// Codes that speak of a backup or a vault, while the target is well: what does not pass ends at once.
#[test]
fn a_refusal_looks_at_what_its_code_speaks_of() {
    let dcs: Harm = |world| {
        let backup = world.dcs.backups.iter_mut().find(|backup| backup.id == BACKUP).unwrap();
        backup.is_support_restore = false;
    };
    let cbr: Harm = |world| world.cbr.vaults.iter_mut().for_each(|vault| vault.status = "frozen".to_owned());
    for (started, code, harm) in [(DCS_RESTORE, "4087", dcs), (CBR_RESTORE, "6202", cbr)] {
        let Some(story) = story(&[started], "preflight = false", 0.5) else { return };
        story.cloud.change_world(harm);
        let began = Instant::now();
        story.apply().failure().says(code).says("Nothing was started");
        assert!(began.elapsed() < Duration::from_secs(40), "{code}: {:?}", began.elapsed());
    }
}

/// The same code, of what passes.
#[test]
fn a_refusal_because_of_a_locked_vault_is_waited_out() {
    let Some(story) = story(&[CBR_RESTORE], "", 0.5) else { return };
    story.cloud.change_world(|world| {
        world.cbr.switches.locked_vault_restores = false;
        world.cbr.vaults.iter_mut().for_each(|vault| vault.status = "lock".to_owned());
    });
    let play = story.begin_apply();
    eventually("it was refused", Duration::from_secs(30), || {
        story.sent().iter().any(|entry| entry.status == Some(400)).then_some(())
    });
    story
        .cloud
        .change_world(|world| world.cbr.vaults.iter_mut().for_each(|vault| vault.status = "available".to_owned()));
    play.end().success();
    story.each_ran_once(&[CBR_RESTORE]);
}

/// A killed provider left a backup behind, and nobody heard that its name is taken. That it was taken before the first request
/// and is taken still proves that no request made another one: there is nothing left to look for.
#[test]
fn a_name_that_was_taken_all_the_while_leaves_no_attempt_behind() {
    let of = [RDS_BACKUP, DDS_BACKUP];
    let Some(story) = story(&of, "", 0.5) else { return };
    story.apply().success();
    for started in of {
        story.core(&["state", "rm", started.address]).success();
    }
    let story = story.with("RECOVERY_REHEARSAL_PATIENCE", "3s").struck_by(answers_lost(&of));
    let outcome = story.apply().failure().says("DBS.201201").says("Nothing was started");
    outcome.keeps_quiet_about("terraform state rm");
    for started in of {
        assert!(story.resource(started.address).is_null(), "{} is in the state", started.address);
    }
    story.each_ran(&of, 1);
}

#[test]
fn an_entry_that_was_damaged_adopts_nothing_and_sends_nothing() {
    let Some(story) = story(&[DCS_RESTORE], "timeouts {\ncreate = \"30s\"\n}", 1.0) else { return };
    let story = story.with("RECOVERY_REHEARSAL_PATIENCE", "2s");
    let story = story.struck_by([answers_lost(&[DCS_RESTORE]), records_late(600.0)].concat());
    story.apply().failure();
    story.cloud.set_faults(Vec::new()).unwrap();
    // By now the record is there; what was on record before is lost.
    let path = story.directory().join("terraform.tfstate");
    let mut state: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    state["resources"][0]["instances"][0]["attributes"]["pending_operation"] = "unknown:{\"attempt\":".into();
    std::fs::write(&path, state.to_string()).unwrap();
    story.apply().failure().says("damaged");
    story.each_ran(&[DCS_RESTORE], 1);
    assert_eq!(story.values(DCS_RESTORE.address)["restore_id"], Value::Null);
}
