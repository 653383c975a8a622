//! Stories with the real Terraform: a configuration, a cloud on this machine, the very program that is shipped.
//!
//! `RECOVERY_TEST_CORE` names another core (an older or newer Terraform, OpenTofu) to run them with. Without any core on
//! `PATH` each story says that it is skipped, and passes.

mod cbr_restore;
mod data_sources;
mod dcs_backup;
mod dcs_restore;
mod ddm_restore;
mod functions;
mod process;
mod rehearse;
mod secrets;
mod support;
mod validate;
