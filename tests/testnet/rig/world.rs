//! A simulator, a bot that trades on it, and the folder of both. What failed is kept for whoever looks.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::books::{self, Outage};
use super::db::Db;
use super::keys::{AGENT, MASTER, OTHER_AGENT};
use super::manifest::Manifest;
use super::model::{Model, Wish};
use super::sim::Sim;
use super::worker::Worker;
use super::{Programs, process};

/// How long something may take that takes seconds.
pub(crate) const SOON: Duration = Duration::from_secs(45);

/// What a world is made with.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    /// How many times faster than the clock both of them run.
    pub(crate) speed: u32,
    /// What the account has, USDC.
    pub(crate) funds: &'static str,
    /// The bot's agent is approved.
    pub(crate) is_approved: bool,
    /// The file of the agent's key; `None`: there is none.
    pub(crate) agent_key: Option<&'static str>,
    pub(crate) ai_key: &'static str,
    /// More flags of the simulator.
    pub(crate) sim: Vec<String>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            seed: 1,
            speed: 1,
            funds: "10000",
            is_approved: true,
            agent_key: Some(AGENT.key),
            ai_key: "sk-test",
            sim: Vec::new(),
        }
    }
}

impl Plan {
    /// With one more flag of the simulator.
    pub(crate) fn with(mut self, flag: &str, value: &str) -> Self {
        self.sim.extend([flag.to_owned(), value.to_owned()]);
        self
    }
}

/// A simulator, a bot, a folder.
pub(crate) struct World {
    pub(crate) sim: Sim,
    worker: Option<Worker>,
    programs: Programs,
    speed: u32,
    /// What the processes that were killed had logged.
    old_log: String,
    outages: Vec<Outage>,
    folder: Option<TempDir>,
}

impl World {
    /// Starts both. The bot is built by `manifest` from the simulator's address.
    #[track_caller]
    pub(crate) fn start(
        programs: &Programs,
        plan: &Plan,
        manifest: impl FnOnce(&str) -> Manifest,
    ) -> Self {
        let mut world = Self::without_bot(programs, plan);
        let manifest = manifest(&world.sim.url());
        std::fs::write(world.manifest(), manifest.yaml(&world.sim.url())).unwrap();
        world.start_bot();
        world
    }

    /// A bot in one market whom a model of the test's own tells what to do, ready to trade.
    #[track_caller]
    pub(crate) fn told(programs: &Programs, plan: &Plan) -> (Self, Model) {
        Self::told_in(programs, plan, "BTC")
    }

    /// The same in other markets.
    #[track_caller]
    pub(crate) fn told_in(
        programs: &Programs,
        plan: &Plan,
        markets: &'static str,
    ) -> (Self, Model) {
        let model = Model::start();
        let world = Self::start(programs, plan, |_| Manifest {
            markets,
            ..Manifest::ai(&model.base_url)
        });
        world.becomes_ready();
        (world, model)
    }

    /// The simulator alone, and the files of a bot.
    #[track_caller]
    pub(crate) fn without_bot(programs: &Programs, plan: &Plan) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("aicoin-")
            .tempdir()
            .unwrap();
        let mut args = vec![
            "--seed".to_owned(),
            plan.seed.to_string(),
            "--speed".to_owned(),
            plan.speed.to_string(),
            "--fund".to_owned(),
            format!("{}={}", MASTER.address, plan.funds),
            "--agent".to_owned(),
            format!("{}={}", MASTER.address, OTHER_AGENT.address),
        ];
        if plan.is_approved {
            args.extend([
                "--agent".to_owned(),
                format!("{}={}", MASTER.address, AGENT.address),
            ]);
        }
        args.extend_from_slice(&plan.sim);
        let sim = Sim::start(&programs.sim, &args);
        let world = Self {
            sim,
            worker: None,
            programs: programs.clone(),
            speed: plan.speed,
            old_log: String::new(),
            outages: Vec::new(),
            folder: Some(folder),
        };
        let secret = |name: &str, key: &str, text: &str| {
            let folder = world.path("secrets").join(name);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(key), text).unwrap();
        };
        if let Some(key) = plan.agent_key {
            secret("agent", "private-key", key);
        }
        secret("deepseek", "api-key", plan.ai_key);
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.as_ref().unwrap().path().join(name)
    }

    pub(crate) fn manifest(&self) -> PathBuf {
        self.path("bot.yaml")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub(crate) fn secrets(&self) -> PathBuf {
        self.path("secrets")
    }

    /// Starts the bot, or starts it again.
    #[track_caller]
    pub(crate) fn start_bot(&mut self) {
        let speed = self.speed.to_string();
        let secrets = self.secrets();
        let mut args = vec!["--secrets-dir", secrets.to_str().unwrap()];
        if self.speed > 1 {
            args.extend(["--speed", &speed]);
        }
        let worker = Worker::start(&self.programs.worker, &self.manifest(), &self.data(), &args);
        self.worker = Some(worker);
    }

    /// kill -9, and a new start. It is ready again when this returns.
    #[track_caller]
    pub(crate) fn kill_and_restart(&mut self) {
        let from = self.sim.time();
        let worker = self.worker.take().unwrap();
        let log = worker.stderr();
        worker.kill();
        self.old_log.push_str(&log);
        self.old_log.push_str("--- killed\n");
        self.start_bot();
        self.becomes_ready();
        let to = self.sim.time();
        self.outages.push(Outage { from, to });
    }

    pub(crate) fn bot(&self) -> &Worker {
        self.worker.as_ref().unwrap()
    }

    pub(crate) fn db(&self) -> Db {
        Db::of(&self.data())
    }

    /// When the bot did not run, in the simulator's time.
    pub(crate) fn outages(&self) -> &[Outage] {
        &self.outages
    }

    /// What all processes of the bot logged.
    pub(crate) fn log(&self) -> String {
        let now = self.worker.as_ref().map(Worker::stderr).unwrap_or_default();
        format!("{}{now}", self.old_log)
    }

    /// The health, as anybody reads it.
    #[track_caller]
    pub(crate) fn health(&self) -> Value {
        self.bot().open("/api/v1/health").json()
    }

    /// Why it is not ready.
    #[track_caller]
    pub(crate) fn not_ready(&self) -> Vec<String> {
        serde_json::from_value(self.bot().status()["not_ready"].clone()).unwrap()
    }

    #[track_caller]
    pub(crate) fn becomes_ready(&self) {
        self.eventually("the bot is ready", |world| {
            world.not_ready().is_empty() && !world.bot().status()["markets"][0].is_null()
        });
    }

    /// Looks again and again; when it does not come, the log says why.
    #[track_caller]
    pub(crate) fn eventually(&self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let begun = std::time::Instant::now();
        while !is_so(self) {
            assert!(
                begun.elapsed() < SOON,
                "not within {SOON:?}: {what}\nstatus: {}\nhealth: {}\naccount: {}",
                self.bot().status(),
                self.health(),
                self.sim.account()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// `aicoin-worker ctl`, and it must do.
    #[track_caller]
    pub(crate) fn ctl(&self, args: &[&str]) {
        let ended = self.bot().ctl(args);
        assert_eq!(
            ended.status.code(),
            Some(0),
            "{args:?}: {ended:?}\nstatus: {}\naccount: {}",
            self.bot().status(),
            self.sim.account()
        );
    }

    /// The open position in a market, as the bot has it.
    #[track_caller]
    pub(crate) fn position(&self, market: &str) -> Option<Value> {
        let status = self.bot().status();
        let positions = status["positions"].as_array().unwrap();
        positions
            .iter()
            .find(|position| position["market"] == market)
            .cloned()
    }

    /// The codes of all risk events, the oldest first.
    #[track_caller]
    pub(crate) fn risk_events(&self) -> Vec<String> {
        let rows = self.db().rows("SELECT code FROM risk_events ORDER BY id");
        rows.iter().map(|row| sqlx::Row::get(row, 0)).collect()
    }

    /// The model says it, and a position that is protected comes of it.
    #[track_caller]
    pub(crate) fn open(&self, model: &Model, wish: &Wish, market: &str) {
        model.say(std::slice::from_ref(wish));
        self.eventually("a protected position", |world| {
            world.position(market).is_some_and(|position| {
                position["protected"] == true && position["stop_price"].is_string()
            }) && has_stop(&world.sim.account(), market)
        });
    }

    /// What the bot heard makes the same of its core once more.
    #[track_caller]
    pub(crate) fn assert_replays(&self) {
        let mut command = Command::new(&self.programs.worker);
        let ended = process::run(
            command.arg("replay").arg(self.data()),
            Duration::from_secs(120),
        );
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    }

    /// Closes everything and waits for it.
    #[track_caller]
    pub(crate) fn close_all(&self) {
        self.ctl(&["close-all", "--wait", "--timeout", "60s"]);
    }

    /// Both books, compared until they agree: what is on its way may arrive.
    #[track_caller]
    pub(crate) fn assert_books_agree(&self) {
        let differences =
            || books::differences(&self.sim.ledger(), &self.db(), &self.bot().status());
        let begun = std::time::Instant::now();
        loop {
            let found = differences();
            if found.is_empty() {
                return;
            }
            assert!(
                begun.elapsed() < SOON,
                "the books differ:\n{}",
                found.join("\n")
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let is_wanted =
            std::env::var_os("AICOIN_TESTNET_KEEP").is_some_and(|wish| !wish.is_empty());
        if !std::thread::panicking() && !is_wanted {
            return;
        }
        let Some(folder) = self.folder.take() else {
            return;
        };
        let kept = folder.keep();
        std::fs::write(kept.join("bot.log"), self.log()).ok();
        let ledger = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.sim.ledger()));
        if let Ok(ledger) = ledger {
            std::fs::write(kept.join("ledger.json"), ledger.to_string()).ok();
        }
        println!(
            "kept in {}: bot.log, ledger.json, data/aicoin.db",
            kept.display()
        );
        if std::thread::panicking() {
            println!("--- the bot's last words\n{}", tail(&self.log()));
        }
    }
}

/// The last lines of a log.
fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}

/// Whether a stop rests in a market, by the venue's word.
pub(crate) fn has_stop(account: &Value, market: &str) -> bool {
    let open = account["openOrders"].as_array().unwrap();
    open.iter().any(|order| {
        order["coin"] == market && order["tpsl"] == "sl" && order["reduceOnly"] == true
    })
}

/// A bot that must refuse to start.
#[track_caller]
pub(crate) fn refused(
    programs: &Programs,
    manifest: &str,
    folder: &Path,
    args: &[&str],
) -> process::Ended {
    let path = folder.join("bot.yaml");
    std::fs::write(&path, manifest).unwrap();
    let mut command = super::worker::local(&programs.worker, &path, &folder.join("data"));
    process::run(command.args(args), Duration::from_secs(20))
}
