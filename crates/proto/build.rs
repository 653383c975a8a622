//! Turns `proto/` into Rust with `protox`, so that no `protoc` needs to be installed.

use std::path::{Path, PathBuf};

const FILES: [&str; 2] = ["tfplugin5.proto", "go_plugin.proto"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let proto = proto_directory();
    for file in FILES {
        println!("cargo::rerun-if-changed={}", proto.join(file).display());
    }
    let descriptors = protox::compile(FILES, [&proto])?;
    tonic_prost_build::configure()
        // Sorted maps: the same schema gives the same bytes in every process.
        .btree_map(".")
        .compile_fds(descriptors)?;
    Ok(())
}

/// Cargo runs build scripts in the folder of their package. A path from compile time would outlive a move of the folder.
fn proto_directory() -> PathBuf {
    Path::new("..").join("..").join("proto")
}
