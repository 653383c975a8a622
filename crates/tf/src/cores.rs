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

#[cfg(test)]
mod tests {
    use super::*;

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
