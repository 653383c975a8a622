//! The page: figures in the order in which somebody decides on a change.

use super::chart::{self, duration, failed};
use super::destination::MARK;
use super::html::Html;
use super::planned::{Argument, INVOKED, Overwritten};
use super::{Operation, Report, Sent};

/// Nothing of the page may be run or fetched, whatever is in it.
const HEAD: &str = "
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">
<title>Rehearsal of ";

/// The whole page.
pub(super) fn of(report: &Report) -> String {
    let mut page = Html::default();
    let html = &mut page;
    html.raw(MARK).raw(HEAD).text(&report.folder).raw("</title>\n<style>\n").raw(include_str!("page.css"));
    html.raw("</style>\n</head>\n<body>\n");
    beginning(html, report);
    overwritten(html, report);
    operations(html, report);
    warnings(html, report);
    requests(html, report);
    faults(html, report);
    steps(html, report);
    html.raw("<script type=\"application/json\" id=\"figures\">\n").data(report).raw("\n</script>\n</body>\n</html>\n");
    page.into_text()
}

fn beginning(html: &mut Html, report: &Report) {
    html.raw("<h1>Rehearsal of ").text(&report.folder).raw("</h1>\n<p class=\"verdict ");
    html.raw(if report.passed { "good" } else { "bad" }).raw("\">").text(&report.verdict).raw("</p>\n<dl>\n");
    let speed = format!("a rehearsal cloud, {} times faster than a real one", report.speed);
    let world = match report.has_scenario {
        true => "a scenario's, with what the configuration names and the scenario lacks",
        false => "built in, with what the configuration names: no instance or backup of an account was looked at",
    };
    let made_at = report.made_at.strftime("%Y-%m-%d %H:%M UTC").to_string();
    let versions = &report.versions;
    let (for_real, stood_in_for) = (report.acted_for_real.join(", "), report.stood_in_for.join(", "));
    let made_up = match stood_in_for.is_empty() {
        true => String::new(),
        false => format!("{stood_in_for}: what they would do was not tried, and what they would compute was made up"),
    };
    for (name, value) in [
        ("When", made_at.as_str()),
        ("Command", &report.command),
        ("Core", &versions.core),
        ("Provider", &format!("cloud-recovery/recovery v{}", versions.provider)),
        ("Platform", &versions.platform),
        ("Cloud", &speed),
        ("Region", &report.region),
        ("World", world),
        ("For real", &for_real),
        ("Stand-ins", &made_up),
    ] {
        if !value.is_empty() {
            html.raw("<dt>").text(name).raw("</dt><dd>").text(value).raw("</dd>\n");
        }
    }
    html.raw("</dl>\n");
}

fn overwritten(html: &mut Html, report: &Report) {
    html.raw("<h2>What will be overwritten</h2>\n");
    if report.overwritten.is_empty() {
        html.raw("<p>The plan overwrites nothing.</p>\n");
    }
    for restore in &report.overwritten {
        card(html, restore);
    }
    if !report.changes_planned.is_empty() {
        html.raw("<p>Also planned:</p>\n<ul>\n");
        for change in &report.changes_planned {
            html.raw("<li>").text(&change.what).raw(" <code>").text(&change.address).raw("</code></li>\n");
        }
        html.raw("</ul>\n");
    }
}

fn warnings(html: &mut Html, report: &Report) {
    if report.warnings.is_empty() {
        return;
    }
    html.raw("<h2>What the plan warns of</h2>\n");
    for warning in &report.warnings {
        html.raw("<pre>").paragraphs(warning).raw("</pre>\n");
    }
}

fn card(html: &mut Html, restore: &Overwritten) {
    html.raw("<div class=\"card\"><b><code>").text(&restore.address).raw("</code></b> will ").text(restore.what);
    html.raw("\n<dl>\n");
    arguments(html, "overwrites", &restore.target);
    arguments(html, "with", &restore.source);
    let open = if restore.what == INVOKED { "told by the warning below, as far as it is known" } else { AT_APPLY };
    html.raw("<dt>data of</dt><dd>").text(restore.restore_point.as_deref().unwrap_or(open));
    html.raw("</dd>\n</dl></div>\n");
}

/// What stands in place of a value that a plan does not know.
const AT_APPLY: &str = "known at apply";

fn arguments(html: &mut Html, role: &'static str, arguments: &[Argument]) {
    if arguments.is_empty() {
        return;
    }
    html.raw("<dt>").raw(role).raw("</dt><dd>");
    for (index, argument) in arguments.iter().enumerate() {
        html.raw(if index > 0 { "<br>" } else { "" });
        html.raw("<span class=\"muted\">").text(&argument.name).raw("</span> ");
        match &argument.value {
            Some(value) => html.raw("<code>").text(value).raw("</code>"),
            None => html.text(AT_APPLY),
        };
    }
    html.raw("</dd>\n");
}

fn operations(html: &mut Html, report: &Report) {
    html.raw("<h2>Operations over time</h2>\n");
    if report.operations.is_empty() && report.changes_at_once.is_empty() {
        html.raw("<p>Nothing was started in the cloud.</p>\n");
        return;
    }
    html.raw("<p>From the first to the last it would take about <b>").text(&duration(report.seconds_in_reality));
    html.raw("</b> in reality, if operations take as long as the rehearsal assumes.</p>\n<div class=\"legend\">");
    let drawn: Vec<&str> = report.operations.iter().map(chart::class).collect();
    for (class, meaning) in LEGEND.iter().filter(|(class, _)| drawn.contains(class)) {
        html.raw("<span><svg aria-hidden=\"true\"><rect x=\"1\" y=\"1\" width=\"22\" height=\"10\" rx=\"2\" class=\"")
            .raw(class);
        html.raw("\"/></svg>").raw(meaning).raw("</span>");
    }
    html.raw("</div>\n");
    chart::draw(html, report);
    if !report.operations.is_empty() {
        html.raw("<h2>Operations, and what was sent</h2>\n<div class=\"wide\"><table>\n<tr><th>Operation</th>");
        html.raw("<th class=\"number\">here</th><th class=\"number\">in reality</th><th>ID and request</th></tr>\n");
        report.operations.iter().for_each(|operation| operation_row(html, operation));
        html.raw("</table></div>\n");
    }
    if !report.changes_at_once.is_empty() {
        html.raw("<details>\n<summary>Changed at once, without an operation to follow</summary>\n<ul>\n");
        for change in &report.changes_at_once {
            html.raw("<li>");
            sent(html, change);
            html.raw("</li>\n");
        }
        html.raw("</ul>\n</details>\n");
    }
}

/// The classes of bars, and what they mean.
const LEGEND: [(&str, &str); 5] = [
    ("overwrites", "overwrites data"),
    ("keeps", "leaves data as it is"),
    ("deletes", "deletes a backup"),
    ("failed", "failed"),
    ("open", "no end is known"),
];

fn operation_row(html: &mut Html, operation: &Operation) {
    html.raw("<tr><td>").text(&format!("{} {}", operation.service, operation.kind)).raw("<br><span class=\"");
    html.raw(if failed(operation) { "bad" } else { "muted" }).raw("\">").text(&operation.status).raw("</span></td>");
    for seconds in [operation.seconds, operation.seconds_in_reality] {
        html.raw("<td class=\"number\">").text(&seconds.map(duration).unwrap_or_default()).raw("</td>");
    }
    html.raw("<td class=\"path\"><code>").text(&operation.id).raw("</code><br>");
    sent(html, &operation.sent);
    html.raw("</td></tr>\n");
}

fn sent(html: &mut Html, sent: &Sent) {
    html.raw("<code class=\"muted\">").text(&format!("{} {}", sent.method, sent.path));
    if let Some(body) = &sent.body {
        html.raw(" ").text(&body.to_string());
    }
    html.raw("</code>");
}

fn requests(html: &mut Html, report: &Report) {
    html.raw("<h2>Requests</h2>\n<p><b>").count(report.requests_in_all).raw("</b> in all.</p>\n");
    if report.requests.is_empty() {
        return;
    }
    html.raw("<div class=\"wide\"><table>\n<tr><th>Service</th><th>Request</th><th class=\"number\">Count</th>");
    html.raw("<th>Answers</th><th class=\"number\">Slowest</th></tr>\n");
    for requests in &report.requests {
        html.raw("<tr><td>").text(&requests.service).raw("</td><td class=\"path\"><code>");
        html.text(&format!("{} {}", requests.method, requests.path)).raw("</code></td><td class=\"number\">");
        html.count(requests.count).raw("</td><td>");
        for (index, (status, count)) in requests.statuses.iter().enumerate() {
            html.raw(if index > 0 { ", " } else { "" }).count(*count).raw(" × ");
            match status {
                0 => html.raw("no answer"),
                status => html.count(usize::from(*status)),
            };
        }
        html.raw("</td><td class=\"number\">").text(&format!("{} ms", requests.slowest_ms)).raw("</td></tr>\n");
    }
    html.raw("</table></div>\n");
}

fn faults(html: &mut Html, report: &Report) {
    html.raw("<h2>Faults met</h2>\n");
    if report.faults.is_empty() {
        html.raw("<p>None: nothing went wrong on purpose.</p>\n");
        return;
    }
    html.raw("<div class=\"wide\"><table>\n<tr><th>Fault</th><th>Request</th><th class=\"number\">Struck</th>");
    html.raw("<th class=\"number\">of these started work</th></tr>\n");
    for fault in &report.faults {
        html.raw("<tr><td>").text(&fault.fault).raw("</td><td class=\"path\">").text(&fault.service).raw(" <code>");
        html.text(&format!("{} {}", fault.method, fault.path)).raw("</code></td><td class=\"number\">");
        html.count(fault.count).raw("</td><td class=\"number\">").count(fault.started).raw("</td></tr>\n");
    }
    html.raw("</table></div>\n");
}

fn steps(html: &mut Html, report: &Report) {
    html.raw("<h2>What was run</h2>\n<div class=\"wide\"><table>\n<tr><th>Step</th><th>Result</th><th class=\"number\">here</th></tr>\n");
    for step in &report.steps {
        html.raw("<tr><td>").text(&step.name).raw("</td><td>").text(&step.result).raw("</td><td class=\"number\">");
        html.text(&duration(step.seconds)).raw("</td></tr>\n");
    }
    html.raw("</table></div>\n");
}
