use rehearsal::{Service, StartedBy, Who};
use serde_json::json;

use super::super::act::Step;
use super::super::core::Ended;
use super::*;

fn moment(millisecond: i64) -> Timestamp {
    Timestamp::from_millisecond(1_700_000_000_000 + millisecond).unwrap()
}

fn entry(number: u64, method: &str, path: &str, status: Option<u16>) -> Entry {
    Entry {
        number,
        time: moment(number as i64 * 100),
        service: Service::ALL[1],
        method: method.into(),
        path: path.into(),
        query: String::new(),
        body: None,
        who: Who::default(),
        request_id: String::new(),
        status,
        service_status: status,
        started: None,
        faults: Vec::new(),
        duration_ms: Some(number),
    }
}

fn operation(kind: &str, target: &str, (from, to): (i64, Option<i64>), status: &str) -> TimelineEntry {
    TimelineEntry {
        operation: rehearsal::service::Operation {
            service: "dcs".into(),
            kind: kind.into(),
            id: format!("{kind}-1"),
            target: target.into(),
            started: moment(from),
            ended: to.map(moment),
            status: status.into(),
        },
        request: StartedBy {
            number: 1,
            method: "POST".into(),
            path: "/v2/p/instances/i-1/restores".into(),
            body: Some(json!({"remark": "</script><script>alert(1)</script>"})),
            who: Who::default(),
        },
    }
}

fn report(operations: Vec<TimelineEntry>, journal: &[Entry], act: &Act) -> Report {
    let scene = Scene {
        act,
        verdict: "Verdict: <passed>.".into(),
        folder: "a\u{202e}b".into(),
        command: String::new(),
        region: "eu-de",
        has_scenario: false,
        with: &["random".into()],
        stand_in: &["opentele<kom>cloud".into(), "acme".into()],
        core: "Terraform v1.11.4\non linux_amd64\n",
        steps: vec![Ran { name: "plan".into(), result: "Plan: 1 to add".into(), seconds: 1.25 }],
        now: moment(10_000),
    };
    Report::of(scene, &Timeline { operations, journal, speed: 60.0 })
}

#[test]
fn operations_are_told_as_long_as_in_reality() {
    let made = report(
        vec![
            operation("backup", "i-1", (0, Some(1000)), "succeed"),
            operation("restore", "i-1", (2000, Some(2500)), "failed"),
            operation("restore", "i-2", (3000, None), "restoring"),
            operation("restores", "", (3000, None), "unknown"),
            operation("delete", "", (3000, Some(3000)), "success"),
        ],
        &[],
        &Act::default(),
    );
    let told: Vec<_> = made
        .operations
        .iter()
        .map(|each| (each.begins_in_reality, each.ends_in_reality, each.seconds, each.seconds_in_reality))
        .collect();
    // A second between two operations is a second; one inside of them is a minute.
    assert_eq!(
        told,
        [
            (0.0, 60.0, Some(1.0), Some(60.0)),
            (61.0, 91.0, Some(0.5), Some(30.0)),
            (91.5, 511.5, None, None),
            (91.5, 91.5, None, None),
            (91.5, 91.5, Some(0.0), Some(0.0)),
        ]
    );
    assert_eq!(made.seconds_in_reality, 511.5);
    let page = made.page();
    for shown in ["about 1 min", "about 30 s", "still running", "no record is left", "about <b>8 min 32 s</b>"] {
        assert!(page.contains(shown), "{shown}");
    }
    for class in ["class=\"keeps\"", "class=\"deletes\"", "class=\"failed\"", "class=\"open\""] {
        // In the chart and in its legend.
        assert!(page.matches(class).count() >= 2, "{class}");
    }
    assert!(!page.contains("class=\"overwrites\""), "no restore has ended well");
}

#[test]
fn requests_are_counted_by_kind_and_faults_by_what_they_struck() {
    let id = "5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294";
    let read = |number, status| entry(number, "GET", &format!("/v2/9a2e3014/instances/{id}/restores"), status);
    let mut struck = read(3, Some(503));
    struck.faults = vec!["status 503".into()];
    let mut lost = entry(4, "POST", "/v2/9a2e3014/instances/7/restores", None);
    (lost.faults, lost.started) = (vec!["reset after acceptance".into()], Some("r".into()));
    let deleted = entry(5, "DELETE", "/v2/9a2e3014/instances/7/backups/8", Some(204));
    let login = Entry { service: Service::ALL[0], ..entry(6, "POST", "/v3/auth/tokens", Some(201)) };
    let journal = [read(1, Some(200)), read(2, Some(200)), struck, lost, deleted, login];
    let made = report(Vec::new(), &journal, &Act::default());
    let told: Vec<_> = made
        .requests
        .iter()
        .map(|each| {
            format!(
                "{} {} {} {} {:?} {}",
                each.service, each.method, each.path, each.count, each.statuses, each.slowest_ms
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "dcs DELETE /v2/*/instances/*/backups/* 1 [(204, 1)] 5",
            "dcs GET /v2/*/instances/*/restores 3 [(200, 2), (503, 1)] 3",
            "dcs POST /v2/*/instances/*/restores 1 [(0, 1)] 4",
            "iam POST /v3/auth/tokens 1 [(201, 1)] 6",
        ]
    );
    assert_eq!(made.requests_in_all, 6);
    let faults: Vec<_> = made.faults.iter().map(|each| (each.fault.as_str(), each.count, each.started)).collect();
    assert_eq!(faults, [("status 503", 1, 0), ("reset after acceptance", 1, 1)]);
    // A login changes nothing; a deletion is no operation.
    assert_eq!(made.changes_at_once.iter().map(|each| each.number).collect::<Vec<_>>(), [5]);
    let page = made.page();
    for shown in ["<b>6</b> in all", "2 × 200, 1 × 503", "1 × no answer", "reset after acceptance", "changed at once"]
    {
        assert!(page.contains(shown), "{shown}");
    }
}

#[test]
fn nothing_from_outside_is_markup_and_the_page_is_alone() {
    let act = Act {
        warnings: vec!["Warning: <img src=x>\n\nA line of its own".into()],
        ..Act::after(Step::Destroy, Ended { code: 0 })
    };
    let page = report(vec![operation("restore", "<b>\u{7}", (0, Some(1)), "<i>")], &[], &act).page();
    assert!(page.starts_with(destination::MARK));
    for foreign in ["<img", "<b>\u{7}", "<i>", "<passed>", "<script>alert", "</script><"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert!(page.contains("Warning: &lt;img src=x&gt;\n\nA line of its own") && page.contains("a\\u{202e}b"));
    assert!(!page.chars().any(|letter| letter != '\n' && outside::is_hidden(letter)));
    for reaching_out in ["http:", "https:", "src=\"", "href=", "@import", "url("] {
        assert!(!page.contains(reaching_out), "{reaching_out}");
    }
    assert_eq!(page.matches("<script").count(), 1, "the figures, which are data");
    let data = page.split("id=\"figures\">").nth(1).and_then(|rest| rest.split("</script>").next()).unwrap();
    let figures: Value = serde_json::from_str(data).unwrap();
    assert_eq!(figures["folder"], "a\u{202e}b");
    // Whose part was played and who acted for real belong into a ticket.
    assert!(page.contains("<dt>For real</dt><dd>random</dd>"), "{page}");
    assert!(
        page.contains("<dt>Stand-ins</dt><dd>opentele&lt;kom&gt;cloud, acme: what they would do was not tried"),
        "{page}"
    );
    assert_eq!(figures["stood_in_for"], json!(["opentele<kom>cloud", "acme"]));
    assert_eq!(
        figures["versions"],
        json!({"core": "Terraform v1.11.4", "provider": env!("CARGO_PKG_VERSION"), "platform": "linux_amd64"})
    );
}

#[test]
fn without_operations_there_is_no_chart() {
    let page = report(Vec::new(), &[], &Act::after(Step::Plan, Ended { code: 1 })).page();
    for shown in [
        "Nothing was started in the cloud.",
        "The plan overwrites nothing.",
        "nothing went wrong on purpose",
        "verdict bad",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(!page.contains("class=\"chart\""));
}
