//! What the tests run on: a Kubernetes control plane, a whole node, and the tools for both.
