//! The operator that is measured, as a process.

use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::Result;
use crate::plan::Plan;

/// How to start it: again and again with the same words.
#[derive(Debug)]
pub struct Contender {
    command: Vec<String>,
    environment: Vec<(String, String)>,
    log: PathBuf,
    gauge: String,
    metrics: String,
    http: reqwest::Client,
}

/// It runs; it is killed when this is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// Its process.
    pub pid: u32,
}

impl Contender {
    /// With the addresses and files filled in.
    pub fn new(
        plan: &Plan,
        kubeconfig: &str,
        metrics: &str,
        worker: &str,
        key: &str,
    ) -> Result<Self> {
        let fill = |text: &String| {
            text.replace("{kubeconfig}", kubeconfig)
                .replace("{metrics}", metrics)
                .replace("{worker}", worker)
                .replace("{key}", key)
        };
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(5))
            .build()
            .map_err(|error| format!("A client cannot be made: {error}."))?;
        Ok(Self {
            command: plan.command.iter().map(fill).collect(),
            environment: plan
                .environment
                .iter()
                .map(|(name, value)| (name.clone(), fill(value)))
                .collect(),
            log: plan.log.clone(),
            gauge: plan.gauge.clone(),
            metrics: format!("http://{metrics}/metrics"),
            http,
        })
    }

    /// Starts it.
    pub fn start(&self) -> Result<Running> {
        let (program, arguments) = self
            .command
            .split_first()
            .ok_or("The plan names no command.")?;
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)
            .map_err(|error| format!("{} cannot be opened: {error}.", self.log.display()))?;
        let errors = log
            .try_clone()
            .map_err(|error| format!("{} cannot be shared: {error}.", self.log.display()))?;
        let child = Command::new(program)
            .args(arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{program} cannot be started: {error}."))?;
        let pid = child.id().ok_or("The contender has no process id.")?;
        Ok(Running { child, pid })
    }

    /// How many bots it has handled since it started; 0 while it does not answer.
    pub async fn handled(&self) -> u64 {
        let Ok(response) = self.http.get(&self.metrics).send().await else {
            return 0;
        };
        let Ok(text) = response.text().await else {
            return 0;
        };
        text.lines()
            .find_map(|line| line.strip_prefix(&self.gauge)?.trim().parse::<f64>().ok())
            .map_or(0, |value| value as u64)
    }

    /// The last of what it said.
    pub fn last_words(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let from = text.len().saturating_sub(1500);
        String::from_utf8_lossy(text.get(from..).unwrap_or_default()).into_owned()
    }
}

impl Running {
    /// It must not end by itself.
    pub fn check(&mut self, contender: &Contender) -> Result<()> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(format!(
                "The contender ended with {status}. Its last words: {}",
                contender.last_words()
            )),
            Err(error) => Err(format!("The contender cannot be looked after: {error}.")),
        }
    }

    /// Kills it with signal 9.
    pub async fn kill(mut self) -> Result<()> {
        self.child
            .kill()
            .await
            .map_err(|error| format!("The contender cannot be killed: {error}."))
    }
}
