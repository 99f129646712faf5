//! etcd and kube-apiserver alone: everything about objects, and no pod ever runs. Up in about three seconds.
//!
//! The controller manager may join: Deployments then make ReplicaSets, and garbage is collected.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use crate::guard::Guard;
use crate::pki::Pki;
use crate::rig::{Component, Recipe, Rig};
use crate::tools::{self, Tool};
use crate::{Error, Result, cache, kubeconfig, port, run, wait};

/// How long the API may take to be ready, on a machine that is busy.
const READY_LIMIT: Duration = Duration::from_secs(60);
/// Ports are looked for before they are used; somebody may come in between.
const ATTEMPTS: u32 = 3;
/// One question to the API.
const ASK_LIMIT: Duration = Duration::from_secs(5);

/// What a control plane shall be like.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Run kube-controller-manager too.
    pub controller_manager: bool,
    /// Which of its controllers; none means all.
    pub controllers: Vec<String>,
    /// More arguments for kube-apiserver.
    pub apiserver_args: Vec<String>,
    /// More arguments for kube-controller-manager.
    pub controller_manager_args: Vec<String>,
}

/// A running one. It ends when it is dropped, and when the process that started it ends.
#[derive(Debug)]
pub struct ControlPlane {
    // Dropped before `rig`, whose children it ends.
    guard: Guard,
    rig: Rig,
    pki: Pki,
    url: String,
    kubeconfig: PathBuf,
}

impl ControlPlane {
    /// Starts one, builds the programs when they are missing, and waits until the API is ready.
    pub fn start(options: &Options) -> Result<Self> {
        tools::ensure(&[Tool::Etcd, Tool::KubeApiserver, Tool::Kubectl])?;
        let mut last = Error::new("No control plane was started.");
        for _ in 0..ATTEMPTS {
            match Self::attempt(options) {
                Ok(plane) => return Ok(plane),
                Err(error) if error.to_string().contains("address already in use") => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    fn attempt(options: &Options) -> Result<Self> {
        let folder = cache::new_run("plane")?;
        cache::make(&folder)?;
        let guard = Guard::watch(&folder)?;
        let pki = Pki::make(folder.join("pki"))?;
        let [client, peer, secure] = port::free()?;
        let url = format!("https://127.0.0.1:{secure}");
        let kubeconfig = folder.join("kubeconfig");
        kubeconfig::write(&kubeconfig, &url, &pki, &pki.admin())?;
        let plane = Self {
            guard,
            rig: Rig::new(folder),
            pki,
            url,
            kubeconfig,
        };
        plane.start_etcd(client, peer)?;
        plane.start_apiserver(client, secure, options)?;
        plane.ready()?;
        if options.controller_manager {
            plane.start_controller_manager(options)?;
        }
        Ok(plane)
    }

    fn start_etcd(&self, client: u16, peer: u16) -> Result<()> {
        let args = vec![
            "--name=test".to_owned(),
            format!("--data-dir={}", self.folder().join("etcd").display()),
            // Nobody needs this data after a power failure.
            "--unsafe-no-fsync".to_owned(),
            format!("--listen-client-urls=http://127.0.0.1:{client}"),
            format!("--advertise-client-urls=http://127.0.0.1:{client}"),
            format!("--listen-peer-urls=http://127.0.0.1:{peer}"),
            format!("--initial-advertise-peer-urls=http://127.0.0.1:{peer}"),
            format!("--initial-cluster=test=http://127.0.0.1:{peer}"),
            "--log-level=warn".to_owned(),
        ];
        self.run(Component::Etcd, Tool::Etcd, args)
    }

    fn start_apiserver(&self, etcd: u16, secure: u16, options: &Options) -> Result<()> {
        let names = [
            "localhost",
            "127.0.0.1",
            "10.0.0.1",
            "kubernetes.default.svc",
        ];
        let server = self.pki.server("apiserver", &names.map(str::to_owned))?;
        let mut args = vec![
            format!("--etcd-servers=http://127.0.0.1:{etcd}"),
            "--bind-address=127.0.0.1".to_owned(),
            // Loopback is refused here; nobody uses it, as there is no pod.
            "--advertise-address=10.0.0.1".to_owned(),
            "--endpoint-reconciler-type=none".to_owned(),
            format!("--secure-port={secure}"),
            format!("--tls-cert-file={}", server.cert.display()),
            format!("--tls-private-key-file={}", server.key.display()),
            "--service-cluster-ip-range=10.0.0.0/16".to_owned(),
            "--authorization-mode=RBAC".to_owned(),
        ];
        args.extend(account_args(&self.pki));
        args.extend(options.apiserver_args.iter().cloned());
        self.run(Component::Apiserver, Tool::KubeApiserver, args)
    }

    fn start_controller_manager(&self, options: &Options) -> Result<()> {
        let [secure] = port::free()?;
        let mut args = controller_manager_args(&self.kubeconfig, &self.pki);
        args.extend([
            "--bind-address=127.0.0.1".to_owned(),
            format!("--secure-port={secure}"),
        ]);
        if !options.controllers.is_empty() {
            args.push(format!("--controllers={}", options.controllers.join(",")));
        }
        args.extend(options.controller_manager_args.iter().cloned());
        self.run(
            Component::ControllerManager,
            Tool::KubeControllerManager,
            args,
        )
    }

    fn run(&self, component: Component, tool: Tool, args: Vec<String>) -> Result<()> {
        let recipe = Recipe {
            entry: Vec::new(),
            program: tools::path(tool)?,
            args,
        };
        self.rig.start(component, recipe)
    }

    /// Waits until the API answers and has made what it makes at first.
    fn ready(&self) -> Result<()> {
        wait::until("the API server is ready", READY_LIMIT, || {
            self.rig.check()?;
            api_is_ready(&mut self.kubectl()?)
        })
        .map_err(|error| {
            Error::new(format!(
                "{error} Its last words: {}",
                self.rig.last_words(Component::Apiserver)
            ))
        })
    }

    /// The administrator's.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// `https://127.0.0.1:PORT`.
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

    /// A file for another user, in a group when one is named: rights are granted by RBAC objects.
    pub fn kubeconfig_for(&self, user: &str, group: Option<&str>) -> Result<PathBuf> {
        kubeconfig_for(self.folder(), &self.url, &self.pki, user, group)
    }

    /// `kubectl` as the administrator.
    pub fn kubectl(&self) -> Result<Command> {
        kubectl(&self.kubeconfig)
    }

    /// The process that runs it, for its figures.
    pub fn pid(&self, component: Component) -> Option<u32> {
        self.rig.pid(component)
    }

    /// Kills it, as a crash would.
    pub fn stop(&self, component: Component) -> Result<()> {
        self.rig.stop(component)
    }

    /// Starts it again on the same port and data, and waits until the API is ready.
    pub fn start_again(&self, component: Component) -> Result<()> {
        self.rig.start_again(component)?;
        self.ready()
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
    pub fn down(self) -> Result<()> {
        self.guard.finish()
    }
}

/// Who is believed, and how service accounts are signed.
pub(crate) fn account_args(pki: &Pki) -> Vec<String> {
    vec![
        format!("--client-ca-file={}", pki.ca_cert.display()),
        format!(
            "--service-account-key-file={}",
            pki.account_public_key.display()
        ),
        format!(
            "--service-account-signing-key-file={}",
            pki.account_key.display()
        ),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        "--allow-privileged=true".to_owned(),
    ]
}

/// A controller manager that is alone, so that it need not be elected.
pub(crate) fn controller_manager_args(kubeconfig: &Path, pki: &Pki) -> Vec<String> {
    vec![
        format!("--kubeconfig={}", kubeconfig.display()),
        format!(
            "--service-account-private-key-file={}",
            pki.account_key.display()
        ),
        format!("--root-ca-file={}", pki.ca_cert.display()),
        "--use-service-account-credentials=true".to_owned(),
        "--leader-elect=false".to_owned(),
    ]
}

/// `kubectl` with this file and nobody else's settings.
pub(crate) fn kubectl(kubeconfig: &Path) -> Result<Command> {
    let mut kubectl = tools::command(Tool::Kubectl)?;
    kubectl
        .env("KUBECONFIG", kubeconfig)
        .env("NO_PROXY", "*")
        .arg("--kubeconfig")
        .arg(kubeconfig);
    Ok(kubectl)
}

/// `Some` when it is.
pub(crate) fn api_is_ready(kubectl: &mut Command) -> Result<Option<()>> {
    let ready = run::succeeds(
        kubectl.args(["get", "--raw", "/readyz", "--request-timeout=2s"]),
        ASK_LIMIT,
    )?;
    Ok(ready.then_some(()))
}

pub(crate) fn kubeconfig_for(
    folder: &Path,
    url: &str,
    pki: &Pki,
    user: &str,
    group: Option<&str>,
) -> Result<PathBuf> {
    // A user's name may have any sign in it, a file's not.
    let file: String = user
        .chars()
        .chain("-in-".chars())
        .chain(group.unwrap_or_default().chars())
        .map(|sign| {
            if sign.is_ascii_alphanumeric() {
                sign
            } else {
                '-'
            }
        })
        .collect();
    let identity = pki.client(&file, user, group)?;
    let path = folder.join(format!("{file}.kubeconfig"));
    kubeconfig::write(&path, url, pki, &identity)?;
    Ok(path)
}
