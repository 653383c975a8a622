//! A rehearsal acts on nothing outside of it, unless it is told to.

use std::fs;
use std::path::Path;

use crate::rehearse::{SOURCE, backup, bare, command, rehearse, snapshot};
use crate::support::{Outcome, Story, TERRAFORM_DATA, Trap};

/// A story whose configuration can call `TRAP` (`HOST` and `PORT` of it) and write `ACTED`.
fn acting(files: &[(&str, &str)]) -> Option<(Story, Trap)> {
    let story = bare("")?;
    if !story.core.can(&TERRAFORM_DATA) {
        return None;
    }
    let trap = Trap::open();
    let acted = story.folder().join("acted").display().to_string();
    let (host, port) = (trap.address.ip().to_string(), trap.address.port().to_string());
    for (name, text) in files {
        let text = text.replace("TRAP", &trap.url).replace("HOST", &host).replace("PORT", &port);
        story.write(name, &text.replace("ACTED", &acted).replace("FOLDER", &story.folder().display().to_string()));
    }
    Some((story, trap))
}

fn has_acted(story: &Story, trap: &Trap) -> bool {
    story.folder().join("acted").exists() || trap.requests() > 0
}

/// A resource with a provisioner that says this.
fn provisioner(kind: &str, inside: &str) -> String {
    format!("resource \"terraform_data\" \"a\" {{\n  provisioner \"{kind}\" {{\n{inside}\n  }}\n}}\n")
}

const RUN: &str = "command = \"touch ACTED\"";
const LOG_IN: &str =
    "connection {\n host = \"HOST\"\n port = PORT\n user = \"u\"\n password = \"p\"\n timeout = \"1s\"\n }";
const STATE: &str =
    "data \"terraform_remote_state\" \"r\" {\n  backend = \"http\"\n  config = {\n    address = \"TRAP\"\n  }\n}\n";

/// Files, and what is said of them: the place, the effect, the word that allows it.
type Row<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str, &'a str);

#[test]
fn what_would_act_is_refused_with_the_way_to_allow_it() {
    let run = provisioner("local-exec", RUN);
    let at_destroy = provisioner("local-exec", &format!("when = destroy\n{RUN}"));
    let commands = provisioner("remote-exec", &format!("inline = [\"true\"]\n{LOG_IN}"));
    let copy = provisioner("file", &format!("content = \"x\"\ndestination = \"/x\"\n{LOG_IN}"));
    let json =
        r#"{"resource": {"terraform_data": {"a": {"provisioner": [{"local-exec": {"command": "touch ACTED"}}]}}}}"#;
    let check = format!(
        "check \"c\" {{\n{STATE}\n  assert {{\n    condition = data.terraform_remote_state.r.outputs != null\n    error_message = \"x\"\n  }}\n}}\n"
    );
    let call = "module \"m\" {\n  source = \"./m\"\n}\n";
    // An absolute path is installed into .terraform/modules, as whatever comes from elsewhere is.
    let far = "module \"far\" {\n  source = \"FOLDER/far\"\n}\n";
    let rows: [Row<'_>; 10] = [
        (
            &[("a.tf", &run)],
            "terraform_data.a (a.tf:2)",
            "run a program on this machine when it is created",
            "provisioners",
        ),
        (
            &[("a.tf", &at_destroy)],
            "terraform_data.a (a.tf:2)",
            "run a program on this machine when it is destroyed",
            "provisioners",
        ),
        (&[("a.tf", &commands)], "terraform_data.a (a.tf:2)", "log in to a machine and run commands", "provisioners"),
        (&[("a.tf", &copy)], "terraform_data.a (a.tf:2)", "log in to a machine and write files", "provisioners"),
        (&[("a.tf.json", json)], "terraform_data.a (a.tf.json:1)", "run a program", "provisioners"),
        (
            &[("a.tf", "resource \"terraform_data\" \"a\" {\n}\n"), ("b_override.tf", &run)],
            "terraform_data.a (b_override.tf:2)",
            "run a program",
            "provisioners",
        ),
        (&[("a.tf", call), ("m/m.tf", &run)], "module.m.terraform_data.a (m/m.tf:2)", "run a program", "provisioners"),
        (
            &[("a.tf", far), ("../far/m.tf", &at_destroy)],
            "module.far.terraform_data.a (.terraform/modules/far/m.tf:2)",
            "when it is destroyed",
            "provisioners",
        ),
        (
            &[("a.tf", STATE)],
            "data.terraform_remote_state.r (a.tf:1)",
            "read the state of another configuration",
            "remote-state",
        ),
        (
            &[("a.tf", &check)],
            "data.terraform_remote_state.r (a.tf:2)",
            "read the state of another configuration",
            "remote-state",
        ),
    ];
    let ways: [&[&str]; 3] = [&["."], &[".", "--", "true"], &[".", "--with", "something-else"]];
    for (number, (files, place, effect, word)) in rows.into_iter().enumerate() {
        let Some((story, trap)) = acting(files) else { return };
        let outcome = rehearse(&story, ways[number % ways.len()]).failure().says(place).says(effect);
        outcome
            .says("Nothing was run")
            .says(&format!("--with {word}"))
            .keeps_quiet_about("Timeline")
            .keeps_quiet_about("$ ");
        assert!(!has_acted(&story, &trap), "{place}");
    }
}

#[test]
fn every_kind_of_provisioner_is_listed_at_create_and_at_destroy() {
    let kinds = [
        ("local-exec", RUN.to_owned(), "run a program on this machine"),
        ("remote-exec", format!("inline = [\"true\"]\n{LOG_IN}"), "log in to a machine and run commands there"),
        (
            "file",
            format!("content = \"x\"\ndestination = \"/x\"\n{LOG_IN}"),
            "log in to a machine and write files there",
        ),
    ];
    let (mut text, mut expected) = (String::new(), Vec::new());
    for (kind, inside, effect) in kinds {
        for (when, told) in [("create", "created"), ("destroy", "destroyed")] {
            let name = format!("{kind}-{when}");
            let block = provisioner(kind, &format!("when = {when}\n{inside}"));
            text += &block.replace("\"terraform_data\" \"a\"", &format!("\"terraform_data\" \"{name}\""));
            expected.push((name, format!("a provisioner \"{kind}\" that would {effect} when it is {told}")));
        }
    }
    let Some((story, trap)) = acting(&[("a.tf", &text)]) else { return };
    let outcome = rehearse(&story, &["."]).failure();
    for (name, told) in expected {
        let line = outcome.stderr.lines().find(|line| line.contains(&format!("terraform_data.{name} ")));
        assert!(line.is_some_and(|line| line.contains(&told)), "{name}: {told}: {outcome}");
    }
    assert!(!has_acted(&story, &trap));
}

#[test]
fn what_is_named_acts() {
    let at_destroy = provisioner("local-exec", &format!("when = destroy\n{RUN}"));
    for (text, word) in [
        (provisioner("local-exec", RUN), "provisioners"),
        (at_destroy, "provisioners"),
        (STATE.to_owned(), "remote-state"),
    ] {
        let Some((story, trap)) = acting(&[("a.tf", &text)]) else { return };
        rehearse(&story, &[".", "--with", word]).success().says("Destroy complete");
        assert!(has_acted(&story, &trap), "{text}");
    }
}

#[test]
fn other_providers_and_what_acts_by_itself_are_refused_at_once() {
    let text = format!(
        "terraform {{\n  required_providers {{\n    acts = {{\n      source = \"registry.invalid/acme/acts\"\n    }}\n  }}\n}}\n{}",
        provisioner("local-exec", RUN)
    );
    let Some((story, trap)) = acting(&[("m/a.tf", &text), ("m.tf", "module \"m\" {\n  source = \"./m\"\n}\n")]) else {
        return;
    };
    let refused =
        |arguments: &[&str]| rehearse(&story, &[&["."], arguments].concat()).failure().says("Nothing was run");
    refused(&[])
        .says("registry.invalid/acme/acts")
        .says("module.m.terraform_data.a")
        .says("--with acts --with provisioners");
    refused(&["--with", "acts"]).says("--with provisioners").keeps_quiet_about("registry.invalid");
    refused(&["--with", "provisioners"]).says("--with acts").keeps_quiet_about("terraform_data.a");
    assert!(!has_acted(&story, &trap));
}

/// Variables that open real doors, and some that Terraform takes orders from.
const CREDENTIALS: [&str; 20] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_PROFILE",
    "ARM_CLIENT_SECRET",
    "AZURE_CLIENT_SECRET",
    "GOOGLE_CREDENTIALS",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "KUBECONFIG",
    "KUBE_TOKEN",
    "VAULT_TOKEN",
    "CONSUL_HTTP_TOKEN",
    "GITHUB_TOKEN",
    "PGPASSWORD",
    "OS_PASSWORD",
    "HW_SECRET_KEY",
    "HUAWEICLOUD_SDK_SK",
    "TF_HTTP_PASSWORD",
    "TF_CLI_ARGS",
    "TF_DATA_DIR",
    "TF_WORKSPACE",
];
/// What is needed to fetch modules and providers, and given only to that.
const DOWNLOADS: [&str; 4] = ["SSH_AUTH_SOCK", "HTTPS_PROXY", "TF_TOKEN_example_com", "GIT_SSH_COMMAND"];
/// What Terraform needs in a rehearsal.
const NEEDED: [&str; 3] = ["PATH", "HOME", "TF_VAR_x"];

/// A core that writes down its environment for each subcommand and then is the real one.
const WITNESS: &str = "#!/bin/sh\nenv > FOLDER/environment-of-$1\nexec CORE \"$@\"\n";

#[test]
fn the_environment_has_what_terraform_needs_and_nothing_else() {
    let Some(mut story) = bare(&format!("variable \"x\" {{}}\n{}", backup())) else { return };
    let folder = story.folder().display().to_string();
    let core = story.core.program.display().to_string();
    story.write("../terraform", &WITNESS.replace("FOLDER", &folder).replace("CORE", &core));
    crate::support::make_executable(&story.folder().join("terraform"));
    for name in CREDENTIALS.iter().chain(&DOWNLOADS).chain(&["TF_VAR_x", "ANYTHING_ELSE"]) {
        story = story.with(name, "real");
    }
    let run = |arguments: &[&str]| -> Outcome {
        let mut command = command(&story, arguments);
        crate::support::run(command.env("RECOVERY_TERRAFORM", format!("{folder}/terraform"))).success()
    };
    let saw = |who: &str, name: &str| {
        let text = fs::read_to_string(format!("{folder}/environment-of-{who}")).unwrap();
        text.lines().any(|line| line.starts_with(&format!("{name}=")))
    };
    run(&["."]);
    run(&[".", "--", "sh", "-c", &format!("env > {folder}/environment-of-command")]);
    for who in ["init", "plan", "apply", "destroy", "command"] {
        for name in CREDENTIALS.iter().chain(&["ANYTHING_ELSE"]) {
            assert!(!saw(who, name), "{who} saw {name}");
        }
        for name in DOWNLOADS {
            assert_eq!(saw(who, name), who == "init", "{who}: {name}");
        }
        for name in NEEDED {
            assert!(saw(who, name), "{who} did not see {name}");
        }
    }
    // Who is let act for real gets what it always gets; Terraform takes no orders nevertheless.
    run(&[".", "--with", "random"]);
    assert!(saw("apply", "AWS_PROFILE") && !saw("apply", "TF_CLI_ARGS") && !saw("apply", "TF_HTTP_PASSWORD"));
}

#[test]
fn modules_from_elsewhere_are_fetched() {
    let Some(story) = bare("") else { return };
    let far = story.folder().join("far");
    story.write("../far/m.tf", &format!("{SOURCE}{}", backup()));
    story.configure(&format!("{SOURCE}module \"far\" {{\n  source = \"{}\"\n}}\n", far.display()));
    let before = snapshot(Path::new(story.folder()));
    rehearse(&story, &["."]).success().says("1 added").says("1 destroyed");
    assert!(before == snapshot(story.folder()));
}
