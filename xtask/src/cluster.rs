//! `cargo xtask cluster`: a real Kubernetes node on this machine, or the cluster that `AICOIN_TEST_KUBECONFIG` names.
//!
//! Never: the cluster of `KUBECONFIG`. What is for other programs goes to standard output, the rest to standard error.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use aicoin_testbed::cluster::{VARIABLE, named};
use aicoin_testbed::node::{Node, Options};

use crate::cli::ClusterVerb;

/// The one of this command; tests have nodes of their own.
const NAME: &str = "cluster";
/// Who tries things on does not wait five minutes for a crashed container.
const CRASH_RESTART_MAX: Duration = Duration::from_secs(2);

pub(crate) fn cluster(verb: &ClusterVerb) -> Result<ExitCode, String> {
    let named = named().map_err(|error| error.to_string())?;
    let done = match (verb, named) {
        (ClusterVerb::Up | ClusterVerb::Kubeconfig, Some(path)) => {
            show(&path);
            Ok(())
        }
        (ClusterVerb::Down, Some(path)) => {
            eprintln!(
                "{VARIABLE} names the cluster of {}: it is left as it is.",
                path.display()
            );
            Ok(())
        }
        (ClusterVerb::Load { .. }, Some(path)) => Err(aicoin_testbed::Error::new(format!(
            "{VARIABLE} names the cluster of {}: bring the images where it finds them.",
            path.display()
        ))),
        (ClusterVerb::Up, None) => up(),
        (ClusterVerb::Down, None) => Node::take_away(NAME),
        (ClusterVerb::Kubeconfig, None) => running().map(|node| show(node.kubeconfig())),
        (ClusterVerb::Load { archives }, None) => load(archives),
    };
    done.map(|()| ExitCode::SUCCESS)
        .map_err(|error| error.to_string())
}

fn up() -> aicoin_testbed::Result<()> {
    let begun = Instant::now();
    let node = Node::up_to_stay(
        NAME,
        &Options {
            crash_restart_max: Some(CRASH_RESTART_MAX),
            ..Options::default()
        },
    )?;
    eprintln!(
        "The cluster is up ({:.1} s). Take it away with: cargo xtask cluster down",
        begun.elapsed().as_secs_f64()
    );
    show(node.kubeconfig());
    Ok(())
}

fn load(archives: &[PathBuf]) -> aicoin_testbed::Result<()> {
    let node = running()?;
    for archive in archives {
        node.import(archive)?;
        eprintln!("{} is on the node.", archive.display());
    }
    Ok(())
}

fn running() -> aicoin_testbed::Result<Node> {
    Node::find(NAME)?.ok_or_else(|| {
        aicoin_testbed::Error::new("No cluster is up: bring one up with cargo xtask cluster up.")
    })
}

fn show(kubeconfig: &Path) {
    println!("{}", kubeconfig.display());
}
