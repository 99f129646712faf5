//! The steps of `cargo xtask test`, in their order. Each says what it is for, and what must have passed before.

mod chart;
mod cluster;
mod control_plane;
mod format;
mod fuzz;
mod generated;
mod hyperliquid;
mod images;
mod judges;
mod kube_tools;
mod lints;
mod purity;
mod python;
mod release;
mod storm;
mod system;
mod testnet;
mod tests;
mod tools;

use std::process::Command;
use std::time::Duration;

use crate::log::Log;
use crate::outcome::Outcome;
use crate::workspace::Workspace;

/// One step.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Without these it cannot run.
    pub(crate) needs: &'static [&'static str],
    pub(crate) run: fn(&Workspace, &mut Log) -> Outcome,
}

/// All steps.
pub(crate) const STEPS: &[Step] = &[
    Step {
        name: "tools",
        about: "what the other steps need is installed",
        needs: &[],
        run: tools::run,
    },
    Step {
        name: "format",
        about: "the code is formatted",
        needs: &[],
        run: format::run,
    },
    Step {
        name: "lints",
        about: "clippy has nothing to say",
        needs: &[],
        run: lints::run,
    },
    Step {
        name: "generated",
        about: "what is made from other files is fresh",
        needs: &[],
        run: generated::run,
    },
    Step {
        name: "purity",
        about: "the core can do no I/O: it builds where there is no std",
        needs: &[],
        run: purity::run,
    },
    Step {
        name: "tests",
        about: "unit and property tests",
        needs: &[],
        run: tests::run,
    },
    Step {
        name: "storm",
        about: "two thousand seeds of faults, and every planted bug is found",
        needs: &[],
        run: storm::run,
    },
    Step {
        name: "fuzz",
        about: "no bytes of others bring a parser down",
        needs: &[],
        run: fuzz::run,
    },
    Step {
        name: "kube-tools",
        about: "Kubernetes' own programs are built, once",
        needs: &[],
        run: kube_tools::run,
    },
    Step {
        name: "chart",
        about: "the chart renders what Kubernetes and a reviewer accept",
        needs: &["kube-tools"],
        run: chart::run,
    },
    Step {
        name: "judges",
        about: "Kubernetes' own libraries accept the CRD and every pod",
        needs: &["kube-tools"],
        run: judges::run,
    },
    Step {
        name: "control-plane",
        about: "what can be shown against etcd and the API server alone",
        needs: &["kube-tools"],
        run: control_plane::run,
    },
    Step {
        name: "release",
        about: "worker and simulator are built as they are shipped",
        needs: &[],
        run: release::run,
    },
    Step {
        name: "system",
        about: "the worker keeps its promises from outside",
        needs: &["release"],
        run: system::run,
    },
    Step {
        name: "testnet",
        about: "the worker trades on the simulator, whose ledger is the judge",
        needs: &["release"],
        run: testnet::run,
    },
    Step {
        name: "python",
        about: "all Python scripts compile",
        needs: &[],
        run: python::run,
    },
    Step {
        name: "hyperliquid",
        about: "the venue's own client judges simulator, worker and signatures",
        needs: &["release"],
        run: hyperliquid::run,
    },
    Step {
        name: "images",
        about: "the container images are built as they are shipped",
        needs: &[],
        run: images::run,
    },
    Step {
        name: "cluster",
        about: "the promises hold on a real Kubernetes node",
        needs: &["kube-tools", "images"],
        run: cluster::run,
    },
];

/// Another verb of this program, built by cargo: the file that runs now may be replaced by what the steps build.
fn xtask(workspace: &Workspace, args: &[&str]) -> Command {
    let mut command = workspace.cargo(&["run", "--quiet", "--locked", "--package", "xtask", "--"]);
    command.args(args);
    command
}

/// How long a step's command may take at most, from a cold start on two slow cores. A bound, not an estimate.
const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}
