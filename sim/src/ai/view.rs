//! Reading a bot's market view out of the prompt, as a model would. Pure.
//!
//! The prompt is text for a reader, so this is lenient: what it does not understand it leaves out, and a market of which
//! the prices cannot be read is no market.

use aicoin_domain::Price;

/// More markets than a bot may have.
const MARKETS_MAX: usize = 64;

/// What the prompt says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct View {
    /// The number that a reply must echo.
    pub(crate) id: u64,
    /// The most that one decision may risk, hundredths of a percent.
    pub(crate) risk_bps_max: u32,
    /// The highest leverage that the bot allows.
    pub(crate) leverage_max: u32,
    /// Below this confidence nothing opens.
    pub(crate) confidence_min: u8,
    /// The markets, in their order.
    pub(crate) markets: Vec<Market>,
}

/// One market.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Market {
    /// Its name.
    pub(crate) symbol: String,
    /// The distance between valid prices.
    pub(crate) tick: Price,
    /// The venue's highest leverage.
    pub(crate) leverage_max: u32,
    /// Mark price.
    pub(crate) mark: Price,
    /// Whether a position may be opened.
    pub(crate) may_open: bool,
    /// What is held.
    pub(crate) position: Option<Position>,
    /// The average true range, once there are enough candles.
    pub(crate) atr: Option<Price>,
    /// Oldest first.
    pub(crate) candles: Vec<Candle>,
}

/// A position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// Long, not short.
    pub(crate) is_long: bool,
    /// Where its stop is.
    pub(crate) stop: Option<Price>,
    /// Where profit is taken.
    pub(crate) take: Option<Price>,
    /// Since when, seconds.
    pub(crate) age_s: i64,
}

/// A candle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candle {
    /// How long ago it began, seconds.
    pub(crate) since_s: i64,
    pub(crate) high: Price,
    pub(crate) low: Price,
    pub(crate) close: Price,
}

impl View {
    /// The view in a user message; `None` when there is none in it.
    pub(crate) fn read(message: &str) -> Option<Self> {
        let mut view = Self {
            id: after(message, "\nview_id: ")?.parse().ok()?,
            risk_bps_max: number(message, "risk_bps_max: "),
            leverage_max: number(message, "leverage_max: "),
            confidence_min: number(message, "confidence_min_to_open: "),
            markets: Vec::new(),
        };
        let names = message
            .split_once("\nMARKETS: ")
            .map_or("", |(_, rest)| rest);
        for line in names.lines().skip(1).take(MARKETS_MAX) {
            let Some([symbol, tick, leverage]) = fields(line) else {
                break;
            };
            let section = message.split_once(&format!("\nMARKET {symbol}\n"));
            let Some((_, rest)) = section else { continue };
            let section = rest.split_once("\n\n").map_or(rest, |(section, _)| section);
            let market = Market {
                symbol: symbol.to_owned(),
                tick: price(tick).unwrap_or_default(),
                leverage_max: leverage.parse().unwrap_or(1),
                ..Market::default()
            };
            view.markets.extend(market.with(section));
        }
        Some(view)
    }
}

impl Market {
    /// This market with what its section says.
    fn with(mut self, section: &str) -> Option<Self> {
        self.mark = price(after(section, "mark ")?.split(',').next()?)?;
        self.may_open = section.lines().any(|line| line == "opening: allowed");
        self.position = after(section, "position: ").and_then(position);
        self.atr = after(section, "atr14 ").and_then(price);
        let candles = section
            .split_once("\ncandles, ")
            .map_or("", |(_, rest)| rest);
        self.candles = candles.lines().skip(1).filter_map(candle).collect();
        let is_sane = self.mark.is_positive() && self.tick.is_positive();
        is_sane.then_some(self)
    }

    /// The length of a candle, seconds.
    pub(crate) fn interval_s(&self) -> i64 {
        match self.candles.as_slice() {
            [.., before, last] => before.since_s.saturating_sub(last.since_s).max(1),
            _ => 60,
        }
    }
}

fn position(text: &str) -> Option<Position> {
    let is_long = text.starts_with("long");
    let is_short = text.starts_with("short");
    (is_long || is_short).then(|| Position {
        is_long,
        stop: value(text, ", stop ").and_then(price),
        take: value(text, ", take ").and_then(price),
        age_s: value(text, "held for ")
            .and_then(|text| text.trim_end_matches(" s").parse().ok())
            .unwrap_or(0),
    })
}

fn candle(line: &str) -> Option<Candle> {
    let [since, _, high, low, close, _] = fields(line)?;
    Some(Candle {
        since_s: since.parse().ok()?,
        high: price(high)?,
        low: price(low)?,
        close: price(close)?,
    })
}

/// The fields of a line, when there are exactly so many.
fn fields<const N: usize>(line: &str) -> Option<[&str; N]> {
    let fields: Vec<&str> = line.split(", ").collect();
    fields.try_into().ok()
}

/// The rest of the line behind a mark.
fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.split_once(mark)?.1.lines().next()
}

/// What stands between a mark and the next comma.
fn value<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.split_once(mark)?.1.split(',').next()
}

fn number<T: core::str::FromStr + Default>(text: &str, mark: &str) -> T {
    after(text, mark)
        .and_then(|text| text.parse().ok())
        .unwrap_or_default()
}

fn price(text: &str) -> Option<Price> {
    Price::parse_rounded(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a bot wrote.
    const PROMPT: &str = include_str!("../../../worker/ai/golden/prompt.txt");

    fn p(text: &str) -> Price {
        text.parse().unwrap()
    }

    #[test]
    fn the_prompt_of_a_bot_is_read_whole() {
        let user = PROMPT.split_once("=== user ===\n").unwrap().1;
        let view = View::read(user).unwrap();
        assert_eq!((view.id, view.risk_bps_max), (42, 50));
        assert_eq!((view.leverage_max, view.confidence_min), (3, 60));
        let [btc, eth] = view.markets.as_slice() else {
            panic!("{view:?}")
        };
        assert_eq!(
            (btc.symbol.as_str(), btc.tick, btc.leverage_max, btc.mark),
            ("BTC", p("1"), 40, p("46319"))
        );
        assert_eq!(
            (btc.may_open, btc.position, btc.atr),
            (true, None, Some(p("59.8")))
        );
        assert_eq!((btc.candles.len(), btc.interval_s()), (30, 180));
        assert_eq!(
            btc.candles.last(),
            Some(&Candle {
                since_s: 180,
                high: p("46385"),
                low: p("46335"),
                close: p("46365"),
            })
        );
        assert_eq!(
            (eth.symbol.as_str(), eth.may_open, eth.atr),
            ("ETH", false, None)
        );
        let short = Position {
            is_long: false,
            stop: Some(p("3080.5")),
            take: None,
            age_s: 3600,
        };
        assert_eq!((eth.position, eth.candles.len()), (Some(short), 3));
    }

    #[test]
    fn what_is_no_view_is_none() {
        for text in ["", "Say hello.", "\nview_id: x\n"] {
            assert_eq!(View::read(text), None, "{text:?}");
        }
        let cut = "LIMITS\n\nMARKETS: symbol\nBTC, 1, 40\n\nVIEW\nview_id: 7\n\nMARKET BTC\nbid 1";
        assert_eq!(View::read(cut).unwrap().markets, []);
    }
}
