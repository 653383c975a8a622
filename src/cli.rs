//! The command line: words in, [`Command`] out. Nothing is started here.

use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use lexopt::prelude::{Long, Short, Value, ValueExt};
use rehearsal::Scenario;

use crate::rehearse;

/// The program's name in its own texts.
pub(crate) const PROGRAM: &str = "terraform-provider-recovery";

/// What somebody reads who starts the plugin by hand.
pub(crate) const BY_HAND: &str = "\
This program is the Terraform provider cloud-recovery/recovery: it backs up and restores DCS, CBR and DDM resources of
Open Telekom Cloud and Huawei Cloud. Terraform or OpenTofu starts it; there is nothing to serve without one of them.

To try a configuration without an account:  terraform-provider-recovery rehearse DIR
For all commands:                           terraform-provider-recovery --help";

const VERSION: &str = concat!("terraform-provider-recovery ", env!("CARGO_PKG_VERSION"), "\n");

const HELP: &str = "\
terraform-provider-recovery: Terraform provider for backup, restore and recovery on Open Telekom Cloud and Huawei Cloud

Usage:
  terraform-provider-recovery rehearse DIR [OPTIONS] [-- COMMAND...]
  terraform-provider-recovery simulate [OPTIONS]
  terraform-provider-recovery serve --debug
  terraform-provider-recovery --version | --help

Terraform and OpenTofu start it without arguments.

rehearse DIR      Runs the configuration in DIR without an account, and writes nothing into DIR. Runs init, plan, apply,
                  a second plan that must be empty, and destroy, or COMMAND instead; ends with a timeline of what was
                  sent to the cloud.
  --scenario FILE   what exists in the cloud, how long things take and what goes wrong (YAML or JSON)
  --store FILE      keep the cloud's world in FILE between runs
  --speed N         run operations N times faster than in reality (default 60)
  --with NAME       let something act for real: another provider, provisioners or remote-state; may be repeated
  --stand-in NAME   play the part of another provider: nothing of it is fetched or reached, its resources and data sources
                    keep what is written and have made-up IDs; may be repeated
  --values FILE     what they have in place of what is made up, by type (JSON): {\"data.acme_network\": {\"ids\": [\"n-1\"]},
                    \"acme_server\": [{\"where\": {\"name\": \"a\"}, \"values\": {\"id\": \"i-1\"}}]}
  --report FILE     write a page about the rehearsal, for a change ticket (HTML, one file)
  --verbose         show everything that Terraform prints
  Environment: RECOVERY_TERRAFORM names the Terraform or OpenTofu to use (default: terraform, else tofu, on PATH).

  A rehearsal runs in a copy of the folder, against a cloud on this machine. Kept out: your state and backend (backend
  and cloud blocks are taken out of the copy), your lock file, and your environment but for what Terraform needs.
  Refused unless --with names them: other providers (--stand-in plays the part of one instead), provisioners, and
  terraform_remote_state (--with remote-state); what is named acts for real, with your whole environment. Not kept out:
  modules and named providers are downloaded, the configuration reads the files that it names, and a COMMAND may do
  whatever it does by itself.

simulate          Runs that cloud alone until it is interrupted. The first line on standard output tells, as JSON, where
                  it listens and which credentials it takes.
  --listen ADDRESS  loopback address and port (default 127.0.0.1:0, any free port)
  --scenario FILE, --store FILE
  --speed N         (default 1)

serve --debug     Serves the provider without Terraform as parent, for a debugger, and prints the TF_REATTACH_PROVIDERS
                  that makes Terraform use it.
";

/// What the program is asked to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// Print this text on standard output.
    Print(&'static str),
    /// Serve without Terraform as parent.
    Debug,
    /// Run the rehearsal cloud alone.
    Simulate(rehearsal::Options),
    /// Run a configuration against it.
    Rehearse(rehearse::Options),
    /// Become a program of a rehearsal's, as these words say.
    BecomeChild(Vec<OsString>),
}

/// Why the command line was not understood, in words for its author.
#[derive(Debug, PartialEq)]
pub(crate) struct UsageError(String);

impl fmt::Display for UsageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<lexopt::Error> for UsageError {
    fn from(error: lexopt::Error) -> UsageError {
        UsageError(error.to_string())
    }
}

/// Reads the words after the program's name; scenario files are read, too.
///
/// # Errors
/// Unknown commands and options, missing or malformed values, a scenario that cannot be used.
pub(crate) fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Command, UsageError> {
    let mut parser = lexopt::Parser::from_args(words);
    match parser.next()? {
        Some(Long("help") | Short('h')) => Ok(Command::Print(HELP)),
        Some(Long("version") | Short('V')) => Ok(Command::Print(VERSION)),
        Some(Value(word)) => match word.to_str() {
            Some("help") => Ok(Command::Print(HELP)),
            Some("serve") => serve(&mut parser),
            Some("simulate") => simulate(&mut parser),
            Some("rehearse") => rehearse(&mut parser),
            Some(rehearse::guard::WORD) => Ok(Command::BecomeChild(parser.raw_args()?.collect())),
            _ => Err(UsageError(format!("unknown command {word:?}; there are rehearse, simulate and serve"))),
        },
        Some(other) => Err(other.unexpected().into()),
        None => Ok(Command::Print(HELP)),
    }
}

fn serve(parser: &mut lexopt::Parser) -> Result<Command, UsageError> {
    let mut debug = false;
    while let Some(word) = parser.next()? {
        match word {
            Long("debug") => debug = true,
            Long("help") | Short('h') => return Ok(Command::Print(HELP)),
            other => return Err(other.unexpected().into()),
        }
    }
    match debug {
        true => Ok(Command::Debug),
        false => {
            Err(UsageError("serve needs --debug; without a debugger, Terraform starts the provider itself".into()))
        }
    }
}

fn simulate(parser: &mut lexopt::Parser) -> Result<Command, UsageError> {
    let mut cloud = CloudWords::default();
    let mut listen = SocketAddr::from(([127, 0, 0, 1], 0));
    while let Some(word) = parser.next()? {
        match word {
            Long("listen") => {
                let text = parser.value()?.string()?;
                listen = text.parse().map_err(|_| {
                    UsageError(format!("--listen {text}: expected an address and port such as 127.0.0.1:0"))
                })?;
            }
            Long("help") | Short('h') => return Ok(Command::Print(HELP)),
            Long(name) if CloudWords::NAMES.contains(&name) => {
                let name = name.to_owned();
                cloud.take(&name, parser.value()?)?;
            }
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Command::Simulate(cloud.options(listen, 1.0)?))
}

fn rehearse(parser: &mut lexopt::Parser) -> Result<Command, UsageError> {
    let mut cloud = CloudWords::default();
    let mut directory: Option<PathBuf> = None;
    let mut with = Vec::new();
    let (mut stand_in, mut values) = (Vec::new(), rehearse::Values::new());
    let mut verbose = false;
    let mut report = None;
    let mut command = Vec::new();
    loop {
        // Whatever stands behind `--` belongs to the command, options included.
        if parser.try_raw_args().is_some_and(|mut raw| raw.next_if(|word| word == "--").is_some()) {
            command = parser.raw_args()?.collect();
            if command.is_empty() {
                return Err(UsageError("-- wants a command behind it, such as: -- terraform plan".into()));
            }
            break;
        }
        match parser.next()? {
            None => break,
            Some(Value(word)) if directory.is_none() => directory = Some(word.into()),
            Some(Long("with")) if directory.is_some() => {
                for name in parser.values()? {
                    names(&name.string()?, &mut with);
                }
            }
            // With the folder still to come, the second word might be it.
            Some(Long("with")) => names(&parser.value()?.string()?, &mut with),
            Some(Long("stand-in")) => names(&parser.value()?.string()?, &mut stand_in),
            Some(Long("values")) => values = rehearse::values(Path::new(&parser.value()?)).map_err(UsageError)?,
            Some(Long("report")) => report = Some(PathBuf::from(parser.value()?)),
            Some(Long("verbose")) => verbose = true,
            Some(Long("help") | Short('h')) => return Ok(Command::Print(HELP)),
            Some(Long(name)) if CloudWords::NAMES.contains(&name) => {
                let name = name.to_owned();
                cloud.take(&name, parser.value()?)?;
            }
            Some(other) => return Err(other.unexpected().into()),
        }
    }
    let directory = directory
        .ok_or_else(|| UsageError("rehearse wants a folder: rehearse DIR [OPTIONS] [-- COMMAND...]".into()))?;
    let cloud = cloud.options(SocketAddr::from(([127, 0, 0, 1], 0)), rehearse::SPEED)?;
    Ok(Command::Rehearse(rehearse::Options { directory, cloud, with, stand_in, values, verbose, report, command }))
}

/// One value of `--with` or `--stand-in`: a name, or several with commas between them.
fn names(text: &str, with: &mut Vec<String>) {
    with.extend(text.split(',').filter(|name| !name.is_empty()).map(str::to_owned));
}

/// What `simulate` and `rehearse` have in common.
#[derive(Default)]
struct CloudWords {
    scenario: Option<PathBuf>,
    store: Option<PathBuf>,
    speed: Option<f64>,
}

impl CloudWords {
    const NAMES: [&str; 3] = ["scenario", "store", "speed"];

    fn take(&mut self, name: &str, value: OsString) -> Result<(), UsageError> {
        match name {
            "scenario" => self.scenario = Some(value.into()),
            "store" => self.store = Some(value.into()),
            _ => {
                let text = value.string()?;
                let speed = text.parse().ok().filter(|speed: &f64| speed.is_finite() && *speed > 0.0);
                self.speed = Some(
                    speed
                        .ok_or_else(|| UsageError(format!("--speed {text}: expected a number above 0, such as 60")))?,
                );
            }
        }
        Ok(())
    }

    fn options(self, listen: SocketAddr, usual_speed: f64) -> Result<rehearsal::Options, UsageError> {
        let load = |path: &Path| Scenario::load(path).map_err(|problem| UsageError(problem.to_string()));
        let scenario = self.scenario.as_deref().map(load).transpose()?;
        Ok(rehearsal::Options { listen, scenario, store: self.store, speed: self.speed.unwrap_or(usual_speed) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, UsageError> {
        parse(line.split_whitespace().map(OsString::from))
    }

    fn rehearsed(line: &str) -> rehearse::Options {
        match read(line) {
            Ok(Command::Rehearse(options)) => options,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn rehearse_takes_its_options_in_any_order() {
        for line in [
            "rehearse dir --speed 5 --with random local -- terraform plan -input=false",
            "rehearse --speed=5 --with random,local dir -- terraform plan -input=false",
            "rehearse --with random --with local --speed 5 dir -- terraform plan -input=false",
        ] {
            let options = rehearsed(line);
            assert_eq!(options.directory, PathBuf::from("dir"), "{line}");
            assert_eq!(options.cloud.speed, 5.0, "{line}");
            assert_eq!(options.with, ["random", "local"], "{line}");
            assert_eq!(options.command, ["terraform", "plan", "-input=false"], "{line}");
        }
    }

    #[test]
    fn stand_ins_are_named_one_by_one_or_together() {
        let options = rehearsed("rehearse --stand-in acme dir --stand-in a,b/c");
        assert_eq!(
            (options.stand_in, options.directory),
            (vec!["acme".into(), "a".into(), "b/c".into()], "dir".into())
        );
    }

    #[test]
    fn rehearse_runs_the_whole_story_fast_by_default() {
        let options = rehearsed("rehearse .");
        assert!(options.command.is_empty() && !options.verbose && rehearsed("rehearse --verbose .").verbose);
        assert_eq!(options.cloud.speed, rehearse::SPEED);
    }

    #[test]
    fn a_report_is_written_where_it_is_told() {
        for line in ["rehearse --report r.html d", "rehearse d --report=r.html -- terraform plan"] {
            let options = rehearsed(line);
            assert_eq!((options.report, options.directory), (Some("r.html".into()), "d".into()), "{line}");
        }
        assert_eq!(rehearsed("rehearse d").report, None);
    }

    #[test]
    fn a_dash_belongs_to_the_command() {
        assert_eq!(rehearsed("rehearse d -- sh -c -- x").command, ["sh", "-c", "--", "x"]);
    }

    #[test]
    fn simulate_listens_where_it_is_told() {
        match read("simulate --listen 127.0.0.1:8080 --store w.json") {
            Ok(Command::Simulate(options)) => {
                assert_eq!(options.listen, SocketAddr::from(([127, 0, 0, 1], 8080)));
                assert_eq!(options.store, Some(PathBuf::from("w.json")));
                assert_eq!(options.speed, 1.0);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (line, said) in [
            ("--sped 1", "--sped"),
            ("deploy", "deploy"),
            ("serve", "--debug"),
            ("serve --port 1", "--port"),
            ("simulate --listen here", "--listen here"),
            ("simulate --speed 0", "--speed 0"),
            ("simulate --speed inf", "--speed inf"),
            ("simulate extra", "extra"),
            ("simulate --scenario /no/such/file", "/no/such/file"),
            ("rehearse", "folder"),
            ("rehearse a b", "\"b\""),
            ("rehearse a --", "command"),
            ("rehearse a --with", "--with"),
            ("rehearse a --stand-in", "--stand-in"),
            ("rehearse a --values /no/such/file", "/no/such/file"),
            ("rehearse a --report", "--report"),
            ("rehearse a --listen x", "--listen"),
        ] {
            let problem = read(line).expect_err(line).to_string();
            assert!(problem.contains(said), "{line}: {problem}");
        }
    }

    #[test]
    fn the_walls_of_a_rehearsal_are_told_in_the_same_words_everywhere() {
        let plain = |text: &str| text.replace('`', "").split_whitespace().collect::<Vec<_>>().join(" ");
        let start = HELP.find("A rehearsal runs in a copy").expect("the help tells about walls");
        let walls = plain(HELP[start..].split("\n\n").next().unwrap());
        assert!(walls.contains("Kept out:") && walls.contains("Not kept out:"), "{walls}");
        for page in ["README.md", "templates/index.md", "docs/index.md"] {
            let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).unwrap();
            assert!(plain(&text).contains(&walls), "{page} does not say: {walls}");
        }
    }

    #[test]
    fn help_is_found_everywhere() {
        for line in ["--help", "-h", "help", "serve --help", "simulate -h", "rehearse --help"] {
            assert!(matches!(read(line), Ok(Command::Print(HELP))), "{line}");
        }
        assert!(matches!(read("--version"), Ok(Command::Print(VERSION))));
    }
}
