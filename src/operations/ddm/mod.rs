//! DDM, API v1 and v3: what its operations and look-ups share.

pub mod checks;
pub mod data_nodes;
pub mod restore;
pub mod restore_times;
pub mod target_data_nodes;
pub mod target_instances;
