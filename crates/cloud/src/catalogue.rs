//! The service catalogue of IAM: which origin a service has in a region.

use serde::Deserialize;

use crate::address::{Origin, masked};
use crate::json;
use crate::service::Service;

/// A service in the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct CatalogueEntry {
    /// Type, such as `dcs` or `dcsv1`.
    #[serde(rename = "type", deserialize_with = "json::filled")]
    pub(crate) kind: Option<String>,
    /// Name.
    #[serde(deserialize_with = "json::filled")]
    pub(crate) name: Option<String>,
    /// Its endpoints.
    #[serde(deserialize_with = "json::list")]
    pub(crate) endpoints: Vec<CatalogueEndpoint>,
}

/// An endpoint in the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct CatalogueEndpoint {
    /// `public`, `internal` or `admin`.
    #[serde(deserialize_with = "json::filled")]
    pub(crate) interface: Option<String>,
    /// Region; `*` for all.
    #[serde(deserialize_with = "json::filled")]
    pub(crate) region: Option<String>,
    /// Region, in newer answers.
    #[serde(deserialize_with = "json::filled")]
    pub(crate) region_id: Option<String>,
    /// URL, often with a version and a project id.
    #[serde(deserialize_with = "json::filled")]
    pub(crate) url: Option<String>,
}

/// The origin (scheme, host, port) of a service in a region, if the catalogue has it.
///
/// Types are `dcs`, `dcsv1`, `cbr`, `ddmv3` and the like; URLs come with and without versions and project ids, of which
/// only the origin is used.
///
/// # Errors
/// The catalogue has an address that cannot be used; the text names it and says why.
pub(crate) fn origin(entries: &[CatalogueEntry], service: Service, region: &str) -> Result<Option<Origin>, String> {
    let endpoints = || entries.iter().filter(|entry| is_of(entry, service)).flat_map(|entry| &entry.endpoints);
    let in_region = endpoints().find(|endpoint| is_public(endpoint) && region_of(endpoint) == Some(region));
    let anywhere = || endpoints().find(|endpoint| is_public(endpoint) && region_of(endpoint) == Some("*"));
    let Some(url) = in_region.or_else(anywhere).and_then(|endpoint| endpoint.url.as_deref()) else { return Ok(None) };
    // The path may hold anything, such as `$(tenant_id)s`; it is not used.
    let start = url.find("://").map_or(0, |scheme| scheme + 3);
    let end = url.get(start..).and_then(|rest| rest.find('/')).map_or(url.len(), |end| start + end);
    let unusable =
        |reason| format!("the service catalogue's address of {service} in {region} is {}: {reason}", masked(url));
    if !url.contains("://") {
        return Err(unusable("it must start with https:// or http://".to_owned()));
    }
    Origin::parse(url.get(..end).unwrap_or(url)).map(Some).map_err(unusable)
}

fn is_of(entry: &CatalogueEntry, service: Service) -> bool {
    entry.kind.as_deref().is_some_and(|kind| service.has_catalogue_type(kind))
}

fn is_public(endpoint: &CatalogueEndpoint) -> bool {
    endpoint.interface.as_deref().is_none_or(|interface| interface.starts_with("public"))
}

fn region_of(endpoint: &CatalogueEndpoint) -> Option<&str> {
    endpoint.region_id.as_deref().or(endpoint.region.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cbr, dcs, ddm};

    #[derive(serde::Deserialize)]
    struct Catalogue {
        catalog: Vec<CatalogueEntry>,
    }

    #[test]
    fn origins_are_found_by_type_and_region() {
        let text = r#"{"catalog":[
            {"type":"dcsv1","name":"dcsv1","endpoints":[
                {"interface":"public","region":"eu-de","region_id":"eu-de","url":"https://dcs.eu-de.example.com/v1.0/p"}]},
            {"type":"cbr","endpoints":[
                {"interface":"internal","region":"eu-nl","url":"https://hidden.example.com/v3/p"},
                {"interface":"public","region":"eu-nl","url":"https://cbr.eu-nl.example.com:8443/v3/p"}]},
            {"type":"ddmx","endpoints":[{"region":"eu-de","url":"https://wrong.example.com"}]},
            {"type":"ddmv3","endpoints":[{"region":"*","url":"https://ddm.example.com/v3/$(tenant_id)s"}]},
            {"type":"dcs","endpoints":[{"region":"eu-nl","url":"ftp://dcs.example.com"},{"region":"xx","url":null}]}
        ]}"#;
        let catalogue: Catalogue = json::read(text.as_bytes()).unwrap();
        for (service, region, want) in [
            (dcs::service::SERVICE, "eu-de", Some("https://dcs.eu-de.example.com")),
            (cbr::service::SERVICE, "eu-nl", Some("https://cbr.eu-nl.example.com:8443")),
            (cbr::service::SERVICE, "eu-de", None),
            (ddm::service::SERVICE, "eu-de", Some("https://ddm.example.com")),
            (dcs::service::SERVICE, "eu-nl", Some("unusable")),
            (dcs::service::SERVICE, "xx", None),
        ] {
            let found = match origin(&catalogue.catalog, service, region) {
                Ok(found) => found.map(|origin| origin.to_string()),
                Err(_) => Some("unusable".to_owned()),
            };
            assert_eq!(found.as_deref(), want, "{service} {region}");
        }
    }
}
