use super::*;
use crate::operations::checks::{Place, Weight, is_broken};

fn place() -> Place {
    Place { project_id: "p1".into(), region: "eu-de".into(), platform: cloud::Platform::Otc }
}

fn instance(status: &str, task: Option<&str>, mode: &str, version: &str) -> Read<Instance> {
    Ok(Arc::new(Instance {
        name: Some("cache-1".into()),
        status: Some(status.into()),
        task: task.map(Into::into),
        cache_mode: Some(mode.into()),
        engine_version: Some(version.into()),
        ..Instance::default()
    }))
}

fn backup(id: &str, status: &str, created: &str) -> Backup {
    Backup {
        backup_id: Some(id.into()),
        backup_name: Some(format!("backup_{id}")),
        status: Some(status.into()),
        created_at: Some(created.into()),
        is_support_restore: Some(true),
        size: Some(880_232),
        ..Backup::default()
    }
}

fn told(findings: &[Finding]) -> Vec<(Weight, &'static str)> {
    findings.iter().map(|finding| (finding.weight, finding.attribute)).collect()
}

#[test]
fn an_instance_takes_work_only_when_it_is_usable() {
    let broken = (Weight::Broken, "instance_id");
    let busy = (Weight::TargetBusy, "instance_id");
    for (status, task, mode, expected) in [
        ("RUNNING", None, "ha", None),
        ("RUNNING", None, "cluster", None),
        ("RUNNING", None, "single", Some(broken)),
        ("RUNNING", Some("BACKUPING"), "ha", Some(busy)),
        ("RESTORING", None, "ha", Some(busy)),
        ("RESTARTING", None, "proxy", Some(busy)),
        ("PONDERING", None, "ha", Some(busy)),
        ("ERROR", None, "ha", Some(broken)),
        ("FROZEN", None, "ha", Some(broken)),
        ("CREATEFAILED", None, "ha", Some(broken)),
    ] {
        let found = check_instance(&instance(status, task, mode, "5.0"), "i1", "restored", &place());
        assert_eq!(told(&found), expected.into_iter().collect::<Vec<_>>(), "{status} {task:?} {mode}");
    }
}

#[test]
fn redis_3_makes_aof_only() {
    for (version, format, expected) in [
        ("3.0", Some("rdb"), vec![(Weight::Broken, "backup_format")]),
        ("3.0", Some("aof"), vec![(Weight::Unchecked, "")]),
        ("3.0", None, vec![]),
        ("4.0", Some("rdb"), vec![]),
        ("7.0", Some("aof"), vec![]),
    ] {
        let found = check_format(&instance("RUNNING", None, "ha", version), "i1", format);
        assert_eq!(told(&found), expected, "{version} {format:?}");
    }
}

#[test]
fn only_a_finished_restorable_backup_of_the_instance_passes() {
    let mut unsupported = backup("unsupported", "succeed", "2026-11-20T02:13:00.000Z");
    unsupported.is_support_restore = Some(false);
    let mut silent = backup("silent", "succeed", "2026-11-20T02:13:00.000Z");
    silent.is_support_restore = None;
    let listed: Read<Vec<Backup>> = Ok(Arc::new(vec![
        backup("good", "succeed", "2026-11-20T02:13:00.000Z"),
        silent,
        unsupported,
        backup("queued", "waiting", "2026-11-20T02:13:00.000Z"),
        backup("running", "backuping", "2026-11-20T02:13:00.000Z"),
        backup("failed", "failed", "2026-11-20T02:13:00.000Z"),
        backup("expired", "expired", "2026-11-20T02:13:00.000Z"),
        backup("deleted", "deleted", "2026-11-20T02:13:00.000Z"),
        backup("odd", "pondering", "2026-11-20T02:13:00.000Z"),
    ]));
    for (id, own_start, expected) in [
        ("good", false, vec![]),
        ("silent", false, vec![]),
        ("unsupported", false, vec![(Weight::Broken, "backup_id")]),
        ("queued", false, vec![(Weight::SourceBusy, "backup_id")]),
        ("running", false, vec![(Weight::SourceBusy, "backup_id")]),
        ("failed", false, vec![(Weight::Broken, "backup_id")]),
        ("expired", false, vec![(Weight::Broken, "backup_id")]),
        ("deleted", false, vec![(Weight::Broken, "backup_id")]),
        ("odd", false, vec![(Weight::Unchecked, "")]),
        ("elsewhere", false, vec![(Weight::Broken, "backup_id")]),
        ("elsewhere", true, vec![(Weight::SourceBusy, "backup_id")]),
    ] {
        let found = check_backup(&listed, "i1", id, own_start);
        assert_eq!(told(&found), expected, "{id}");
        // Whoever is refused learns what would pass.
        assert!(!is_broken(&found) || found[0].detail.contains("newest that passes"), "{id}: {found:?}");
    }
}

#[test]
fn the_limit_pushes_out_the_oldest_that_still_counts() {
    let mut listed: Vec<Backup> = (0..23)
        .map(|day| backup(&format!("b{day}"), "succeed", &format!("2026-10-{:02}T00:00:00.000Z", day + 1)))
        .collect();
    listed.push(backup("dead", "deleted", "2026-01-01T00:00:00.000Z"));
    listed.push(backup("old", "failed", "2026-01-01T00:00:00.000Z"));
    listed.reverse();
    let listed: Read<Vec<Backup>> = Ok(Arc::new(listed));
    for (number, victim) in [(1, None), (2, Some("b0")), (3, Some("b1")), (24, Some("b22")), (25, Some("each other"))] {
        let found = check_limit(&listed, "i1", number);
        assert_eq!(found.len(), usize::from(victim.is_some()), "{number}: {found:?}");
        assert!(
            found.iter().all(|finding| finding.weight == Weight::Notice && finding.summary.contains(victim.unwrap())),
            "{found:?}"
        );
    }
}

#[test]
fn the_warning_names_target_source_age_and_a_newer_backup() {
    let facts = Facts {
        instance: instance("RUNNING", None, "ha", "5.0"),
        backups: Ok(Arc::new(vec![
            backup("b1", "succeed", "2026-11-20T02:13:00.000Z"),
            backup("b2", "succeed", "2026-11-20T08:00:00.000Z"),
            backup("b3", "failed", "2026-11-20T09:00:00.000Z"),
        ])),
    };
    let now = "2026-11-20T12:13:00Z".parse().unwrap();
    let warning = overwrite_warning(Some(&facts), Some("i1"), Some("b1"), &place(), now);
    assert_eq!(warning.summary, "DCS instance cache-1 (i1) will be overwritten with backup backup_b1 (b1)");
    for words in [
        "Everything written to it after 2026-11-20 02:13 UTC is lost.",
        "10 hours old",
        "859.6 KiB",
        "project p1, region eu-de",
        "backup backup_b2 (b2) of 2026-11-20 08:00 UTC could be restored, too",
    ] {
        assert!(warning.detail.contains(words), "{words}: {}", warning.detail);
    }
    let newest = overwrite_warning(Some(&facts), Some("i1"), Some("b2"), &place(), now);
    assert!(!newest.detail.contains("Newer"), "{}", newest.detail);
    let open = overwrite_warning(None, None, None, &place(), now);
    assert!(open.detail.contains("after that backup was made is lost"), "{}", open.detail);
}

#[test]
fn the_delete_of_the_newest_or_only_backup_is_told() {
    let backup = |id: &str, status: &str, day: u32| Backup {
        backup_id: Some(id.into()),
        status: Some(status.into()),
        created_at: Some(format!("2026-01-{day:02}T00:00:00Z")),
        ..Backup::default()
    };
    let listed = [backup("old", "succeed", 1), backup("new", "succeed", 2), backup("bad", "failed", 3)];
    for (listed, id, told) in [
        (&listed[..], "new", Some("the newest")),
        (&listed[..], "old", None),
        (&listed[..], "bad", None),
        (&listed[1..], "new", Some("the only")),
        (&listed[..], "unlisted", None),
    ] {
        let found = loss(listed, "i", id);
        assert_eq!(found.is_some(), told.is_some(), "{id}: {found:?}");
        assert!(found.unwrap_or_default().contains(told.unwrap_or_default()), "{id}");
    }
}
