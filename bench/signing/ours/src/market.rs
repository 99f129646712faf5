//! From the text of a price, as the socket brings it, to the body that is posted, with the decision in between.
//!
//! The price is the first one of a new minute: it closes a candle, the rule's averages cross, the bot opens a position, and
//! the entry leaves with its stop. What has to be written down first counts as written at once: no disk is in the figure.

use std::time::{Duration, Instant};

use aicoin_core::{
    AccountTruth, Bot, BotConfig, Candle, Input, LeaseState, MarketConfig, Output, Policy, Query,
    Quote, RiskConfig, RuleConfig, Timing,
};
use aicoin_domain::{Desired, DurationMs, Leverage, MarketId, Price, Rate, TimeMs, Usd};
use aicoin_hyperliquid::{
    Action, Address, AgentKey, Envelope, Network, connection_id, recover_agent,
};
use aicoin_venue::{HotPath, MarketPrice};

use crate::harness;

const MARKET: MarketId = MarketId(0);
const MINUTE: DurationMs = DurationMs::from_mins(1);
/// The beginning of a minute.
const START: TimeMs = TimeMs(1_764_000_000_000);
const META: &str = r#"{"universe":[
    {"name":"SOL","szDecimals":2,"maxLeverage":20,"marginTableId":20},
    {"name":"APT","szDecimals":2,"maxLeverage":10,"marginTableId":10},
    {"name":"XRP","szDecimals":0,"maxLeverage":20,"marginTableId":20},
    {"name":"BTC","szDecimals":5,"maxLeverage":40,"marginTableId":56}
],"marginTables":[
    [56,{"description":"tiered 40x","marginTiers":[{"lowerBound":"0.0","maxLeverage":40},{"lowerBound":"150000000.0","maxLeverage":20}]}]
],"collateralToken":0}"#;

/// Opens so many positions, each time with a copy of the same bot, and answers the times as a JSON object.
pub(crate) fn timed(key: AgentKey, count: u64, pause: Duration) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let _inside = runtime.enter();
    let agent = key.address();
    let mut path = HotPath::new(Network::Testnet, key, META, &["BTC"]).expect("a connection");
    let ready = waiting_bot(&mut path);
    let mut number = 0;
    harness::timed(count, pause, || {
        number += 1;
        let mut bot = ready.clone();
        // Once a second it is told: prices without it would be stale.
        path.hear(&context()).expect("a context");
        let text = best(60_100, number);
        let start = Instant::now();
        let price = path.hear(&text).expect("a price").expect("a fresh price");
        let body = opened(&path, &mut bot, START + MINUTE, &price);
        let span = start.elapsed();
        if number == 1 {
            check(&body, agent);
        }
        std::hint::black_box(body);
        span
    })
}

/// What the bot sends when it hears a price.
fn opened(path: &HotPath, bot: &mut Bot, now: TimeMs, price: &MarketPrice) -> Vec<u8> {
    let mut body = Vec::new();
    let mut next = Some(quote(price));
    while let Some(input) = next.take() {
        bot.handle(now, input);
        while let Some(output) = bot.poll() {
            match output {
                Output::Persist { seq, records } => {
                    std::hint::black_box(&records);
                    next = Some(Input::Durable { seq });
                }
                Output::Send { action, .. } => {
                    assert!(body.is_empty(), "one action opens a position");
                    body = path.sign(&action).expect("a body");
                }
                _ => {}
            }
        }
    }
    assert!(!body.is_empty(), "the bot opens nothing");
    body
}

fn quote(price: &MarketPrice) -> Input {
    Input::Quote {
        market: price.market,
        quote: Quote {
            bid: price.bid,
            ask: price.ask,
            mark: price.mark,
        },
    }
}

/// A bot that is running, flat, and one price away from opening.
fn waiting_bot(path: &mut HotPath) -> Bot {
    let mut bot = Bot::new(BotConfig {
        uid: 1,
        spec_generation: 1,
        markets: vec![MarketConfig {
            name: "BTC".to_owned(),
            rules: path.rules()[0],
            retired: false,
        }],
        interval: MINUTE,
        policy: Policy::Rule(RuleConfig::EmaCross {
            fast: 10,
            slow: 20,
            notional: Usd::from_whole(1_000),
        }),
        risk: RiskConfig {
            max_leverage: Some(Leverage::new(3)),
            max_position_notional: Some(Usd::from_whole(5_000)),
            max_total_notional: Some(Usd::from_whole(5_000)),
            max_daily_loss: Some(Rate::from_bps(500)),
            max_drawdown: Some(Rate::from_bps(2_000)),
            stop_loss: Some(Rate::from_bps(200)),
            liquidation_buffer: Some(Rate::from_bps(1_000)),
            max_orders_per_hour: Some(20),
            ..RiskConfig::UNLIMITED
        },
        timing: Timing::LIVE,
        max_slippage: Rate::from_bps(500),
        taker_fee: Rate::from_bps(5),
        attach_stops: true,
    });
    // Twenty minutes at one price: the averages are equal, and nothing is wanted.
    let first = Price::from_whole(60_000);
    for minute in (1..=20).rev() {
        let candle = Candle {
            time: START - DurationMs::from_mins(minute),
            open: first,
            high: first,
            low: first,
            close: first,
            volume: 1.0,
        };
        tell(
            &mut bot,
            START,
            Input::WarmUp {
                market: MARKET,
                candle,
            },
        );
    }
    tell(&mut bot, START, Input::Lease(LeaseState::Held { epoch: 1 }));
    let running = Input::Control {
        generation: 1,
        desired: Desired::Running,
    };
    tell(&mut bot, START, running);
    path.hear(&best(60_000, 0)).expect("a price");
    path.hear(&context()).expect("a context");
    let last = path.hear(&best(60_100, 0)).expect("a price");
    let last = last.expect("a fresh price");
    // Just before the minute is over, so that it is fresh and the account was read a moment ago.
    let before = START + MINUTE - DurationMs::from_secs(1);
    tell(&mut bot, before, quote(&last));
    tell(&mut bot, before, account(before));
    bot
}

/// Tells the bot something and answers what it asks.
fn tell(bot: &mut Bot, now: TimeMs, input: Input) {
    let mut inputs = vec![input];
    while let Some(input) = inputs.pop() {
        bot.handle(now, input);
        while let Some(output) = bot.poll() {
            match output {
                Output::Persist { seq, .. } => inputs.push(Input::Durable { seq }),
                Output::Query(Query::Account) => inputs.push(account(now)),
                Output::Send { action, .. } => panic!("it does {action:?} before its time"),
                _ => {}
            }
        }
    }
}

fn account(now: TimeMs) -> Input {
    Input::Account(Box::new(AccountTruth {
        time: now,
        cash: Usd::from_whole(10_000),
        positions: Vec::new(),
        open_orders: Vec::new(),
        fills: Vec::new(),
        leverage: Vec::new(),
    }))
}

/// A message of the best prices. Two that follow each other differ.
fn best(price: u64, number: u64) -> String {
    let (bid, ask) = (price, price + 1);
    let size = 1 + number % 9_000;
    format!(
        r#"{{"channel":"bbo","data":{{"coin":"BTC","time":1764000060000,"bbo":[{{"px":"{bid}.0","sz":"{size}.00123","n":7}},{{"px":"{ask}.0","sz":"0.5","n":2}}]}}}}"#
    )
}

/// A message of everything else of a market.
fn context() -> String {
    r#"{"channel":"activeAssetCtx","data":{"coin":"BTC","ctx":{"funding":"0.0000125","openInterest":"28000.5","prevDayPx":"59000.0","dayNtlVlm":"2100000000.0","premium":"0.0001","oraclePx":"60095.0","markPx":"60100.0","midPx":"60100.5","impactPxs":["60100.0","60101.0"],"dayBaseVlm":"35000.1"}}}"#.to_owned()
}

/// The body is what it should be: an entry with its stop, signed by the agent.
fn check(body: &[u8], agent: Address) {
    let envelope: Envelope<Action> = serde_json::from_slice(body).expect("a body");
    let id = connection_id(
        &envelope.action,
        envelope.nonce,
        envelope.vault_address,
        envelope.expires_after,
    )
    .expect("a hash");
    let signer = recover_agent(Network::Testnet, id, &envelope.signature);
    assert_eq!(signer, Some(agent), "somebody else signed it");
    let Action::Order { orders, .. } = &envelope.action else {
        panic!("it places no orders: {envelope:?}");
    };
    assert_eq!(orders.len(), 2, "an entry and its stop");
}
