//! What is only written: kept by no core that knows how, and by an older one as it must.

use plugin_client::UNKNOWN;
use rehearsal::rds;
use serde_json::{Value, json};

use crate::stage::{Stage, with};

const KIND: &str = "recovery_rds_restored_instance";
const PASSWORD: &str = "Rehearsed-4711";

fn arguments() -> Value {
    json!({
        "source_instance_id": rds::SOURCE_ID,
        "backup_id": rds::BACKUP_ID,
        "name": "drill",
        "flavor": "rds.mysql.c2.large",
        "availability_zones": ["eu-de-01"],
        "vpc_id": "v",
        "subnet_id": "n",
        "volume_type": "CLOUDSSD",
        "volume_size": 100,
        "password": PASSWORD,
    })
}

#[tokio::test]
async fn the_core_s_version_decides_whether_it_keeps_what_is_only_written() {
    for (version, kept) in [("1.0.11", json!(PASSWORD)), ("1.10.5", json!(PASSWORD)), ("1.11.0", Value::Null)] {
        let stage = Stage::new(0.3).await;
        let (_process, mut client) = stage.provider_of(version).await;
        let planned = client.plan(KIND, None, arguments()).await.unwrap();
        assert!(planned.problems.iter().all(|problem| !problem.is_error), "{version}: {:#?}", planned.problems);
        assert_eq!(planned.state["password"], kept, "{version}");
        let applied = client.apply(KIND, None, planned).await.unwrap();
        assert!(applied.problems.iter().all(|problem| !problem.is_error), "{version}: {:#?}", applied.problems);
        assert_eq!(applied.object.state["password"], kept, "{version}");
        // It was sent in any case, and the cloud's journal masks it.
        assert_eq!(stage.sent()[0].body.as_ref().unwrap()["password"], "***", "{version}");
        let read = client.read(KIND, &applied.object).await.unwrap();
        assert_eq!(read.object().unwrap().state["password"], kept, "{version}");
        // Nothing is left to do, and another password alone changes nothing that runs.
        let again = client.plan(KIND, Some(&applied.object), arguments()).await.unwrap();
        assert_eq!((&again.state, &again.requires_replace), (&applied.object.state, &Vec::new()), "{version}");
        let other = with(arguments(), json!({ "password": "Another-4711" }));
        let again = client.plan(KIND, Some(&applied.object), other).await.unwrap();
        assert!(again.requires_replace.is_empty(), "{version}: {:?}", again.requires_replace);
        // A newer core takes over what an older one has kept: it goes.
        let (_newer, mut newer) = stage.provider_of("1.11.0").await;
        let read = newer.read(KIND, &applied.object).await.unwrap();
        assert_eq!(read.object().unwrap().state["password"], Value::Null, "{version}");
        assert_eq!(stage.sent().len(), 1, "{version}");
    }
}

#[tokio::test]
async fn a_password_that_is_not_known_yet_is_one() {
    let stage = Stage::new(0.3).await;
    let (_process, mut client) = stage.provider_of("1.11.0").await;
    for (password, is_error) in [(json!(UNKNOWN), false), (Value::Null, true)] {
        let planned = client.plan(KIND, None, with(arguments(), json!({ "password": password }))).await.unwrap();
        assert_eq!(planned.problems.iter().any(|problem| problem.is_error), is_error, "{:#?}", planned.problems);
        assert_eq!(planned.state["password"], Value::Null);
    }
}
