//! The data sources: nothing, one record, more than a page, and a service that fails; and what is wrong with arguments.

use rehearsal::{Fault, Service};
use serde_json::{Value, json};

use crate::support::{Core, FUNCTIONS, IGNORED_NULLS, INSTANCE, Story};

/// Names of the worlds below.
const SOURCE: &str = "source";
const TARGET: &str = "target";
const SERVER_BACKUP: &str = "bbbbbbbb-0000-4000-8000-999999999999";
/// A moment that every instance of the worlds below can be restored to: 2026-01-01T12:00:00Z.
const MOMENT: i64 = 1_767_268_800_000;

/// Every data source that lists something: address, the list in it, the path of its call, and how many records two
/// pages need.
const LISTS: [(&str, &str, &str, usize); 10] = [
    ("data.recovery_dcs_backups.all", "backups", "/instances/cache/backups", 1003),
    ("data.recovery_dcs_restores.all", "restores", "/instances/cache/restores", 1003),
    ("data.recovery_cbr_backups.all", "backups", "/backups", 1003),
    ("data.recovery_cbr_operations.all", "operations", "/operation-logs", 1003),
    ("data.recovery_ddm_restore_times.all", "intervals", "/backups/restorable-time-interval", 131),
    ("data.recovery_ddm_data_nodes.all", "data_nodes", "/backups/related-dn", 131),
    ("data.recovery_ddm_target_instances.all", "instances", "/backups/restorable-instances", 131),
    ("data.recovery_ddm_target_data_nodes.all", "data_nodes", "/backups/restorable-data-node", 131),
    ("data.recovery_rds_backups.all", "backups", "/backups", 131),
    ("data.recovery_dds_backups.all", "backups", "/backups", 131),
];

/// One of each.
fn all() -> String {
    format!(
        r#"
data "recovery_dcs_backups" "all" {{
  instance_id = "cache"
}}
data "recovery_dcs_restores" "all" {{
  instance_id = "cache"
}}
data "recovery_cbr_backups" "all" {{
  resource_type = "OS::Cinder::Volume"
}}
data "recovery_cbr_operations" "all" {{
  operation_type = "backup"
}}
data "recovery_ddm_restore_times" "all" {{
  source_instance_id = "{SOURCE}"
}}
data "recovery_ddm_data_nodes" "all" {{
  source_instance_id = "{SOURCE}"
  restore_time       = {MOMENT}
}}
data "recovery_ddm_target_instances" "all" {{
  source_instance_id = "{SOURCE}"
  available_only     = true
}}
data "recovery_ddm_target_data_nodes" "all" {{
  source_instance_id  = "{SOURCE}"
  target_instance_id  = "{TARGET}"
  source_data_node_id = "anchor"
  restore_time        = {MOMENT}
  available_only      = true
}}
data "recovery_rds_backups" "all" {{
  instance_id = "shop"
}}
data "recovery_dds_backups" "all" {{
  instance_id = "sessions"
}}
"#
    )
}

const SERVER: &str = r#"
data "recovery_cbr_backup" "server" {
  backup_id = "bbbbbbbb-0000-4000-8000-999999999999"
}
"#;

/// The moment of the record with this number: each is an hour younger than the one before.
fn moment(number: usize) -> String {
    let start: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    (start + jiff::SignedDuration::from_hours(number as i64)).to_string()
}

/// A world with so many records for each of [`LISTS`]. The oldest come first, so that the order of an answer is not the
/// order of the world.
fn world(records: impl Fn(&str) -> usize) -> String {
    let many = |list: &str, record: fn(usize) -> Value| -> Vec<Value> { (0..records(list)).map(record).collect() };
    let cache = json!({
        "instances": [{ "id": "cache" }],
        "backups": many("dcs_backups", |number| json!({
            "id": format!("backup-{number}"), "instance_id": "cache", "created_at": moment(number), "size": number,
        })),
        "restores": many("dcs_restores", |number| json!({
            "id": format!("restore-{number}"), "instance_id": "cache", "backup_id": "b", "created_at": moment(number),
        })),
    });
    let backups = json!({
        "backups": many("cbr_backups", |number| json!({
            "id": format!("bbbbbbbb-0000-4000-8000-{number:012}"), "resource_type": "OS::Cinder::Volume", "created_at": moment(number),
        })),
        "logs": many("cbr_operations", |number| json!({
            "id": format!("11111111-0000-4000-8000-{number:012}"), "operation_type": "backup", "created_at": moment(number),
            "ended_at": moment(number),
        })),
    });
    let node = |id: String| json!({ "id": id, "name": id });
    let mut instances = vec![
        json!({
            "id": SOURCE,
            "intervals": many("ddm_restore_times", |number| json!({ "start": moment(2 * number), "end": moment(2 * number + 1) })),
            "members": many("ddm_data_nodes", |number| json!({ "data_node_id": format!("member-{number:03}") })),
        }),
        // Has an account, so that it cannot be chosen itself.
        json!({ "id": TARGET, "accounts": 1, "members": [{ "data_node_id": "anchor" }] }),
    ];
    instances.extend((0..records("ddm_target_instances")).map(|number| node(format!("target-{number:03}"))));
    let mut nodes = vec![node("anchor".to_owned())];
    nodes.extend((0..records("ddm_data_nodes")).map(|number| node(format!("member-{number:03}"))));
    nodes.extend((0..records("ddm_target_data_nodes")).map(|number| node(format!("fresh-{number:03}"))));
    let databases = json!({ "instances": instances, "data_nodes": nodes, "switches": { "lookups_check_time": false } });
    let dump = |instance: &str, number: usize| {
        json!({
            "id": format!("backup-{number}"), "instance_id": instance, "name": format!("night-{number}"), "created": moment(number),
        })
    };
    let dumps = |list: &str, instance: &str| -> Value {
        let backups: Vec<Value> = (0..records(list)).map(|number| dump(instance, number)).collect();
        json!({ "instances": [{ "id": instance }], "backups": backups })
    };
    let (rds, dds) = (dumps("rds_backups", "shop"), dumps("dds_backups", "sessions"));
    json!({ "world": { "dcs": cache, "cbr": backups, "ddm": databases, "rds": rds, "dds": dds } }).to_string()
}

/// The values of a data source and the list in them.
#[track_caller]
fn listed(story: &Story, address: &str, list: &str) -> (Value, Vec<Value>) {
    let values = story.values(address);
    let records = values[list].as_array().unwrap_or_else(|| panic!("{address}: no {list} in {values:#}")).clone();
    (values, records)
}

/// How often the service was asked for a list.
fn asked(story: &Story, path: &str) -> usize {
    story.cloud.journal().iter().filter(|entry| entry.method == "GET" && entry.path.ends_with(path)).count()
}

#[test]
fn nothing_is_an_empty_list() {
    let Some(story) = Story::in_scenario(&all(), &world(|_| 0)) else { return };
    story.apply().success();
    for (address, list, _, _) in LISTS {
        let (values, records) = listed(&story, address, list);
        assert!(records.is_empty(), "{address}: {records:#?}");
        assert_eq!(values.get("ids").unwrap_or(&json!([])), &json!([]), "{address}");
        assert_eq!(values["region"], "eu-de", "{address}");
        assert_eq!(values["project_id"], json!(story.cloud.connection.credentials.project_id), "{address}");
        assert!(values["id"].as_str().is_some_and(|id| !id.is_empty()), "{address}");
    }
    assert_eq!(story.values("data.recovery_ddm_restore_times.all")["latest"], json!(null));
    story.plan_is_empty();
}

#[test]
fn no_content_and_the_other_cloud_are_read_alike() {
    let lookups = all();
    for (settings, records) in
        [(json!({ "switches": { "dcs": { "empty_list_status": 204 } } }), 0), (json!({ "platform": "huaweicloud" }), 1)]
    {
        let mut scenario: Value = serde_json::from_str(&world(|_| records)).unwrap();
        scenario.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let Some(story) = Story::in_scenario(&lookups, &scenario.to_string()) else { return };
        story.apply().success();
        for (address, list, _, _) in LISTS {
            assert_eq!(listed(&story, address, list).1.len(), records, "{address} with {settings}");
        }
    }
}

#[test]
fn one_record_is_shown_under_the_service_s_names() {
    let Some(story) = Story::in_scenario(&all(), &world(|_| 1)) else { return };
    story.apply().success();
    let expected = [
        ("backup_id", "backup-0"),
        ("restore_id", "restore-0"),
        ("id", "bbbbbbbb-0000-4000-8000-000000000000"),
        ("id", "11111111-0000-4000-8000-000000000000"),
        ("start_time", "2026-01-01T00:00:00Z"),
        ("instance_id", "member-000"),
        ("instance_id", "target-000"),
        ("instance_id", "fresh-000"),
        ("backup_id", "backup-0"),
        ("backup_id", "backup-0"),
    ];
    for ((address, list, path, _), (member, value)) in LISTS.iter().zip(expected) {
        let (values, records) = listed(&story, address, list);
        assert_eq!(records.len(), 1, "{address}: {records:#?}");
        assert_eq!(records[0][member], value, "{address}");
        if *list != "intervals" {
            assert_eq!(values["ids"], json!([value]), "{address}");
        }
        assert!(asked(&story, path) >= 1, "{path}");
    }
    let (_, backups) = listed(&story, "data.recovery_dcs_backups.all", "backups");
    assert_eq!(backups[0]["created_at"], "2026-01-01T00:00:00Z");
    assert_eq!((&backups[0]["status"], &backups[0]["restorable"]), (&json!("succeed"), &json!(true)));
    let times = story.values("data.recovery_ddm_restore_times.all");
    assert_eq!(times["latest_time"], "2026-01-01T00:59:59Z");
    assert_eq!(times["latest"], json!(MOMENT - 11 * 3_600_000 - 1000));
    assert_eq!(times["intervals"][0]["end_time_ms"], json!(MOMENT - 11 * 3_600_000));
}

#[test]
fn more_than_a_page_is_read_to_the_end_newest_first() {
    let records = |list: &str| if list.starts_with("dcs") || list.starts_with("cbr") { 1003 } else { 131 };
    let Some(story) = Story::in_scenario(&all(), &world(records)) else { return };
    story.apply().success();
    for (address, list, path, count) in LISTS {
        let (values, records) = listed(&story, address, list);
        assert_eq!(records.len(), count, "{address}");
        assert!(asked(&story, path) >= 2, "{address} needs two pages, {path} was asked {} times", asked(&story, path));
        if let Some(ids) = values["ids"].as_array() {
            let distinct: std::collections::BTreeSet<&str> = ids.iter().filter_map(Value::as_str).collect();
            assert_eq!(distinct.len(), count, "{address}");
        }
        let newest = if list == "intervals" { moment(2 * count - 2) } else { moment(count - 1) };
        let times: &[&str] = if list == "intervals" { &["start_time"] } else { &["created_at", "begin_time"] };
        let time = times.iter().find(|time| records[0][**time].is_string()).copied().unwrap_or_default();
        if let Some(first) = records[0][time].as_str() {
            assert_eq!(
                (first, records[count - 1][time].as_str()),
                (newest.as_str(), Some(moment(0).as_str())),
                "{address}"
            );
        } else {
            assert!(
                records.is_sorted_by_key(|record| record["instance_name"].as_str().map(str::to_owned)),
                "{address}"
            );
        }
    }
}

#[test]
fn times_of_databases_are_of_a_day_and_none_without_automated_backups() {
    let look_up = |service: &str, instance: &str| {
        format!(
            "data \"recovery_{service}_restore_times\" \"all\" {{\n  instance_id = \"{instance}\"\n  date = \"2026-01-02\"\n}}\n"
        )
    };
    let text = format!("{}{}", look_up("rds", "shop"), look_up("dds", "sessions"));
    for (since, expected) in [(Value::Null, 0), (json!(moment(0)), 1)] {
        let of = |instance: &str| json!({ "instances": [{ "id": instance, "restorable_from": since }] });
        let scenario = json!({ "world": { "rds": of("shop"), "dds": of("sessions") } });
        let Some(story) = Story::in_scenario(&text, &scenario.to_string()) else { return };
        story.apply().success();
        for address in ["data.recovery_rds_restore_times.all", "data.recovery_dds_restore_times.all"] {
            let (values, intervals) = listed(&story, address, "intervals");
            assert_eq!(
                (intervals.len(), values["latest"].is_null()),
                (expected, expected == 0),
                "{address}: {values:#}"
            );
            assert!(
                intervals.iter().all(|interval| interval["start_time"] == "2026-01-02T00:00:00Z"),
                "{intervals:#?}"
            );
        }
        story.plan_is_empty();
    }
}

#[test]
fn a_service_that_fails_is_told_with_code_and_request_id() {
    let configuration = format!("provider \"recovery\" {{\n  max_retries = 0\n}}\n{}{SERVER}", all());
    let Some(story) = Story::in_scenario(&configuration, &world(|_| 1)) else { return };
    let failing = |service, code: &str| Fault {
        service: Some(service),
        method: Some("GET".to_owned()),
        status: Some(500),
        body: Some(json!({ "error_code": code, "error_msg": "Something broke." })),
        ..Fault::default()
    };
    let faults = vec![
        failing(Service::Dcs, "DCS.5000"),
        failing(Service::Cbr, "BackupService.9910"),
        failing(Service::Ddm, "DBS.200412"),
        failing(Service::Rds, "DBS.108000"),
        failing(Service::Dds, "DBS.280005"),
    ];
    let outcome = story.struck_by(faults).plan().failure();
    for told in [
        "The backups of DCS instance cache could not be read",
        "The restores of DCS instance cache could not be read",
        "The CBR backups of project",
        "The CBR operations of project",
        "The times that DDM instance source can be restored to could not be read",
        "The data nodes of DDM instance source could not be read",
        "The instances to restore DDM instance source to could not be read",
        "The data nodes of DDM instance target to restore data node anchor of source to could not be read",
        &format!("CBR backup {SERVER_BACKUP} could not be read"),
        "The backups of RDS instance shop could not be read",
        "The backups of DDS instance sessions could not be read",
        "DBS.108000",
        "DBS.280005",
        "DCS.5000",
        "BackupService.9910",
        "DBS.200412",
        "Something broke.",
        "Request id:",
    ] {
        assert!(outcome.has(told), "{told:?} is missing in {outcome}");
    }
}

#[test]
fn what_does_not_exist_is_named() {
    let configuration = format!(
        "{SERVER}
data \"recovery_dcs_backups\" \"b\" {{
  instance_id = \"5d1e9a30-0000-4000-8000-000000000000\"
}}
data \"recovery_ddm_restore_times\" \"t\" {{
  source_instance_id = \"no-such-source\"
}}
"
    );
    let Some(story) = Story::in_scenario(&configuration, &world(|_| 0)) else { return };
    story
        .plan()
        .failure()
        .says(&format!("CBR backup {SERVER_BACKUP} was not found"))
        .says("DCS instance 5d1e9a30-0000-4000-8000-000000000000 was not found")
        .says("DDM instance no-such-source was not found")
        .says("region eu-de")
        .says("instance_id = \"5d1e9a30-0000-4000-8000-000000000000\"");
}

#[test]
fn a_server_backup_shows_its_children() {
    let child = |number: usize| {
        json!({
            "id": format!("bbbbbbbb-0000-4000-8000-{number:012}"), "resource_id": format!("disk-{number}"), "resource_name": format!("d{number}"),
            "resource_size": 40, "system_disk": number == 2, "resource_type": "OS::Cinder::Volume",
        })
    };
    let backup = json!({
        "id": SERVER_BACKUP, "name": "nightly", "resource_type": "OS::Nova::Server", "resource_id": "server", "created_at": moment(0),
        "children": [child(1), child(3), child(2)], "images": ["image"],
    });
    let scenario = json!({ "world": { "cbr": { "backups": [backup] } } }).to_string();
    let Some(story) = Story::in_scenario(SERVER, &scenario) else { return };
    story.apply().success();
    let values = story.values("data.recovery_cbr_backup.server");
    assert_eq!((&values["id"], &values["name"]), (&json!(SERVER_BACKUP), &json!("nightly")));
    assert_eq!(values["created_at"], json!(moment(0)));
    assert_eq!(values["image_ids"], json!(["image"]));
    let disks: Vec<&str> =
        values["children"].as_array().unwrap().iter().filter_map(|child| child["resource_id"].as_str()).collect();
    assert_eq!(disks, ["disk-2", "disk-1", "disk-3"]);
    story.plan_is_empty();
}

#[test]
fn filters_choose_and_most_recent_takes_the_newest() {
    let configuration = r#"
data "recovery_dcs_backups" "newest" {
  instance_id = "cache"
  most_recent = true
}
data "recovery_dcs_backups" "after" {
  instance_id   = "cache"
  created_after = "2026-01-01T02:00:00+01:00"
}
data "recovery_dcs_backups" "outdated_api" {
  instance_id = "cache"
  api_version = "v1.0"
}
data "recovery_cbr_backups" "after" {
  created_after = "2026-01-01T01:00:00Z"
}
data "recovery_cbr_backups" "named" {
  resource_id = "nothing"
}
data "recovery_cbr_operations" "newest" {
  created_after = "2026-01-01T00:00:00Z"
  most_recent   = true
}
"#;
    let Some(story) = Story::in_scenario(configuration, &world(|_| 3)) else { return };
    story.apply().success();
    let ids = |address: &str| story.values(address)["ids"].clone();
    assert_eq!(ids("data.recovery_dcs_backups.newest"), json!(["backup-2"]));
    assert_eq!(ids("data.recovery_dcs_backups.after"), json!(["backup-2"]));
    assert_eq!(ids("data.recovery_dcs_backups.outdated_api"), json!(["backup-2", "backup-1", "backup-0"]));
    assert_eq!(ids("data.recovery_cbr_backups.after"), json!(["bbbbbbbb-0000-4000-8000-000000000002"]));
    assert_eq!(ids("data.recovery_cbr_backups.named"), json!([]));
    assert_eq!(ids("data.recovery_cbr_operations.newest"), json!(["11111111-0000-4000-8000-000000000002"]));
}

#[test]
fn most_recent_of_nothing_is_an_error() {
    let configuration = r#"
data "recovery_dcs_backups" "newest" {
  instance_id = "cache"
  status      = "failed"
  most_recent = true
}
data "recovery_cbr_backups" "newest" {
  vault_id    = "vault"
  most_recent = true
}
"#;
    let Some(story) = Story::in_scenario(configuration, &world(|_| 3)) else { return };
    story
        .plan()
        .failure()
        .says("There is no backup to take as the most recent one")
        .says("3 backup records of DCS instance cache")
        .says("status = \"failed\"")
        .says("vault_id = \"vault\"")
        .says("on main.tf line 4");
}

#[test]
fn bad_arguments_are_errors_before_anything_is_sent() {
    let configuration = r#"
data "recovery_dcs_backups" "a" {
  instance_id   = "../other"
  status        = "succeeded"
  created_after = "2026-01-01T02:00:00"
}
data "recovery_ddm_data_nodes" "b" {
  source_instance_id = "source"
  restore_time       = 1767268800
}
data "recovery_cbr_backups" "c" {
  own_type = "mine"
  vault_id = ""
}
"#;
    let Some(story) = Story::begin(configuration) else { return };
    let outcome = story.validate().failure();
    for told in [
        "Invalid value of instance_id",
        "got \"succeeded\"",
        "has no zone",
        "1767268800000",
        "got \"mine\"",
        "Invalid value of vault_id",
    ] {
        assert!(outcome.has(told), "{told:?} is missing in {outcome}");
    }
    assert!(story.cloud.journal().is_empty());
}

#[test]
fn a_refresh_and_its_data_sources_share_one_list_call() {
    let resource = format!("resource \"recovery_dcs_backup\" \"b\" {{\n  instance_id = \"{INSTANCE}\"\n}}\n");
    let Some(story) = Story::begin(&resource) else { return };
    story.apply().success();
    let lookup =
        |name: &str| format!("data \"recovery_dcs_backups\" \"{name}\" {{\n  instance_id = \"{INSTANCE}\"\n}}\n");
    story.configure(&format!("{resource}{}{}", lookup("one"), lookup("two")));
    let path = format!("/instances/{INSTANCE}/backups");
    let before = asked(&story, &path);
    story.plan_is_empty();
    assert_eq!(asked(&story, &path) - before, 1);
}

#[test]
fn a_plan_and_its_data_sources_read_each_fact_once() {
    let configuration = format!(
        r#"
data "recovery_ddm_restore_times" "t" {{
  source_instance_id = "{source}"
}}
data "recovery_ddm_data_nodes" "n" {{
  source_instance_id = "{source}"
  restore_time       = {MOMENT}
}}
data "recovery_ddm_target_instances" "i" {{
  source_instance_id = "{source}"
}}
data "recovery_ddm_target_data_nodes" "d" {{
  for_each            = toset(data.recovery_ddm_data_nodes.n.ids)
  source_instance_id  = "{source}"
  target_instance_id  = "{target}"
  source_data_node_id = each.key
  restore_time        = {MOMENT}
}}
resource "recovery_ddm_restore" "r" {{
  source_instance_id = "{source}"
  target_instance_id = "{target}"
  restore_time       = {MOMENT}
}}
"#,
        source = rehearsal::ddm::WIDE_SOURCE_ID,
        target = rehearsal::ddm::WIDE_TARGET_ID,
    );
    let Some(story) = Story::begin(&configuration) else { return };
    story.plan().success().says("1 to add");
    for (what, times) in [
        ("/restorable-time-interval", 1),
        ("/related-dn", 1),
        ("/restorable-instances", 1),
        ("/restorable-data-node", rehearsal::ddm::WIDE_NODES as usize),
    ] {
        // Later pages of the same walk begin elsewhere.
        let walks = story
            .cloud
            .journal()
            .into_iter()
            .filter(|entry| entry.path.ends_with(what) && entry.query.split('&').any(|pair| pair == "offset=0"));
        assert_eq!(walks.count(), times, "{what}");
    }
}

#[test]
fn what_depends_on_a_backup_of_the_same_apply_sees_it() {
    let configuration = format!(
        r#"
data "recovery_dcs_backups" "before" {{
  instance_id = "{INSTANCE}"
}}
resource "recovery_dcs_backup" "b" {{
  instance_id = "{INSTANCE}"
  wait        = false
}}
data "recovery_dcs_backups" "newest" {{
  instance_id = "{INSTANCE}"
  most_recent = true
  depends_on  = [recovery_dcs_backup.b]
}}
output "newest" {{
  value = data.recovery_dcs_backups.newest.ids[0]
}}
"#
    );
    let Some(story) = Story::begin(&configuration) else { return };
    story.apply().success();
    let made = story.values("recovery_dcs_backup.b")["backup_id"].clone();
    assert_eq!(story.values("data.recovery_dcs_backups.newest")["ids"], json!([made]));
}

#[test]
fn every_example_is_applied() {
    let Some(core) = Core::find() else { return };
    for folder in ["data-sources", "functions"] {
        if folder == "functions" && !core.can(&FUNCTIONS) {
            continue;
        }
        let examples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(folder);
        let mut applied = 0;
        for example in std::fs::read_dir(examples).unwrap() {
            for file in std::fs::read_dir(example.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                let Some(story) = Story::begin(&std::fs::read_to_string(&path).unwrap()) else { return };
                story.write("where.tf", &format!("# {}\n", path.display()));
                let outcome = story.apply();
                assert_eq!(outcome.code, Some(0), "{}: {outcome}", path.display());
                let ignores = std::fs::read_to_string(&path).unwrap().contains("ignore_changes");
                if ignores && !core.can(&IGNORED_NULLS) {
                    // It takes an omitted map for an empty one, once: that is recorded, and nothing runs.
                    let sent = story.sent().len();
                    story.apply().success();
                    assert_eq!(story.sent().len(), sent, "{}", path.display());
                }
                story.plan_is_empty();
                applied += 1;
            }
        }
        assert!(applied >= 2, "{folder}: {applied} examples");
    }
}

#[test]
fn what_fails_every_look_up_alike_is_told_in_full_once() {
    let look_up =
        |name: &str| format!("data \"recovery_dcs_backups\" \"{name}\" {{\n  instance_id = \"{INSTANCE}\"\n}}\n");
    let text =
        format!("provider \"recovery\" {{\n  region = \"eu-de\"\n}}\n{}{}{}", look_up("a"), look_up("b"), look_up("c"));
    let Some(story) = Story::begin(&text) else { return };
    let said = story.without_rehearsal(&["plan", "-input=false", "-no-color"]).failure().to_string();
    let times = |words: &str| said.matches(words).count();
    assert_eq!((times("Looked at"), times("The same as told for another object")), (1, 2), "{said}");
}
