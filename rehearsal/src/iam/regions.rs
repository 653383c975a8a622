//! Regions, which follow from the names of projects.

use super::world::World;

/// The regions that the projects of this world lie in.
pub(super) fn region_names(world: &World) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for project in world.projects.iter().filter(|project| project.name != "MOS") {
        let region = region_of(&project.name);
        if !names.iter().any(|known| known == region) {
            names.push(region.to_owned());
        }
    }
    names
}

/// The region of a project: its name up to the first `_`.
pub(super) fn region_of(project_name: &str) -> &str {
    project_name.split('_').next().unwrap_or(project_name)
}
