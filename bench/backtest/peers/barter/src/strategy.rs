//! The rule: two EMAs in the instrument data, one market order per flip.

use crate::candles::Bar;
use barter::{
    engine::{
        Engine, Processor,
        clock::HistoricalClock,
        execution_tx::MultiExchangeTxMap,
        state::{
            EngineState,
            global::DefaultGlobalData,
            instrument::{data::InstrumentDataState, filter::InstrumentFilter},
            order::in_flight_recorder::InFlightRequestRecorder,
        },
    },
    risk::DefaultRiskManager,
    strategy::{
        algo::AlgoStrategy,
        close_positions::{ClosePositionsStrategy, close_open_positions_with_market_orders},
        on_disconnect::OnDisconnectStrategy,
        on_trading_disabled::OnTradingDisabled,
    },
};
use barter_data::event::MarketEvent;
use barter_execution::{
    AccountEvent, AccountEventKind,
    order::{
        OrderKey, OrderKind, TimeInForce,
        id::{ClientOrderId, StrategyId},
        request::{OrderRequestCancel, OrderRequestOpen, RequestOpen},
    },
};
use barter_instrument::{
    Side, asset::AssetIndex, exchange::ExchangeId, exchange::ExchangeIndex,
    instrument::InstrumentIndex,
};
use rust_decimal::{Decimal, prelude::FromPrimitive};
use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering::Relaxed},
};
use std::{cmp::Ordering, sync::Arc};

const FAST: f64 = 10.0;
const SLOW: f64 = 20.0;
const SLOW_CANDLES: u32 = 20;
const NOTIONAL: i64 = 1_000;
const SIZE_DECIMALS: u32 = 5;

pub type State = EngineState<DefaultGlobalData, EmaData>;
type Risk = DefaultRiskManager<State>;

/// How much of the work a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    Signals,
    Orders,
    Fills,
}

/// What happened, for whoever started the backtest: `backtest()` hands the engine's state to nobody.
#[derive(Debug, Default)]
pub struct Counters {
    signals: AtomicU64,
    orders: AtomicU64,
    fills: AtomicU64,
    /// Cash spent or earned, and the position, both from fills.
    account: Mutex<(Decimal, Decimal)>,
}

impl Counters {
    /// Signals, orders and fills so far.
    pub fn read(&self) -> (u64, u64, u64) {
        (
            self.signals.load(Relaxed),
            self.orders.load(Relaxed),
            self.fills.load(Relaxed),
        )
    }

    /// What the fills are worth at this price.
    pub fn worth(&self, price: Decimal) -> Decimal {
        self.account
            .lock()
            .map(|account| account.0 + account.1 * price)
            .unwrap_or_default()
    }
}

/// An order to send at this event.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    side: Side,
    price: Decimal,
    quantity: Decimal,
}

/// EMAs, the wish, and the order of the moment.
#[derive(Debug, Clone)]
pub struct EmaData {
    work: Work,
    counters: Arc<Counters>,
    fast: f64,
    slow: f64,
    candles: u32,
    last_close: f64,
    acted: Option<Side>,
    pending: Option<Side>,
    held: Decimal,
    wanted: Option<Wanted>,
}

impl EmaData {
    pub fn new(work: Work, counters: Arc<Counters>) -> Self {
        Self {
            work,
            counters,
            fast: 0.0,
            slow: 0.0,
            candles: 0,
            last_close: 0.0,
            acted: None,
            pending: None,
            held: Decimal::ZERO,
            wanted: None,
        }
    }

    /// Turn the position around at this candle's open.
    fn act(&mut self, side: Side, open: Decimal) {
        self.acted = Some(side);
        self.counters.signals.fetch_add(1, Relaxed);
        if self.work != Work::Signals {
            let opened = (Decimal::from(NOTIONAL) / open).trunc_with_scale(SIZE_DECIMALS);
            self.wanted = Some(Wanted {
                side,
                price: open,
                quantity: self.held + opened,
            });
            self.held = opened;
        }
    }
}

impl InstrumentDataState for EmaData {
    type MarketEventKind = Bar;

    fn price(&self) -> Option<Decimal> {
        Decimal::from_f64(self.last_close)
    }
}

impl Processor<&MarketEvent<InstrumentIndex, Bar>> for EmaData {
    type Audit = ();

    fn process(&mut self, event: &MarketEvent<InstrumentIndex, Bar>) {
        let Bar { open, close } = &event.kind;
        self.wanted = None;
        if let Some(side) = self.pending.take() {
            self.act(side, *open);
        }
        self.last_close = *close;
        self.candles = self.candles.saturating_add(1);
        if self.candles == 1 {
            (self.fast, self.slow) = (*close, *close);
        } else {
            self.fast += 2.0 / (FAST + 1.0) * (close - self.fast);
            self.slow += 2.0 / (SLOW + 1.0) * (close - self.slow);
        }
        if self.candles >= SLOW_CANDLES {
            let wish = match self.fast.partial_cmp(&self.slow) {
                Some(Ordering::Greater) => Some(Side::Buy),
                Some(Ordering::Less) => Some(Side::Sell),
                Some(Ordering::Equal) | None => self.acted,
            };
            if wish != self.acted {
                self.pending = wish;
            }
        }
    }
}

impl Processor<&AccountEvent> for EmaData {
    type Audit = ();

    fn process(&mut self, event: &AccountEvent) {
        if let AccountEventKind::Trade(trade) = &event.kind {
            self.counters.fills.fetch_add(1, Relaxed);
            let bought = if trade.side == Side::Buy {
                trade.quantity
            } else {
                -trade.quantity
            };
            if let Ok(mut account) = self.counters.account.lock() {
                account.0 -= bought * trade.price + trade.fees.fees;
                account.1 += bought;
            }
        }
    }
}

impl InFlightRequestRecorder for EmaData {
    fn record_in_flight_cancel(&mut self, _: &OrderRequestCancel<ExchangeIndex, InstrumentIndex>) {}

    fn record_in_flight_open(&mut self, _: &OrderRequestOpen<ExchangeIndex, InstrumentIndex>) {
        self.counters.orders.fetch_add(1, Relaxed);
        self.wanted = None;
    }
}

/// Sends what the instrument data wants.
#[derive(Debug, Clone)]
pub struct EmaCross {
    id: StrategyId,
}

impl Default for EmaCross {
    fn default() -> Self {
        Self {
            id: StrategyId::new("ema-cross"),
        }
    }
}

impl AlgoStrategy for EmaCross {
    type State = State;

    fn generate_algo_orders(
        &self,
        state: &Self::State,
    ) -> (
        impl IntoIterator<Item = OrderRequestCancel<ExchangeIndex, InstrumentIndex>>,
        impl IntoIterator<Item = OrderRequestOpen<ExchangeIndex, InstrumentIndex>>,
    ) {
        let market = state.instruments.instrument_index(&InstrumentIndex::new(0));
        let open = market.data.wanted.map(|wanted| OrderRequestOpen {
            key: OrderKey {
                exchange: market.instrument.exchange,
                instrument: market.key,
                strategy: self.id.clone(),
                cid: ClientOrderId::random(),
            },
            state: RequestOpen {
                side: wanted.side,
                price: wanted.price,
                quantity: wanted.quantity,
                kind: OrderKind::Market,
                time_in_force: TimeInForce::ImmediateOrCancel,
            },
        });
        (std::iter::empty(), open)
    }
}

impl ClosePositionsStrategy for EmaCross {
    type State = State;

    fn close_positions_requests<'a>(
        &'a self,
        state: &'a Self::State,
        filter: &'a InstrumentFilter,
    ) -> (
        impl IntoIterator<Item = OrderRequestCancel<ExchangeIndex, InstrumentIndex>> + 'a,
        impl IntoIterator<Item = OrderRequestOpen<ExchangeIndex, InstrumentIndex>> + 'a,
    )
    where
        ExchangeIndex: 'a,
        AssetIndex: 'a,
        InstrumentIndex: 'a,
    {
        close_open_positions_with_market_orders(&self.id, state, filter, |_| {
            ClientOrderId::random()
        })
    }
}

impl OnDisconnectStrategy<HistoricalClock, State, MultiExchangeTxMap, Risk> for EmaCross {
    type OnDisconnect = ();

    fn on_disconnect(
        _: &mut Engine<HistoricalClock, State, MultiExchangeTxMap, Self, Risk>,
        _: ExchangeId,
    ) {
    }
}

impl OnTradingDisabled<HistoricalClock, State, MultiExchangeTxMap, Risk> for EmaCross {
    type OnTradingDisabled = ();

    fn on_trading_disabled(_: &mut Engine<HistoricalClock, State, MultiExchangeTxMap, Self, Risk>) {
    }
}
