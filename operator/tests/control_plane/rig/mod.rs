//! One API server for all tests, a namespace for each, and an operator inside the test's own process.

mod binary;
mod bots;
mod fault;
mod objects;
mod planes;
mod pods;
mod worker;

use std::sync::Arc;
use std::time::{Duration, Instant};

use aicoin_api::crd::{TradingBot, TradingBotStatus};
use aicoin_api::names::condition;
use aicoin_operator::keys::KeyRing;
use aicoin_operator::operator::{Operator, Options};
use aicoin_operator::patience::Patience;
use aicoin_operator::settings::Settings;
use aicoin_operator::world::ChildKind;
use aicoin_operator::writer::Kinds;
use aicoin_testbed::control_plane::ControlPlane;
use aicoin_token::SigningKey;
use kube::Client;
use kube::api::{Api, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

pub(crate) use binary::{Binary, ended};
pub(crate) use bots::{bot_with, condition_of, control_of, is_true, message_of, paper_bot};
pub(crate) use fault::{Cut, Killable};
pub(crate) use objects::{children, events, normalised};
pub(crate) use planes::{
    client, config, crd, crd_without_rules, install, kubectl, lenient_plane, namespace, plane,
    start_plane, tidy_plane,
};
pub(crate) use pods::Pods;
pub(crate) use worker::{Mood, StubWorker};

/// For anything to come true on two slow cores that others use too.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// The image of workers that name none.
pub(crate) const IMAGE: &str = "ghcr.io/aicoin-dev/aicoin-worker:0.1.0";

/// An Ed25519 key of nothing but these tests.
pub(crate) const KEY_PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
    -----END PRIVATE KEY-----\n";

/// Short waits, so that tests of them are short.
pub(crate) fn hasty() -> Patience {
    Patience {
        stuck: Duration::from_millis(500),
        unreachable: Duration::from_millis(1500),
        denied: Duration::from_millis(1500),
        deletion: Duration::from_millis(1500),
        stop: Duration::from_secs(2),
        look: Duration::from_millis(500),
    }
}

/// What an operator of one namespace is started with.
pub(crate) fn options(namespace: &str, worker: &StubWorker) -> Options {
    Options {
        settings: Settings {
            default_image: IMAGE.to_owned(),
            network_policy: true,
            allow_live: false,
            extra_egress: Vec::new(),
            extra_ca_file: None,
            worker_url: Some(worker.url.clone()),
        },
        extra_ca: None,
        keys: KeyRing::new(
            SigningKey::from_pem(KEY_PEM).unwrap(),
            Duration::from_secs(1),
        ),
        namespaces: vec![namespace.to_owned()],
        election: None,
        concurrency: 8,
        identity: "test".to_owned(),
        patience: hasty(),
    }
}

type Change = Box<dyn Fn(&mut Options) + Send + Sync>;

/// A namespace with an operator that looks after it, and workers that are stubs.
pub(crate) struct Rig {
    pub(crate) client: Client,
    pub(crate) namespace: String,
    pub(crate) worker: StubWorker,
    operator: Option<Operator>,
    change: Change,
}

impl Rig {
    pub(crate) async fn new(namespace: &str) -> Self {
        Self::with(namespace, |_| {}).await
    }

    /// With other options.
    pub(crate) async fn with(
        namespace: &str,
        change: impl Fn(&mut Options) + Send + Sync + 'static,
    ) -> Self {
        Self::on(plane(), namespace, change).await
    }

    /// On another API server.
    pub(crate) async fn on(
        plane: &ControlPlane,
        name: &str,
        change: impl Fn(&mut Options) + Send + Sync + 'static,
    ) -> Self {
        let mut rig = Self::without_operator(plane, name, change).await;
        rig.start();
        rig
    }

    /// Its operator is started later, or is another one.
    pub(crate) async fn without_operator(
        plane: &ControlPlane,
        name: &str,
        change: impl Fn(&mut Options) + Send + Sync + 'static,
    ) -> Self {
        let client = client(plane).await;
        namespace(&client, name).await;
        Self {
            worker: StubWorker::start().await,
            namespace: name.to_owned(),
            client,
            operator: None,
            change: Box::new(change),
        }
    }

    /// Starts an operator; the one before was stopped.
    pub(crate) fn start(&mut self) {
        assert!(self.operator.is_none(), "one is enough");
        let mut options = options(&self.namespace, &self.worker);
        (self.change)(&mut options);
        self.operator = Some(Operator::start(self.client.clone(), options).unwrap());
    }

    /// Stops the operator in order.
    pub(crate) async fn stop(&mut self) {
        if let Some(operator) = self.operator.take() {
            operator.stop().await;
        }
    }

    /// Another start, with these options from now on.
    pub(crate) async fn restart_with(
        &mut self,
        change: impl Fn(&mut Options) + Send + Sync + 'static,
    ) {
        self.stop().await;
        self.change = Box::new(change);
        self.start();
    }

    pub(crate) fn operator(&self) -> &Operator {
        self.operator.as_ref().unwrap()
    }

    pub(crate) fn bots(&self) -> Api<TradingBot> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Makes a bot. Its uid.
    pub(crate) async fn create(&self, bot: Value) -> String {
        let bot: TradingBot = serde_json::from_value(bot).unwrap();
        let made = self
            .bots()
            .create(&PostParams::default(), &bot)
            .await
            .unwrap();
        made.metadata.uid.unwrap()
    }

    /// Makes a bot and waits until it trades. Its uid.
    pub(crate) async fn trading(&self, name: &str) -> String {
        let uid = self.create(paper_bot(name)).await;
        self.until(name, "Ready", |status| is_true(status, condition::READY))
            .await;
        uid
    }

    pub(crate) async fn patch(&self, name: &str, patch: Value) -> TradingBot {
        self.bots()
            .patch(name, &PatchParams::default(), &Patch::Merge(patch))
            .await
            .unwrap()
    }

    /// Asks for a state in the spec.
    pub(crate) async fn desire(&self, name: &str, state: &str) {
        self.patch(name, json!({"spec": {"desiredState": state}}))
            .await;
    }

    /// Puts an annotation on, or takes it off.
    pub(crate) async fn annotate(&self, name: &str, annotation: &str, value: Option<&str>) {
        self.patch(
            name,
            json!({"metadata": {"annotations": {annotation: value}}}),
        )
        .await;
    }

    pub(crate) async fn delete(&self, name: &str) {
        self.bots()
            .delete(name, &DeleteParams::default())
            .await
            .unwrap();
    }

    pub(crate) async fn get(&self, name: &str) -> Option<TradingBot> {
        self.bots().get_opt(name).await.unwrap()
    }

    pub(crate) async fn status(&self, name: &str) -> TradingBotStatus {
        self.get(name)
            .await
            .and_then(|bot| bot.status)
            .unwrap_or_default()
    }

    /// Waits until a bot's status is so.
    pub(crate) async fn until(
        &self,
        name: &str,
        what: &str,
        is_so: impl Fn(&TradingBotStatus) -> bool,
    ) -> TradingBotStatus {
        until(what, || self.status(name), is_so).await
    }

    /// Waits until a condition is True.
    pub(crate) async fn until_true(&self, name: &str, kind: &str) -> TradingBotStatus {
        self.until(name, kind, |status| is_true(status, kind)).await
    }

    /// Waits until a condition is so, for this reason.
    pub(crate) async fn until_reason(
        &self,
        name: &str,
        kind: &str,
        expected: (&str, &str),
    ) -> TradingBotStatus {
        self.until(name, &format!("{kind} {expected:?}"), |status| {
            condition_of(status, kind) == (expected.0.to_owned(), expected.1.to_owned())
        })
        .await
    }

    /// Waits until exactly these things were told in Events, by reason, in the order of the alphabet.
    pub(crate) async fn until_told(&self, reasons: &[&str]) {
        let told = || async {
            let events = events(&self.client, &self.namespace).await;
            let mut told: Vec<String> = events.into_iter().map(|(_, reason, _)| reason).collect();
            told.sort();
            told
        };
        until("what is told", told, |told| *told == reasons).await;
    }

    pub(crate) async fn until_gone(&self, name: &str) {
        until(
            "the bot's end",
            || async { self.get(name).await },
            Option::is_none,
        )
        .await;
    }

    /// Waits until nothing of any bot is left in the namespace.
    pub(crate) async fn until_empty(&self) {
        let left = || async { children(&self.client, &self.namespace).await };
        until("an empty namespace", left, Vec::is_empty).await;
    }

    /// Waits until the operator has nothing to do.
    pub(crate) async fn until_idle(&self) {
        until_idle(self.operator()).await;
    }
}

/// Waits until an operator has listed what there is, and has nothing to do.
pub(crate) async fn until_idle(operator: &Operator) {
    let context = Arc::clone(&operator.context);
    let ready = operator.ready.clone();
    let watches = operator.watches;
    until(
        "idleness",
        || async { (*ready.borrow() >= watches, context.queue.is_idle()) },
        |seen| *seen == (true, true),
    )
    .await;
}

/// Waits until something is so, and fails with what was seen last.
pub(crate) async fn until<T: std::fmt::Debug, F: Future<Output = T>>(
    what: &str,
    mut look: impl FnMut() -> F,
    is_so: impl Fn(&T) -> bool,
) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen = look().await;
        if is_so(&seen) {
            return seen;
        }
        assert!(
            Instant::now() < deadline,
            "{what} did not come true; seen last: {seen:#?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Looks again and again for a while: it stays so.
pub(crate) async fn always<T: std::fmt::Debug, F: Future<Output = T>>(
    what: &str,
    length: Duration,
    mut look: impl FnMut() -> F,
    is_so: impl Fn(&T) -> bool,
) {
    let end = Instant::now() + length;
    while Instant::now() < end {
        let seen = look().await;
        assert!(is_so(&seen), "{what} is not so any more: {seen:#?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The replicas that a bot's Deployment asks for.
pub(crate) async fn replicas(rig: &Rig, bot: &str) -> i64 {
    let deployment = child(rig, ChildKind::Deployment, &format!("{bot}-worker")).await;
    deployment.unwrap().data["spec"]["replicas"]
        .as_i64()
        .unwrap()
}

/// A child, as the API server has it.
pub(crate) async fn child(rig: &Rig, kind: ChildKind, name: &str) -> Option<DynamicObject> {
    api(rig, kind).get_opt(name).await.unwrap()
}

/// The children of a kind.
pub(crate) fn api(rig: &Rig, kind: ChildKind) -> Api<DynamicObject> {
    Api::namespaced_with(rig.client.clone(), &rig.namespace, &Kinds::child(kind))
}
