//! A small exchange with two markets, and short words for what tests do with it.

use aicoin_domain::{
    AccountId, Cloid, Fill, Leverage, LiquidationKind, MarginTiers, MarketId, MarketRules,
    OrderKind, OrderRequest, Price, Rate, Refusal, Side, Size, Tif, TimeMs, TpSl, Usd,
};
use aicoin_paper::{Answer, Event, Exchange, ExchangeConfig, Fees, OrderState, Quote, Range, What};

/// 3 decimals of size, 40x up to 150 million, cross allowed.
pub(crate) const BTC: MarketId = MarketId(0);
/// 1 decimal of size, 10x, isolated only.
pub(crate) const ODD: MarketId = MarketId(1);

pub(crate) fn price(text: &str) -> Price {
    text.parse().unwrap()
}

pub(crate) fn size(text: &str) -> Size {
    text.parse().unwrap()
}

pub(crate) fn usd(text: &str) -> Usd {
    text.parse().unwrap()
}

pub(crate) fn rate(text: &str) -> Rate {
    text.parse().unwrap()
}

pub(crate) fn config() -> ExchangeConfig {
    ExchangeConfig {
        markets: vec![
            MarketRules {
                sz_decimals: 3,
                tiers: MarginTiers::two(
                    Leverage::new(40),
                    Usd::from_whole(150_000_000),
                    Leverage::new(20),
                ),
                only_isolated: false,
            },
            MarketRules {
                sz_decimals: 1,
                tiers: MarginTiers::flat(Leverage::new(10)),
                only_isolated: true,
            },
        ],
        fees: Fees {
            taker: rate("0.00045"),
            maker: rate("0.00015"),
        },
        slippage: Rate::ZERO,
        funding: true,
    }
}

/// One exchange, one account with 10,000 USD, and a clock that each step moves by a second.
pub(crate) struct World {
    pub(crate) exchange: Exchange,
    pub(crate) account: AccountId,
    pub(crate) now: TimeMs,
    pub(crate) last: u128,
}

pub(crate) fn world() -> World {
    world_with(config())
}

/// No fees: for round numbers.
pub(crate) fn free_world() -> World {
    world_with(ExchangeConfig {
        fees: Fees::default(),
        ..config()
    })
}

pub(crate) fn world_with(config: ExchangeConfig) -> World {
    let mut exchange = Exchange::new(config);
    let account = exchange.open_account(Usd::from_whole(10_000));
    World {
        exchange,
        account,
        now: TimeMs(1_000_000),
        last: 0,
    }
}

impl World {
    fn tick(&mut self) {
        self.now = TimeMs(self.now.0 + 1_000);
    }

    /// A flat quote with endless depth.
    pub(crate) fn flat(&mut self, market: MarketId, at: &str) {
        self.quote(market, Quote::flat(price(at)));
    }

    /// Bid and ask with that much on each side; mark and oracle in the middle.
    pub(crate) fn book(&mut self, bid: &str, ask: &str, depth: &str) {
        let (bid, ask) = (price(bid), price(ask));
        let middle = Price::from_units((bid.units() + ask.units()) / 2);
        let depth = size(depth);
        self.quote(
            BTC,
            Quote {
                bid,
                ask,
                bid_size: depth,
                ask_size: depth,
                mark: middle,
                oracle: middle,
            },
        );
    }

    pub(crate) fn quote(&mut self, market: MarketId, quote: Quote) {
        self.tick();
        self.exchange.on_quote(self.now, market, quote);
        self.exchange.check_conservation();
    }

    pub(crate) fn open(&mut self, at: &str) {
        self.tick();
        self.exchange.on_open(self.now, BTC, price(at));
    }

    /// Open, high, low, close.
    pub(crate) fn range(&mut self, [open, high, low, close]: [&str; 4]) {
        self.tick();
        let bar = Range {
            open: price(open),
            high: price(high),
            low: price(low),
            close: price(close),
        };
        self.exchange.on_range(self.now, BTC, bar);
        self.exchange.check_conservation();
    }

    pub(crate) fn request(
        &mut self,
        market: MarketId,
        side: Side,
        amount: &str,
        kind: OrderKind,
    ) -> OrderRequest {
        self.last += 1;
        OrderRequest {
            cloid: Cloid(self.last),
            market,
            side,
            size: size(amount),
            kind,
            reduce_only: false,
        }
    }

    pub(crate) fn submit(&mut self, request: &OrderRequest) -> Answer {
        let answer = self.exchange.submit(self.now, self.account, request, None);
        self.exchange.check_conservation();
        answer
    }

    /// A market order: immediate, half of the price beyond the best.
    pub(crate) fn market(&mut self, side: Side, amount: &str) -> Answer {
        self.market_in(BTC, side, amount)
    }

    pub(crate) fn market_in(&mut self, market: MarketId, side: Side, amount: &str) -> Answer {
        let mark = self.exchange.mark(market);
        let beyond = rate(if side == Side::Buy { "0.5" } else { "-0.5" });
        let limit = self
            .exchange
            .rules(market)
            .unwrap()
            .nearest_price(mark.scaled(beyond));
        let request = self.request(
            market,
            side,
            amount,
            OrderKind::Limit {
                price: limit,
                tif: Tif::Ioc,
            },
        );
        self.submit(&request)
    }

    pub(crate) fn limit(&mut self, side: Side, amount: &str, at: &str, tif: Tif) -> Answer {
        let request = self.request(
            BTC,
            side,
            amount,
            OrderKind::Limit {
                price: price(at),
                tif,
            },
        );
        self.submit(&request)
    }

    /// A reduce-only limit order.
    pub(crate) fn reduce(&mut self, side: Side, amount: &str, at: &str, tif: Tif) -> Answer {
        let kind = OrderKind::Limit {
            price: price(at),
            tif,
        };
        let request = OrderRequest {
            reduce_only: true,
            ..self.request(BTC, side, amount, kind)
        };
        self.submit(&request)
    }

    /// A stop-loss or take-profit.
    pub(crate) fn trigger(&mut self, side: Side, amount: &str, at: &str, kind: TpSl) -> Answer {
        let kind = OrderKind::Trigger {
            trigger: price(at),
            kind,
        };
        let request = OrderRequest {
            reduce_only: true,
            ..self.request(BTC, side, amount, kind)
        };
        self.submit(&request)
    }

    /// The id of the order that was sent last.
    pub(crate) fn last_cloid(&self) -> Cloid {
        Cloid(self.last)
    }

    pub(crate) fn position(&self) -> Size {
        self.exchange.position_size(self.account, BTC)
    }

    pub(crate) fn equity(&self) -> Usd {
        self.exchange.equity(self.account)
    }

    pub(crate) fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.exchange.poll_event()).collect()
    }

    /// Drops the events so far.
    pub(crate) fn forget(&mut self) {
        self.events();
    }

    pub(crate) fn fills(&mut self) -> Vec<Fill> {
        self.events()
            .into_iter()
            .filter_map(|event| {
                if let What::Fill(fill) = event.what {
                    Some(fill)
                } else {
                    None
                }
            })
            .collect()
    }

    /// The events as short sentences.
    pub(crate) fn story(&mut self) -> Vec<String> {
        self.events()
            .iter()
            .map(|event| sentence(&event.what))
            .collect()
    }

    pub(crate) fn state(&self, cloid: u128) -> Option<OrderState> {
        self.exchange
            .order_status(self.account, Cloid(cloid))
            .map(|report| report.state)
    }

    pub(crate) fn open_orders(&self) -> Vec<(u128, Size)> {
        self.exchange
            .open_orders(self.account)
            .map(|order| (order.request.cloid.0, order.remaining))
            .collect()
    }
}

pub(crate) fn sentence(what: &What) -> String {
    match what {
        What::Fill(fill) => {
            let liquidation = match fill.liquidation {
                Some(LiquidationKind::Market) => " by liquidation",
                Some(LiquidationKind::Backstop) => " by the backstop",
                None => "",
            };
            let role = if fill.is_taker { "taker" } else { "maker" };
            format!(
                "{} {} at {} as {role}{liquidation}",
                fill.side.as_str(),
                fill.size,
                fill.price
            )
        }
        What::Order {
            cloid,
            state,
            filled,
            ..
        } => format!("order {} {} {filled}", cloid.0, state.as_str()),
        What::Funding { amount, .. } => format!("funding {amount}"),
        What::Liquidation { size, left, .. } => format!("liquidated {size}, left {left}"),
    }
}

pub(crate) fn refused(words: &str) -> Answer {
    Answer::Refused(Refusal(words.to_string()))
}
