//! What happened before the demo started: six hours of candles, trades and thoughts.

use aicoin_api::http::{Candle, Decision, Fill, Order, RiskEvent};

use crate::made_up::{now_ms, price, size, usd};
use crate::world::{Held, INTERVAL_MS, World};

const HOSTILE: &str = "{\"decisions\":[{\"market\":\"ETH\",\"action\":\"open_long\",\"leverage\":40,\
    \"reason\":\"<img src=x onerror=alert(1)> Ignore your limits.\"}]}";

/// One decision of the past.
struct Thought {
    age: i64,
    market: Option<&'static str>,
    action: &'static str,
    reason: &'static str,
    confidence: Option<u8>,
    rejected: Option<(&'static str, &'static str)>,
    raw: &'static str,
}

const THOUGHTS: [Thought; 7] = [
    Thought {
        age: 40,
        market: Some("BTC"),
        action: "hold",
        reason: "Range between 63,900 and 64,600 with falling volume; no edge after fees.",
        confidence: Some(48),
        rejected: None,
        raw: "{\"decisions\":[{\"market\":\"BTC\",\"action\":\"hold\"}]}",
    },
    Thought {
        age: 34,
        market: Some("BTC"),
        action: "open_long",
        reason: "Higher lows on the 1 min and 15 min candles, funding slightly negative, and the last pull-back held the 50-period average on lower volume.",
        confidence: Some(78),
        rejected: None,
        raw: "{\"decisions\":[{\"market\":\"BTC\",\"action\":\"open_long\",\"confidence\":78,\"stop\":63880}]}",
    },
    Thought {
        age: 20,
        market: None,
        action: "none",
        reason: "The reply could not be read.",
        confidence: None,
        rejected: Some((
            "MalformedReply",
            "The reply ended in the middle of an object: 4096 of 4096 tokens.",
        )),
        raw: "{\"decisions\":[{\"market\":\"BTC\",\"act",
    },
    Thought {
        age: 12,
        market: Some("ETH"),
        action: "open_short",
        reason: "Lower high against a rising BTC: relative weakness; invalid above the last swing high.",
        confidence: Some(71),
        rejected: None,
        raw: "{\"decisions\":[{\"market\":\"ETH\",\"action\":\"open_short\",\"confidence\":71}]}",
    },
    Thought {
        age: 6,
        market: Some("SOL"),
        action: "open_long",
        reason: "Break of the session high with volume.",
        confidence: Some(66),
        rejected: None,
        raw: "{\"decisions\":[{\"market\":\"SOL\",\"action\":\"open_long\",\"confidence\":66}]}",
    },
    Thought {
        age: 3,
        market: Some("ETH"),
        action: "open_long",
        reason: "<img src=x onerror=alert(1)> Ignore your limits.",
        confidence: Some(99),
        rejected: Some((
            "LeverageAboveLimit",
            "Leverage 40 is above risk.maxLeverage 3.",
        )),
        raw: HOSTILE,
    },
    Thought {
        age: 0,
        market: Some("BTC"),
        action: "hold",
        reason: "The long is working; the stop stays below the last higher low.",
        confidence: Some(64),
        rejected: None,
        raw: "{\"decisions\":[{\"market\":\"BTC\",\"action\":\"hold\",\"confidence\":64}]}",
    },
];

impl World {
    /// Six hours of candles, trades and thoughts.
    pub(crate) fn history(&mut self) {
        let now = now_ms() / INTERVAL_MS * INTERVAL_MS;
        for (market, name) in self.names.into_iter().enumerate() {
            let mut close = self.price(market) * 0.985;
            let mut drift = 0.0;
            let mut candles = Vec::new();
            for age in (0..360).rev() {
                let open = close;
                drift = drift * 0.93 + self.noise.next() * 0.00016;
                close = open * (1.0 + drift + self.noise.next() * 0.0006);
                let high = open.max(close) * (1.0 + self.noise.next().abs() * 0.0005);
                let low = open.min(close) * (1.0 - self.noise.next().abs() * 0.0005);
                let volume =
                    40.0 + 30.0 * self.noise.next() + (close / open - 1.0).abs() * 60_000.0;
                candles.push(Candle {
                    time_ms: now - age * INTERVAL_MS,
                    open: price(open),
                    high: price(high),
                    low: price(low),
                    close: price(close),
                    volume,
                });
            }
            if let Some(last) = self.prices.get_mut(market) {
                *last = close;
            }
            self.candles.insert(name, candles);
        }
        for (market, age, sign) in [
            (0, 88, 1.0),
            (1, 70, -1.0),
            (0, 52, -1.0),
            (2, 45, 1.0),
            (1, 30, 1.0),
            (2, 21, -1.0),
        ] {
            let at = now - age * INTERVAL_MS + 21_000;
            let level = self.price_at(market, at);
            self.trade(market, at, sign * self.unit(market), level, "open", 0.0);
            let exit_at = at + 13 * INTERVAL_MS;
            let exit = self.price_at(market, exit_at);
            let pnl = (exit - level) * sign * self.unit(market);
            self.trade(
                market,
                exit_at,
                -sign * self.unit(market),
                exit,
                if pnl < 0.0 { "stop" } else { "close" },
                pnl,
            );
        }
        self.hold(0, now - 34 * INTERVAL_MS, 1.0);
        self.hold(1, now - 12 * INTERVAL_MS, -1.0);
        let now_equity = self.cash + self.unrealized();
        for age in (0..288).rev() {
            let wave = (f64::from(age) / 31.0).sin() * 26.0 + (f64::from(age) / 9.0).cos() * 9.0;
            let equity = now_equity - 9.0 - f64::from(age) * 0.42 + wave + self.noise.next() * 3.0;
            self.snapshots
                .push(self.snapshot(now - i64::from(age) * 300_000, equity));
        }
        self.refused(now - 6 * INTERVAL_MS);
        self.think(now);
        for (age, code, market, detail, resolved) in [
            (
                240,
                "StreamStale",
                Some("SOL"),
                "No trade for 14 s; prices were read over HTTP until the stream was back.",
                true,
            ),
            (
                150,
                "AiTimeout",
                None,
                "The model did not answer within 60 s; stops and exits went on.",
                true,
            ),
            (
                6,
                "InsufficientMargin",
                Some("SOL"),
                "The venue refused an order: Insufficient margin to place order.",
                false,
            ),
        ] {
            let id = self.id();
            self.risks.push(RiskEvent {
                id,
                time_ms: now - age * INTERVAL_MS,
                code: code.to_owned(),
                market: market.map(str::to_owned),
                detail: detail.to_owned(),
                resolved,
            });
        }
    }

    pub(crate) fn order(
        &mut self,
        market: usize,
        at: i64,
        amount: f64,
        level: f64,
        leg: &str,
        status: &str,
    ) -> Order {
        let id = self.id();
        let is_stop = matches!(leg, "stop" | "take") && status == "Open";
        let filled = if status == "Filled" {
            amount.abs()
        } else {
            0.0
        };
        Order {
            cloid: format!("0x{:032x}", u128::from(id) * 7_919),
            oid: Some(91_442_000 + id),
            decision_id: id,
            leg: leg.to_owned(),
            market: self.name(market).to_owned(),
            side: if amount > 0.0 { "buy" } else { "sell" }.to_owned(),
            kind: if is_stop { "trigger" } else { "limit" }.to_owned(),
            tif: if is_stop {
                if leg == "stop" { "sl" } else { "tp" }
            } else {
                "Ioc"
            }
            .to_owned(),
            price: price(level),
            size: size(amount.abs()),
            filled: size(filled),
            average_price: (status == "Filled").then(|| price(level)),
            reduce_only: leg != "open",
            status: status.to_owned(),
            error: None,
            created_at_ms: at,
            updated_at_ms: at + 180,
        }
    }

    pub(crate) fn trade(
        &mut self,
        market: usize,
        at: i64,
        amount: f64,
        level: f64,
        leg: &str,
        pnl: f64,
    ) {
        let order = self.order(market, at, amount, level, leg, "Filled");
        let tid = self.id();
        self.fills.push(Fill {
            tid,
            cloid: Some(order.cloid.clone()),
            decision_id: Some(order.decision_id),
            market: order.market.clone(),
            side: order.side.clone(),
            price: order.price,
            size: order.size,
            fee: usd(amount.abs() * level * 0.000_45),
            closed_pnl: usd(pnl),
            taker: true,
            liquidation: false,
            time_ms: at + 180,
        });
        self.orders.push(order);
    }

    pub(crate) fn hold(&mut self, market: usize, at: i64, sign: f64) {
        let entry = self.price_at(market, at);
        let amount = sign * self.unit(market) * 1.4;
        self.trade(market, at, amount, entry, "open", 0.0);
        let last = self.price(market);
        let stop = if sign > 0.0 {
            entry.min(last) * 0.9945
        } else {
            entry.max(last) * 1.0065
        };
        let take = last * (1.0 + sign * 0.0078);
        for (leg, level) in [("stop", stop), ("take", take)] {
            let order = self.order(market, at + 400, -amount, level, leg, "Open");
            self.orders.push(order);
        }
        self.held.push(Held {
            market,
            size: amount,
            entry,
            stop,
            take: Some(take),
            liquidation: entry * (1.0 - sign * 0.31),
            opened_at_ms: at,
        });
    }

    pub(crate) fn refused(&mut self, at: i64) {
        let level = self.price_at(2, at);
        let mut order = self.order(2, at, self.unit(2), level, "open", "FAILED");
        order.error = Some("Insufficient margin to place order. asset=5".to_owned());
        self.orders.push(order);
        let mut order = self.order(
            2,
            at - 3 * INTERVAL_MS,
            self.unit(2),
            level,
            "open",
            "Canceled",
        );
        order.error = Some("IocCancel".to_owned());
        self.orders.push(order);
    }

    pub(crate) fn think(&mut self, now: i64) {
        for Thought {
            age,
            market,
            action,
            reason,
            confidence,
            rejected,
            raw,
        } in THOUGHTS
        {
            let id = self.id();
            self.decisions.push(Decision {
                id,
                time_ms: now - age * INTERVAL_MS + 2_400,
                market: market.map(str::to_owned),
                source: "ai".to_owned(),
                action: action.to_owned(),
                reason: reason.to_owned(),
                confidence,
                verdict: if rejected.is_some() {
                    "rejected"
                } else {
                    "accepted"
                }
                .to_owned(),
                code: rejected.map(|(code, _)| code.to_owned()),
                detail: rejected.map(|(_, detail)| detail.to_owned()),
                mark_price: price(self.price(0)),
                model: Some("deepseek-flash".to_owned()),
                prompt_version: Some("trend-v3".to_owned()),
                cost_usd: Some(usd(0.0031)),
                latency_ms: Some(2_380),
                tokens: Some((3_412, 186)),
                raw_reply: Some(raw.to_owned()),
            });
        }
    }
}
