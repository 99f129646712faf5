//! `kube-tools`: the Kubernetes programs are built, once, and the packages that a node needs are installed.

use super::{minutes, xtask};
use crate::command;
use crate::log::Log;
use crate::outcome::Outcome;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, log: &mut Log) -> Outcome {
    Outcome::of(
        "cargo xtask kube-tools",
        command::run(
            workspace,
            log,
            xtask(workspace, &["kube-tools"]),
            minutes(45),
        ),
    )
}
