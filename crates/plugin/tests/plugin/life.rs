//! The life of the process: how it starts, who may call, how it ends.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use plugin_client::{Client, Identity, Peer, Start};
use serde_json::{Value, json};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::{TOY, configured, only_error, thing, toy, wait_for_stderr};

const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn the_handshake_line_says_where_and_who() {
    let mut process = toy().spawn().await.unwrap();
    assert_eq!(process.line().split('|').count(), 6, "{}", process.line());
    assert_eq!((process.field(1), process.field(2)), ("1", "5"));
    assert_eq!((process.field(3), process.field(5)), ("unix", "grpc"));
    assert!(process.field(6).len() > 50 && !process.field(6).contains('='), "{}", process.field(6));

    let socket = Path::new(process.field(4)).to_owned();
    assert!(socket.as_os_str().len() < 100);
    assert_eq!(std::fs::metadata(&socket).unwrap().mode() & 0o077, 0);
    assert_eq!(std::fs::metadata(socket.parent().unwrap()).unwrap().mode() & 0o077, 0);

    let client = process.connect().await.unwrap();
    process.close(client).await.unwrap();
    assert!(!socket.parent().unwrap().exists(), "the socket is left behind");
}

#[tokio::test]
async fn the_client_chooses_the_directory_and_hears_about_multiplexing_when_it_asks() {
    let directory = tempfile::tempdir().unwrap();
    let start = toy().env("PLUGIN_UNIX_SOCKET_DIR", directory.path().to_str().unwrap());
    let process = start.env("PLUGIN_MULTIPLEX_GRPC", "true").spawn().await.unwrap();
    assert!(Path::new(process.field(4)).starts_with(directory.path()));
    assert_eq!(process.field(7), "false");
    process.connect().await.unwrap();
}

#[tokio::test]
async fn a_client_of_another_protocol_still_hears_which_one_this_is() {
    let process = toy().env("PLUGIN_PROTOCOL_VERSIONS", "6").spawn().await.unwrap();
    assert_eq!(process.field(2), "5");
}

#[tokio::test]
async fn by_hand_it_says_what_it_is_and_fails() {
    for start in [toy().env_remove("TF_PLUGIN_MAGIC_COOKIE"), toy().env("TF_PLUGIN_MAGIC_COOKIE", "wrong")] {
        let error = start.spawn().await.err().expect("no handshake").to_string();
        assert!(error.contains("Ok(None)") && error.contains("does nothing by hand"), "{error}");
    }
    let output = std::process::Command::new(TOY).env_remove("TF_PLUGIN_MAGIC_COOKIE").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"");
}

#[tokio::test]
async fn a_certificate_that_is_none_ends_the_start_with_a_reason() {
    let error = toy().env("PLUGIN_CLIENT_CERT", "rubbish").spawn().await.err().expect("no handshake").to_string();
    assert!(error.contains("PLUGIN_CLIENT_CERT holds no certificate"), "{error}");
}

#[tokio::test]
async fn only_the_invited_client_may_call() {
    let process = toy().spawn().await.unwrap();
    let stranger = Identity::generate().unwrap();
    for peer in [Peer::Nobody, Peer::Holder(&stranger)] {
        assert!(process.connect_as(peer).await.is_err());
    }
    assert!(Client::connect(process.field(3), process.field(4), None).await.is_err(), "served without TLS");
    // None of these has ended the loop.
    process.connect().await.unwrap().schema().await.unwrap();
    wait_for_stderr(&process, "Refused a connection").await;
}

#[tokio::test]
async fn a_slow_peer_keeps_nobody_waiting() {
    let process = toy().spawn().await.unwrap();
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(tokio::net::UnixStream::connect(process.field(4)).await.unwrap());
    }
    let connected = tokio::time::timeout(Duration::from_secs(2), process.connect()).await;
    connected.expect("kept waiting").unwrap();
}

#[tokio::test]
async fn without_a_client_certificate_it_serves_in_plain() {
    let mut process = toy().env_remove("PLUGIN_CLIENT_CERT").spawn().await.unwrap();
    assert_eq!(process.field(6), "");
    let mut client = process.connect().await.unwrap();
    client.schema().await.unwrap();
    process.close(client).await.unwrap();
}

#[tokio::test]
async fn shutdown_ends_it_within_a_second() {
    let (mut process, client) = configured().await;
    assert!(process.close(client).await.unwrap() < Duration::from_secs(1));
}

#[tokio::test]
async fn shutdown_ends_it_within_a_second_with_a_call_in_flight() {
    let (mut process, client) = configured().await;
    let mut busy = client.clone();
    let call = tokio::spawn(async move { busy.create("toy_thing", thing("wait")).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(process.close(client).await.unwrap() < Duration::from_millis(1500));
    // The call was told to stop before the process went.
    let applied = call.await.unwrap().unwrap();
    assert_eq!(applied.object.state["id"], "thing-1");
}

#[tokio::test]
async fn shutdown_ends_it_while_the_client_keeps_its_connection() {
    let (mut process, mut client) = configured().await;
    client.shutdown().await.unwrap();
    let status = process.exit_within(Duration::from_millis(1500)).await.unwrap();
    assert!(status.expect("still running").success());
}

#[tokio::test]
async fn it_ends_when_terraform_has_died() {
    let (mut process, client) = configured().await;
    drop(client);
    let socket = Path::new(process.field(4)).to_owned();
    let start = Instant::now();
    let status = process.exit_within(SOON).await.unwrap().expect("still running");
    assert!(status.success());
    assert!(start.elapsed() > Duration::from_secs(3), "a client may come back for a moment");
    assert!(!socket.exists());
}

#[tokio::test]
async fn it_ends_when_terraform_has_died_during_a_call() {
    let (mut process, client) = configured().await;
    let mut busy = client.clone();
    let call = tokio::spawn(async move { busy.create("toy_thing", thing("wait")).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    call.abort();
    drop(client);
    assert!(process.exit_within(SOON).await.unwrap().expect("still running").success());
}

#[tokio::test]
async fn interrupts_end_neither_the_process_nor_work() {
    let (mut process, mut client) = configured().await;
    let mut busy = client.clone();
    let call = tokio::spawn(async move { busy.create("toy_thing", thing("wait")).await });
    for signal in ["INT", "TERM", "INT"] {
        process.signal(signal).await.unwrap();
    }
    assert_eq!(process.exit_within(Duration::from_millis(500)).await.unwrap(), None);
    client.stop().await.unwrap();
    assert_eq!(call.await.unwrap().unwrap().object.state["id"], "thing-1");
    process.close(client).await.unwrap();
}

/// `terraform import` does not say `Stop` when somebody presses Ctrl-C.
#[tokio::test]
async fn an_interrupt_gives_up_what_only_reads() {
    let (process, mut client) = configured().await;
    let (mut busy, mut reading) = (client.clone(), client.clone());
    let work = tokio::spawn(async move { busy.create("toy_thing", thing("wait")).await });
    let read = tokio::spawn(async move { reading.import("toy_thing", "thing-stuck", Value::Null).await });
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!read.is_finished());
    process.signal("INT").await.unwrap();
    let imported = tokio::time::timeout(Duration::from_secs(2), read).await.expect("the read waits").unwrap().unwrap();
    assert_eq!(only_error(&imported.problems).summary, "Stopped");
    assert!(!work.is_finished(), "work waits for Stop");
    client.stop().await.unwrap();
    assert_eq!(work.await.unwrap().unwrap().object.state["id"], "thing-1");
}

#[tokio::test]
async fn health_is_serving() {
    let (_process, client) = configured().await;
    let request = HealthCheckRequest { service: "plugin".into() };
    let answer = HealthClient::new(client.channel()).check(request).await.unwrap().into_inner();
    assert_eq!(answer.status(), ServingStatus::Serving);
}

#[tokio::test]
async fn debug_mode_prints_what_to_paste_and_serves_until_interrupted() {
    for signal in ["INT", "TERM"] {
        let start = Start::new(TOY).unwrap().env_remove("TF_PLUGIN_MAGIC_COOKIE").arg("--debug");
        let mut process = start.spawn().await.unwrap();
        let value = process.line().strip_prefix("TF_REATTACH_PROVIDERS='").unwrap().strip_suffix('\'').unwrap();
        let value: serde_json::Value = serde_json::from_str(value).unwrap();
        let entry = &value["example/toy"];
        assert_eq!(entry["Pid"], process.pid().unwrap());
        assert_eq!((&entry["Protocol"], &entry["ProtocolVersion"]), (&json!("grpc"), &json!(5)));

        let address = entry["Addr"]["String"].as_str().unwrap().to_owned();
        let network = entry["Addr"]["Network"].as_str().unwrap();
        for _ in 0..2 {
            let mut client = Client::connect(network, &address, None).await.unwrap();
            client.configure(json!({})).await.unwrap();
        }
        process.signal(signal).await.unwrap();
        let status = process.exit_within(Duration::from_secs(2)).await.unwrap().expect("still running");
        assert!(status.success());
        assert!(!Path::new(&address).exists());
    }
}

#[tokio::test]
async fn log_lines_are_what_hclog_reads_and_never_hold_values() {
    let mut process = toy().env("TF_LOG", "TRACE").spawn().await.unwrap();
    let mut client = process.connect().await.unwrap();
    client.configure(json!({ "greeting": "s3cret-a" })).await.unwrap();
    client.create("toy_thing", json!({ "name": "s3cret-b", "note": "s3cret-c" })).await.unwrap();
    process.close(client).await.unwrap();

    let stderr = process.stderr();
    assert!(!stderr.contains("s3cret"), "{stderr}");
    for line in stderr.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line.as_object().unwrap().values().all(serde_json::Value::is_string), "{line}");
        let (date, fraction) = line["@timestamp"].as_str().unwrap().split_once('.').unwrap();
        assert_eq!((date.len(), fraction.len()), (19, 7), "{line}");
    }
    let answered =
        stderr.lines().find(|line| line.contains("ApplyResourceChange") && line.contains("answered")).unwrap();
    let answered: serde_json::Value = serde_json::from_str(answered).unwrap();
    assert_eq!((&answered["@level"], &answered["tf_resource_type"]), (&json!("info"), &json!("toy_thing")));
    assert!(answered["tf_req_duration_ms"].as_str().unwrap().parse::<u64>().is_ok());
    assert!(stderr.lines().any(|line| line.contains("Configured") && line.contains("1.11.4")), "{stderr}");
}

#[tokio::test]
async fn without_a_wish_for_logs_it_is_silent() {
    let (mut process, client) = configured().await;
    process.close(client).await.unwrap();
    assert_eq!(process.stderr(), "");
}
