//! What a model answers: untrusted words that become a wish to trade.

use std::collections::BTreeSet;

use aicoin_ai::fuzz::{is_symbol, read_answer};
use aicoin_ai::{DECISIONS_MAX, REASON_CHARS_MAX, parse_reply};
use aicoin_core::{AiAction, AiFailure, AiReply, Proposal, ReplyItem};
use aicoin_domain::Reason;

use super::first_line;
use crate::signature::Signature;

/// The view that was asked about.
const VIEW: u64 = 7;
/// The longest sentence about a reply: the provider's own words are cut to 300 bytes.
const DETAIL_BYTES_MAX: usize = 600;

pub(super) fn check(input: &[u8], signature: Signature) -> Signature {
    let (line, body) = first_line(input);
    let read = match line.strip_prefix("answer ").map(str::parse) {
        Some(Ok(status)) => read_answer(status, body, VIEW),
        Some(Err(_)) | None => {
            let Ok(text) = std::str::from_utf8(input) else {
                return signature;
            };
            parse_reply(text, Some("stop"), VIEW)
        }
    };
    match read {
        Ok(reply) => accepted(&reply, signature),
        Err(failure) => refused(&failure, signature),
    }
}

fn accepted(reply: &AiReply, signature: Signature) -> Signature {
    assert_eq!(reply.view, VIEW, "an answer to another question");
    assert!(reply.items.len() <= DECISIONS_MAX);
    // Each kind of element once: how many there are, and in which order, is nothing new.
    let mut kinds = BTreeSet::new();
    for item in &reply.items {
        match item {
            ReplyItem::Proposal(proposal) => {
                sound(proposal);
                kinds.insert(proposal.action.as_str().to_owned());
            }
            ReplyItem::Rejected {
                symbol,
                reason,
                detail,
            } => {
                assert!(!symbol.chars().any(char::is_control), "{symbol:?}");
                sentence(detail);
                kinds.insert(kind(*reason, detail));
            }
        }
    }
    // It is written down with the decision, and read again by a replay.
    let written = serde_json::to_string(reply).unwrap_or_default();
    assert_eq!(
        serde_json::from_str::<AiReply>(&written).ok().as_ref(),
        Some(reply)
    );
    kinds.iter().fold(signature, Signature::add)
}

/// A failure without what the model or its provider wrote.
fn kind(reason: Reason, detail: &str) -> String {
    let own = detail.split(" It says:").next().unwrap_or_default();
    if reason == Reason::UnknownField {
        reason.as_str().to_owned()
    } else {
        format!("{} {own}", reason.as_str())
    }
}

/// What may be wished at all; what is allowed is for the core to say.
fn sound(proposal: &Proposal) {
    let Proposal {
        symbol,
        action,
        confidence,
        risk_bps,
        leverage,
        stop,
        take,
        max_slippage_bps,
        ttl_s,
        reason,
    } = proposal;
    assert!(is_symbol(symbol), "{symbol:?}");
    assert!(*confidence <= 100);
    let opens = matches!(action, AiAction::OpenLong | AiAction::OpenShort);
    assert_eq!(
        opens,
        risk_bps.is_some(),
        "only an opening risks something, and each says what"
    );
    assert!(opens || leverage.is_none());
    assert!(risk_bps.is_none_or(|bps| (1..=10_000).contains(&bps)));
    assert!(leverage.is_none_or(|times| (1..=1000).contains(&times)));
    assert!(max_slippage_bps.is_none_or(|bps| bps <= 10_000));
    assert!(ttl_s.is_none_or(|seconds| (1..=86_400).contains(&seconds)));
    for price in [stop, take].into_iter().flatten() {
        assert!(price.is_positive(), "{price}");
    }
    assert!(reason.chars().count() <= REASON_CHARS_MAX);
    assert!(!reason.chars().any(char::is_control), "{reason:?}");
}

fn refused(failure: &AiFailure, signature: Signature) -> Signature {
    sentence(&failure.detail);
    signature.add(kind(failure.reason, &failure.detail))
}

/// Something that people are shown, and that may be sent back to the model.
fn sentence(detail: &str) {
    assert!(
        !detail.is_empty() && detail.len() <= DETAIL_BYTES_MAX,
        "{detail:?}"
    );
    assert!(!detail.chars().any(char::is_control), "{detail:?}");
}
