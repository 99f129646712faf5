//! The watches: what the API server tells goes, pruned, into the world, and what it is about into the queue.
//!
//! Bots are listed first, so that whose a child is can be told when it comes. Every watch backs off when it breaks, and
//! lists anew: then what is gone is found out, orphans among it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use kube::api::{Api, ApiResource, DynamicObject};
use kube::runtime::utils::{Backoff, ResetTimerBackoff};
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt, watcher as watch_kind};
use kube::{Client, Resource};
use tokio::sync::watch;

use crate::build::{self, Worker, managed};
use crate::memo::backoff;
use crate::namespaces;
use crate::queue::Lane;
use crate::reconcile::{Context, Key, is_intact};
use crate::world::{Bot, Child, ChildKind, Pod, Uid, Watched};
use crate::writer::Kinds;
use crate::{control, image, validate};

/// The first pause after a watch broke, and the longest one.
const PAUSE_FIRST: Duration = Duration::from_millis(500);
const PAUSE_MOST: Duration = Duration::from_secs(5);
/// A watch that held for so long begins with the first pause again.
const CALM: Duration = Duration::from_secs(60);

/// What is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Bots,
    Child(ChildKind),
    Pods,
}

impl What {
    fn resource(self) -> ApiResource {
        match self {
            Self::Bots => Kinds::bot(),
            Self::Child(kind) => Kinds::child(kind),
            Self::Pods => Kinds::pod(),
        }
    }
}

/// How many watches are done with their first list, of how many.
pub type Ready = watch::Receiver<usize>;

/// Watches everything, in all namespaces or in these, until the task is dropped.
pub async fn run(
    context: Arc<Context>,
    client: Client,
    namespaces: Vec<String>,
    ready: watch::Sender<usize>,
) {
    let scopes: Vec<Option<String>> = if namespaces.is_empty() {
        vec![None]
    } else {
        namespaces.into_iter().map(Some).collect()
    };
    let ready = Arc::new(ready);
    let mut tasks = tokio::task::JoinSet::new();
    let mut spawn = |what: What, scope: &Option<String>| {
        tasks.spawn(one(
            Arc::clone(&context),
            client.clone(),
            what,
            scope.clone(),
            Arc::clone(&ready),
        ));
    };
    for scope in &scopes {
        spawn(What::Bots, scope);
    }
    let mut listed = ready.subscribe();
    let bots = scopes.len();
    if listed.wait_for(|done| *done >= bots).await.is_err() {
        return;
    }
    for scope in &scopes {
        for kind in ChildKind::ALL {
            spawn(What::Child(kind), scope);
        }
        spawn(What::Pods, scope);
    }
    // None of them ends by itself.
    while tasks.join_next().await.is_some() {}
}

/// Between two tries of a watch that broke: growing, and never so long that a pause after an outage waits for it.
struct Pauses(u32);

impl Pauses {
    /// They are short again only after a while: a watch that breaks right after each list must not list all the time.
    fn new() -> ResetTimerBackoff<Self> {
        ResetTimerBackoff::new(Self(0), CALM)
    }
}

impl Iterator for Pauses {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let pause = backoff(self.0, PAUSE_FIRST, PAUSE_MOST);
        self.0 = self.0.saturating_add(1);
        Some(pause)
    }
}

impl Backoff for Pauses {
    fn reset(&mut self) {
        self.0 = 0;
    }
}

/// How many watches there are with so many namespaces named.
#[must_use]
pub const fn count(namespaces: usize) -> usize {
    let scopes = if namespaces == 0 { 1 } else { namespaces };
    scopes * (2 + ChildKind::ALL.len())
}

async fn one(
    context: Arc<Context>,
    client: Client,
    what: What,
    scope: Option<String>,
    ready: Arc<watch::Sender<usize>>,
) {
    let resource = what.resource();
    let api: Api<Watched> = match &scope {
        Some(namespace) => Api::namespaced_with(client, namespace, &resource),
        None => Api::all_with(client, &resource),
    };
    let config = match what {
        What::Bots => watcher::Config::default(),
        What::Child(_) | What::Pods => watcher::Config::default().labels(&managed()),
    }
    .streaming_lists();
    let mut stream = Box::pin(watch_kind(api, config).backoff(Pauses::new()));
    let mut listing: HashSet<Uid> = HashSet::new();
    let mut first = true;
    while let Some(event) = stream.next().await {
        match event {
            Ok(Event::Init) => listing.clear(),
            Ok(Event::InitApply(object)) => {
                if let Some(uid) = object.meta().uid.as_deref() {
                    listing.insert(uid.into());
                }
                put(&context, what, object.into());
            }
            Ok(Event::InitDone) => {
                listed(
                    &context,
                    what,
                    scope.as_deref(),
                    &std::mem::take(&mut listing),
                );
                if std::mem::take(&mut first) {
                    ready.send_modify(|done| *done += 1);
                }
            }
            Ok(Event::Apply(object)) => put(&context, what, object.into()),
            Ok(Event::Delete(object)) => remove(&context, what, &object.into()),
            Err(error) => {
                context.metrics.watch_error(&resource.plural);
                tracing::warn!(kind = resource.kind, %error, "A watch broke; it begins anew");
            }
        }
    }
}

fn put(context: &Context, what: What, object: DynamicObject) {
    match what {
        What::Bots => put_bot(context, object),
        What::Child(kind) => put_child(context, kind, &object),
        What::Pods => {
            if let Some(pod) = Pod::read(&object) {
                let uid = Arc::clone(&pod.bot_uid);
                if context.world.put_pod(pod) {
                    touch(context, &uid, Lane::Normal);
                }
            }
        }
    }
}

fn put_bot(context: &Context, object: DynamicObject) {
    let Some(bot) = Bot::read(object) else {
        return;
    };
    let key = bot.key.clone();
    let uid = Arc::clone(&bot.uid);
    let (deleting, level) = (bot.deleting, control::wanted(&bot, false).level);
    // An older copy than the one we know says nothing.
    let Ok(before) = context.world.put_bot(bot) else {
        return;
    };
    if let Some(before) = &before
        && before.uid != uid
    {
        // The end of the one before was never told: a watch broke, and another one of its name is there already.
        context.memos.forget(&Key::Bot(key.clone()));
        context
            .queue
            .push(Key::Orphan(Arc::clone(&before.uid)), Lane::Urgent);
    }
    let hurries = before.is_some_and(|before| {
        (deleting && !before.deleting) || level != control::wanted(&before, false).level
    });
    let lane = if hurries { Lane::Urgent } else { Lane::Normal };
    context.queue.push(Key::Bot(key), lane);
}

fn put_child(context: &Context, kind: ChildKind, object: &DynamicObject) {
    if kind == ChildKind::ConfigMap
        && let Some(map) = namespaces::read(object)
    {
        let namespace: Arc<str> = object
            .metadata
            .namespace
            .as_deref()
            .unwrap_or_default()
            .into();
        context.world.put_key_map(Arc::clone(&namespace), Some(map));
        context.queue.push(Key::Namespace(namespace), Lane::Normal);
        return;
    }
    let Some(mut child) = Child::read(kind, object) else {
        return;
    };
    // What a write of ours answered is known already, and so is that it is as asked: no need to find it out again.
    let known = context.world.child(&child.bot_uid, kind, &child.name);
    if known.is_some_and(|known| {
        known.uid == child.uid && known.resource_version == child.resource_version
    }) {
        return;
    }
    child.intact = is_as_asked(context, &child, object);
    let uid = Arc::clone(&child.bot_uid);
    if context.world.show_child(child) {
        touch(context, &uid, Lane::Normal);
    }
}

/// Whether a child holds everything that is asked for now. Found out here, where its whole object is at hand: the world
/// keeps the answer alone.
fn is_as_asked(context: &Context, child: &Child, object: &DynamicObject) -> bool {
    let Some(bot) = context.world.bot_by_uid(&child.bot_uid) else {
        return false;
    };
    // Without the mark of a write of ours it is written in any case.
    if child.applied.is_none() {
        return false;
    }
    let Ok(spec) = validate::check(&bot) else {
        return false;
    };
    let seen = context.world.seen(&bot.key);
    let known = seen
        .as_ref()
        .and_then(|seen| seen.deployment())
        .map(|(_, view)| view);
    // The Deployment that is coming in is the one that remembers the image.
    let view = child.deployment.as_ref().or(known);
    let image = image::image(&bot, &spec, view, &context.settings.default_image, || false);
    // Replicas are whatever they are: the hash says whether that was asked for.
    let runs = view.is_none_or(|view| view.replicas > 0);
    let restart = image::restart(&bot, view);
    let worker = Worker::new(&bot, spec, image, restart, runs);
    build::child(&worker, &context.settings, child.kind)
        .filter(|intent| *intent.name == *child.name)
        .is_some_and(|intent| is_intact(child, object, &intent))
}

/// Whoever it is about is looked at: the bot, or what is left of it.
fn touch(context: &Context, uid: &Uid, lane: Lane) {
    match context.world.bot_by_uid(uid) {
        Some(bot) => context.queue.push(Key::Bot(bot.key.clone()), lane),
        None => context.queue.push(Key::Orphan(Arc::clone(uid)), lane),
    }
}

fn remove(context: &Context, what: What, object: &DynamicObject) {
    let metadata = &object.metadata;
    match what {
        What::Bots => {
            if let Some(bot) = Bot::read(object.clone()) {
                gone(context, &bot.key, &bot.uid);
            }
        }
        What::Child(kind) => {
            if kind == ChildKind::ConfigMap && namespaces::read(object).is_some() {
                let namespace: Arc<str> = metadata.namespace.as_deref().unwrap_or_default().into();
                context.world.put_key_map(Arc::clone(&namespace), None);
                lost_keys(context, &namespace);
            } else if let Some(child) = Child::read(kind, object) {
                context
                    .world
                    .remove_child(&child.bot_uid, kind, &child.name, &child.uid);
                touch(context, &child.bot_uid, Lane::Normal);
            }
        }
        What::Pods => {
            if let Some(pod) = Pod::read(object) {
                context.world.remove_pod(&pod.bot_uid, &pod.uid);
                touch(context, &pod.bot_uid, Lane::Normal);
            }
        }
    }
}

/// Somebody removed the keys: a bot of the namespace puts them back.
fn lost_keys(context: &Context, namespace: &Arc<str>) {
    for key in context.world.bot_keys() {
        if key.namespace == *namespace {
            context.queue.push(Key::Bot(key), Lane::Normal);
            return;
        }
    }
}

/// A bot is gone. With its finalizer it left nothing; without, what it left is seen to.
fn gone(context: &Context, key: &crate::world::BotKey, uid: &Uid) {
    context.world.remove_bot(key, uid);
    let bot = Key::Bot(key.clone());
    context.memos.forget(&bot);
    context.end_turn(&bot);
    context
        .queue
        .push(Key::Orphan(Arc::clone(uid)), Lane::Urgent);
    context
        .queue
        .push(Key::Namespace(Arc::clone(&key.namespace)), Lane::Normal);
}

fn listed(context: &Context, what: What, scope: Option<&str>, uids: &HashSet<Uid>) {
    match what {
        What::Bots => {
            for (key, uid) in context.world.keep_bots(scope, uids) {
                gone(context, &key, &uid);
            }
        }
        What::Child(kind) => {
            for uid in context.world.keep_children(kind, scope, uids) {
                touch(context, &uid, Lane::Normal);
            }
            for uid in context.world.orphans() {
                context.queue.push(Key::Orphan(uid), Lane::Normal);
            }
        }
        What::Pods => {
            for uid in context.world.keep_pods(scope, uids) {
                touch(context, &uid, Lane::Normal);
            }
        }
    }
}
