//! The Debian packages that a node and static images need: looked for, and installed when that is allowed.
//!
//! Never: asks for a password. Without the right to install it says the one line to run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::{Error, Result, run, tools};

/// A package, and how one sees that it is there.
#[derive(Clone, Copy, Debug)]
pub struct Package {
    /// Its name in Debian.
    pub name: &'static str,
    programs: &'static [&'static str],
}

/// What a node runs on.
pub const NODE: &[Package] = &[
    package(
        "containerd",
        &["containerd", "ctr", "containerd-shim-runc-v2"],
    ),
    package("runc", &["runc"]),
    package("containernetworking-plugins", &[]),
    package("nftables", &["nft"]),
    package("iptables", &["iptables"]),
    package("conntrack", &["conntrack"]),
    package("iproute2", &["ip"]),
    package("util-linux", &["unshare", "nsenter", "mount"]),
    package("procps", &["sysctl"]),
    MUSL,
];

/// What C code in a static program is compiled with.
pub const MUSL: Package = package("musl-tools", &["musl-gcc"]);

const fn package(name: &'static str, programs: &'static [&'static str]) -> Package {
    Package { name, programs }
}

impl Package {
    fn is_there(&self) -> bool {
        if self.programs.is_empty() {
            return cni_plugins().is_some();
        }
        self.programs.iter().all(|program| tools::on_path(program))
    }
}

/// Where the network plugins are: Debian's place, and the one of everybody else.
pub(crate) fn cni_plugins() -> Option<PathBuf> {
    ["/usr/lib/cni", "/opt/cni/bin"]
        .map(Path::new)
        .into_iter()
        .find(|folder| folder.join("bridge").is_file())
        .map(Path::to_owned)
}

/// Installs those that are missing. The names of what was installed.
pub fn ensure(packages: &[Package]) -> Result<Vec<&'static str>> {
    let missing: Vec<&str> = packages
        .iter()
        .filter(|package| !package.is_there())
        .map(|package| package.name)
        .collect();
    if missing.is_empty() {
        return Ok(missing);
    }
    let names = missing.join(" ");
    if !tools::on_path("apt-get") {
        return Err(Error::new(format!(
            "There is no apt-get to install {names}: install what provides them with this system's package manager."
        )));
    }
    if !rustix::process::geteuid().is_root() {
        return Err(Error::new(format!(
            "{names}: not installed. Run: sudo apt-get update && sudo apt-get install -y --no-install-recommends {names}"
        )));
    }
    let apt = |args: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(args);
        apt
    };
    run::output(&mut apt(&["update"]), Duration::from_secs(3 * 60))?;
    let mut args = vec!["install", "-y", "--no-install-recommends"];
    args.extend(&missing);
    run::output(&mut apt(&args), Duration::from_secs(10 * 60))?;
    Ok(missing)
}
