//! Which region, which host: regions of resources, regions that only the catalogue knows, and regions that nobody knows.

use cloud::{Arguments, Environment, Kind, dcs};

use crate::door::{self, Door};

const KEYS: &[(&str, &str)] = &[("access_key", "BLOCKAK"), ("secret_key", "block-sk")];
const PASSWORD: &[(&str, &str)] = &[("user_id", "block-id"), ("password", "block-password")];
const TOKEN: &[(&str, &str)] = &[("token", "block-token")];

/// Settings that lead to the cloud's IAM and leave everything else to be found.
fn only_iam(door: &Door, region: &str, credentials: &[(&str, &str)]) -> Arguments {
    let base = Arguments { endpoints: None, ..door.arguments(region) };
    door::with(base, &[credentials, &[("max_retries", "0"), ("request_timeout", "5s")]].concat())
}

#[tokio::test]
async fn a_service_that_no_document_lists_is_found_in_the_catalogue() {
    // No document lists DCS of the Swiss cloud, nor DDM of eu-nl.
    for credentials in [KEYS, PASSWORD] {
        let door = Door::open().await;
        let handle = door::connect(&only_iam(&door, "eu-ch2", credentials), &Environment::default()).unwrap();
        for _ in 0..3 {
            door::read(&handle).await.unwrap();
        }
        assert_eq!(door.count("GET", &format!("/instances/{}", door::INSTANCE)), 3);
        assert!(door.count("GET", "/v3/auth/catalog") <= 1, "the catalogue is read once");
        let scope = handle.scope(Some("eu-nl"), None).await.unwrap();
        let found = cloud::ddm::instance(&scope, rehearsal::ddm::SOURCE_ID).await;
        assert!(found.is_ok(), "{found:?}");
    }
}

#[tokio::test]
async fn a_region_of_a_resource_means_its_own_project() {
    for credentials in [KEYS, PASSWORD] {
        let door = Door::open().await;
        let settings = door::with(only_iam(&door, "eu-ch2", credentials), &[("project_name", "eu-ch2")]);
        let handle = door::connect(&settings, &Environment::default()).unwrap();
        let projects = door.running.world().iam.projects;
        for region in [None, Some("eu-ch2"), Some("eu-nl"), Some("ap-southeast-3")] {
            let scope = handle.scope(region, None).await.unwrap();
            let name = region.unwrap_or("eu-ch2");
            let own = projects.iter().find(|project| project.name == name).unwrap();
            assert_eq!((scope.region.as_str(), scope.project_id.as_str()), (name, own.id.as_str()));
        }
        let given = handle.scope(Some("eu-nl"), Some("given")).await.unwrap();
        assert_eq!((given.region.as_str(), given.project_id.as_str()), ("eu-nl", "given"));
    }
}

#[tokio::test]
async fn a_region_that_nobody_knows_lists_what_was_tried() {
    let door = Door::open().await;
    let unknown = "eu-mars";
    // The region's project is looked up first.
    for (credentials, status) in [(KEYS, None), (PASSWORD, Some(404))] {
        let handle = door::connect(&only_iam(&door, unknown, credentials), &Environment::default()).unwrap();
        let error = handle.scope(None, None).await.err().unwrap();
        assert!(error.kind() == Kind::Config, "{status:?}: {:?} {error}", error.kind());
        for part in [unknown, "project_id", "project_name"] {
            assert!(error.message().contains(part), "{part}: {error}");
        }
    }
    // Somebody who gives a project gets as far as the service.
    for (credentials, platform, host) in [
        (KEYS, "otc", "https://dcs.eu-mars.otc.t-systems.com"),
        (PASSWORD, "otc", "https://dcs.eu-mars.otc.t-systems.com"),
        (TOKEN, "huaweicloud", "https://dcs.eu-mars.myhuaweicloud.com"),
    ] {
        let project = door::first_project();
        let settings = [("platform", platform), ("project_id", project.as_str())];
        let settings = door::with(only_iam(&door, unknown, credentials), &settings);
        let scope = door::connect(&settings, &Environment::default()).unwrap().scope(None, None).await.unwrap();
        let error = dcs::instance(&scope, dcs::Version::V2, "i").await.unwrap_err();
        for part in ["No document lists DCS", unknown, "the service catalogue has no DCS", host, "endpoints.dcs"] {
            assert!(error.message().contains(part), "{part}: {error}");
        }
    }
}

#[tokio::test]
async fn a_region_that_nobody_knows_has_no_iam_either() {
    for (credentials, platform, host) in [
        (KEYS, "otc", "https://iam.eu-mars.otc.t-systems.com"),
        (PASSWORD, "huaweicloud", "https://iam.eu-mars.myhuaweicloud.com"),
        (TOKEN, "otc", "https://iam.eu-mars.otc.t-systems.com"),
    ] {
        let settings = [("region", "eu-mars"), ("platform", platform), ("max_retries", "0"), ("request_timeout", "5s")];
        let settings = door::with(Arguments::default(), &[&settings, credentials].concat());
        let handle = door::connect(&settings, &Environment::default()).unwrap();
        let error = handle.scope(None, None).await.err().unwrap();
        for part in ["No document lists IAM", "eu-mars", host, "auth_url"] {
            assert!(error.message().contains(part), "{platform}: {part}: {error}");
        }
    }
}

#[tokio::test]
async fn no_region_at_all_lists_the_places() {
    let door = Door::open().await;
    let settings = Arguments { region: None, ..door::with(door.arguments(""), KEYS) };
    let handle = door::connect(&settings, &Environment::default()).unwrap();
    let error = handle.scope(None, None).await.err().unwrap();
    for part in ["region of the resource", "OS_REGION_NAME", "HW_REGION_NAME", "project's name", "auth_url"] {
        assert!(error.message().contains(part), "{part}: {error}");
    }
    assert!(door.journal().is_empty());
}

#[tokio::test]
async fn an_agency_works_in_the_delegating_accounts_project() {
    let agency = [("agency_name", "recovery"), ("agency_domain_name", "rehearsal-partner")];
    for platform in ["otc", "huaweicloud"] {
        let door = Door::open().await;
        let settings = door::with(door.arguments("eu-de"), &[KEYS, &agency, &[("platform", platform)]].concat());
        let scope = door::connect(&settings, &Environment::default()).unwrap().scope(None, None).await.unwrap();
        let projects = door.running.world().iam.projects;
        let partner = projects.into_iter().find(|project| project.id == scope.project_id).unwrap();
        assert_ne!(scope.project_id, door::first_project(), "{platform}");
        assert_eq!((partner.name.as_str(), partner.domain_id.as_str()), ("eu-de", "8d2b6f40c7e1493ab5960f3e1a7cd284"));
    }
}

#[tokio::test]
async fn the_address_of_iam_comes_from_every_source() {
    let door = Door::open().await;
    let url = door.running.connection.auth_url.clone();
    let home = tempfile::tempdir().unwrap();
    let entry = format!(
        "clouds: {{c: {{region_name: eu-de, auth: {{auth_url: '{url}', username: yaml, password: yaml-password,
        user_domain_name: rehearsal}}}}}}"
    );
    door::write(home.path(), ".config/openstack/clouds.yaml", &entry);
    let home = home.path().display().to_string();
    let endpoints = Arguments { auth_url: None, region: None, ..door.arguments("eu-de") };
    for (block, variables) in [
        (KEYS, vec![("OS_AUTH_URL", url.as_str()), ("OS_REGION_NAME", "eu-de")]),
        (KEYS, vec![("HW_AUTH_URL", url.as_str()), ("HW_REGION_NAME", "eu-de")]),
        (&[("cloud", "c")], vec![]),
        (&[], vec![("OS_CLOUD", "c")]),
    ] {
        door.running.clear_journal();
        let environment = door::environment(&[vec![("HOME", home.as_str())], variables.clone()].concat());
        let read = door::read(&door::connect(&door::with(endpoints.clone(), block), &environment).unwrap()).await;
        assert!(read.is_ok(), "{block:?} {variables:?}: {read:?}");
        assert!(door.journal().iter().any(|entry| entry.service == rehearsal::Service::Iam), "{block:?} {variables:?}");
    }
}
