//! `cargo xtask kube-tools`: the programs that tests on Kubernetes run, built once into the cache folder, and the Debian
//! packages that a node needs. Tests do the same when something is missing; here one sees what takes so long.

use std::process::ExitCode;
use std::time::Instant;

use aicoin_testbed::{packages, tools};

pub(crate) fn kube_tools() -> Result<ExitCode, String> {
    for tool in tools::ALL {
        let begun = Instant::now();
        println!("{} …", tool.name());
        let path = tools::path(tool).map_err(|error| error.to_string())?;
        println!(
            "{} ({:.1} s)",
            path.display(),
            begun.elapsed().as_secs_f64()
        );
    }
    let installed = packages::ensure(packages::NODE).map_err(|error| error.to_string())?;
    if !installed.is_empty() {
        println!("installed: {}", installed.join(" "));
    }
    Ok(ExitCode::SUCCESS)
}
