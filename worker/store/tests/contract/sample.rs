//! Records with a value of its own in every field.

use aicoin_core::{
    AccountRecord, AiAction, AiCall, ControlRecord, DecisionRecord, FillRecord, Leg, OrderError,
    OrderRecord, PositionRecord, Record, RiskRecord, Wanted, Why,
};
use aicoin_domain::{
    Cloid, DecisionId, Desired, Fill, Hold, LiquidationKind, MarketId, OrderId, OrderKind,
    OrderRequest, OrderStatus, Reason, Refusal, Side, Tif, TimeMs, TpSl, TradeId,
};
use aicoin_store::{Batch, JournalEntry};

pub(crate) const BTC: MarketId = MarketId(0);
pub(crate) const ETH: MarketId = MarketId(1);
/// 2023-11-14 22:13:20.123 UTC.
pub(crate) const TIME: i64 = 1_700_000_000_123;

pub(crate) fn amount<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// A batch of rows only.
pub(crate) fn rows(records: Vec<Record>) -> Batch {
    Batch {
        records,
        ..Batch::default()
    }
}

pub(crate) fn call() -> AiCall {
    AiCall {
        model_asked: "small".to_owned(),
        model: "small-0613".to_owned(),
        request_id: Some("req-1".to_owned()),
        prompt_version: "v3".to_owned(),
        prompt_hash: "ab".repeat(32),
        raw_reply: "{\"decisions\": [\"'; DROP TABLE orders; --\"]}".to_owned(),
        reasoning: Some("because".to_owned()),
        input_tokens: 1_000,
        cached_tokens: 200,
        output_tokens: 30,
        cost: amount("0.000123456789012345"),
        latency_ms: 2_345,
        tries: 2,
    }
}

/// Of a rule, accepted.
pub(crate) fn rule_decision(id: u64) -> DecisionRecord {
    DecisionRecord {
        id: DecisionId(id),
        time: TimeMs(TIME),
        market: Some(BTC),
        wanted: Wanted::Long,
        why: Why::EmaCross {
            fast: 46_320.5,
            slow: 46_310.25,
        },
        rejected: None,
        detail: None,
        mark: amount("46319.5"),
        call: None,
        view: 0,
    }
}

/// Of a model, rejected, with the call behind it.
pub(crate) fn ai_decision(id: u64) -> DecisionRecord {
    DecisionRecord {
        id: DecisionId(id),
        time: TimeMs(TIME + 1),
        market: Some(ETH),
        wanted: Wanted::Ai(AiAction::OpenShort),
        why: Why::Model {
            reason: "<script>it falls</script>".to_owned(),
            confidence: 71,
        },
        rejected: Some(Reason::Paused),
        detail: Some("the bot is paused".to_owned()),
        mark: amount("2500.123"),
        call: Some(Box::new(call())),
        view: 9,
    }
}

/// A whole reply that failed.
pub(crate) fn failed_decision(id: u64) -> DecisionRecord {
    DecisionRecord {
        id: DecisionId(id),
        time: TimeMs(TIME + 2),
        market: None,
        wanted: Wanted::Nothing,
        why: Why::Failure,
        rejected: Some(Reason::ReplyNotJson),
        detail: None,
        mark: amount("0"),
        call: None,
        view: 10,
    }
}

/// A market-like opening order, just written down.
pub(crate) fn order(number: u32) -> OrderRecord {
    OrderRecord {
        request: OrderRequest {
            cloid: Cloid(u128::from(number)),
            market: BTC,
            side: Side::Buy,
            size: amount("0.02158"),
            kind: OrderKind::Limit {
                price: amount("46500"),
                tif: Tif::Ioc,
            },
            reduce_only: false,
        },
        decision: DecisionId(u64::from(number)),
        leg: Leg::Open,
        attempt: 0,
        status: OrderStatus::Prepared,
        filled: amount("0"),
        filled_notional: amount("0"),
        oid: None,
        nonce: 1_700_000_000_123,
        epoch: 1,
        expires_at: TimeMs(TIME + 8_000),
        created_at: TimeMs(TIME + i64::from(number)),
        updated_at: TimeMs(TIME + i64::from(number)),
        error: None,
    }
}

/// A stop that the venue refused.
pub(crate) fn failed_stop(number: u32) -> OrderRecord {
    OrderRecord {
        request: OrderRequest {
            cloid: Cloid(u128::from(number)),
            market: ETH,
            side: Side::Sell,
            size: amount("1.5"),
            kind: OrderKind::Trigger {
                trigger: amount("2400.1"),
                kind: TpSl::Sl,
            },
            reduce_only: true,
        },
        leg: Leg::Stop,
        attempt: 2,
        status: OrderStatus::Failed,
        error: Some(OrderError::Venue(Refusal(
            "Order has invalid price.".to_owned(),
        ))),
        ..order(number)
    }
}

/// A fill of `order(1)`.
pub(crate) fn fill(trade: u64) -> FillRecord {
    FillRecord {
        fill: Fill {
            trade: TradeId(trade),
            order: OrderId(77),
            cloid: Some(Cloid(1)),
            market: BTC,
            time: TimeMs(TIME + 50),
            side: Side::Buy,
            price: amount("46319"),
            size: amount("0.02158"),
            fee: amount("0.449803809"),
            closed_pnl: amount("-0.000000000000000001"),
            is_taker: true,
            liquidation: None,
        },
        leg: Some(Leg::Open),
        decision: DecisionId(1),
    }
}

/// The venue closed a position by itself.
pub(crate) fn liquidation(trade: u64) -> FillRecord {
    let fill = fill(trade).fill;
    FillRecord {
        fill: Fill {
            cloid: None,
            market: ETH,
            side: Side::Sell,
            time: TimeMs(TIME + 60),
            is_taker: false,
            liquidation: Some(LiquidationKind::Backstop),
            ..fill
        },
        leg: None,
        decision: DecisionId(0),
    }
}

pub(crate) fn position(market: MarketId) -> PositionRecord {
    PositionRecord {
        market,
        size: amount("-0.02158"),
        cost: amount("-999.56402"),
        realised: amount("12.5"),
        fees: amount("0.449803809"),
        funding: amount("-0.01"),
        stop: Some(amount("47000")),
        take: None,
        opened_at: Some(TimeMs(TIME + 50)),
        updated_at: TimeMs(TIME + 51),
    }
}

pub(crate) fn account(time: i64) -> AccountRecord {
    AccountRecord {
        time: TimeMs(time),
        equity: amount("10012.123456789012345678"),
        cash: amount("9999.5"),
        unrealised: amount("12.623456789012345678"),
        realised: amount("3"),
        fees: amount("0.449803809"),
        funding: amount("-0.01"),
        notional: amount("999.56402"),
        drawdown_bps: 125,
    }
}

pub(crate) fn risk(id: u64) -> RiskRecord {
    RiskRecord {
        id,
        time: TimeMs(TIME + 70),
        reason: Reason::Unprotected,
        market: Some(ETH),
        detail: "no stop for 11 s".to_owned(),
        resolved: false,
    }
}

pub(crate) fn control(generation: u64) -> ControlRecord {
    ControlRecord {
        time: TimeMs(TIME + 80),
        desired: Desired::Stopped,
        generation,
        hold: Hold::Paused,
        in_force: Desired::Paused,
    }
}

pub(crate) fn journal(from: u64, to: u64) -> Vec<JournalEntry> {
    (from..=to)
        .map(|seq| JournalEntry {
            seq,
            now_ms: TIME,
            input: format!("{{\"LocalHold\":\"None\",\"n\":{seq}}}"),
            outputs: (seq % 2 == 0).then(|| format!("[{{\"WakeAt\":{seq}}}]")),
        })
        .collect()
}

/// One of everything.
pub(crate) fn batch() -> Batch {
    Batch {
        records: vec![
            Record::Decision(rule_decision(1)),
            Record::Decision(ai_decision(2)),
            Record::Decision(failed_decision(3)),
            Record::Order(order(1)),
            Record::Order(failed_stop(2)),
            Record::Fill(fill(501)),
            Record::Fill(liquidation(501)),
            Record::Position(position(ETH)),
            Record::Position(PositionRecord {
                stop: None,
                opened_at: None,
                ..position(BTC)
            }),
            Record::Account(account(TIME)),
            Record::Risk(risk(1)),
            Record::Risk(RiskRecord {
                market: None,
                resolved: true,
                ..risk(2)
            }),
            Record::Control(control(4)),
        ],
        saved: Some("{\"core\": 1}".to_owned()),
        venue: Some("{\"venue\": 1}".to_owned()),
        new_markets: Vec::new(),
        checkpoint: None,
        journal: journal(1, 3),
    }
}
