//! One rule as it is given.

use aicoin_hyperliquid::Address;
use serde::Deserialize;
use serde_json::Value;

/// Nothing waits longer than this, in simulated milliseconds: a day.
const DELAY_MAX_MS: i64 = 24 * 3_600_000;

/// What happens to a request or a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing but the delay.
    None,
    /// Executed; the connection is closed without an answer.
    DropReply,
    /// Not executed; the connection is closed.
    DropRequest,
    /// Executed at once, answered so many simulated milliseconds later.
    LateReply(i64),
    /// Another answer, with that status; executed or not.
    Status { status: u16, executed: bool },
    /// Executed; half of the answer is sent.
    CutBody,
    /// Not executed; the answer is a refusal in the rule's own words.
    Refuse,
    /// A message is sent twice.
    Duplicate,
    /// A message is sent so many simulated milliseconds later.
    Late(i64),
    /// A message is sent after the next one of its channel.
    Reorder,
    /// A message is not sent.
    Lose,
    /// The socket stays open and says nothing for so many simulated milliseconds; zero is for ever.
    Silence(i64),
    /// The socket is closed.
    Disconnect,
}

impl Effect {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::DropReply => "drop_reply",
            Self::DropRequest => "drop_request",
            Self::LateReply(_) => "late_reply",
            Self::Status { .. } => "status",
            Self::CutBody => "cut_body",
            Self::Refuse => "refuse",
            Self::Duplicate => "duplicate",
            Self::Late(_) => "late",
            Self::Reorder => "reorder",
            Self::Lose => "lose",
            Self::Silence(_) => "silence",
            Self::Disconnect => "disconnect",
        }
    }
}

/// Which requests or messages, and what happens to them.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    on: Vec<String>,
    user: Option<Address>,
    /// Hundredths of a percent.
    pub(crate) chance: u32,
    pub(crate) times: Option<u64>,
    pub(crate) skip: u64,
    pub(crate) seed: u64,
    pub(crate) delay_ms: i64,
    pub(crate) effect: Effect,
    pub(crate) words: Option<String>,
    /// As it was given.
    pub(crate) given: Value,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    on: Names,
    user: Option<Address>,
    percent: Option<f64>,
    times: Option<u64>,
    #[serde(default)]
    skip: u64,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    delay_ms: i64,
    #[serde(default)]
    reply_ms: i64,
    effect: Option<String>,
    status: Option<u16>,
    #[serde(default)]
    executed: bool,
    words: Option<String>,
}

impl Rule {
    /// # Errors
    /// A sentence about what is wrong.
    pub(crate) fn read(value: &Value) -> Result<Self, String> {
        let given: Given =
            serde_json::from_value(value.clone()).map_err(|error| format!("{error}."))?;
        for ms in [given.delay_ms, given.reply_ms] {
            if !(0..=DELAY_MAX_MS).contains(&ms) {
                return Err(format!(
                    "a delay is between 0 and {DELAY_MAX_MS} milliseconds."
                ));
            }
        }
        let effect = effect(&given)?;
        if effect == Effect::None && given.delay_ms == 0 {
            return Err("it has no `effect` and no `delay_ms`.".to_owned());
        }
        let on = match given.on {
            Names::One(name) => vec![name],
            Names::Many(names) => names,
        };
        Ok(Self {
            on,
            user: given.user,
            chance: chance(given.percent.unwrap_or(100.0))?,
            times: given.times,
            skip: given.skip,
            seed: given.seed,
            // Of messages the delay is the effect's own.
            delay_ms: if matches!(effect, Effect::Late(_) | Effect::Silence(_)) {
                0
            } else {
                given.delay_ms
            },
            effect,
            words: given.words,
            given: value.clone(),
        })
    }

    /// Whether a request or message of these names, for that user, is meant.
    pub(crate) fn matches(&self, names: &[&str], user: Option<Address>) -> bool {
        self.on.iter().any(|on| names.contains(&on.as_str()))
            && self.user.is_none_or(|wanted| user == Some(wanted))
    }
}

fn effect(given: &Given) -> Result<Effect, String> {
    let Some(name) = given.effect.as_deref() else {
        return Ok(Effect::None);
    };
    Ok(match name {
        "none" => Effect::None,
        "drop_reply" => Effect::DropReply,
        "drop_request" => Effect::DropRequest,
        "late_reply" => Effect::LateReply(given.reply_ms),
        "status" => {
            let status = given.status.filter(|status| (400..=599).contains(status));
            Effect::Status {
                status: status.ok_or("`status` is a number from 400 to 599.")?,
                executed: given.executed,
            }
        }
        "cut_body" => Effect::CutBody,
        "refuse" if given.words.is_some() => Effect::Refuse,
        "refuse" => return Err("`words` says what the answer is.".to_owned()),
        "duplicate" => Effect::Duplicate,
        "late" => Effect::Late(given.delay_ms),
        "reorder" => Effect::Reorder,
        "lose" => Effect::Lose,
        "silence" => Effect::Silence(given.delay_ms),
        "disconnect" => Effect::Disconnect,
        _ => return Err(format!("there is no effect {name:?}.")),
    })
}

/// A percentage in hundredths of a percent.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is checked to lie between 0 and 10000"
)]
fn chance(percent: f64) -> Result<u32, String> {
    if (0.0..=100.0).contains(&percent) {
        Ok((percent * 100.0).round() as u32)
    } else {
        Err("`percent` is between 0 and 100.".to_owned())
    }
}
