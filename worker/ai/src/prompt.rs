//! A market view as a message to a model. Pure.
//!
//! What rarely changes comes first (limits, markets), what changes always comes last: providers cache the beginning.
//!
//! Never: an amount of money (everything is a share of the equity), a key, an address, or a word that an outsider
//! wrote. The only names are those of markets, and a name that is more than a plain word makes no prompt at all.

use core::fmt::Write as _;

use aicoin_core::{
    AiFailure, Candle, MarketView, RecentDecision, ViewAccount, ViewMarket, ViewPosition,
};
use aicoin_domain::{Price, Rate, Reason, TimeMs, Usd};

use crate::features::{Features, features};
use crate::number;
use crate::template::{Template, sha256_hex};

/// How many candles of a market a prompt shows: the last ones. The features are computed from all of the view.
pub const PROMPT_CANDLES_MAX: usize = 30;

/// The longest name of a market, in bytes.
pub(crate) const SYMBOL_BYTES_MAX: usize = 32;

/// A prompt, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// The view's number: the reply must echo it.
    pub view: u64,
    /// The static message.
    pub system: String,
    /// The market view.
    pub user: String,
    /// The template's version.
    pub version: String,
    /// SHA-256 of the system message, a zero byte, and the user message; hexadecimal.
    pub hash: String,
}

impl Prompt {
    /// The length of the messages in bytes.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.system.len().saturating_add(self.user.len())
    }
}

/// The prompt for a view.
///
/// # Errors
/// `AiBadRequest` when a market's name is not a plain word: such a view is not shown to a model.
pub fn render(template: &Template, view: &MarketView) -> Result<Prompt, AiFailure> {
    let names = view.markets.iter().map(|market| &market.name);
    for name in names.chain(view.recent.iter().map(|decision| &decision.market)) {
        if !is_symbol(name) {
            return Err(AiFailure {
                reason: Reason::AiBadRequest,
                detail: "The name of a market is not a plain word of at most 32 letters and digits, so the model is \
                         not asked; take that market out of the manifest."
                    .to_owned(),
            });
        }
    }
    let system = template.text().to_owned();
    let user = message(view);
    let hash = sha256_hex(&[system.as_bytes(), b"\0", user.as_bytes()]);
    Ok(Prompt {
        view: view.id,
        system,
        user,
        version: template.version().to_owned(),
        hash,
    })
}

/// Whether a text is the name of a market: letters, digits and the marks that venues use.
pub(crate) fn is_symbol(name: &str) -> bool {
    let is_mark = |byte: u8| matches!(byte, b'-' | b'_' | b':' | b'/' | b'.' | b'@');
    (1..=SYMBOL_BYTES_MAX).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || is_mark(byte))
}

fn message(view: &MarketView) -> String {
    let mut out = String::with_capacity(4096);
    limits(&mut out, &view.account);
    line(
        &mut out,
        format_args!("\nMARKETS: symbol, price step, the venue's highest leverage"),
    );
    for market in &view.markets {
        line(
            &mut out,
            format_args!(
                "{}, {}, {}",
                market.name,
                market.tick,
                market.leverage_max.times()
            ),
        );
    }
    account(&mut out, view);
    for market in &view.markets {
        one_market(&mut out, market, view);
    }
    recent(&mut out, &view.recent, view.time);
    line(
        &mut out,
        format_args!("\nReply to view_id {} with one json object.", view.id),
    );
    out
}

/// Writing to a `String` cannot fail.
fn line(out: &mut String, arguments: core::fmt::Arguments<'_>) {
    let _ = out.write_fmt(arguments);
    out.push('\n');
}

fn limits(out: &mut String, account: &ViewAccount) {
    line(out, format_args!("LIMITS"));
    line(out, format_args!("risk_bps_max: {}", account.risk_bps_max));
    line(
        out,
        format_args!("leverage_max: {}", account.leverage_max.times()),
    );
    line(
        out,
        format_args!("confidence_min_to_open: {}", account.confidence_min),
    );
}

fn account(out: &mut String, view: &MarketView) {
    let account = &view.account;
    let of_equity = |amount| percent(amount, account.equity);
    line(out, format_args!("\nVIEW"));
    line(out, format_args!("view_id: {}", view.id));
    line(out, format_args!("time: {}", utc(view.time)));
    line(
        out,
        format_args!("free margin: {} of equity", of_equity(account.free_margin)),
    );
    line(
        out,
        format_args!(
            "profit since 00:00 UTC: {} of equity",
            of_equity(account.day_pnl)
        ),
    );
    match account.notional_left {
        Some(left) => line(
            out,
            format_args!("may still open: {} of equity", of_equity(left)),
        ),
        None => line(out, format_args!("may still open: no limit")),
    }
}

fn one_market(out: &mut String, market: &ViewMarket, view: &MarketView) {
    let decimals = number::decimals_of_tick(market.tick);
    let price = |price: Price| number::at_decimals(price, decimals);
    line(out, format_args!("\nMARKET {}", market.name));
    line(
        out,
        format_args!(
            "bid {}, ask {}, mark {}, age {} ms",
            price(market.bid),
            price(market.ask),
            price(market.mark),
            market.age_ms
        ),
    );
    match market.closed_because {
        None => line(out, format_args!("opening: allowed")),
        Some(reason) => line(out, format_args!("opening: not allowed ({reason})")),
    }
    match &market.position {
        None => line(out, format_args!("position: none")),
        Some(held) => position(out, held, market, view.account.equity, decimals),
    }
    indicators(out, &features(&market.candles), decimals);
    candles(out, &market.candles, view.time, decimals);
}

fn position(
    out: &mut String,
    held: &ViewPosition,
    market: &ViewMarket,
    equity: Usd,
    decimals: u32,
) {
    let optional = |price: Option<Price>| match price {
        Some(price) => number::at_decimals(price, decimals).to_string(),
        None => "none".to_owned(),
    };
    line(
        out,
        format_args!(
            "position: {}, worth {} of equity, entry {}, unrealised {} of equity, stop {}, take {}, held for {} s",
            if held.size.is_negative() {
                "short"
            } else {
                "long"
            },
            percent(market.mark.notional(held.size.abs()), equity),
            number::at_decimals(held.entry, decimals),
            percent(held.unrealised, equity),
            optional(held.stop),
            optional(held.take),
            held.age_ms / 1000,
        ),
    );
}

fn indicators(out: &mut String, features: &Features, decimals: u32) {
    let value = |value: Option<f64>, decimals: u32| match value {
        Some(value) => number::float(value, decimals),
        None => "too few candles".to_owned(),
    };
    // One digit below the price step: a difference of averages is small.
    let fine = decimals.saturating_add(1);
    line(
        out,
        format_args!(
            "ema20 {}, rsi7 {}, rsi14 {}, macd {}, macd_signal {}, macd_histogram {}, atr14 {}",
            value(features.ema20, fine),
            value(features.rsi7, 1),
            value(features.rsi14, 1),
            value(features.macd.map(|macd| macd.line), fine),
            value(features.macd.map(|macd| macd.signal), fine),
            value(features.macd.map(|macd| macd.histogram), fine),
            value(features.atr14, fine),
        ),
    );
}

fn candles(out: &mut String, candles: &[Candle], now: TimeMs, decimals: u32) {
    line(
        out,
        format_args!(
            "candles, oldest first: seconds since its start, open, high, low, close, volume"
        ),
    );
    let skipped = candles.len().saturating_sub(PROMPT_CANDLES_MAX);
    for candle in candles.iter().skip(skipped) {
        line(
            out,
            format_args!(
                "{}, {}, {}, {}, {}, {}",
                (now - candle.time).0 / 1000,
                number::at_decimals(candle.open, decimals),
                number::at_decimals(candle.high, decimals),
                number::at_decimals(candle.low, decimals),
                number::at_decimals(candle.close, decimals),
                number::float(candle.volume, 2),
            ),
        );
    }
}

fn recent(out: &mut String, decisions: &[RecentDecision], now: TimeMs) {
    if decisions.is_empty() {
        return;
    }
    line(
        out,
        format_args!("\nRECENT DECISIONS, oldest first: seconds ago, symbol, action, outcome"),
    );
    for decision in decisions {
        let seconds = (now - decision.time).0 / 1000;
        let (market, action) = (&decision.market, decision.action.as_str());
        match decision.rejected {
            None => line(out, format_args!("{seconds}, {market}, {action}, accepted")),
            Some(reason) => line(
                out,
                format_args!("{seconds}, {market}, {action}, rejected: {reason}"),
            ),
        }
    }
}

/// A share of the equity in percent, two decimals, cut. Without an equity there is no share.
fn percent(amount: Usd, equity: Usd) -> String {
    if !equity.is_positive() {
        return "unknown part".to_owned();
    }
    let hundredths = amount.ratio(equity).units() / (Rate::ONE_UNITS / 10_000);
    let sign = if hundredths < 0 { "-" } else { "" };
    let magnitude = hundredths.unsigned_abs();
    format!("{sign}{}.{:02} %", magnitude / 100, magnitude % 100)
}

/// A time as people write it, to the second.
fn utc(time: TimeMs) -> String {
    match jiff::Timestamp::from_second(time.0.div_euclid(1000)) {
        Ok(timestamp) => timestamp.to_string(),
        Err(_) => time.to_string(),
    }
}

#[cfg(test)]
#[path = "prompt_tests.rs"]
mod tests;
