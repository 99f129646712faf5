//! The Kubernetes programs that tests run, built from Go modules whose versions and sums are in `tools/`.
//!
//! Built once: what is built lies in the cache folder under a name made of everything that it depends on.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::{Error, Result, cache, run};

/// The longest build takes about seven minutes on two slow cores.
const BUILD_LIMIT: Duration = Duration::from_secs(30 * 60);

/// A program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// The store of a cluster.
    Etcd,
    /// The API.
    KubeApiserver,
    /// Deployments, garbage collection and the like.
    KubeControllerManager,
    /// Says where a pod runs.
    KubeScheduler,
    /// Runs the pods of a node.
    Kubelet,
    /// Makes Services answer.
    KubeProxy,
    /// The command line.
    Kubectl,
    /// Installs charts.
    Helm,
    /// Tests of rendered charts: a program of its own here, no plugin.
    HelmUnittest,
}

/// Every program.
pub const ALL: [Tool; 9] = [
    Tool::Etcd,
    Tool::KubeApiserver,
    Tool::KubeControllerManager,
    Tool::KubeScheduler,
    Tool::Kubelet,
    Tool::KubeProxy,
    Tool::Kubectl,
    Tool::Helm,
    Tool::HelmUnittest,
];

/// A Go module in `tools/`.
struct Module {
    folder: &'static str,
    /// For the linker: small, and saying which version it is, as released programs do.
    flags: &'static str,
}

const ETCD: Module = Module {
    folder: "etcd",
    flags: "-s -w",
};
// The API server refuses to start as "v0.0.0-master", and clients compare versions.
const KUBERNETES: Module = Module {
    folder: "kubernetes",
    flags: "-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3 \
            -X k8s.io/component-base/version.gitMajor=1 \
            -X k8s.io/component-base/version.gitMinor=36 \
            -X k8s.io/component-base/version.gitTreeState=clean",
};
const HELM: Module = Module {
    folder: "helm",
    flags: "-s -w -X helm.sh/helm/v4/internal/version.version=v4.3.1",
};
const HELM_UNITTEST: Module = Module {
    folder: "helm-unittest",
    flags: "-s -w",
};

impl Tool {
    /// Its file name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::KubeApiserver => "kube-apiserver",
            Self::KubeControllerManager => "kube-controller-manager",
            Self::KubeScheduler => "kube-scheduler",
            Self::Kubelet => "kubelet",
            Self::KubeProxy => "kube-proxy",
            Self::Kubectl => "kubectl",
            Self::Helm => "helm",
            Self::HelmUnittest => "untt",
        }
    }

    fn package(self) -> String {
        match self {
            Self::Etcd => "go.etcd.io/etcd/server/v3".to_owned(),
            Self::Helm => "helm.sh/helm/v4/cmd/helm".to_owned(),
            Self::HelmUnittest => "github.com/helm-unittest/helm-unittest/cmd/helm-unittest".into(),
            Self::KubeApiserver
            | Self::KubeControllerManager
            | Self::KubeScheduler
            | Self::Kubelet
            | Self::KubeProxy
            | Self::Kubectl => format!("k8s.io/kubernetes/cmd/{}", self.name()),
        }
    }

    fn module(self) -> &'static Module {
        match self {
            Self::Etcd => &ETCD,
            Self::Helm => &HELM,
            Self::HelmUnittest => &HELM_UNITTEST,
            Self::KubeApiserver
            | Self::KubeControllerManager
            | Self::KubeScheduler
            | Self::Kubelet
            | Self::KubeProxy
            | Self::Kubectl => &KUBERNETES,
        }
    }
}

/// Where a program is; it is built when it is missing.
pub fn path(tool: Tool) -> Result<PathBuf> {
    let module = tool.module();
    let source = source(module);
    let tools = cache::folder()?.join("tools");
    let folder = tools.join(format!("{}-{}", module.folder, key(module, &source)?));
    let program = folder.join(tool.name());
    if program.is_file() {
        return Ok(program);
    }
    // Another process may be building it: then this one waits, and finds it.
    let _lock = cache::lock(&tools.join(format!("{}.lock", module.folder)))?;
    if !program.is_file() {
        build(tool, &source, &folder)?;
    }
    Ok(program)
}

/// Builds those that are missing.
pub fn ensure(tools: &[Tool]) -> Result<()> {
    for tool in tools {
        path(*tool)?;
    }
    Ok(())
}

/// A command that runs a program.
pub fn command(tool: Tool) -> Result<Command> {
    path(tool).map(Command::new)
}

fn source(module: &Module) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tools")
        .join(module.folder)
}

/// Of everything that the build depends on.
fn key(module: &Module, source: &Path) -> Result<String> {
    let mut hash = Sha256::new();
    for name in ["go.mod", "go.sum"] {
        let path = source.join(name);
        let bytes = std::fs::read(&path).map_err(|error| Error::file(&path, "read", &error))?;
        hash.update(bytes);
    }
    hash.update(module.flags);
    let mut key: String = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    key.truncate(16);
    Ok(key)
}

fn build(tool: Tool, source: &Path, folder: &Path) -> Result<()> {
    cache::make(folder)?;
    // Renamed when it is whole: what lies under the right name can be run.
    let unfinished = folder.join(format!(".{}.new", tool.name()));
    let mut go = Command::new("go");
    go.current_dir(source)
        .args(["build", "-trimpath", "-mod=readonly", "-ldflags"])
        .arg(tool.module().flags)
        .arg("-o")
        .arg(&unfinished)
        .arg(tool.package())
        // Static: it runs in any image and on any Linux.
        .env("CGO_ENABLED", "0")
        .env("GOWORK", "off")
        .env_remove("GOFLAGS")
        .env_remove("GOOS")
        .env_remove("GOARCH");
    if !on_path("go") {
        return Err(Error::new(format!(
            "There is no Go to build {} with: install Go 1.26 from https://go.dev/dl.",
            tool.name()
        )));
    }
    run::output(&mut go, BUILD_LIMIT)?;
    let program = folder.join(tool.name());
    std::fs::rename(&unfinished, &program)
        .map_err(|error| Error::file(&program, "made", &error))?;
    // On the disk before anybody relies on it.
    File::open(&program)
        .and_then(|file| file.sync_all())
        .map_err(|error| Error::file(&program, "kept", &error))
}

/// Whether a program is on the PATH.
pub(crate) fn on_path(program: &str) -> bool {
    find(program).is_some()
}

/// A program on the PATH, or where administrators' programs are when they are not on it.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}
