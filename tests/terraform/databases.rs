//! What happens alike to everything that RDS and DDS do: targets that are busy, records that are gone, backups that somebody
//! else deletes.

use std::time::Duration;

use rehearsal::{World, dds, rds};
use serde_json::Value;

use crate::support::all::{DDS_BACKUP, DDS_RESTORE, RDS_BACKUP, RDS_NEW, RDS_RESTORE, Started, configuration, story};
use crate::support::{Story, eventually};

const ALL: [Started; 5] = [RDS_BACKUP, RDS_RESTORE, RDS_NEW, DDS_BACKUP, DDS_RESTORE];
/// What has a target that can be busy.
const ON_A_TARGET: [Started; 4] = [RDS_BACKUP, RDS_RESTORE, DDS_BACKUP, DDS_RESTORE];
const BACKUPS: [Started; 2] = [RDS_BACKUP, DDS_BACKUP];

fn posts(story: &Story) -> usize {
    story.sent().iter().filter(|entry| entry.method == "POST").count()
}

/// All targets do something that ends, or do nothing.
fn busy(world: &mut World, busy: bool) {
    for instance in &mut world.rds.instances {
        instance.status = if busy { "REBOOTING" } else { "ACTIVE" }.to_owned();
    }
    for instance in &mut world.dds.instances {
        instance.status = if busy { "creating" } else { "normal" }.to_owned();
    }
}

#[test]
fn busy_targets_are_waited_for_before_anything_is_sent() {
    let Some(story) = story(&ON_A_TARGET, "", 0.5) else { return };
    story.cloud.change_world(|world| busy(world, true));
    let running = story.begin_apply();
    eventually("a look at each", Duration::from_secs(60), || {
        let looked = |id: &str| story.cloud.journal().iter().filter(|entry| entry.query.contains(id)).count() >= 2;
        [rds::TARGET_ID, rds::SOURCE_ID, dds::INSTANCE_ID, dds::CLUSTER_ID].into_iter().all(looked).then_some(())
    });
    assert_eq!(posts(&story), 0);
    story.cloud.change_world(|world| busy(world, false));
    running.end().success();
    story.each_ran_once(&ON_A_TARGET);
    assert_eq!(posts(&story), ON_A_TARGET.len(), "no request was refused");
    story.plan_is_empty();
}

#[test]
fn refusals_of_busy_targets_are_waited_out() {
    let Some(story) = story(&ON_A_TARGET, "preflight = false", 0.5) else { return };
    story.cloud.change_world(|world| busy(world, true));
    let running = story.begin_apply();
    eventually("a refusal of each", Duration::from_secs(60), || {
        let refused = |entry: &rehearsal::Entry| entry.status.is_some_and(|status| [403, 409].contains(&status));
        let refusals: Vec<_> =
            story.sent().into_iter().filter(refused).map(|entry| (entry.service, entry.path)).collect();
        let kinds: std::collections::BTreeSet<String> = refusals.iter().map(|refusal| format!("{refusal:?}")).collect();
        (kinds.len() >= ON_A_TARGET.len()).then_some(())
    });
    story.cloud.change_world(|world| busy(world, false));
    running.end().success();
    story.each_ran_once(&ON_A_TARGET);
    story.plan_is_empty();
}

#[test]
fn what_vanishes_while_it_runs_is_never_run_again_by_itself() {
    let Some(story) = story(&ALL, "timeouts {\ncreate = \"8s\"\n}", 30.0) else { return };
    let running = story.begin_apply();
    story.wait_until_each(&ALL, false);
    std::thread::sleep(Duration::from_millis(1500));
    let ids: Vec<String> = ALL.iter().map(|started| story.ran(started).remove(0)).collect();
    story.cloud.change_world(|world| {
        world.rds.jobs.clear();
        world.dds.jobs.clear();
        world.rds.backups.retain(|backup| !ids.contains(&backup.id));
        world.dds.backups.retain(|backup| !ids.contains(&backup.id));
        world.rds.instances.retain(|instance| !ids.contains(&instance.id));
    });
    running.end().failure();
    story.apply().failure();
    assert_eq!(posts(&story), ALL.len());
    for (started, id) in ALL.iter().zip(ids) {
        assert_eq!(started.operation(&story.values(started.address)), Some(id), "{}", started.address);
    }
}

#[test]
fn a_backup_that_was_deleted_elsewhere_is_never_remade_silently() {
    let Some(story) = story(&BACKUPS, "", 0.5) else { return };
    story.apply().success();
    let ids = BACKUPS.map(|started| started.operation(&story.values(started.address)).unwrap());
    let old = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1);
    let change = |change: fn(&mut rehearsal::dbs::Backup, jiff::Timestamp)| {
        story.cloud.change_world(|world| {
            let all = world.rds.backups.iter_mut().chain(&mut world.dds.backups);
            all.filter(|backup| ids.contains(&backup.id)).for_each(|backup| change(backup, old));
        });
    };
    let refresh = ["apply", "-refresh-only", "-auto-approve", "-input=false"];
    // Made an hour ago, so that a list without it tells something.
    change(|backup, old| (backup.created, backup.ended) = (old, Some(old)));
    story.core(&refresh).success();
    change(|backup, old| backup.gone = Some(old));
    story.plan_is_empty();
    story.core(&refresh).success().says("unlisted");
    for started in BACKUPS {
        assert_eq!(story.values(started.address)["restorable"], Value::Bool(false), "{}", started.address);
    }
    story.apply().success().says("0 added");
    assert_eq!(posts(&story), BACKUPS.len());
    // A new one has to be asked for; the old one is gone already, and so is its name.
    story.configure(&configuration(&BACKUPS, "triggers = { again = \"1\" }"));
    story.apply().success().says("2 added");
    for (started, id) in BACKUPS.iter().zip(ids) {
        assert_ne!(started.operation(&story.values(started.address)), Some(id), "{}", started.address);
    }
}
