//! Helm, the profiles, and what is rendered.

pub(crate) mod objects;
pub(crate) mod profile;
pub(crate) mod review;
pub(crate) mod table;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use aicoin_testbed::tools::{self, Tool};

/// The checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// The chart.
pub(crate) fn chart() -> PathBuf {
    root().join("charts/aicoin")
}

/// A file of the checkout.
pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Helm, which neither sees nor changes this user's own settings.
pub(crate) fn helm() -> Command {
    let mut helm = tools::command(Tool::Helm).unwrap();
    let nowhere = std::env::temp_dir().join("aicoin-chart-tests");
    helm.current_dir(root())
        .env_remove("KUBECONFIG")
        .env("HELM_CACHE_HOME", nowhere.join("cache"))
        .env("HELM_CONFIG_HOME", nowhere.join("config"))
        .env("HELM_DATA_HOME", nowhere.join("data"));
    helm
}

/// `helm template` with these arguments, as an installation by its documented command.
pub(crate) fn template(args: &[&str]) -> Output {
    helm()
        .args(["template", "aicoin"])
        .arg(chart())
        .args(["--namespace", "aicoin-system"])
        .args(args)
        .output()
        .unwrap()
}

/// All that a program said.
pub(crate) fn words(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
