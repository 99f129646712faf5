//! Candles as barter market events, and a stream of them that lets the mock exchange answer in between.

use crate::strategy::Counters;
use barter::{backtest::market_data::BacktestMarketData, error::BarterError};
use barter_data::{event::MarketEvent, streams::consumer::MarketStreamEvent};
use barter_instrument::{exchange::ExchangeId, instrument::InstrumentIndex};
use chrono::{DateTime, Utc};
use futures::Stream;
use rust_decimal::Decimal;
use std::{error::Error, fs, sync::Arc, time::Duration};

/// What the strategy needs of a candle.
#[derive(Debug, Clone)]
pub struct Bar {
    pub open: Decimal,
    pub close: f64,
}

pub type BarEvent = MarketStreamEvent<InstrumentIndex, Bar>;

/// Read a CSV file with the columns time, open, high, low, close, volume.
pub fn read(path: &str) -> Result<Vec<BarEvent>, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    text.lines()
        .skip(1)
        .map(|line| {
            let mut columns = line.split(',');
            let mut column = || {
                columns
                    .next()
                    .ok_or_else(|| format!("too few columns: {line}"))
            };
            let time = column()?.parse::<i64>()?;
            let open = column()?.parse::<Decimal>()?;
            let (_high, _low) = (column()?, column()?);
            let close = column()?.parse::<f64>()?;
            let time = DateTime::<Utc>::from_timestamp_millis(time)
                .ok_or_else(|| format!("no time: {line}"))?;
            Ok(MarketStreamEvent::Item(MarketEvent {
                time_exchange: time,
                time_received: time,
                exchange: ExchangeId::BinanceSpot,
                instrument: InstrumentIndex::new(0),
                kind: Bar { open, close },
            }))
        })
        .collect()
}

/// The last close, at which an open position is marked.
pub fn last_close(bars: &[BarEvent]) -> Option<Decimal> {
    match bars.last()? {
        MarketStreamEvent::Item(event) => Decimal::from_f64_retain(event.kind.close)?
            .round_dp(8)
            .into(),
        MarketStreamEvent::Reconnecting(_) => None,
    }
}

/// The same candles as `MarketDataInMemory`, but the engine and the mock exchange get their turn while they flow.
pub struct PacedBars {
    bars: Arc<Vec<BarEvent>>,
    counters: Arc<Counters>,
}

impl PacedBars {
    /// With 32 the mock's account channel (256 events) overflows and fills are lost; with 1 switching tasks costs a
    /// fifth of the speed. 8 and 16 were the fastest that lost nothing.
    const CANDLES_PER_TURN: usize = 8;
    const LONGEST_WAIT_MS: usize = 2_000;

    pub fn new(bars: Arc<Vec<BarEvent>>, counters: Arc<Counters>) -> Self {
        Self { bars, counters }
    }
}

impl BacktestMarketData for PacedBars {
    type Kind = Bar;

    async fn time_first_event(&self) -> Result<DateTime<Utc>, BarterError> {
        Ok(self
            .bars
            .iter()
            .find_map(|event| match event {
                MarketStreamEvent::Item(event) => Some(event.time_exchange),
                MarketStreamEvent::Reconnecting(_) => None,
            })
            .unwrap_or_default())
    }

    async fn stream(&self) -> Result<impl Stream<Item = BarEvent> + Send + 'static, BarterError> {
        let bars = Arc::clone(&self.bars);
        let counters = Arc::clone(&self.counters);
        Ok(futures::stream::unfold(0, move |index| {
            let bars = Arc::clone(&bars);
            let counters = Arc::clone(&counters);
            async move {
                if index % Self::CANDLES_PER_TURN == 0 {
                    tokio::task::yield_now().await;
                }
                let Some(bar) = bars.get(index) else {
                    wait_for_fills(&counters).await;
                    return None;
                };
                Some((bar.clone(), index + 1))
            }
        }))
    }
}

/// The feed must not end before the last fill was processed: the engine stops with it.
async fn wait_for_fills(counters: &Counters) {
    for _ in 0..PacedBars::LONGEST_WAIT_MS {
        let (_, orders, fills) = counters.read();
        if orders == fills {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
