//! What a replay needs: each input with its time and with what the core put out for it, and images of the core to begin
//! from: at the start, every now and then, and where inputs could not be written down.
//!
//! A place without an input in the journal says that inputs were lost there; the image after it is where a replay goes on.

use aicoin_core::{Bot, Input, Output};
use aicoin_domain::TimeMs;
use aicoin_store::{Batch, Checkpoint, CheckpointKind, JournalEntry};

use crate::outputs::Outputs;

/// Inputs that wait for a store that is away; those that come after are dropped from the journal, never from the tables.
const WAITING_MAX: usize = 50_000;
/// Inputs between two images of some 50 kB: about one in fifty bytes of the journal.
const CHECKPOINT_EVERY: u64 = 10_000;

/// Puts into a batch what a replay needs.
#[derive(Debug)]
pub(super) struct Recorder {
    /// The last place in the journal that is taken.
    seq: u64,
    /// The last one that is known to be durable.
    durable: u64,
    /// The places since then may be durable too: a commit failed in a way that says nothing of it.
    is_unsure: bool,
    /// Inputs were lost since the last image.
    lost: bool,
    /// The next image is due at this place.
    checkpoint_at: u64,
    /// The input that is being handled is in the batch.
    is_open: bool,
    outputs: Outputs,
}

impl Recorder {
    /// Goes on after that place.
    pub(super) fn after(seq: u64) -> Self {
        Self {
            seq,
            durable: seq,
            is_unsure: false,
            lost: false,
            checkpoint_at: seq + CHECKPOINT_EVERY,
            is_open: false,
            outputs: Outputs::default(),
        }
    }

    /// The bot begins at that time.
    pub(super) fn begin(&self, batch: &mut Batch, bot: &Bot, now: TimeMs) {
        batch.checkpoint = self.checkpoint(CheckpointKind::Start, bot, now);
    }

    /// The core is about to be told this, at that time.
    pub(super) fn input(&mut self, batch: &mut Batch, now: TimeMs, input: &Input) {
        self.is_open = false;
        if batch.journal.len() >= WAITING_MAX {
            self.lose();
            return;
        }
        match serde_json::to_string(input) {
            Ok(input) => {
                self.seq += 1;
                self.is_open = true;
                batch.journal.push(JournalEntry {
                    seq: self.seq,
                    now_ms: now.0,
                    input,
                    outputs: None,
                });
            }
            Err(error) => {
                tracing::error!(%error, "an input could not be written to the journal");
                self.lose();
            }
        }
    }

    /// The core put that out.
    pub(super) fn output(&mut self, output: &Output) {
        self.outputs.add(output);
    }

    /// The input is handled, and everything that the core made of it was put out.
    pub(super) fn handled(&mut self, batch: &mut Batch) {
        let outputs = self.outputs.take();
        if self.is_open
            && let Some(entry) = batch.journal.last_mut()
        {
            entry.outputs = outputs;
        }
    }

    /// Everything that was handled is about to be committed: an image goes with it when one is due.
    pub(super) fn commit(&self, batch: &mut Batch, bot: &Bot) {
        if self.lost {
            // Anew with each try: more may have been lost since the last one.
            batch.checkpoint = self.checkpoint(CheckpointKind::Loss, bot, bot.now());
        } else if batch.checkpoint.is_none() && self.seq >= self.checkpoint_at {
            batch.checkpoint = self.checkpoint(CheckpointKind::During, bot, bot.now());
        }
    }

    /// The batch is durable.
    pub(super) fn committed(&mut self, batch: &Batch) {
        self.durable = self.seq;
        self.is_unsure = false;
        self.lost = false;
        if let Some(checkpoint) = &batch.checkpoint {
            self.checkpoint_at = checkpoint.seq + CHECKPOINT_EVERY;
        }
    }

    /// The batch is not durable, or nobody knows.
    pub(super) const fn failed(&mut self) {
        self.is_unsure = true;
    }

    /// There is no room. The journal is for looking back: it makes way for rows.
    pub(super) fn make_way(&mut self, batch: &mut Batch) {
        if batch.journal.is_empty() && batch.checkpoint.is_none() {
            return;
        }
        batch.journal.clear();
        batch.checkpoint = None;
        if !self.is_unsure {
            self.seq = self.durable;
        }
        self.lost = false;
        self.lose();
    }

    /// Inputs are lost: their place, one for all of them, stays empty.
    fn lose(&mut self) {
        if !self.lost {
            self.lost = true;
            self.seq += 1;
        }
    }

    fn checkpoint(&self, kind: CheckpointKind, bot: &Bot, now: TimeMs) -> Option<Checkpoint> {
        match serde_json::to_string(bot) {
            Ok(state) => Some(Checkpoint {
                seq: self.seq,
                kind,
                version: env!("CARGO_PKG_VERSION").to_owned(),
                time_ms: now.0,
                state,
            }),
            Err(error) => {
                tracing::error!(%error, "an image of the bot could not be written: a bug");
                None
            }
        }
    }
}
