//! A plugin process: started as Terraform starts it, watched, and closed as Terraform closes it.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinHandle;

use crate::Error;
use crate::client::Client;
use crate::identity::{Identity, Peer, tls};

/// Name and value of the variable by which Terraform makes itself known to plugins.
pub const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// Terraform's own patience with a plugin that says nothing.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(60);

/// How to start a plugin. Begins with the environment that Terraform sets.
pub struct Start {
    command: Command,
    identity: Identity,
    temporary: TempDir,
}

impl Start {
    /// Prepares the start of a binary, with Terraform's variables, a fresh certificate and a temporary directory of its
    /// own.
    ///
    /// # Errors
    /// The crypto library's, and those of making a directory.
    pub fn new(binary: impl AsRef<Path>) -> Result<Start, Error> {
        let identity = Identity::generate()?;
        let temporary = tempfile::tempdir()?;
        let mut command = Command::new(binary.as_ref());
        command
            .env(COOKIE.0, COOKIE.1)
            .env("PLUGIN_PROTOCOL_VERSIONS", "6,5")
            .env("PLUGIN_MIN_PORT", "10000")
            .env("PLUGIN_MAX_PORT", "25000")
            .env("PLUGIN_CLIENT_CERT", identity.pem())
            // What a killed process leaves behind goes with the test.
            .env("TMPDIR", temporary.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Ok(Start { command, identity, temporary })
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: &str) -> Start {
        self.command.arg(argument);
        self
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Start {
        self.command.env(name, value);
        self
    }

    /// Removes a variable from the environment.
    #[must_use]
    pub fn env_remove(mut self, name: &str) -> Start {
        self.command.env_remove(name);
        self
    }

    /// Starts it and reads the first line of its standard output.
    ///
    /// # Errors
    /// It does not start, or ends without a line: then with what it wrote to standard error.
    pub async fn spawn(self) -> Result<Process, Error> {
        let mut process = self.spawn_silent()?;
        process.line = match tokio::time::timeout(HANDSHAKE_PATIENCE, process.output.next_line()).await? {
            Ok(Some(line)) => line,
            ended => {
                process.exit_within(HANDSHAKE_PATIENCE).await?;
                return Err(format!("no handshake ({ended:?}): {}", process.stderr()).into());
            }
        };
        Ok(process)
    }

    /// Starts it without waiting for anything.
    ///
    /// # Errors
    /// It does not start.
    pub fn spawn_silent(mut self) -> Result<Process, Error> {
        let mut child = self.command.spawn()?;
        let output = child.stdout.take().ok_or("no standard output")?;
        let stderr = Collected::default();
        let collecting = tokio::spawn(collect(child.stderr.take().ok_or("no standard error")?, stderr.clone()));
        let output = BufReader::new(output).lines();
        Ok(Process {
            child,
            identity: self.identity,
            line: String::new(),
            output,
            stderr,
            collecting: Some(collecting),
            _temporary: self.temporary,
        })
    }
}

/// A running plugin. Dropping it kills it.
pub struct Process {
    child: Child,
    identity: Identity,
    line: String,
    output: tokio::io::Lines<BufReader<ChildStdout>>,
    stderr: Collected,
    collecting: Option<JoinHandle<()>>,
    _temporary: TempDir,
}

impl Process {
    /// The first line of its standard output.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// A field of the handshake line, from 1 as go-plugin counts them; empty if there is none.
    pub fn field(&self, number: usize) -> &str {
        number.checked_sub(1).and_then(|index| self.line.split('|').nth(index)).unwrap_or_default()
    }

    /// The process id, unless it has ended.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// What it wrote to standard error so far.
    pub fn stderr(&self) -> String {
        self.stderr.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The certificate that it was told to trust.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Connects as the client that started it: encrypted, unless `PLUGIN_CLIENT_CERT` was removed.
    ///
    /// # Errors
    /// Refused, or not the server of the handshake line.
    pub async fn connect(&self) -> Result<Client, Error> {
        self.connect_as(Peer::Holder(&self.identity)).await
    }

    /// Connects as somebody else.
    ///
    /// # Errors
    /// As it should.
    pub async fn connect_as(&self, peer: Peer<'_>) -> Result<Client, Error> {
        let certificate = self.field(6);
        let tls = if certificate.is_empty() { None } else { Some(tls(peer, certificate)?) };
        Client::connect(self.field(3), self.field(4), tls).await
    }

    /// Sends a signal by name, such as `INT`.
    ///
    /// # Errors
    /// It has ended, or the name is not known.
    pub async fn signal(&self, name: &str) -> Result<(), Error> {
        let pid = self.pid().ok_or("the process has ended")?.to_string();
        let status = Command::new("kill").args([format!("-{name}"), pid]).status().await?;
        if status.success() { Ok(()) } else { Err(format!("kill: {status}").into()) }
    }

    /// Waits for it to end by itself; all of its standard error is there then. None: it still runs.
    ///
    /// # Errors
    /// The operating system's.
    pub async fn exit_within(&mut self, patience: Duration) -> Result<Option<ExitStatus>, Error> {
        let Ok(status) = tokio::time::timeout(patience, self.child.wait()).await else { return Ok(None) };
        if let Some(collecting) = self.collecting.take() {
            collecting.await?;
        }
        Ok(Some(status?))
    }

    /// Ends it as Terraform does: `Shutdown`, close the connection, wait. Returns how long it took.
    ///
    /// # Errors
    /// It still runs after the two seconds after which Terraform kills it, failed, or wrote more than one line to
    /// standard output.
    pub async fn close(&mut self, mut client: Client) -> Result<Duration, Error> {
        let start = Instant::now();
        client.shutdown().await?;
        drop(client);
        let status = self.exit_within(Duration::from_secs(2)).await?.ok_or("still running after Shutdown")?;
        let took = start.elapsed();
        if let Some(line) = self.output.next_line().await? {
            return Err(format!("more than a handshake on standard output: {line}").into());
        }
        if status.success() { Ok(took) } else { Err(format!("ended with {status}: {}", self.stderr()).into()) }
    }
}

#[derive(Clone, Default)]
struct Collected(Arc<Mutex<String>>);

async fn collect(from: impl AsyncRead + Unpin, into: Collected) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut text = into.0.lock().unwrap_or_else(PoisonError::into_inner);
        text.push_str(&line);
        text.push('\n');
    }
}
