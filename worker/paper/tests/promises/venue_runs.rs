//! Random markets and random actions of the venue's whole vocabulary: after every one the books and the families are right.

use std::collections::{BTreeMap, BTreeSet};

use aicoin_domain::{
    AccountId, Cloid, MarketId, OrderId, OrderKind, Price, Rate, Side, Size, Tif, TpSl, Usd,
};
use aicoin_paper::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::venue_steps::{ACCOUNTS, Step, Wish, levels, step};
use crate::world::{BTC, config, world_with};

const DEPOSIT: Usd = Usd::from_whole(10_000);

/// An account kept by the test from events alone.
#[derive(Clone, Debug, Default)]
struct Books {
    cash: Usd,
    size: Size,
    live: BTreeMap<OrderId, Size>,
}

struct Run {
    exchange: Exchange,
    books: Vec<Books>,
    price: Price,
    now: aicoin_domain::TimeMs,
    last_cloid: u128,
    is_quoted: bool,
    seen: BTreeSet<&'static str>,
}

impl Run {
    fn new(levels: u8) -> Self {
        let mut exchange = world_with(config()).exchange;
        exchange.set_book_levels(levels);
        exchange.open_account(DEPOSIT);
        let books = Books {
            cash: DEPOSIT,
            ..Books::default()
        };
        let mut run = Self {
            exchange,
            books: vec![books; 2],
            price: Price::from_whole(50_000),
            now: aicoin_domain::TimeMs(1_000),
            last_cloid: 0,
            is_quoted: true,
            seen: BTreeSet::new(),
        };
        run.apply(&Step::Quote {
            move_bps: 0,
            spread: 1,
            depth: 300,
            mark_bps: 0,
        });
        run
    }

    fn order(&mut self, wish: &Wish) -> NewOrder {
        let rules = *self.exchange.rules(BTC).unwrap();
        let mark = self.exchange.mark(BTC);
        let at = |bps: i64| rules.nearest_price(mark.scaled(Rate::from_bps(bps)));
        let limit = |tif| (at(wish.offset_bps), NewKind::Limit(tif), wish.reduce_only);
        let trigger = |kind: TpSl, is_market: bool| {
            let falls = (wish.side == Side::Sell) == (kind == TpSl::Sl);
            let bps = if falls {
                -wish.trigger_bps
            } else {
                wish.trigger_bps
            };
            let kind = NewKind::Trigger {
                trigger: at(bps),
                kind,
                is_market,
            };
            (at(bps + wish.offset_bps), kind, true)
        };
        let (price, kind, reduce_only) = match wish.kind {
            0 | 1 => limit(Tif::Gtc),
            2 => limit(Tif::Ioc),
            3 => limit(Tif::Alo),
            4 => trigger(TpSl::Sl, true),
            5 => trigger(TpSl::Tp, true),
            6 => trigger(TpSl::Sl, false),
            _ => trigger(TpSl::Tp, false),
        };
        let cloid = wish.has_cloid.then(|| {
            self.last_cloid += 1;
            Cloid(self.last_cloid)
        });
        NewOrder {
            cloid,
            market: BTC,
            side: wish.side,
            size: Size::from_units(wish.lots * rules.lot().units()),
            price,
            reduce_only,
            kind,
        }
    }

    /// The wishes bent into the shape of their group, and onto the side that reduces where they must.
    fn bend(&self, id: AccountId, wishes: &mut [Wish], grouping: Grouping) {
        let position = self.exchange.position_size(id, BTC);
        let reducing = Side::of_position(position).map_or(Side::Sell, Side::opposite);
        match grouping {
            Grouping::Na => {
                for wish in wishes {
                    if wish.kind > 3 || wish.reduce_only {
                        wish.side = reducing;
                    }
                }
            }
            Grouping::NormalTpsl => {
                if let Some((main, children)) = wishes.split_first_mut() {
                    main.kind %= 4;
                    main.reduce_only = false;
                    for child in children {
                        child.kind = 4 + child.kind % 4;
                        child.side = main.side.opposite();
                        child.trigger_bps += 130;
                    }
                }
            }
            Grouping::PositionTpsl => {
                for wish in wishes {
                    wish.kind = 4 + wish.kind % 4;
                    wish.side = reducing;
                    wish.lots /= 2;
                }
            }
        }
    }

    fn pick(&self, id: AccountId, pick: usize) -> Option<OrderRef> {
        let open = self.exchange.open_orders(id);
        let all: Vec<OpenOrder> = open.chain(self.exchange.waiting_children(id)).collect();
        let order = all.get(pick % all.len().max(1))?;
        Some(match order.cloid() {
            Some(cloid) if pick.is_multiple_of(2) => OrderRef::Cloid(cloid),
            _ => OrderRef::Oid(order.oid),
        })
    }

    #[allow(clippy::too_many_lines, reason = "one arm per kind of step")]
    fn apply(&mut self, step: &Step) {
        self.now.0 += 5_000;
        let now = self.now;
        match step {
            Step::Quote {
                move_bps,
                spread,
                depth,
                mark_bps,
            } => {
                let rules = *self.exchange.rules(BTC).unwrap();
                let moved = self.price.scaled(Rate::from_bps(*move_bps));
                self.price = moved.clamp(Price::from_whole(30_000), Price::from_whole(80_000));
                let bid = rules.price_below(self.price);
                let lots = Size::from_units(depth * rules.lot().units() + 7);
                let tick = rules.tick(bid).units();
                let quote = Quote {
                    bid,
                    ask: rules.price_above(Price::from_units(bid.units() + spread * tick)),
                    bid_size: lots,
                    ask_size: lots,
                    mark: rules.nearest_price(self.price.scaled(Rate::from_bps(*mark_bps))),
                    oracle: self.price,
                };
                self.is_quoted = true;
                self.exchange.on_quote(now, BTC, quote);
            }
            Step::Bar { moves_bps } => {
                let open = self.price;
                let high = open.scaled(Rate::from_bps(moves_bps[0].abs()));
                let low = open.scaled(Rate::from_bps(-moves_bps[1].abs()));
                let close = open.scaled(Rate::from_bps(moves_bps[2])).clamp(low, high);
                self.price = close;
                self.is_quoted = false;
                self.exchange.on_open(now, BTC, open);
                let bar = Range {
                    open,
                    high,
                    low,
                    close,
                };
                self.exchange.on_range(now, BTC, bar);
            }
            Step::Place {
                account,
                orders,
                grouping,
                is_sane,
            } => self.place(AccountId(*account), orders, *grouping, *is_sane),
            Step::Modify {
                account,
                pick,
                wish,
                always,
            } => {
                let id = AccountId(*account);
                let new = self.order(wish);
                if let Some(old) = self.pick(id, *pick) {
                    match self.exchange.modify(now, id, old, &new, *always, None) {
                        Ok(_) => self.see("modified"),
                        Err(words) if words.0.starts_with(MODIFY_FAILED) => {
                            self.see("modify failed");
                        }
                        Err(_) => self.see("not modified"),
                    }
                }
            }
            Step::Cancel { account, pick } => {
                let id = AccountId(*account);
                if let Some(order) = self.pick(id, *pick) {
                    let oid = self.exchange.cancel_order(now, id, order).unwrap();
                    let report = self.exchange.order_by_oid(id, oid).unwrap();
                    assert_eq!(report.state, OrderState::Canceled);
                    assert_eq!(self.exchange.open_order(id, order), None);
                }
            }
            Step::CancelAll { account } => {
                let id = AccountId(*account);
                self.exchange
                    .cancel_all(now, id, OrderState::ScheduledCancel);
                assert_eq!(self.exchange.open_orders(id).count(), 0);
                assert_eq!(self.exchange.waiting_children(id).count(), 0);
            }
            Step::Transfer { account, dollars } => {
                let amount = Usd::from_whole(i128::from(*dollars));
                let (from, to) = (AccountId(*account), AccountId(1 - account));
                if self.exchange.transfer(from, to, amount).is_ok() {
                    self.books[from.0 as usize].cash += -amount;
                    self.books[to.0 as usize].cash += amount;
                    self.see("transferred");
                }
            }
            Step::Withdraw { account, dollars } => {
                let amount = Usd::from_whole(i128::from(*dollars));
                let id = AccountId(*account);
                let before = self.exchange.account(id).withdrawable;
                let is_paid = self.exchange.withdraw(id, amount).is_ok();
                assert_eq!(is_paid, amount.is_positive() && amount <= before);
                if is_paid {
                    self.books[id.0 as usize].cash += -amount;
                }
            }
            Step::Funding { units } => {
                let rate = Rate::from_units(*units);
                self.exchange.apply_funding(now, BTC, rate);
            }
        }
        self.check();
    }

    fn place(&mut self, id: AccountId, wishes: &[Wish], grouping: Grouping, is_sane: bool) {
        let mut wishes = wishes.to_vec();
        if is_sane {
            self.bend(id, &mut wishes, grouping);
        }
        let orders: Vec<NewOrder> = wishes.iter().map(|wish| self.order(wish)).collect();
        let (now, before) = (self.now, self.exchange.clone());
        match self.exchange.place_all(now, id, &orders, grouping, None) {
            Err(words) => {
                assert!(!words.0.is_empty());
                // Refused as a whole: nothing happened.
                assert_eq!(self.exchange, before);
                self.see("refused whole");
            }
            Ok(answers) => {
                assert_eq!(answers.len(), orders.len());
                for (order, answer) in orders.iter().zip(&answers) {
                    self.check_answer(id, order, answer);
                }
            }
        }
    }

    fn check_answer(&mut self, id: AccountId, order: &NewOrder, answer: &Placed) {
        let (oid, word) = match answer {
            Placed::Resting { oid } => (*oid, "resting"),
            Placed::Filled { oid, .. } => (*oid, "filled at once"),
            Placed::WaitingForFill { oid } => (*oid, "waiting for fill"),
            Placed::WaitingForTrigger { oid } => (*oid, "waiting for trigger"),
            Placed::Refused(words) => {
                assert!(!words.0.is_empty());
                return self.see("refused");
            }
        };
        self.see(word);
        let report = self.exchange.order_by_oid(id, oid).unwrap();
        assert_eq!((report.oid, report.cloid()), (oid, order.cloid));
        assert_eq!(report.limit_price(), order.price);
        if let Placed::Filled { size, average, .. } = answer {
            assert_eq!((report.filled, report.average()), (*size, *average));
        }
    }

    fn see(&mut self, word: &'static str) {
        self.seen.insert(word);
    }

    fn check(&mut self) {
        self.exchange.check_conservation();
        while let Some(event) = self.exchange.poll_event() {
            self.take(&event);
        }
        for index in 0..ACCOUNTS {
            let id = AccountId(index);
            let books = &self.books[index as usize];
            assert_eq!(self.exchange.position_size(id, BTC), books.size);
            let equity = books.cash + self.exchange.mark(BTC).notional(books.size);
            let view = self.exchange.account(id);
            assert_eq!((view.equity, self.exchange.equity(id)), (equity, equity));
            assert_eq!(
                view.deposits + view.realised + view.unrealised - view.fees + view.funding,
                equity
            );
            self.check_orders(id);
        }
    }

    fn check_orders(&self, id: AccountId) {
        let books = &self.books[id.0 as usize];
        let open: Vec<OpenOrder> = self.exchange.open_orders(id).collect();
        // What the events told is what there is.
        let told: Vec<(OrderId, Size)> = books.live.clone().into_iter().collect();
        let mut there: Vec<(OrderId, Size)> = open
            .iter()
            .map(|order| (order.oid, order.remaining))
            .collect();
        there.sort_unstable();
        let numbers = |list: &[(OrderId, Size)]| -> Vec<OrderId> {
            list.iter().map(|(oid, _)| *oid).collect()
        };
        assert_eq!(numbers(&told), numbers(&there));
        for order in &open {
            assert!(order.remaining.is_positive());
            if order.request.reduce_only {
                assert_eq!(
                    Side::of_position(books.size),
                    Some(order.request.side.opposite())
                );
            }
            if order.standing == Standing::Book {
                self.check_uncrossed(order);
            }
            if order.terms.link == (Link::Position { follows: true })
                && order.standing == Standing::WaitingForTrigger
            {
                assert_eq!(order.remaining, books.size.abs());
            }
        }
        for child in self.exchange.waiting_children(id) {
            let waits_for =
                |order: &OpenOrder| child.terms.link == Link::Child { parent: order.oid };
            assert!(open.iter().any(waits_for), "{child:?} waits for nobody");
        }
    }

    /// Nothing rests that the book crosses.
    fn check_uncrossed(&self, order: &OpenOrder) {
        let is_limit = matches!(order.request.kind, OrderKind::Limit { .. });
        if !self.is_quoted || !(is_limit || order.terms.is_limit) {
            return;
        }
        let book = self.exchange.book(BTC).unwrap();
        let price = order.limit_price();
        let is_crossed = match order.request.side {
            Side::Buy => book.asks.first().is_some_and(|best| price >= best.price),
            Side::Sell => book.bids.first().is_some_and(|best| price <= best.price),
        };
        assert!(!is_crossed, "{order:?} is crossed by {book:?}");
    }

    fn take(&mut self, event: &Event) {
        let id = event.account;
        match event.what {
            What::Fill(fill) => {
                let detail = event.detail.unwrap();
                let books = &mut self.books[id.0 as usize];
                assert_eq!(detail.start_position, books.size);
                let delta = fill.side.signed(fill.size);
                books.size += delta;
                books.cash += -fill.price.notional(delta) - fill.fee;
                let report = self.exchange.order_by_oid(id, fill.order);
                assert_eq!(report.is_none(), fill.liquidation.is_some());
                if let Some(report) = report {
                    assert_eq!(report.cloid(), fill.cloid);
                    let is_within = match fill.side {
                        Side::Buy => fill.price <= report.limit_price(),
                        Side::Sell => fill.price >= report.limit_price(),
                    };
                    assert!(is_within, "{fill:?} of {report:?}");
                    if report.request.reduce_only {
                        let after = self.books[id.0 as usize].size;
                        assert!(after.abs() < detail.start_position.abs());
                        assert!(after.is_zero() || after.is_positive() != delta.is_positive());
                    }
                }
                self.see(if fill.is_taker { "taker" } else { "maker" });
            }
            What::Order {
                oid,
                state,
                remaining,
                ..
            } => {
                let live = &mut self.books[id.0 as usize].live;
                if state.is_final() {
                    live.remove(&oid);
                    assert_eq!(remaining, Size::ZERO);
                } else {
                    live.insert(oid, remaining);
                }
                self.see(state.as_str());
            }
            What::Funding { amount, .. } => self.books[id.0 as usize].cash += amount,
            What::Liquidation { .. } => self.see("liquidation"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn books_and_families_are_right_whatever_happens(
        levels in levels(),
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut run = Run::new(levels);
        for step in &steps {
            run.apply(step);
        }
    }

    #[test]
    fn a_restart_in_the_middle_changes_nothing(
        levels in levels(),
        before in prop::collection::vec(step(), 1..60),
        after in prop::collection::vec(step(), 1..30),
    ) {
        let mut run = Run::new(levels);
        for step in &before {
            run.apply(step);
        }
        let json = serde_json::to_string(&run.exchange).unwrap();
        let restored: Exchange = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&restored, &run.exchange);
        let mut again = Run {
            exchange: restored,
            books: run.books.clone(),
            seen: BTreeSet::new(),
            ..run
        };
        for step in &after {
            run.apply(step);
            again.apply(step);
        }
        prop_assert_eq!(again.exchange, run.exchange);
    }
}

#[test]
fn the_random_runs_of_the_venue_reach_everything() {
    let mut runner = TestRunner::deterministic();
    let runs = (levels(), prop::collection::vec(step(), 60..120));
    let mut seen: BTreeSet<&'static str> = BTreeSet::new();
    for _ in 0..300 {
        let (levels, steps) = runs.new_tree(&mut runner).unwrap().current();
        let mut run = Run::new(levels);
        for step in &steps {
            run.apply(step);
        }
        seen.extend(run.seen);
    }
    let wanted = [
        "taker",
        "maker",
        "liquidation",
        "resting",
        "filled at once",
        "waiting for fill",
        "waiting for trigger",
        "refused",
        "refused whole",
        "modified",
        "modify failed",
        "not modified",
        "transferred",
        "open",
        "triggered",
        "filled",
        "canceled",
        "scheduledCancel",
        "marginCanceled",
        "reduceOnlyCanceled",
        "siblingFilledCanceled",
        "liquidatedCanceled",
        "marketOrderNoLiquidityRejected",
    ];
    let missing: Vec<&str> = wanted
        .into_iter()
        .filter(|word| !seen.contains(word))
        .collect();
    assert_eq!(missing, Vec::<&str>::new(), "{seen:?}");
}

#[test]
fn a_market_that_is_not_there_is_nobodys() {
    let run = Run::new(1);
    assert_eq!(run.exchange.book(MarketId(9)), None);
    assert_eq!(
        run.exchange.room(AccountId(0), MarketId(9), Side::Buy),
        None
    );
}
