//! Actions in a configuration: by trigger and by `-invoke`. They need Terraform 1.14; `RECOVERY_TEST_CORE` names one.

use rehearsal::Scenario;

use crate::support::{ACTIONS, BACKUP, ERROR_PLACES, INSTANCE, Story};

/// A restore as an action, triggered by a resource of Terraform's own, before or after it is made.
fn configuration(event: &str) -> String {
    format!(
        "action \"recovery_dcs_restore\" \"r\" {{
  config {{
    instance_id = \"{INSTANCE}\"
    backup_id   = \"{BACKUP}\"
  }}
}}

resource \"terraform_data\" \"release\" {{
  input = \"1\"

  lifecycle {{
    action_trigger {{
      events  = [{event}]
      actions = [action.recovery_dcs_restore.r]
    }}
  }}
}}
"
    )
}

fn story(event: &str) -> Option<Story> {
    Story::needs(&ACTIONS)?;
    Story::begin(&configuration(event))
}

#[test]
fn a_trigger_runs_it_once_and_tells_its_progress() {
    Story::needs(&ACTIONS).and_then(|()| {
        let scenario =
            Scenario::parse("durations:\n  dcs: { waiting_seconds: 0.5, restore_seconds: 4 }\n", "slow").unwrap();
        let story = Story::at_speed(&configuration("after_create"), scenario, 1.0)?;
        story.plan().success().says("will be overwritten").says("1 to invoke");
        let applied = story.apply().success();
        let id = story.sent_once().started.unwrap();
        for line in [
            format!("Restore {id} of DCS instance {INSTANCE} was accepted"),
            format!("Restore {id}: status restoring"),
            format!("Restore {id} of DCS instance {INSTANCE} ended well after"),
        ] {
            assert!(applied.has(&line), "{line}: {applied}");
        }
        // Nothing in the state, nothing left to do, nothing to destroy.
        assert!(!story.state_file().contains(&id));
        story.plan_is_empty();
        story.destroy().success();
        story.sent_once();
        Some(())
    });
}

#[test]
fn an_invocation_by_hand_runs_it_each_time_and_warns_of_the_one_before() {
    let Some(story) = story("after_create") else { return };
    let invoke = "-invoke=action.recovery_dcs_restore.r";
    story
        .core(&["plan", "-input=false", "-no-color", invoke])
        .success()
        .says("will be overwritten")
        .keeps_quiet_about("ended lately");
    let apply = ["apply", "-input=false", "-no-color", "-auto-approve", invoke];
    story.core(&apply).success().says("was accepted").says("ended well").keeps_quiet_about("ended lately");
    let id = story.sent_once().started.unwrap();
    story.core(&["plan", "-input=false", "-no-color", invoke]).success().says(&format!("ended lately: {id}"));
    story.core(&apply).success().says("note that the same restore ended lately");
    assert_eq!(story.sent().len(), 2);
}

#[test]
fn a_failure_before_a_resource_stops_the_resource() {
    let Some(story) = story("before_create") else { return };
    let failure = rehearsal::service::OperationFailure {
        status: None,
        code: "dcs.08.0007".into(),
        message: "out of luck".into(),
    };
    let fault = rehearsal::Fault {
        service: Some(rehearsal::Service::Dcs),
        method: Some("POST".into()),
        count: Some(1),
        fail_operation: Some(failure),
        ..rehearsal::Fault::default()
    };
    let story = story.struck_by(vec![fault]);
    story.apply().failure().says("dcs.08.0007").says("could not be synchronised");
    assert!(story.resource("terraform_data.release").is_null());
    story.sent_once();
    // Asked once more, it runs once more, and the resource is made.
    story.apply().success();
    assert_eq!(story.sent().len(), 2);
    assert!(!story.resource("terraform_data.release").is_null());
}

#[test]
fn what_cannot_be_restored_is_an_error_of_the_plan_on_its_argument() {
    let Some(story) = story("after_create") else { return };
    story.configure(&configuration("after_create").replace(INSTANCE, "c7e80f16-5a3b-4d92-b04e-2f6d91a7c385"));
    let said = story.plan().failure().says("c7e80f16-5a3b-4d92-b04e-2f6d91a7c385) cannot be").says("single-node");
    // Terraform 1.14 shows the resource that triggers it.
    if story.core.can(&ERROR_PLACES) {
        said.says("instance_id = \"c7e80f16");
    }
    assert!(story.sent().is_empty());
}

#[test]
fn ctrl_c_ends_the_wait_with_the_id() {
    Story::needs(&ACTIONS).and_then(|()| {
        let scenario = Scenario::parse("durations:\n  dcs: { restore_seconds: 60 }\n", "slow").unwrap();
        let story = Story::at_speed(&configuration("after_create"), scenario, 1.0)?;
        let play = story.begin_apply();
        crate::support::eventually("the restore is accepted", std::time::Duration::from_secs(20), || {
            play.said().contains("was accepted").then_some(())
        });
        play.interrupt();
        let id = story.sent_once().started.unwrap();
        play.end().failure().says("Stopped waiting for the restore").says(&id);
        Some(())
    });
}
