//! The open sockets: who follows what, and the way of a message to a socket, with whatever a fault does to it on that way.

use std::collections::BTreeMap;
use std::net::IpAddr;

use aicoin_domain::{DurationMs, TimeMs};
use aicoin_hyperliquid::Address;
use axum::extract::ws::Utf8Bytes;
use tokio::sync::mpsc;

use super::subscription::{Stream, Subscription};
use crate::fault::{Effect, Faults};

/// Messages that wait for one socket; one that takes them slower is closed.
const QUEUE_MAX: usize = 4_096;
/// Messages that a fault holds back for one socket.
const HELD_MAX: usize = 4_096;
/// A message that waits for the next one of its channel does not wait longer, in simulated time.
const REORDER_MAX: DurationMs = DurationMs::from_secs(5);
/// Long before anything: what was never sent is due.
pub(super) const NEVER: TimeMs = TimeMs(i64::MIN / 2);

/// What a socket's task is told.
#[derive(Clone, Debug)]
pub(crate) enum Out {
    /// To send this.
    Text(Utf8Bytes),
    /// To close the socket in an orderly way.
    Close,
    /// To drop the connection.
    Drop,
}

/// How far a socket is with a subscription.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    /// When something was sent last.
    pub(super) last: TimeMs,
    /// What was seen last: the number of a trade, the time of a candle.
    pub(super) cursor: i64,
    /// What was sent last.
    pub(super) text: Option<Utf8Bytes>,
}

struct Held {
    due: TimeMs,
    channel: &'static str,
    text: Utf8Bytes,
    /// It goes out after the next message of its channel.
    is_reordered: bool,
}

struct Socket {
    ip: IpAddr,
    out: mpsc::Sender<Out>,
    subscriptions: BTreeMap<Subscription, Progress>,
    held: Vec<Held>,
    silent_until: Option<TimeMs>,
}

/// All open sockets.
#[derive(Default)]
pub(crate) struct Hub {
    sockets: BTreeMap<u64, Socket>,
    opened: u64,
}

/// Why a subscription is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Already,
    TooManyUsers(usize),
    TooMany,
}

impl Hub {
    pub(crate) fn len(&self) -> usize {
        self.sockets.len()
    }

    pub(super) fn count_of(&self, ip: IpAddr) -> usize {
        self.sockets
            .values()
            .filter(|socket| socket.ip == ip)
            .count()
    }

    pub(super) fn open(&mut self, ip: IpAddr) -> (u64, mpsc::Receiver<Out>) {
        let (out, outgoing) = mpsc::channel(QUEUE_MAX);
        self.opened += 1;
        let socket = Socket {
            ip,
            out,
            subscriptions: BTreeMap::new(),
            held: Vec::new(),
            silent_until: None,
        };
        self.sockets.insert(self.opened, socket);
        (self.opened, outgoing)
    }

    pub(super) fn close(&mut self, id: u64) {
        self.sockets.remove(&id);
    }

    /// Adds a subscription to a socket.
    pub(super) fn subscribe(
        &mut self,
        id: u64,
        subscription: Subscription,
        cursor: i64,
        (max, users_max): (usize, usize),
    ) -> Result<(), Refusal> {
        let Some(ip) = self.sockets.get(&id).map(|socket| socket.ip) else {
            return Ok(());
        };
        let same_ip = || {
            let sockets = self.sockets.values().filter(move |socket| socket.ip == ip);
            sockets.flat_map(|socket| socket.subscriptions.keys())
        };
        if same_ip().count() >= max {
            return Err(Refusal::TooMany);
        }
        if let Some(user) = subscription.user() {
            let mut users: Vec<Address> = same_ip().filter_map(Subscription::user).collect();
            users.push(user);
            users.sort_unstable();
            users.dedup();
            if users.len() > users_max {
                return Err(Refusal::TooManyUsers(users_max));
            }
        }
        let Some(socket) = self.sockets.get_mut(&id) else {
            return Ok(());
        };
        if socket.subscriptions.contains_key(&subscription) {
            return Err(Refusal::Already);
        }
        let progress = Progress {
            last: NEVER,
            cursor,
            text: None,
        };
        socket.subscriptions.insert(subscription, progress);
        Ok(())
    }

    /// False: it was not there.
    pub(super) fn unsubscribe(&mut self, id: u64, subscription: Subscription) -> bool {
        self.sockets
            .get_mut(&id)
            .is_some_and(|socket| socket.subscriptions.remove(&subscription).is_some())
    }

    /// The sockets that follow a stream of an account.
    pub(super) fn followers(&self, stream: Stream, user: Address) -> Vec<u64> {
        let wanted = Subscription::User(stream, user);
        let follows = |(id, socket): (&u64, &Socket)| {
            socket.subscriptions.contains_key(&wanted).then_some(*id)
        };
        self.sockets.iter().filter_map(follows).collect()
    }

    /// What shows an account as a whole is due at once.
    pub(super) fn touch(&mut self, user: Address) {
        for socket in self.sockets.values_mut() {
            for (subscription, progress) in &mut socket.subscriptions {
                if subscription.user() == Some(user) {
                    progress.last = NEVER;
                }
            }
        }
    }

    /// Everything that is sent by the clock and is due.
    pub(super) fn due(&self, now: TimeMs) -> Vec<(u64, Subscription, Progress)> {
        let mut due = Vec::new();
        for (id, socket) in &self.sockets {
            for (subscription, progress) in &socket.subscriptions {
                let is_due =
                    super::pump::pace(subscription).is_some_and(|pace| now - progress.last >= pace);
                if is_due {
                    due.push((*id, *subscription, progress.clone()));
                }
            }
        }
        due
    }

    pub(super) fn progressed(&mut self, id: u64, subscription: &Subscription, progress: Progress) {
        if let Some(socket) = self.sockets.get_mut(&id)
            && let Some(known) = socket.subscriptions.get_mut(subscription)
        {
            *known = progress;
        }
    }

    /// Sends a message to a socket, unless a fault does something else with it.
    pub(super) fn deliver(
        &mut self,
        faults: &mut Faults,
        id: u64,
        (channel, user): (&'static str, Option<Address>),
        text: Utf8Bytes,
        now: TimeMs,
    ) {
        let Some(socket) = self.sockets.get_mut(&id) else {
            return;
        };
        if socket.is_silent(now) {
            return;
        }
        let name = format!("ws:{channel}");
        let effect = faults.draw(&[&name, "ws"], user).map(|fault| fault.effect);
        let is_open = match effect {
            Some(Effect::Duplicate) => {
                socket.send(channel, text.clone()) && socket.send(channel, text)
            }
            Some(Effect::Late(ms)) => socket.hold(channel, text, now + DurationMs(ms), false),
            Some(Effect::Reorder) => socket.hold(channel, text, now + REORDER_MAX, true),
            Some(Effect::Lose) => true,
            Some(Effect::Silence(ms)) => {
                socket.silence(ms, now);
                true
            }
            Some(Effect::Disconnect) => {
                let _ = socket.out.try_send(Out::Drop);
                false
            }
            _ => socket.send(channel, text),
        };
        if !is_open {
            self.sockets.remove(&id);
        }
    }

    /// Sends what was held back until now.
    pub(super) fn release(&mut self, now: TimeMs) {
        let mut gone = Vec::new();
        for (id, socket) in &mut self.sockets {
            let (due, held) = core::mem::take(&mut socket.held)
                .into_iter()
                .partition(|held: &Held| held.due <= now);
            socket.held = held;
            let due: Vec<Held> = due;
            if !due.into_iter().all(|held| socket.push(held.text)) {
                gone.push(*id);
            }
        }
        for id in gone {
            self.sockets.remove(&id);
        }
    }

    /// What faults hold back goes out now.
    pub(crate) fn release_all(&mut self) {
        self.release(TimeMs(i64::MAX));
        for socket in self.sockets.values_mut() {
            socket.silent_until = None;
        }
    }

    /// Ends every socket, in that way.
    pub(crate) fn end_all(&mut self, how: &Out) -> usize {
        let count = self.sockets.len();
        for socket in core::mem::take(&mut self.sockets).into_values() {
            let _ = socket.out.try_send(how.clone());
        }
        count
    }

    /// Every socket says nothing for so many simulated milliseconds; zero is for ever.
    pub(crate) fn silence_all(&mut self, ms: i64, now: TimeMs) -> usize {
        for socket in self.sockets.values_mut() {
            socket.silence(ms, now);
        }
        self.sockets.len()
    }

    /// Tells a socket's task to close it.
    pub(super) fn end(&mut self, id: u64, how: Out) {
        if let Some(socket) = self.sockets.remove(&id) {
            let _ = socket.out.try_send(how);
        }
    }
}

impl Socket {
    fn is_silent(&self, now: TimeMs) -> bool {
        self.silent_until.is_some_and(|until| now < until)
    }

    fn silence(&mut self, ms: i64, now: TimeMs) {
        let until = if ms == 0 {
            TimeMs(i64::MAX)
        } else {
            now + DurationMs(ms)
        };
        self.silent_until = Some(until);
    }

    fn hold(&mut self, channel: &'static str, text: Utf8Bytes, due: TimeMs, reorder: bool) -> bool {
        if self.held.len() >= HELD_MAX {
            return self.push(text);
        }
        self.held.push(Held {
            due,
            channel,
            text,
            is_reordered: reorder,
        });
        true
    }

    /// Sends a message, and after it what waited for one of its channel.
    fn send(&mut self, channel: &'static str, text: Utf8Bytes) -> bool {
        if !self.push(text) {
            return false;
        }
        let (waited, held) = core::mem::take(&mut self.held)
            .into_iter()
            .partition(|held: &Held| held.is_reordered && held.channel == channel);
        self.held = held;
        let waited: Vec<Held> = waited;
        waited.into_iter().all(|held| self.push(held.text))
    }

    /// False: the socket does not take its messages.
    fn push(&self, text: Utf8Bytes) -> bool {
        self.out.try_send(Out::Text(text)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    struct Rig {
        hub: Hub,
        faults: Faults,
        id: u64,
        outgoing: mpsc::Receiver<Out>,
    }

    impl Rig {
        fn with(rules: &serde_json::Value) -> Self {
            let mut hub = Hub::default();
            let mut faults = Faults::new(1);
            faults.add(rules).unwrap();
            let (id, outgoing) = hub.open("127.0.0.1".parse().unwrap());
            Self {
                hub,
                faults,
                id,
                outgoing,
            }
        }

        fn deliver(&mut self, text: &str, now: i64) {
            let (channel, text) = (("userFills", None), Utf8Bytes::from(text.to_owned()));
            self.hub
                .deliver(&mut self.faults, self.id, channel, text, TimeMs(now));
        }

        fn taken(&mut self) -> Vec<String> {
            let mut texts = Vec::new();
            while let Ok(out) = self.outgoing.try_recv() {
                texts.push(match out {
                    Out::Text(text) => text.as_str().to_owned(),
                    Out::Close => "close".to_owned(),
                    Out::Drop => "drop".to_owned(),
                });
            }
            texts
        }
    }

    fn once(effect: &str, delay_ms: i64) -> serde_json::Value {
        json!([{"on": "ws:userFills", "effect": effect, "delay_ms": delay_ms, "times": 1}])
    }

    #[test]
    fn messages_come_twice_late_and_in_another_order() {
        let mut rig = Rig::with(&once("duplicate", 0));
        rig.deliver("a", 0);
        rig.deliver("b", 0);
        assert_eq!(rig.taken(), ["a", "a", "b"]);

        let mut rig = Rig::with(&once("late", 500));
        rig.deliver("a", 0);
        rig.deliver("b", 0);
        rig.hub.release(TimeMs(499));
        assert_eq!(rig.taken(), ["b"]);
        rig.hub.release(TimeMs(500));
        assert_eq!(rig.taken(), ["a"]);

        let mut rig = Rig::with(&once("reorder", 0));
        rig.deliver("a", 0);
        rig.deliver("b", 0);
        assert_eq!(rig.taken(), ["b", "a"]);
    }

    #[test]
    fn a_silent_socket_stays_open_and_a_disconnected_one_does_not() {
        let mut rig = Rig::with(&once("silence", 1_000));
        rig.deliver("a", 0);
        rig.deliver("b", 999);
        rig.deliver("c", 1_000);
        assert_eq!(rig.taken(), ["c"]);

        let mut rig = Rig::with(&once("disconnect", 0));
        rig.deliver("a", 0);
        assert_eq!(rig.taken(), ["drop"]);
        assert_eq!(rig.hub.len(), 0);
    }

    #[test]
    fn who_does_not_take_its_messages_is_closed() {
        let mut rig = Rig::with(&json!([]));
        for _ in 0..=QUEUE_MAX {
            rig.deliver("a", 0);
        }
        assert_eq!(rig.hub.len(), 0);
    }
}
