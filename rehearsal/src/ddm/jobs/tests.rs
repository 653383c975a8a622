use super::super::testing::{Cloud, text};
use super::super::world::{Instance, Job};
use super::super::*;
use jiff::SignedDuration;
use serde_json::Value;

fn cloud() -> Cloud {
    let mut cloud = Cloud::new();
    let job = |id: &str, minutes: i64| Job {
        id: id.to_owned(),
        source_id: SOURCE_ID.to_owned(),
        target_id: TARGET_ID.to_owned(),
        created: cloud.now - SignedDuration::from_mins(minutes),
        ended: Some(cloud.now - SignedDuration::from_mins(minutes - 20)),
        ..Job::default()
    };
    cloud.world.jobs = vec![job("a", 30), job("b", 10), Job { progress_stuck: Some(3), ended: None, ..job("c", 5) }];
    cloud
}

fn ids(cloud: &mut Cloud) -> Vec<String> {
    cloud.jobs().iter().map(|job| text(job, "/id")).collect()
}

#[test]
fn jobs_are_listed_in_a_window() {
    let mut cloud = cloud();
    assert_eq!(ids(&mut cloud), ["c", "b", "a"]);
    cloud.world.switches.jobs_oldest_first = true;
    assert_eq!(ids(&mut cloud), ["a", "b", "c"]);
    let now = cloud.now.as_millisecond();
    let path = format!("v3/jobs?start_time={}&end_time={}&limit=1", now - 600_000, now - 600_000);
    assert_eq!(text(&cloud.get_ok(&path), "/jobs/0/id"), "b");
    let month = 30 * 86_400_000;
    for (query, status) in [
        (String::new(), 400),
        (format!("start_time={now}"), 400),
        (format!("end_time={now}"), 400),
        (format!("start_time=x&end_time={now}"), 400),
        (format!("start_time={}&end_time={now}", now - month - 120_000), 400),
        (format!("start_time={}&end_time={now}", now - month), 200),
    ] {
        assert_eq!(cloud.call("GET", &format!("v3/jobs?{query}"), None).status, status, "{query}");
    }
    // Official SDKs hold these times as floats, and write them so.
    for (start, status) in [(format!("{now}.0"), 200), (format!("{:e}", now as f32), 200), (format!("{now}.5"), 400)] {
        let query = format!("v3/jobs?start_time={start}&end_time={now}");
        assert_eq!(cloud.call("GET", &query, None).status, status, "{query}");
        cloud.world.switches.float_times = false;
        assert_eq!(cloud.call("GET", &query, None).status, 400, "{query}");
        cloud.world.switches.float_times = true;
    }
}

#[test]
fn a_job_names_the_target_or_the_source() {
    let mut cloud = cloud();
    let job = |cloud: &mut Cloud| cloud.get_ok("v3/jobs/b")["job"].clone();
    let running: Value = job(&mut cloud);
    assert_eq!(text(&running, "/instance/id"), TARGET_ID);
    assert_eq!(text(&running, "/instance/name"), "orders-restored");
    assert_eq!(text(&running, "/status"), "Running");
    assert_eq!(text(&running, "/process"), "50%");
    assert_eq!(text(&running, "/end_time"), "2026-11-21T08:10:00+0000");
    assert!(running.get("fail_reason").is_none());
    cloud.world.switches.job_names_source = true;
    cloud.world.switches.end_time_while_running = false;
    let running = job(&mut cloud);
    assert_eq!(text(&running, "/instance/id"), SOURCE_ID);
    assert_eq!(text(&running, "/end_time"), "");
    assert_eq!(cloud.job("c"), ("Running".to_owned(), "3%".to_owned()));
}

#[test]
fn jobs_vanish_after_a_month() {
    let mut cloud = cloud();
    cloud.wait(30.0 * 86400.0 - 700.0);
    assert_eq!(cloud.job("b").0, "Completed");
    cloud.get_refused("v3/jobs/a", 400, "DBS.300400");
    cloud.world.switches.unknown_job_status = 404;
    cloud.get_refused("v3/jobs/a", 404, "DBS.300400");
    assert_eq!(cloud.world.operations(cloud.now).len(), 3);
}

#[test]
fn instances_are_listed_and_shown() {
    let mut cloud = Cloud::new();
    let one = cloud.get_ok(&format!("v1/instances/{SOURCE_ID}"));
    assert_eq!(text(&one, "/name"), "orders");
    assert_eq!(text(&one, "/created"), "2025-01-01T00:00:00+0000");
    assert_eq!(one["nodes"].as_array().unwrap().len(), 2);
    assert!(one.get("error_msg").is_none());
    cloud.get_refused("v1/instances/unknown", 404, "DBS.200002");

    let body = cloud.get_ok("v1/instances?limit=3&offset=3");
    assert_eq!((&body["total_record"], &body["total_page"], &body["page_no"]), (&4.into(), &2.into(), &2.into()));
    assert_eq!(text(&body, "/instances/0/id"), WIDE_TARGET_ID);
    let body = cloud.get_ok("v1/instances?limit=1&offset=18446744073709551615");
    assert_eq!(body["instances"], serde_json::json!([]));
    let body = cloud.get_ok("v3/instances");
    assert_eq!((&body["total"], &body["instance_num"]), (&4.into(), &4.into()));
    assert!(body["instances"][0].get("created").is_none());
    assert_eq!(text(&body, "/instances/0/admin_user_name"), "root");
    for path in ["v1/instances", "v3/instances"] {
        let listed = &cloud.get_ok(path)["instances"][0];
        assert_eq!((&listed["flavor_ref"], &listed["enable_ssl"]), (&one["flavor_ref"], &one["enable_ssl"]), "{path}");
        assert!(listed.get("order_id").is_none() && listed.get("error_msg").is_none(), "{path}");
    }

    let broken =
        Instance { id: "x".to_owned(), status: "ERROR".to_owned(), error_msg: "m".to_owned(), ..Instance::default() };
    cloud.world.instances.push(broken);
    cloud.world.instances[0].project_id = Some("another".to_owned());
    assert_eq!(text(&cloud.get_ok("v1/instances/x"), "/error_msg"), "m");
    assert_eq!(text(&cloud.get_ok("v1/instances?offset=3"), "/instances/0/error_msg"), "m");
    cloud.get_refused(&format!("v1/instances/{SOURCE_ID}"), 404, "DBS.200002");
    cloud.world.platform = Platform::Huaweicloud;
    assert_eq!(text(&cloud.get_ok("v1/instances/x"), "/enterprise_project_id"), "0");
}
