//! `decisions`: what was wanted, why, and what the checks said, with the evidence of the call behind it.

use aicoin_api::http::Decision;
use aicoin_core::{AiCall, DecisionRecord};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::value::{Owner, damaged, number, optional_number, optional_parsed, parsed, signed};
use crate::words;

/// Which model and prompt the decisions of one reply come from.
///
/// The call itself is kept with the first decision of a reply only, so that costs add up; these three are wanted on all.
#[derive(Clone, Debug)]
pub(super) struct CallLabel {
    view: u64,
    model: String,
    prompt_version: String,
    prompt_hash: String,
}

impl CallLabel {
    fn of(view: u64, call: &AiCall) -> Self {
        Self {
            view,
            model: call.model.clone(),
            prompt_version: call.prompt_version.clone(),
            prompt_hash: call.prompt_hash.clone(),
        }
    }
}

/// Writes a decision; true when it is new. A known one takes the new verdict and keeps what it was taken on.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    owner: Owner<'_>,
    record: &DecisionRecord,
    last_label: &mut Option<CallLabel>,
) -> Result<bool, sqlx::Error> {
    if let Some(call) = &record.call {
        *last_label = Some(CallLabel::of(record.view, call));
    }
    let label = last_label
        .as_ref()
        .filter(|label| record.view != 0 && label.view == record.view);
    let call = record.call.as_deref();
    let inserted = sqlx::query(
        "INSERT INTO decisions (
             bot, id, market, source, action, reason, confidence, verdict, code, detail, mark_price, view,
             model_asked, model, request_id, prompt_version, prompt_hash, input_tokens, cached_tokens, output_tokens,
             cost_usd, latency_ms, tries, spec_generation, lease_epoch, time_ms, raw_reply, reasoning)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (bot, id) DO NOTHING",
    )
    .bind(owner.bot)
    .bind(signed(record.id.0)?)
    .bind(record.market.map(|market| owner.market(market)).transpose()?)
    .bind(words::source(&record.why))
    .bind(record.wanted.as_str())
    .bind(words::reason(&record.why, record.detail.as_deref(), record.rejected))
    .bind(words::confidence(&record.why))
    .bind(verdict(record))
    .bind(record.rejected.map(|reason| reason.as_str()))
    .bind(record.detail.as_deref())
    .bind(record.mark.to_string())
    .bind(signed(record.view)?)
    .bind(call.map(|call| call.model_asked.as_str()))
    .bind(label.map(|label| label.model.as_str()))
    .bind(call.and_then(|call| call.request_id.as_deref()))
    .bind(label.map(|label| label.prompt_version.as_str()))
    .bind(label.map(|label| label.prompt_hash.as_str()))
    .bind(call.map(|call| signed(call.input_tokens)).transpose()?)
    .bind(call.map(|call| signed(call.cached_tokens)).transpose()?)
    .bind(call.map(|call| signed(call.output_tokens)).transpose()?)
    .bind(call.map(|call| call.cost.to_string()))
    .bind(call.map(|call| signed(call.latency_ms)).transpose()?)
    .bind(call.map(|call| call.tries))
    .bind(owner.spec_generation)
    .bind(owner.epoch)
    .bind(record.time.0)
    .bind(call.map(|call| call.raw_reply.as_str()))
    .bind(call.and_then(|call| call.reasoning.as_deref()))
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() == 1 {
        return Ok(true);
    }
    sqlx::query("UPDATE decisions SET verdict = ?, code = ?, detail = ? WHERE bot = ? AND id = ?")
        .bind(verdict(record))
        .bind(record.rejected.map(|reason| reason.as_str()))
        .bind(record.detail.as_deref())
        .bind(owner.bot)
        .bind(signed(record.id.0)?)
        .execute(connection)
        .await?;
    Ok(false)
}

/// Newest first.
pub(super) async fn newest(
    connection: &mut SqliteConnection,
    bot: &str,
    limit: u32,
) -> Result<Vec<Decision>, sqlx::Error> {
    sqlx::query(
        "SELECT id, time_ms, market, source, action, reason, confidence, verdict, code, detail, mark_price, model,
                prompt_version, cost_usd, latency_ms, input_tokens, cached_tokens, output_tokens, raw_reply
         FROM decisions WHERE bot = ? ORDER BY id DESC LIMIT ?",
    )
    .bind(bot)
    .bind(limit)
    .try_map(|row| view(&row))
    .fetch_all(connection)
    .await
}

const fn verdict(record: &DecisionRecord) -> &'static str {
    if record.rejected.is_none() {
        "accepted"
    } else {
        "rejected"
    }
}

fn view(row: &SqliteRow) -> Result<Decision, sqlx::Error> {
    Ok(Decision {
        id: number(row, "id")?,
        time_ms: row.try_get("time_ms")?,
        market: row.try_get("market")?,
        source: row.try_get("source")?,
        action: row.try_get("action")?,
        reason: row.try_get("reason")?,
        confidence: row.try_get("confidence")?,
        verdict: row.try_get("verdict")?,
        code: row.try_get("code")?,
        detail: row.try_get("detail")?,
        mark_price: parsed(row, "mark_price")?,
        model: row.try_get("model")?,
        prompt_version: row.try_get("prompt_version")?,
        cost_usd: optional_parsed(row, "cost_usd")?,
        latency_ms: optional_number(row, "latency_ms")?,
        tokens: tokens(row)?,
        raw_reply: row.try_get("raw_reply")?,
    })
}

/// Input tokens, cached or not, and output tokens.
fn tokens(row: &SqliteRow) -> Result<Option<(u64, u64)>, sqlx::Error> {
    let Some(fresh) = optional_number(row, "input_tokens")? else {
        return Ok(None);
    };
    let cached = optional_number(row, "cached_tokens")?.unwrap_or(0);
    let input = fresh
        .checked_add(cached)
        .ok_or_else(|| damaged("too many tokens".to_owned()))?;
    Ok(Some((input, number(row, "output_tokens")?)))
}
