//! What the status of a backup means.

use cloud::dbs::Backup;
use engine::work::{Failure, Progress};

/// What the status word of a backup means. One that is being deleted is `DELETING`, of DDS `DISABLED` by the text and
/// `DELETING` by the definition.
pub fn verdict(status: &str) -> Progress {
    match status {
        "BUILDING" => Progress::Running,
        "COMPLETED" => Progress::Succeeded,
        "FAILED" => Progress::Failed(Failure::default()),
        "DELETING" | "DISABLED" => Progress::Spent,
        _ => Progress::Unrecognised,
    }
}

/// Whether a backup is finished and belongs to no DDM instance.
pub fn is_restorable(backup: &Backup) -> bool {
    let finished = verdict(backup.status.as_deref().unwrap_or_default()) == Progress::Succeeded;
    finished && backup.associated_with_ddm != Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_what_the_documents_say() {
        assert_eq!(verdict("BUILDING"), Progress::Running);
        assert_eq!(verdict("COMPLETED"), Progress::Succeeded);
        assert!(matches!(verdict("FAILED"), Progress::Failed(_)));
        for word in ["DELETING", "DISABLED"] {
            assert_eq!(verdict(word), Progress::Spent, "{word}");
        }
        assert_eq!(verdict("completed"), Progress::Unrecognised);
    }
}
