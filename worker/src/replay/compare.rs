//! The comparisons that are not made at every input: images, starts, rows, and the saved state.

use aicoin_core::{Bot, Saved};
use aicoin_store::{CheckpointHead, CheckpointKind, SegmentEnd};

use super::difference::Difference;
use super::run::{Replay, bot_of, image_of, numbers, saved_of, unreadable};
use crate::fault::Fault;

impl Replay<'_> {
    /// An image of this place: the core must be as it was, or a new process must begin as it did.
    pub(super) async fn meet(&mut self, head: &CheckpointHead) -> Result<(), Fault> {
        let expected = self.recording.state(head).await.map_err(unreadable)?;
        let is_start = head.kind == CheckpointKind::Start && head.epoch > self.epoch;
        if is_start {
            let config = bot_of(head, &expected)?.config().clone();
            let saved: Saved = serde_json::from_str(&saved_of(&self.bot)?).map_err(|error| {
                Fault::internal(format!("The state cannot be read back: {error}."))
            })?;
            self.bot = Bot::restore(config, saved);
            self.epoch = head.epoch;
            self.replica.restart();
            self.report.starts += 1;
            if let Some(tried) = &mut self.tried {
                tried.restart(&self.bot);
            }
        }
        let came = image_of(&self.bot)?;
        if came == expected {
            self.report.checkpoints += 1;
            return Ok(());
        }
        let about = if is_start {
            "The bot that was started after this input went on from another state than the one that the inputs lead to."
        } else {
            "The image that was taken after this input is not the state that the inputs lead to."
        };
        let place = (self.seq, self.now_ms);
        self.report.difference = Some(Difference::of_state(
            place, about, &expected, &came, is_start,
        ));
        Ok(())
    }

    /// The rows of a stretch, and at the very end what a restart would go on from.
    pub(super) async fn end_stretch(&mut self, is_last: bool) -> Result<(), Fault> {
        if self.is_over() {
            return Ok(());
        }
        let end = SegmentEnd {
            from: self.began,
            to: numbers(&image_of(&self.bot)?),
            later_from_ms: self.later_from(is_last).await?,
        };
        let check = self
            .replica
            .compare(self.recording, end)
            .await
            .map_err(unreadable)?;
        self.report.rows += check.same;
        self.report.rows_changed_later += check.later;
        if let Some(fault) = check.fault {
            let time_ms = match fault.seq {
                Some(seq) => self.time_of(seq).await?,
                None => None,
            };
            self.report.difference = Some(Difference::of_row(&fault, time_ms));
            return Ok(());
        }
        if is_last {
            let came = saved_of(&self.bot)?;
            let expected = self.recording.saved().unwrap_or_default();
            if came == expected {
                self.report.saved_state = true;
            } else {
                let place = (self.seq, self.now_ms);
                self.report.difference = Some(Difference::of_saved(place, expected, &came));
            }
        }
        Ok(())
    }

    /// From when on rows may have changed after the stretch; `None` when nothing came after it.
    async fn later_from(&mut self, is_last: bool) -> Result<Option<i64>, Fault> {
        if is_last {
            return Ok(None);
        }
        let earliest = self
            .recording
            .earliest_after(self.seq)
            .await
            .map_err(unreadable)?;
        // Of what was lost only that it came later is known.
        Ok(Some(
            earliest.map_or(self.now_ms, |time_ms| time_ms.min(self.now_ms)),
        ))
    }

    async fn time_of(&mut self, seq: u64) -> Result<Option<i64>, Fault> {
        let input = self
            .recording
            .inputs(seq - 1, 1)
            .await
            .map_err(unreadable)?;
        Ok(input.first().map(|input| input.entry.now_ms))
    }
}
