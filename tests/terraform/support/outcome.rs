//! What a command said and how it ended.

use std::fmt;
use std::process::Output;

/// A finished command.
pub(crate) struct Outcome {
    /// Its exit code; none when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    command: String,
}

impl Outcome {
    pub(crate) fn new(command: String, output: &Output) -> Outcome {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Outcome { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr), command }
    }

    /// Insists that it went well.
    #[track_caller]
    pub(crate) fn success(self) -> Outcome {
        assert_eq!(self.code, Some(0), "{self}");
        self
    }

    /// Insists that it failed.
    #[track_caller]
    pub(crate) fn failure(self) -> Outcome {
        assert!(self.code != Some(0), "{self}");
        self
    }

    /// Insists that it said something, however the lines were broken.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Outcome {
        assert!(self.has(text), "nothing about {text:?} in {self}");
        self
    }

    /// Insists that it did not say something.
    #[track_caller]
    pub(crate) fn keeps_quiet_about(self, text: &str) -> Outcome {
        assert!(!self.has(text), "{text:?} is in {self}");
        self
    }

    /// Whether it said something, however the lines were broken.
    pub(crate) fn has(&self, text: &str) -> bool {
        flat(&format!("{}\n{}", self.stdout, self.stderr)).contains(&flat(text))
    }
}

/// Words with one blank between them. Terraform breaks lines and draws frames around them.
fn flat(text: &str) -> String {
    text.split(|letter: char| letter.is_whitespace() || "│╷╵".contains(letter))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome { code, stdout, stderr, command } = self;
        write!(formatter, "{command} (exit code {code:?})\n--- stdout\n{stdout}\n--- stderr\n{stderr}\n---")
    }
}
