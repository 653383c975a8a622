//! The program: a plugin when Terraform starts it, a command line when a person does.

mod cli;
mod rehearse;
mod stand_in;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use terraform_provider_recovery::provider::Recovery;

use crate::cli::Command;

fn main() -> ExitCode {
    // Terraform starts this program without arguments, several times per command: nothing else is on this path.
    if std::env::args_os().nth(1).is_none() {
        return match stand_in::part() {
            Ok(None) => plugin::run(&PLUGIN, provider),
            Ok(Some(part)) => plugin::run(&PLUGIN, move || Arc::new(stand_in::StandIn::new(&part))),
            Err(problem) => {
                complain(&problem);
                ExitCode::FAILURE
            }
        };
    }
    match cli::parse(std::env::args_os().skip(1)) {
        Ok(Command::Print(text)) => print(text),
        Ok(Command::Debug) => plugin::run_debug(&PLUGIN, provider),
        Ok(Command::Simulate(options)) => in_runtime(rehearsal::simulate(options)),
        Ok(Command::Rehearse(options)) => in_runtime(rehearse::run(options)),
        Ok(Command::BecomeChild(words)) => {
            complain(&rehearse::guard::become_child(&words));
            // As shells say it of what cannot be run.
            ExitCode::from(127)
        }
        Err(problem) => {
            complain(&format!("{problem}\nTry: {} --help", cli::PROGRAM));
            ExitCode::from(2)
        }
    }
}

const PLUGIN: plugin::Options = plugin::Options {
    name: "recovery",
    // Without a host: Terraform and OpenTofu each put their own registry in front of it.
    source: "cloud-recovery/recovery",
    log_crates: &["terraform_provider_recovery", "plugin", "cloud", "tf", "rehearsal"],
    by_hand: cli::BY_HAND,
};

fn provider() -> Arc<dyn tf::provider::Provider> {
    Arc::new(Recovery::new())
}

fn in_runtime(command: impl Future<Output = ExitCode>) -> ExitCode {
    match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime.block_on(command),
        Err(problem) => {
            complain(&format!("cannot start threads: {problem}"));
            ExitCode::FAILURE
        }
    }
}

fn print(text: &str) -> ExitCode {
    // A reader that has gone away, such as `head`, is no failure worth telling.
    let _ = io::stdout().lock().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

fn complain(text: &str) {
    // Without a standard error there is nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{}: {text}", cli::PROGRAM);
}
