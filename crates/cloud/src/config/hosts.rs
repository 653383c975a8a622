//! Where services are, as far as documents say.

use super::Platform;
use crate::call::Service;

/// How well an address is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    /// A document lists it.
    Documented(String),
    /// No document lists it: the catalogue decides, and this address, made from the usual pattern, is the last resort.
    Pattern(String),
}

impl Host {
    /// The origin.
    pub(crate) fn url(&self) -> &str {
        match self {
            Host::Documented(url) | Host::Pattern(url) => url,
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

/// The address of a service in a region.
pub(crate) fn host(platform: Platform, region: &str, service: Service) -> Host {
    match platform {
        Platform::Otc => otc(region, service),
        Platform::Huawei => huawei(region, service),
    }
}

fn otc(region: &str, service: Service) -> Host {
    let key = service.key();
    match (region, service) {
        // The Swiss cloud has its own domain; only its IAM is documented.
        ("eu-ch2", Service::Iam) => Host::Documented("https://iam-pub.eu-ch2.sc.otc.t-systems.com".to_owned()),
        ("eu-ch2", _) => Host::Pattern(format!("https://{key}.eu-ch2.sc.otc.t-systems.com")),
        // The list of endpoints has no DDM for eu-nl.
        ("eu-nl", Service::Ddm) => Host::Pattern(format!("https://{key}.{region}.otc.t-systems.com")),
        ("eu-de" | "eu-nl", _) => Host::Documented(format!("https://{key}.{region}.otc.t-systems.com")),
        _ => Host::Pattern(format!("https://{key}.{region}.otc.t-systems.com")),
    }
}

fn huawei(region: &str, service: Service) -> Host {
    let key = service.key();
    // The European cloud has its own domain.
    let european = region.starts_with("eu-west-1");
    let url = format!("https://{key}.{region}.myhuaweicloud.{}", if european { "eu" } else { "com" });
    match service {
        // One source lists these two under `.com`, another one uses `.eu` for all: the catalogue decides.
        Service::Dcs | Service::Cbr if european => Host::Pattern(url),
        _ if HUAWEI_REGIONS.contains(&region) => Host::Documented(url),
        _ => Host::Pattern(url),
    }
}

/// The region in the host of a documented IAM address: `eu-de` of `https://iam.eu-de.otc.t-systems.com`.
pub(crate) fn region_of(iam_url: &str) -> Option<String> {
    let url = reqwest::Url::parse(iam_url).ok()?;
    let host = url.host_str()?;
    Platform::of_host(host)?;
    let region = host.split('.').nth(1)?;
    (region.contains('-') && !region.contains("huaweicloud")).then(|| region.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_hosts_and_their_exceptions() {
        use Platform::*;
        use Service::*;
        let documented = |url: &str| Host::Documented(format!("https://{url}"));
        let pattern = |url: &str| Host::Pattern(format!("https://{url}"));
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
            assert_eq!(host(platform, region, service), want, "{platform} {region} {service}");
        }
    }

    #[test]
    fn the_region_stands_in_the_host_of_iam() {
        for (url, want) in [
            ("https://iam.eu-de.otc.t-systems.com/v3", Some("eu-de")),
            ("https://iam-pub.eu-ch2.sc.otc.t-systems.com", Some("eu-ch2")),
            ("https://iam.myhuaweicloud.com/v3", None),
            ("http://127.0.0.1:8080", None),
        ] {
            assert_eq!(region_of(url).as_deref(), want, "{url}");
        }
    }
}
