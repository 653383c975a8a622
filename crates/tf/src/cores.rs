//! What is known about versions of the core that call this provider.

/// True for versions of Terraform that die, and with them the state, when two creates end badly at the same moment: 1.16.0
/// to 1.16.4 (hashicorp/terraform #39287), and 1.17.0 before its release, where it was seen. A create that ended with an
/// error is written into the state without a status for a moment, and whoever saves the state in that moment panics.
///
/// `version` is what the core says of itself in `Configure`. OpenTofu says its own version, and has none of these.
pub fn loses_objects(version: &str) -> bool {
    let (numbers, pre_release) = version.split_once('-').map_or((version, ""), |(numbers, rest)| (numbers, rest));
    let numbers: Vec<Option<u32>> = numbers.split('.').map(|part| part.parse().ok()).collect();
    match numbers.as_slice() {
        [Some(1), Some(16), Some(patch)] => *patch <= 4,
        [Some(1), Some(17), Some(0)] => !pre_release.is_empty(),
        _ => false,
    }
}

/// Whether the core, in a replacement, leaves out the delete of a resource without `create_before_destroy` that depends on one
/// with it, of whichever provider: Terraform from 1.16 on. There the old object is put aside ("deposed") in place of the delete
/// (seen with 1.16.0 and builds of 1.17; the rule stands in the source of 1.16.0 and 1.16.4, and not in that of 1.12 to 1.15
/// nor in that of OpenTofu 1.12).
pub fn skips_deletes(version: &str) -> bool {
    from(version, (1, 16)) == Some(true)
}

/// Whether a version is this one or a later one; `None` for a version that cannot be read.
fn from(version: &str, least: (u32, u32)) -> Option<bool> {
    let mut numbers = version.split(['.', '-']).map(|part| part.parse::<u32>().ok());
    let (major, minor) = (numbers.next().flatten()?, numbers.next().flatten()?);
    Some((major, minor) >= least)
}

/// Whether the core keeps write-only attributes out of plans and states: Terraform and OpenTofu from 1.11 on. Older ones do
/// not know that an attribute is one, and insist on finding in plan and state what the configuration has.
///
/// A version that cannot be read counts as a new one: a secret too few in a state is an error that tells, one too many is not.
pub fn hides_write_only(version: &str) -> bool {
    from(version, (1, 11)) != Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_know_what_is_only_written() {
        for version in ["1.11.0", "1.11.0-beta1", "1.17.2", "2.0.0", "", "newest"] {
            assert!(hides_write_only(version), "{version}");
        }
        for version in ["1.0.11", "1.6.3", "1.10.5", "0.15.5"] {
            assert!(!hides_write_only(version), "{version}");
        }
    }

    #[test]
    fn versions_that_skip_deletes() {
        for (version, skips) in [
            ("1.15.9", false),
            ("1.16.0-rc2", true),
            ("1.17.0", true),
            ("1.12.6", false),
            ("", false),
            ("newest", false),
        ] {
            assert_eq!(skips_deletes(version), skips, "{version}");
        }
    }

    #[test]
    fn versions_that_lose_objects() {
        for version in ["1.16.0", "1.16.4", "1.16.0-rc2", "1.17.0-dev", "1.17.0-alpha20260812"] {
            assert!(loses_objects(version), "{version}");
        }
        for version in ["", "1.0.11", "1.11.4", "1.15.9", "1.16.5", "1.17.0", "1.12.6", "0.16.1", "1.16", "x.y.z"] {
            assert!(!loses_objects(version), "{version}");
        }
    }
}
