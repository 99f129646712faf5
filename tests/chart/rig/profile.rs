//! The four ways in which the chart is installed for the tests.

use super::objects::{self, Object};
use super::{template, words};

/// A file of values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Profile {
    pub(crate) name: &'static str,
    /// Where it is, in the checkout.
    pub(crate) values: &'static str,
}

pub(crate) const DEFAULT: Profile = Profile {
    name: "default",
    values: "charts/aicoin/ci/default-values.yaml",
};
pub(crate) const HA: Profile = Profile {
    name: "ha",
    values: "charts/aicoin/values-ha.yaml",
};
pub(crate) const NAMESPACED: Profile = Profile {
    name: "namespaced",
    values: "charts/aicoin/ci/namespaced-values.yaml",
};
pub(crate) const EVERYTHING: Profile = Profile {
    name: "everything",
    values: "charts/aicoin/ci/everything-values.yaml",
};
/// All of them.
pub(crate) const ALL: [Profile; 4] = [DEFAULT, HA, NAMESPACED, EVERYTHING];

impl Profile {
    /// What Helm makes of it, as text.
    pub(crate) fn text(self) -> String {
        let output = template(&["--values", self.values]);
        assert!(output.status.success(), "{}: {}", self.name, words(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What Helm makes of it.
    pub(crate) fn objects(self) -> Vec<Object> {
        objects::parse(&self.text())
    }
}
