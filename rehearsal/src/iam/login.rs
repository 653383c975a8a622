//! Credentials for whoever starts the cloud, and the projects that a configuration names.

use jiff::Timestamp;

use super::world::{Identity, Project, Scope, User, World};
use crate::connection::Credentials;
use crate::ids::Secret;
use crate::service::Planned;

/// Credentials of the first enabled user whose account has a project, with a fresh token, and the region; none when
/// there is no such user. A region wanted gets a project of its name.
pub(crate) fn log_in(world: &mut World, region: Option<&str>) -> Option<(Credentials, String)> {
    if let Some(region) = region {
        world.ensure_project(region);
    }
    let enabled = |user: &&User| user.enabled;
    let (user, project) = world.users.iter().filter(enabled).find_map(|user| {
        let own = |project: &&Project| {
            let wanted = region.is_none_or(|region| project.name == region);
            wanted && project.enabled && project.domain_id == user.domain_id
        };
        world.projects.iter().find(own).map(|project| (user.clone(), project.clone()))
    })?;
    let domain_name = world.domain(&user.domain_id)?.name.clone();
    let identity = Identity { user_id: user.id.clone(), agency: None };
    let scope = Scope::Project(project.id.clone());
    let token = world.issue_token(identity, scope, vec!["password".into()], Timestamp::now());
    let key = user.access_keys.into_iter().next();
    let (access_key, secret_key) = key.map_or((String::new(), Secret::default()), |key| (key.access, key.secret));
    let region = super::regions::region_of(&project.name).to_owned();
    let credentials = Credentials {
        project_id: project.id,
        project_name: project.name,
        domain_name,
        domain_id: user.domain_id,
        user_name: user.name,
        user_id: user.id,
        password: user.password,
        access_key,
        secret_key,
        token: token.value,
    };
    Some((credentials, region))
}

/// Each region that a resource names gets a project of its name, and each project that it names lies in that region.
pub(super) fn ensure(world: &mut World, planned: &[Planned]) {
    for resource in planned {
        let Some(region) = resource.text("region") else { continue };
        world.ensure_project(region);
        if let Some(project) = resource.text("project_id") {
            world.ensure_project_id(project, region);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn regions_and_projects_of_resources_are_created_once() {
        let mut world = World::default();
        let before = world.projects.len();
        let resource = |arguments| Planned { type_name: "recovery_of_tomorrow".into(), arguments };
        let named = [
            resource(json!({"region": "eu-xx9", "project_id": "p-of-mine"})),
            resource(json!({"region": "", "project_id": "without-region"})),
            resource(json!(null)),
        ];
        ensure(&mut world, &named);
        ensure(&mut world, &named);
        assert_eq!(world.projects.len(), before + 2);
        assert_eq!(world.project("p-of-mine").unwrap().name, "eu-xx9_p-of-min");
    }
}
