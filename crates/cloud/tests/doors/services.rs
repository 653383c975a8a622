//! The services as a caller sees them, by way of `RECOVERY_REHEARSAL`.

use cloud::{Arguments, Cloud, Scope, dcs};

use crate::door::{self, Door, INSTANCE};

fn rehearsal(door: &Door) -> Cloud {
    let environment = door::environment(&[("RECOVERY_REHEARSAL", &door.running.connection.url)]);
    door::connect(&Arguments::default(), &environment).unwrap()
}

async fn rehearsing(door: &Door) -> Scope {
    rehearsal(door).scope(None, None).await.unwrap()
}

#[tokio::test]
async fn a_backup_is_made_listed_and_deleted_in_both_versions() {
    let door = Door::open().await;
    let scope = rehearsing(&door).await;
    for version in [dcs::Version::V1, dcs::Version::V2] {
        let new = dcs::NewBackup { remark: Some("r".to_owned()), backup_format: None };
        let id = dcs::create_backup(&scope, version, INSTANCE, &new).await.unwrap();
        let record = loop {
            let records = dcs::list_backups(&scope, version, INSTANCE).await.unwrap();
            match records.into_iter().find(|record| record.backup_id.as_ref() == Some(&id)) {
                Some(record) if record.status.as_deref() == Some("succeed") => break record,
                _ => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            }
        };
        assert_eq!(record.remark.as_deref(), Some("r"));
        assert!(record.created_at.as_deref().and_then(cloud::time::parse).is_some(), "{record:?}");
        dcs::delete_backup(&scope, version, INSTANCE, &id).await.unwrap();
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let door = Door::open().await;
    let scope = rehearsing(&door).await;
    let nowhere = "00000000-0000-4000-8000-000000000000";
    let errors = [
        dcs::instance(&scope, dcs::Version::V2, nowhere).await.err(),
        cloud::cbr::backup(&scope, nowhere).await.err(),
        cloud::cbr::operation_log(&scope, nowhere).await.err(),
        cloud::ddm::instance(&scope, "00000000000000000000000000000000in09").await.err(),
    ];
    for error in errors.into_iter().flatten() {
        assert!(error.is_not_found(), "{error}");
    }
}

#[tokio::test]
async fn every_region_can_be_rehearsed() {
    let door = Door::open().await;
    let cloud = rehearsal(&door);
    for (region, project) in
        [(None, None), (Some("eu-nl"), None), (Some("xx-nowhere-1"), None), (None, Some("unknown"))]
    {
        let scope = cloud.scope(region, project).await.unwrap();
        assert_eq!(scope.region, region.unwrap_or("eu-de"));
        dcs::instance(&scope, dcs::Version::V2, INSTANCE).await.unwrap();
    }
}
