//! `rehearse DIR`: runs a configuration, with the real Terraform and this very provider, against a cloud on this
//! machine.
//!
//! **Invariants.** Knows the rehearsal cloud and Terraform's command line, no cloud client and no resource. Nothing is
//! written outside a temporary folder, which is gone at the end whatever happens, but for the report that was asked for.
//!
//! Reading order: here (the stage) → `story` (what is played on it) → `shadow` (the copy of DIR) → `backend` (its state stays in it) → `install` (how
//! Terraform finds the provider) → `core` (running it) in its `environment` → `outside` and `providers` (who else would
//! act), `stand_ins` (who plays their part) → `needs` (what the world must have), `newer` (what an older core lacks) → `act` (how it went) → `timeline` (what
//! was done) → `report` (the same as a page). `configuration` reads files for them.

mod act;
mod backend;
mod command;
mod configuration;
mod core;
mod environment;
mod folder;
pub(crate) mod guard;
mod install;
mod needs;
mod newer;
mod outside;
mod providers;
mod report;
mod shadow;
mod signals;
mod stand_ins;
mod story;
mod timeline;

use std::cell::RefCell;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rehearsal::{Needs, Running};
use serde_json::{Map, Value};

use self::act::{Act, Step};
use self::configuration::Unclear;
use self::core::{CHOICE as CORE_CHOICE, Core, Ended, Output};
use self::folder::Folder;
use self::install::Installation;
use self::report::{Destination, Ran, Report, Scene};
use self::shadow::Shadow;
pub(crate) use self::stand_ins::values;
use self::timeline::Timeline;
use crate::stand_in::Part;
pub(crate) use crate::stand_in::Values;

/// How much faster than in reality a rehearsal runs, unless it is told otherwise.
pub(crate) const SPEED: f64 = 60.0;

/// How often the world is furnished for data sources that depend on each other.
const MOST_PLANS: usize = 4;
/// The exit code of a plan with `-detailed-exitcode` that has something to change.
const CHANGES: u8 = 2;
/// The exit code of whoever was interrupted, as shells tell it.
const INTERRUPTED: u8 = 130;

/// What to rehearse, and how.
#[derive(Debug)]
pub(crate) struct Options {
    /// The folder with the configuration.
    pub(crate) directory: PathBuf,
    /// The cloud.
    pub(crate) cloud: rehearsal::Options,
    /// What may act for real: other providers, by name or source address, and words of `outside`.
    pub(crate) with: Vec<String>,
    /// Whose part is played: other providers, by name or source address.
    pub(crate) stand_in: Vec<String>,
    /// What is given and not made up of what they have.
    pub(crate) values: Values,
    /// Whether everything is shown that Terraform prints.
    pub(crate) verbose: bool,
    /// Where to write a report.
    pub(crate) report: Option<PathBuf>,
    /// What to run in place of the whole story; empty for the story.
    pub(crate) command: Vec<OsString>,
}

/// Why a rehearsal could not begin or go on, in words for the user.
#[derive(Debug)]
pub(super) struct Problem(String);

impl Problem {
    pub(super) fn new(text: impl Into<String>) -> Problem {
        Problem(text.into())
    }

    /// A file or folder that could not be used.
    pub(super) fn io(what: &str, path: &Path, error: &io::Error) -> Problem {
        Problem(format!("cannot {what} {}: {error}", path.display()))
    }

    /// A file of the configuration in which something could hide.
    fn unclear(path: &Path, unclear: &Unclear, risk: &str) -> Problem {
        let (path, Unclear { line, why }) = (path.display(), unclear);
        Problem(format!(
            "{path}:{line} is not understood ({why}), and {risk}.\nNothing was run. What is wrong with the file, \
             terraform validate tells; if nothing is, please report it."
        ))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Rehearses, and tells on standard output (on standard error when the user's own command has the former) what
/// happens. Ends as the step that failed ended.
pub(crate) async fn run(options: Options) -> ExitCode {
    match rehearse(options).await {
        Ok(code) => ExitCode::from(code),
        Err(problem) => {
            tell(Channel::Error, &format!("rehearse: {problem}\n{}", act::NO_ACT));
            ExitCode::FAILURE
        }
    }
}

async fn rehearse(options: Options) -> Result<u8, Problem> {
    let directory = Shadow::source(&options.directory)?;
    // That it cannot be written is no news for the end of a rehearsal.
    let mut report = options.report.as_deref().map(Destination::open).transpose()?;
    let temporary = Folder::make(!options.with.is_empty())?;
    let shadow = Shadow::of(&directory, temporary.path(), !options.command.is_empty())?;
    command::check(&options.command, shadow.directory())?;
    let installation = Installation::make(temporary.path())?;
    let (speed, has_scenario) = (options.cloud.speed, options.cloud.scenario.is_some());
    let running = rehearsal::start(options.cloud).await.map_err(|problem| Problem::new(problem.to_string()))?;
    let program = core::choose(&options.command)?;
    let core = Core::new(program, &shadow, &installation, &running.connection.url, &options.with)?;
    let stage = Stage {
        directory,
        core,
        shadow,
        installation,
        running,
        has_scenario,
        with: options.with,
        stand_in: options.stand_in,
        values: options.values,
        verbose: options.verbose,
        channel: Channel::of(&options.command),
        reports: report.is_some(),
        steps: RefCell::default(),
    };

    let ended = match stage.play(&options.command).await {
        Ok(act) => stage.tell_of_the_end(&act, speed, &options.command, report.as_mut()).await.map(|()| act),
        Err(problem) => Err(problem),
    };
    stage.running.shutdown().await.map_err(|problem| Problem::new(problem.to_string()))?;
    temporary.close()?;
    let act = ended?;
    if act.code != 0 && !stage.stand_in.is_empty() && !stage.core.interrupted() {
        tell(stage.channel, stand_ins::MADE_UP);
    }
    let page = report.map(|report| format!(" The report is in {}.", report.path().display())).unwrap_or_default();
    tell(stage.channel, &format!("\n{}{page}", act.verdict(stage.core.interrupted())));
    Ok(act.code)
}

/// Everything that a rehearsal plays with.
struct Stage {
    /// The user's folder.
    directory: PathBuf,
    core: Core,
    shadow: Shadow,
    installation: Installation,
    running: Running,
    has_scenario: bool,
    with: Vec<String>,
    stand_in: Vec<String>,
    values: Values,
    verbose: bool,
    channel: Channel,
    /// Whether there will be a report.
    reports: bool,
    /// What was run so far.
    steps: RefCell<Vec<Ran>>,
}

impl Stage {
    async fn play(&self, command: &[OsString]) -> Result<Act, Problem> {
        let whole_story = command.is_empty();
        let newer = newer::forms(self.shadow.directory())?;
        if !newer.is_empty() {
            // A core that does not say which it is gets the benefit of the doubt.
            let said = self.core.capture(&["version".into()]).await?;
            newer::Version::of(&said.stdout).map_or(Ok(()), |version| newer::check(&newer, &version))?;
        }
        let start = Instant::now();
        let initialised = self.init(whole_story).await?;
        self.note("init", &told_of(initialised, "done"), start.elapsed());
        if !initialised.succeeded() {
            return Ok(Act::after(Step::Init, initialised));
        }
        let plans = self.furnish(command).await?;
        if self.core.interrupted() {
            return Ok(Act::after(Step::Init, Ended { code: INTERRUPTED }));
        }
        match command.split_first() {
            None => self.story().await,
            Some((program, arguments)) => {
                let start = Instant::now();
                let ended = self.core.run(program, arguments).await?;
                self.note("command", &told_of(ended, "done"), start.elapsed());
                let state = if self.reports { self.state().await } else { None };
                Ok(Act { outputs: self.outputs().await, plans, state, ..Act::after(Step::Command, ended) })
            }
        }
    }

    /// Initialises the shadow, and lets nothing else run before it is known where state is kept and who would act. The
    /// first try sees no other provider than this one, so that none is installed before it is allowed.
    async fn init(&self, shown: bool) -> Result<Ended, Problem> {
        let (arguments, start) = (arguments(&["init", "-input=false"]), Instant::now());
        let alone = self.core.capture_fetching(&arguments).await?;
        let directory = self.shadow.directory();
        if !alone.ended.succeeded() && !backend::is_recorded(directory) {
            // It did not get as far as to a backend, and has told why.
            self.heading(&arguments);
            pass_on(&alone)?;
            return Ok(alone.ended);
        }
        backend::check(directory)?;
        let listing = if alone.ended.succeeded() { String::new() } else { self.providers_listed().await? };
        let (played, others): (Vec<String>, Vec<String>) =
            providers::others(&listing).into_iter().partition(|address| providers::are_named(address, &self.stand_in));
        let stands_alone = played.is_empty() && others.is_empty();
        if played.is_empty() {
            stand_ins::check_values(&self.values, &[])?;
        }
        if alone.ended.succeeded() || !stands_alone {
            outside::allowed(&outside::acts(directory)?, &others, &self.with)?;
        }
        if stands_alone {
            match alone.ended.succeeded() {
                true if !shown => {}
                true if !self.verbose => self.line("init", "done", start.elapsed()),
                _ => {
                    self.heading(&arguments);
                    pass_on(&alone)?;
                }
            }
            return Ok(alone.ended);
        }
        self.install_stand_ins(&listing, &played)?;
        self.installation.allow(&others, &played)?;
        let together = self.init_together(&arguments, shown).await?;
        if together.succeeded() {
            backend::check(directory)?;
        }
        Ok(together)
    }

    async fn init_together(&self, arguments: &[OsString], shown: bool) -> Result<Ended, Problem> {
        if shown && self.verbose {
            self.heading(arguments);
            return self.core.stream_fetching(arguments).await;
        }
        let start = Instant::now();
        let together = self.core.capture_fetching(arguments).await?;
        match together.ended.succeeded() {
            true if shown => self.line("init", "done", start.elapsed()),
            true => {}
            false => {
                self.heading(arguments);
                pass_on(&together)?;
            }
        }
        Ok(together.ended)
    }

    /// Puts a stand-in where each of these providers is looked for.
    fn install_stand_ins(&self, listing: &str, played: &[String]) -> Result<(), Problem> {
        let files = if played.is_empty() { Vec::new() } else { outside::configurations(self.shadow.directory())? };
        let parts: Vec<Part> = played.iter().map(|address| stand_ins::part(address, &files, &self.values)).collect();
        stand_ins::check_values(&self.values, &parts)?;
        for (address, part) in played.iter().zip(&parts) {
            self.installation.stand_in(address, &stand_ins::version(listing, address)?, part)?;
        }
        Ok(())
    }

    async fn providers_listed(&self) -> Result<String, Problem> {
        Ok(self.core.capture(&arguments(&["providers"])).await?.stdout)
    }

    /// Creates in the world what the configuration names and the world lacks. Data sources are read while planning, so
    /// that a plan gets further each time that they find something; one that fails for other reasons is no matter, as
    /// the real one, which comes next, shows why. Gives the last plan, and those of actions.
    async fn furnish(&self, command: &[OsString]) -> Result<Vec<Value>, Problem> {
        let mut plans = Vec::new();
        for _ in 0..MOST_PLANS {
            self.running.clear_journal();
            let (planned, plan) = self.plan_to_furnish(&[]).await?;
            plans = plan.into_iter().collect();
            let missing = needs::looked_for_in_vain(&self.running.journal());
            self.running.ensure(&missing);
            if planned.succeeded() || missing == Needs::default() || self.core.interrupted() {
                break;
            }
        }
        // An action that the user's command invokes stands in no other plan.
        for invoked in
            command.iter().filter(|word| word.to_string_lossy().trim_start_matches('-').starts_with("invoke="))
        {
            plans.extend(self.plan_to_furnish(std::slice::from_ref(invoked)).await?.1);
        }
        self.running.clear_journal();
        Ok(plans)
    }

    async fn plan_to_furnish(&self, more: &[OsString]) -> Result<(Ended, Option<Value>), Problem> {
        let plan = self.installation.folder().join("needs.tfplan");
        let mut out = OsString::from("-out=");
        out.push(&plan);
        let mut arguments = arguments(&["plan", "-input=false", "-lock=false"]);
        arguments.push(out);
        arguments.extend_from_slice(more);
        let planned = self.core.capture_with(&arguments, &[("RECOVERY_PREFLIGHT".into(), "false".into())]).await?;
        // Newer cores save what a failing plan has got so far.
        let shown = if plan.exists() { self.shown(&plan).await? } else { None };
        if let Some(plan) = &shown {
            self.ensure(plan);
        }
        Ok((planned.ended, shown))
    }

    fn ensure(&self, plan: &Value) {
        // A scenario says itself whose wire form is spoken.
        if let Some(platform) = needs::platform(plan).filter(|_| !self.has_scenario) {
            self.running.change_world(|world| world.set_platform(platform));
        }
        self.running.ensure(&needs::named_by(plan));
    }

    /// The outputs in the state; none when there is no state to read.
    async fn outputs(&self) -> Option<Map<String, Value>> {
        let answer = self.core.capture(&["output".into(), "-json".into()]).await.ok()?;
        serde_json::from_str(&answer.stdout).ok()
    }

    /// The state as JSON; none when there is none to read.
    async fn state(&self) -> Option<Value> {
        let answer = self.core.capture(&["show".into(), "-json".into()]).await.ok()?;
        serde_json::from_str(&answer.stdout).ok()
    }

    /// Keeps what was run for the report.
    fn note(&self, name: &str, result: &str, took: Duration) {
        let ran = Ran { name: name.to_owned(), result: result.to_owned(), seconds: took.as_secs_f64() };
        self.steps.borrow_mut().push(ran);
    }

    /// Tells what was done to the cloud, and writes the report where one is wanted.
    async fn tell_of_the_end(
        &self,
        act: &Act,
        speed: f64,
        command: &[OsString],
        report: Option<&mut Destination>,
    ) -> Result<(), Problem> {
        let journal = self.running.journal();
        let timeline = Timeline { operations: act.as_they_were(self.running.operations()), journal: &journal, speed };
        tell(self.channel, timeline.render(act.outputs.as_ref()).trim_end());
        let Some(destination) = report else { return Ok(()) };
        let scene = Scene {
            act,
            verdict: act.verdict(self.core.interrupted()),
            folder: self.directory.file_name().unwrap_or(self.directory.as_os_str()).to_string_lossy().into_owned(),
            command: command::without_values(command),
            region: &self.running.connection.region,
            has_scenario: self.has_scenario,
            with: &self.with,
            stand_in: &self.stand_in,
            core: &self.core.capture(&["version".into()]).await?.stdout,
            steps: self.steps.take(),
            now: Timestamp::now(),
        };
        destination.write(&Report::of(scene, &timeline).page())
    }

    fn heading(&self, arguments: &[OsString]) {
        let words: Vec<_> =
            arguments.iter().map(|word| word.to_string_lossy()).filter(|word| word != "-no-color").collect();
        tell(self.channel, &format!("\n$ {} {}", self.core.name(), words.join(" ")));
    }
}

/// How a step went, in a word or two.
fn told_of(ended: Ended, well: &str) -> String {
    if ended.succeeded() { well.to_owned() } else { format!("failed (exit code {})", ended.code) }
}

/// Where the rehearsal's own words go.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Channel {
    Output,
    Error,
}

impl Channel {
    /// A command of the user's may be read by another program.
    fn of(command: &[OsString]) -> Channel {
        if command.is_empty() { Channel::Output } else { Channel::Error }
    }
}

fn tell(channel: Channel, text: &str) {
    // Names and ids of a scenario, of a configuration and of outputs stand in it.
    let text = ::outside::paragraphs(text, usize::MAX);
    // Without a reader there is nobody to tell; the exit code still says how it went.
    let _ = match channel {
        Channel::Output => writeln!(io::stdout().lock(), "{text}").and_then(|()| io::stdout().flush()),
        Channel::Error => writeln!(io::stderr().lock(), "{text}"),
    };
}

fn pass_on(output: &Output) -> Result<(), Problem> {
    let written = io::stdout().lock().write_all(output.stdout.as_bytes());
    let written = written.and_then(|()| io::stderr().lock().write_all(output.stderr.as_bytes()));
    written.map_err(|error| Problem::new(format!("cannot write: {error}")))
}

/// The words of a subcommand. Terraform does not look whether a terminal would show its colours.
fn arguments(words: &[&str]) -> Vec<OsString> {
    let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let plain = (!io::stdout().is_terminal() || !wanted).then_some("-no-color");
    words.iter().copied().chain(plain).map(OsString::from).collect()
}
