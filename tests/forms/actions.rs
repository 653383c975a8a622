//! Actions: told from the ID to the end, ended once in every case, and never run twice for one invocation.

use std::time::{Duration, Instant};

use plugin_client::{Invoked, UNKNOWN, hear};
use rehearsal::Service;
use serde_json::{Value, json};

use crate::stage::{BACKUP, INSTANCE, Stage, operations, restore, unlisted_restore, with};

/// The lines without their times.
fn lines(said: &Invoked) -> Vec<&str> {
    said.lines.iter().map(|(_, line)| line.as_str()).collect()
}

/// The one completion.
#[track_caller]
fn end(said: &Invoked) -> Vec<String> {
    assert_eq!(said.ends.len(), 1, "{said:#?}");
    said.ends[0].iter().map(|problem| format!("{}\n{}", problem.summary, problem.detail)).collect()
}

#[tokio::test]
async fn each_runs_once_and_is_told_from_its_id_to_its_end() {
    for (name, _, arguments) in operations() {
        let stage = Stage::new(2.5).await;
        let (_process, mut client) = stage.provider().await;
        let said = client.invoke(name, arguments).await.unwrap();
        assert_eq!(end(&said), Vec::<String>::new(), "{name}");
        let ran = stage.ran();
        assert_eq!((ran.len(), stage.sent().len()), (1, 1), "{name}: {ran:?}");
        let told = lines(&said);
        assert!(told[0].contains(&ran[0]) && told[0].contains("accepted"), "{name}: {told:#?}");
        let last = told.last().unwrap();
        assert!(last.contains(&ran[0]) && last.contains("ended well after"), "{name}: {told:#?}");
        assert!(told.len() > 2, "{name}: nothing was told on the way: {told:#?}");
        for pair in said.lines.windows(2) {
            // The client's clock and the provider's are read at different moments.
            assert!(pair[1].0 - pair[0].0 > Duration::from_millis(900), "{name}: {:#?}", said.lines);
        }
    }
}

#[tokio::test]
async fn nothing_that_has_ended_is_taken_up() {
    let stage = Stage::new(0.5).await;
    let (_process, mut client) = stage.provider().await;
    let first = client.invoke("recovery_dcs_restore", restore()).await.unwrap();
    assert!(!lines(&first)[0].contains("ended lately"), "{first:#?}");
    let id = stage.ran().remove(0);
    // In the same process and in another one, the same arguments run again, and somebody is told.
    // Without checks a plan asks nothing.
    let unchecked = with(restore(), json!({ "preflight": false }));
    assert_eq!(client.plan_action("recovery_dcs_restore", unchecked).await.unwrap(), []);
    let (_other, mut another) = stage.provider().await;
    for (number, client) in [&mut client, &mut another].into_iter().enumerate() {
        let plan = client.plan_action("recovery_dcs_restore", restore()).await.unwrap();
        let ids: Vec<String> = stage.ran();
        let newest = ids.last().unwrap();
        assert!(
            plan.iter().any(|told| told.summary.contains("ended lately") && told.summary.contains(newest)),
            "{plan:#?}"
        );
        let said = client.invoke("recovery_dcs_restore", restore()).await.unwrap();
        assert_eq!(end(&said), Vec::<String>::new());
        assert!(lines(&said)[0].contains("accepted") && lines(&said)[0].contains("ended lately"), "{said:#?}");
        assert_eq!(stage.ran().len(), number + 2);
    }
    assert!(stage.ran().contains(&id));
}

#[tokio::test]
async fn a_running_twin_is_joined_in_this_process_and_in_another_one() {
    for (name, _, arguments) in operations().into_iter().filter(|(name, ..)| name.ends_with("restore")) {
        let stage = Stage::new(4.0).await;
        let (_process, mut client) = stage.provider().await;
        let (_other, mut another) = stage.provider().await;
        let first = tokio::spawn(hear(client.begin_action(name, arguments.clone()).await.unwrap()));
        stage.wait_until_started(1).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let plan = another.plan_action(name, arguments.clone()).await.unwrap();
        assert!(plan.iter().any(|told| told.summary.contains("will join")), "{name}: {plan:#?}");
        let twins = [client.begin_action(name, arguments.clone()).await, another.begin_action(name, arguments).await];
        let id = stage.ran().remove(0);
        for twin in twins {
            let said = hear(twin.unwrap()).await.unwrap();
            assert_eq!(end(&said), Vec::<String>::new(), "{name}");
            assert!(lines(&said)[0].contains("Joined") && lines(&said)[0].contains(&id), "{name}: {said:#?}");
        }
        assert_eq!(end(&first.await.unwrap().unwrap()), Vec::<String>::new());
        assert_eq!((stage.ran().len(), stage.sent().len()), (1, 1), "{name}");
    }
}

#[tokio::test]
async fn two_alike_backups_are_two() {
    let stage = Stage::new(1.0).await;
    let (_process, mut client) = stage.provider().await;
    let backup = json!({ "instance_id": INSTANCE });
    let first = client.begin_action("recovery_dcs_backup", backup.clone()).await.unwrap();
    let second = client.begin_action("recovery_dcs_backup", backup).await.unwrap();
    let (first, second) = tokio::join!(hear(first), hear(second));
    for said in [first.unwrap(), second.unwrap()] {
        assert_eq!(end(&said), Vec::<String>::new());
    }
    assert_eq!(stage.ran().len(), 2);
}

#[tokio::test]
async fn a_failure_is_told_with_its_code_and_what_it_means() {
    for (name, service, arguments) in operations() {
        let stage = Stage::new(1.0).await;
        let (_process, mut client) = stage.provider().await;
        stage.fail(service);
        let said = client.invoke(name, arguments).await.unwrap();
        let errors = end(&said);
        assert_eq!(errors.len(), 1, "{name}: {errors:#?}");
        let id = stage.ran().remove(0);
        assert!(errors[0].contains(&id), "{name}: {errors:#?}");
        // The lists of backups of the databases have no reason.
        let tells = !matches!(name, "recovery_rds_backup" | "recovery_dds_backup");
        let told = errors[0].contains("X.4711") || errors[0].contains("out of luck");
        assert_eq!(told, tells, "{name}: {errors:#?}");
        assert!(!errors[0].contains("state") && !errors[0].contains("triggers"), "an action has neither: {errors:#?}");
        assert!(lines(&said).last().unwrap().contains("failed after"), "{name}: {said:#?}");
    }
}

#[tokio::test]
async fn a_stop_ends_the_wait_at_once_and_names_the_id() {
    let stage = Stage::new(60.0).await;
    let (_process, mut client) = stage.provider().await;
    let running = tokio::spawn(hear(client.begin_action("recovery_dcs_restore", restore()).await.unwrap()));
    stage.wait_until_started(1).await;
    let asked = Instant::now();
    client.stop().await.unwrap();
    let said = running.await.unwrap().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    let errors = end(&said);
    assert!(errors[0].contains("Stopped waiting") && errors[0].contains(&stage.ran()[0]), "{errors:#?}");
}

#[tokio::test]
async fn a_timeout_names_the_id_and_its_argument() {
    let stage = Stage::new(60.0).await;
    let (_process, mut client) = stage.provider().await;
    let said = client.invoke("recovery_dcs_restore", with(restore(), json!({ "timeout": "2s" }))).await.unwrap();
    let errors = end(&said);
    assert!(errors[0].contains("did not end within 2s") && errors[0].contains(&stage.ran()[0]), "{errors:#?}");
    assert!(errors[0].contains("set in timeout"), "{errors:#?}");
}

#[tokio::test]
async fn without_waiting_it_ends_once_the_id_is_known() {
    let stage = Stage::new(60.0).await;
    let (_process, mut client) = stage.provider().await;
    let said = client.invoke("recovery_dcs_restore", with(restore(), json!({ "wait": false }))).await.unwrap();
    assert_eq!(end(&said), Vec::<String>::new());
    assert_eq!(said.lines.len(), 1);
    assert!(lines(&said)[0].contains(&stage.ran()[0]), "{said:#?}");
}

#[tokio::test]
async fn a_lost_answer_is_looked_up() {
    for (name, service, arguments) in operations() {
        let stage = Stage::new(1.0).await;
        let (_process, mut client) = stage.provider().await;
        stage.strike(service, json!({ "reset": true, "when": "after" }));
        let said = client.invoke(name, arguments).await.unwrap();
        assert_eq!(end(&said), Vec::<String>::new(), "{name}");
        let ran = stage.ran();
        assert_eq!((ran.len(), stage.sent().len()), (1, 1), "{name}: {ran:?}");
        assert!(lines(&said)[0].contains(&ran[0]) && lines(&said)[0].contains("answer was lost"), "{name}: {said:#?}");
    }
}

#[tokio::test]
async fn without_a_list_of_restores_a_lost_answer_is_an_error_and_nothing_is_sent_again() {
    let (name, arguments) = unlisted_restore();
    for (effect, ran) in [(json!({ "reset": true, "when": "after" }), 1), (json!({ "reset": true }), 0)] {
        let stage = Stage::new(1.0).await;
        let (_process, mut client) = stage.provider().await;
        stage.strike(Service::Dds, effect);
        let said = client.invoke(name, arguments.clone()).await.unwrap();
        let errors = end(&said);
        assert!(errors[0].contains("Do not invoke the action again before you have looked"), "{errors:#?}");
        assert_eq!((stage.ran().len(), stage.sent().len()), (ran, 1));
        // With an answer, it is told and followed like any other: in another walk, for this one knows of the open request.
        let (_other, mut another) = stage.provider().await;
        let said = another.invoke(name, arguments.clone()).await.unwrap();
        assert_eq!(end(&said), Vec::<String>::new());
        assert!(lines(&said).last().unwrap().contains("ended well after"), "{said:#?}");
    }
}

#[tokio::test]
async fn what_stays_unknown_is_an_error_with_the_ids_known_before() {
    let stage = Stage::new(0.5).await;
    let (_process, mut client) = stage.provider().await;
    client.invoke("recovery_dcs_restore", restore()).await.unwrap();
    let before = stage.ran().remove(0);
    stage.strike(Service::Dcs, json!({ "reset": true, "when": "after" }));
    let mut faults = stage.cloud.faults();
    let late = json!({ "method": "GET", "service": "dcs", "path": "/**/restores", "records_late_seconds": 600.0 });
    faults.push(serde_json::from_value(late).unwrap());
    stage.cloud.set_faults(faults).unwrap();
    let (_other, mut another) = stage.patient_provider("60s").await;
    let arguments = with(restore(), json!({ "timeout": "5s" }));
    let errors = end(&another.invoke("recovery_dcs_restore", arguments).await.unwrap());
    assert_eq!(errors.len(), 1, "{errors:#?}");
    for text in ["Nobody knows yet", "Known before", "Do not invoke the action again before you have looked"] {
        assert!(errors[0].contains(text), "{text}: {}", errors[0]);
    }
    assert!(!errors[0].contains("terraform state rm"), "an action has no state: {}", errors[0]);
    // The record of the earlier one was hidden as well, so that there is none to name.
    assert!(
        errors[0].contains("no restore that could be taken for it") || errors[0].contains(&before),
        "{}",
        errors[0]
    );
    assert_eq!(stage.ran().len(), 2);
}

#[tokio::test]
async fn a_plan_checks_and_warns_like_that_of_the_resource() {
    let stage = Stage::new(1.0).await;
    let (_process, mut client) = stage.provider().await;
    for (name, _, arguments) in operations() {
        let resource = client.plan(name, None, arguments.clone()).await.unwrap().problems;
        let action = client.plan_action(name, arguments).await.unwrap();
        assert_eq!(action, resource, "{name}");
        assert_eq!(action.len(), usize::from(name.ends_with("restore")), "{name}: {action:#?}");
    }
    // A single node can be neither backed up nor restored.
    let single = json!({ "instance_id": "c7e80f16-5a3b-4d92-b04e-2f6d91a7c385" });
    let refused = client.plan_action("recovery_dcs_backup", single.clone()).await.unwrap();
    assert!(refused[0].is_error && refused[0].attribute == "instance_id", "{refused:#?}");
    let unchecked = with(single, json!({ "preflight": false }));
    assert_eq!(client.plan_action("recovery_dcs_backup", unchecked).await.unwrap(), []);
    // What is not known yet is checked by the invocation.
    let unknown = json!({ "instance_id": UNKNOWN, "backup_id": BACKUP });
    let plan = client.plan_action("recovery_dcs_restore", unknown).await.unwrap();
    assert!(plan.iter().all(|told| !told.is_error), "{plan:#?}");
    let elsewhere = with(restore(), json!({ "region": UNKNOWN }));
    assert_eq!(client.plan_action("recovery_dcs_restore", elsewhere).await.unwrap(), []);
    assert!(stage.sent().is_empty());
}

#[tokio::test]
async fn bad_arguments_are_errors_on_their_place_before_anything_is_sent() {
    let stage = Stage::new(1.0).await;
    let (_process, mut client) = stage.provider().await;
    let cases: [(&str, Value, &str); 6] = [
        ("recovery_dcs_restore", json!({ "instance_id": INSTANCE }), "backup_id"),
        ("recovery_dcs_restore", with(restore(), json!({ "timeout": "soon" })), "timeout"),
        ("recovery_dcs_backup", json!({ "instance_id": INSTANCE, "api_version": "v3" }), "api_version"),
        (
            "recovery_dcs_backup",
            json!({ "instance_id": INSTANCE, "api_version": "v1.0", "backup_format": "rdb" }),
            "backup_format",
        ),
        ("recovery_cbr_restore", json!({ "backup_id": BACKUP }), "server_id"),
        ("recovery_dcs_backup", json!({ "instance_id": "a/b" }), "instance_id"),
    ];
    for (name, arguments, blamed) in cases {
        for found in [
            client.validate_action(name, arguments.clone()).await.unwrap(),
            client.plan_action(name, arguments.clone()).await.unwrap(),
        ] {
            assert!(found.iter().any(|problem| problem.is_error && problem.attribute == blamed), "{name}: {found:#?}");
        }
    }
    // A value that turns out null only when the action is invoked.
    let said = client.invoke("recovery_dcs_restore", json!({ "instance_id": INSTANCE })).await.unwrap();
    assert!(end(&said)[0].contains("backup_id"), "{said:#?}");
    assert!(stage.sent().is_empty() && said.lines.is_empty());
}

#[tokio::test]
async fn a_refusal_is_told_and_starts_nothing() {
    for (name, service, arguments) in operations() {
        let stage = Stage::new(1.0).await;
        let (_process, mut client) = stage.provider().await;
        stage.strike(service, json!({ "status": 403 }));
        let said = client.invoke(name, arguments).await.unwrap();
        let errors = end(&said);
        assert!(errors[0].contains("403") && errors[0].contains("Nothing was started"), "{name}: {errors:#?}");
        assert!(said.lines.is_empty() && stage.ran().is_empty(), "{name}: {said:#?}");
    }
}
