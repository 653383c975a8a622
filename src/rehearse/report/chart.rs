//! The operations over time: a row for each, with its words above or beside a bar. The bars are drawn in percent of the
//! width that there is, and the words flow as words do, so that nothing overlaps in a narrow window.

use super::html::Html;
use super::{Operation, Report};

/// Distances between the lines of the grid, in seconds, with the unit in which they are counted.
const STEPS: [(f64, f64, &str); 19] = [
    (0.1, 1.0, " s"),
    (0.2, 1.0, " s"),
    (0.5, 1.0, " s"),
    (1.0, 1.0, " s"),
    (2.0, 1.0, " s"),
    (5.0, 1.0, " s"),
    (10.0, 1.0, " s"),
    (30.0, 1.0, " s"),
    (60.0, 60.0, " min"),
    (120.0, 60.0, " min"),
    (300.0, 60.0, " min"),
    (600.0, 60.0, " min"),
    (1800.0, 60.0, " min"),
    (3600.0, 3600.0, " h"),
    (7200.0, 3600.0, " h"),
    (21_600.0, 3600.0, " h"),
    (43_200.0, 3600.0, " h"),
    (86_400.0, 86_400.0, " d"),
    (864_000.0, 86_400.0, " d"),
];
/// Parts into which the grid divides the time at most: their labels have room on a telephone.
const MOST_PARTS: f64 = 6.0;
/// Ends the picture of a row, and the row.
const END_OF_ROW: &str = "</svg></div></div>\n";

/// A line of the grid.
#[derive(Debug, PartialEq)]
struct Tick {
    percent: f64,
    label: String,
}

/// Draws it.
pub(super) fn draw(html: &mut Html, report: &Report) {
    let span = report.seconds_in_reality.max(0.001);
    let ticks = ticks(span);
    html.raw("<div class=\"chart\">\n");
    for operation in &report.operations {
        row(html, operation, span, &ticks);
    }
    if !report.changes_at_once.is_empty() {
        html.raw("<div class=\"row\"><div class=\"label\"><b>changed at once</b> <span class=\"muted\">");
        html.count(report.changes_at_once.len()).raw(if report.changes_at_once.len() == 1 {
            " request"
        } else {
            " requests"
        });
        html.raw("</span></div>");
        begin_bar(html, &ticks, "changes that take no time");
        for change in &report.changes_at_once {
            html.raw("<circle class=\"moment\" r=\"4\" cy=\"50%\" cx=\"");
            html.percent(percent(change.at_in_reality, span)).raw("\"/>");
        }
        html.raw(END_OF_ROW);
    }
    axis(html, &ticks);
    html.raw("</div>\n");
}

fn row(html: &mut Html, operation: &Operation, span: f64, ticks: &[Tick]) {
    html.raw("<div class=\"row\"><div class=\"label\"><b>");
    html.text(&format!("{} {}", operation.service, operation.kind)).raw("</b> <span class=\"");
    html.raw(if failed(operation) { "bad" } else { "muted" }).raw("\">");
    html.text(&operation.status).raw("</span> <span>").text(&took(operation)).raw("</span>");
    if !operation.target.is_empty() {
        html.raw("<br><span class=\"muted\">of <code>").text(&operation.target).raw("</code></span>");
    }
    html.raw("</div>");
    begin_bar(html, ticks, &format!("{} {}: {}", operation.service, operation.kind, took(operation)));
    let (begin, end) = (percent(operation.begins_in_reality, span), percent(operation.ends_in_reality, span));
    html.raw("<svg y=\"50%\" overflow=\"visible\"><rect y=\"-7\" height=\"14\" rx=\"2\" class=\"");
    html.raw(class(operation)).raw("\" x=\"").percent(begin).raw("\" width=\"").percent(end - begin).raw("\"/></svg>");
    html.raw(END_OF_ROW);
}

/// Begins a picture of one row, with the lines of the grid.
fn begin_bar(html: &mut Html, ticks: &[Tick], title: &str) {
    html.raw("<div class=\"bar\"><svg role=\"img\"><title>").text(title).raw("</title>");
    for tick in ticks {
        html.raw("<line class=\"grid\" y1=\"0\" y2=\"100%\" x1=\"").percent(tick.percent);
        html.raw("\" x2=\"").percent(tick.percent).raw("\"/>");
    }
}

fn axis(html: &mut Html, ticks: &[Tick]) {
    html.raw("<div class=\"row\"><div class=\"label muted\">as long as in reality</div><div class=\"bar\"><svg aria-hidden=\"true\">");
    for tick in ticks {
        let anchor = match tick.percent {
            first if first < 4.0 => "start",
            last if last > 92.0 => "end",
            _ => "middle",
        };
        html.raw("<text y=\"14\" text-anchor=\"").raw(anchor).raw("\" x=\"").percent(tick.percent).raw("\">");
        html.text(&tick.label).raw("</text>");
    }
    html.raw(END_OF_ROW);
}

/// Round times on the way to the end.
fn ticks(span: f64) -> Vec<Tick> {
    let last = STEPS.len() - 1;
    let fits = |(step, _, _): &&(f64, f64, &str)| span / step <= MOST_PARTS;
    let Some((step, unit, name)) = STEPS.iter().find(fits).or(STEPS.get(last)) else { return Vec::new() };
    let moments = (0_u32..).map(|number| f64::from(number) * step).take_while(|moment| *moment <= span).take(100);
    let label = |moment: f64| match (moment / unit * 10.0).round() / 10.0 {
        0.0 => "0".to_owned(),
        number => format!("{number}{name}"),
    };
    moments.map(|moment| Tick { percent: percent(moment, span), label: label(moment) }).collect()
}

fn percent(seconds: f64, span: f64) -> f64 {
    (seconds / span * 100.0).clamp(0.0, 100.0)
}

/// How a bar is coloured: what overwrites stands out, and so does what failed.
pub(super) fn class(operation: &Operation) -> &'static str {
    let overwrites = operation.kind.contains("restore") || operation.kind.contains("recover");
    match (failed(operation), operation.seconds.is_some()) {
        (true, _) => "failed",
        (false, false) => "open",
        (false, true) if overwrites => "overwrites",
        (false, true) if operation.kind.contains("delete") => "deletes",
        (false, true) => "keeps",
    }
}

/// Whether a service's own word for an end means a failure: each of them has `fail` or `error` in it.
pub(super) fn failed(operation: &Operation) -> bool {
    let status = operation.status.to_lowercase();
    status.contains("fail") || status.contains("error")
}

/// How long an operation took, in reality.
pub(super) fn took(operation: &Operation) -> String {
    match operation.seconds_in_reality {
        Some(seconds) => format!("about {}", duration(seconds)),
        None if operation.is_recorded => "still running".to_owned(),
        None => "no record is left".to_owned(),
    }
}

/// A duration in at most two units.
pub(super) fn duration(seconds: f64) -> String {
    if seconds < 9.95 {
        return format!("{seconds:.1} s");
    }
    let whole = std::time::Duration::from_secs_f64(seconds.clamp(0.0, 1e12).round()).as_secs();
    let (days, hours, minutes, rest) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60);
    let two = |large: u64, large_name: &str, small: u64, small_name: &str| match small {
        0 => format!("{large} {large_name}"),
        small => format!("{large} {large_name} {small} {small_name}"),
    };
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{rest} s"),
        (0, 0, minutes) => two(minutes, "min", rest, "s"),
        (0, hours, minutes) => two(hours, "h", minutes, "min"),
        (days, hours, _) => two(days, "d", hours, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_in_two_units() {
        for (seconds, told) in [
            (0.0, "0.0 s"),
            (9.94, "9.9 s"),
            (9.96, "10 s"),
            (59.4, "59 s"),
            (59.6, "1 min"),
            (61.0, "1 min 1 s"),
            (3599.9, "1 h"),
            (5400.0, "1 h 30 min"),
            (90_000.0, "1 d 1 h"),
        ] {
            assert_eq!(duration(seconds), told, "{seconds}");
        }
    }

    #[test]
    fn the_grid_has_few_lines_at_round_times() {
        for (span, labels) in [
            (0.001, vec!["0"]),
            (0.5, vec!["0", "0.1 s", "0.2 s", "0.3 s", "0.4 s", "0.5 s"]),
            (47.0, vec!["0", "10 s", "20 s", "30 s", "40 s"]),
            (200.0, vec!["0", "1 min", "2 min", "3 min"]),
            (20_000.0, vec!["0", "1 h", "2 h", "3 h", "4 h", "5 h"]),
            (100_000.0, vec!["0", "6 h", "12 h", "18 h", "24 h"]),
        ] {
            let found: Vec<String> = ticks(span).into_iter().map(|tick| tick.label).collect();
            assert_eq!(found, labels, "{span}");
        }
        assert!(ticks(1e12).len() <= 100);
        assert!((ticks(100.0).last().unwrap().percent - 90.0).abs() < 1e-9);
    }
}
