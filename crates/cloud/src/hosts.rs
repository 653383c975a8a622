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

/// The address of a service in a region; under another domain than the platform's if one is named.
///
/// # Errors
/// None that a checked region can bring about: the host was compared with what its parts mean.
pub(crate) fn host(platform: Platform, domain: Option<&str>, region: &Region, service: Service) -> Result<Host, Error> {
    // Documents list the platform's own domain only.
    let listed = service.listed(platform, region.as_str()).filter(|_| domain.is_none());
    let domain = domain.unwrap_or_else(|| platform.domain(region.as_str()));
    let origin = Origin::of_service(listed.unwrap_or(service.key()), region, domain)
        .map_err(|reason| Error::config(format!("The address of {service} in the region {region}: {reason}.")))?;
    Ok(if listed.is_some() { Host::Documented(origin) } else { Host::Pattern(origin) })
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
        use crate::{
            cbr::service::SERVICE as CBR, dcs::service::SERVICE as DCS, ddm::service::SERVICE as DDM,
            iam::service::SERVICE as IAM,
        };
        use Platform::*;
        let documented = |url: &str| Host::Documented(Origin::parse(url).unwrap());
        let pattern = |url: &str| Host::Pattern(Origin::parse(url).unwrap());
        for (platform, region, service, want) in [
            (Otc, "eu-de", DDM, documented("ddm.eu-de.otc.t-systems.com")),
            (Otc, "eu-nl", CBR, documented("cbr.eu-nl.otc.t-systems.com")),
            (Otc, "eu-nl", DDM, pattern("ddm.eu-nl.otc.t-systems.com")),
            (Otc, "eu-ch2", IAM, documented("iam-pub.eu-ch2.sc.otc.t-systems.com")),
            (Otc, "eu-ch2", DCS, pattern("dcs.eu-ch2.sc.otc.t-systems.com")),
            (Otc, "eu-mars", IAM, pattern("iam.eu-mars.otc.t-systems.com")),
            (Huawei, "cn-north-4", DCS, documented("dcs.cn-north-4.myhuaweicloud.com")),
            (Huawei, "eu-west-101", IAM, documented("iam.eu-west-101.myhuaweicloud.eu")),
            (Huawei, "eu-west-101", DDM, documented("ddm.eu-west-101.myhuaweicloud.eu")),
            (Huawei, "eu-west-101", DCS, pattern("dcs.eu-west-101.myhuaweicloud.eu")),
            (Huawei, "xx-mars-1", CBR, pattern("cbr.xx-mars-1.myhuaweicloud.com")),
        ] {
            let region = Region::parse(region).unwrap();
            assert_eq!(host(platform, None, &region, service).unwrap(), want, "{platform} {region} {service}");
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
