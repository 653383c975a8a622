//! Who plays the part of another provider in a rehearsal, and what that part has to have: every type that the configuration
//! names, with the attributes that it writes or asks for. The player is this very program (`stand_in`).

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;

use super::configuration::{Content, Item};
use super::{Problem, providers};
use crate::stand_in::{Body, Given, Part, Values};

/// What is the core's in every block, and not the provider's.
const OF_THE_CORE: [&str; 7] =
    ["count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection"];

/// What to know when a rehearsal with stand-ins fails.
pub(super) const MADE_UP: &str = "
What the objects of a stand-in have, and nobody has written, is made up: IDs, addresses, and texts for the rest. Where the
configuration needs a list, a number or another attribute of them, say it in a file: --values FILE (see --help).";

/// Reads a file of values: by type, either the values of all its objects, or a list of `where` and `values`.
///
/// # Errors
/// It cannot be read, or is not of that form.
pub(crate) fn values(path: &Path) -> Result<Values, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let given = |(name, entry): (String, Json)| match entry {
        Json::Object(values) => Ok((name, vec![Given { values, ..Given::default() }])),
        list => serde_json::from_value::<Vec<Given>>(list).map(|given| (name, given)),
    };
    let entries: Result<BTreeMap<String, Json>, _> = serde_json::from_str(&text);
    entries.and_then(|entries| entries.into_iter().map(given).collect()).map_err(|error| {
        format!(
            "{} is not understood ({error}); expected is JSON such as {{\"acme_server\": {{\"id\": \"i-1\"}}}} or \
             {{\"acme_server\": [{{\"where\": {{\"name\": \"a\"}}, \"values\": {{\"id\": \"i-1\"}}}}]}}",
            path.display()
        )
    })
}

/// The part of a provider in a configuration.
pub(super) fn part(address: &str, files: &[Vec<Item>], values: &Values) -> Part {
    let provider = providers::type_of(address);
    let is_own = |name: &str| name == provider || name.strip_prefix(provider).is_some_and(|rest| rest.starts_with('_'));
    let mut part = Part::default();
    for item in files.iter().flatten() {
        take(item, &is_own, &mut part);
        // A data source stands in a check, too.
        item.items().iter().for_each(|inner| take(inner, &is_own, &mut part));
    }
    // What stands in a block is asked for of that block, so that all of them have to be known before.
    for item in files.iter().flatten() {
        let itself = item.labels.first().map_or("", String::as_str);
        for path in texts(item).into_iter().flat_map(references) {
            let (is_data, name, asked) = match path.as_slice() {
                ["data", name, _, asked @ ..] => (true, *name, asked),
                ["self", asked @ ..] => (item.name == "data", itself, asked),
                [name, _, asked @ ..] => (false, *name, asked),
                _ => continue,
            };
            if is_own(name) && !asked.is_empty() {
                let kind = if is_data { &mut part.data_sources } else { &mut part.resources };
                ask(kind.entry(name.to_owned()).or_default(), asked);
            }
        }
    }
    for (key, given) in values.iter().filter(|(key, _)| is_own(key.trim_start_matches("data."))) {
        let kind = if key.starts_with("data.") { &mut part.data_sources } else { &mut part.resources };
        if let Some(body) = kind.get_mut(key.trim_start_matches("data.")) {
            body.attributes.extend(given.iter().flat_map(|given| given.values.keys().chain(given.of.keys()).cloned()));
            part.values.insert(key.clone(), given.clone());
        }
    }
    for body in part.resources.values_mut().chain(part.data_sources.values_mut()) {
        body.attributes.insert("id".to_owned());
        settle(body);
    }
    settle(&mut part.provider);
    part
}

/// Types that have values though no stand-in has such objects: they would be missed without a word.
///
/// # Errors
/// There are some; the text names them.
pub(super) fn check_values(values: &Values, parts: &[Part]) -> Result<(), Problem> {
    let is_taken = |key: &&String| parts.iter().any(|part| part.values.contains_key(*key));
    let left: Vec<&str> = values.keys().filter(|key| !is_taken(key)).map(String::as_str).collect();
    if left.is_empty() {
        return Ok(());
    }
    Err(Problem::new(format!(
        "--values has values of {}, and no stand-in has such objects in this configuration.\nNothing was run. What is \
         written there are types as in resource blocks, with data. in front for data sources (data.acme_network), of a \
         provider that --stand-in names.",
        left.join(", ")
    )))
}

/// Takes up what a block of the configuration says about a part.
fn take(item: &Item, is_own: &impl Fn(&str) -> bool, part: &mut Part) {
    let Some(label) = item.labels.first().filter(|label| is_own(label)) else { return };
    match item.name.as_str() {
        "resource" => learn(part.resources.entry(label.clone()).or_default(), item.items(), &[]),
        "data" => learn(part.data_sources.entry(label.clone()).or_default(), item.items(), &[]),
        "provider" => learn(&mut part.provider, item.items(), &["alias", "version"]),
        _ => {}
    }
}

fn learn(body: &mut Body, items: &[Item], but: &[&str]) {
    let lifecycle = items.iter().filter(|item| item.name == "lifecycle").flat_map(Item::items);
    let ignored = lifecycle.filter(|item| item.name == "ignore_changes").flat_map(texts).flat_map(references);
    let ignored: Vec<Vec<&str>> = ignored.filter(|path| path.as_slice() != ["all"]).collect();
    for item in
        items.iter().filter(|item| !OF_THE_CORE.contains(&item.name.as_str()) && !but.contains(&item.name.as_str()))
    {
        match (&item.content, item.name.as_str(), item.labels.first()) {
            (Content::Argument(_), name, _) => {
                body.attributes.insert(name.to_owned());
            }
            (Content::Block(inner), "dynamic", Some(name)) => {
                let content = inner.iter().filter(|inner| inner.name == "content").flat_map(Item::items);
                learn(body.blocks.entry(name.clone()).or_default(), &content.cloned().collect::<Vec<_>>(), &[]);
            }
            (Content::Block(inner), name, _) => learn(body.blocks.entry(name.to_owned()).or_default(), inner, &[]),
        }
    }
    ignored.iter().for_each(|path| ask(body, path));
}

/// What a path asks of an object, at its end or in one of its blocks.
fn ask(body: &mut Body, path: &[&str]) {
    let Some((name, rest)) = path.split_first() else { return };
    match body.blocks.get_mut(*name) {
        Some(inner) => ask(inner, rest),
        None => {
            body.attributes.insert((*name).to_owned());
        }
    }
}

/// What is a block in one place is one everywhere.
fn settle(body: &mut Body) {
    body.attributes.retain(|name| !body.blocks.contains_key(name));
    body.blocks.values_mut().for_each(settle);
}

/// All values that are written in an item, at any depth.
fn texts(item: &Item) -> Vec<&str> {
    match &item.content {
        Content::Argument(text) => vec![text.as_str()],
        Content::Block(items) => items.iter().flat_map(texts).collect(),
    }
}

/// Names with dots between them, as a text has them. Instances (`[0]`, `["a"]`, `[*]`, `.*`) are passed over, and the first
/// word of a quoted text.
fn references(text: &str) -> Vec<Vec<&str>> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        if (first.is_alphabetic() || first == '_') && !goes_on(before) {
            found.push(walk(rest));
            // What stands in brackets may ask for something itself: only the first name is passed over.
            before = 'a';
            rest = rest.get(name_length(rest)..).unwrap_or_default();
        } else {
            before = first;
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    found
}

/// Whether what follows this letter begins no name of its own.
fn goes_on(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | '"')
}

fn name_length(text: &str) -> usize {
    text.find(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '_' | '-')).unwrap_or(text.len())
}

/// The names of a path such as `a.b["c"].d`.
fn walk(text: &str) -> Vec<&str> {
    let (first, mut rest) = text.split_at(name_length(text));
    let mut names = vec![first];
    loop {
        if let Some(after) = rest.strip_prefix(".*") {
            rest = after;
        } else if rest.starts_with('[') {
            let mut depth = 0_usize;
            let end = rest.char_indices().find_map(|(at, letter)| {
                match letter {
                    '[' => depth += 1,
                    ']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                (depth == 0).then_some(at + 1)
            });
            let Some(after) = end.and_then(|end| rest.get(end..)) else { return names };
            rest = after;
        } else if let Some(after) = rest.strip_prefix('.') {
            let (name, next) = after.split_at(name_length(after));
            if name.is_empty() {
                return names;
            }
            if !name.bytes().all(|byte| byte.is_ascii_digit()) {
                names.push(name);
            }
            rest = next;
        } else {
            return names;
        }
    }
}

/// A version that satisfies all that `terraform providers` says is asked of a provider.
///
/// # Errors
/// No version does, as far as this can tell.
pub(super) fn version(listing: &str, address: &str) -> Result<String, Problem> {
    let mark = format!("provider[{address}]");
    let asked: Vec<&str> = listing
        .lines()
        .filter_map(|line| Some(line.split_once(mark.as_str())?.1))
        .flat_map(|constraints| constraints.split(','))
        .map(str::trim)
        .filter(|constraint| !constraint.is_empty())
        .collect();
    let constraints: Option<Vec<Constraint<'_>>> = asked.iter().map(|text| Constraint::parse(text)).collect();
    let found = constraints.and_then(|constraints| {
        let next = |[major, minor, patch]: [u64; 3]| [major, minor, patch.saturating_add(1)];
        let candidates = constraints.iter().flat_map(|constraint| [constraint.version, next(constraint.version)]);
        let mut candidates = candidates.chain([[0, 0, 1]]);
        candidates.find(|version| constraints.iter().all(|constraint| constraint.is_met_by(*version)))
    });
    match found {
        Some([major, minor, patch]) => Ok(format!("{major}.{minor}.{patch}")),
        None => Err(Problem::new(format!(
            "no version for a stand-in of {address} satisfies {}: what is understood are plain numbers behind =, !=, >, \
             >=, <, <= and ~>",
            asked.join(", ")
        ))),
    }
}

/// One condition that a version has to satisfy.
struct Constraint<'a> {
    operator: &'a str,
    version: [u64; 3],
    /// How many numbers of the version are written.
    written: usize,
}

impl Constraint<'_> {
    fn parse(text: &str) -> Option<Constraint<'_>> {
        let start = text.find(|letter: char| letter.is_ascii_digit())?;
        let (operator, numbers) = text.split_at(start);
        let numbers: Vec<u64> = numbers.trim().split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        let mut version = [0; 3];
        version.iter_mut().zip(&numbers).for_each(|(part, number)| *part = *number);
        Some(Constraint { operator: operator.trim(), version, written: numbers.len() })
    }

    fn is_met_by(&self, version: [u64; 3]) -> bool {
        match self.operator {
            "" | "=" => version == self.version,
            "!=" => version != self.version,
            ">" => version > self.version,
            ">=" => version >= self.version,
            "<" => version < self.version,
            "<=" => version <= self.version,
            // All but the last number that is written stay.
            "~>" => {
                let kept = self.written.saturating_sub(1);
                version >= self.version && version.get(..kept) == self.version.get(..kept)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::configuration::{self, Syntax};
    use super::*;

    const ADDRESS: &str = "registry.terraform.io/acme/acme";

    fn part_of(text: &str, values: &Values) -> Part {
        part(ADDRESS, &[configuration::items(text, Syntax::Native).unwrap()], values)
    }

    /// A body in short: its attributes, and its blocks in braces.
    fn shown(body: &Body) -> String {
        let blocks = body.blocks.iter().map(|(name, body)| format!("{name}{{{}}}", shown(body)));
        body.attributes.iter().cloned().chain(blocks).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_part_has_what_is_written_and_what_is_asked_for() {
        let text = r#"
provider "acme" {
  alias = "x"
  user  = "u"
}
resource "acme_server" "a" {
  count = 2
  name  = "a"
  disk {
    size = data.acme_sizes.s.sizes["big"].value
  }
  dynamic "nic" {
    for_each = var.nics
    content {
      ip = nic.value
    }
  }
  lifecycle {
    prevent_destroy = true
    ignore_changes  = [tags["x"], disk[0].type]

    postcondition {
      condition     = self.state == "up"
      error_message = "down"
    }
  }
}
resource "acme_pool" "p" {}
resource "other_thing" "o" {
  servers = [for id in acme_server.a[*].ids : "${acme_pool.p.address}:${id}"]
  first   = acme_server.a[length(acme_pool.p.members) - 1].ip
  disks   = acme_server.a[0].disk.0.id
  mac     = one(acme_server.a[*].nic[0].mac)
}
check "c" {
  data "acme_health" "h" {
    of = "x"
  }
}
"#;
        let part = part_of(text, &Values::new());
        assert_eq!(shown(&part.provider), "user");
        assert_eq!(shown(&part.resources["acme_server"]), "id ids ip name state tags disk{id size type} nic{ip mac}");
        assert_eq!(shown(&part.resources["acme_pool"]), "address id members");
        assert_eq!(shown(&part.data_sources["acme_sizes"]), "id sizes");
        assert_eq!(shown(&part.data_sources["acme_health"]), "id of");
        assert_eq!((part.resources.len(), part.data_sources.len()), (2, 2));
    }

    #[test]
    fn a_part_is_read_from_json_too() {
        let text = r#"{
  "provider": {"acme": {"user": "u"}},
  "resource": {
    "acme_server": {"a": {"name": "a", "disk": [{"size": 1}]}},
    "other_thing": {"o": {"ids": ["${acme_server.a.ports[0]}"], "about": {"x": "${data.acme_sizes.s.sizes}"}}}
  }
}"#;
        let part = part(ADDRESS, &[configuration::items(text, Syntax::Json).unwrap()], &Values::new());
        assert_eq!(shown(&part.provider), "user");
        assert_eq!(shown(&part.resources["acme_server"]), "disk id name ports");
        assert_eq!(shown(&part.data_sources["acme_sizes"]), "id sizes");
    }

    #[test]
    fn given_values_belong_to_a_part_that_uses_their_type() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("values.json");
        std::fs::write(&path, r#"{"acme_server": {"ports": [80]}, "data.acme_server": [{"where": {"a": 1}, "values": {}}], "other_x": {"id": "1"}}"#).unwrap();
        let given = values(&path).unwrap();
        let part = part_of("resource \"acme_server\" \"a\" {}\n", &given);
        assert_eq!(shown(&part.resources["acme_server"]), "id ports");
        assert_eq!(part.values.keys().collect::<Vec<_>>(), ["acme_server"]);
        let missed = check_values(&given, &[part]).unwrap_err().to_string();
        assert!(missed.contains("values of data.acme_server, other_x,"), "{missed}");
        assert!(check_values(&Values::new(), &[]).is_ok());
        for wrong in ["[]", "{\"a\": 1}", "{\"a\": [{\"if\": {}, \"values\": {}}]}", "{"] {
            std::fs::write(&path, wrong).unwrap();
            assert!(values(&path).unwrap_err().contains("acme_server"), "{wrong}");
        }
        assert!(values(Path::new("/no/such/file")).unwrap_err().contains("/no/such/file"));
    }

    #[test]
    fn a_version_satisfies_whatever_is_asked() {
        for (asked, want) in [
            (vec![""], Some("0.0.1")),
            (vec![" ~> 1.36"], Some("1.36.0")),
            (vec![" > 1.36.2, < 2.0.0"], Some("1.36.3")),
            (vec![" >= 1.0.0", " != 1.0.0, ~> 1.0"], Some("1.0.1")),
            (vec![" < 2.0.0"], Some("0.0.1")),
            (vec![" 3.1.0"], Some("3.1.0")),
            (vec![" = 3.1.0", " = 3.2.0"], None),
            (vec![" ~> 1.2.3"], Some("1.2.3")),
            (vec![" @ 1"], None),
        ] {
            let line = |constraints: &&str| {
                format!("├── provider[{ADDRESS}]{constraints}\n├── provider[x/acme/acme] = 9.9.9\n")
            };
            let listing: String = asked.iter().map(line).collect();
            assert_eq!(version(&listing, ADDRESS).ok().as_deref(), want, "{asked:?}");
        }
    }
}
