//! A real Keystone on loopback: SQLite, no other service, gone when dropped.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

pub(crate) const PASSWORD: &str = "keystone-test";

/// A running Keystone with user `admin` and project `admin` in the domain `Default`.
pub(crate) struct Keystone {
    address: String,
    child: Child,
    folder: tempfile::TempDir,
}

/// An answer of Keystone.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Value,
}

impl Keystone {
    /// Starts one whose tokens live so many seconds, or says why that is not possible here.
    pub(crate) fn start(token_seconds: u32) -> Result<Keystone, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let port = free_port()?;
        let address = format!("127.0.0.1:{port}");
        configure(folder.path(), token_seconds)?;
        let (user, group) = (id("-un")?, id("-gn")?);
        manage(folder.path(), &["db_sync"])?;
        let_readers_and_writers_coexist(folder.path())?;
        manage(folder.path(), &["fernet_setup", "--keystone-user", &user, "--keystone-group", &group])?;
        manage(folder.path(), &["credential_setup", "--keystone-user", &user, "--keystone-group", &group])?;
        let url = format!("http://{address}/v3/");
        let bootstrap = ["bootstrap", "--bootstrap-password", PASSWORD, "--bootstrap-region-id", "eu-de"];
        manage(folder.path(), &[&bootstrap[..], &["--bootstrap-public-url", &url]].concat())?;
        let child = Command::new("keystone-wsgi-public")
            .args(["--port", &port.to_string(), "--host", "127.0.0.1"])
            .env("OS_KEYSTONE_CONFIG_DIR", folder.path())
            .env("OS_KEYSTONE_CONFIG_FILES", "keystone.conf")
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.path().join("errors")).map_err(|error| error.to_string())?)
            .spawn()
            .map_err(|error| format!("keystone-wsgi-public: {error}"))?;
        let keystone = Keystone { address, child, folder };
        keystone.wait()?;
        Ok(keystone)
    }

    /// The URL as a user writes it.
    pub(crate) fn auth_url(&self) -> String {
        format!("http://{}/v3", self.address)
    }

    /// Sends a request by hand.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        exchange(&self.address, method, path, headers, body).unwrap()
    }

    /// A token of the administrator, got by hand.
    pub(crate) fn admin_token(&self) -> String {
        let body = format!(
            r#"{{"auth":{{"identity":{{"methods":["password"],"password":{{"user":{{"name":"admin","password":"{PASSWORD}",
            "domain":{{"name":"Default"}}}}}}}},"scope":{{"project":{{"name":"admin","domain":{{"name":"Default"}}}}}}}}}}"#
        );
        let answer = self.ask("POST", "/v3/auth/tokens", &[], &body);
        let line = answer.head.lines().find(|line| line.to_ascii_lowercase().starts_with("x-subject-token:")).unwrap();
        line.split_once(':').unwrap().1.trim().to_owned()
    }

    /// What the server complained about, for messages of failed tests.
    pub(crate) fn errors(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("errors")).unwrap_or_default()
    }

    /// The address, for peers that check tokens.
    pub(crate) fn address(&self) -> String {
        self.address.clone()
    }

    fn wait(&self) -> Result<(), String> {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(60) {
            if exchange(&self.address, "GET", "/v3", &[], "").is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        Err("Keystone did not answer within a minute".to_owned())
    }
}

impl Drop for Keystone {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether Keystone takes a token.
pub(crate) fn is_valid(address: &str, token: &str) -> bool {
    let headers = [("X-Auth-Token", token), ("X-Subject-Token", token)];
    exchange(address, "GET", "/v3/auth/tokens", &headers, "").is_ok_and(|answer| answer.status == 200)
}

fn exchange(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    let text = format!(
        "{method} {path} HTTP/1.0\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(text.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    Ok(Answer { status, head: head.to_owned(), body: serde_json::from_str(body).unwrap_or_default() })
}

fn configure(folder: &Path, token_seconds: u32) -> Result<(), String> {
    let place = folder.display();
    let text = format!(
        "[DEFAULT]\nlog_file = {place}/ks.log\n[database]\nconnection = sqlite:///{place}/ks.db\n[token]\nprovider = fernet\n\
         expiration = {token_seconds}\n[fernet_tokens]\nkey_repository = {place}/fernet\n[credential]\nkey_repository = {place}/cred\n"
    );
    let write = || {
        std::fs::create_dir(folder.join("fernet"))?;
        std::fs::create_dir(folder.join("cred"))?;
        std::fs::write(folder.join("keystone.conf"), text)
    };
    write().map_err(|error: std::io::Error| error.to_string())
}

fn manage(folder: &Path, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("keystone-manage")
        .arg("--config-file")
        .arg(folder.join("keystone.conf"))
        .args(arguments)
        .output()
        .map_err(|error| format!("keystone-manage: {error}"))?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// Keystone leaves reads open, which would lock its own writes out of the database.
fn let_readers_and_writers_coexist(folder: &Path) -> Result<(), String> {
    let script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA journal_mode=WAL')";
    let status = Command::new("python3").args(["-c", script]).arg(folder.join("ks.db")).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("python3: {status}")),
        Err(error) => Err(format!("python3: {error}")),
    }
}

fn id(flag: &str) -> Result<String, String> {
    let output = Command::new("id").arg(flag).output().map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}
