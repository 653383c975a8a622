//! No backup, no destroy: a database that somebody else's resource deletes, and the last backup before that. What counts is
//! what the cloud was sent, and in which order.

mod language;
mod stage;

use std::time::Duration;

use rehearsal::{Fault, Service, rds};
use serde_json::{Value, json};

use crate::matrix::faults;
use crate::support::{Outcome, Story, TERRAFORM_DATA};
use stage::{ALL, CBR, DDS, Database, LONG, RDS, failure, short};

/// The one backup, then the end of the database.
#[track_caller]
fn one_backup_and_then_the_end(database: &Database, story: &Story, outcome: &Outcome) {
    assert_eq!(database.told(story), ["backup", "goodbye"], "{outcome}");
    assert_eq!(database.made(story), 1, "{outcome}");
}

/// The one backup, then the database, by the core's own words: it runs the provisioners of nothing that its configuration has
/// no more, or that `create_before_destroy` has put aside.
#[track_caller]
fn one_backup_and_then_destroyed(database: &Database, story: &Story, outcome: &Outcome) {
    let said = |resource: &str, word: &str| {
        outcome.stdout.lines().position(|line| line.starts_with(resource) && line.contains(word))
    };
    let (made, goes) = (said(database.kind, ": Destruction complete"), said("terraform_data.database", ": Destroying"));
    assert!(made.is_some() && goes.is_some() && made < goes, "{made:?} {goes:?} {outcome}");
    assert_eq!((database.made(story), database.told(story)), (1, vec!["backup"]), "{outcome}");
}

#[test]
fn a_destroy_makes_one_backup_and_then_deletes() {
    for database in ALL {
        let Some(story) = database.applied("", 1.5) else { return };
        let values = story.values(&database.address());
        assert_eq!((&values["id"], &values["status"]), (&json!(database.parents[0]), &Value::Null), "{values:#}");
        assert_eq!(values["pending_operation"], Value::Null);
        let name = values["name"].as_str().unwrap().to_owned();
        assert!(name.starts_with("final-") && name.len() == "final-".len() + 12, "{name}");
        story.plan_is_empty();
        let plan = story.core(&["plan", "-destroy", "-input=false", "-no-color"]).success();
        plan.says("is backed up before it may be deleted").says(&name).says("outlive");
        let outcome = story.destroy().success().says("2 destroyed");
        one_backup_and_then_the_end(&database, &story, &outcome);
        let made = story.cloud.operations().remove(0).operation;
        assert!(made.ended.is_some_and(|ended| ended <= story.sent()[1].time), "{made:?}");
        let (parent, id) = (database.parents[0], &made.id);
        let line = match database.service {
            Service::Cbr => format!("terraform import {}.NAME '{parent}/", database.imported_as),
            _ => format!("terraform import {}.NAME '{parent}/{id}'", database.imported_as),
        };
        let outcome = outcome.says("The last backup of").says(&line).says(&name);
        if database.service != Service::Cbr {
            outcome.says("Size:");
        }
    }
}

#[test]
fn a_replacement_makes_one_backup_and_then_deletes() {
    for database in ALL {
        let Some(story) = database.applied("", 1.0) else { return };
        let text = format!("{}{}", database.instance(database.parents[1], ""), database.last(""));
        story.configure(&text);
        story.plan().success().says("is backed up before it may be deleted");
        let outcome = story.apply().success().says("2 added, 0 changed, 2 destroyed");
        one_backup_and_then_the_end(&database, &story, &outcome);
        assert_eq!(story.values(&database.address())["id"], database.parents[1]);
        story.plan_is_empty();
        assert_eq!(database.made(&story), 1);
    }
}

#[test]
fn the_backup_can_be_imported_after_its_instance_has_gone() {
    for database in [RDS, DDS] {
        let Some(story) = database.applied("", 0.5) else { return };
        let name = story.values(&database.address())["name"].as_str().unwrap().to_owned();
        story.destroy().success();
        let id = story.cloud.operations().remove(0).operation.id;
        let kind = database.imported_as;
        story.configure(&format!(
            "resource \"{kind}\" \"kept\" {{\n  instance_id = \"{}\"\n  name = \"{name}\"\n}}\n",
            database.parents[0]
        ));
        story.import(&format!("{kind}.kept"), &format!("{}/{id}", database.parents[0])).success();
        story.plan_is_empty();
    }
}

#[test]
fn a_failed_backup_keeps_the_database_and_the_next_destroy_makes_another() {
    for database in ALL {
        for replaced in [false, true] {
            let Some(story) = database.applied("", 0.7) else { return };
            let first = story.values(&database.address())["name"].clone();
            let fails = Fault {
                method: Some("POST".into()),
                path: Some(format!("/v3/*/{}", database.start)),
                count: Some(1),
                fail_operation: Some(failure()),
                ..Fault::default()
            };
            let story = story.struck_by(vec![fails]);
            if replaced {
                story.configure(&format!("{}{}", database.instance(database.parents[1], ""), database.last("")));
            }
            let again = || if replaced { story.apply() } else { story.destroy() };
            again().failure().says("failed").says("No backup, no destroy").says("makes a new backup");
            assert_eq!(database.told(&story), ["backup"]);
            let values = story.values(&database.address());
            assert_eq!(values["pending_operation"], Value::Null, "{values:#}");
            assert_ne!(values["name"], first, "each attempt has a name of its own");
            again().success();
            assert_eq!(database.told(&story), ["backup", "backup", "goodbye"]);
        }
    }
}

const DESTROY: [&str; 4] = ["destroy", "-input=false", "-no-color", "-auto-approve"];

#[test]
fn a_timed_out_backup_keeps_the_database_and_is_followed() {
    for database in ALL {
        let Some(story) = database.applied(short(), LONG) else { return };
        story.destroy().failure().says("did not end within 2s").says("No backup, no destroy");
        assert!(database.is_there(&story));
        let values = story.values(&database.address());
        let mark = values["pending_operation"].as_str().unwrap().to_owned();
        assert!(values["id"].as_str().unwrap().ends_with(&format!("/{mark}")), "{values:#}");
        // It still runs, and the time is up once more: nothing else is begun.
        story.destroy().failure().says("makes no other one");
        assert_eq!(story.values(&database.address())["pending_operation"], mark);
        // A look in between changes nothing.
        story.plan_is_empty();
        story.core(&["apply", "-refresh-only", "-auto-approve", "-input=false"]).success();
        database.end_backups(&story);
        let outcome = story.destroy().success().says(&mark).says("An earlier destroy has begun");
        one_backup_and_then_the_end(&database, &story, &outcome);
    }
}

#[test]
fn a_stopped_backup_keeps_the_database_and_is_followed() {
    for database in ALL {
        let Some(story) = database.applied("", LONG) else { return };
        let play = story.begin_core(&DESTROY);
        database.begun(&story);
        std::thread::sleep(Duration::from_millis(700));
        play.interrupt();
        play.end().failure().says("Terraform asked to stop");
        assert!(database.is_there(&story));
        assert!(story.values(&database.address())["pending_operation"].is_string());
        // The next one meets it running.
        let play = story.begin_core(&DESTROY);
        std::thread::sleep(Duration::from_secs(3));
        database.end_backups(&story);
        let outcome = play.end().success();
        one_backup_and_then_the_end(&database, &story, &outcome);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_backup_that_outlived_everybody_is_found_by_its_name() {
    for database in ALL {
        let Some(story) = database.applied("", LONG) else { return };
        let play = story.begin_core(&DESTROY);
        database.begun(&story);
        std::thread::sleep(Duration::from_millis(500));
        for provider in story.providers() {
            crate::support::kill(provider);
        }
        play.end().failure();
        assert_eq!(story.values(&database.address())["pending_operation"], Value::Null, "no mark could be saved");
        let play = story.begin_core(&DESTROY);
        std::thread::sleep(Duration::from_secs(3));
        database.end_backups(&story);
        let outcome = play.end().success();
        one_backup_and_then_the_end(&database, &story, &outcome);
    }
}

/// Without a resource of the core's own: what goes last is a backup that Terraform deletes by a request of this provider.
#[test]
fn every_core_keeps_what_a_failed_delete_has_begun_and_what_it_depends_on() {
    let text = format!(
        "resource \"recovery_dds_backup\" \"database\" {{\n  instance_id = \"{}\"\n  name = \"stand-in\"\n}}\n
resource \"recovery_rds_final_backup\" \"last\" {{\n  instance_id = \"{}\"\n  depends_on = [recovery_dds_backup.database]\n{}}}\n",
        DDS.parents[0],
        RDS.parents[0],
        short()
    );
    let Some(story) = RDS.story(&text, 1.0) else { return };
    story.apply().success();
    story.cloud.change_world(|world| world.rds.durations.backup = LONG);
    story.destroy().failure().says("No backup, no destroy");
    assert!(story.values(&RDS.address())["pending_operation"].is_string());
    RDS.end_backups(&story);
    story.destroy().success();
    let sent = story.sent();
    let sent: Vec<_> = sent.iter().map(|entry| (entry.service, entry.method.as_str())).collect();
    assert_eq!(sent, [(Service::Dds, "POST"), (Service::Rds, "POST"), (Service::Dds, "DELETE")]);
}

/// The fault matrix, in the moment of a destroy.
#[track_caller]
fn one_backup_under(name: &str) {
    for database in ALL {
        let scenario = faults::scenario(name);
        let Some(mut story) = database.applied("", 1.5) else { return };
        if let Some(patience) = scenario.patience {
            story = story.with("RECOVERY_REHEARSAL_PATIENCE", patience);
        }
        let starts = [(database.service, format!("/v3/*/{}", database.start))];
        let story = story.struck_by(scenario.faults(&starts));
        let outcome = story.destroy().success();
        assert_eq!(database.made(&story), 1, "{outcome}");
        assert_eq!(database.told(&story).last(), Some(&"goodbye"), "{outcome}");
    }
}

#[test]
fn an_answer_is_lost_before_acceptance() {
    one_backup_under("a reset before acceptance");
}

#[test]
fn an_answer_is_lost_after_acceptance() {
    one_backup_under("a reset after acceptance");
}

#[test]
fn an_answer_comes_too_late() {
    one_backup_under("an answer that comes after the request timeout");
}

#[test]
fn an_answer_is_a_504_after_acceptance() {
    one_backup_under("a 504 after acceptance");
}

#[test]
fn an_answer_is_a_500_before_acceptance() {
    one_backup_under("a 500 before acceptance");
}

#[test]
fn an_answer_is_truncated() {
    one_backup_under("a truncated answer");
}

#[test]
fn an_answer_is_a_500_after_acceptance() {
    one_backup_under("a 500 after acceptance");
}

#[test]
fn an_answer_is_a_429() {
    one_backup_under("a 429 with Retry-After");
}

#[test]
fn an_answer_is_lost_and_records_appear_late() {
    one_backup_under("a lost answer and records that appear 20 seconds late");
}

#[test]
fn an_answer_is_lost_and_lists_are_stale() {
    one_backup_under("a lost answer and stale lists");
}

#[test]
fn lists_are_stale() {
    one_backup_under("stale lists alone");
}

#[test]
fn an_answer_is_lost_and_nothing_can_be_read_until_the_next_destroy() {
    for database in ALL {
        let Some(story) = database.applied(short(), 1.5) else { return };
        let starts = [(database.service, format!("/v3/*/{}", database.start))];
        let story = story.struck_by(faults::on_each_start(&json!({"delay_ms": 3000, "when": "after"}), &starts));
        let play = story.begin_core(&DESTROY);
        database.begun(&story);
        let blind: Fault =
            serde_json::from_value(json!({"method": "GET", "service": database.service.key(), "status": 503})).unwrap();
        story.cloud.set_faults(vec![blind]).unwrap();
        play.end().failure().says("Nobody knows yet").says("No backup, no destroy");
        let values = story.values(&database.address());
        assert_eq!(values["status"], "unknown", "{values:#}");
        assert!(values["pending_operation"].as_str().unwrap().starts_with("unknown:"), "{values:#}");
        assert!(database.is_there(&story));
        story.cloud.set_faults(Vec::new()).unwrap();
        let outcome = story.destroy().success();
        one_backup_and_then_the_end(&database, &story, &outcome);
    }
}

/// The private data of a delete that failed reach the next one: only they have the request that began the backup.
#[test]
fn what_a_failed_delete_keeps_beside_the_object_reaches_the_next_one() {
    let Some(story) = RDS.applied(short(), LONG) else { return };
    let fails = Fault {
        method: Some("POST".into()),
        service: Some(Service::Rds),
        count: Some(1),
        fail_operation: Some(failure()),
        ..Fault::default()
    };
    let story = story.struck_by(vec![fails]);
    story.destroy().failure().says("did not end within 2s");
    let request = story.sent_once().request_id;
    let mark = story.values(&RDS.address())["pending_operation"].clone();
    // More time, recorded in place: what has begun stays.
    story.configure(&RDS.both("  name_prefix = \"other\"\n"));
    story.apply().success().says("0 added, 1 changed, 0 destroyed");
    assert_eq!(story.values(&RDS.address())["pending_operation"], mark);
    // It fails under the eyes of this one.
    let play = story.begin_core(&DESTROY);
    std::thread::sleep(Duration::from_secs(5));
    RDS.end_backups(&story);
    play.end().failure().says("failed").says(&request);
    assert!(RDS.is_there(&story));
    assert!(story.values(&RDS.address())["name"].as_str().unwrap().starts_with("other-"));
}

#[test]
fn a_backup_of_another_day_is_not_the_last_one() {
    let Some(story) = RDS.applied(short(), LONG) else { return };
    story.destroy().failure();
    let first = story.values(&RDS.address())["pending_operation"].clone();
    let old = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(25);
    story.cloud.change_world(|world| {
        let own = world.rds.backups.iter_mut().filter(|backup| first == backup.id);
        own.for_each(|backup| (backup.created, backup.listed, backup.ended) = (old, None, Some(old)));
        world.rds.durations.backup = 0.5;
    });
    story.destroy().success();
    assert_eq!(RDS.told(&story), ["backup", "backup", "goodbye"]);
}

#[test]
fn a_backup_that_somebody_deleted_is_made_anew() {
    let Some(story) = RDS.applied(short(), LONG) else { return };
    story.destroy().failure();
    RDS.end_backups(&story);
    let deleting = jiff::Timestamp::now();
    story.cloud.change_world(|world| {
        world
            .rds
            .backups
            .iter_mut()
            .filter(|backup| backup.created > deleting - jiff::SignedDuration::from_mins(5))
            .for_each(|backup| backup.deleting = Some(deleting));
        world.rds.durations.backup = 0.5;
    });
    story.destroy().success();
    assert_eq!(RDS.told(&story), ["backup", "backup", "goodbye"]);
}

#[test]
fn skip_lets_a_destroy_through_once_it_was_applied() {
    for database in ALL {
        let Some(story) = database.applied("", 0.5) else { return };
        story.configure(&database.both("  skip = true"));
        story.apply().success().says("0 added, 1 changed, 0 destroyed");
        let outcome = story.destroy().success().says("is deleted without a last backup");
        outcome.says("skip = true was applied");
        assert_eq!(database.told(&story), ["goodbye"]);
    }
}

#[test]
fn what_cannot_be_backed_up_is_told_before_anybody_relies_on_it() {
    for (database, id, said) in [
        (RDS, "5d000000000000000000000000000099in01", "does not exist"),
        (DDS, "5e000000000000000000000000000099in02", "does not exist"),
        (CBR, "0c000000-0000-4000-8000-000000000099", "does not exist"),
    ] {
        let Database { kind, parent, .. } = database;
        let text = format!("resource \"{kind}\" \"last\" {{\n  {parent} = \"{id}\"\n}}\n");
        let Some(story) = database.story(&text, 0.5) else { return };
        story.plan().failure().says(said);
        if !story.core.can(&TERRAFORM_DATA) {
            continue;
        }
        // Where the plan did not know the ID, the apply tells before anything depends on it.
        let late = format!("{}{}", database.instance(id, ""), database.last(""));
        story.configure(&late);
        story.plan().success().keeps_quiet_about(said);
        story.apply().failure().says(said);
        assert!(story.resource(&database.address()).is_null());
        assert_eq!(story.sent().len(), 0);
    }
}

#[test]
fn an_instance_that_is_busy_now_is_no_matter_until_the_destroy() {
    let Some(story) = RDS.story(&RDS.both(""), 0.5) else { return };
    story.cloud.change_world(|world| {
        let busy = world.rds.instances.iter_mut().filter(|instance| instance.id == rds::SOURCE_ID);
        busy.for_each(|instance| instance.status = "REBOOTING".to_owned());
    });
    story.apply().success().keeps_quiet_about("waits");
    let play = story.begin_core(&DESTROY);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(story.sent().len(), 0, "it waits for the instance");
    story.cloud.change_world(|world| {
        let busy = world.rds.instances.iter_mut().filter(|instance| instance.id == rds::SOURCE_ID);
        busy.for_each(|instance| instance.status = "ACTIVE".to_owned());
    });
    let outcome = play.end().success();
    one_backup_and_then_the_end(&RDS, &story, &outcome);
}
