//! What a replay found, for people and for programs.

use serde::Serialize;

use super::difference::Difference;
use super::trial::{Fate, Judged, TrialReport};

/// Decisions with another fate that are listed for people; a program gets all of them.
const CHANGES_SHOWN: usize = 20;

/// What a replay found.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Report {
    /// The bot, as `namespace/name`.
    pub(super) bot: String,
    /// Everything is as it was recorded.
    pub(super) reproduced: bool,
    /// The first input that was replayed, and the last one.
    pub(super) first: Option<Place>,
    pub(super) last: Option<Place>,
    /// Inputs that were replayed.
    pub(super) inputs: u64,
    /// Outputs that came, and are the recorded ones.
    pub(super) outputs: u64,
    /// Starts of the bot among them: what the new process went on from was compared.
    pub(super) starts: u64,
    /// Images of the core that were compared.
    pub(super) checkpoints: u64,
    /// Rows of the tables that were compared.
    pub(super) rows: u64,
    /// Rows that were left out, because they changed after the last replayed input.
    pub(super) rows_changed_later: u64,
    /// The saved state was compared: it is what a restart would go on from.
    pub(super) saved_state: bool,
    /// Where the recording has gaps, with the reason.
    pub(super) gaps: Vec<Gap>,
    /// Sentences that must be seen.
    pub(super) notices: Vec<String>,
    /// The first difference.
    pub(super) difference: Option<Difference>,
    /// Other limits that were tried.
    pub(super) tried: Option<TrialReport>,
}

/// An input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Place {
    /// Its place in the journal.
    pub(super) seq: u64,
    /// The bot's time, ISO 8601.
    pub(super) time: String,
}

/// Inputs that were not recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Gap {
    /// The last input before it.
    pub(super) after_seq: u64,
    /// The replay went on after this place; null when there was nothing to go on from.
    pub(super) until_seq: Option<u64>,
    /// Why.
    pub(super) reason: &'static str,
}

impl Report {
    /// Some lines for people.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let span = match (&self.first, &self.last) {
            (Some(first), Some(last)) => format!(
                "inputs {} to {} ({} to {})",
                first.seq, last.seq, first.time, last.time
            ),
            (_, _) => "no input".to_owned(),
        };
        match &self.difference {
            None => text.push_str(&format!("Reproduced: {}, {span}.\n", self.bot)),
            Some(difference) => {
                text.push_str(&format!("Not reproduced: {}, {span}.\n", self.bot));
                text.push_str(&difference.text());
            }
        }
        let mut line =
            |name: &str, value: String| text.push_str(&format!("  {name:<12} {value}\n"));
        line("inputs", self.inputs.to_string());
        line("outputs", format!("{} the same", self.outputs));
        line("starts", format!("{} gone on from", self.starts));
        line("images", format!("{} the same", self.checkpoints));
        let later = match self.rows_changed_later {
            0 => String::new(),
            later => format!(", {later} changed later and not compared"),
        };
        line("rows", format!("{} the same{later}", self.rows));
        let saved = if self.saved_state {
            "the same"
        } else {
            "not compared"
        };
        line("saved state", saved.to_owned());
        for gap in &self.gaps {
            let until = gap.until_seq.map_or_else(
                || "the rest is not replayed".to_owned(),
                |seq| format!("it goes on after place {seq}"),
            );
            line(
                "gap",
                format!("after input {}: {}; {until}", gap.after_seq, gap.reason),
            );
        }
        for notice in &self.notices {
            line("notice", notice.clone());
        }
        if let Some(tried) = &self.tried {
            text.push_str(&tried_text(tried));
        }
        text
    }
}

fn tried_text(tried: &TrialReport) -> String {
    let mut text = "\nUnder the other limits:\n".to_owned();
    for limit in &tried.limits {
        text.push_str(&format!(
            "  {}: {} -> {}\n",
            limit.limit, limit.then, limit.now
        ));
    }
    if tried.limits.is_empty() {
        text.push_str("  They are the recorded ones.\n");
    }
    let TrialReport {
        decisions,
        accepted_then,
        accepted_now,
        openings_then,
        openings_now,
        ..
    } = tried;
    text.push_str(&format!(
        "  Of {decisions} decisions {accepted_then} were accepted; {accepted_now} would have been.\n  Opening orders: \
         {openings_then} were written; {openings_now} would have been.\n"
    ));
    for (reason, count) in &tried.newly_rejected {
        text.push_str(&format!(
            "  {count} accepted ones would have been rejected: {reason}.\n"
        ));
    }
    for (reason, count) in &tried.newly_accepted {
        text.push_str(&format!(
            "  {count} that were rejected ({reason}) would have been accepted.\n"
        ));
    }
    for reached in &tried.reached {
        text.push_str(&format!("  {} {}\n", reached.time, reached.detail));
    }
    for judged in tried.changes.iter().take(CHANGES_SHOWN) {
        text.push_str(&judged_text(judged));
    }
    if let Some(more) = tried.changes.len().checked_sub(CHANGES_SHOWN)
        && more > 0
    {
        text.push_str(&format!("  … and {more} more; --json has all of them.\n"));
    }
    text.push_str(
        "  Each decision is judged alone, in the state that the bot was really in. What an order that was never sent would \
         have\n  filled, what a model would have said had it known the other limits, and all that would have followed is \
         not known.\n",
    );
    text
}

fn judged_text(judged: &Judged) -> String {
    format!(
        "  {} decision {} {} {}: {} -> {}\n",
        judged.time,
        judged.decision,
        judged.action,
        judged.market.as_deref().unwrap_or("-"),
        fate_text(&judged.then),
        fate_text(&judged.now)
    )
}

fn fate_text(fate: &Fate) -> String {
    match (fate.rejected, &fate.held_back, fate.opens) {
        (Some(reason), _, _) => format!("rejected {reason}"),
        (None, Some(reason), _) => format!("held back {reason}"),
        (None, None, Some(size)) => format!("opens {size}"),
        (None, None, None) => "accepted".to_owned(),
    }
}
