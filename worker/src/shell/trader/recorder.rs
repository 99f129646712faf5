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
/// Inputs between two images of some 50 kB: two or three hundredths of the journal.
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

#[cfg(test)]
mod tests {
    use aicoin_core::{BotConfig, Policy, RiskConfig, RuleConfig, Timing};
    use aicoin_domain::{DurationMs, Rate, Usd};

    use super::*;

    fn bot() -> Bot {
        Bot::new(BotConfig {
            uid: 1,
            spec_generation: 1,
            markets: Vec::new(),
            interval: DurationMs::from_mins(1),
            policy: Policy::Rule(RuleConfig::EmaCross {
                fast: 1,
                slow: 2,
                notional: Usd::from_whole(100),
            }),
            risk: RiskConfig::UNLIMITED,
            timing: Timing::LIVE,
            max_slippage: Rate::ZERO,
            taker_fee: Rate::ZERO,
            attach_stops: false,
        })
    }

    /// A recorder, the batch that it fills, and what became durable.
    struct Rig {
        recorder: Recorder,
        batch: Batch,
        bot: Bot,
    }

    impl Rig {
        fn after(seq: u64) -> Self {
            Self {
                recorder: Recorder::after(seq),
                batch: Batch::default(),
                bot: bot(),
            }
        }

        fn tell(&mut self, times: usize) {
            for _ in 0..times {
                self.recorder
                    .input(&mut self.batch, TimeMs(5), &Input::Wake);
                self.recorder.output(&Output::WakeAt(TimeMs(9)));
                self.recorder.handled(&mut self.batch);
            }
        }

        /// What the batch of a try holds: places, and the image with its place.
        fn try_to_commit(&mut self) -> (Vec<u64>, Option<(u64, CheckpointKind)>) {
            self.recorder.commit(&mut self.batch, &self.bot);
            let image = self.batch.checkpoint.as_ref();
            (
                self.batch.journal.iter().map(|entry| entry.seq).collect(),
                image.map(|image| (image.seq, image.kind)),
            )
        }

        fn commit(&mut self) -> (Vec<u64>, Option<(u64, CheckpointKind)>) {
            let committed = self.try_to_commit();
            let batch = std::mem::take(&mut self.batch);
            self.recorder.committed(&batch);
            committed
        }
    }

    #[test]
    fn inputs_are_numbered_on_and_keep_their_outputs() {
        let mut rig = Rig::after(7);
        rig.recorder.begin(&mut rig.batch, &rig.bot, TimeMs(4));
        rig.tell(2);
        let entry = rig.batch.journal[1].clone();
        assert_eq!(
            entry,
            JournalEntry {
                seq: 9,
                now_ms: 5,
                input: "\"Wake\"".to_owned(),
                outputs: Some(r#"[{"WakeAt":9}]"#.to_owned()),
            }
        );
        assert_eq!(rig.commit(), (vec![8, 9], Some((7, CheckpointKind::Start))));
        rig.tell(1);
        assert_eq!(rig.commit(), (vec![10], None));
    }

    #[test]
    fn an_image_is_taken_every_so_many_inputs() {
        let mut rig = Rig::after(0);
        let every = usize::try_from(CHECKPOINT_EVERY).unwrap();
        rig.tell(every - 1);
        assert_eq!(rig.commit().1, None);
        rig.tell(3);
        let image = Some((CHECKPOINT_EVERY + 2, CheckpointKind::During));
        assert_eq!(rig.commit().1, image);
        rig.tell(every - 1);
        assert_eq!(rig.commit().1, None);
        rig.tell(1);
        assert_eq!(
            rig.commit().1,
            Some((CHECKPOINT_EVERY * 2 + 2, CheckpointKind::During))
        );
    }

    #[test]
    fn a_full_disk_leaves_one_place_empty_and_an_image_behind_it() {
        let mut rig = Rig::after(0);
        rig.tell(3);
        rig.commit();
        rig.tell(4);
        rig.try_to_commit();
        rig.recorder.make_way(&mut rig.batch);
        // It stays full for a while.
        for _ in 0..3 {
            rig.tell(2);
            assert_eq!(
                rig.try_to_commit(),
                (vec![5, 6], Some((6, CheckpointKind::Loss)))
            );
            rig.recorder.make_way(&mut rig.batch);
        }
        assert_eq!(rig.commit(), (vec![], Some((4, CheckpointKind::Loss))));
        rig.tell(1);
        assert_eq!(rig.commit(), (vec![5], None));
    }

    #[test]
    fn places_that_may_be_durable_are_never_used_again() {
        let mut rig = Rig::after(0);
        rig.tell(3);
        rig.try_to_commit();
        rig.recorder.failed();
        rig.tell(1);
        rig.try_to_commit();
        rig.recorder.make_way(&mut rig.batch);
        rig.tell(1);
        assert_eq!(
            rig.commit(),
            (vec![6], Some((6, CheckpointKind::Loss))),
            "1 to 4 may be there, 5 is the gap"
        );
    }

    #[test]
    fn more_than_can_wait_is_lost_and_the_image_is_of_the_last_try() {
        let mut rig = Rig::after(0);
        rig.tell(WAITING_MAX + 1);
        let gap = u64::try_from(WAITING_MAX).unwrap() + 1;
        let (places, image) = rig.try_to_commit();
        assert_eq!(places.len(), WAITING_MAX);
        assert_eq!(image, Some((gap, CheckpointKind::Loss)));
        rig.recorder.failed();
        let early = rig.batch.checkpoint.clone().unwrap().state;
        rig.bot.handle(TimeMs(77), Input::Wake);
        rig.tell(1);
        assert_eq!(rig.try_to_commit().1, image);
        assert_ne!(rig.batch.checkpoint.clone().unwrap().state, early);
        rig.commit();
        rig.tell(1);
        assert_eq!(rig.commit(), (vec![gap + 1], None));
    }
}
