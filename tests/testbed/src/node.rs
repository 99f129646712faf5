//! A whole Kubernetes node: etcd, API server, controllers, scheduler, containerd, kubelet and proxy, in namespaces of
//! its own. Pods run, probes probe, Services answer. Up in about ten seconds; root only.
//!
//! Several nodes do not collide, and nothing of one is left when it is down: processes, mounts and devices end with its
//! namespaces, files and control groups are taken away.

mod config;
mod namespace;
mod network;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::control_plane::{self, account_args, controller_manager_args};
use crate::guard::{self, Guard};
use crate::pki::Pki;
use crate::rig::{Component, MARK, Recipe, Rig};
use crate::tools::{self, Tool};
use crate::{Error, Result, cache, kubeconfig, packages, pause, run, wait};
use config::NODE_NAME;
use namespace::Namespace;
use network::Network;

/// How long the API may take to be ready, on a machine that is busy.
const API_LIMIT: Duration = Duration::from_secs(60);
/// And the node.
const NODE_LIMIT: Duration = Duration::from_secs(90);
/// And containerd.
const CONTAINERD_LIMIT: Duration = Duration::from_secs(30);
/// Importing an image.
const IMPORT_LIMIT: Duration = Duration::from_secs(120);
/// One question.
const ASK_LIMIT: Duration = Duration::from_secs(10);

const PROGRAMS: [Tool; 7] = [
    Tool::Etcd,
    Tool::KubeApiserver,
    Tool::KubeControllerManager,
    Tool::KubeScheduler,
    Tool::Kubelet,
    Tool::KubeProxy,
    Tool::Kubectl,
];

/// What a node shall be like.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The longest wait before a crashed container starts again; Kubernetes' own is five minutes.
    pub crash_restart_max: Option<Duration>,
    /// More arguments for kube-apiserver.
    pub apiserver_args: Vec<String>,
}

/// A running one. It ends when it is dropped, and when the process that made it ends, unless it was made to stay.
#[derive(Debug)]
pub struct Node {
    // Dropped before `rig` and `namespace`, whose children it ends. None when it stays.
    guard: Option<Guard>,
    rig: Rig,
    namespace: Namespace,
    network: Network,
    pki: Pki,
    url: String,
    kubeconfig: PathBuf,
    cgroup: String,
}

/// `Err` says why no node can be brought up here.
pub fn possible() -> Result<()> {
    if rustix::process::geteuid().is_root() {
        Ok(())
    } else {
        Err(Error::new(
            "A node needs root: it makes namespaces, mounts and control groups.",
        ))
    }
}

impl Node {
    /// Brings one up that ends with this process, and waits until it is ready. Programs and packages that are missing
    /// are built and installed.
    pub fn up(options: &Options) -> Result<Self> {
        Self::make(cache::new_run("node")?, options)
    }

    /// Brings the one with this name up, and it stays; or finds it when it is up already.
    pub fn up_to_stay(name: &str, options: &Options) -> Result<Self> {
        let folder = cache::run(name)?;
        let runs = cache::folder()?.join("run");
        let _lock = cache::lock(&runs.join(format!("{name}.lock")))?;
        if let Some(node) = Self::find_in(&folder)
            && control_plane::api_is_ready(&mut node.kubectl()?)?.is_some()
        {
            return Ok(node);
        }
        // Something may be left of one that did not end well.
        guard::take_away(&folder)?;
        let mut node = Self::make(folder, options)?;
        if let Some(guard) = node.guard.take() {
            guard.leave()?;
        }
        Ok(node)
    }

    /// The one with this name that was made to stay, when it is up.
    pub fn find(name: &str) -> Result<Option<Self>> {
        Ok(Self::find_in(&cache::run(name)?))
    }

    /// Takes the one with this name away, whoever made it, and whatever state it is in.
    pub fn take_away(name: &str) -> Result<()> {
        guard::take_away(&cache::run(name)?)
    }

    fn find_in(folder: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(folder.join("node.json")).ok()?;
        let noted: Value = serde_json::from_str(&text).ok()?;
        let number = u8::try_from(noted.get("number")?.as_u64()?).ok()?;
        let namespace = Namespace::find(folder)?;
        Some(Self::of(
            folder.to_owned(),
            None,
            namespace,
            Network::numbered(number),
        ))
    }

    fn of(folder: PathBuf, guard: Option<Guard>, namespace: Namespace, network: Network) -> Self {
        Self {
            guard,
            namespace,
            network,
            pki: Pki::at(folder.join("pki")),
            url: format!("https://{}:6443", network.node()),
            kubeconfig: folder.join("kubeconfig"),
            cgroup: cgroup(&folder),
            rig: Rig::new(folder),
        }
    }

    fn make(folder: PathBuf, options: &Options) -> Result<Self> {
        possible()?;
        packages::ensure(packages::NODE)?;
        tools::ensure(&PROGRAMS)?;
        let pause = pause::archive()?;
        cache::make(&folder)?;
        let guard = Guard::watch(&folder)?;
        let cgroup = cgroup(&folder);
        cache::write(&folder.join("cgroup"), &cgroup)?;
        let namespace = Namespace::make(&folder, &cgroup)?;
        let network = Network::link(&folder, &namespace)?;
        Pki::make(folder.join("pki"))?;
        let node = Self::of(folder, Some(guard), namespace, network);
        kubeconfig::write(&node.kubeconfig, &node.url, &node.pki, &node.pki.admin())?;
        node.start_containerd()?;
        node.start_etcd()?;
        node.start_apiserver(options)?;
        node.containerd_is_ready(&pause)?;
        node.api_is_ready()?;
        node.start_controllers()?;
        node.start_kubelet(options)?;
        node.start_proxy()?;
        node.is_ready()?;
        // Written when all is well: a node without it is taken away by the next one.
        let noted = json!({"number": node.network.number()});
        cache::write(&node.folder().join("node.json"), noted.to_string())?;
        Ok(node)
    }

    fn start_containerd(&self) -> Result<()> {
        let folder = self.folder();
        let find = |program| {
            tools::find(program).ok_or_else(|| {
                Error::new(format!("{program} is not where programs are: install it."))
            })
        };
        let plugins = packages::cni_plugins().ok_or_else(|| {
            Error::new("The CNI plugins are neither in /usr/lib/cni nor in /opt/cni/bin.")
        })?;
        cache::make(&folder.join("cni"))?;
        cache::write(
            &folder.join("cni").join("10-pods.conflist"),
            config::cni(folder, self.network).to_string(),
        )?;
        let file = folder.join("containerd.toml");
        cache::write(&file, config::containerd(folder, &find("runc")?, &plugins))?;
        self.start(
            Component::Containerd,
            find("containerd")?,
            vec!["--config".to_owned(), file.display().to_string()],
        )
    }

    fn start_etcd(&self) -> Result<()> {
        let args = vec![
            format!("--data-dir={}", self.folder().join("etcd").display()),
            // Nobody needs this data after a power failure.
            "--unsafe-no-fsync".to_owned(),
            "--log-level=warn".to_owned(),
        ];
        self.start(Component::Etcd, tools::path(Tool::Etcd)?, args)
    }

    fn start_apiserver(&self, options: &Options) -> Result<()> {
        let names = [
            "localhost",
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "127.0.0.1",
            &self.network.node(),
            &self.network.api_service(),
        ]
        .map(str::to_owned);
        let server = self.pki.server("apiserver", &names)?;
        let mut args = vec![
            "--etcd-servers=http://127.0.0.1:2379".to_owned(),
            "--bind-address=0.0.0.0".to_owned(),
            format!("--advertise-address={}", self.network.node()),
            "--secure-port=6443".to_owned(),
            format!("--tls-cert-file={}", server.cert.display()),
            format!("--tls-private-key-file={}", server.key.display()),
            format!(
                "--kubelet-client-certificate={}",
                self.pki.admin_cert.display()
            ),
            format!("--kubelet-client-key={}", self.pki.admin_key.display()),
            // For logs and exec: there is no DNS.
            "--kubelet-preferred-address-types=InternalIP".to_owned(),
            format!("--service-cluster-ip-range={}", self.network.services()),
            "--authorization-mode=Node,RBAC".to_owned(),
            "--enable-admission-plugins=NodeRestriction".to_owned(),
        ];
        args.extend(account_args(&self.pki));
        args.extend(options.apiserver_args.iter().cloned());
        self.start(
            Component::Apiserver,
            tools::path(Tool::KubeApiserver)?,
            args,
        )
    }

    fn start_controllers(&self) -> Result<()> {
        let mut args = controller_manager_args(&self.kubeconfig, &self.pki);
        args.extend([
            format!("--cluster-cidr={}", self.network.pods()),
            "--allocate-node-cidrs=true".to_owned(),
        ]);
        self.start(
            Component::ControllerManager,
            tools::path(Tool::KubeControllerManager)?,
            args,
        )?;
        self.start(
            Component::Scheduler,
            tools::path(Tool::KubeScheduler)?,
            vec![
                format!("--kubeconfig={}", self.kubeconfig.display()),
                "--leader-elect=false".to_owned(),
            ],
        )
    }

    fn start_kubelet(&self, options: &Options) -> Result<()> {
        let folder = self.folder();
        let identity = self
            .pki
            .client("kubelet", "system:node:node", Some("system:nodes"))?;
        let kubeconfig = folder.join("kubelet.kubeconfig");
        kubeconfig::write(&kubeconfig, &self.url, &self.pki, &identity)?;
        let file = folder.join("kubelet.json");
        let config = config::kubelet(
            folder,
            &self.pki.ca_cert,
            &self.cgroup,
            options.crash_restart_max,
        );
        cache::write(&file, config.to_string())?;
        let args = vec![
            format!("--config={}", file.display()),
            format!("--kubeconfig={}", kubeconfig.display()),
            format!("--hostname-override={NODE_NAME}"),
            format!("--node-ip={}", self.network.node()),
            format!("--root-dir={}", folder.join("kubelet").display()),
            format!("--cert-dir={}", folder.join("kubelet-pki").display()),
        ];
        self.start(Component::Kubelet, tools::path(Tool::Kubelet)?, args)
    }

    fn start_proxy(&self) -> Result<()> {
        let file = self.folder().join("kube-proxy.json");
        let config = config::kube_proxy(&self.kubeconfig, self.network);
        cache::write(&file, config.to_string())?;
        let args = vec![format!("--config={}", file.display())];
        self.start(Component::KubeProxy, tools::path(Tool::KubeProxy)?, args)
    }

    fn start(&self, component: Component, program: PathBuf, args: Vec<String>) -> Result<()> {
        let recipe = Recipe {
            entry: self.namespace.entry(),
            program,
            args,
        };
        self.rig.start(component, recipe)
    }

    fn containerd_is_ready(&self, pause: &Path) -> Result<()> {
        self.until(
            "containerd is ready",
            CONTAINERD_LIMIT,
            Component::Containerd,
            || {
                let asked = run::succeeds(self.ctr().args(["plugins", "list"]), ASK_LIMIT)?;
                Ok(asked.then_some(()))
            },
        )?;
        self.import(pause)
    }

    fn api_is_ready(&self) -> Result<()> {
        self.until(
            "the API server is ready",
            API_LIMIT,
            Component::Apiserver,
            || control_plane::api_is_ready(&mut self.kubectl()?),
        )
    }

    /// Pods can be made, and run.
    fn is_ready(&self) -> Result<()> {
        self.until("the node is ready", NODE_LIMIT, Component::Kubelet, || {
            let ready = run::output(
                self.kubectl()?.args([
                    "get",
                    "nodes",
                    "-o",
                    "jsonpath={.items[*].status.conditions[?(@.type==\"Ready\")].status} {.items[*].spec.taints[*].key}",
                ]),
                ASK_LIMIT,
            )
            .unwrap_or_default();
            Ok((ready.trim() == "True").then_some(()))
        })?;
        self.until(
            "service accounts are made",
            NODE_LIMIT,
            Component::ControllerManager,
            || {
                let made = run::succeeds(
                    self.kubectl()?.args([
                        "get",
                        "serviceaccount",
                        "default",
                        "--namespace=default",
                    ]),
                    ASK_LIMIT,
                )?;
                Ok(made.then_some(()))
            },
        )
    }

    /// Waits as long as nothing has crashed, and shows whose log to look at.
    fn until(
        &self,
        what: &str,
        limit: Duration,
        component: Component,
        mut look: impl FnMut() -> Result<Option<()>>,
    ) -> Result<()> {
        wait::until(what, limit, || {
            self.rig.check()?;
            look()
        })
        .map_err(|error| {
            Error::new(format!(
                "{error} The last words of {}: {}",
                component.program(),
                self.rig.last_words(component)
            ))
        })
    }

    /// The administrator's.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The API server's, which the host reaches.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The administrator's certificates.
    pub fn pki(&self) -> &Pki {
        &self.pki
    }

    /// Its state; the logs are in `log/`.
    pub fn folder(&self) -> &Path {
        self.rig.folder()
    }

    /// Its name in Kubernetes.
    pub fn name(&self) -> &'static str {
        NODE_NAME
    }

    /// This machine as pods see it: what listens here on all addresses can be reached there.
    pub fn host_address(&self) -> String {
        self.network.host()
    }

    /// A file for another user, in a group when one is named: rights are granted by RBAC objects.
    pub fn kubeconfig_for(&self, user: &str, group: Option<&str>) -> Result<PathBuf> {
        control_plane::kubeconfig_for(self.folder(), &self.url, &self.pki, user, group)
    }

    /// `kubectl` as the administrator.
    pub fn kubectl(&self) -> Result<Command> {
        control_plane::kubectl(&self.kubeconfig)
    }

    /// `helm` as the administrator.
    pub fn helm(&self) -> Result<Command> {
        helm(&self.kubeconfig)
    }

    /// A program that runs on the node: its network, its mounts, its process numbers.
    pub fn command(&self, program: &str) -> Command {
        let entry = self.namespace.entry();
        let mut words = entry.iter();
        let mut command = Command::new(words.next().map_or("nsenter", String::as_str));
        command.args(words).arg(program).env(MARK, self.folder());
        command
    }

    /// Brings an image to the node: an OCI archive whose index says its reference.
    pub fn import(&self, archive: &Path) -> Result<()> {
        run::output(
            self.ctr().args(["images", "import"]).arg(archive),
            IMPORT_LIMIT,
        )
        .map(drop)
    }

    /// containerd's own client, among the images and containers of Kubernetes.
    pub fn ctr(&self) -> Command {
        let mut ctr = Command::new("ctr");
        ctr.args(["--address", &config::containerd_socket(self.folder())])
            .args(["--namespace", "k8s.io"]);
        ctr
    }

    /// The processes of a pod's containers, as this machine counts them, without the one that holds its namespaces.
    pub fn pids(&self, pod_uid: &str) -> Vec<u32> {
        let group = format!("pod{pod_uid}");
        // In version 1 every hierarchy has them; in version 2 there is one.
        let roots = ["/sys/fs/cgroup/pids", "/sys/fs/cgroup"];
        let mut found = Vec::new();
        for root in roots {
            let node = Path::new(root).join(&self.cgroup);
            if node.is_dir() {
                collect(&node, &group, false, &mut found);
                break;
            }
        }
        found.retain(|pid| {
            std::fs::read_link(format!("/proc/{pid}/exe"))
                .is_ok_and(|exe| exe.file_name() != Some("pause".as_ref()))
        });
        found
    }

    /// The process that runs a part of the node.
    pub fn pid(&self, component: Component) -> Option<u32> {
        self.rig.pid(component)
    }

    /// Kills it, as a crash would.
    pub fn stop(&self, component: Component) -> Result<()> {
        self.rig.stop(component)
    }

    /// Starts it again as it was, and waits until the API is ready.
    pub fn start_again(&self, component: Component) -> Result<()> {
        self.rig.start_again(component)?;
        self.api_is_ready()
    }

    /// It stands still: connections stay open and nothing is answered.
    pub fn freeze(&self, component: Component) -> Result<()> {
        self.rig.signal(component, Signal::STOP)
    }

    /// It goes on.
    pub fn thaw(&self, component: Component) -> Result<()> {
        self.rig.signal(component, Signal::CONT)
    }

    /// Takes it away, and says what could not be; dropping it does the same and says nothing.
    pub fn down(mut self) -> Result<()> {
        match self.guard.take() {
            Some(guard) => guard.finish(),
            None => guard::take_away(self.folder()),
        }
    }
}

/// `helm` with this file and nobody else's settings.
pub(crate) fn helm(kubeconfig: &Path) -> Result<Command> {
    let mut helm = tools::command(Tool::Helm)?;
    helm.env("KUBECONFIG", kubeconfig)
        .env("NO_PROXY", "*")
        .env_remove("HELM_NAMESPACE")
        .arg("--kubeconfig")
        .arg(kubeconfig);
    Ok(helm)
}

/// The name of the control group that all pods of the node are below.
fn cgroup(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    format!("aicoin-{name}")
}

/// The processes in and below each folder with this name.
fn collect(folder: &Path, name: &str, inside: bool, found: &mut Vec<u32>) {
    if inside {
        let text = std::fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
        found.extend(text.lines().filter_map(|line| line.parse::<u32>().ok()));
    }
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let inside = inside || entry.file_name() == name;
            collect(&entry.path(), name, inside, found);
        }
    }
}
