//! Which other providers a configuration uses: they would act for real, so they are refused unless they are named.

use std::collections::BTreeSet;

/// Namespace and type of this provider, behind any registry's host name.
pub(super) const OWN: &str = "cloud-recovery/recovery";
/// What is part of Terraform and OpenTofu themselves; what it does outside of them is found by `outside`.
const BUILT_IN: &str = "terraform.io/builtin/terraform";

/// Full source addresses in what `terraform providers` prints, without this provider and the built-in one.
pub(super) fn others(listing: &str) -> Vec<String> {
    let mark = "provider[";
    let starts = listing.match_indices(mark).map(|(at, _)| listing.get(at + mark.len()..).unwrap_or_default());
    let addresses: BTreeSet<&str> =
        starts.filter_map(|rest| rest.split_once(']')).map(|(address, _)| address.trim_matches('"')).collect();
    addresses.into_iter().filter(|address| *address != BUILT_IN && !is_own(address)).map(str::to_owned).collect()
}

/// Whether the user has named a provider: by its type, with or without namespace and host.
pub(super) fn are_named(address: &str, with: &[String]) -> bool {
    with.iter().any(|word| names(word, address))
}

/// What explains a refusal that looks odd.
pub(super) fn hint(refused: &[&String]) -> String {
    match refused.iter().any(|address| address.ends_with("hashicorp/recovery")) {
        true => {
            format!("\nA configuration without required_providers means hashicorp/recovery; write source = \"{OWN}\".")
        }
        false => String::new(),
    }
}

fn is_own(address: &str) -> bool {
    address.split_once('/').is_some_and(|(_, rest)| rest == OWN)
}

fn names(word: &str, address: &str) -> bool {
    address == word || !word.is_empty() && address.strip_suffix(word).is_some_and(|before| before.ends_with('/'))
}

/// The type of a provider, which is what users call it.
pub(super) fn type_of(address: &str) -> &str {
    address.rsplit('/').next().unwrap_or(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = "
Providers required by configuration:
.
├── provider[registry.terraform.io/cloud-recovery/recovery] >= 0.1.0
├── provider[terraform.io/builtin/terraform]
└── module.m
    ├── provider[registry.terraform.io/hashicorp/random] ~> 3.0
    └── provider[registry.terraform.io/hashicorp/random]

Providers required by state:

    provider[registry.opentofu.org/hashicorp/local]
";

    #[test]
    fn others_are_found_once_each() {
        assert_eq!(
            others(LISTING),
            ["registry.opentofu.org/hashicorp/local", "registry.terraform.io/hashicorp/random"]
        );
        assert!(others("").is_empty() && others("provider[").is_empty());
    }

    #[test]
    fn a_provider_is_named_by_its_type_or_more() {
        let address = "registry.terraform.io/hashicorp/random";
        for (word, means) in [
            ("random", true),
            ("hashicorp/random", true),
            (address, true),
            ("dom", false),
            ("local", false),
            ("acme/random", false),
            ("", false),
        ] {
            assert_eq!(are_named(address, &["x".to_owned(), word.to_owned()]), means, "{word}");
        }
    }

    #[test]
    fn a_missing_source_is_explained() {
        let hint = hint(&[&"registry.terraform.io/hashicorp/recovery".to_owned()]);
        assert!(hint.contains("source = \"cloud-recovery/recovery\""), "{hint}");
    }
}
