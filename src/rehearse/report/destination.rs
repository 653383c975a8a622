//! The file of a report: whether it can be written is known before anything runs.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::super::Problem;

/// How each report begins. A file that begins otherwise is somebody's, and stays as it is.
pub(super) const MARK: &str = "<!doctype html><!-- A report of terraform-provider-recovery rehearse. -->";

/// A file that is open for a report.
pub(in super::super) struct Destination {
    path: PathBuf,
    file: File,
    /// Whether it was made for this report, and goes again if there is none.
    is_new: bool,
}

impl Destination {
    /// Opens it, and makes it if it is not there. What is in it stays until [`Destination::write`].
    ///
    /// # Errors
    /// It cannot be written, or holds something that is no report.
    pub(in super::super) fn open(path: &Path) -> Result<Destination, Problem> {
        let made = OpenOptions::new().write(true).create_new(true).open(path);
        let (file, is_new) = match made {
            Ok(file) => (file, true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => (existing(path)?, false),
            Err(error) => return Err(unwritable(path, &error)),
        };
        Ok(Destination { path: path.to_owned(), file, is_new })
    }

    /// Puts a report in place of what was there.
    ///
    /// # Errors
    /// The disk is full, or the like.
    pub(in super::super) fn write(&mut self, page: &str) -> Result<(), Problem> {
        let written = self.file.set_len(0).and_then(|()| self.file.rewind());
        let written = written.and_then(|()| self.file.write_all(page.as_bytes())).and_then(|()| self.file.flush());
        written.map_err(|error| Problem::io("write the report into", &self.path, &error))?;
        self.is_new = false;
        Ok(())
    }

    /// Where it is, in the user's words.
    pub(in super::super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Destination {
    fn drop(&mut self) {
        if self.is_new {
            // Nothing is lost with it.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Opens a file that is there, if a report may take its place.
fn existing(path: &Path) -> Result<File, Problem> {
    let refused = |why: &str| {
        Problem::new(format!(
            "--report {}: {why}.\nNothing was run. Name another file, or remove this one.",
            path.display()
        ))
    };
    let kind = path.metadata().map_err(|error| unwritable(path, &error))?;
    if !kind.is_file() {
        return Err(refused("that is no ordinary file"));
    }
    let mut file = OpenOptions::new().read(true).write(true).open(path).map_err(|error| unwritable(path, &error))?;
    let mut beginning = Vec::new();
    let longest = u64::try_from(MARK.len()).unwrap_or(u64::MAX);
    (&mut file).take(longest).read_to_end(&mut beginning).map_err(|error| unwritable(path, &error))?;
    match beginning.is_empty() || beginning == MARK.as_bytes() {
        true => Ok(file),
        false => Err(refused("that file is no report of a rehearsal, and is not overwritten")),
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Problem {
    Problem::new(format!(
        "cannot write the report into {}: {error}.\nNothing was run. Name a file that can be written.",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn told(path: &Path) -> String {
        Destination::open(path).map(|_| String::new()).unwrap_or_else(|problem| problem.to_string())
    }

    #[test]
    fn a_report_takes_the_place_of_a_report_and_of_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        for (before, taken) in
            [(None, true), (Some(""), true), (Some(MARK), true), (Some("<!doctype html>"), false), (Some("x"), false)]
        {
            let _ = fs::remove_file(&path);
            before.into_iter().for_each(|text| fs::write(&path, text).unwrap());
            assert_eq!(told(&path).is_empty(), taken, "{before:?}");
            assert_eq!(
                fs::read_to_string(&path).ok().as_deref(),
                before,
                "what was there stays until there is a report"
            );
            if taken {
                let long = format!("{MARK}{}", "x".repeat(100));
                for page in [long.as_str(), MARK] {
                    Destination::open(&path).unwrap().write(page).unwrap();
                    assert_eq!(fs::read_to_string(&path).unwrap(), page);
                }
            } else {
                assert!(told(&path).contains("is not overwritten.\nNothing was run."), "{}", told(&path));
            }
        }
    }

    #[test]
    fn what_cannot_be_written_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let missing = told(&folder.path().join("no/such/report.html"));
        assert!(missing.contains("no/such/report.html") && missing.contains("Nothing was run"), "{missing}");
        assert!(told(folder.path()).contains("no ordinary file"));
    }
}
