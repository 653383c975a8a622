//! The two clouds, and how to tell which one is meant.

use std::fmt;

use crate::address::Origin;

/// Regions of Open Telekom Cloud that the list of endpoints has.
pub(crate) const OTC_REGIONS: &[&str] = &["eu-de", "eu-nl"];

/// Regions of Huawei Cloud in which a document lists DDM (and all the other services), but for Europe.
pub(crate) const HUAWEI_REGIONS: &[&str] = &[
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

/// The region of Huawei Cloud in Europe, which has a domain of its own.
pub(crate) const HUAWEI_EUROPE: &[&str] = &["eu-west-101"];

/// The two clouds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Platform {
    /// Open Telekom Cloud.
    Otc,
    /// Huawei Cloud.
    Huawei,
}

impl Platform {
    /// The name in configurations: `otc` or `huaweicloud`.
    pub fn name(self) -> &'static str {
        match self {
            Platform::Otc => "otc",
            Platform::Huawei => "huaweicloud",
        }
    }

    /// The platform of a name as it is written in configurations.
    pub fn from_name(name: &str) -> Option<Platform> {
        [Platform::Otc, Platform::Huawei].into_iter().find(|platform| platform.name() == name)
    }

    /// The domain under which the services of a region are.
    pub(crate) fn domain(self, region: &str) -> &'static str {
        match self {
            Platform::Otc if region == "eu-ch2" => "sc.otc.t-systems.com",
            Platform::Otc => "otc.t-systems.com",
            Platform::Huawei if region.starts_with("eu-west-1") => "myhuaweicloud.eu",
            Platform::Huawei => "myhuaweicloud.com",
        }
    }

    /// Told from the name of a host, or from the domain alone; `None` for hosts of neither cloud. It is the end of a name
    /// that counts: whoever owns a domain can put any word before it.
    pub(crate) fn of_host(host: &str) -> Option<Platform> {
        const DOMAINS: [(&str, Platform); 4] = [
            ("otc.t-systems.com", Platform::Otc),
            ("myhuaweicloud.com", Platform::Huawei),
            ("myhuaweicloud.eu", Platform::Huawei),
            ("huaweicloud.com", Platform::Huawei),
        ];
        let is_under =
            |domain: &str| host.strip_suffix(domain).is_some_and(|labels| labels.is_empty() || labels.ends_with('.'));
        DOMAINS.iter().find(|(domain, _)| is_under(domain)).map(|(_, platform)| *platform)
    }

    /// Told from an address as somebody wrote it.
    pub(crate) fn of_address(url: &str) -> Option<Platform> {
        Platform::of_host(Origin::parse(url).ok()?.host())
    }

    /// Told from a region's (or a project's) name; `None` if neither cloud is known to have it.
    pub(crate) fn of_region(region: &str) -> Option<Platform> {
        const HUAWEI: [&str; 13] =
            ["cn-", "ap-", "la-", "na-", "sa-", "af-", "tr-", "me-", "my-", "ru-", "ae-", "us-", "eu-west-"];
        let region = region.split('_').next().unwrap_or_default().to_ascii_lowercase();
        if ["eu-de", "eu-nl", "eu-ch2"].contains(&region.as_str()) {
            Some(Platform::Otc)
        } else if HUAWEI.iter().any(|prefix| region.starts_with(prefix)) {
            Some(Platform::Huawei)
        } else {
            None
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_regions_tell_the_platform() {
        for (host, want) in [
            ("https://iam.eu-de.otc.t-systems.com/v3", Some(Platform::Otc)),
            ("https://iam-pub.eu-ch2.sc.otc.t-systems.com/v3", Some(Platform::Otc)),
            ("https://iam.eu-west-101.myhuaweicloud.eu/v3", Some(Platform::Huawei)),
            ("myhuaweicloud.com", Some(Platform::Huawei)),
            ("http://127.0.0.1:5000", None),
            ("https://otc.t-systems.com.evil.example", None),
            ("https://evil-otc.t-systems.com", None),
            ("https://evil.example/otc.t-systems.com", None),
            ("https://myhuaweicloud.evil.example", None),
        ] {
            assert_eq!(Platform::of_address(host), want, "{host}");
        }
        for (region, want) in [
            ("eu-de", Some(Platform::Otc)),
            ("eu-de_team", Some(Platform::Otc)),
            ("eu-ch2", Some(Platform::Otc)),
            ("cn-north-4", Some(Platform::Huawei)),
            ("eu-west-101", Some(Platform::Huawei)),
            ("my-kualalumpur-1", Some(Platform::Huawei)),
            ("RegionOne", None),
        ] {
            assert_eq!(Platform::of_region(region), want, "{region}");
        }
    }
}
