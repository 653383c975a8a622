//! Which data node of the source goes to which data node of the target.

use std::collections::{BTreeMap, BTreeSet};

use cloud::ddm::{DataNode, TargetDataNode};

use super::{Asked, Facts, speaks_of_work};
use tf::same::canonical_id;

use crate::operations::checks::{Finding, Read, Written};
use crate::operations::common::is_id;
use crate::operations::databases::moment;
use crate::operations::words::named;

/// IDs of data nodes of the source, those together for which the same target data nodes fit. What the service holds
/// against a target data node depends on the source's only by engine, version and storage (facts/ddm.md 2.3): asked
/// about one, it has answered for all of its like. A node that does not tell all three stands alone.
pub(super) fn alike(nodes: &[DataNode]) -> Vec<Vec<String>> {
    let mut kinds: BTreeMap<(String, &str, i64), Vec<String>> = BTreeMap::new();
    let mut alone = Vec::new();
    for node in nodes {
        let Some(id) = node.instance_id.clone() else { continue };
        match (node.engine_name.as_deref(), node.version.as_deref(), node.data_volume_size) {
            (Some(engine), Some(version), Some(size)) => {
                kinds.entry((engine.to_ascii_lowercase(), version, size)).or_default().push(id);
            }
            _ => alone.push(vec![id]),
        }
    }
    alone.extend(kinds.into_values());
    alone
}

/// Whether the data nodes can be paired as asked for, or at all.
pub fn check_nodes(facts: &Facts, asked: &Asked) -> Vec<Finding> {
    let (Some(related), Some(time)) = (&facts.related, asked.restore_time) else { return Vec::new() };
    let source = asked.source.as_deref().unwrap_or_default();
    let related = match related {
        Ok(related) => related,
        Err(error) => {
            return vec![Finding::unread(
                format!(
                    "the data nodes of DDM instance {source} at {}, and whether their pairs fit",
                    moment::in_words(time)
                ),
                error,
            )];
        }
    };
    if related.nodes.is_empty() {
        return vec![no_nodes(source, time)];
    }
    if facts.target_is_busy() {
        return Vec::new();
    }
    match &asked.relations {
        Written::Open => Vec::new(),
        Written::Nothing if asked.target.is_none() => Vec::new(),
        Written::Nothing => match derive(facts, asked) {
            Ok(_) => Vec::new(),
            Err(finding) => vec![*finding],
        },
        Written::Pairs(_) => {
            let mut findings = check_complete(&related.nodes, asked);
            findings.extend(check_fit(facts, &related.nodes, asked));
            findings
        }
    }
}

fn no_nodes(source: &str, time: i64) -> Finding {
    Finding::broken(
        "source_instance_id",
        format!("DDM instance {source} has no data nodes as of {}", moment::in_words(time)),
        "Without data nodes there is nothing to recover. Choose a restore_time at which it had some.",
    )
}

fn pairs_of(relations: &Written) -> impl Iterator<Item = (Option<&str>, Option<&str>)> {
    let pairs = match relations {
        Written::Pairs(pairs) => pairs.as_slice(),
        _ => &[],
    };
    pairs.iter().map(|pair| (pair.from.as_deref(), pair.to.as_deref()))
}

/// Every source data node once, none twice, nothing else; no target twice.
fn check_complete(nodes: &[DataNode], asked: &Asked) -> Vec<Finding> {
    let mut findings = Vec::new();
    let existing: BTreeSet<_> = nodes.iter().filter_map(|node| node.instance_id.as_deref()).map(canonical_id).collect();
    let mut sources = BTreeSet::new();
    let mut targets = BTreeSet::new();
    let mut open = false;
    for (from, to) in pairs_of(&asked.relations) {
        match from {
            None => open = true,
            Some(id) if !existing.contains(&canonical_id(id)) => findings.push(Finding::broken(
                "data_node_relation",
                format!("{id} is not a data node of the source"),
                format!("The source_instance_id of a data_node_relation block is one of the data nodes at restore_time:\n\n{}", source_lines(nodes)),
            )),
            Some(id) if !sources.insert(canonical_id(id)) => findings.push(twice(id, "source")),
            Some(_) => {}
        }
        if let Some(id) = to
            && !targets.insert(canonical_id(id))
        {
            findings.push(twice(id, "target"));
        }
    }
    let missing: Vec<&DataNode> = nodes
        .iter()
        .filter(|node| node.instance_id.as_deref().is_some_and(|id| !sources.contains(&canonical_id(id))))
        .collect();
    if !open && !missing.is_empty() {
        findings.push(Finding::broken(
            "data_node_relation",
            format!("{} of the {} source data nodes have no target", missing.len(), nodes.len()),
            format!(
                "As many target data nodes are needed as the source has, one for each. Write a data_node_relation block for:\n\n{}",
                missing.into_iter().map(source_line).collect::<Vec<_>>().join("\n")
            ),
        ));
    }
    findings
}

fn twice(id: &str, side: &str) -> Finding {
    Finding::broken(
        "data_node_relation",
        format!("Data node {id} is the {side} of two data_node_relation blocks"),
        "Source and target data nodes are paired one to one. Change the blocks.",
    )
}

/// What the service says about each pair.
fn check_fit(facts: &Facts, nodes: &[DataNode], asked: &Asked) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (from, to) in pairs_of(&asked.relations) {
        let (Some(from), Some(to)) = (from, to) else { continue };
        let Some(candidates) = facts.candidates.get(from) else { continue };
        let node = nodes.iter().find(|node| is_id(node.instance_id.as_deref(), from));
        findings.extend(check_pair(candidates, node, from, to));
    }
    findings
}

fn check_pair(
    candidates: &Read<Vec<TargetDataNode>>,
    node: Option<&DataNode>,
    from: &str,
    to: &str,
) -> Option<Finding> {
    let source = named(node.and_then(|node| node.instance_name.as_deref()), from);
    let candidates = match candidates {
        Ok(candidates) => candidates,
        Err(error) => return Some(Finding::unread(format!("whether data node {to} can receive {source}"), error)),
    };
    let Some(candidate) = candidates.iter().find(|candidate| is_id(candidate.instance_id.as_deref(), to)) else {
        return Some(Finding::broken(
            "data_node_relation",
            format!("Data node {to} is not offered for {source}"),
            format!("The service's list of possible data nodes does not have it.{}", fitting(candidates)),
        ));
    };
    let target = named(candidate.instance_name.as_deref(), to);
    let reason = candidate.unavailable_reason.as_deref().unwrap_or("(no reason given)");
    match candidate.available {
        Some(false) if speaks_of_work(reason) => Some(Finding::target_busy(
            "data_node_relation",
            format!("data node {target} is busy (the service says: {reason})"),
            "It can receive data once that has ended. It passes by itself: apply waits for it, within timeouts.create.",
        )),
        Some(false) => Some(Finding::broken(
            "data_node_relation",
            format!("Data node {target} cannot receive {source}"),
            format!("The service says: {reason}{}", fitting(candidates)),
        )),
        None => Some(Finding::unchecked(
            format!("whether data node {target} can receive {source}"),
            "the service lists it without saying whether it is available",
        )),
        Some(true) => check_engine(node, candidate, &source, &target),
    }
}

fn check_engine(node: Option<&DataNode>, candidate: &TargetDataNode, source: &str, target: &str) -> Option<Finding> {
    let (has, needs) = (candidate.engine_name.as_deref()?, node?.engine_name.as_deref()?);
    (!has.eq_ignore_ascii_case(needs)).then(|| {
        Finding::broken(
            "data_node_relation",
            format!("Data node {target} has another engine than {source}"),
            format!("It runs {has}; the source data node runs {needs}. Source and target need the same engine."),
        )
    })
}

fn fitting(candidates: &[TargetDataNode]) -> String {
    let fit: Vec<String> =
        candidates.iter().filter(|candidate| candidate.available == Some(true)).take(20).map(target_line).collect();
    if fit.is_empty() {
        "\n\nNo data node fits now.".to_owned()
    } else {
        format!("\n\nThese fit:\n\n{}", fit.join("\n"))
    }
}

/// Pairs fresh target data nodes that are alike with the source's, both in the order of their names.
///
/// # Errors
/// The finding that says why blocks are needed, or what could not be read.
pub fn derive(facts: &Facts, asked: &Asked) -> Result<BTreeMap<String, String>, Box<Finding>> {
    let nobody = |what: &str| Box::new(Finding::unchecked("how the data nodes can be paired", what));
    let (Some(Ok(related)), Some(time)) = (&facts.related, asked.restore_time) else {
        return Err(nobody("the data nodes of the source could not be read"));
    };
    let mut sources: Vec<&DataNode> = related.nodes.iter().collect();
    sources.sort_by_key(|node| (&node.instance_name, &node.instance_id));
    if sources.is_empty() {
        return Err(Box::new(no_nodes(asked.source.as_deref().unwrap_or_default(), time)));
    }
    if facts.target_is_busy() {
        return Err(nobody("the target is busy"));
    }
    let mut common: Option<Vec<&TargetDataNode>> = None;
    for node in &sources {
        let id = node.instance_id.as_deref().unwrap_or_default();
        let fit = match facts.candidates.get(id) {
            Some(Ok(candidates)) => in_order(candidates),
            Some(Err(error)) => return Err(Box::new(Finding::unread("how the data nodes can be paired", error))),
            None => return Err(nobody("the target data nodes were not read")),
        };
        match &common {
            None => common = Some(fit),
            Some(first) if ids(first) == ids(&fit) => {}
            Some(_) => return Err(not_alike(&sources, "they do not fit every source data node alike", &fit)),
        }
    }
    let targets = common.unwrap_or_default();
    if targets.len() != sources.len() {
        let why =
            format!("there are {} source data nodes and {} target data nodes that fit", sources.len(), targets.len());
        return Err(not_alike(&sources, &why, &targets));
    }
    let kinds: BTreeSet<_> = sources.iter().map(|node| (&node.engine_name, &node.version)).collect();
    if kinds.len() > 1 {
        return Err(not_alike(&sources, "the source data nodes differ in engine or version", &targets));
    }
    Ok(sources
        .iter()
        .zip(&targets)
        .filter_map(|(source, target)| Some((source.instance_id.clone()?, target.instance_id.clone()?)))
        .collect())
}

fn in_order(candidates: &[TargetDataNode]) -> Vec<&TargetDataNode> {
    let mut fit: Vec<&TargetDataNode> =
        candidates.iter().filter(|candidate| candidate.available == Some(true)).collect();
    fit.sort_by_key(|candidate| (&candidate.instance_name, &candidate.instance_id));
    fit
}

fn ids<'a>(nodes: &[&'a TargetDataNode]) -> Vec<Option<&'a str>> {
    nodes.iter().map(|node| node.instance_id.as_deref()).collect()
}

fn not_alike(sources: &[&DataNode], why: &str, targets: &[&TargetDataNode]) -> Box<Finding> {
    let sources: Vec<String> = sources.iter().map(|node| source_line(node)).collect();
    let targets: Vec<String> = targets.iter().map(|node| target_line(node)).collect();
    Box::new(Finding::broken(
        "target_instance_id",
        "The data nodes cannot be paired without data_node_relation blocks",
        format!(
            "Nodes are paired by name only where they are alike and as many as needed: {why}. Write one data_node_relation block for each source \
             data node.\n\nSource data nodes:\n{}\n\nTarget data nodes that fit:\n{}",
            sources.join("\n"),
            if targets.is_empty() { "  (none)".to_owned() } else { targets.join("\n") }
        ),
    )
    .in_any_case())
}

fn source_lines(nodes: &[DataNode]) -> String {
    nodes.iter().map(source_line).collect::<Vec<_>>().join("\n")
}

fn source_line(node: &DataNode) -> String {
    let kind =
        [node.engine_name.as_deref(), node.version.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let kind = if kind.is_empty() { String::new() } else { format!(", {kind}") };
    line(node.instance_id.as_deref(), node.instance_name.as_deref(), &kind)
}

fn target_line(node: &TargetDataNode) -> String {
    let kind = node.engine_name.as_deref().map(|engine| format!(", {engine}")).unwrap_or_default();
    line(node.instance_id.as_deref(), node.instance_name.as_deref(), &kind)
}

fn line(id: Option<&str>, name: Option<&str>, more: &str) -> String {
    format!("  {}  ({}{more})", id.unwrap_or("?"), name.unwrap_or("no name"))
}
