//! The definition of the resource: it is fresh, small, and has no rule missing.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn the_definition_in_crds_is_the_one_of_the_types() {
    let written = fs::read_to_string(root().join("crds/tradingbots.aicoin.dev.yaml")).unwrap();
    assert!(
        written == aicoin_api::crd::yaml().unwrap(),
        "crds/tradingbots.aicoin.dev.yaml is stale: run `cargo xtask generate`"
    );
}
