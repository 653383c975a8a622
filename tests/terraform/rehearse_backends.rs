//! A rehearsal keeps its state to itself, whatever the configuration says about state.

use std::fs;
use std::path::{Path, PathBuf};

use crate::rehearse::{bare, command, rehearse, snapshot};
use crate::support::{Story, Trap};

/// A state that a destroy of it would empty.
const REAL_STATE: &str = r#"{
  "version": 4,
  "terraform_version": "1.0.0",
  "serial": 41,
  "lineage": "0a4c5b1e-0000-4000-8000-000000000001",
  "outputs": {"real": {"value": "precious", "type": "string"}},
  "resources": []
}
"#;

/// A story with a real state file and a real http backend beside it, and what must not change.
struct Beside {
    story: Story,
    trap: Trap,
    before: Vec<(PathBuf, Vec<u8>)>,
}

impl Beside {
    /// Writes these files, in which `TRAP` is the address of the http backend, and `STATE` the path of the state file.
    fn begin(files: &[(&str, &str)]) -> Option<Beside> {
        let story = bare("output \"o\" {\n  value = \"rehearsed\"\n}\n")?;
        let trap = Trap::open();
        story.write("../state/real.tfstate", REAL_STATE);
        let state = story.folder().join("state/real.tfstate").display().to_string();
        for (name, text) in files {
            story.write(name, &text.replace("TRAP", &trap.url).replace("STATE", &state));
        }
        let before = snapshot(story.folder());
        Some(Beside { story, trap, before })
    }

    #[track_caller]
    fn is_untouched(&self, row: &str) {
        assert!(self.before == snapshot(self.story.folder()), "{row}: a file has changed");
        assert_eq!(self.trap.requests(), 0, "{row}: the real backend was asked");
    }
}

const LOCAL: &str = "terraform {\n  backend \"local\" {\n    path = \"STATE\"\n  }\n}\n";
const HTTP: &str = "terraform {\n  backend \"http\" {\n    address = \"TRAP\"\n  }\n}\n";
const LOCAL_JSON: &str = r#"{"terraform": {"backend": {"local": {"path": "STATE"}}}}"#;
const HTTP_JSON: &str = r#"[{"//": "x", "terraform": [{"back\u0065nd": [{"http": {"address": "TRAP"}}]}]}]"#;

#[test]
fn override_files_of_every_name_lead_nowhere() {
    // Each would win over what sorts before it: any that was overlooked alone is enough to lead out.
    let files = [
        ("override.tf", LOCAL),
        ("override.tf.json", HTTP_JSON),
        ("!first_override.tf", HTTP),
        ("Z_override.tf", LOCAL),
        ("zz_override.tf.json", LOCAL_JSON),
        ("~rehearsal_override.tf", HTTP),
        ("~rehearsal_override.tf.json", HTTP_JSON),
        ("~~_override.tf", LOCAL),
        ("änderung_override.tf", LOCAL),
        ("\u{10fffd}_override.tf.json", HTTP_JSON),
        (".hidden_override.tf", LOCAL),
        ("override.tofu", LOCAL),
        ("zz_override.tofu.json", HTTP_JSON),
        ("änderung_override.tofu", HTTP),
        ("rehearsal_state_1.tofu", LOCAL),
        ("_override.tf", "terraform { backend \"local\" {} }\n"),
    ];
    let Some(beside) = Beside::begin(&files) else { return };
    rehearse(&beside.story, &["."]).success().says("o = \"rehearsed\"").says("Destroy complete");
    beside.is_untouched("all at once");
    // The last one by itself.
    for row in [("\u{10fffd}_override.tf", LOCAL), ("~~_override.tf.json", HTTP_JSON)] {
        let Some(beside) = Beside::begin(&[row]) else { return };
        rehearse(&beside.story, &["."]).success().says("Destroy complete");
        beside.is_untouched(row.0);
    }
}

#[test]
fn backends_in_every_form_lead_nowhere() {
    let rows: [&[(&str, &str)]; 9] = [
        &[("a.tf", LOCAL)],
        &[("a.tf", HTTP)],
        &[(
            "a.tf",
            "terraform {\n  backend \"http\" {\n    address = \"TRAP\"\n  }\n  required_version = \">= 0.1\"\n}\n",
        )],
        &[("a.tf", "terraform /* { */ {\n  # }\n  backend http {\n    address = <<E\nTRAP\nE\n  }\n}\n")],
        &[(
            "a.tf",
            "terraform {\n  cloud {\n    hostname = \"localhost\"\n    organization = \"o\"\n    workspaces {\n      name = \"w\"\n    }\n  }\n}\n",
        )],
        &[("a.tf.json", LOCAL_JSON)],
        &[("a.tf.json", HTTP_JSON)],
        &[
            ("a.tf", "terraform {\n  backend \"local\" {\n    workspace_dir = \"../state\"\n  }\n}\n"),
            (".terraform/environment", "real"),
        ],
        &[
            ("m.tf", "module \"m\" {\n  source = \"./m\"\n}\nmodule \"n\" {\n  source = \"../n\"\n}\n"),
            ("m/a.tf", HTTP),
            ("../n/a.tf", LOCAL),
        ],
    ];
    for files in rows {
        let Some(beside) = Beside::begin(files) else { return };
        // An apply that went to the real state would write the output into it.
        let core = beside.story.core.program.display().to_string();
        rehearse(&beside.story, &[".", "--", &core, "apply", "-auto-approve"]).success().says("o = \"rehearsed\"");
        beside.is_untouched(files[0].1);
    }
}

#[test]
#[cfg(unix)]
fn linked_files_and_folders_lead_nowhere() {
    let files = [
        ("../shared/backend.tf", HTTP),
        ("../shared/m/a.tf", LOCAL),
        ("x.tf", "module \"m\" {\n  source = \"./m\"\n}\n"),
    ];
    let Some(mut beside) = Beside::begin(&files) else { return };
    let (shared, directory) = (beside.story.folder().join("shared"), beside.story.directory());
    for (target, name) in [
        (Path::new("../shared/backend.tf"), "z_override.tf"),
        (&shared.join("backend.tf"), "a.tf"),
        (Path::new("../shared/m"), "m"),
        (Path::new("../state/real.tfstate"), "terraform.tfstate"),
    ] {
        std::os::unix::fs::symlink(target, directory.join(name)).unwrap();
    }
    beside.before = snapshot(beside.story.folder());
    rehearse(&beside.story, &["."]).success().says("Destroy complete");
    beside.is_untouched("links");
}

#[test]
fn what_is_not_understood_is_refused() {
    for (name, text, said) in [
        ("a.tf", "terraform {\n  backend \"http\" {\n    address = \"TRAP\"\n  }\n", "a.tf:4"),
        ("a.tf", "locals { a = 1 } terraform {\n  backend \"http\" {\n    address = \"TRAP\"\n  }\n}\n}\n", "a.tf:6"),
        ("a.tf", "x = 1 terraform {\n  backend \"http\" {\n    address = \"TRAP\"\n  }\n}\n", "a.tf:1"),
        ("a_override.tf.json", r#"{"terraform": {"backend": {"http": {"address": "TRAP"}}}"#, "a_override.tf.json:1"),
        ("a.tf", "terraform {\n  store_of_the_future {\n  }\n}\n", "a.tf:2"),
    ] {
        let Some(beside) = Beside::begin(&[(name, text)]) else { return };
        rehearse(&beside.story, &["."]).failure().says(said).says("Nothing was run").keeps_quiet_about("Timeline");
        beside.is_untouched(text);
    }
}

#[test]
fn a_command_stays_inside_too() {
    let files =
        [("a.tf", HTTP), ("envs/prod/main.tf", LOCAL), ("envs/test/main.tf", HTTP), ("../other/main.tf", LOCAL)];
    let Some(beside) = Beside::begin(&files) else { return };
    let core = beside.story.core.program.display().to_string();
    let script = format!(
        "for folder in . envs/prod envs/test; do (cd $folder && {core} init -reconfigure -input=false && \
         {core} apply -input=false -auto-approve && {core} destroy -auto-approve) || exit 1; done"
    );
    rehearse(&beside.story, &[".", "--", "sh", "-c", &script]).success().says("Destroy complete");
    beside.is_untouched("a script");
    let path = format!("-backend-config=path={}", beside.story.folder().join("state/real.tfstate").display());
    for arguments in [
        &["-chdir=../other", "init"][..],
        &["init", "-reconfigure", &path],
        &["apply", "-auto-approve", "-state=../state/real.tfstate"],
    ] {
        let words = [&[".", "--", &core], arguments].concat();
        rehearse(&beside.story, &words).failure().says("outside of the rehearsal").says("Nothing was run");
        beside.is_untouched(&format!("{arguments:?}"));
    }
}

#[test]
fn a_saved_plan_is_not_applied() {
    let Some(beside) = Beside::begin(&[]) else { return };
    let real = beside.story.folder().join("real");
    fs::create_dir(&real).unwrap();
    fs::write(real.join("main.tf"), "output \"o\" {\n  value = 1\n}\n").unwrap();
    let run = |arguments: &[&str]| {
        let mut command = beside.story.command(&beside.story.core.program);
        crate::support::run(command.current_dir(&real).args(arguments)).success()
    };
    run(&["init"]);
    run(&["plan", "-out=../configuration/plan"]);
    let core = beside.story.core.program.display().to_string();
    let before = snapshot(beside.story.folder());
    for (plan, said) in [("plan", "plan"), ("../configuration/plan", "plan")] {
        // Inside, the plan has stayed behind; a path to the original is refused.
        rehearse(&beside.story, &[".", "--", &core, "apply", plan]).failure().says(said);
        assert!(before == snapshot(beside.story.folder()), "{plan}");
    }
    let plan = beside.story.directory().join("plan").display().to_string();
    rehearse(&beside.story, &[".", "--", &core, "apply", &plan]).failure().says("is a saved plan");
    assert!(before == snapshot(beside.story.folder()));
}

/// A core that claims to have initialised some backend, and writes down what it is asked to do.
const PRETENDER: &str = r#"#!/bin/sh
echo "$1" >> FOLDER/asked
mkdir -p .terraform && cp FOLDER/record .terraform/terraform.tfstate
"#;

#[test]
fn nothing_runs_with_another_backend_than_the_rehearsals() {
    let Some(beside) = Beside::begin(&[]) else { return };
    let folder = beside.story.folder().display().to_string();
    beside.story.write("../terraform", &PRETENDER.replace("FOLDER", &folder));
    let pretender = format!("{folder}/terraform");
    crate::support::make_executable(Path::new(&pretender));
    for (record, said) in [
        (r#"{"backend": {"type": "http", "config": {"address": "http://127.0.0.1:9"}}}"#, "backend \"http\""),
        (r#"{"backend": {"type": "local", "config": {"path": "/real.tfstate"}}}"#, "/real.tfstate"),
        (r#"{"backend": {"type": "cloud", "config": {}}}"#, "backend \"cloud\""),
        (r#"{"version": 3}"#, "no backend"),
        ("{", "cannot read"),
    ] {
        beside.story.write("../record", record);
        for words in [&["."][..], &[".", "--", "true"]] {
            fs::write(format!("{folder}/asked"), "").unwrap();
            let mut program = command(&beside.story, words);
            let outcome = crate::support::run(program.env("RECOVERY_TERRAFORM", &pretender));
            outcome.failure().says(said).keeps_quiet_about("Timeline");
            assert_eq!(fs::read_to_string(format!("{folder}/asked")).unwrap(), "init\n", "{record}");
        }
    }
}
