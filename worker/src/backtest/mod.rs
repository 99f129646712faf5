//! `aicoin-worker backtest`: a rule over recorded candles, with the core that trades live.

mod candles;
mod report;
mod run;

use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};

use aicoin_api::bot::TradingBot;
use aicoin_api::bot::defaults::Decider;
use aicoin_core::Bot;
use aicoin_domain::{MarketId, Usd};
use aicoin_paper::Exchange;
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::BacktestArgs;
use crate::fault::Fault;
use crate::manifest;
use crate::resolve::{Shell, bot_config, exchange_config};
use candles::CandleFile;
use run::Series;

/// Where the page goes when nobody says otherwise.
const REPORT_DEFAULT: &str = "backtest-report.html";

/// Runs a backtest and prints its report.
pub(crate) fn backtest(args: &BacktestArgs) -> Result<(), Fault> {
    let manifest = manifest::read(&args.manifest, &[])?;
    if manifest.spec.decision.ema_cross().is_none() {
        return Err(Fault::usage(
            "spec.decision.rule: a backtest runs the rule, and there is none; add emaCross {fast, slow, notional}.",
        ));
    }
    let names = manifest.spec.markets.clone();
    let files = assign(&args.candles, &names)?;
    if manifest.spec.decision.ai.is_some() {
        eprintln!("The manifest names an AI too: a backtest runs its rule, no model is asked.");
    }
    let config = bot_config(&manifest, &names, Decider::Rule, Usd::ZERO, Shell::Backtest)?;
    let mut series = Vec::new();
    for (market, path) in files {
        let candles = CandleFile::read(&path)?.merged(config.interval)?;
        series.push(Series { market, candles });
    }
    let mut exchange = Exchange::new(exchange_config(&manifest, &names, Shell::Backtest)?);
    let account = exchange.open_account(manifest.spec.exchange.paper().starting_balance.0);
    for (index, market) in config.markets.iter().enumerate() {
        let Ok(id) = u16::try_from(index).map(MarketId) else {
            continue;
        };
        let leverage = config.risk.leverage_in(&market.rules);
        exchange
            .set_leverage(account, id, leverage, true)
            .map_err(|words| {
                Fault::internal(format!(
                    "The leverage of {} cannot be set: {words}",
                    market.name
                ))
            })?;
    }
    let total: usize = series.iter().map(|series| series.candles.len()).sum();
    let bar = progress_bar(total);
    let outcome = run::run(
        Bot::new(config.clone()),
        exchange,
        account,
        &series,
        |bars| bar.set_position(bars),
    );
    bar.finish_and_clear();
    print(args, &manifest, &config, &outcome)
}

fn print(
    args: &BacktestArgs,
    manifest: &TradingBot,
    config: &aicoin_core::BotConfig,
    outcome: &run::Outcome,
) -> Result<(), Fault> {
    let names = manifest.spec.markets.join(", ");
    let page = args
        .report
        .clone()
        .or_else(|| (!args.json).then(|| PathBuf::from(REPORT_DEFAULT)));
    if let Some(path) = &page {
        std::fs::write(path, report::page(outcome, &manifest.id(), &names)).map_err(|error| {
            Fault::usage(format!(
                "The report {} cannot be written: {error}.",
                path.display()
            ))
        })?;
    }
    let mut text = if args.json {
        serde_json::to_string(&report::JsonReport::new(outcome, config)).map_err(|error| {
            Fault::internal(format!("The report cannot be written as JSON: {error}."))
        })?
    } else {
        report::text(outcome, &names)
    };
    if args.json {
        text.push('\n');
    } else if let Some(path) = page {
        text.push_str(&format!("  {:<16} {}\n", "chart", path.display()));
    }
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(|error| Fault::usage(format!("The report cannot be printed: {error}.")))
}

/// Which file is for which market. A file without a name is for the first market.
fn assign(given: &[String], markets: &[String]) -> Result<Vec<(MarketId, PathBuf)>, Fault> {
    let mut files: Vec<(MarketId, PathBuf)> = Vec::new();
    for text in given {
        let (index, path) =
            match text.split_once('=') {
                // A path may hold an equals sign: it is a market only when it is the name of one, or no such file exists.
                Some((name, path)) if !Path::new(text).exists() => {
                    let index = markets.iter().position(|market| market == name).ok_or_else(|| {
                    Fault::usage(format!(
                        "--candles {text}: {name:?} is none of the manifest's markets ({}).",
                        markets.join(", ")
                    ))
                })?;
                    (index, PathBuf::from(path))
                }
                Some(_) | None => (0, PathBuf::from(text)),
            };
        let market = MarketId(
            u16::try_from(index).map_err(|_| Fault::usage("There are too many markets."))?,
        );
        if files.iter().any(|(other, _)| *other == market) {
            let name = markets.get(index).map_or("", String::as_str);
            return Err(Fault::usage(format!(
                "--candles names two files for {name}: give each market one."
            )));
        }
        files.push((market, path));
    }
    let missing: Vec<&str> = markets
        .iter()
        .enumerate()
        .filter(|(index, _)| !files.iter().any(|(market, _)| market.index() == *index))
        .map(|(_, name)| name.as_str())
        .collect();
    if !missing.is_empty() {
        eprintln!(
            "No candles are given for {}: nothing is traded there.",
            missing.join(", ")
        );
    }
    Ok(files)
}

/// A progress bar on a terminal, and nothing elsewhere.
fn progress_bar(total: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX));
    if let Ok(style) =
        ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} candles, {per_sec}")
    {
        bar.set_style(style);
    }
    bar
}
