//! Stories with the real Terraform: a configuration, a cloud on this machine, the very program that is shipped.
//!
//! `RECOVERY_TEST_CORE` names another core (an older or newer Terraform, OpenTofu) to run them with. Without any core on
//! `PATH` each story says that it is skipped, and passes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test may fail loudly.

mod actions;
mod again;
mod cbr_checkpoint;
mod cbr_restore;
mod cores;
mod data_sources;
mod databases;
mod dcs_backup;
mod dcs_restore;
mod ddm_restore;
mod dds;
mod drift;
mod ephemeral;
mod faults;
mod final_backup;
mod functions;
mod guides;
mod matrix;
mod module;
mod never_twice;
mod outside;
mod policies;
mod preflight;
mod process;
mod query;
mod rds;
mod rds_restored_instance;
mod rehearse;
mod rehearse_backends;
mod rehearse_newer;
mod rehearse_outside;
mod rehearse_process;
mod rehearse_stand_in;
mod release;
mod report;
mod required;
mod resume;
mod secrets;
mod stop;
mod support;
mod validate;
mod written;
