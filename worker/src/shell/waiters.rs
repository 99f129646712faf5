//! People and operators who wait for an answer of the trading loop.

use aicoin_api::http::ControlReply;
use tokio::sync::oneshot;

/// The way back to somebody who asked.
pub(crate) type Reply = oneshot::Sender<Result<ControlReply, String>>;

/// What has to be true before somebody is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// The control that stands is accepted.
    Accepted,
    /// Everything that was put out is durable.
    Durable,
}

/// Everybody who waits. Whoever asked may be gone by the time of the answer.
#[derive(Default)]
pub(crate) struct Waiters(Vec<(Until, Reply)>);

impl Waiters {
    /// Somebody more.
    pub(crate) fn add(&mut self, until: Until, reply: Reply) {
        // Those who gave up are forgotten: a store that stays away must not make this grow.
        self.0.retain(|(_, reply)| !reply.is_closed());
        self.0.push((until, reply));
    }

    /// Answers those for whom it is true.
    pub(crate) fn answer(
        &mut self,
        is_true: impl Fn(Until) -> bool,
        reply: impl FnOnce() -> ControlReply,
    ) {
        if !self.0.iter().any(|(until, _)| is_true(*until)) {
            return;
        }
        let answer = reply();
        let (now, later) = std::mem::take(&mut self.0)
            .into_iter()
            .partition(|(until, _)| is_true(*until));
        self.0 = later;
        let now: Vec<(Until, Reply)> = now;
        for (_, reply) in now {
            let _ = reply.send(Ok(answer.clone()));
        }
    }
}
