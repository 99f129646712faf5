//! One control plane for all tests of this target, with the definition of the resource on it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use aicoin_testbed::control_plane::{ControlPlane, Options};
use serde_json::Value;

const CRD: &str = "crds/tradingbots.aicoin.dev.yaml";
/// How long the API server may take to serve a resource that it was told of.
const SERVED_LIMIT: Duration = Duration::from_secs(30);

/// The checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// The YAML files of a folder, in their order.
pub(crate) fn yaml_files(folder: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    files.sort();
    files
}

/// What kubectl did.
pub(crate) struct Answer {
    pub(crate) accepted: bool,
    /// All that it said.
    pub(crate) words: String,
}

impl Answer {
    fn of(output: &Output) -> Self {
        let mut words = String::from_utf8_lossy(&output.stdout).into_owned();
        words.push_str(&String::from_utf8_lossy(&output.stderr));
        Self {
            accepted: output.status.success(),
            words,
        }
    }

    /// What it said, when it did what it was asked for.
    pub(crate) fn good(self) -> String {
        assert!(self.accepted, "{}", self.words);
        self.words
    }
}

/// `kubectl` with these arguments.
pub(crate) fn kubectl(args: &[&str]) -> Answer {
    Answer::of(&command().args(args).output().unwrap())
}

/// An object as it is stored.
pub(crate) fn get(args: &[&str]) -> Value {
    let mut all = vec!["get", "-o", "json"];
    all.extend(args);
    serde_json::from_str(&kubectl(&all).good()).unwrap()
}

/// `kubectl apply` of a text, with more arguments.
pub(crate) fn apply(manifest: &str, args: &[&str]) -> Answer {
    let file = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    std::fs::write(file.path(), manifest).unwrap();
    let mut all = vec!["apply", "-f", file.path().to_str().unwrap()];
    all.extend(args);
    kubectl(&all)
}

fn command() -> Command {
    static PLANE: OnceLock<ControlPlane> = OnceLock::new();
    PLANE
        .get_or_init(|| {
            let plane = ControlPlane::start(&Options::default()).unwrap();
            define(&plane);
            plane
        })
        .kubectl()
        .unwrap()
}

/// Installs the definition and waits until its resource is served.
fn define(plane: &ControlPlane) {
    let ask = |args: &[&str]| Answer::of(&plane.kubectl().unwrap().args(args).output().unwrap());
    let crd = root().join(CRD);
    ask(&["create", "-f", crd.to_str().unwrap()]).good();
    ask(&[
        "wait",
        "--for=condition=Established",
        "--timeout=30s",
        "crd/tradingbots.aicoin.dev",
    ])
    .good();
    let begun = Instant::now();
    loop {
        let answer = ask(&["get", "tradingbots"]);
        if answer.accepted {
            return;
        }
        assert!(begun.elapsed() < SERVED_LIMIT, "{}", answer.words);
        std::thread::sleep(Duration::from_millis(50));
    }
}
