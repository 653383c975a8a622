//! Where services are, as far as documents say.

use crate::address::{Origin, Region};
use crate::error::Error;
use crate::platform::Platform;
use crate::service::Service;

/// How well an address is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    /// A document lists it.
    Documented(Origin),
    /// No document lists it: the catalogue decides, and this address, made from the usual pattern, is the last resort.
    Pattern(Origin),
}

impl Host {
    /// The origin.
    pub(crate) fn origin(&self) -> &Origin {
        match self {
            Host::Documented(origin) | Host::Pattern(origin) => origin,
        }
    }
}

/// Regions of Huawei Cloud in which a document lists DDM (and all the other services).
const HUAWEI_REGIONS: [&str; 17] = [
    "eu-west-101",
    "cn-north-1",
    "cn-north-4",
    "cn-north-9",
    "cn-east-2",
    "cn-east-3",
    "cn-south-1",
    "cn-south-2",
    "cn-southwest-2",
    "ap-southeast-1",
    "ap-southeast-3",
    "la-north-2",
    "la-south-2",
    "sa-brazil-1",
    "my-kualalumpur-1",
    "ru-moscow-1",
    "ae-ad-1",
];

/// Domain of Open Telekom Cloud.
const OTC_DOMAIN: &str = "otc.t-systems.com";

/// Domain of its Swiss part, of which only IAM is documented.
const SWISS_DOMAIN: &str = "sc.otc.t-systems.com";

/// The address of a service in a region.
///
/// # Errors
/// None that a checked region can bring about: the host was compared with what its parts mean.
pub(crate) fn host(platform: Platform, region: &Region, service: Service) -> Result<Host, Error> {
    let (key, domain, documented) = match platform {
        Platform::Otc => otc(region.as_str(), service),
        Platform::Huawei => huawei(region.as_str(), service),
    };
    let origin = Origin::of_service(key, region, domain)
        .map_err(|reason| Error::config(format!("The address of {service} in the region {region}: {reason}.")))?;
    Ok(if documented { Host::Documented(origin) } else { Host::Pattern(origin) })
}

/// First part of the host, domain, and whether a document lists it.
fn otc(region: &str, service: Service) -> (&'static str, &'static str, bool) {
    let key = service.key();
    match (region, service) {
        ("eu-ch2", Service::Iam) => ("iam-pub", SWISS_DOMAIN, true),
        ("eu-ch2", _) => (key, SWISS_DOMAIN, false),
        // The list of endpoints has no DDM for eu-nl.
        ("eu-nl", Service::Ddm) => (key, OTC_DOMAIN, false),
        ("eu-de" | "eu-nl", _) => (key, OTC_DOMAIN, true),
        _ => (key, OTC_DOMAIN, false),
    }
}

fn huawei(region: &str, service: Service) -> (&'static str, &'static str, bool) {
    // The European cloud has its own domain.
    let european = region.starts_with("eu-west-1");
    let domain = if european { "myhuaweicloud.eu" } else { "myhuaweicloud.com" };
    // One source lists these two under `.com`, another one uses `.eu` for all: the catalogue decides.
    let contradictory = european && matches!(service, Service::Dcs | Service::Cbr);
    (service.key(), domain, HUAWEI_REGIONS.contains(&region) && !contradictory)
}

/// The region in the host of a documented IAM address: `eu-de` of `https://iam.eu-de.otc.t-systems.com`.
pub(crate) fn region_of(iam: &Origin) -> Option<Region> {
    Platform::of_host(iam.host())?;
    let region = Region::parse(iam.host().split('.').nth(1)?).ok()?;
    (region.as_str().contains('-') && !region.as_str().contains("huaweicloud")).then_some(region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_hosts_and_their_exceptions() {
        use Platform::*;
        use Service::*;
        let documented = |url: &str| Host::Documented(Origin::parse(url).unwrap());
        let pattern = |url: &str| Host::Pattern(Origin::parse(url).unwrap());
        for (platform, region, service, want) in [
            (Otc, "eu-de", Ddm, documented("ddm.eu-de.otc.t-systems.com")),
            (Otc, "eu-nl", Cbr, documented("cbr.eu-nl.otc.t-systems.com")),
            (Otc, "eu-nl", Ddm, pattern("ddm.eu-nl.otc.t-systems.com")),
            (Otc, "eu-ch2", Iam, documented("iam-pub.eu-ch2.sc.otc.t-systems.com")),
            (Otc, "eu-ch2", Dcs, pattern("dcs.eu-ch2.sc.otc.t-systems.com")),
            (Otc, "eu-mars", Iam, pattern("iam.eu-mars.otc.t-systems.com")),
            (Huawei, "cn-north-4", Dcs, documented("dcs.cn-north-4.myhuaweicloud.com")),
            (Huawei, "eu-west-101", Iam, documented("iam.eu-west-101.myhuaweicloud.eu")),
            (Huawei, "eu-west-101", Ddm, documented("ddm.eu-west-101.myhuaweicloud.eu")),
            (Huawei, "eu-west-101", Dcs, pattern("dcs.eu-west-101.myhuaweicloud.eu")),
            (Huawei, "xx-mars-1", Cbr, pattern("cbr.xx-mars-1.myhuaweicloud.com")),
        ] {
            let region = Region::parse(region).unwrap();
            assert_eq!(host(platform, &region, service).unwrap(), want, "{platform} {region} {service}");
        }
    }

    #[test]
    fn the_region_stands_in_the_host_of_iam() {
        for (url, want) in [
            ("https://iam.eu-de.otc.t-systems.com/v3", Some("eu-de")),
            ("https://iam-pub.eu-ch2.sc.otc.t-systems.com", Some("eu-ch2")),
            ("https://iam.myhuaweicloud.com/v3", None),
            ("https://iam.eu-de.otc.t-systems.com.evil.example", None),
            ("https://iam.eu-de.evil-otc.t-systems.com", None),
            ("http://127.0.0.1:8080", None),
        ] {
            let region = region_of(&Origin::parse(url).unwrap());
            assert_eq!(region.as_ref().map(Region::as_str), want, "{url}");
        }
    }
}
