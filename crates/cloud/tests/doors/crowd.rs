//! Many operations at once against a service that allows few requests: all of them succeed, and hardly any request is
//! refused on the way.

use std::time::{Duration, Instant};

use cloud::{Error, Kind, Outcome, Scope, dcs};
use futures::future::join_all;
use rehearsal::{Fault, Service};

use crate::door::{self, Door};

const OPERATIONS: usize = 200;
const REQUESTS_PER_SECOND: f64 = 20.0;

/// A backup from its start to its end, as a resource makes one: a POST, then looks at the list.
async fn back_up(scope: &Scope, instance_id: &str) -> Result<(), Error> {
    let id = dcs::create_backup(scope, dcs::Version::V2, instance_id, &dcs::NewBackup::default()).await?;
    loop {
        let backups = dcs::list_backups(scope, dcs::Version::V2, instance_id).await?;
        let own = backups.iter().find(|backup| backup.backup_id.as_deref() == Some(&id));
        if own.is_some_and(|backup| backup.status.as_deref() == Some("succeed")) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_operations_at_twenty_requests_a_second() {
    let door = Door::open().await;
    let instances: Vec<String> = (0..OPERATIONS).map(|index| format!("00000000-0000-4000-8000-{index:012}")).collect();
    door.running.change_world(|world| instances.iter().for_each(|instance| world.dcs.ensure_instance(instance)));
    let limit = Fault { service: Some(Service::Dcs), rate_limit: Some(REQUESTS_PER_SECOND), ..Fault::default() };
    door.running.set_faults(vec![limit]).unwrap();
    let keys = [("access_key", "BLOCKAK"), ("secret_key", "block-sk")];
    let scope = door::scope(&door::with(door.arguments("eu-de"), &keys)).await;

    let began = Instant::now();
    let results = join_all(instances.iter().map(|instance| back_up(&scope, instance))).await;
    let took = began.elapsed().as_secs_f64();

    let failed: Vec<String> = results.into_iter().filter_map(Result::err).map(|error| error.to_string()).collect();
    let requests: Vec<_> = door.journal().into_iter().filter(|entry| entry.service == Service::Dcs).collect();
    let refused = requests.iter().filter(|entry| entry.status == Some(429)).count();
    let share = 100.0 * refused as f64 / requests.len() as f64;
    eprintln!(
        "{OPERATIONS} operations, {} requests, {refused} of them 429 ({share:.1}%), {took:.1} s; {:.1} s at the limit",
        requests.len(),
        requests.len() as f64 / REQUESTS_PER_SECOND,
    );
    assert_eq!(failed, Vec::<String>::new());
    assert!(share < 5.0, "{refused} of {} requests were refused", requests.len());
    assert_eq!(door.running.operations().len(), OPERATIONS, "each operation ran once");
}

/// What waits for its turn is given up when its caller would wait no longer. It was never sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_a_turn_longer_than_they_want() {
    let door = Door::open().await;
    let fault = Fault {
        service: Some(Service::Dcs),
        method: Some("POST".to_owned()),
        status: Some(429),
        retry_after: Some(60),
        ..Fault::default()
    };
    door.running.set_faults(vec![fault]).unwrap();
    let keys = [("access_key", "BLOCKAK"), ("secret_key", "block-sk")];
    let scope = door::scope(&door::with(door.arguments("eu-de"), &keys)).await;
    // The first one is told to wait, and the second one has not been sent at all when everybody else's pause holds it back.
    for sent in [1, 1] {
        let began = Instant::now();
        let backup = dcs::NewBackup::default();
        let start = dcs::create_backup(&scope, dcs::Version::V2, door::INSTANCE, &backup);
        let error = cloud::with_patience(tokio::time::sleep(Duration::from_secs(2)), start).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (Kind::Throttled, Outcome::NotStarted), "{error}");
        assert!(error.is_transient() && error.to_string().contains("was not sent"), "{error}");
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
        assert_eq!(door.count("POST", "/backups"), sent);
    }
    assert!(door.running.operations().is_empty());
}
