//! The image of the container that holds a pod's namespaces, which a node needs and cannot download.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::oci::{self, Image};
use crate::{Error, Result, cache, run};

/// Its name on the node.
pub(crate) const REFERENCE: &str = "registry.local/pause:3.10";

const SOURCE: &str = include_str!("pause.c");
const BUILD_LIMIT: Duration = Duration::from_secs(60);

/// Its archive, made once.
pub(crate) fn archive() -> Result<PathBuf> {
    let key: String = Sha256::digest(SOURCE)
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let tools = cache::folder()?.join("tools");
    let folder = tools.join(format!("pause-{key}"));
    let archive = folder.join("pause.tar");
    if archive.is_file() {
        return Ok(archive);
    }
    let _lock = cache::lock(&tools.join("pause.lock"))?;
    if archive.is_file() {
        return Ok(archive);
    }
    cache::make(&folder)?;
    let (source, program) = (folder.join("pause.c"), folder.join("pause"));
    cache::write(&source, SOURCE)?;
    run::output(
        Command::new("musl-gcc")
            .args(["-static", "-Os", "-s", "-o"])
            .args([&program, &source]),
        BUILD_LIMIT,
    )?;
    let bytes = std::fs::read(&program).map_err(|error| Error::file(&program, "read", &error))?;
    let image = oci::archive(&Image {
        reference: REFERENCE,
        architecture: oci::architecture(),
        program: "pause",
        bytes: &bytes,
        user: oci::NOBODY,
        labels: BTreeMap::new(),
    })?;
    let unfinished = folder.join(".pause.tar.new");
    cache::write(&unfinished, image)?;
    std::fs::rename(&unfinished, &archive)
        .map_err(|error| Error::file(&archive, "made", &error))?;
    Ok(archive)
}
