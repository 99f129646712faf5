//! `judges`: Kubernetes' own libraries judge the definition of the resource, and every pod that chart and operator make.
//!
//! Never: asks for a cluster. The same questions are put to a real API server in the steps `chart` and `control-plane`.

use std::path::{Path, PathBuf};

use aicoin_testbed::tools::{self, Tool};

use super::minutes;
use crate::command;
use crate::log::Log;
use crate::outcome::Outcome;
use crate::workspace::{Workspace, on_path};

/// Where the judges are.
const JUDGES: &str = "tests/judges";
/// What they judge.
const CRD: &str = "crds/tradingbots.aicoin.dev.yaml";
/// What it must be able to replace.
const RELEASED: &str = "tests/judges/released";
/// The ways in which the chart is installed.
const PROFILES: [&str; 4] = [
    "charts/aicoin/ci/default-values.yaml",
    "charts/aicoin/ci/everything-values.yaml",
    "charts/aicoin/ci/namespaced-values.yaml",
    "charts/aicoin/values-ha.yaml",
];
/// What the operator makes of bots, as its tests hold it.
const GOLDEN: &str = "operator/tests/golden";

pub(super) fn run(workspace: &Workspace, log: &mut Log) -> Outcome {
    if !on_path("go") {
        return Outcome::failed(
            "There is no Go to build the judges with: install Go 1.26 from https://go.dev/dl.",
        );
    }
    let folder = workspace.pycache.with_file_name("judges");
    let built = go(workspace, log, &["vet", "./..."])
        .and(go(workspace, log, &["test", "./..."]))
        .and(go(
            workspace,
            log,
            &[
                "build",
                "-trimpath",
                "-o",
                &format!("{}/", folder.display()),
                "./...",
            ],
        ));
    if built.tally.failed > 0 {
        return built;
    }
    let definition = definition(workspace, log, &folder.join("crd-judge"));
    let pods = pods(workspace, log, &folder.join("pod-judge"));
    let mut outcome = built.and(definition).and(pods);
    outcome.notes.extend(
        log.text()
            .lines()
            .filter(|line| line.contains("its rules cost at most"))
            .map(|line| format!("CRD {line}")),
    );
    outcome
}

fn go(workspace: &Workspace, log: &mut Log, args: &[&str]) -> Outcome {
    let mut go = workspace.command("go");
    go.current_dir(workspace.root.join(JUDGES))
        .args(args)
        .env("CGO_ENABLED", "0")
        .env("GOWORK", "off")
        .env("GOFLAGS", "-mod=readonly");
    Outcome::of(
        &format!("go {}", args.join(" ")),
        command::run(workspace, log, go, minutes(15)),
    )
}

fn definition(workspace: &Workspace, log: &mut Log, judge: &Path) -> Outcome {
    let judge = judge.to_string_lossy();
    let mut valid = workspace.command(&judge);
    valid.arg(CRD);
    let mut outcome = Outcome::of("crd-judge", command::run(workspace, log, valid, minutes(2)));
    for old in yaml_files(&workspace.root.join(RELEASED)) {
        let mut replace = workspace.command(&judge);
        replace.arg(&old).arg(CRD);
        outcome = outcome.and(Outcome::of(
            &format!("the CRD in place of {}", old.display()),
            command::run(workspace, log, replace, minutes(2)),
        ));
    }
    outcome
}

/// Each pod of the chart in each profile, and of the operator's golden files.
fn pods(workspace: &Workspace, log: &mut Log, judge: &Path) -> Outcome {
    let helm = match tools::path(Tool::Helm) {
        Ok(helm) => helm,
        Err(error) => return Outcome::failed(error.to_string()),
    };
    let mut outcome = Outcome::default();
    for values in PROFILES {
        // Helm's own failure leaves nothing to judge, and the judge says so.
        let mut ask = workspace.command("sh");
        ask.args([
            "-c",
            r#""$0" template aicoin charts/aicoin --namespace aicoin-system --values "$1" | "$2""#,
        ])
        .arg(&helm)
        .arg(values)
        .arg(judge);
        outcome = outcome.and(Outcome::of(
            &format!("pods of the chart with {values}"),
            command::run(workspace, log, ask, minutes(2)),
        ));
    }
    let golden = yaml_files(&workspace.root.join(GOLDEN));
    if golden.is_empty() {
        return outcome.and(Outcome::failed(format!("There is no file in {GOLDEN}.")));
    }
    for file in golden {
        let mut ask = workspace.command("sh");
        ask.args(["-c", r#""$1" < "$0""#]).arg(&file).arg(judge);
        outcome = outcome.and(Outcome::of(
            &format!("pods in {}", file.display()),
            command::run(workspace, log, ask, minutes(2)),
        ));
    }
    outcome
}

fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    files.sort();
    files
}
