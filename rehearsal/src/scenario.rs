//! Scenarios: a file that says what exists, how long things take, how open points behave and what goes wrong.
//! The format is described in `SCENARIOS.md`.

use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::faults::{Fault, FaultSet};
use crate::formats::read;
use crate::service::Platform;
use crate::services::{Service, World};

/// A parsed scenario.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// What exists, with switches and durations applied.
    pub world: World,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// The region of the connection's credentials; the world's first project when absent.
    pub region: Option<String>,
    /// The platform to speak like, for a stored world too.
    platform: Option<Platform>,
    /// `switches` and `durations` by service, kept so that they can be laid over a stored world too.
    overlays: Vec<Overlay>,
}

#[derive(Clone, Debug)]
struct Overlay {
    service: Service,
    part: &'static str,
    settings: Map<String, Value>,
}

/// Why a scenario was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    source: String,
    reason: String,
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "scenario {}: {}", self.source, self.reason)
    }
}

impl std::error::Error for ScenarioError {}

/// The top level of a file. The parts are read one by one, so that an error names its place.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct File {
    platform: Option<Platform>,
    region: Option<String>,
    world: Map<String, Value>,
    durations: Map<String, Value>,
    switches: Map<String, Value>,
    faults: Vec<Value>,
}

impl Scenario {
    /// Reads a file, YAML or JSON (which is YAML too).
    ///
    /// # Errors
    /// When it cannot be read, is malformed, or has an unknown key or a wrong value; the message names the place.
    pub fn load(path: &Path) -> Result<Scenario, ScenarioError> {
        let source = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Scenario::parse(&text, &source),
            Err(problem) => Err(ScenarioError { source, reason: problem.to_string() }),
        }
    }

    /// Reads a text; `source` names it in errors.
    ///
    /// # Errors
    /// As [`Scenario::load`].
    pub fn parse(text: &str, source: &str) -> Result<Scenario, ScenarioError> {
        parse(text).map_err(|reason| ScenarioError { source: source.to_owned(), reason })
    }

    /// Lays this scenario's platform, switches and durations over a world that was stored by an earlier run.
    ///
    /// # Errors
    /// When the world has no such switch; not for a world of this version.
    pub fn apply(&self, mut world: World) -> Result<World, ScenarioError> {
        if let Some(platform) = self.platform {
            world.set_platform(platform);
        }
        let fail = |reason: String| ScenarioError { source: "over a stored world".into(), reason };
        let mut value = serde_json::to_value(world).map_err(|problem| fail(problem.to_string()))?;
        lay_over(&mut value, &self.overlays);
        read(value, "world").map_err(fail)
    }
}

fn parse(text: &str) -> Result<Scenario, String> {
    let value: Value = if text.trim().is_empty() {
        Value::Object(Map::new())
    } else {
        yaml::read(text, yaml::Words::Typed).map_err(|problem| problem.to_string())?
    };
    let file: File = read(value, "")?;
    let overlays = [overlays("switches", file.switches)?, overlays("durations", file.durations)?].concat();
    let world = world(file.platform, file.world, &overlays)?;
    let mut faults = Vec::new();
    for (index, fault) in file.faults.into_iter().enumerate() {
        faults.push(read::<Fault>(fault, &format!("faults[{index}]"))?);
    }
    FaultSet::new(faults.clone()).map_err(|problem| problem.to_string())?;
    let region = file.region.or(file.platform.map(|platform| usual_region(platform).to_owned()));
    Ok(Scenario { world, faults, region, platform: file.platform, overlays })
}

/// The region of a rehearsal that names none.
fn usual_region(platform: Platform) -> &'static str {
    match platform {
        Platform::Otc => "eu-de",
        Platform::Huaweicloud => "cn-north-4",
    }
}

fn overlays(part: &'static str, by_service: Map<String, Value>) -> Result<Vec<Overlay>, String> {
    let overlay = |(key, settings): (String, Value)| {
        let service = Service::named(&key).map_err(|problem| format!("{part}.{key}: {problem}"))?;
        match settings {
            Value::Object(settings) => Ok(Overlay { service, part, settings }),
            _ => Err(format!("{part}.{key}: expected a map")),
        }
    };
    by_service.into_iter().map(overlay).collect()
}

/// The built-in world with the given services in place of its own, and the overlays on top. Switches are checked
/// against their service alone, so that an error names the place in the file.
fn world(platform: Option<Platform>, given: Map<String, Value>, overlays: &[Overlay]) -> Result<World, String> {
    let mut built_in = World::default();
    if let Some(platform) = platform {
        built_in.set_platform(platform);
    }
    let mut built_in = serde_json::to_value(built_in).map_err(|problem| problem.to_string())?;
    for (key, mut part) in given {
        // A platform given for one service alone counts there.
        if let (Some(like), Value::Object(fields)) = (built_in.get(&key).and_then(|own| own.get("platform")), &mut part)
        {
            fields.entry("platform").or_insert_with(|| like.clone());
        }
        // Read on its own: an error then names a place that stands in the file, and what the file leaves out is
        // filled in before settings are laid on top.
        let place = format!("world.{key}");
        let service = Service::named(&key).map_err(|problem| format!("{place}: {problem}"))?;
        let part = service.complete(part, &place)?;
        if let Value::Object(services) = &mut built_in {
            services.insert(key, part);
        }
    }
    for overlay in overlays {
        let mut tried = built_in.clone();
        lay_over(&mut tried, std::slice::from_ref(overlay));
        read::<World>(tried, "").map_err(|problem| {
            // `dcs.switches.x: ...` becomes `switches.dcs.x: ...`, where it stands in the file.
            let (service, part) = (overlay.service, overlay.part);
            problem.replacen(&format!("{service}.{part}"), &format!("{part}.{service}"), 1)
        })?;
    }
    lay_over(&mut built_in, overlays);
    read(built_in, "world")
}

fn lay_over(world: &mut Value, overlays: &[Overlay]) {
    for overlay in overlays {
        let service = world.get_mut(overlay.service.key()).and_then(Value::as_object_mut);
        let Some(service) = service else { continue };
        let part = service.entry(overlay.part).or_insert_with(|| Value::Object(Map::new()));
        merge(part, &overlay.settings);
    }
}

fn merge(into: &mut Value, settings: &Map<String, Value>) {
    let Value::Object(fields) = into else { return };
    for (name, value) in settings {
        match (fields.get_mut(name), value) {
            (Some(known @ Value::Object(_)), Value::Object(nested)) => merge(known, nested),
            _ => {
                fields.insert(name.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_scenario_is_the_built_in_world() {
        let scenario = Scenario::parse("", "x").unwrap();
        assert_eq!(scenario.world.dcs.instances.len(), World::default().dcs.instances.len());
        assert!(scenario.faults.is_empty());
    }

    #[test]
    fn parts_replace_and_settings_lie_on_top() {
        let text = r#"
world:
  dcs:
    instances:
      - { id: one, cache_mode: cluster, created_at: -2h }
    backups:
      - { id: b, instance_id: one, created_at: "2026-01-10T09:30:00Z" }
durations: { dcs: { backup_seconds: 3 } }
switches: { dcs: { empty_list_status: 204, nulls: { v2: empty_object } } }
faults:
  - { method: POST, path: "/v2/*/instances/*/restores", count: 1, reset: true, when: after }
"#;
        let scenario = Scenario::parse(text, "x").unwrap();
        let dcs = &scenario.world.dcs;
        assert_eq!((dcs.instances.len(), dcs.backups.len()), (1, 1));
        assert_eq!(dcs.backups[0].created_at.to_string(), "2026-01-10T09:30:00Z");
        assert_eq!(dcs.durations.backup_seconds, 3.0);
        assert_eq!(dcs.durations.restore_seconds, crate::dcs::Durations::default().restore_seconds);
        assert_eq!(dcs.switches.empty_list_status, 204);
        assert_eq!(dcs.switches.nulls.v2, crate::dcs::Nulls::EmptyObject);
        assert_eq!(dcs.switches.nulls.v1_0, crate::dcs::Nulls::Null);
        assert_eq!(scenario.faults.len(), 1);
        assert!(!scenario.world.iam.users.is_empty());
        let stored = scenario.apply(World::default()).unwrap();
        assert_eq!(stored.dcs.switches.empty_list_status, 204);
        assert_eq!(stored.dcs.instances.len(), World::default().dcs.instances.len());
    }

    #[test]
    fn a_platform_counts_for_every_service_that_names_none() {
        let text = "{ platform: huaweicloud, world: { cbr: { servers: [] }, ddm: { platform: otc } } }";
        let scenario = Scenario::parse(text, "x").unwrap();
        assert_eq!(scenario.world.cbr.platform, Platform::Huaweicloud);
        assert_eq!(scenario.world.ddm.platform, Platform::Otc);
        assert_eq!(scenario.region.as_deref(), Some("cn-north-4"));
        let stored = scenario.apply(World::default()).unwrap();
        assert_eq!(stored.cbr.platform, Platform::Huaweicloud);
    }

    #[test]
    fn errors_name_the_place() {
        for (text, parts) in [
            ("worlds: {}", &["unknown field `worlds`"][..]),
            ("platform: azure", &["platform", "azure"]),
            ("world: { dns: {} }", &["world.dns", "no such service"]),
            ("world: { dcs: { instances: [ { id: a }, { idd: b } ] } }", &["world.dcs.instances[1].idd"]),
            ("world: { dcs: { instances: [ { id: a, cache_mode: solo } ] } }", &["instances[0].cache_mode", "solo"]),
            ("world: { dcs: { backups: [ { created_at: yesterday } ] } }", &["backups[0].created_at", "yesterday"]),
            ("switches: { dcs: { empty: 1 } }", &["switches.dcs", "empty"]),
            ("durations: { dcs: { backup_seconds: long } }", &["durations.dcs.backup_seconds"]),
            ("durations: { gaussdb: {} }", &["durations.gaussdb", "no such service"]),
            ("faults: [ { delay_ms: 1 }, { rest: true } ]", &["faults[1]", "rest"]),
            ("faults: [ { delay_ms: 1, status: 503, html: 200 } ]", &["faults[0]", "more than one effect"]),
            ("world: [", &["line 1, column 8", "unclosed bracket"]),
        ] {
            let error = Scenario::parse(text, "file.yaml").unwrap_err().to_string();
            assert!(error.starts_with("scenario file.yaml: "), "{error}");
            for part in parts {
                assert!(error.contains(part), "{text}: {error}");
            }
        }
    }
}
