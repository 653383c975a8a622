//! What a job that looks for drift sees: the exit code of a plan that only refreshes.

use crate::support::{INSTANCE, Story};

/// Terraform 1.10 to 1.14 compare numbers of the state file and of a refresh by their precision, too
/// (hashicorp/terraform, issue 36403): with whole numbers as integers on the wire the exit code was 2 for ever.
#[test]
fn nothing_changed_is_exit_code_0_for_a_resource_with_numbers() {
    let Some(story) =
        Story::begin(&format!("resource \"recovery_dcs_backup\" \"b\" {{\n  instance_id = \"{INSTANCE}\"\n}}\n"))
    else {
        return;
    };
    story.apply().success();
    let values = story.values("recovery_dcs_backup.b");
    let numbers = values.as_object().unwrap().iter().filter(|(_, value)| value.is_number()).count();
    assert!(numbers > 0, "this story is about numbers, and there are none: {values:#}");
    for arguments in [&["-refresh-only"][..], &[]] {
        let command = [&["plan", "-input=false", "-no-color", "-detailed-exitcode"][..], arguments].concat();
        let outcome = story.core(&command);
        assert_eq!(outcome.code, Some(0), "{outcome}");
    }
}
