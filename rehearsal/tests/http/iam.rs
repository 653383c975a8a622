//! IAM from outside: tokens of every kind, lookups, the catalogue.

use serde_json::{Value, json};

use crate::support::{Cloud, Reply, send};

fn by_password(name: &str, password: &str, scope: Value) -> Value {
    let user = json!({"name": name, "password": password, "domain": {"name": "rehearsal"}});
    json!({"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}})
}

async fn token(cloud: &Cloud, body: &Value) -> Reply {
    cloud.iam("POST", "/v3/auth/tokens", &[], &body.to_string()).await
}

#[tokio::test]
async fn password_tokens_in_every_spelling() {
    let cloud = Cloud::start().await;
    let credentials = cloud.running.connection.credentials.clone();
    let password = credentials.password.reveal();
    let region = json!({"project": {"name": "eu-de"}});
    let default_domain = json!({"project": {"name": "eu-de", "domain": {"id": "default"}}});
    let by_id = json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": {"id": credentials.user_id, "password": password}}},
        "scope": {"project": {"id": credentials.project_id}, "domain": {"name": "rehearsal"}},
    }});
    for body in [by_password("rehearsal", password, region), by_password("rehearsal", password, default_domain), by_id]
    {
        let reply = token(&cloud, &body).await;
        assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
        let value = reply.header("x-subject-token").unwrap().to_owned();
        let token = &reply.json()["token"];
        assert_eq!(token["project"]["id"], credentials.project_id);
        assert_eq!(token["user"]["domain"]["name"], "rehearsal");
        assert_eq!(token["expires_at"].as_str().unwrap().len(), "2015-11-09T01:42:57.527363Z".len());
        let target = format!("/v2/{}/instances", credentials.project_id);
        let dcs = &cloud.running.connection.endpoints.dcs;
        assert_eq!(send(dcs, "GET", &target, &[("X-Auth-Token", &value)], "").await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn wrong_logins_are_refused_as_documented() {
    let cloud = Cloud::start().await;
    let password = cloud.running.connection.credentials.password.reveal().to_owned();
    let scope = json!({"project": {"name": "eu-de"}});
    let no_domain = json!({"auth": {"identity": {"methods": ["password"],
        "password": {"user": {"name": "rehearsal", "password": password}}}}});
    for (body, status) in [
        (by_password("rehearsal", "wrong", scope.clone()), 401),
        (by_password("nobody", &password, scope.clone()), 401),
        (by_password("rehearsal", &password, json!({"project": {"name": "mars-1"}})), 404),
        (by_password("rehearsal-mfa", "Rehearsal-Mfa-1", scope.clone()), 401),
        (by_password("rehearsal-disabled", "Rehearsal-Disabled-1", scope), 403),
        (no_domain, 400),
        (json!({"auth": {"identity": {"methods": ["magic"], "magic": {}}}}), 400),
        (json!({"auth": {}}), 400),
        (json!([]), 400),
    ] {
        let reply = token(&cloud, &body).await;
        assert_eq!(reply.status, status, "{body}");
        assert_eq!(reply.json()["error"]["code"], status);
        assert!(reply.json()["error_code"].as_str().unwrap().starts_with("IAM."));
    }
}

#[tokio::test]
async fn mfa_needs_password_and_code() {
    let cloud = Cloud::start().await;
    let user = cloud.running.world().iam.users[1].clone();
    let body = |code: &str| {
        json!({"auth": {"identity": {"methods": ["password", "totp"],
            "password": {"user": {"name": user.name, "password": user.password, "domain": {"name": "rehearsal"}}},
            "totp": {"user": {"id": user.id, "passcode": code, "domain": {"name": "rehearsal"}}}},
            "scope": {"project": {"name": "eu-de"}}}})
    };
    let reply = token(&cloud, &body("123456")).await;
    assert_eq!(reply.status, 201);
    assert!(reply.json()["token"]["mfa_authn_at"].is_string());
    assert_eq!(token(&cloud, &body("000000")).await.status, 401);
    let who = cloud.running.journal().pop().unwrap().who;
    assert_eq!((who.kind.as_str(), who.user.as_deref()), ("password+totp", Some("rehearsal-mfa")));
}

#[tokio::test]
async fn agencies_act_in_the_delegating_account() {
    let cloud = Cloud::start().await;
    let own = cloud.token().to_owned();
    for (key, domain_key, domain) in [
        ("agency_name", "domain_name", "rehearsal-partner"),
        ("xrole_name", "domain_id", "8d2b6f40c7e1493ab5960f3e1a7cd284"),
    ] {
        let role = json!({key: "recovery", domain_key: domain, "duration_seconds": 3600});
        let identity = json!({"methods": ["assume_role"], "assume_role": role});
        let body = json!({"auth": {"identity": identity, "scope": {"project": {"name": "eu-de"}}}}).to_string();
        let reply = cloud.iam("POST", "/v3/auth/tokens", &[("X-Auth-Token", &own)], &body).await;
        assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
        let token = &reply.json()["token"];
        assert_eq!(token["user"]["name"], "rehearsal-partner/recovery");
        assert_eq!(token["project"]["domain"]["name"], "rehearsal-partner");
        assert_eq!(token["assumed_by"]["user"]["name"], "rehearsal");
        let target = "/v3.0/OS-CREDENTIAL/securitytokens";
        let keys = cloud.iam("POST", target, &[("X-Auth-Token", &own)], &body).await;
        assert_eq!(keys.status, 201);
        assert_eq!(cloud.iam("POST", target, &[], &body).await.status, 401, "an agency needs a caller");
    }
}

#[tokio::test]
async fn a_token_scopes_another_and_is_read_back() {
    let cloud = Cloud::start().await;
    let password = cloud.running.connection.credentials.password.reveal().to_owned();
    let unscoped = token(&cloud, &by_password("rehearsal", &password, Value::Null)).await;
    let first = unscoped.header("x-subject-token").unwrap().to_owned();
    assert!(unscoped.json()["token"].get("project").is_none());
    let body = json!({"auth": {"identity": {"methods": ["token"], "token": {"id": first}},
        "scope": {"project": {"name": "eu-nl"}}}});
    let scoped = token(&cloud, &body).await;
    let second = scoped.header("x-subject-token").unwrap().to_owned();
    assert_eq!(scoped.json()["token"]["project"]["name"], "eu-nl");
    let headers = [("X-Auth-Token", second.as_str()), ("X-Subject-Token", second.as_str())];
    let read = cloud.iam("GET", "/v3/auth/tokens", &headers, "").await;
    assert_eq!(read.json()["token"]["project"]["name"], "eu-nl");
    let head = cloud.iam("HEAD", "/v3/auth/tokens", &headers, "").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    let brief = cloud.iam("GET", "/v3/auth/tokens?nocatalog=1", &headers, "").await;
    assert!(brief.json()["token"].get("catalog").is_none());
    let unknown = [("X-Auth-Token", second.as_str()), ("X-Subject-Token", "x")];
    assert_eq!(cloud.iam("GET", "/v3/auth/tokens", &unknown, "").await.status, 404);
}

#[tokio::test]
async fn the_catalogue_names_the_rehearsal_itself() {
    let cloud = Cloud::start().await;
    let connection = &cloud.running.connection;
    let headers = [("X-Auth-Token", cloud.token())];
    let catalog = cloud.iam("GET", "/v3/auth/catalog", &headers, "").await.json()["catalog"].clone();
    let url = |kind: &str| {
        let entry = catalog.as_array().unwrap().iter().find(|entry| entry["type"] == kind).unwrap();
        entry["endpoints"][0]["url"].as_str().unwrap().to_owned()
    };
    let project = cloud.project();
    assert_eq!(url("dcs"), format!("{}/v1.0/", connection.endpoints.dcs));
    assert_eq!(url("dcsv1"), format!("{}/v1.0/{project}", connection.endpoints.dcs));
    assert_eq!(url("cbr"), format!("{}/v3/{project}", connection.endpoints.cbr));
    assert_eq!(url("identity"), connection.auth_url);
    let endpoints = cloud.iam("GET", "/v3/endpoints", &headers, "").await.json();
    assert!(endpoints.to_string().contains("$(tenant_id)s"));
    for path in ["/v3/services", "/v3/regions", "/v3/auth/domains", "/v3/auth/projects"] {
        assert_eq!(cloud.iam("GET", path, &headers, "").await.status, 200, "{path}");
    }
    assert_eq!(cloud.iam("GET", "/", &[], "").await.status, 300);
}

/// The command line of OpenStack finds a name's id in a list and then asks for the record that the list links to.
#[tokio::test]
async fn what_a_list_links_to_is_there() {
    let cloud = Cloud::start().await;
    let headers = [("X-Auth-Token", cloud.token())];
    let iam = &cloud.running.connection.endpoints.iam;
    for (list, records, record) in [
        ("/v3/users?name=rehearsal", "users", "user"),
        ("/v3/domains", "domains", "domain"),
        ("/v3/services", "services", "service"),
        ("/v3/regions", "regions", "region"),
        ("/v3/projects", "projects", "project"),
    ] {
        let listed = cloud.iam("GET", list, &headers, "").await.json()[records][0].clone();
        let link = listed["links"]["self"].as_str().unwrap().strip_prefix(iam.as_str()).unwrap().to_owned();
        assert_eq!(cloud.iam("GET", &link, &headers, "").await.json()[record], listed, "{list}");
        let unknown = format!("/v3/{records}/unknown");
        assert_eq!(cloud.iam("GET", &unknown, &headers, "").await.json()["error_code"], "IAM.0004", "{unknown}");
    }
    let users = cloud.iam("GET", "/v3/users?name=rehearsal", &headers, "").await.json();
    assert_eq!(users["users"].as_array().unwrap().len(), 1);
    assert_eq!(cloud.iam("GET", "/v3/users?name=nobody", &headers, "").await.json()["users"], json!([]));
    let endpoint = cloud.iam("GET", "/v3/endpoints", &headers, "").await.json()["endpoints"][0].clone();
    assert!(endpoint["links"]["self"].as_str().unwrap().ends_with(endpoint["id"].as_str().unwrap()));
}

#[tokio::test]
async fn projects_are_looked_up_by_name() {
    let cloud = Cloud::start().await;
    let headers = [("X-Auth-Token", cloud.token())];
    let found = cloud.iam("GET", "/v3/projects?name=eu-de&page=1", &headers, "").await.json();
    assert_eq!(found["projects"].as_array().unwrap().len(), 1);
    assert_eq!(found["projects"][0]["id"], cloud.project());
    let own = cloud.iam("GET", &format!("/v3/projects/{}", cloud.project()), &headers, "").await.json();
    assert_eq!(own["project"]["name"], "eu-de");
    assert_eq!(cloud.iam("GET", "/v3/projects/none", &headers, "").await.status, 404);
    let user = &cloud.running.connection.credentials.user_id;
    let of_user = cloud.iam("GET", &format!("/v3/users/{user}/projects"), &headers, "").await.json();
    assert!(of_user["projects"].as_array().unwrap().len() > 5);
    assert_eq!(cloud.iam("GET", "/v3/projects", &[], "").await.status, 401);
}
