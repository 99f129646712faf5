//! `images`: the container images are built as they are shipped.

use super::{minutes, xtask};
use crate::command;
use crate::log::Log;
use crate::outcome::Outcome;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, log: &mut Log) -> Outcome {
    let folder = workspace.images();
    let images = xtask(workspace, &["images", "--out", &folder.to_string_lossy()]);
    Outcome::of(
        "cargo xtask images",
        command::run(workspace, log, images, minutes(40)),
    )
}
