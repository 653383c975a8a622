//! What a recovery of a DDM instance will overwrite, in the user's words.

use std::collections::BTreeMap;

use cloud::ddm::Instance;
use jiff::Timestamp;
use tf::Diagnostic;

use super::{Asked, Facts};
use crate::operations::checks::{Place, Read};
use crate::operations::common::is_id;
use crate::operations::databases::moment;
use crate::operations::words::{age, capitalised, named};

/// The warning that each plan of a restore carries.
pub fn overwrite_warning(
    facts: &Facts,
    asked: &Asked,
    pairs: Option<&BTreeMap<String, String>>,
    place: &Place,
    now: Timestamp,
) -> Diagnostic {
    let target = words(facts.target.as_ref(), asked.target.as_deref());
    let source = words(facts.source.as_ref(), asked.source.as_deref());
    let moment = asked.restore_time.map_or_else(|| "a moment that is not known yet".to_owned(), moment::in_words);
    let how_old = asked
        .restore_time
        .and_then(cloud::time::from_millis)
        .map(|time| format!(", {}", age(time, now)))
        .unwrap_or_default();
    let mut lines = vec![
        format!("  Where:  {place}"),
        format!("  Target: {target}"),
        format!("  Source: {source} as of {moment}{how_old}"),
    ];
    lines.extend(node_lines(facts, pairs));
    let detail = format!(
        "Everything that the target and its data nodes hold now is lost, and everything written to the source after {moment} is not in what \
         they get.\n\n{}\n\nThe target is not usable meanwhile. The source is not touched. A restore cannot be stopped or undone, and a target that \
         was restored to is not accepted a second time.\n\nNot checked, because no API of DDM tells it: whether each target data node has as much \
         storage as its source data node.",
        lines.join("\n")
    );
    let warning = Diagnostic::warning(
        format!("{} will be overwritten with {source} as of {moment}", capitalised(&target)),
        detail,
    );
    warning.at("target_instance_id")
}

fn words(read: Option<&Read<Instance>>, id: Option<&str>) -> String {
    let Some(id) = id else { return "a DDM instance that is not known yet".to_owned() };
    let name = read.and_then(|read| read.as_ref().ok()).and_then(|instance| instance.name.as_deref());
    format!("DDM instance {}", named(name, id))
}

fn node_lines(facts: &Facts, pairs: Option<&BTreeMap<String, String>>) -> Vec<String> {
    let Some(pairs) = pairs else {
        return vec!["  Nodes:  its data nodes; which one receives which is not known yet".to_owned()];
    };
    let sources = facts.related.as_ref().and_then(|read| read.as_ref().ok()).map(|related| related.nodes.as_slice());
    pairs
        .iter()
        .enumerate()
        .map(|(position, (from, to))| {
            let label = if position == 0 { "  Nodes:  " } else { "          " };
            let source =
                sources.unwrap_or_default().iter().find(|node| is_id(node.instance_id.as_deref(), from.as_str()));
            let candidates = facts.candidates.get(from).and_then(|read| read.as_ref().ok());
            let target =
                candidates.and_then(|nodes| nodes.iter().find(|node| is_id(node.instance_id.as_deref(), to.as_str())));
            format!(
                "{label}{} receives {}",
                named(target.and_then(|node| node.instance_name.as_deref()), to),
                named(source.and_then(|node| node.instance_name.as_deref()), from)
            )
        })
        .collect()
}
