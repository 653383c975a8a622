//! What is told: one JSON object per line on standard error, as go-plugin's clients read it, and one line for a panic.
//!
//! Only events of our own crates are told. Libraries below log whole requests, headers with credentials included.

use std::fmt::{self, Write as _};
use std::io::{self, Write};
use std::panic::PanicHookInfo;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// Clients cut lines at 64 KiB; what lies behind the last field is little.
const LONGEST_LINE: usize = 60 * 1024;
/// Bytes of one text before JSON escapes it, which makes it six times as long at worst.
const LONGEST_TEXT: usize = 8 * 1024;

/// The time with exactly six fraction digits: with any other layout the client takes the line for plain text.
const TIMESTAMP: &str = "%Y-%m-%dT%H:%M:%S.%6fZ";

/// Starts logging for this process. `name` is the provider's local name, `crates` are those whose events are told, by
/// the first part of their target.
///
/// The level comes from `TF_LOG_PROVIDER_<NAME>`, else `TF_LOG_PROVIDER`, else `TF_LOG`; warnings and errors are told
/// in any case, unless it is `OFF`. A second call changes nothing.
pub(crate) fn start(name: &'static str, crates: &'static [&'static str]) {
    let level = level(|variable| std::env::var(variable).ok(), name);
    let layer = Hclog { module: name, crates, level };
    // Fails only when a subscriber is set already, which then stays.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer));
}

/// Makes a panic tell one line that Terraform shows the user after the run. `name` is the provider's local name.
///
/// A text that was put together at run time stays untold: it may hold a value.
pub(crate) fn tell_panics(name: &'static str) {
    std::panic::set_hook(Box::new(move |panic| write_line(&panic_line(name, panic))));
}

fn panic_line(name: &str, panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let text = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("text withheld, it may hold values");
    // Terraform looks for this very prefix.
    format!("panic: {name} provider at {place}: {}", text.replace(['\n', '\r'], " "))
}

/// A client that is gone cannot be told that it is gone.
fn write_line(line: &str) {
    let _ = io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}

fn level(variable: impl Fn(&str) -> Option<String>, name: &str) -> LevelFilter {
    let own = format!("TF_LOG_PROVIDER_{}", name.to_uppercase());
    let wish = [own.as_str(), "TF_LOG_PROVIDER", "TF_LOG"]
        .into_iter()
        .find_map(|name| variable(name).filter(|value| !value.is_empty()));
    match wish.map(|wish| wish.to_uppercase()).as_deref() {
        None | Some("WARN") => LevelFilter::WARN,
        Some("OFF") => LevelFilter::OFF,
        Some("ERROR") => LevelFilter::ERROR,
        Some("INFO") => LevelFilter::INFO,
        Some("DEBUG") => LevelFilter::DEBUG,
        // "JSON" asks for everything, and so does Terraform when it does not know the word.
        Some(_) => LevelFilter::TRACE,
    }
}

/// Events as hclog writes them.
struct Hclog {
    module: &'static str,
    crates: &'static [&'static str],
    level: LevelFilter,
}

impl Hclog {
    fn is_ours(&self, target: &str) -> bool {
        let root = target.split("::").next().unwrap_or(target);
        self.crates.contains(&root)
    }
}

/// Fields of a span, kept with it and told with each of its events.
struct SpanFields(Fields);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Hclog {
    fn enabled(&self, metadata: &Metadata<'_>, _context: Context<'_, S>) -> bool {
        *metadata.level() <= self.level && self.is_ours(metadata.target())
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(SpanFields(fields));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(SpanFields(fields)) = span.extensions_mut().get_mut()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flatten().collect::<Vec<_>>().into_iter().rev() {
            if let Some(SpanFields(of_span)) = span.extensions().get() {
                fields.others.extend(of_span.others.clone());
            }
        }
        event.record(&mut fields);
        let metadata = event.metadata();
        fields.others.push(("@module", format!("{}.{}", self.module, metadata.target().replace("::", "."))));
        write_line(&line(metadata.level(), jiff::Timestamp::now(), fields));
    }
}

/// The line of one event, below the longest that clients take.
fn line(level: &Level, now: jiff::Timestamp, fields: Fields) -> String {
    let mut members = Map::new();
    let mut length = 0;
    let mut add = |name: &str, text: String| {
        let value = Value::String(text);
        let more = name.len().saturating_add(value.to_string().len()).saturating_add(8);
        if more <= LONGEST_LINE.saturating_sub(length) {
            length = length.saturating_add(more);
            members.insert(name.to_owned(), value);
        }
    };
    // These three must be strings: Terraform crashes otherwise.
    add("@level", level.as_str().to_lowercase());
    add("@timestamp", now.strftime(TIMESTAMP).to_string());
    add("@message", fields.message);
    for (name, text) in fields.others {
        add(name, text);
    }
    Value::Object(members).to_string()
}

/// The fields of an event, each as text.
#[derive(Default)]
struct Fields {
    message: String,
    others: Vec<(&'static str, String)>,
}

impl Fields {
    fn add(&mut self, field: &Field, text: String) {
        let text = shortened(text);
        match field.name() {
            "message" => self.message = text,
            // The names with a meaning are set here and nowhere else.
            name if name.starts_with('@') => {}
            name => self.others.push((name, text)),
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::new();
        // Writing to a string cannot fail; a failing Debug leaves what it wrote so far.
        let _ = write!(text, "{value:?}");
        self.add(field, text);
    }
}

/// One line without anything that acts on the terminal in which somebody reads the log, and not too long.
fn shortened(text: String) -> String {
    let mut text = outside::line(&text);
    if text.len() > LONGEST_TEXT {
        text.truncate(text.floor_char_boundary(LONGEST_TEXT));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level_of(variables: &[(&str, &str)]) -> LevelFilter {
        level(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()), "toy")
    }

    #[test]
    fn the_most_special_variable_sets_the_level() {
        for (variables, expected) in [
            (&[][..], LevelFilter::WARN),
            (&[("TF_LOG", "")], LevelFilter::WARN),
            (&[("TF_LOG", "debug")], LevelFilter::DEBUG),
            (&[("TF_LOG", "JSON")], LevelFilter::TRACE),
            (&[("TF_LOG", "off")], LevelFilter::OFF),
            (&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "ERROR")], LevelFilter::ERROR),
            (&[("TF_LOG_PROVIDER", "ERROR"), ("TF_LOG_PROVIDER_TOY", "INFO")], LevelFilter::INFO),
        ] {
            assert_eq!(level_of(variables), expected, "{variables:?}");
        }
    }

    #[test]
    fn only_own_crates_are_told() {
        let layer = Hclog { module: "toy", crates: &["plugin", "cloud"], level: LevelFilter::TRACE };
        for (target, expected) in
            [("plugin", true), ("cloud::sign", true), ("pluginx", false), ("hyper::client", false), ("", false)]
        {
            assert_eq!(layer.is_ours(target), expected, "{target}");
        }
    }

    #[test]
    fn a_line_is_what_hclog_writes() {
        let fields = Fields { message: "Hello\n\"you\"".into(), others: vec![("tf_rpc", "Stop".into())] };
        let now = "2026-08-21T10:11:12.12Z".parse().unwrap();
        assert_eq!(
            line(&Level::INFO, now, fields),
            r#"{"@level":"info","@message":"Hello\n\"you\"","@timestamp":"2026-08-21T10:11:12.120000Z","tf_rpc":"Stop"}"#
        );
    }

    #[test]
    fn a_line_never_outgrows_the_clients_buffer() {
        let long = shortened("\u{1}".repeat(100_000));
        let others = (0..50).map(|_| ("field", long.clone())).chain([("last", "short".into())]).collect();
        let line = line(&Level::WARN, jiff::Timestamp::now(), Fields { message: long.clone(), others });
        assert!(line.len() < 64 * 1024, "{}", line.len());
        assert!(line.contains(r#""@level":"warn""#) && line.contains(r#""last":"short""#));
    }

    #[test]
    fn texts_are_cut_between_characters() {
        let text = shortened(format!("x{}", "é".repeat(LONGEST_TEXT)));
        assert!(text.ends_with("é…") && text.len() < LONGEST_TEXT + 4);
    }
}
