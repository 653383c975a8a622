//! What the tables of the database services have in common: a block, what the world is like, and what a plan says of it, each
//! case with the sentence of the documents that it stands on.

use rehearsal::World;

use crate::support::{Outcome, Story};

/// One block that a plan judges.
pub(super) struct Judged {
    pub(super) name: &'static str,
    /// The sentence, and where it stands (facts/README.md has the marks); or why there is none.
    pub(super) document: &'static str,
    pub(super) block: fn() -> String,
    pub(super) change: fn(&mut World),
    pub(super) says: &'static str,
}

/// No change of the world.
pub(super) fn nothing(_: &mut World) {}

/// One block of arguments.
pub(super) fn block(kind: &str, arguments: &[(&str, &str)]) -> String {
    let arguments = arguments.iter().map(|(name, value)| format!("  {name} = {value}\n"));
    format!("resource \"{kind}\" \"r\" {{\n{}}}\n", arguments.collect::<String>())
}

/// Text as the language writes it.
pub(super) fn text(value: &str) -> String {
    format!("\"{value}\"")
}

/// Each case is an error of the plan, and nothing is sent.
pub(super) fn refused(cases: &[Judged]) {
    for case in cases {
        let Some(plan) = planned(case) else { return };
        assert_eq!(plan.code, Some(1), "{}: {plan}", case.name);
    }
}

/// Each case is a warning beside what every plan says.
pub(super) fn warned(cases: &[Judged]) {
    for case in cases {
        let Some(plan) = planned(case) else { return };
        assert_eq!(plan.code, Some(0), "{}: {plan}", case.name);
    }
}

/// No false alarm: the plan says what it does, and nothing else.
pub(super) fn passes(cases: &[Judged]) {
    for case in cases {
        let Some(plan) = planned(case) else { return };
        assert_eq!(plan.code, Some(0), "{}: {plan}", case.name);
        // What is about the block; of the rehearsal and of the core's own settings the core warns, too.
        let warnings = format!("{plan}").matches("with recovery_").count();
        let own = usize::from(!case.says.contains("1 to add"));
        assert_eq!(warnings, own, "{}, which {:?} allows: {plan}", case.name, case.document);
    }
}

fn planned(case: &Judged) -> Option<Outcome> {
    assert!(case.document.len() > 20, "{} stands on nothing", case.name);
    let story = Story::begin(&(case.block)())?;
    story.cloud.change_world(case.change);
    let plan = story.plan();
    assert!(plan.has(case.says), "{}, by {:?}: nothing about {:?} in {plan}", case.name, case.document, case.says);
    assert_eq!(story.sent().len(), 0, "{}", case.name);
    Some(plan)
}
