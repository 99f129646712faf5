//! The link between the host and a node: a pair of virtual devices and private addresses that depend on its number.
//!
//! With the link's routes the host reaches the API server, every pod and every Service, as if it were part of the
//! cluster, and pods reach the host. Neither reaches the Internet through it.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::namespace::Namespace;
use crate::{Error, Result, cache, run};

const LIMIT: Duration = Duration::from_secs(10);

/// The addresses of a node. Its number is free as long as the device's name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    number: u8,
}

impl Network {
    pub(super) fn numbered(number: u8) -> Self {
        Self { number }
    }

    pub(super) fn number(self) -> u8 {
        self.number
    }

    /// The host, as the node and its pods see it.
    pub(super) fn host(self) -> String {
        format!("10.213.{}.1", self.number)
    }

    /// The node, as everybody sees it.
    pub(super) fn node(self) -> String {
        format!("10.213.{}.2", self.number)
    }

    pub(super) fn pods(self) -> String {
        format!("10.214.{}.0/24", self.number)
    }

    pub(super) fn services(self) -> String {
        format!("10.215.{}.0/24", self.number)
    }

    /// The address of the API server as a Service: the first of its range.
    pub(super) fn api_service(self) -> String {
        format!("10.215.{}.1", self.number)
    }

    /// Makes the link with the first free number.
    pub(super) fn link(folder: &Path, namespace: &Namespace) -> Result<Self> {
        for number in 0..=u8::MAX {
            let network = Self { number };
            let device = format!("aicoin{number}");
            let path = format!("/sys/class/net/{device}");
            if Path::new(&path).exists() {
                continue;
            }
            let target = namespace.pid().to_string();
            let made = ip(&[
                "link", "add", "name", &device, "type", "veth", "peer", "name", "node0", "netns",
                &target,
            ]);
            match made {
                Ok(()) => {
                    network.configure(folder, &device, namespace)?;
                    return Ok(network);
                }
                // Somebody was faster: the next one.
                Err(_) if Path::new(&path).exists() => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::new(
            "There are 256 devices aicoin0, aicoin1, … already: take nodes away that nobody uses.",
        ))
    }

    fn configure(self, folder: &Path, device: &str, namespace: &Namespace) -> Result<()> {
        // Whose it is, for whoever takes it away.
        ip(&["link", "set", device, "alias", &folder.to_string_lossy()])?;
        cache::write(&folder.join("link"), device)?;
        ip(&["addr", "add", &format!("{}/30", self.host()), "dev", device])?;
        ip(&["link", "set", device, "up"])?;
        let inside = |args: &[&str]| {
            let mut command = Command::new("nsenter");
            command
                .arg(format!("--net=/proc/{}/ns/net", namespace.pid()))
                .arg("ip")
                .args(args);
            run::output(&mut command, LIMIT).map(drop)
        };
        inside(&[
            "addr",
            "add",
            &format!("{}/30", self.node()),
            "dev",
            "node0",
        ])?;
        inside(&["link", "set", "node0", "up"])?;
        inside(&["route", "add", "default", "via", &self.host()])?;
        for range in [self.pods(), self.services()] {
            ip(&["route", "add", &range, "via", &self.node()])?;
        }
        Ok(())
    }
}

fn ip(args: &[&str]) -> Result<()> {
    run::output(Command::new("ip").args(args), LIMIT).map(drop)
}
