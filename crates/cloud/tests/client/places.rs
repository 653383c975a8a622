//! Regions, projects, addresses, and the rehearsal that nothing leads out of.

use std::collections::BTreeMap;

use cloud::{Arguments, Kind, SERVICES, dcs};

use super::*;

#[tokio::test]
async fn a_project_is_looked_up_by_name_once() {
    let peer = Peer::start(|request| match (request.path.as_str(), request.query.as_str()) {
        ("/v3/projects", "name=eu-de_team") => {
            json(200, r#"{"projects":[{"id":"px","name":"eu-de_team"},{"id":"py","name":"eu-de_team2"}]}"#)
        }
        ("/v3/projects", "name=eu-de") => json(200, r#"{"projects":[{"id":"p0","name":"eu-de"}]}"#),
        ("/v3/projects", "name=twice") => {
            json(200, r#"{"projects":[{"id":"a","name":"twice"},{"id":"b","name":"twice"}]}"#)
        }
        _ => json(200, r#"{"projects":[]}"#),
    })
    .await;
    let named =
        |name: Option<&str>| Arguments { project_id: None, project_name: name.map(str::to_owned), ..with_keys(&peer) };
    let team = cloud(&named(Some("eu-de_team")));
    for _ in 0..3 {
        assert_eq!(team.scope(None, None).await.unwrap().project_id, "px");
    }
    assert_eq!(peer.requests().len(), 1);
    assert_eq!(scope(&named(None)).await.project_id, "p0", "the project named like the region");
    assert_eq!(team.scope(None, Some("given")).await.unwrap().project_id, "given");
    let error = cloud(&named(Some("twice"))).scope(None, None).await.err().unwrap();
    assert!(error.kind() == Kind::Config && error.message().contains("project_id"), "{error}");
    let error = cloud(&named(Some("nobody"))).scope(None, None).await.err().unwrap();
    assert!(error.kind() == Kind::Config && error.message().contains("nobody"), "{error}");
}

#[tokio::test]
async fn a_password_learns_its_project_from_the_token() {
    let peer = Peer::start(fine).await;
    let arguments = Arguments { project_id: None, ..with_password(&peer) };
    let scope = scope(&arguments).await;
    assert_eq!(scope.project_id, "p1");
    dcs::instance(&scope, dcs::Version::V2, "i").await.unwrap();
    assert_eq!(peer.count("POST /v3/auth/tokens"), 1, "the same token serves the project's calls");
    let login = peer.requests().remove(0);
    assert!(login.body.contains(r#""scope":{"project":{"domain":{"name":"d"},"name":"eu-de"}}"#), "{}", login.body);
}

#[tokio::test]
async fn a_ready_token_tells_its_project_and_region() {
    let peer = Peer::start(|request| match request.line().as_str() {
        "GET /v3/auth/tokens" => {
            assert_eq!((request.header("x-auth-token"), request.header("x-subject-token")), ("ready", "ready"));
            json(200, r#"{"token":{"project":{"id":"pt","name":"eu-nl_team"}}}"#)
        }
        _ => json(200, r#"{"projects":[]}"#),
    })
    .await;
    let arguments = Arguments { project_id: None, region: None, ..with_token(&peer) };
    let scope = scope(&arguments).await;
    assert_eq!((scope.region.as_str(), scope.project_id.as_str()), ("eu-nl", "pt"));
}

#[tokio::test]
async fn an_override_leads_to_one_region_only() {
    let peer = Peer::start(fine).await;
    let cloud = cloud(&with_token(&peer));
    assert!(cloud.scope(Some("eu-de"), None).await.is_ok());
    let error = cloud.scope(Some("eu-nl"), None).await.err().unwrap();
    assert!(error.kind() == Kind::Config && error.message().contains("overrides the endpoints"), "{error}");
}

#[tokio::test]
async fn no_region_is_an_error_that_lists_the_places() {
    let peer = Peer::start(fine).await;
    let arguments = Arguments { region: None, ..with_keys(&peer) };
    let error = cloud(&arguments).scope(None, None).await.err().unwrap();
    assert!(error.message().contains("OS_REGION_NAME") && error.message().contains("auth_url"), "{error}");
}

#[tokio::test]
async fn an_unlisted_service_is_found_in_the_catalogue() {
    let peer = Peer::start(fine).await;
    let url = peer.url.clone();
    let iam = Peer::start(move |request| match request.line().as_str() {
        "GET /v3/auth/catalog" => json(
            200,
            &format!(r#"{{"catalog":[{{"type":"dcsv1","endpoints":[{{"interface":"public","region":"eu-ch2","url":"{url}/v1.0/p1"}}]}}]}}"#),
        ),
        _ => fine(request),
    })
    .await;
    let arguments = Arguments {
        auth_url: Some(iam.url.clone()),
        endpoints: None,
        region: Some("eu-ch2".to_owned()),
        ..with_keys(&iam)
    };
    let scope = scope(&arguments).await;
    for _ in 0..2 {
        dcs::instance(&scope, dcs::Version::V2, "i").await.unwrap();
    }
    assert_eq!((iam.count("GET /v3/auth/catalog"), peer.count("GET /v2/p1/instances/i")), (1, 2));
}

#[tokio::test]
async fn an_unknown_region_behind_a_strange_iam_says_why_nothing_was_tried() {
    let iam = Peer::start(|_| json(200, r#"{"catalog":[]}"#)).await;
    let arguments = Arguments {
        auth_url: Some(iam.url.clone()),
        endpoints: None,
        region: Some("eu-nowhere".to_owned()),
        max_retries: Some(0),
        ..with_keys(&iam)
    };
    let error = dcs::instance(&scope(&arguments).await, dcs::Version::V2, "i").await.unwrap_err();
    for part in [
        "No document lists DCS",
        "catalogue has no DCS",
        "was not tried",
        "does not belong to otc",
        "https://dcs.eu-nowhere.otc",
        "endpoints.dcs",
    ] {
        assert!(error.message().contains(part), "{part}: {error}");
    }
}

/// The answer of a rehearsal cloud at a URL, with one endpoint led elsewhere.
fn connection(url: &str, key: &str, elsewhere: &str) -> String {
    let place = |name: &str| if name == key { elsewhere.to_owned() } else { url.to_owned() };
    let endpoints = SERVICES.map(|service| format!("{:?}:{:?}", service.key(), place(service.key())));
    format!(
        r#"{{"url":"{url}","auth_url":"{}/v3","endpoints":{{{}}},"region":"eu-de",
        "credentials":{{"project_id":"p1","project_name":"eu-de","domain_name":"rd","user_name":"ru","password":"rp",
        "access_key":"RA","secret_key":"RS","token":"RT"}}}}"#,
        place("auth_url"),
        endpoints.join(","),
    )
}

/// A rehearsal cloud that names itself, but for one endpoint.
async fn rehearsal(key: &'static str, elsewhere: &'static str) -> Peer {
    Peer::start(move |request| match request.line().as_str() {
        "GET /_rehearsal/connection" => {
            let url = format!("http://{}", request.header("host"));
            json(200, &connection(&url, key, elsewhere))
        }
        "POST /v3/auth/tokens" if request.body.contains(r#""name":"cn-north-4""#) => json(401, "{}"),
        _ => fine(request),
    })
    .await
}

fn rehearsing(arguments: &Arguments, peer: &Peer) -> cloud::Cloud {
    let environment =
        [("RECOVERY_REHEARSAL", peer.url.as_str()), ("OS_PASSWORD", "real"), ("HTTP_PROXY", "http://10.0.0.1:1")];
    cloud::Cloud::new(Config::resolve(arguments, &environment.into_iter().collect()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_rehearsal_uses_its_own_addresses_and_credentials_whatever_the_block_says() {
    let real = Peer::start(fine).await;
    let endpoints: BTreeMap<String, String> = BTreeMap::from([("dcs".to_owned(), real.url.clone())]);
    let base = || Arguments { region: Some("cn-north-4".to_owned()), ..Arguments::default() };
    for arguments in [
        Arguments { auth_url: Some(real.url.clone()), ..base() },
        Arguments { endpoints: Some(endpoints), ..base() },
        Arguments { cloud: Some("real".to_owned()), ..base() },
        Arguments { token: Some(Secret::new("real")), ..base() },
        Arguments { access_key: Some("real".to_owned()), secret_key: Some(Secret::new("real")), ..base() },
        Arguments { project_id: Some("real".to_owned()), ..base() },
    ] {
        let peer = rehearsal("", "").await;
        let cloud = rehearsing(&arguments, &peer);
        assert!(cloud.rehearsal());
        // The rehearsal knows no project of that region, so its own stands in.
        let scope = cloud.scope(None, None).await.unwrap();
        assert_eq!((scope.region.as_str(), scope.project_id.as_str()), ("cn-north-4", "p1"));
        dcs::instance(&scope, dcs::Version::V2, "i").await.unwrap();
        let texts = format!("{:?}", peer.requests());
        assert!(texts.contains(r#"\"name\":\"ru\""#) && !texts.contains("real"), "{texts}");
        assert_eq!(peer.count("GET /_rehearsal/connection"), 1);
    }
    assert!(real.requests().is_empty());
}

#[tokio::test]
async fn a_rehearsal_that_names_a_real_address_is_refused() {
    for (key, elsewhere) in [
        ("auth_url", "https://iam.eu-de.otc.t-systems.com"),
        ("iam", "https://iam.eu-de.otc.t-systems.com"),
        ("dcs", "http://127.0.0.1.example.com"),
        ("cbr", "http://192.168.0.1"),
        ("ddm", "nonsense"),
    ] {
        let peer = rehearsal(key, elsewhere).await;
        let error = rehearsing(&Arguments::default(), &peer).scope(None, None).await.err().unwrap();
        assert!(error.kind() == Kind::Config && error.message().contains(elsewhere), "{key}: {error}");
    }
}

#[tokio::test]
async fn no_rehearsal_cloud_is_a_clear_error() {
    let peer = Peer::start(|_| json(404, "")).await;
    let error = rehearsing(&Arguments::default(), &peer).connect_rehearsal().await.unwrap_err();
    assert!(error.message().contains(&peer.url), "{error}");
}
