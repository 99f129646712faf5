//! The processes of a control plane or a node: started with a log, found again, stopped, frozen.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::{Error, Result, cache, wait};

/// Every process has the folder that it belongs to in this variable, so that all of them can be found.
pub(crate) const MARK: &str = "AICOIN_TESTBED";

/// How long a killed process may take to be gone.
const GONE_LIMIT: Duration = Duration::from_secs(10);

/// Lines of a log that are shown when its process ended.
const LAST_LINES: usize = 5;

/// A process of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Component {
    /// The store.
    Etcd,
    /// The API.
    Apiserver,
    /// Deployments, garbage collection and the like.
    ControllerManager,
    /// Says where a pod runs.
    Scheduler,
    /// Runs containers.
    Containerd,
    /// Runs the pods of a node.
    Kubelet,
    /// Makes Services answer.
    KubeProxy,
}

impl Component {
    /// Its program's file name.
    pub fn program(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::Apiserver => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Containerd => "containerd",
            Self::Kubelet => "kubelet",
            Self::KubeProxy => "kube-proxy",
        }
    }
}

/// How a process is started, the first time and again.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    /// What comes before the program: entering a node's namespaces, or nothing.
    pub(crate) entry: Vec<String>,
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<String>,
}

/// All processes for one folder.
#[derive(Debug)]
pub(crate) struct Rig {
    folder: PathBuf,
    started: Mutex<BTreeMap<Component, (Recipe, Child)>>,
}

impl Rig {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            started: Mutex::new(BTreeMap::new()),
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts a process; what it prints is appended to `log/PROGRAM.log`.
    pub(crate) fn start(&self, component: Component, recipe: Recipe) -> Result<()> {
        let child = self.spawn(component, &recipe)?;
        self.started().insert(component, (recipe, child));
        Ok(())
    }

    fn spawn(&self, component: Component, recipe: &Recipe) -> Result<Child> {
        let path = self.log(component);
        if let Some(folder) = path.parent() {
            cache::make(folder)?;
        }
        let log = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|error| Error::file(&path, "written", &error))?;
        let twice = log
            .try_clone()
            .map_err(|error| Error::file(&path, "written", &error))?;
        let mut command = match recipe.entry.split_first() {
            Some((entry, rest)) => {
                let mut command = Command::new(entry);
                command.args(rest).arg(&recipe.program);
                command
            }
            None => Command::new(&recipe.program),
        };
        command
            .args(&recipe.args)
            .env(MARK, &self.folder)
            // Nothing of a developer's own cluster or proxy has a say here.
            .env_remove("KUBECONFIG")
            .env_remove("HTTP_PROXY")
            .env_remove("HTTPS_PROXY")
            .env_remove("http_proxy")
            .env_remove("https_proxy")
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(twice)
            .process_group(0)
            .spawn()
            .map_err(|error| {
                Error::new(format!(
                    "{} cannot be started: {error}.",
                    recipe.program.display()
                ))
            })
    }

    /// Kills a process, as a crash would.
    pub(crate) fn stop(&self, component: Component) -> Result<()> {
        self.signal(component, Signal::KILL)?;
        let what = format!("{} is gone", component.program());
        wait::until(&what, GONE_LIMIT, || {
            // It is reaped here: a zombie has no program any more.
            if let Some((_, child)) = self.started().get_mut(&component) {
                let _ = child.try_wait();
            }
            Ok(self.pid(component).is_none().then_some(()))
        })
    }

    /// Starts a stopped process as it was started first.
    pub(crate) fn start_again(&self, component: Component) -> Result<()> {
        let recipe = self
            .started()
            .get(&component)
            .map(|(recipe, _)| recipe.clone())
            .ok_or_else(|| {
                Error::new(format!(
                    "{} was not started by this process, which cannot start it again.",
                    component.program()
                ))
            })?;
        self.start(component, recipe)
    }

    /// A process stands still until `Signal::CONT`.
    pub(crate) fn signal(&self, component: Component, signal: Signal) -> Result<()> {
        let pid = self
            .pid(component)
            .and_then(|pid| i32::try_from(pid).ok())
            .and_then(Pid::from_raw)
            .ok_or_else(|| Error::new(format!("{} does not run.", component.program())))?;
        kill_process(pid, signal).map_err(|error| {
            Error::new(format!(
                "{} cannot be signalled: {error}.",
                component.program()
            ))
        })
    }

    /// The process that runs the program now, whoever started it.
    pub(crate) fn pid(&self, component: Component) -> Option<u32> {
        marked(&self.folder).find(|pid| {
            std::fs::read_link(format!("/proc/{pid}/exe"))
                .is_ok_and(|exe| exe.file_name() == Some(component.program().as_ref()))
        })
    }

    /// `Err` when one of them ended by itself, with its last words.
    pub(crate) fn check(&self) -> Result<()> {
        let ended = self
            .started()
            .iter_mut()
            .find_map(|(component, (_, child))| {
                let status = child.try_wait().ok().flatten()?;
                Some((*component, status))
            });
        match ended {
            None => Ok(()),
            Some((component, status)) => Err(Error::new(format!(
                "{} ended with {status}: {}",
                component.program(),
                self.last_words(component)
            ))),
        }
    }

    pub(crate) fn log(&self, component: Component) -> PathBuf {
        self.folder
            .join("log")
            .join(format!("{}.log", component.program()))
    }

    /// The end of a log.
    pub(crate) fn last_words(&self, component: Component) -> String {
        let bytes = std::fs::read(self.log(component)).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        lines
            .get(lines.len().saturating_sub(LAST_LINES)..)
            .unwrap_or_default()
            .join("\n")
    }

    fn started(&self) -> MutexGuard<'_, BTreeMap<Component, (Recipe, Child)>> {
        // A panic elsewhere leaves the map whole.
        self.started.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// They were killed before: the guard goes first. What is done here is to let no zombie stay in a long test.
impl Drop for Rig {
    fn drop(&mut self) {
        for (_, child) in self.started().values_mut() {
            let _ = wait::until("a process ends", GONE_LIMIT, || {
                Ok(child.try_wait().ok().flatten().map(drop))
            });
        }
    }
}

/// The processes that belong to a folder.
pub(crate) fn marked(folder: &Path) -> impl Iterator<Item = u32> {
    let mark = format!("{MARK}={}", folder.display()).into_bytes();
    std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(move |pid| {
            std::fs::read(format!("/proc/{pid}/environ"))
                .is_ok_and(|environ| environ.split(|byte| *byte == 0).any(|one| one == mark))
        })
}
