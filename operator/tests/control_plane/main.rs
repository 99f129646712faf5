//! The operator against a real API server (etcd and kube-apiserver alone), with workers that are stubs at HTTP.

mod creation;
mod rig;
