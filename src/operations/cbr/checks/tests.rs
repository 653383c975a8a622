use std::sync::Arc;

use cloud::cbr::{BackupExtendInfo, LogExtraInfo, LogRestore, VaultBilling, VaultResource};

use super::*;
use crate::operations::checks::{Pair, Place, Weight};

fn place(platform: Platform) -> Place {
    Place { project_id: "p1".into(), region: "eu-de".into(), platform }
}

fn child(id: &str, disk: &str, system: bool) -> Backup {
    Backup {
        id: Some(id.into()),
        name: Some(format!("part-{id}")),
        resource_id: Some(disk.into()),
        resource_type: Some(DISK.into()),
        resource_size: Some(40),
        parent_id: Some("b1".into()),
        extend_info: BackupExtendInfo { system_disk: Some(system), ..BackupExtendInfo::default() },
        ..Backup::default()
    }
}

fn server_backup() -> Backup {
    Backup {
        id: Some("b1".into()),
        name: Some("nightly".into()),
        status: Some("available".into()),
        vault_id: Some("v1".into()),
        project_id: Some("p1".into()),
        resource_id: Some("s1".into()),
        resource_name: Some("web-1".into()),
        resource_type: Some(SERVER.into()),
        resource_size: Some(80),
        created_at: Some("2026-11-20T02:13:00.000+00:00".into()),
        children: vec![child("c1", "d1", true), child("c2", "d2", false)],
        ..Backup::default()
    }
}

fn disk_backup() -> Backup {
    Backup {
        resource_id: Some("d1".into()),
        resource_name: Some("data-1".into()),
        resource_type: Some(DISK.into()),
        children: vec![],
        ..server_backup()
    }
}

fn facts(backup: Backup) -> Facts {
    let vault = Vault {
        name: Some("vault-1".into()),
        billing: VaultBilling { status: Some("available".into()), ..VaultBilling::default() },
        ..Vault::default()
    };
    Facts {
        backup: Some(Ok(Arc::new(backup))),
        vault: Some(Ok(Arc::new(vault))),
        siblings: Some(Ok(Arc::new(Vec::new()))),
        restores: Some(Ok(Arc::new(Vec::new()))),
    }
}

fn asked(target: Target, mapping: Written) -> Asked {
    Asked { backup_id: Some("b1".into()), target: Some(target), mapping, has_path: false, power_on: None }
}

fn server(id: &str) -> Target {
    Target::Server(id.into())
}

fn volume(id: &str) -> Target {
    Target::Volume(id.into())
}

fn written(pairs: &[(&str, &str)]) -> Written {
    let some = |text: &str| (text != "?").then(|| text.to_owned());
    Written::Pairs(pairs.iter().map(|(from, to)| Pair { from: some(from), to: some(to) }).collect())
}

fn told(findings: &[Finding]) -> Vec<(Weight, &'static str)> {
    findings.iter().map(|finding| (finding.weight, finding.attribute)).collect()
}

fn on_otc(backup: Backup, asked: &Asked) -> Vec<(Weight, &'static str)> {
    told(&check(&facts(backup), asked, &place(Platform::Otc)))
}

#[test]
fn the_status_of_the_backup_decides() {
    for (status, expected) in [
        ("available", vec![]),
        ("restoring", vec![(Weight::TargetBusy, "backup_id")]),
        ("waiting_restore", vec![(Weight::TargetBusy, "backup_id")]),
        ("protecting", vec![(Weight::SourceBusy, "backup_id")]),
        ("waiting_protect", vec![(Weight::SourceBusy, "backup_id")]),
        ("error", vec![(Weight::Broken, "backup_id")]),
        ("deleting", vec![(Weight::Broken, "backup_id")]),
        ("waiting_delete", vec![(Weight::Broken, "backup_id")]),
        ("pondering", vec![(Weight::Unchecked, "")]),
    ] {
        let backup = Backup { status: Some(status.into()), ..server_backup() };
        assert_eq!(on_otc(backup, &asked(server("s1"), Written::Nothing)), expected, "{status}");
    }
}

#[test]
fn the_kind_of_backup_has_to_fit_the_target() {
    let of = |kind: &str| Backup { resource_type: Some(kind.into()), ..disk_backup() };
    let part = child("c1", "d1", true);
    let part = Backup { status: Some("available".into()), ..part };
    for (case, backup, target, expected) in [
        ("server to server", server_backup(), server("s1"), vec![]),
        ("disk to disk", disk_backup(), volume("d1"), vec![]),
        ("server to disk", server_backup(), volume("d1"), vec![(Weight::Broken, "volume_id")]),
        ("disk to server", disk_backup(), server("s1"), vec![(Weight::Broken, "server_id")]),
        ("part to server", part.clone(), server("s1"), vec![(Weight::Broken, "server_id")]),
        ("part to its disk", part, volume("d1"), vec![(Weight::Unchecked, "")]),
        ("disk to another disk", disk_backup(), volume("d9"), vec![(Weight::Broken, "volume_id")]),
        ("file system", of("OS::Sfs::Turbo"), volume("d1"), vec![(Weight::Broken, "backup_id")]),
        ("unknown kind", of("OS::Moon::Base"), volume("d1"), vec![(Weight::Unchecked, "")]),
        (
            "resource on OTC",
            of("OS::Workspace::DesktopV2"),
            Target::Resource("x".into()),
            vec![(Weight::Broken, "resource_id")],
        ),
    ] {
        assert_eq!(on_otc(backup, &asked(target, Written::Nothing)), expected, "{case}");
    }
}

#[test]
fn huawei_cloud_takes_more_and_documents_less() {
    let huawei = |backup: Backup, asked: &Asked| told(&check(&facts(backup), asked, &place(Platform::Huawei)));
    assert_eq!(huawei(disk_backup(), &asked(volume("d9"), Written::Nothing)), [(Weight::Unchecked, "")]);
    let desktop = Backup { resource_type: Some("OS::Workspace::DesktopV2".into()), ..disk_backup() };
    assert_eq!(huawei(desktop, &asked(Target::Resource("x".into()), Written::Nothing)), []);
    let with_path = Asked { has_path: true, ..asked(server("s1"), Written::Nothing) };
    assert_eq!(huawei(server_backup(), &with_path), []);
    assert_eq!(on_otc(server_backup(), &with_path), [(Weight::Broken, "destination_path")]);
}

#[test]
fn a_restore_mode_counts_only_where_a_server_backup_names_one() {
    let mode = |backup: Backup, mode: Option<&str>| Backup {
        extend_info: BackupExtendInfo { supported_restore_mode: mode.map(Into::into), ..BackupExtendInfo::default() },
        ..backup
    };
    for (case, backup, target, expected) in [
        ("none", mode(server_backup(), None), server("s1"), vec![]),
        ("backup", mode(server_backup(), Some("backup")), server("s1"), vec![]),
        ("na", mode(server_backup(), Some("na")), server("s1"), vec![(Weight::Broken, "backup_id")]),
        ("snapshot", mode(server_backup(), Some("snapshot")), server("s1"), vec![(Weight::Broken, "backup_id")]),
        ("na on a disk", mode(disk_backup(), Some("na")), volume("d1"), vec![]),
    ] {
        assert_eq!(on_otc(backup, &asked(target, Written::Nothing)), expected, "{case}");
    }
}

#[test]
fn mappings_name_children_one_to_one() {
    let broken = (Weight::Broken, "mapping");
    for (case, target, mapping, expected) in [
        ("as it was", server("s1"), written(&[("c1", "d1"), ("c2", "d2")]), vec![]),
        ("other disk", server("s1"), written(&[("c1", "d1"), ("c2", "d9")]), vec![]),
        ("the parent", server("s1"), written(&[("b1", "d1"), ("c1", "d1"), ("c2", "d2")]), vec![broken, broken]),
        ("a stranger", server("s1"), written(&[("c1", "d1"), ("c2", "d2"), ("x", "d3")]), vec![broken]),
        ("a disk twice", server("s1"), written(&[("c1", "d1"), ("c2", "d1")]), vec![broken, broken]),
        ("a child twice", server("s1"), written(&[("c1", "d1"), ("c2", "d2"), ("c1", "d3")]), vec![broken]),
        ("a part only", server("s1"), written(&[("c2", "d2")]), vec![(Weight::Notice, "mapping")]),
        ("data onto system", server("s1"), written(&[("c2", "d1"), ("c1", "d2")]), vec![broken]),
        ("not known yet", server("s1"), written(&[("?", "d1"), ("?", "d2")]), vec![]),
        ("nobody knows how many", server("s1"), Written::Open, vec![]),
        ("another server", server("s9"), written(&[("c1", "d8"), ("c2", "d9")]), vec![(Weight::Unchecked, "")]),
        ("another server, derived", server("s9"), Written::Nothing, vec![(Weight::Broken, "server_id")]),
    ] {
        assert_eq!(on_otc(server_backup(), &asked(target, mapping)), expected, "{case}");
    }
}

#[test]
fn pairs_are_written_out_or_each_disk_goes_home() {
    let pairs_of = |backup: Backup, target: Target, mapping: Written| {
        let pairs = pairs(&facts(backup), &asked(target, mapping))?;
        Some(pairs.into_iter().map(|(from, to)| format!("{from}>{to}")).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(pairs_of(server_backup(), server("s1"), Written::Nothing).as_deref(), Some("c1>d1 c2>d2"));
    assert_eq!(pairs_of(server_backup(), server("s9"), Written::Nothing), None);
    assert_eq!(pairs_of(server_backup(), server("s9"), written(&[("c1", "d8")])).as_deref(), Some("c1>d8"));
    assert_eq!(pairs_of(server_backup(), server("s1"), written(&[("c1", "?")])), None);
    assert_eq!(pairs_of(disk_backup(), volume("d1"), Written::Nothing).as_deref(), Some(""));
    let childless = Backup { children: vec![], ..server_backup() };
    assert_eq!(pairs_of(childless.clone(), server("s1"), Written::Nothing), None);
    assert_eq!(on_otc(childless, &asked(server("s1"), Written::Nothing)), [(Weight::Broken, "backup_id")]);
}

#[test]
fn the_vault_has_to_allow_restores() {
    let with = |status: Option<&str>, protect: &str| {
        let vault = Vault {
            billing: VaultBilling { status: status.map(Into::into), ..VaultBilling::default() },
            resources: vec![VaultResource {
                id: Some("s1".into()),
                protect_status: Some(protect.into()),
                ..VaultResource::default()
            }],
            ..Vault::default()
        };
        let facts = Facts { vault: Some(Ok(Arc::new(vault))), ..facts(server_backup()) };
        told(&check(&facts, &asked(server("s1"), Written::Nothing), &place(Platform::Otc)))
    };
    assert_eq!(with(Some("available"), "available"), []);
    assert_eq!(with(Some("lock"), "available"), []);
    for status in ["frozen", "error", "deleting"] {
        assert_eq!(with(Some(status), "available"), [(Weight::Broken, "backup_id")], "{status}");
    }
    assert_eq!(with(Some("pondering"), "available"), [(Weight::Unchecked, "")]);
    assert_eq!(with(None, "available"), [(Weight::Unchecked, "")]);
    for status in ["protecting", "restoring", "removing"] {
        assert_eq!(with(Some("available"), status), [(Weight::TargetBusy, "server_id")], "{status}");
    }
}

#[test]
fn a_running_restore_of_the_target_is_waited_for() {
    let log = |target: &str, status: &str| OperationLog {
        id: Some("o1".into()),
        status: Some(status.into()),
        extra_info: LogExtraInfo {
            restore: LogRestore { target_resource_id: Some(target.into()), ..LogRestore::default() },
            ..LogExtraInfo::default()
        },
        ..OperationLog::default()
    };
    for (log, expected) in [
        (log("s1", "running"), vec![(Weight::TargetBusy, "server_id")]),
        (log("s1", "waiting"), vec![(Weight::TargetBusy, "server_id")]),
        (log("s1", "success"), vec![]),
        (log("s2", "running"), vec![]),
    ] {
        let facts = Facts { restores: Some(Ok(Arc::new(vec![log.clone()]))), ..facts(server_backup()) };
        assert_eq!(
            told(&check(&facts, &asked(server("s1"), Written::Nothing), &place(Platform::Otc))),
            expected,
            "{log:?}"
        );
    }
}

#[test]
fn shared_and_replicated_backups_are_not_documented_in_place() {
    let shared = Backup { project_id: Some("p2".into()), ..server_backup() };
    assert_eq!(on_otc(shared, &asked(server("s1"), Written::Nothing)), [(Weight::Unchecked, "")]);
    let replica = Backup { image_type: Some("replication".into()), ..server_backup() };
    assert_eq!(on_otc(replica, &asked(server("s1"), Written::Nothing)), [(Weight::Unchecked, "")]);
}

#[test]
fn unknown_arguments_are_skipped() {
    let nothing = Asked { backup_id: None, target: None, mapping: Written::Open, has_path: false, power_on: None };
    assert_eq!(told(&check(&Facts::default(), &nothing, &place(Platform::Otc))), []);
    let no_target = Asked { backup_id: Some("b1".into()), ..nothing };
    assert_eq!(on_otc(server_backup(), &no_target), []);
}

#[test]
fn the_warning_says_what_is_lost_and_what_happens_meanwhile() {
    let newer = Backup {
        id: Some("b2".into()),
        name: Some("noon".into()),
        created_at: Some("2026-11-20T12:00:00.000+00:00".into()),
        ..server_backup()
    };
    let facts = Facts { siblings: Some(Ok(Arc::new(vec![newer, server_backup()]))), ..facts(server_backup()) };
    let now = "2026-11-22T12:13:00Z".parse().unwrap();
    let on = asked(server("s1"), Written::Nothing);
    let warning = overwrite_warning(&facts, &on, &place(Platform::Otc), now);
    assert_eq!(warning.summary, "Server web-1 (s1) will be overwritten with CBR backup nightly (b1)");
    for words in [
        "Everything written to it after 2026-11-20 02:13 UTC is lost.",
        "2 days old, 80 GB",
        "part-c1 (c1), 40 GB to disk d1 (its original disk)",
        "noon (b2) of 2026-11-20 12:00 UTC could be restored, too",
        "starts it, also if it was off before",
        "back to the capacity that it had",
        "Not checked, because no API of CBR tells it",
    ] {
        assert!(warning.detail.contains(words), "{words}: {}", warning.detail);
    }
    let off = overwrite_warning(&facts, &Asked { power_on: Some(false), ..on }, &place(Platform::Otc), now);
    assert!(off.detail.contains("leaves it off"), "{}", off.detail);
    let disk = overwrite_warning(&Facts::default(), &asked(volume("d1"), Written::Nothing), &place(Platform::Otc), now);
    assert_eq!(disk.summary, "Disk d1 will be overwritten with CBR backup b1");
    assert!(disk.detail.contains("has to be detached before"), "{}", disk.detail);
}

#[test]
fn a_disk_that_a_newer_backup_has_no_more_is_named() {
    let newer = |disks: [&str; 2], resource: &str| Backup {
        id: Some("b2".into()),
        name: Some("weekly".into()),
        resource_id: Some(resource.into()),
        created_at: Some("2026-11-21T02:13:00.000+00:00".into()),
        children: vec![child("c3", disks[0], true), child("c4", disks[1], false)],
        ..server_backup()
    };
    for (sibling, told) in [
        (newer(["d1", "d9"], "s1"), true),
        (newer(["d1", "d2"], "s1"), false),
        (newer(["d8", "d9"], "s2"), false),
        (Backup { children: Vec::new(), ..newer(["d1", "d9"], "s1") }, false),
        (Backup { status: Some("error".into()), ..newer(["d1", "d9"], "s1") }, false),
        (Backup { created_at: Some("2026-11-19T02:13:00.000+00:00".into()), ..newer(["d1", "d9"], "s1") }, false),
    ] {
        let facts = Facts { siblings: Some(Ok(Arc::new(vec![sibling.clone()]))), ..facts(server_backup()) };
        let findings = check(&facts, &asked(server("s1"), Written::Nothing), &place(Platform::Otc));
        let notice = findings.iter().find(|finding| finding.weight == Weight::Notice);
        assert_eq!(notice.is_some(), told, "{sibling:?}");
        if let Some(notice) = notice {
            assert!(notice.summary.contains("1 of 2 disks"), "{notice:?}");
            for word in ["d2  (receives disk backup c2)", "came from disk d9", "weekly", "mapping blocks"] {
                assert!(notice.detail.contains(word), "{word}: {notice:?}");
            }
        }
    }
}
