//! The table of services: a new one is a folder with its entry and its calls, and a line here.

use crate::service::Service;

/// All services, IAM first: it gives access to the others.
pub const SERVICES: [Service; 6] = [
    crate::iam::service::SERVICE,
    crate::dcs::service::SERVICE,
    crate::cbr::service::SERVICE,
    crate::ddm::service::SERVICE,
    crate::rds::service::SERVICE,
    crate::dds::service::SERVICE,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_has_names_of_its_own() {
        for (index, service) in SERVICES.iter().enumerate() {
            let key = service.key();
            assert_eq!(service.endpoint_variable(), format!("RECOVERY_ENDPOINT_{}", key.to_ascii_uppercase()));
            assert!(key.bytes().all(|byte| byte.is_ascii_lowercase()), "{key} becomes part of hosts");
            assert_eq!(SERVICES.iter().position(|other| other == service), Some(index), "{key} is there twice");
            assert!(service.has_catalogue_type(key) && service.has_catalogue_type(&format!("{key}v3")), "{key}");
            assert!(!service.has_catalogue_type(&format!("{key}x")), "{key}");
        }
    }
}
