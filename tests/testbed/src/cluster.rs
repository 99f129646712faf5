//! The cluster that whole-system tests run on: a node of their own, or the one that somebody names for them.
//!
//! Never: the cluster of `KUBECONFIG`, because tests destroy things.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::node::{self, Node, Options};
use crate::{Error, Result, control_plane};

/// Names a kubeconfig file: the tests may do anything in that cluster.
pub const VARIABLE: &str = "AICOIN_TEST_KUBECONFIG";

/// A cluster for tests.
#[derive(Debug)]
pub enum Cluster {
    /// Brought up for them.
    Own(Box<Node>),
    /// Named by `AICOIN_TEST_KUBECONFIG`. The images must be where it finds them.
    Named(PathBuf),
}

/// The cluster that somebody names.
pub fn named() -> Result<Option<PathBuf>> {
    let Some(path) = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    let path = PathBuf::from(path);
    if !path.is_file() {
        return Err(Error::new(format!(
            "{VARIABLE} names {}, and there is no such file.",
            path.display()
        )));
    }
    Ok(Some(path))
}

impl Cluster {
    /// The named one, or else a new node.
    pub fn for_tests(options: &Options) -> Result<Self> {
        match named()? {
            Some(path) => Ok(Self::Named(path)),
            None => Ok(Self::Own(Box::new(Node::up(options)?))),
        }
    }

    /// The administrator's.
    pub fn kubeconfig(&self) -> &Path {
        match self {
            Self::Own(node) => node.kubeconfig(),
            Self::Named(path) => path,
        }
    }

    /// `kubectl` as the administrator.
    pub fn kubectl(&self) -> Result<Command> {
        control_plane::kubectl(self.kubeconfig())
    }

    /// `helm` as the administrator.
    pub fn helm(&self) -> Result<Command> {
        node::helm(self.kubeconfig())
    }

    /// The node, for what can be done on an own one only.
    pub fn node(&self) -> Option<&Node> {
        match self {
            Self::Own(node) => Some(node),
            Self::Named(_) => None,
        }
    }

    /// Brings an image to the own node; nothing is done for a named cluster.
    pub fn import(&self, archive: &Path) -> Result<()> {
        self.node().map_or(Ok(()), |node| node.import(archive))
    }
}
