//! What the venue answers over HTTP: the account as it is, and what became of orders.

use aicoin_core::SendResult;
use aicoin_domain::{Fill, MarketRules, Size};
use aicoin_venue::fuzz::{QUESTIONS, Reply, action, reply};

use super::first_line;
use super::socket_frame::sound_fill;
use crate::signature::Signature;

pub(super) fn check(input: &[u8], signature: Signature) -> Signature {
    let (line, body) = first_line(input);
    if let Some(status) = line.strip_prefix("exchange ") {
        let results = action(status.parse().unwrap_or(200), body);
        return results.iter().fold(signature, result);
    }
    // A first line that no question is asks the first one.
    let question = QUESTIONS
        .into_iter()
        .find(|question| *question == line)
        .unwrap_or("clearinghouseState");
    match reply(question, body) {
        Ok(said) => sound(&said, signature.add(question)),
        Err(why) => signature.add(question).add(why),
    }
}

fn result(signature: Signature, result: &SendResult) -> Signature {
    match result {
        SendResult::Resting { .. } => signature.add("resting"),
        SendResult::Filled { size, .. } => {
            assert!(!size.is_negative(), "{size}");
            signature.add("filled")
        }
        SendResult::Refused(refusal) => {
            let words = &refusal.0;
            assert!(words.len() <= 600, "{} bytes", words.len());
            signature.add("refused")
        }
        SendResult::NoAnswer => signature.add("no answer"),
        SendResult::Canceled => signature.add("canceled"),
        SendResult::NothingToCancel => signature.add("nothing to cancel"),
    }
}

fn sound(said: &Reply, signature: Signature) -> Signature {
    match said {
        Reply::Account(time, cash, positions) => {
            for position in positions {
                assert!(!position.size.is_zero());
            }
            signature.add(format_args!(
                "{} {} {}",
                time.is_some(),
                cash.is_some(),
                positions.len()
            ))
        }
        Reply::Orders(orders) => {
            for (order, gone) in orders {
                assert!(
                    !order.size.is_negative() && !gone.is_negative(),
                    "{order:?}"
                );
            }
            signature.add(orders.len())
        }
        Reply::Fills(fills, filled) => {
            sound_fills(fills, *filled);
            signature.add(fills.len())
        }
        Reply::Order(order) => {
            if let Some((_, _, gone)) = order {
                assert!(!gone.is_negative(), "{gone}");
            }
            signature.add(format_args!("{:?}", order.map(|(update, _, _)| update)))
        }
        Reply::Markets(markets) => {
            markets
                .iter()
                .for_each(|(name, rules)| sound_rules(name, rules));
            signature.add(markets.len())
        }
        Reply::Candles(candles) => {
            for candle in candles {
                assert!(
                    candle.low.is_positive() && candle.low <= candle.high,
                    "{candle:?}"
                );
                assert!(candle.volume.is_finite(), "{candle:?}");
            }
            signature.add(candles.len())
        }
        Reply::RateLimit(_) | Reply::Other(_) => signature,
    }
}

fn sound_fills(fills: &[Fill], filled: Size) {
    fills.iter().for_each(sound_fill);
    assert!(
        fills.is_sorted_by_key(|fill| fill.time),
        "not in the order of time"
    );
    assert!(!filled.is_negative(), "{filled}");
}

fn sound_rules(name: &str, rules: &MarketRules) {
    assert!(!name.is_empty());
    assert!(u32::from(rules.sz_decimals) <= Size::DECIMALS);
    let tiers: Vec<_> = rules.tiers.iter().collect();
    assert!(
        tiers.is_sorted_by_key(|tier| tier.lower_bound),
        "{name}: tiers do not rise"
    );
    assert!(tiers.iter().all(|tier| tier.max_leverage.times() >= 1));
}
