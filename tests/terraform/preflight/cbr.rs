//! The checks of CBR restores.

use jiff::{SignedDuration, Timestamp};
use rehearsal::World;
use rehearsal::cbr::{self, Backup, Log, Named, Vault};

use super::{Case, refused, told, warned};

fn id(number: u32) -> String {
    format!("bbbbbbbb-1111-4000-8000-{number:012}")
}

/// A copy of a built-in backup.
fn copy(world: &World, of: &str, number: u32, change: impl FnOnce(&mut Backup)) -> Backup {
    let mut backup = world.cbr.backups.iter().find(|backup| backup.id == of).unwrap().clone();
    backup.id = id(number);
    backup.name = format!("copy-{number}");
    change(&mut backup);
    backup
}

/// Backups and vaults in every state that matters.
fn world(world: &mut World) {
    let frozen = Vault { id: id(900), name: "cold".into(), status: "frozen".into(), ..world.cbr.vaults[0].clone() };
    let odd = Vault { id: id(901), name: "odd".into(), status: "pondering".into(), ..world.cbr.vaults[0].clone() };
    let copies = [
        copy(world, cbr::SERVER_BACKUP_ID, 1, |backup| backup.status = "error".into()),
        copy(world, cbr::SERVER_BACKUP_ID, 2, |backup| backup.resource_type = "OS::Sfs::Turbo".into()),
        copy(world, cbr::SERVER_BACKUP_ID, 3, |backup| backup.supported_restore_mode = Some("na".into())),
        copy(world, cbr::SERVER_BACKUP_ID, 4, |backup| backup.vault_id = frozen.id.clone()),
        copy(world, cbr::SERVER_BACKUP_ID, 5, |backup| backup.vault_id = odd.id.clone()),
        copy(world, cbr::SERVER_BACKUP_ID, 6, |backup| {
            backup.created_at = Timestamp::now();
            backup.ready_at = Some(Timestamp::now() + SignedDuration::from_hours(1));
        }),
        copy(world, cbr::SERVER_BACKUP_ID, 7, |backup| backup.image_type = "replication".into()),
        copy(world, cbr::DISK_BACKUP_ID, 8, |_| {}),
        copy(world, cbr::SERVER_BACKUP_ID, 9, |_| {}),
    ];
    world.cbr.vaults.extend([frozen, odd]);
    world.cbr.backups.extend(copies);
}

fn case(backup: &str, rest: &str, blamed: &'static str, title: &str, says: &'static [&'static str]) -> Case {
    let body = format!("  backup_id = \"{backup}\"\n{rest}");
    Case { kind: "recovery_cbr_restore", body, blamed, title: title.to_owned(), says }
}

fn server(id: &str) -> String {
    format!("  server_id = \"{id}\"\n")
}

fn volume(id: &str) -> String {
    format!("  volume_id = \"{id}\"\n")
}

fn mapping(pairs: &[(&str, &str)]) -> String {
    pairs
        .iter()
        .map(|(from, to)| format!("  mapping {{\n    backup_id = \"{from}\"\n    volume_id = \"{to}\"\n  }}\n"))
        .collect()
}

#[test]
fn what_would_fail_is_an_error_on_its_line() {
    let own = server(cbr::SERVER_ID);
    let whole = [(cbr::SYSTEM_CHILD_ID, cbr::SYSTEM_DISK_ID), (cbr::DATA_CHILD_ID, cbr::DATA_DISK_ID)];
    let cases = [
        case(&id(99), &own, "backup_id", &format!("CBR backup {} does not exist", id(99)), &["BackupService.6200"]),
        case(
            &id(1),
            &own,
            "backup_id",
            &format!("CBR backup copy-1 ({}) cannot be restored", id(1)),
            &["status is \"error\""],
        ),
        case(
            &id(2),
            &own,
            "backup_id",
            &format!("CBR backup copy-2 ({}) is of a shared file system, which cannot be restored in place", id(2)),
            &["SFS Turbo"],
        ),
        case(
            &id(3),
            &own,
            "backup_id",
            &format!("CBR backup copy-3 ({}) cannot be restored to a server that exists", id(3)),
            &["\"na\""],
        ),
        case(
            &id(4),
            &own,
            "backup_id",
            &format!("The vault cold ({}) does not allow restores", id(900)),
            &["\"frozen\""],
        ),
        case(
            &id(9),
            &volume(cbr::SYSTEM_DISK_ID),
            "volume_id",
            &format!("CBR backup copy-9 ({}) is of a server, not of a disk", id(9)),
            &["Name the server by server_id"],
        ),
        case(
            &id(8),
            &own,
            "server_id",
            &format!("CBR backup copy-8 ({}) is of a disk, not of a server", id(8)),
            &["Name the disk by volume_id"],
        ),
        case(
            &id(8),
            &volume(cbr::DATA_DISK_ID),
            "volume_id",
            &format!("CBR backup copy-8 ({}) goes back to its own disk only", id(8)),
            &["Open Telekom Cloud"],
        ),
        case(
            cbr::SERVER_BACKUP_ID,
            &server(cbr::SPARE_SERVER_ID),
            "server_id",
            &format!(
                "Restoring to another server needs mapping blocks: CBR backup web-nightly ({}) is of server {}",
                cbr::SERVER_BACKUP_ID,
                cbr::SERVER_ID
            ),
            &[cbr::SYSTEM_CHILD_ID, cbr::DATA_CHILD_ID, "web-data, 100 GB"],
        ),
        case(
            cbr::SERVER_BACKUP_ID,
            &format!("{own}\n{}", mapping(&[whole[0], whole[1], (cbr::SERVER_BACKUP_ID, cbr::DISK_ID)])),
            "mapping",
            &format!("{0} is not a disk backup of CBR backup web-nightly ({0})", cbr::SERVER_BACKUP_ID),
            &["That is the server backup itself"],
        ),
        case(
            cbr::SERVER_BACKUP_ID,
            &format!(
                "{own}\n{}",
                mapping(&[(cbr::DATA_CHILD_ID, cbr::SYSTEM_DISK_ID), (cbr::SYSTEM_CHILD_ID, cbr::DATA_DISK_ID)])
            ),
            "mapping",
            &format!("{} would put a data disk onto the system disk {}", cbr::DATA_CHILD_ID, cbr::SYSTEM_DISK_ID),
            &["set preflight = false", "RECOVERY_PREFLIGHT=false", "plans a create first"],
        ),
        case(
            cbr::SERVER_BACKUP_ID,
            "  resource_id = \"eeeeeeee-0000-4000-8000-000000000009\"\n",
            "resource_id",
            "resource_id is not possible on Open Telekom Cloud",
            &["Only Huawei Cloud takes it"],
        ),
        case(
            cbr::SERVER_BACKUP_ID,
            &format!("{own}  destination_path = \"/srv\"\n"),
            "destination_path",
            "destination_path is not possible on Open Telekom Cloud",
            &[],
        ),
    ];
    refused(&cases, "", world);
}

#[test]
fn what_passes_by_itself_is_a_warning() {
    let cases = [case(
        &id(6),
        &server(cbr::SERVER_ID),
        "backup_id",
        &format!("Apply waits: CBR backup copy-6 ({}) is still being made", id(6)),
        &[],
    )];
    // The title ends with the status, which moves on.
    let Some(story) = crate::support::Story::begin(&super::configuration(&cases)) else { return };
    story.cloud.change_world(world);
    story
        .plan()
        .success()
        .says(&cases[0].title)
        .says("on main.tf line 2, in resource")
        .says("+ restore_point = (known after apply)");
}

#[test]
fn a_running_restore_of_the_target_is_waited_for() {
    let log = |world: &mut World| {
        let named = |id: &str| Named { id: id.to_owned(), name: "n".into(), ..Named::default() };
        world.cbr.logs.push(Log {
            id: id(700),
            operation_type: "restore".into(),
            end_status: "success".into(),
            created_at: Timestamp::now(),
            target: named(cbr::SERVER_ID),
            source: named(cbr::SERVER_ID),
            backup: named(&id(9)),
            ended_at: Some(Timestamp::now() + SignedDuration::from_hours(1)),
            ..Log::default()
        });
    };
    let title = format!("Apply waits: server {} is being restored (operation {})", cbr::SERVER_ID, id(700));
    let cases =
        [case(cbr::SERVER_BACKUP_ID, &server(cbr::SERVER_ID), "server_id", &title, &["within timeouts.create"])];
    warned(&cases, |stage| {
        world(stage);
        log(stage);
    });
}

#[test]
fn a_part_of_the_disks_is_a_warning() {
    let rest = format!("{}\n{}", server(cbr::SERVER_ID), mapping(&[(cbr::DATA_CHILD_ID, cbr::DATA_DISK_ID)]));
    let title = format!("1 of 2 disks of CBR backup {} are left out", cbr::SERVER_BACKUP_ID);
    warned(
        &[case(cbr::SERVER_BACKUP_ID, &rest, "mapping", &title, &["may no longer fit together", "web-system"])],
        world,
    );
}

#[test]
fn what_no_document_tells_is_named_as_not_checked() {
    let spare =
        mapping(&[(cbr::SYSTEM_CHILD_ID, cbr::SPARE_SYSTEM_DISK_ID), (cbr::DATA_CHILD_ID, cbr::SPARE_DATA_DISK_ID)]);
    let other_server = format!("{}{spare}", server(cbr::SPARE_SERVER_ID));
    for (backup, rest, says) in [
        (cbr::SERVER_BACKUP_ID.to_owned(), other_server, "whether another server is accepted depends on the cloud"),
        (id(5), server(cbr::SERVER_ID), "whether vault odd"),
        (id(7), server(cbr::SERVER_ID), "it is a replica from another region"),
        (cbr::DATA_CHILD_ID.to_owned(), volume(cbr::DATA_DISK_ID), "it is one disk of server backup"),
    ] {
        let text = format!("resource \"recovery_cbr_restore\" \"r\" {{\n  backup_id = \"{backup}\"\n{rest}}}\n");
        let Some(story) = crate::support::Story::begin(&text) else { return };
        story.cloud.change_world(world);
        story.plan().success().says("Warning: Not everything could be checked for the restore of").says(says);
    }
}

#[test]
fn huawei_cloud_does_not_say_whether_another_disk_is_accepted() {
    let text = format!(
        "resource \"recovery_cbr_restore\" \"r\" {{\n  backup_id = \"{}\"\n{}}}\n",
        cbr::DISK_BACKUP_ID,
        volume(cbr::DATA_DISK_ID)
    );
    let provider = "provider \"recovery\" {\n  platform = \"huaweicloud\"\n}\n";
    let Some(story) = crate::support::Story::in_scenario(&format!("{text}{provider}"), "platform: huaweicloud") else {
        return;
    };
    story.plan().success().says("no document says whether another one is accepted");
}

#[test]
fn a_restore_says_what_it_overwrites_and_shows_pairs_and_moment() {
    let title = format!(
        "Server web ({}) will be overwritten with CBR backup web-nightly ({})",
        cbr::SERVER_ID,
        cbr::SERVER_BACKUP_ID
    );
    let says: &[&str] = &[
        "Everything written to it after 2025-01-01 02:00 UTC is lost.",
        "region eu-de",
        "days old, 140 GB",
        "web-data",
        "(its original disk)",
        "starts it, also if it was off before (unless power_on = false)",
        "goes back to the capacity that it had",
        "Not checked, because no API of CBR tells it",
        "+ restore_point = \"2025-01-01T02:00:00Z\"",
        "+ volume_pairs = {",
    ];
    told("Warning", 0, &[case(cbr::SERVER_BACKUP_ID, &server(cbr::SERVER_ID), "server_id", &title, says)], "", |_| {});
}
