//! For: what the tests run on. A Kubernetes control plane without nodes, a whole node, the programs that both are made
//! of, and image archives. Blocking and small: usable from tests, benchmarks and `cargo xtask`.
//!
//! Never: shipped, used on a cluster that `KUBECONFIG` names, or left behind when the process that made it ends.

pub mod cluster;
pub mod control_plane;
pub mod node;
pub mod oci;
pub mod packages;
pub mod tools;

mod cache;
mod error;
mod guard;
mod kubeconfig;
mod pause;
mod pki;
mod port;
mod rig;
mod run;
mod wait;

pub use error::Error;
pub use pki::Pki;
pub use rig::Component;

/// A result whose error is a sentence.
pub type Result<T> = std::result::Result<T, Error>;
