//! A door for `fuzz/`: the whole way from an HTTP answer to a reply. Nothing of the product uses it.

use aicoin_core::{AiFailure, AiReply};

use crate::completion::{Answer, Fault, RetryAfter, completion};
use crate::prompt;
use crate::reply::parse_reply;

/// Reads the body of an HTTP answer, and in it the model's own text.
///
/// # Errors
/// Why there is no reply.
pub fn read_answer(status: u16, body: &[u8], view: u64) -> Result<AiReply, AiFailure> {
    let answer = Answer {
        status,
        retry_after: RetryAfter::Absent,
        request_id: None,
        body: body.to_vec(),
    };
    let completion = completion(&answer, None).map_err(|Fault { failure, .. }| failure)?;
    parse_reply(
        &completion.content,
        completion.finish_reason.as_deref(),
        view,
    )
}

/// Whether a text may be a market's name.
#[must_use]
pub fn is_symbol(name: &str) -> bool {
    prompt::is_symbol(name)
}
