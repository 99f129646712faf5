//! What can be shown at a real API server without a node: etcd, kube-apiserver, kubectl and the files of this checkout.
#![allow(clippy::unwrap_used)]
#![expect(
    clippy::print_stdout,
    reason = "figures are printed for the test runner"
)]

mod manifests;
mod rig;
mod status;
