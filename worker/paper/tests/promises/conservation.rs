//! Random markets, random orders of every kind, several accounts: after every single event the books are right.

use aicoin_domain::{
    AccountId, Cloid, Fill, Leverage, LiquidationKind, MarketId, OrderKind, OrderRequest, Price,
    Rate, Side, Size, Tif, TimeMs, TpSl, TradeId, Usd,
};
use aicoin_paper::{Answer, Event, Exchange, ExchangeConfig, OrderState, Quote, Range, What};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;

use crate::steps::{ACCOUNTS, Ask, MARKETS, Step, settings, step};
use crate::world::rate;

const DEPOSIT: Usd = Usd::from_whole(20_000);
/// Prices wander around these.
const BASES: [i64; 2] = [50_000, 10];

/// An account kept by the test itself, from nothing but fills, funding and deposits.
#[derive(Clone, Debug, Default)]
struct Books {
    cash: Usd,
    sizes: BTreeMap<MarketId, Size>,
    filled: BTreeMap<Cloid, Size>,
}

struct Run {
    exchange: Exchange,
    books: Vec<Books>,
    requests: BTreeMap<(AccountId, Cloid), OrderRequest>,
    prices: [Price; 2],
    now: TimeMs,
    last_cloid: u128,
    last_trade: TradeId,
    /// The last prices came as a quote: nothing that rests may be crossed.
    is_quoted: [bool; 2],
    slippage: Rate,
    /// How often each kind of thing happened: random runs that reach nothing prove nothing.
    seen: BTreeMap<String, u32>,
}

impl Run {
    fn new(config: ExchangeConfig) -> Self {
        let slippage = config.slippage;
        let mut exchange = Exchange::new(config);
        let mut books = Vec::new();
        for _ in 0..ACCOUNTS {
            exchange.open_account(DEPOSIT);
            books.push(Books {
                cash: DEPOSIT,
                ..Books::default()
            });
        }
        let mut run = Self {
            exchange,
            books,
            requests: BTreeMap::new(),
            prices: BASES.map(Price::from_whole),
            now: TimeMs(1_700_000_000_000),
            last_cloid: 0,
            last_trade: TradeId(0),
            is_quoted: [false; 2],
            slippage,
            seen: BTreeMap::new(),
        };
        for market in 0..MARKETS {
            run.apply(&Step::Quote {
                market,
                move_bps: 0,
                spread_ticks: 1,
                depth_lots: [1_000; 2],
                mark_bps: 0,
            });
        }
        run
    }

    fn moved(&mut self, market: u16, bps: i64) -> Price {
        let index = usize::from(market);
        let base = Price::from_whole(BASES[index]);
        let wanted = self.prices[index].scaled(Rate::from_bps(bps));
        let (low, high) = (base.scaled(rate("-0.6")), base.scaled(rate("1.5")));
        self.prices[index] = wanted.clamp(low, high);
        self.prices[index]
    }

    fn apply(&mut self, step: &Step) {
        self.now.0 += 7_000;
        match step {
            Step::Quote {
                market,
                move_bps,
                spread_ticks,
                depth_lots,
                mark_bps,
            } => {
                let rules = *self.exchange.rules(MarketId(*market)).unwrap();
                let middle = self.moved(*market, *move_bps);
                let bid = rules.price_below(middle);
                let tick = rules.tick(bid).units();
                let lots = |count: i64| Size::from_units(count * rules.lot().units() + 3);
                let quote = Quote {
                    bid,
                    ask: rules.price_above(Price::from_units(bid.units() + spread_ticks * tick)),
                    bid_size: lots(depth_lots[0]),
                    ask_size: lots(depth_lots[1]),
                    mark: rules.nearest_price(middle.scaled(Rate::from_bps(*mark_bps))),
                    oracle: middle,
                };
                self.is_quoted[usize::from(*market)] = true;
                self.exchange.on_quote(self.now, MarketId(*market), quote);
            }
            Step::Bar {
                market,
                moves_bps,
                order,
            } => {
                let open = self.moved(*market, moves_bps[0]);
                self.is_quoted[usize::from(*market)] = false;
                self.exchange.on_open(self.now, MarketId(*market), open);
                if let Some((account, ask)) = order {
                    self.submit(*account, ask);
                }
                self.check();
                let high = open.scaled(Rate::from_bps(moves_bps[1].abs()));
                let low = open.scaled(Rate::from_bps(-moves_bps[2].abs()));
                let close = open.scaled(Rate::from_bps(moves_bps[3])).clamp(low, high);
                self.prices[usize::from(*market)] = close;
                self.exchange.on_range(
                    self.now,
                    MarketId(*market),
                    Range {
                        open,
                        high,
                        low,
                        close,
                    },
                );
            }
            Step::Submit { account, ask } => self.submit(*account, ask),
            Step::Cancel { account, back } => {
                let cloid = Cloid(self.last_cloid.saturating_sub(*back));
                let was_open = self
                    .exchange
                    .open_orders(AccountId(*account))
                    .any(|order| order.request.cloid == cloid);
                let result = self.exchange.cancel(self.now, AccountId(*account), cloid);
                assert_eq!(result.is_ok(), was_open);
            }
            Step::Funding { market, rate_units } => {
                self.exchange.apply_funding(
                    self.now,
                    MarketId(*market),
                    Rate::from_units(*rate_units),
                );
            }
            Step::Leverage {
                account,
                market,
                times,
                is_cross,
            } => {
                let leverage = Leverage::new(*times);
                let _ = self.exchange.set_leverage(
                    AccountId(*account),
                    MarketId(*market),
                    leverage,
                    *is_cross,
                );
            }
            Step::Margin {
                account,
                market,
                dollars,
            } => {
                let amount = Usd::from_whole(i128::from(*dollars));
                let _ = self.exchange.update_isolated_margin(
                    AccountId(*account),
                    MarketId(*market),
                    amount,
                );
            }
            Step::Deposit { account, dollars } => {
                let amount = Usd::from_whole(i128::from(*dollars));
                self.exchange.deposit(AccountId(*account), amount);
                self.books[*account as usize].cash += amount;
            }
        }
        self.check();
    }

    fn submit(&mut self, account: u32, ask: &Ask) {
        let market = MarketId(ask.market);
        let rules = *self.exchange.rules(market).unwrap();
        let quote = self.exchange.quote(market).unwrap();
        if !ask.is_repeated {
            self.last_cloid += 1;
        }
        let price = rules.nearest_price(quote.mark.scaled(Rate::from_bps(ask.offset_bps)));
        let (kind, reduce_only) = match ask.kind {
            0 | 1 => (
                OrderKind::Limit {
                    price,
                    tif: Tif::Gtc,
                },
                ask.reduce_only,
            ),
            2 | 3 => (
                OrderKind::Limit {
                    price,
                    tif: Tif::Ioc,
                },
                ask.reduce_only,
            ),
            4 => (
                OrderKind::Limit {
                    price,
                    tif: Tif::Alo,
                },
                ask.reduce_only,
            ),
            5 => (
                OrderKind::Trigger {
                    trigger: price,
                    kind: TpSl::Sl,
                },
                true,
            ),
            _ => (
                OrderKind::Trigger {
                    trigger: price,
                    kind: TpSl::Tp,
                },
                true,
            ),
        };
        // Most reduce-only orders are meant well: on the side that reduces.
        let reducing = Side::of_position(self.exchange.position_size(AccountId(account), market))
            .map(Side::opposite);
        let side = match reducing {
            Some(reducing) if reduce_only && ask.lots % 5 != 0 => reducing,
            Some(_) | None => ask.side,
        };
        let request = OrderRequest {
            cloid: Cloid(self.last_cloid),
            market,
            side,
            size: Size::from_units(ask.lots * rules.lot().units()),
            kind,
            reduce_only,
        };
        let id = AccountId(account);
        let was_known = self.exchange.order_status(id, request.cloid).is_some();
        let answer = self.exchange.submit(self.now, id, &request, None);
        let report = self.exchange.order_status(id, request.cloid).copied();
        if was_known {
            assert!(matches!(answer, Answer::Refused(_)));
            return;
        }
        self.requests.insert((id, request.cloid), request);
        let report = report.expect("an order that was answered is known");
        match answer {
            Answer::Refused(words) => assert!(report.state.is_rejected() && !words.0.is_empty()),
            Answer::Filled { oid, size, average } => {
                assert_eq!((report.oid, report.state), (oid, OrderState::Filled));
                assert_eq!((report.filled, report.average()), (size, average));
                assert!(size.is_positive());
            }
            Answer::Resting { oid } | Answer::WaitingForTrigger { oid } => {
                assert_eq!((report.oid, report.state), (oid, OrderState::Open));
            }
        }
    }

    /// Everything that must be true after every step.
    fn check(&mut self) {
        self.exchange.check_conservation();
        while let Some(event) = self.exchange.poll_event() {
            self.take(event);
        }
        for index in 0..ACCOUNTS {
            let id = AccountId(index);
            let books = &self.books[index as usize];
            // Equity from the test's own books: cash flows and what the positions are worth.
            let mut equity = books.cash;
            for (market, size) in &books.sizes {
                assert_eq!(self.exchange.position_size(id, *market), *size);
                equity += self.exchange.mark(*market).notional(*size);
            }
            assert_eq!(self.exchange.equity(id), equity);
            let view = self.exchange.account(id);
            assert_eq!(view.equity, equity);
            assert_eq!(
                view.deposits + view.realised + view.unrealised - view.fees + view.funding,
                equity
            );
            for (cloid, filled) in &books.filled {
                let report = self
                    .exchange
                    .order_status(id, *cloid)
                    .expect("an order that filled is known");
                assert_eq!(report.filled, *filled);
                assert!(report.filled <= report.request.size);
            }
            self.check_resting(id);
        }
    }

    fn check_resting(&self, id: AccountId) {
        let mut reducing: BTreeMap<MarketId, Size> = BTreeMap::new();
        for order in self.exchange.open_orders(id) {
            assert!(order.remaining.is_positive());
            assert!(order.filled + order.remaining <= order.request.size);
            let market = order.request.market;
            let position = self.exchange.position_size(id, market);
            if order.request.reduce_only {
                assert_eq!(
                    Side::of_position(position),
                    Some(order.request.side.opposite())
                );
            }
            if let OrderKind::Limit { price, .. } = order.request.kind {
                if order.request.reduce_only {
                    *reducing.entry(market).or_default() += order.remaining;
                }
                let quote = self.exchange.quote(market).unwrap();
                let is_crossed = match order.request.side {
                    Side::Buy => price >= quote.ask && quote.ask_size.is_positive(),
                    Side::Sell => price <= quote.bid && quote.bid_size.is_positive(),
                };
                assert!(
                    !is_crossed || !self.is_quoted[market.index()],
                    "{order:?} is crossed by {quote:?}"
                );
            }
        }
        for (market, sum) in reducing {
            assert!(sum <= self.exchange.position_size(id, market).abs());
        }
    }

    fn count(&mut self, what: &What) {
        let word = match what {
            What::Fill(fill) if fill.liquidation == Some(LiquidationKind::Market) => "liquidation",
            What::Fill(fill) if fill.liquidation == Some(LiquidationKind::Backstop) => "backstop",
            What::Fill(fill) if fill.is_taker => "taker",
            What::Fill(_) => "maker",
            What::Order { state, .. } => state.as_str(),
            What::Funding { .. } => "funding",
            What::Liquidation { left, .. } if !left.is_zero() => "partial liquidation",
            What::Liquidation { .. } => return,
        };
        *self.seen.entry(word.to_string()).or_default() += 1;
    }

    fn take(&mut self, event: Event) {
        let id = event.account;
        self.count(&event.what);
        match event.what {
            What::Fill(fill) => {
                assert!(fill.trade > self.last_trade && fill.size.is_positive());
                self.last_trade = fill.trade;
                self.check_price(id, &fill);
                let books = &mut self.books[id.0 as usize];
                let delta = fill.side.signed(fill.size);
                let size = books.sizes.entry(fill.market).or_default();
                let before = *size;
                *size += delta;
                let only_reduces = match fill.cloid {
                    Some(cloid) => self.requests[&(id, cloid)].reduce_only,
                    None => true,
                };
                if only_reduces {
                    let is_toward_zero =
                        before.is_positive() != delta.is_positive() && delta.abs() <= before.abs();
                    assert!(is_toward_zero, "{fill:?} took a position of {before}");
                }
                books.cash += -fill.price.notional(delta) - fill.fee;
                if let Some(cloid) = fill.cloid {
                    *books.filled.entry(cloid).or_default() += fill.size;
                }
            }
            What::Funding { amount, .. } => self.books[id.0 as usize].cash += amount,
            What::Order { .. } | What::Liquidation { .. } => {}
        }
    }

    fn check_price(&self, id: AccountId, fill: &Fill) {
        let Some(cloid) = fill.cloid else {
            assert!(fill.liquidation.is_some());
            return;
        };
        let request = &self.requests[&(id, cloid)];
        match request.kind {
            OrderKind::Limit { price, .. } => {
                let is_within = match fill.side {
                    Side::Buy => fill.price <= price,
                    Side::Sell => fill.price >= price,
                };
                assert!(is_within, "{fill:?} is beyond {price}");
                assert!(fill.is_taker || fill.price == price);
            }
            OrderKind::Trigger { .. } => assert!(fill.is_taker && self.slippage >= Rate::ZERO),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn money_is_conserved_whatever_happens(config in settings(), steps in prop::collection::vec(step(), 1..120)) {
        let mut run = Run::new(config);
        for step in &steps {
            run.apply(step);
        }
    }

    #[test]
    fn a_restart_at_any_moment_changes_nothing(
        config in settings(),
        before in prop::collection::vec(step(), 1..60),
        after in prop::collection::vec(step(), 1..30),
    ) {
        let mut run = Run::new(config);
        for step in &before {
            run.apply(step);
        }
        let json = serde_json::to_string(&run.exchange).unwrap();
        let restored: Exchange = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&restored, &run.exchange);
        let mut again = Run {
            exchange: restored,
            books: run.books.clone(),
            requests: run.requests.clone(),
            ..Run { is_quoted: run.is_quoted, slippage: run.slippage, ..Run::new(crate::world::config()) }
        };
        (again.prices, again.now) = (run.prices, run.now);
        (again.last_cloid, again.last_trade) = (run.last_cloid, run.last_trade);
        for step in &after {
            run.apply(step);
            again.apply(step);
        }
        prop_assert_eq!(again.exchange, run.exchange);
    }
}

#[test]
fn the_random_runs_reach_everything() {
    let mut runner = TestRunner::deterministic();
    let runs = (settings(), prop::collection::vec(step(), 60..120));
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..300 {
        let (config, steps) = runs.new_tree(&mut runner).unwrap().current();
        let mut run = Run::new(config);
        for step in &steps {
            run.apply(step);
        }
        for (word, count) in run.seen {
            *seen.entry(word).or_default() += count;
        }
    }
    let wanted = [
        "taker",
        "maker",
        "funding",
        "liquidation",
        "backstop",
        "partial liquidation",
        "open",
        "triggered",
        "filled",
        "canceled",
        "marginCanceled",
        "reduceOnlyCanceled",
        "siblingFilledCanceled",
        "liquidatedCanceled",
        "rejected",
        "minTradeNtlRejected",
        "perpMarginRejected",
        "reduceOnlyRejected",
        "badAloPxRejected",
        "iocCancelRejected",
        "badTriggerPxRejected",
    ];
    let missing: Vec<&str> = wanted
        .into_iter()
        .filter(|word| !seen.contains_key(*word))
        .collect();
    assert_eq!(missing, Vec::<&str>::new(), "{seen:?}");
}
