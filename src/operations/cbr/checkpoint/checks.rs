//! Can the vault be backed up, and are the members in it?

use std::sync::Arc;

use cloud::Scope;
use cloud::cbr::{self, Vault};

use super::Asked;
use crate::operations::checks::{Finding, Place, Read, is_no_such_thing, no_such_thing};
use engine::lists::Lists;
use engine::work::Freshness;

/// Reads the vault with its members.
pub(super) async fn read_vault(lists: &Lists, scope: &Scope, vault: &str, freshness: Freshness) -> Read<Vault> {
    let key = format!("cbr/{}/{}/{vault}", scope.region, scope.project_id);
    lists.get(&key, freshness, cbr::vault(scope, vault)).await
}

/// What stands against the checkpoint: the same in plan and apply. Members are looked for where they are `known`.
pub(super) fn check(vault: &Read<Vault>, asked: &Asked, known: bool, place: &Place) -> Vec<Finding> {
    let named = format!("CBR vault {}", asked.vault);
    let vault = match vault {
        Ok(vault) => Arc::clone(vault),
        Err(error) if is_no_such_thing(error) => return vec![no_such_thing("vault_id", &named, place, error)],
        Err(error) => return vec![Finding::unread(format!("whether {named} can be backed up"), error)],
    };
    let mut findings: Vec<Finding> = check_status(&vault, &named).into_iter().collect();
    if asked.members.is_empty() && known && vault.resources.is_empty() {
        findings.push(Finding::broken(
            "vault_id",
            format!("{named} has nothing to back up"),
            "No server and no disk is associated with it. Associate one in the console or with the API first.",
        ));
    }
    for member in asked.members.keys() {
        match vault.resources.iter().find(|resource| super::is_member(resource.id.as_deref(), member)) {
            None => findings.push(Finding::broken(
                "member",
                format!("{member} is not in {named}"),
                format!("{} Associate it with the vault first, or leave its block out.", members_of(&vault)),
            )),
            Some(resource) if resource.protect_status.as_deref() == Some("protecting") => {
                findings.push(Finding::target_busy(
                    "member",
                    format!("{member} is being backed up"),
                    "The service refuses a second backup of it until that has ended.",
                ));
            }
            Some(_) => {}
        }
    }
    findings
}

fn check_status(vault: &Vault, named: &str) -> Option<Finding> {
    match vault.billing.status.as_deref() {
        None | Some("available" | "lock") => None,
        Some(status) => Some(Finding::broken(
            "vault_id",
            format!("{named} cannot take backups: its status is {status}"),
            "A vault takes backups while its status is available.",
        )),
    }
}

fn members_of(vault: &Vault) -> String {
    let ids: Vec<&str> = vault.resources.iter().filter_map(|resource| resource.id.as_deref()).take(20).collect();
    match ids.is_empty() {
        true => "It has no members.".to_owned(),
        false => format!("Its members are {}.", crate::operations::words::enumerated(&ids)),
    }
}

#[cfg(test)]
mod tests {
    use cloud::cbr::{VaultBilling, VaultResource};

    use super::*;
    use crate::operations::checks::Weight;

    fn vault(status: &str, members: &[(&str, &str)]) -> Read<Vault> {
        let resource = |(id, status): &(&str, &str)| VaultResource {
            id: Some((*id).to_owned()),
            protect_status: Some((*status).to_owned()),
            ..VaultResource::default()
        };
        Ok(Arc::new(Vault {
            billing: VaultBilling { status: Some(status.to_owned()), ..VaultBilling::default() },
            resources: members.iter().map(resource).collect(),
            ..Vault::default()
        }))
    }

    #[test]
    fn what_would_fail_is_blamed_on_its_argument() {
        let place = Place { project_id: "p".into(), region: "eu-de".into(), platform: cloud::Platform::Otc };
        let asked = |members: &[&str]| Asked {
            vault: "v".into(),
            members: members.iter().map(|id| ((*id).to_owned(), Vec::new())).collect(),
            ..Asked::default()
        };
        let busy = [("m", "protecting"), ("0a000000-0000-4000-8000-00000000000b", "available")];
        for (vault, asked, found) in [
            (vault("available", &busy), asked(&[]), vec![]),
            (vault("available", &busy), asked(&["0A000000-0000-4000-8000-00000000000B"]), vec![]),
            (vault("available", &busy), asked(&["m"]), vec![(Weight::TargetBusy, "member")]),
            (vault("available", &busy), asked(&["x"]), vec![(Weight::Broken, "member")]),
            (vault("available", &[]), asked(&[]), vec![(Weight::Broken, "vault_id")]),
            (vault("frozen", &busy), asked(&[]), vec![(Weight::Broken, "vault_id")]),
        ] {
            let findings = check(&vault, &asked, true, &place);
            let told: Vec<_> = findings.iter().map(|finding| (finding.weight, finding.attribute)).collect();
            assert_eq!(told, found, "{asked:?}");
        }
    }
}
