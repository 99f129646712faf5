//! The strict reading of a model's reply, schema version 1. Pure, and it never panics whatever the text is.
//!
//! Two scopes of failure:
//! - The *frame* (not one JSON object, a key twice, another version, another view): there is no reply.
//! - One *element* of `decisions`: that element is rejected, the others stand. A good close in the same reply is carried
//!   out whatever is wrong with an open beside it.
//!
//! Nothing is corrected. What is lenient is lenient towards less risk only:
//! - `null` is the same as a field that is left out.
//! - A field that the action has no use for must be a number where the schema says so, but its value does not count: a
//!   close is not lost to `stop_px: 0`.
//! - A reason of more than 280 characters rejects an opening; for any other action it is cut, because it decides nothing.
//! - `confidence` is required to open; elsewhere it is 0 when it is left out. So is `reason`, which may be empty.
//!
//! A number is an integer or a plain decimal, written as a number or as a string. It is read from its own text and never
//! passes through a float, so `46319.5` is exact and `4.63e4` is refused.

use aicoin_core::{AiAction, AiFailure, AiReply, Proposal, ReplyItem};
use aicoin_domain::Reason;
use serde_json::value::RawValue;

use crate::fields::{Flaw, Use, flaw, no_duplicate, only, price, required, text, whole, whole_u32};
use crate::json::{NESTING_MAX, NotOne, Object, Part, only_object};
use crate::prompt::{SYMBOL_BYTES_MAX, is_symbol};
use crate::schema::{DECISION_FIELDS, FRAME_FIELDS, SCHEMA_VERSION};
use crate::text as words;

/// The longest reply that is read, in bytes: twenty decisions need a tenth of it.
pub const REPLY_BYTES_MAX: usize = 64 * 1024;

/// The most decisions of one reply.
pub const DECISIONS_MAX: usize = 20;

/// The longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 280;

/// The whole equity: more cannot be risked, and a price that moved by more is another market.
const BPS_MAX: u32 = 10_000;

/// Far above any venue's: which leverage is allowed is for the core to say.
const LEVERAGE_MAX: u32 = 1000;

/// A day: which age is too old is for the core to say.
const TTL_S_MAX: u32 = 86_400;

/// Reads a reply. `finish_reason` is the provider's word on why the text ended; `view` is the view that was asked about.
///
/// # Errors
/// When the frame is wrong: the reason code and a sentence.
pub fn parse_reply(
    raw_content: &str,
    finish_reason: Option<&str>,
    view: u64,
) -> Result<AiReply, AiFailure> {
    read(raw_content, finish_reason, view)
        .map_err(|Flaw { reason, detail }| AiFailure { reason, detail })
}

fn read(content: &str, finish_reason: Option<&str>, view: u64) -> Result<AiReply, Flaw> {
    finished(finish_reason)?;
    if content.len() > REPLY_BYTES_MAX {
        return flaw(
            Reason::ReplyTooLarge,
            format!("The reply is longer than {REPLY_BYTES_MAX} bytes."),
        );
    }
    if content.trim().is_empty() {
        return flaw(Reason::ReplyEmpty, "The reply is empty or only spaces.");
    }
    let raw = only_object(content).map_err(not_one)?;
    let Some(frame) = Object::of(raw) else {
        return flaw(Reason::ReplyNotJson, "The reply is not valid JSON.");
    };
    no_duplicate(&frame, "The reply")?;
    this_version(&frame)?;
    only(&frame, &FRAME_FIELDS, "The reply")?;
    this_view(&frame, view)?;
    Ok(AiReply {
        view,
        items: elements(&frame)?.into_iter().map(element).collect(),
    })
}

/// Whether the model itself ended its text, as far as the provider says anything. Providers' words are an open set.
pub(crate) fn is_normal_stop(finish_reason: Option<&str>) -> bool {
    matches!(finish_reason, None | Some("stop" | "end_turn" | "eos"))
}

/// Only a text that the model itself ended is a reply.
fn finished(finish_reason: Option<&str>) -> Result<(), Flaw> {
    match finish_reason {
        _ if is_normal_stop(finish_reason) => Ok(()),
        Some("length" | "max_tokens") => flaw(
            Reason::ReplyTruncated,
            "The reply was cut off by the output limit; raise max_tokens, or switch thinking off.",
        ),
        Some("content_filter") => flaw(
            Reason::ReplyFiltered,
            "The provider's content filter withheld the reply.",
        ),
        Some("insufficient_system_resource" | "error") => flaw(
            Reason::AiUnavailable,
            "The provider broke the reply off for lack of resources.",
        ),
        Some(_) | None => flaw(
            Reason::ReplyTruncated,
            "The provider ended the reply for a reason that is not a normal stop.",
        ),
    }
}

fn not_one(not_one: NotOne) -> Flaw {
    let (reason, detail) = match not_one {
        NotOne::CutOff => (
            Reason::ReplyTruncated,
            "The reply ends in the middle of its JSON object.".to_owned(),
        ),
        NotOne::NotJson => (
            Reason::ReplyNotJson,
            "The reply is not one JSON object.".to_owned(),
        ),
        NotOne::TooDeep => (
            Reason::ReplyNotJson,
            format!("The reply is nested more than {NESTING_MAX} levels deep."),
        ),
        NotOne::TrailingText => (
            Reason::TrailingText,
            "Text follows the JSON object; reply with the object only.".to_owned(),
        ),
    };
    Flaw { reason, detail }
}

/// The version comes before anything else: another version may have other fields.
fn this_version(frame: &Object<'_>) -> Result<(), Flaw> {
    let version = whole(frame, "schema", 0..=u64::MAX, Use::Read)?;
    if required(version, "schema", "The reply")? != u64::from(SCHEMA_VERSION) {
        return flaw(
            Reason::WrongSchemaVersion,
            format!("The field schema must be {SCHEMA_VERSION}."),
        );
    }
    Ok(())
}

fn this_view(frame: &Object<'_>, view: u64) -> Result<(), Flaw> {
    let echoed = whole(frame, "view_id", 0..=u64::MAX, Use::Read)?;
    if required(echoed, "view_id", "The reply")? != view {
        return flaw(
            Reason::WrongView,
            format!("The field view_id must be {view}, the view that was asked about."),
        );
    }
    Ok(())
}

fn elements<'a>(frame: &Object<'a>) -> Result<Vec<&'a RawValue>, Flaw> {
    if matches!(frame.part("decisions"), Part::Absent) {
        return required(None, "decisions", "The reply");
    }
    let Some(elements) = frame.list("decisions") else {
        return flaw(Reason::BadValue, "The field decisions must be a list.");
    };
    if elements.len() > DECISIONS_MAX {
        return flaw(
            Reason::OutOfRange,
            format!("The reply has more than {DECISIONS_MAX} decisions."),
        );
    }
    Ok(elements)
}

fn element(raw: &RawValue) -> ReplyItem {
    let Some(object) = Object::of(raw) else {
        return ReplyItem::Rejected {
            symbol: String::new(),
            reason: Reason::BadValue,
            detail: "A decision must be an object.".to_owned(),
        };
    };
    match proposal(&object) {
        Ok(proposal) => ReplyItem::Proposal(proposal),
        Err(Flaw { reason, detail }) => ReplyItem::Rejected {
            symbol: legible_symbol(&object),
            reason,
            detail,
        },
    }
}

/// The market's name as far as it can be shown.
fn legible_symbol(object: &Object<'_>) -> String {
    match object.part("symbol") {
        Part::Text(symbol) => words::sentence(&symbol, SYMBOL_BYTES_MAX),
        Part::Number(symbol) => words::sentence(symbol, SYMBOL_BYTES_MAX),
        Part::Absent | Part::Other => String::new(),
    }
}

const WHAT: &str = "The decision";

fn proposal(object: &Object<'_>) -> Result<Proposal, Flaw> {
    no_duplicate(object, WHAT)?;
    only(object, &DECISION_FIELDS, WHAT)?;
    let symbol = symbol(object)?;
    let action = action(object)?;
    let uses = Uses::of(action);
    let opens = uses.opening == Use::Read;
    let confidence = whole(object, "confidence", 0..=100, Use::Read)?
        .and_then(|number| u8::try_from(number).ok());
    let risk_bps = whole_u32(object, "risk_bps", 1..=BPS_MAX, uses.opening)?;
    if opens {
        required(confidence, "confidence", WHAT)?;
        required(risk_bps, "risk_bps", WHAT)?;
    }
    Ok(Proposal {
        symbol,
        action,
        confidence: confidence.unwrap_or(0),
        risk_bps,
        leverage: whole_u32(object, "leverage", 1..=LEVERAGE_MAX, uses.opening)?,
        // A missing stop is for the core to refuse: it knows which actions need one, and says `StopMissing`.
        stop: price(object, "stop_px", uses.prices)?,
        take: price(object, "take_px", uses.prices)?,
        max_slippage_bps: whole_u32(object, "max_slippage_bps", 0..=BPS_MAX, uses.orders)?,
        ttl_s: whole_u32(object, "ttl_s", 1..=TTL_S_MAX, uses.orders)?,
        reason: reason(object, opens)?,
    })
}

/// Which fields an action goes by.
struct Uses {
    /// Risk and leverage.
    opening: Use,
    /// Stop and take-profit.
    prices: Use,
    /// Slippage and time to live.
    orders: Use,
}

impl Uses {
    const fn of(action: AiAction) -> Self {
        use Use::{Ignored, Read};
        let (opening, prices, orders) = match action {
            AiAction::OpenLong | AiAction::OpenShort => (Read, Read, Read),
            AiAction::AdjustStop => (Ignored, Read, Read),
            AiAction::Close | AiAction::Reduce => (Ignored, Ignored, Read),
            AiAction::Hold => (Ignored, Ignored, Ignored),
        };
        Self {
            opening,
            prices,
            orders,
        }
    }
}

fn symbol(object: &Object<'_>) -> Result<String, Flaw> {
    let symbol = required(text(object, "symbol")?, "symbol", WHAT)?;
    if !is_symbol(&symbol) {
        return flaw(
            Reason::BadValue,
            "The field symbol must be a market's name as the view writes it.",
        );
    }
    Ok(symbol)
}

fn action(object: &Object<'_>) -> Result<AiAction, Flaw> {
    const ALL: [AiAction; 6] = [
        AiAction::OpenLong,
        AiAction::OpenShort,
        AiAction::Close,
        AiAction::Reduce,
        AiAction::AdjustStop,
        AiAction::Hold,
    ];
    let word = required(text(object, "action")?, "action", WHAT)?;
    match ALL.into_iter().find(|action| action.as_str() == word) {
        Some(action) => Ok(action),
        None => flaw(
            Reason::BadValue,
            "The field action must be open_long, open_short, close, reduce, adjust_stop or hold.",
        ),
    }
}

fn reason(object: &Object<'_>, opens: bool) -> Result<String, Flaw> {
    let reason = text(object, "reason")?.unwrap_or_default();
    let is_long = reason.chars().nth(REASON_CHARS_MAX).is_some();
    if is_long && opens {
        return flaw(
            Reason::OutOfRange,
            format!("The field reason must have at most {REASON_CHARS_MAX} characters."),
        );
    }
    let kept: String = reason.chars().take(REASON_CHARS_MAX).collect();
    Ok(words::plain(&kept))
}

#[cfg(test)]
#[path = "reply_tests.rs"]
mod tests;
