//! What a person with a watch sees of the bots, and when.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::Result;
use crate::api::Api;
use crate::bots;

/// One bot as it was last seen.
#[derive(Clone, Debug)]
pub struct Bot {
    /// Its identity.
    pub uid: String,
    /// The generation of its spec.
    pub generation: u64,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// `status.observedGeneration` is the generation.
    CaughtUp,
    /// `status.control.acceptedGeneration` is `status.control.generation`, and that is of the spec's state.
    Accepted,
}

#[derive(Debug, Default)]
struct Seen {
    bots: HashMap<String, Bot>,
    caught_up: HashSet<String>,
    accepted: HashSet<String>,
    /// When the last of them came to be so.
    last_caught_up: Option<Instant>,
    last_accepted: Option<Instant>,
    waiting: HashMap<String, Vec<Waiting>>,
    /// How far the watch came: it goes on from here when it breaks.
    version: Option<String>,
    /// How often it broke.
    breaks: u64,
}

#[derive(Debug)]
struct Waiting {
    generation: u64,
    until: Until,
    tell: oneshot::Sender<Instant>,
}

/// Watches until it is dropped.
#[derive(Debug)]
pub struct Observer {
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    object: Object,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    spec: Spec,
    // A failed watch ends with an object whose status is a word, and which says why.
    #[serde(default)]
    status: serde_json::Value,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    message: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: String,
    resource_version: String,
    uid: String,
    generation: u64,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    desired_state: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    observed_generation: u64,
    control: Control,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Control {
    desired: String,
    generation: u64,
    accepted_generation: u64,
}

impl Observer {
    /// Begins.
    pub fn start(api: Api) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            loop {
                if let Err(error) = watch(&api, &shared).await {
                    let mut seen = lock(&shared);
                    seen.breaks += 1;
                    if seen.breaks <= 10 {
                        eprintln!("  the watch goes on after a break: {error}");
                    }
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        Self { seen, task }
    }

    /// How many bots there are, whose status has caught up, and whose worker has accepted.
    pub fn counts(&self) -> (usize, usize, usize) {
        let seen = lock(&self.seen);
        (seen.bots.len(), seen.caught_up.len(), seen.accepted.len())
    }

    /// When the last one came to be so.
    pub fn last(&self, until: Until) -> Option<Instant> {
        let seen = lock(&self.seen);
        match until {
            Until::CaughtUp => seen.last_caught_up,
            Until::Accepted => seen.last_accepted,
        }
    }

    /// How often the watch broke.
    pub fn breaks(&self) -> u64 {
        lock(&self.seen).breaks
    }

    /// A bot.
    pub fn bot(&self, name: &str) -> Option<Bot> {
        lock(&self.seen).bots.get(name).cloned()
    }

    /// Tells when it is so at this generation or a later one.
    pub fn expect(&self, name: &str, generation: u64, until: Until) -> oneshot::Receiver<Instant> {
        let (tell, told) = oneshot::channel();
        lock(&self.seen)
            .waiting
            .entry(name.to_owned())
            .or_default()
            .push(Waiting {
                generation,
                until,
                tell,
            });
        told
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn watch(api: &Api, seen: &Mutex<Seen>) -> Result<()> {
    // A break must not cost the API server all the bots again.
    let from = match &lock(seen).version {
        Some(version) => format!("resourceVersion={version}"),
        None => "sendInitialEvents=true&resourceVersionMatch=NotOlderThan".to_owned(),
    };
    let path = format!(
        "{}?watch=true&allowWatchBookmarks=true&timeoutSeconds=7200&{from}",
        bots::COLLECTION
    );
    let mut response = api.stream(&path).await?;
    let mut buffer: Vec<u8> = Vec::new();
    loop {
        let chunk = response
            .chunk()
            .await
            .map_err(|error| format!("The watch broke: {error}."))?
            .ok_or("The watch ended.")?;
        let now = Instant::now();
        buffer.extend_from_slice(&chunk);
        let mut from = 0;
        while let Some(end) = buffer
            .get(from..)
            .and_then(|rest| rest.iter().position(|byte| *byte == b'\n'))
        {
            let line = buffer.get(from..from + end).unwrap_or_default();
            let event: Event = serde_json::from_slice(line)
                .map_err(|error| format!("The watch sent what is not valid: {error}."))?;
            note(&mut lock(seen), event, now)?;
            from += end + 1;
        }
        buffer.drain(..from);
    }
}

fn note(seen: &mut Seen, event: Event, now: Instant) -> Result<()> {
    let name = event.object.metadata.name;
    match event.kind.as_str() {
        "ADDED" | "MODIFIED" => {}
        "BOOKMARK" => {
            seen.version = Some(event.object.metadata.resource_version);
            return Ok(());
        }
        "DELETED" => return Err(format!("The bot {name} was deleted.")),
        _ => {
            // The version may be too old.
            seen.version = None;
            return Err(format!("{}: {}", event.object.reason, event.object.message));
        }
    }
    // While the first events come they are in no order: the bookmark after them counts.
    if seen.version.is_some() {
        seen.version = Some(event.object.metadata.resource_version);
    }
    let status: Status = serde_json::from_value(event.object.status).unwrap_or_default();
    let generation = event.object.metadata.generation;
    let caught_up = status.observed_generation == generation;
    let control = status.control;
    let accepted = caught_up
        && control.generation > 0
        && control.accepted_generation == control.generation
        && control.desired == event.object.spec.desired_state;
    if mark(&mut seen.caught_up, &name, caught_up) {
        seen.last_caught_up = Some(now);
    }
    if mark(&mut seen.accepted, &name, accepted) {
        seen.last_accepted = Some(now);
    }
    if let Some(waiting) = seen.waiting.remove(&name) {
        let mut left = Vec::new();
        for one in waiting {
            let met = match one.until {
                Until::CaughtUp => caught_up,
                Until::Accepted => accepted,
            };
            if met && generation >= one.generation {
                // Who gave up waiting need not be told.
                let _ = one.tell.send(now);
            } else {
                left.push(one);
            }
        }
        if !left.is_empty() {
            seen.waiting.insert(name.clone(), left);
        }
    }
    let bot = Bot {
        uid: event.object.metadata.uid,
        generation,
    };
    seen.bots.insert(name, bot);
    Ok(())
}

/// Keeps a set; answers whether the name is new in it.
fn mark(set: &mut HashSet<String>, name: &str, is_so: bool) -> bool {
    if is_so {
        return set.insert(name.to_owned());
    }
    set.remove(name);
    false
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(generation: u64, observed: u64, state: &str, control: (&str, u64, u64)) -> Event {
        let (desired, asked, accepted) = control;
        serde_json::from_value(serde_json::json!({
            "type": "MODIFIED",
            "object": {
                "metadata": {"name": "bot", "uid": "u", "generation": generation},
                "spec": {"desiredState": state},
                "status": {
                    "observedGeneration": observed,
                    "control": {"desired": desired, "generation": asked, "acceptedGeneration": accepted},
                },
            },
        }))
        .expect("an event")
    }

    #[test]
    fn accepted_is_what_the_spec_asks_now_and_not_what_it_asked_before() {
        let mut seen = Seen::default();
        let mut counts = Vec::new();
        for one in [
            event(1, 1, "Running", ("Running", 1, 1)),
            // The patch came; the status is still about the spec before.
            event(2, 1, "Paused", ("Running", 1, 1)),
            // The counter is up, the worker has not answered.
            event(2, 2, "Paused", ("Paused", 2, 1)),
            event(2, 2, "Paused", ("Paused", 2, 2)),
        ] {
            note(&mut seen, one, Instant::now()).expect("a known event");
            counts.push((seen.caught_up.len(), seen.accepted.len()));
        }
        assert_eq!(counts, [(1, 1), (0, 0), (1, 0), (1, 1)]);
    }

    #[tokio::test]
    async fn who_waits_is_told_by_the_first_event_that_has_it() {
        let mut seen = Seen::default();
        let (tell, told) = oneshot::channel();
        let waiting = Waiting {
            generation: 2,
            until: Until::CaughtUp,
            tell,
        };
        seen.waiting.insert("bot".to_owned(), vec![waiting]);
        let now = Instant::now();
        note(&mut seen, event(1, 1, "Running", ("Running", 1, 1)), now).expect("a known event");
        note(&mut seen, event(2, 1, "Paused", ("Running", 1, 1)), now).expect("a known event");
        assert!(seen.waiting.contains_key("bot"));
        let then = now + Duration::from_millis(5);
        note(&mut seen, event(2, 2, "Paused", ("Paused", 2, 1)), then).expect("a known event");
        assert_eq!(told.await, Ok(then));
    }
}
