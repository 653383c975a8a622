//! Where a handle calls: addresses, each with who vouches for its host.

use std::collections::BTreeMap;

use crate::address::{Origin, Region};
use crate::catalogue::{self, CatalogueEntry};
use crate::error::Error;
use crate::hosts::{Host, host, region_of};
use crate::iam::service::SERVICE as IAM;
use crate::kind::Kind;
use crate::platform::Platform;
use crate::service::Service;

/// Where a handle calls, as far as settings or a rehearsal cloud say.
pub(crate) struct Place {
    pub(crate) platform: Platform,
    /// IAM for tokens and lookups, if it is set.
    pub(crate) auth_url: Option<Origin>,
    /// `auth_url` was made of the region; otherwise somebody wrote it, and it is used for every region.
    pub(crate) address_follows_region: bool,
    /// Domain of the services, if another one than the platform's is named.
    pub(crate) domain: Option<String>,
    /// Overrides.
    pub(crate) endpoints: BTreeMap<Service, Origin>,
    pub(crate) region: Option<Region>,
    pub(crate) projects: Projects,
}

/// How the project of a call is found.
pub(crate) enum Projects {
    /// In a real cloud: as set, for the own region; else the project that is named like the region.
    Named { id: Option<String>, name: Option<String> },
    /// In a rehearsal, which serves every region and knows only a few projects: the wanted one or the one named like the
    /// region if the rehearsal knows them, else this one, so that every configuration can be rehearsed.
    Rehearsed { id: Option<String> },
}

/// The origin of a service, and how it was found.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) base: Origin,
    /// Who vouches for the host, for messages about a connection that fails.
    pub(crate) vouched: String,
    /// Nobody does: it is the usual address for a region that no document and no catalogue knows.
    pub(crate) guessed: bool,
}

impl Place {
    /// Where IAM is for a region: `auth_url` as it is written, `endpoints.iam`, the documented host, the pattern.
    pub(crate) fn iam(&self, region: &Region) -> Result<Address, Error> {
        let follows = |url: &&Origin| !self.address_follows_region || region_of(url).is_none_or(|of| of == *region);
        if let Some(url) = self.auth_url.as_ref().filter(follows) {
            return Ok(Address::of(url, "The host comes from auth_url"));
        }
        if let Some(url) = self.endpoints.get(&IAM) {
            return Ok(Address::of(url, "The host comes from endpoints.iam"));
        }
        Ok(match host(self.platform, self.domain.as_deref(), region, IAM)? {
            Host::Documented(base) => Address::of(&base, "The host is the documented one"),
            Host::Pattern(base) => {
                let guess = format!(
                    "No document lists IAM in the region \"{region}\", so {base} was tried. \
                     If the region is right, give the address in auth_url"
                );
                Address { guessed: true, ..Address::of(&base, &guess) }
            }
        })
    }

    /// Where a service is that no document lists in a region: where the catalogue says, else at the usual address, but
    /// only under a domain that somebody vouches for. The token of a cloud of another name is not for this platform's hosts.
    pub(crate) fn unlisted(
        &self,
        catalogue: Result<Vec<CatalogueEntry>, Error>,
        service: Service,
        region: &Region,
        pattern: Origin,
        iam: &Origin,
    ) -> Result<Address, Error> {
        let said = match catalogue {
            Ok(entries) => match catalogue::origin(&entries, service, region.as_str()) {
                Ok(Some(base)) => return of_catalogue(base, service, region, iam),
                Ok(None) => format!("the service catalogue has no {service} in {region}"),
                Err(unusable) => return Err(no_address(&format!("No address: {unusable}"), service)),
            },
            Err(error) => format!("the service catalogue could not be read ({error})"),
        };
        if self.domain.is_none() && Platform::of_host(iam.host()) != Some(self.platform) {
            let problem = format!(
                "No document lists {service} in the region \"{region}\", and {said}. The usual address, {pattern}, was not \
                 tried, because IAM is at {iam}, which does not belong to {}: credentials do not go to a cloud that nobody \
                 named",
                self.platform
            );
            return Err(no_address(&problem, service));
        }
        let guess = format!(
            "No document lists {service} in the region \"{region}\", and {said}; so {pattern} was tried. \
             If the region is right, give the address in endpoints.{}",
            service.key()
        );
        tracing::warn!("{guess}");
        Ok(Address { guessed: true, ..Address::of(&pattern, &guess) })
    }
}

impl Address {
    pub(crate) fn of(base: &Origin, vouched: &str) -> Address {
        Address { base: base.clone(), vouched: vouched.to_owned(), guessed: false }
    }

    /// An error of a call to this address, with how the host was found if it could not be reached. A host that was only
    /// guessed and does not exist is the mistake of whoever named the region: asking again does not help.
    pub(crate) fn explain(&self, error: Error) -> Error {
        if error.status().is_some() || !matches!(error.kind(), Kind::Unavailable | Kind::Tls) {
            return error;
        }
        let told = error.message().trim_end_matches(['.', ' ']).to_owned();
        match self.guessed && error.is_unresolved() {
            true => error.blame("region").change(|facts| {
                facts.message = format!("{}. There is {told}", self.vouched);
                facts.kind = Kind::Config;
                facts.transient = false;
            }),
            false => error.change(|facts| facts.message = format!("{told}. {}", self.vouched)),
        }
    }
}

/// An address of the catalogue. Whoever reaches IAM over TLS has not agreed to send credentials without.
fn of_catalogue(base: Origin, service: Service, region: &Region, iam: &Origin) -> Result<Address, Error> {
    if base.in_clear() && !iam.in_clear() {
        let problem = format!("The service catalogue leads {service} in {region} to {base}, which is not encrypted");
        return Err(no_address(&problem, service));
    }
    Ok(Address::of(&base, "The host comes from the service catalogue"))
}

fn no_address(problem: &str, service: Service) -> Error {
    let key = service.key();
    Error::config(format!("{problem}. Give the address in endpoints.{key}; nothing was sent to the service"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dcs;
    use crate::json;

    fn origin(url: &str) -> Origin {
        Origin::parse(url).unwrap()
    }

    fn region(name: &str) -> Region {
        Region::parse(name).unwrap()
    }

    fn place(platform: Platform, auth_url: Option<&str>, domain: Option<&str>) -> Place {
        Place {
            platform,
            auth_url: auth_url.map(origin),
            address_follows_region: false,
            domain: domain.map(str::to_owned),
            endpoints: BTreeMap::new(),
            region: None,
            projects: Projects::Named { id: None, name: None },
        }
    }

    #[derive(serde::Deserialize)]
    struct Catalogue {
        catalog: Vec<CatalogueEntry>,
    }

    fn catalogue(url: Option<&str>) -> Vec<CatalogueEntry> {
        let endpoints = url.map(|url| format!(r#"{{"region":"eu-mars","url":"{url}/v2"}}"#)).unwrap_or_default();
        let text = format!(r#"{{"catalog":[{{"type":"dcs","endpoints":[{endpoints}]}}]}}"#);
        json::read::<Catalogue>(text.as_bytes()).unwrap().catalog
    }

    /// Every way in which a host is chosen, and who vouches for it; or why none is.
    #[tokio::test]
    async fn somebody_vouches_for_every_host() {
        use Platform::{Huawei, Otc};
        let otc = "https://iam.eu-de.otc.t-systems.com";
        let partner = "https://iam.partner.example";
        let usual = "https://dcs.eu-mars.otc.t-systems.com";
        for (platform, auth_url, domain, said, want) in [
            // What the catalogue of that very IAM says.
            (Otc, otc, None, Some("https://dcs.mars.example"), Ok(("https://dcs.mars.example", "catalogue"))),
            (
                Huawei,
                partner,
                None,
                Some("https://dcs.partner.example"),
                Ok(("https://dcs.partner.example", "catalogue")),
            ),
            // The documents' pattern, for an IAM of that platform.
            (Otc, otc, None, None, Ok((usual, "No document lists"))),
            // A domain that the user named.
            (
                Huawei,
                partner,
                Some("partner.example"),
                None,
                Ok(("https://dcs.eu-mars.partner.example", "No document lists")),
            ),
            // Nobody: another cloud's IAM, and the big cloud's pattern.
            (Huawei, partner, None, None, Err("credentials do not go to a cloud that nobody named")),
            (Otc, partner, None, None, Err("credentials do not go to a cloud that nobody named")),
            (Huawei, otc, None, None, Err("credentials do not go to a cloud that nobody named")),
            (Otc, "http://127.0.0.1:1", None, None, Err("credentials do not go to a cloud that nobody named")),
            // Nobody said that they may go in clear text.
            (Otc, otc, None, Some("http://dcs.mars.example"), Err("not encrypted")),
            (Otc, otc, None, Some("https://user@dcs.mars.example"), Err("must not hold a user")),
            // The user did, by an IAM in clear text.
            (
                Otc,
                "http://iam.test.example",
                None,
                Some("http://dcs.test.example"),
                Ok(("http://dcs.test.example", "catalogue")),
            ),
        ] {
            let place = place(platform, Some(auth_url), domain);
            let row = format!("{platform} {auth_url} {domain:?} {said:?}");
            let pattern = match host(platform, domain, &region("eu-mars"), dcs::SERVICE).unwrap() {
                Host::Pattern(pattern) => pattern,
                Host::Documented(_) => panic!("{row}"),
            };
            let iam = origin(auth_url);
            let found = place.unlisted(Ok(catalogue(said)), dcs::SERVICE, &region("eu-mars"), pattern, &iam);
            match (found, want) {
                (Ok(address), Ok((base, vouched))) => {
                    assert_eq!(address.base.as_str(), base, "{row}");
                    assert!(address.vouched.contains(vouched), "{row}: {}", address.vouched);
                }
                (Err(error), Err(part)) => {
                    assert!(error.message().contains(part), "{row}: {error}");
                    assert!(error.message().contains("endpoints.dcs"), "{row}: {error}");
                }
                (found, _) => panic!("{row}: {found:?}"),
            }
        }
    }
}
