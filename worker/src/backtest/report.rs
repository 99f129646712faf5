//! What a backtest says: a table for people, one JSON object for programs, and a page with the equity chart.

use std::fmt::Write as _;

use aicoin_core::BotConfig;
use aicoin_domain::{Rate, TimeMs, Usd};
use serde::Serialize;

use super::run::{Outcome, Trade};

/// The JSON object. Amounts are decimal strings.
#[derive(Debug, Serialize)]
pub(super) struct JsonReport {
    bars: u64,
    signals: u64,
    orders: u64,
    fills: u64,
    elapsed_s: f64,
    bars_per_s: f64,
    start_equity: Usd,
    final_equity: Usd,
    return_pct: String,
    max_drawdown_pct: String,
    fees: Usd,
    funding: Usd,
    sharpe: Option<f64>,
    win_rate_pct: Option<f64>,
    failures: std::collections::BTreeMap<String, u64>,
    trades: Vec<JsonTrade>,
}

#[derive(Debug, Serialize)]
struct JsonTrade {
    market: String,
    side: &'static str,
    size: String,
    entry_time_ms: i64,
    entry_price: String,
    exit_time_ms: i64,
    exit_price: String,
    pnl: Usd,
    fees: Usd,
    exit: &'static str,
}

impl JsonReport {
    /// The report of an outcome.
    pub(super) fn new(outcome: &Outcome, config: &BotConfig) -> Self {
        Self {
            bars: outcome.bars,
            signals: outcome.signals,
            orders: outcome.orders,
            fills: outcome.fills,
            elapsed_s: outcome.elapsed_s,
            bars_per_s: bars_per_s(outcome),
            start_equity: outcome.start_equity,
            final_equity: outcome.final_equity,
            return_pct: percent(return_of(outcome)),
            max_drawdown_pct: percent(drawdown_of(outcome)),
            fees: outcome.fees,
            funding: outcome.funding,
            sharpe: sharpe(&outcome.daily),
            win_rate_pct: win_rate(&outcome.trades),
            failures: outcome.failures.clone(),
            trades: outcome
                .trades
                .iter()
                .map(|trade| JsonTrade::new(trade, config))
                .collect(),
        }
    }
}

impl JsonTrade {
    fn new(trade: &Trade, config: &BotConfig) -> Self {
        Self {
            market: market_name(config, trade),
            side: match trade.side {
                aicoin_domain::Side::Buy => "long",
                aicoin_domain::Side::Sell => "short",
            },
            size: trade.size.to_string(),
            entry_time_ms: trade.entry_time.0,
            entry_price: trade.entry_price.to_string(),
            exit_time_ms: trade.exit_time.0,
            exit_price: trade.exit_price.to_string(),
            pnl: trade.pnl,
            fees: trade.fees,
            exit: trade.exit.as_str(),
        }
    }
}

fn market_name(config: &BotConfig, trade: &Trade) -> String {
    config
        .markets
        .get(trade.market.index())
        .map_or_else(String::new, |market| market.name.clone())
}

fn bars_per_s(outcome: &Outcome) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a count of bars, for a rate")]
    let bars = outcome.bars as f64;
    if outcome.elapsed_s > 0.0 {
        bars / outcome.elapsed_s
    } else {
        0.0
    }
}

fn return_of(outcome: &Outcome) -> Rate {
    (outcome.final_equity - outcome.start_equity).ratio(outcome.start_equity)
}

fn drawdown_of(outcome: &Outcome) -> Rate {
    let (peak, trough) = outcome.deepest;
    (peak - trough).ratio(peak)
}

/// A ratio in percent, as a decimal string.
fn percent(ratio: Rate) -> String {
    Rate::from_units(ratio.units().saturating_mul(100)).to_string()
}

/// The annualised Sharpe ratio of daily returns, 365 days a year, without a risk-free rate. `None` under three days:
/// it would mean nothing.
fn sharpe(daily: &[Usd]) -> Option<f64> {
    if daily.len() < 4 {
        return None;
    }
    let returns: Vec<f64> = daily
        .iter()
        .zip(daily.iter().skip(1))
        .map(|(before, after)| after.to_f64() / before.to_f64() - 1.0)
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "a count of days")]
    let count = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / count;
    let variance = returns
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        / (count - 1.0);
    (variance > 0.0).then(|| mean / variance.sqrt() * 365.0_f64.sqrt())
}

/// Round trips that earned more than their fees, in percent; `None` without any.
fn win_rate(trades: &[Trade]) -> Option<f64> {
    if trades.is_empty() {
        return None;
    }
    let won = trades.iter().filter(|trade| trade.pnl > trade.fees).count();
    #[expect(clippy::cast_precision_loss, reason = "counts of trades")]
    Some(won as f64 / trades.len() as f64 * 100.0)
}

/// The table for people.
pub(super) fn text(outcome: &Outcome, names: &str) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: String| {
        // Writing into a string does not fail.
        let _ = writeln!(out, "  {name:<16} {value}");
    };
    let two = |amount: Usd| amount.rounded(2).to_string();
    line("markets", names.to_owned());
    line("bars", outcome.bars.to_string());
    line("signals", outcome.signals.to_string());
    line(
        "orders",
        format!("{} ({} fills)", outcome.orders, outcome.fills),
    );
    line(
        "equity",
        format!(
            "{} -> {} USD",
            two(outcome.start_equity),
            two(outcome.final_equity)
        ),
    );
    line(
        "return",
        format!("{:.2} %", return_of(outcome).to_f64() * 100.0),
    );
    line(
        "max drawdown",
        format!("{:.2} %", drawdown_of(outcome).to_f64() * 100.0),
    );
    line(
        "Sharpe",
        sharpe(&outcome.daily).map_or("- (under three days)".to_owned(), |value| {
            format!("{value:.2} (daily, annualised)")
        }),
    );
    line("trades", outcome.trades.len().to_string());
    line(
        "win rate",
        win_rate(&outcome.trades)
            .map_or("-".to_owned(), |value| format!("{value:.1} % (after fees)")),
    );
    line("fees", format!("{} USD", two(outcome.fees)));
    line(
        "funding",
        format!("{} USD (a candle file carries none)", two(outcome.funding)),
    );
    line(
        "speed",
        format!(
            "{:.2} M bars/s ({:.1} ms)",
            bars_per_s(outcome) / 1e6,
            outcome.elapsed_s * 1e3
        ),
    );
    for (reason, count) in &outcome.failures {
        line("failed orders", format!("{count}: {reason}"));
    }
    out
}

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 320.0;

/// A page of its own, without scripts: the figures and the equity chart.
pub(super) fn page(outcome: &Outcome, title: &str, names: &str) -> String {
    let mut page = String::new();
    let _ = write!(
        page,
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}: backtest</title><style>\
         :root{{color-scheme:light dark;--ink:#1c2330;--soft:#8791a3;--line:#2563eb;--back:#fff}}\
         @media(prefers-color-scheme:dark){{:root{{--ink:#e6eaf2;--soft:#8a94a6;--line:#60a5fa;--back:#10141c}}}}\
         body{{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:62rem;padding:0 1rem;color:var(--ink);background:var(--back)}}\
         pre{{font:13px/1.6 ui-monospace,monospace}}svg{{width:100%;height:auto}}\
         .c{{fill:none;stroke:var(--line);stroke-width:1.6}}.g{{stroke:var(--soft);stroke-width:.4}}\
         text{{fill:var(--soft);font-size:11px}}</style><h1>{title}</h1>{}<pre>{}</pre></html>",
        chart(&outcome.curve),
        escape(&text(outcome, names)),
        title = escape(title),
    );
    page
}

/// The equity at candle closes as an SVG.
fn chart(curve: &[(TimeMs, Usd)]) -> String {
    let values: Vec<f64> = curve.iter().map(|(_, equity)| equity.to_f64()).collect();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if values.len() < 2 {
        return "<p>Too few candles for a chart.</p>".to_owned();
    }
    let span = if high > low { high - low } else { 1.0 };
    #[expect(clippy::cast_precision_loss, reason = "pixels")]
    let steps = (values.len() - 1) as f64;
    let place = |value: f64| 10.0 + (high - value) / span * (HEIGHT - 40.0);
    let mut points = String::new();
    for (index, value) in values.iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "pixels")]
        let x = 70.0 + index as f64 / steps * (WIDTH - 80.0);
        let _ = write!(points, "{x:.1},{:.1} ", place(*value));
    }
    let mut grid = String::new();
    for part in 0..=4_u8 {
        let value = low + span * f64::from(part) / 4.0;
        let y = place(value);
        let _ = write!(
            grid,
            "<line class=\"g\" x1=\"70\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text x=\"64\" y=\"{:.1}\" text-anchor=\"end\">{value:.2}</text>",
            y + 4.0
        );
    }
    let day = |point: Option<&(TimeMs, Usd)>| {
        point
            .and_then(|(time, _)| jiff::Timestamp::from_millisecond(time.0).ok())
            .map_or_else(String::new, |time| {
                time.strftime("%Y-%m-%d %H:%M").to_string()
            })
    };
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"Equity in USD\">{grid}\
         <polyline class=\"c\" points=\"{points}\"/>\
         <text x=\"70\" y=\"{y}\">{first}</text><text x=\"{WIDTH}\" y=\"{y}\" text-anchor=\"end\">{last} UTC</text></svg>",
        y = HEIGHT - 8.0,
        first = day(curve.first()),
        last = day(curve.last()),
    )
}

/// A name from a manifest may hold anything.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
