//! The EMA cross in barter-rs, through its public `backtest()` on a current-thread runtime, mock latency 0.
//!
//! `bench-barter CANDLES.csv signals|orders|fills` prints one JSON object.
//!
//! Each candle is one market event of a custom kind (open and close), which is the least work barter lets a user
//! choose. The EMAs live in the instrument data. After a cross the order goes out at the next event, priced at that
//! candle's open; barter's mock exchange fills market orders at the price they name. One order turns the position
//! around, so it is one order per flip where an engine that closes and opens sends two.
//!
//! * `signals`: the crosses are counted, nothing is sent.
//! * `orders`: barter's own `MarketDataInMemory`. It queues every candle before the engine runs, so the mock's fills
//!   arrive after the end of the feed and the engine never sees them: orders are sent, fills are not simulated in it.
//! * `fills`: the same candles from a stream that steps aside every few candles and waits at its end, so that the
//!   engine processes every fill. Barter's mock waits on a real timer, so fills arrive some candles late (in wall
//!   time), at the right price; sizes are therefore tracked by the strategy.

mod candles;
mod strategy;

use crate::{
    candles::{Bar, PacedBars},
    strategy::{EmaCross, EmaData, Work},
};
use barter::{
    backtest::{
        BacktestArgsConstant, BacktestArgsDynamic, backtest,
        market_data::{BacktestMarketData, MarketDataInMemory},
    },
    engine::state::{
        builder::EngineStateBuilder, global::DefaultGlobalData, trading::TradingState,
    },
    risk::DefaultRiskManager,
    statistic::time::Daily,
    system::config::SystemConfig,
};
use barter_instrument::index::IndexedInstruments;
use rust_decimal::Decimal;
use smol_str::SmolStr;
use std::{error::Error, sync::Arc, time::Instant};
use strategy::Counters;

const BALANCE: i64 = 10_000_000;

/// One spot market; balances so high that the mock never refuses (it does not credit what a sale brings in).
const SYSTEM: &str = r#"{
  "executions": [{
    "mocked_exchange": "binance_spot", "latency_ms": 0, "fees_percent": 0.00045,
    "initial_state": {
      "exchange": "binance_spot",
      "balances": [
        {"asset": "usdt", "balance": {"total": 99999999999999, "free": 99999999999999}, "time_exchange": "2020-01-01T00:00:00Z"},
        {"asset": "btc", "balance": {"total": 99999999999999, "free": 99999999999999}, "time_exchange": "2020-01-01T00:00:00Z"}
      ],
      "instruments": [{"instrument": "BTCUSDT", "orders": []}]
    }
  }],
  "instruments": [{
    "exchange": "binance_spot", "name_exchange": "BTCUSDT",
    "underlying": {"base": "btc", "quote": "usdt"}, "quote": "underlying_quote", "kind": "spot"
  }]
}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, work] = arguments.as_slice() else {
        return Err("usage: bench-barter CANDLES.csv signals|orders|fills".into());
    };
    let work = match work.as_str() {
        "signals" => Work::Signals,
        "orders" => Work::Orders,
        "fills" => Work::Fills,
        other => return Err(format!("{other}: the work is signals, orders or fills").into()),
    };
    let bars = candles::read(path)?;
    let count = bars.len();
    let last_close = candles::last_close(&bars).ok_or("the file has no candles")?;

    let bars = Arc::new(bars);
    let counters = Arc::new(Counters::default());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let elapsed = if work == Work::Fills {
        runtime.block_on(run(
            PacedBars::new(bars, Arc::clone(&counters)),
            work,
            &counters,
        ))?
    } else {
        runtime.block_on(run(MarketDataInMemory::new(bars), work, &counters))?
    };

    let (signals, orders, fills) = counters.read();
    let final_equity = (work == Work::Fills && fills == orders).then(|| {
        (Decimal::from(BALANCE) + counters.worth(last_close))
            .normalize()
            .to_string()
    });
    println!(
        "{}",
        serde_json::json!({
            "engine": "barter-rs",
            "version": "0.14.0",
            "bars": count,
            "signals": signals,
            "orders": orders,
            "fills": fills,
            "final_equity": final_equity,
            "elapsed_s": elapsed,
            "bars_per_s": count as f64 / elapsed,
        })
    );
    Ok(())
}

/// Run one backtest; the time is that of `backtest()` alone.
async fn run<Data>(
    market_data: Data,
    work: Work,
    counters: &Arc<Counters>,
) -> Result<f64, Box<dyn Error>>
where
    Data: BacktestMarketData<Kind = Bar>,
{
    let system: SystemConfig = serde_json::from_str(SYSTEM)?;
    let instruments = IndexedInstruments::new(system.instruments);
    let engine_state = EngineStateBuilder::new(&instruments, DefaultGlobalData, |_| {
        EmaData::new(work, Arc::clone(counters))
    })
    .time_engine_start(market_data.time_first_event().await?)
    .trading_state(TradingState::Enabled)
    .build();
    let constant = Arc::new(BacktestArgsConstant {
        instruments,
        executions: system.executions,
        market_data,
        summary_interval: Daily,
        engine_state,
    });
    let dynamic = BacktestArgsDynamic {
        id: SmolStr::new("ema-cross"),
        risk_free_return: Decimal::ZERO,
        strategy: EmaCross::default(),
        risk: DefaultRiskManager::default(),
    };

    let started = Instant::now();
    backtest(constant, dynamic).await?;
    Ok(started.elapsed().as_secs_f64())
}
