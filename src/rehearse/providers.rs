//! Which other providers a configuration uses: they would act for real, so they are refused unless they are named.

use std::collections::BTreeSet;

use super::Problem;

/// Namespace and type of this provider, behind any registry's host name.
pub(super) const OWN: &str = "cloud-recovery/recovery";
/// What is part of Terraform and OpenTofu themselves acts on nothing outside of them.
const BUILT_IN: &str = "terraform.io/builtin/";

/// Full source addresses in what `terraform providers` prints, without this provider and the built-in one.
pub(super) fn others(listing: &str) -> Vec<String> {
    let mark = "provider[";
    let starts = listing.match_indices(mark).map(|(at, _)| listing.get(at + mark.len()..).unwrap_or_default());
    let addresses: BTreeSet<&str> =
        starts.filter_map(|rest| rest.split_once(']')).map(|(address, _)| address.trim_matches('"')).collect();
    addresses
        .into_iter()
        .filter(|address| !address.starts_with(BUILT_IN) && !is_own(address))
        .map(str::to_owned)
        .collect()
}

/// Checks that each of these providers was named by the user.
///
/// # Errors
/// Names those that were not, and the way around it.
pub(super) fn allowed(others: &[String], with: &[String]) -> Result<(), Problem> {
    let refused: Vec<&String> = others.iter().filter(|address| !with.iter().any(|name| names(name, address))).collect();
    let Some(first) = refused.first() else { return Ok(()) };
    let hint = match refused.iter().any(|address| address.ends_with("hashicorp/recovery")) {
        true => {
            format!("\nA configuration without required_providers means hashicorp/recovery; write source = \"{OWN}\".")
        }
        false => String::new(),
    };
    let list: Vec<String> = refused.iter().map(|address| format!("  {address}")).collect();
    Err(Problem::new(format!(
        "the configuration uses other providers, and they would act for real:\n{}\nNothing was run. To let one act: \
         --with {}{hint}",
        list.join("\n"),
        type_of(first),
    )))
}

fn is_own(address: &str) -> bool {
    address.split_once('/').is_some_and(|(_, rest)| rest == OWN)
}

/// Whether a user's word means a provider: its type, with or without namespace and host.
fn names(word: &str, address: &str) -> bool {
    address == word || address.strip_suffix(word).is_some_and(|before| before.ends_with('/'))
}

fn type_of(address: &str) -> &str {
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
        let found = others(LISTING);
        let with = |names: &[&str]| allowed(&found, &names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert!(with(&["local", "random"]).is_ok());
        assert!(with(&["hashicorp/local", "registry.terraform.io/hashicorp/random"]).is_ok());
        let refused = with(&["local", "dom"]).unwrap_err().to_string();
        assert!(refused.contains("hashicorp/random") && refused.contains("--with random"), "{refused}");
        assert!(!refused.contains("hashicorp/local"), "{refused}");
    }

    #[test]
    fn a_missing_source_is_explained() {
        let refused = allowed(&["registry.terraform.io/hashicorp/recovery".into()], &[]).unwrap_err().to_string();
        assert!(refused.contains("source = \"cloud-recovery/recovery\""), "{refused}");
    }
}
