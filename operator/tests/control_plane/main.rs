//! The operator against a real API server (etcd and kube-apiserver alone), with workers that are stubs at HTTP.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test panics when something is not as it must be"
)]

mod away;
mod control;
mod crash;
mod creation;
mod crowd;
mod deletion;
mod drift;
mod invalid;
mod lead_lost;
mod leadership;
mod orphans;
mod rig;
mod silence;
mod startup;
mod stop;
mod upgrade;
