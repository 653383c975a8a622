use super::super::testing::{Cloud, list_of, text};
use super::super::world::Membership;
use super::super::*;
use serde_json::{Value, json};

const TIME: &str = "restore_time=1795161600000";

fn path(call: &str) -> String {
    format!("v3/instances/{SOURCE_ID}/backups/{call}")
}

#[test]
fn intervals_are_fixed_or_move_with_the_time() {
    let mut cloud = Cloud::new();
    let at = |text: &str| Some(text.parse().unwrap());
    cloud.world.instances[0].intervals = vec![
        Interval { start: at("2026-01-01T00:00:00Z"), end: at("2026-02-01T00:00:00.9Z") },
        Interval::default(),
        Interval { start: at("2027-01-01T00:00:00Z"), end: None },
    ];
    let body = cloud.get_ok(&path("restorable-time-interval"));
    let expected = json!([
        { "start_time": "2026-01-01T00:00:00+0000", "end_time": "2026-02-01T00:00:00+0000" },
        { "start_time": "2026-11-14T08:00:00+0000", "end_time": "2026-11-21T07:55:00+0000" },
    ]);
    assert_eq!(body["restorable_time_intervals"], expected);
    assert_eq!((&body["offset"], &body["limit"], &body["total"]), (&json!(0), &json!(10), &json!(2)));
    cloud.wait(60.0);
    let body = cloud.get_ok(&path("restorable-time-interval?offset=1"));
    assert_eq!(text(&body, "/restorable_time_intervals/0/end_time"), "2026-11-21T07:56:00+0000");
    cloud.get_refused("v3/instances/unknown/backups/restorable-time-interval", 404, "DBS.200002");
}

#[test]
fn data_nodes_depend_on_the_time() {
    let mut cloud = Cloud::new();
    let change = "2026-11-01T00:00:00Z".parse().ok();
    let mut left = Membership::of(SOURCE_NODE_IDS[1]);
    left.until = change;
    let mut came = Membership::of(FRESH_NODE_IDS[0]);
    came.since = change;
    cloud.world.instances[0].members = vec![Membership::of(SOURCE_NODE_IDS[0]), left, came];
    let ids = |cloud: &mut Cloud, time: &str| -> Vec<String> {
        let millis = time.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let body = cloud.get_ok(&path(&format!("related-dn?restore_time={millis}")));
        list_of(&body, "related_data_nodes").iter().map(|node| text(node, "/instance_id")).collect()
    };
    assert_eq!(ids(&mut cloud, "2026-10-31T23:59:59Z"), SOURCE_NODE_IDS);
    assert_eq!(ids(&mut cloud, "2026-11-01T00:00:00Z"), [SOURCE_NODE_IDS[0], FRESH_NODE_IDS[0]]);
}

#[test]
fn data_nodes_have_their_fields() {
    let mut cloud = Cloud::new();
    let body = cloud.get_ok(&path(&format!("related-dn?{TIME}")));
    assert_eq!(text(&body, "/latest_restorable_time"), "2026-11-21T07:55:00+0000");
    let expected = json!({
        "instance_id": SOURCE_NODE_IDS[0],
        "instance_name": "orders-dn-1",
        "instance_status": "normal",
        "engine_name": "mysql",
        "version": "8.0.32",
        "data_volume_size": 40_000_000_000_u64,
    });
    assert_eq!(body["related_data_nodes"][0], expected);
    cloud.world.switches.volume_size_is_string = true;
    let body = cloud.get_ok(&path(&format!("related-dn?{TIME}")));
    assert_eq!(body["related_data_nodes"][0]["data_volume_size"], json!("40000000000"));
}

#[test]
fn pages_are_cut_at_ten() {
    let mut cloud = Cloud::new();
    let wide = |query: &str| format!("v3/instances/{WIDE_SOURCE_ID}/backups/related-dn?{TIME}{query}");
    for (query, pages, length) in [
        ("", false, 10),
        ("&offset=10", false, 2),
        ("&limit=128", false, 12),
        ("&limit=5&offset=2", true, 2),
        ("&limit=5&offset=2", false, 5),
        ("&offset=99", false, 0),
    ] {
        cloud.world.switches.offset_counts_pages = pages;
        let body = cloud.get_ok(&wide(query));
        assert_eq!((list_of(&body, "related_data_nodes").len(), &body["total"]), (length, &json!(12)), "{query}");
    }
    for query in ["&limit=0", "&limit=129", "&offset=-1", "&limit=x"] {
        cloud.get_refused(&wide(query), 400, "DBS.280001");
    }
}

fn reasons(cloud: &mut Cloud, path: &str, key: &str) -> Vec<(String, bool, String)> {
    let body = cloud.get_ok(path);
    let reason = |item: &Value| {
        (text(item, "/instance_id"), item["available"].as_bool().unwrap(), text(item, "/unavailable_reason"))
    };
    list_of(&body, key).iter().map(reason).collect()
}

#[test]
fn targets_say_why_they_are_not_available() {
    let mut cloud = Cloud::new();
    let found = reasons(&mut cloud, &path("restorable-instances"), "instances");
    assert_eq!(found.len(), 3, "the source itself is no candidate");
    assert_eq!(found[0], (TARGET_ID.to_owned(), true, String::new()));
    assert_eq!(found[1].2, "The instance is associated with a data node.");
    for (status, accounts, expected) in [
        ("FROZEN", 0, "The instance is frozen."),
        ("ERROR", 0, "The instance is abnormal."),
        ("RESTARTING", 0, "Another operation is being performed on the instance."),
        ("RUNNING", 1, "The instance has a common account."),
    ] {
        cloud.world.instances[1].status = status.to_owned();
        cloud.world.instances[1].accounts = accounts;
        let found = reasons(&mut cloud, &path("restorable-instances"), "instances");
        assert_eq!(found[0], (TARGET_ID.to_owned(), false, expected.to_owned()));
    }
}

#[test]
fn target_nodes_say_why_they_are_not_available() {
    let mut cloud = Cloud::new();
    let query = format!("{TIME}&target_instance_id={TARGET_ID}&source_dn_instance_id={}&limit=128", SOURCE_NODE_IDS[0]);
    let nodes = path(&format!("restorable-data-node?{query}"));
    let found = reasons(&mut cloud, &nodes, "target_data_nodes");
    assert_eq!(found.len(), 28);
    let available: Vec<&str> = found.iter().filter(|node| node.1).map(|node| node.0.as_str()).collect();
    assert_eq!(available, FRESH_NODE_IDS);
    assert!(found[0].2.contains("associated with another instance"), "{}", found[0].2);
    assert!(found[27].2.contains("not in the VPC"), "{}", found[27].2);
    cloud.world.data_nodes[2].read_only = true;
    assert!(reasons(&mut cloud, &nodes, "target_data_nodes")[2].2.contains("read-only"));
}

#[test]
fn missing_parameters_are_refused() {
    let mut cloud = Cloud::new();
    let node = SOURCE_NODE_IDS[0];
    for (query, status, code) in [
        (String::new(), 400, "DBS.280001"),
        (format!("{TIME}&target_instance_id={TARGET_ID}"), 400, "DBS.280001"),
        (format!("{TIME}&source_dn_instance_id={node}"), 400, "DBS.280001"),
        (format!("{TIME}&target_instance_id=unknown&source_dn_instance_id={node}"), 404, "DBS.200002"),
        (format!("{TIME}&target_instance_id={TARGET_ID}&source_dn_instance_id=unknown"), 400, "DBS.300375"),
    ] {
        cloud.get_refused(&path(&format!("restorable-data-node?{query}")), status, code);
    }
    cloud.get_refused(&path("related-dn"), 400, "DBS.280001");
    cloud.get_refused(&path("related-dn?restore_time=yesterday"), 400, "DBS.280001");
    cloud.get_ok(&path("related-dn?restore_time=1"));
    cloud.world.switches.lookups_check_time = true;
    cloud.get_refused(&path("related-dn?restore_time=1"), 400, "DBS.300375");
    cloud.get_refused("v3/quotas", 404, "APIGW.0101");
}
