//! What the core does with one resource in a plan walk and in an apply walk, call by call.

use plugin_client::{Client, Object, Planned, Problem};
use serde_json::Value;

use crate::core::{contradictions, has_unknowns};
use crate::resource::Resource;

/// What a plan walk found for one resource.
#[derive(Clone)]
pub(crate) enum Step {
    Nothing,
    Update(Planned),
    /// A create, after a delete if there is an object.
    Create(Planned),
}

/// What came of one resource in an apply walk.
#[derive(Default)]
pub(crate) struct Applied {
    /// The plan was applied before: what it started then is no fault of the core if it stops now.
    pub(crate) again: bool,
    /// It ended with an error.
    pub(crate) red: bool,
    /// The core stopped it for want of a way to hand a joined restore over.
    pub(crate) stopped: bool,
    /// The connection broke.
    pub(crate) broken: bool,
    /// Rules of the core that were broken.
    pub(crate) breaches: Vec<String>,
    /// What the provider told meanwhile.
    pub(crate) said: Vec<String>,
}

/// Plans one resource as the core does: refresh, plan, and where it replaces, once more from nothing.
pub(crate) async fn plan(mut client: Client, resource: &mut Resource, refresh: bool) -> Result<Step, String> {
    let type_name = resource.type_name();
    if resource.object.is_some() {
        see(&mut client, resource).await?;
    }
    if refresh && let Some(object) = &resource.object {
        let read = client.read(type_name, object).await.map_err(|error| error.to_string())?;
        no_error(&read.problems)?;
        let tainted = resource.tainted;
        resource.keep(read.object, tainted);
    }
    let config = resource.config.clone();
    let known = resource.object.clone().filter(|_| !resource.tainted);
    let first = client.plan(type_name, known.as_ref(), config.clone()).await.map_err(|error| error.to_string())?;
    let Some(known) = known else {
        // A target that was restored to may not pass the checks any more: the advice stands beside that.
        if resource.object.is_none()
            && let Some(id) = advised_import(&first.problems)
            // What the user has seen before is not the one that was asked for.
            && !resource.answered.contains(id.split('/').next_back().unwrap_or_default())
        {
            return import(client, resource, &id).await;
        }
        no_error(&first.problems)?;
        return Ok(Step::Create(first));
    };
    no_error(&first.problems)?;
    if !first.requires_replace.is_empty() || resource.replace {
        let gone = Object { state: Value::Null, private: first.private, identity: Value::Null };
        let second = client.plan(type_name, Some(&gone), config).await.map_err(|error| error.to_string())?;
        no_error(&second.problems)?;
        return Ok(Step::Create(second));
    }
    Ok(if first.state == known.state { Step::Nothing } else { Step::Update(first) })
}

/// As the core reads a state: by UpgradeResourceState.
async fn see(client: &mut Client, resource: &mut Resource) -> Result<(), String> {
    let type_name = resource.type_name();
    let Some(object) = &resource.object else { return Ok(()) };
    let (state, problems) = client.upgrade(type_name, 0, &object.state).await.map_err(|error| error.to_string())?;
    no_error(&problems)?;
    if state == object.state { Ok(()) } else { Err(format!("the upgrade changed {} into {state}", object.state)) }
}

/// The ID in the advice of a plan that found a restore or an instance which the state does not have.
fn advised_import(problems: &[Problem]) -> Option<String> {
    let advises = |problem: &&Problem| {
        problem.summary.starts_with("The same restore ended lately")
            || problem.summary.starts_with("There is an instance that looks the same already")
    };
    let line = problems.iter().find(advises)?;
    let command = line.detail.lines().find(|line| line.contains("terraform import "))?;
    command.split_whitespace().last().map(str::to_owned)
}

async fn import(mut client: Client, resource: &mut Resource, id: &str) -> Result<Step, String> {
    let type_name = resource.type_name();
    let imported = client.import(type_name, id, Value::Null).await.map_err(|error| error.to_string())?;
    no_error(&imported.problems)?;
    let read = client.read(type_name, &imported.object).await.map_err(|error| error.to_string())?;
    no_error(&read.problems)?;
    resource.keep(read.object, false);
    resource.due = false;
    resource.imported = true;
    Ok(Step::Nothing)
}

fn no_error(problems: &[Problem]) -> Result<(), String> {
    let error = problems.iter().find(|problem| problem.is_error);
    error.map_or(Ok(()), |error| Err(format!("{}: {}", error.summary, error.detail)))
}

/// Applies what was planned, with the calls of the core.
pub(crate) async fn apply(client: Client, resource: &mut Resource, step: Step, again: bool) -> Applied {
    let mut outcome = Applied { again, ..Applied::default() };
    let result = match step {
        Step::Nothing => Ok(()),
        Step::Update(planned) => update(client, resource, planned, &mut outcome).await,
        Step::Create(planned) => replace(client, resource, planned, &mut outcome).await,
    };
    outcome.broken = result.is_err();
    let state = resource.object.as_ref().map(|object| format!("{}", object.state));
    resource.history.push(format!(
        "{} broken {} -> {state:?} tainted {}",
        outcome.said.join("; "),
        outcome.broken,
        resource.tainted
    ));
    outcome
}

async fn update(
    mut client: Client,
    resource: &mut Resource,
    first: Planned,
    outcome: &mut Applied,
) -> Result<(), plugin_client::Error> {
    let type_name = resource.type_name();
    see(&mut client, resource).await?;
    let Some(prior) = resource.object.clone() else { return Ok(()) };
    let planned = client.plan(type_name, Some(&prior), resource.config.clone()).await?;
    if !outcome.judge_second_plan(&first, &planned) {
        return Ok(());
    }
    if !planned.requires_replace.is_empty() {
        outcome.breaches.push("the second plan replaces".into());
    }
    let promised = planned.state.clone();
    let applied = client.apply(type_name, Some(&prior), planned).await?;
    resource.imported = false;
    outcome.judge_result(&promised, &applied.object.state, &applied.problems);
    if !applied.object.state.is_null() {
        resource.keep(applied.object, false);
    }
    Ok(())
}

async fn replace(
    mut client: Client,
    resource: &mut Resource,
    first: Planned,
    outcome: &mut Applied,
) -> Result<(), plugin_client::Error> {
    let type_name = resource.type_name();
    if let Some(old) = resource.object.clone() {
        see(&mut client, resource).await?;
        let going = Planned {
            config: Value::Null,
            state: Value::Null,
            requires_replace: Vec::new(),
            private: first.private.clone(),
            problems: Vec::new(),
            identity: Value::Null,
        };
        let gone = client.apply(type_name, Some(&old), going).await?;
        if gone.problems.iter().any(|problem| problem.is_error) {
            outcome.red = true;
            return Ok(());
        }
        resource.object = None;
        resource.tainted = false;
        resource.imported = false;
    }
    resource.due = false;
    resource.replace = false;
    let planned = client.plan(type_name, None, resource.config.clone()).await?;
    if !outcome.judge_second_plan(&first, &planned) {
        return Ok(());
    }
    let promised = planned.state.clone();
    let applied = client.apply(type_name, None, planned).await?;
    let red = outcome.judge_result(&promised, &applied.object.state, &applied.problems);
    if !applied.object.state.is_null() {
        resource.keep(applied.object, red);
    }
    Ok(())
}

fn will_join(first: &Planned) -> bool {
    first.problems.iter().any(|problem| problem.summary.starts_with("Apply will join"))
}

impl Applied {
    /// Whether the core goes on to apply.
    fn judge_second_plan(&mut self, first: &Planned, second: &Planned) -> bool {
        let private = |planned: &Planned| String::from_utf8_lossy(&planned.private).into_owned();
        self.said.push(format!("first plan: {} {:?}", private(first), first.problems));
        self.said.push(format!("second plan: {} {:?}", private(second), second.problems));
        if let Err(error) = no_error(&second.problems) {
            self.red = true;
            // A plan that was given up on Ctrl-C has sent nothing; whoever hears that runs it again. A target that has got the
            // restore which the first plan saw running takes no second one.
            let expected = error.starts_with("Stopped") || self.again || will_join(first);
            if !expected {
                self.breaches.push(format!("the second plan failed: {error}"));
            }
            return false;
        }
        let found = contradictions(&first.state, &second.state);
        self.red |= !found.is_empty();
        // A restore that only the service's records know may end between plan and apply. Nothing can tell the second plan
        // that the first one was to join it: the core stops, and the next plan tells how to import it.
        // A plan that is applied again meets what its first apply has run: the core stops there, too.
        if self.again || will_join(first) {
            self.stopped = !found.is_empty();
        } else {
            self.breaches.extend(found.iter().map(|contradiction| format!("inconsistent final plan: {contradiction}")));
        }
        found.is_empty()
    }

    /// Returns whether it ended with an error.
    fn judge_result(&mut self, promised: &Value, state: &Value, problems: &[Problem]) -> bool {
        self.said.push(format!("apply: {problems:?}"));
        self.red = problems.iter().any(|problem| problem.is_error);
        if has_unknowns(state) {
            self.breaches.push(format!("unknown values after apply: {state}"));
        }
        if self.red {
            return true;
        }
        if state.is_null() {
            self.breaches.push("no error, and no object".into());
        }
        for contradiction in contradictions(promised, state) {
            self.breaches.push(format!("inconsistent result after apply: {contradiction}"));
        }
        false
    }
}
