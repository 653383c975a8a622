//! What a command of the user's may not be told where it is a core: options and files that lead out of the copy. What
//! other programs do by themselves nobody can see beforehand.

use std::ffi::OsString;
use std::path::Path;

use super::Problem;
use super::{core, shadow};

/// Options of the cores that lead out of the copy, and where to.
const LEADS_OUT: [(&str, &str); 7] = [
    ("chdir", "runs another folder, whose backend is real"),
    ("backend-config", "settles where state is kept"),
    ("state", "names another state"),
    ("state-out", "names another state"),
    ("backup", "names another place for a copy of the state"),
    ("from-module", "replaces the configuration"),
    ("plugin-dir", "brings other providers"),
];

/// Checks a command that runs a core in `directory`; others are none of its business.
///
/// # Errors
/// It would lead out of the copy.
pub(super) fn check(command: &[OsString], directory: &Path) -> Result<(), Problem> {
    let Some((program, words)) = command.split_first() else { return Ok(()) };
    if !core::is_core(program) {
        return Ok(());
    }
    let refused = |word: &OsString, why: &str| {
        Problem::new(format!("{} {why}, outside of the rehearsal.\nNothing was run.", word.to_string_lossy()))
    };
    for word in words {
        let text = word.to_string_lossy();
        let option =
            text.strip_prefix('-').map(|rest| rest.trim_start_matches('-').split('=').next().unwrap_or_default());
        if let Some((_, why)) = LEADS_OUT.iter().find(|(name, _)| option == Some(name)) {
            return Err(refused(word, why));
        }
        if shadow::is_saved_plan(&directory.join(word)) {
            return Err(refused(word, "is a saved plan and uses the backend that it was made with"));
        }
    }
    Ok(())
}

/// A command for people to read, without what stands behind the first `=` of a word: a value of a variable may be a secret.
pub(super) fn without_values(command: &[OsString]) -> String {
    let shown = command.iter().map(|word| match word.to_string_lossy().split_once('=') {
        Some((name, _)) => format!("{name}=…"),
        None => word.to_string_lossy().into_owned(),
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_where_they_were_typed() {
        for (line, shown) in [
            ("terraform apply -auto-approve", "terraform apply -auto-approve"),
            ("terraform apply -var password=a=b -out=x", "terraform apply -var password=… -out=…"),
            ("", ""),
        ] {
            let command: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            assert_eq!(without_values(&command), shown);
        }
    }

    #[test]
    fn a_core_is_not_led_out() {
        let folder = tempfile::tempdir().unwrap();
        let plan = [b"PK\x03\x04", &[0; 22][..], &[6, 0, 0, 0], b"tfplan and more"].concat();
        std::fs::write(folder.path().join("saved"), plan).unwrap();
        std::fs::write(folder.path().join("other"), "tfplan").unwrap();
        for (line, passes) in [
            ("terraform plan -input=false -out=x -var state=1", true),
            ("terraform state list", true),
            ("terraform init -reconfigure", true),
            ("terraform show other", true),
            ("sh -c terraform -chdir=x", true),
            ("terraform -chdir=../other apply", false),
            ("/opt/tofu -chdir=x apply", false),
            ("/opt/tofu-1.12.6 -chdir=x apply", false),
            ("terraform init -backend-config=path=/x", false),
            ("terraform init --backend-config x", false),
            ("terraform apply -state=/x", false),
            ("terraform apply -state /x", false),
            ("terraform apply -state-out=/x", false),
            ("terraform apply -backup=/x", false),
            ("terraform init -from-module=x", false),
            ("terraform init -plugin-dir=x", false),
            ("terraform apply saved", false),
            ("terraform apply ./saved", false),
        ] {
            let command: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(check(&command, folder.path()).is_ok(), passes, "{line}");
        }
    }
}
