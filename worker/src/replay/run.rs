//! Feeding a recording through the core, and comparing everything that can be compared, up to the first difference.
//!
//! A stretch begins at an image of the core and goes from input to input. At a start of the bot the replay goes through
//! the same door as the new process did, and must come to the state that it began with. Where inputs were lost a stretch
//! ends, and the next image begins another one.

use aicoin_core::{Bot, Input, Output};
use aicoin_domain::TimeMs;
use aicoin_store::{CheckpointHead, CheckpointKind, Numbers, RecordedInput, Recording, Replica};
use serde::Deserialize;

use super::difference::Difference;
use super::limits::Limits;
use super::report::{Gap, Place, Report};
use super::time::iso;
use super::trial::Tried;
use crate::fault::Fault;
use crate::outputs::Outputs;

/// Inputs that are read at once.
const CHUNK: u32 = 2_000;

const LOST: &str = "inputs could not be written down there";

/// Which part is replayed, and what is tried on it.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) from: Option<TimeMs>,
    pub(super) to: Option<TimeMs>,
    pub(super) limits: Option<Limits>,
}

/// A replay under way.
pub(super) struct Replay<'a> {
    pub(super) recording: &'a mut Recording,
    pub(super) replica: Replica,
    pub(super) heads: Vec<CheckpointHead>,
    /// The next of them.
    pub(super) next_head: usize,
    pub(super) bot: Bot,
    /// The numbers that the core had given out when the stretch began.
    pub(super) began: Numbers,
    /// The last input that was handled, whose process it was, and when.
    pub(super) seq: u64,
    pub(super) epoch: u64,
    pub(super) now_ms: i64,
    pub(super) wanted: Wanted,
    pub(super) tried: Option<Tried>,
    pub(super) report: Report,
}

/// What follows the last input.
enum Next {
    /// An input that follows it.
    Input(Box<RecordedInput>),
    /// Inputs in between were lost; the stretch is over.
    Gap,
    /// Nothing was recorded after it.
    End,
    /// What follows is later than what is wanted.
    Enough,
}

/// The part of an image that numbers rows.
#[derive(Deserialize)]
struct Image {
    state: ImageState,
}

#[derive(Deserialize)]
struct ImageState {
    ids: ImageIds,
}

#[derive(Deserialize)]
struct ImageIds {
    decision: u64,
    nonce: u64,
    risk_event: u64,
    view: u64,
}

/// Replays what is wanted of a recording.
pub(super) async fn replay(recording: &mut Recording, wanted: Wanted) -> Result<Report, Fault> {
    let heads = usable_heads(recording)?;
    let first = first_head(recording, &heads, wanted.from).await?;
    let Some(head) = heads.get(first).cloned() else {
        return Err(Fault::usage(format!(
            "The journal of {} has no image to begin from: it was written before there were any, or the newest ones had to \
             make way; the next start of the bot, or its next 10000 inputs, make one.",
            recording.bot()
        )));
    };
    let text = recording.state(&head).await.map_err(unreadable)?;
    let bot = bot_of(&head, &text)?;
    let tried = wanted
        .limits
        .clone()
        .map(|limits| Tried::new(limits, &bot, wanted.from));
    let mut report = Report {
        bot: recording.bot().to_owned(),
        ..Report::default()
    };
    if let Some(from) = wanted.from
        && head.time_ms > from.0
    {
        report.notices.push(format!(
            "The recording begins later than asked for, at {}.",
            iso(head.time_ms)
        ));
    }
    let ours = env!("CARGO_PKG_VERSION");
    let others: Vec<&str> = heads
        .iter()
        .map(|head| head.version.as_str())
        .filter(|version| *version != ours)
        .collect();
    if let Some(version) = others.first() {
        report.notices.push(format!(
            "Some of it was recorded by version {version}; this is {ours}: a difference may be a change of the program."
        ));
    }
    let mut replay = Replay {
        replica: Replica::of(recording).await.map_err(unreadable)?,
        recording,
        next_head: first + 1,
        heads,
        began: numbers(&text),
        bot,
        seq: head.seq,
        epoch: head.epoch,
        now_ms: head.time_ms,
        wanted,
        tried,
        report,
    };
    replay.run().await?;
    let Replay {
        tried, mut report, ..
    } = replay;
    report.reproduced = report.difference.is_none();
    report.tried = tried.map(Tried::report);
    Ok(report)
}

/// Images from which the journal can be followed.
fn usable_heads(recording: &Recording) -> Result<Vec<CheckpointHead>, Fault> {
    let Some((first, last)) = recording.bounds() else {
        return Err(Fault::usage(format!(
            "The journal of {} is empty: there is nothing to replay.",
            recording.bot()
        )));
    };
    let is_usable = |head: &&CheckpointHead| head.seq + 1 >= first;
    let heads: Vec<CheckpointHead> = recording
        .checkpoints()
        .iter()
        .filter(is_usable)
        .cloned()
        .collect();
    // One that nothing follows is something to compare with, and nothing to begin from.
    if heads.first().is_some_and(|head| head.seq < last) {
        Ok(heads)
    } else {
        Ok(Vec::new())
    }
}

/// The newest image before the first input of the wanted time, or else the oldest one.
async fn first_head(
    recording: &mut Recording,
    heads: &[CheckpointHead],
    from: Option<TimeMs>,
) -> Result<usize, Fault> {
    let Some(from) = from else { return Ok(0) };
    let wanted = recording.first_since(from.0).await.map_err(unreadable)?;
    let (_, last) = recording.bounds().unwrap_or_default();
    let wanted = wanted.unwrap_or(last);
    Ok(heads
        .iter()
        .rposition(|head| head.seq < wanted)
        .unwrap_or(0))
}

pub(super) fn bot_of(head: &CheckpointHead, text: &str) -> Result<Bot, Fault> {
    serde_json::from_str(text).map_err(|error| {
        Fault::usage(format!(
            "The image of the core at place {} cannot be read ({error}): it was written by aicoin-worker {}; replay it with \
             that version.",
            head.seq, head.version
        ))
    })
}

pub(super) fn numbers(image: &str) -> Numbers {
    let ids = serde_json::from_str::<Image>(image).map(|image| image.state.ids);
    ids.map_or_else(
        |_| Numbers::default(),
        |ids| Numbers {
            decision: ids.decision,
            nonce: ids.nonce,
            risk_event: ids.risk_event,
            view: ids.view,
        },
    )
}

pub(super) fn unreadable(error: impl std::fmt::Display) -> Fault {
    Fault::usage(error.to_string())
}

pub(super) fn image_of(bot: &Bot) -> Result<String, Fault> {
    serde_json::to_string(bot)
        .map_err(|error| Fault::internal(format!("The core cannot be written as JSON: {error}.")))
}

pub(super) fn saved_of(bot: &Bot) -> Result<String, Fault> {
    serde_json::to_string(&bot.save())
        .map_err(|error| Fault::internal(format!("The state cannot be written as JSON: {error}.")))
}

impl Replay<'_> {
    async fn run(&mut self) -> Result<(), Fault> {
        let mut chunk = Vec::new().into_iter();
        loop {
            let next = match chunk.next() {
                Some(input) => Some(input),
                None => {
                    let read = self.recording.inputs(self.seq, CHUNK).await;
                    chunk = read.map_err(unreadable)?.into_iter();
                    chunk.next()
                }
            };
            match self.what_follows(next).await? {
                Next::Input(input) => self.handle(&input).await?,
                Next::Gap => {
                    self.end_stretch(false).await?;
                    if self.is_over() || !self.go_on_after_gap().await? {
                        return Ok(());
                    }
                    // It may have gone on beyond what was read.
                    chunk = Vec::new().into_iter();
                }
                Next::Enough => return self.end_stretch(false).await,
                Next::End => return self.end_stretch(true).await,
            }
            if self.is_over() {
                return Ok(());
            }
        }
    }

    pub(super) const fn is_over(&self) -> bool {
        self.report.difference.is_some()
    }

    /// Compares with the images that were taken here, and says what follows.
    async fn what_follows(&mut self, next: Option<RecordedInput>) -> Result<Next, Fault> {
        while let Some(head) = self.heads.get(self.next_head)
            && head.seq <= self.seq
        {
            let head = head.clone();
            self.next_head += 1;
            // Of an earlier place, or of a process that came before ours.
            let is_next = head.kind == CheckpointKind::Start && head.epoch > self.epoch;
            if head.seq == self.seq && (head.epoch == self.epoch || is_next) {
                self.meet(&head).await?;
            }
            if self.is_over() {
                return Ok(Next::Enough);
            }
        }
        let missing = self.seq + 1;
        let Some(input) = next else {
            let Some(head) = self.heads.get(self.next_head) else {
                return Ok(Next::End);
            };
            return Ok(self.gap_or_missing(head.kind, missing, head.seq));
        };
        if self.wanted.to.is_some_and(|to| input.entry.now_ms > to.0) {
            return Ok(Next::Enough);
        }
        if input.entry.seq != missing {
            let kind = self.heads.get(self.next_head).map(|head| head.kind);
            let kind = kind.unwrap_or(CheckpointKind::During);
            return Ok(self.gap_or_missing(kind, missing, input.entry.seq - 1));
        }
        if input.epoch != self.epoch {
            return Ok(self.gap_or_no_start(&input));
        }
        Ok(Next::Input(Box::new(input)))
    }

    /// Inputs are not there: they were lost when the next image says so, and taken out otherwise.
    fn gap_or_missing(&mut self, next_kind: CheckpointKind, first: u64, last: u64) -> Next {
        if next_kind == CheckpointKind::Loss {
            self.note_gap(LOST);
            return Next::Gap;
        }
        self.report.difference = Some(Difference::missing(first, last, self.now_ms));
        Next::Enough
    }

    /// A process without an image of its start: it was lost when the next image says so, and taken out otherwise.
    fn gap_or_no_start(&mut self, input: &RecordedInput) -> Next {
        let next = self.heads.get(self.next_head);
        if next.is_some_and(|head| head.kind == CheckpointKind::Loss) {
            self.note_gap(LOST);
            return Next::Gap;
        }
        self.report.difference = Some(Difference::of_start(input));
        Next::Enough
    }

    fn note_gap(&mut self, reason: &'static str) {
        self.report.gaps.push(Gap {
            after_seq: self.seq,
            until_seq: None,
            reason,
        });
    }

    /// One input: its outputs must be those that were recorded.
    async fn handle(&mut self, input: &RecordedInput) -> Result<(), Fault> {
        let entry = &input.entry;
        (self.seq, self.now_ms) = (entry.seq, entry.now_ms);
        let place = Place {
            seq: entry.seq,
            time: iso(entry.now_ms),
        };
        self.report.first.get_or_insert_with(|| place.clone());
        self.report.last = Some(place);
        if !input.is_intact {
            let about = "The entry was changed after it was written.";
            self.report.difference = Some(Difference::of_input(input, about));
            return Ok(());
        }
        let told: Input = match serde_json::from_str(&entry.input) {
            Ok(told) => told,
            Err(error) => {
                let about = format!("The entry cannot be read ({error}).");
                self.report.difference = Some(Difference::of_input(input, &about));
                return Ok(());
            }
        };
        let now = TimeMs(entry.now_ms);
        let tried = self
            .tried
            .as_mut()
            .map(|tried| tried.handle(&self.bot, now, &told));
        self.bot.handle(now, told);
        let mut made = Vec::new();
        while let Some(output) = self.bot.poll() {
            made.push(output);
        }
        let mut outputs = Outputs::default();
        for output in &made {
            outputs.add(output);
        }
        let text = outputs.take();
        if text != entry.outputs {
            self.report.difference = Some(Difference::of_outputs(input, text.as_deref()));
            return Ok(());
        }
        if let (Some(tried), Some(tried_outputs)) = (&mut self.tried, tried) {
            tried.compare(&self.bot, now, &made, &tried_outputs);
        }
        self.keep_rows(input, &made).await?;
        self.report.inputs += 1;
        self.report.outputs += u64::try_from(made.len()).unwrap_or(0);
        Ok(())
    }

    async fn keep_rows(&mut self, input: &RecordedInput, made: &[Output]) -> Result<(), Fault> {
        for output in made {
            if let Output::Persist { records, .. } = output {
                let place = (input.entry.seq, input.epoch);
                self.replica
                    .write(place, self.bot.config().spec_generation, records)
                    .await
                    .map_err(unreadable)?;
            }
        }
        Ok(())
    }

    /// The first image after a gap; false when there is none.
    async fn go_on_after_gap(&mut self) -> Result<bool, Fault> {
        let head = self
            .heads
            .iter()
            .enumerate()
            .skip(self.next_head)
            .find(|(_, head)| head.seq > self.seq)
            .map(|(place, head)| (place, head.clone()));
        let Some((place, head)) = head else {
            return Ok(false);
        };
        let text = self.recording.state(&head).await.map_err(unreadable)?;
        self.bot = bot_of(&head, &text)?;
        self.began = numbers(&text);
        (self.seq, self.epoch, self.now_ms) = (head.seq, head.epoch, head.time_ms);
        self.next_head = place + 1;
        self.replica.restart();
        if let Some(gap) = self.report.gaps.last_mut() {
            gap.until_seq = Some(head.seq);
        }
        if let Some(tried) = &mut self.tried {
            tried.restart(&self.bot);
        }
        Ok(true)
    }
}
