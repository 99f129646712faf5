//! What the venue lists, and what somebody else left on the account.

use aicoin_core::{Action, Input, Leg, OpenOrderTruth, Output, Quote};
use aicoin_domain::{
    Desired, Leverage, MarginTiers, MarketId, MarketRules, OrderId, Price, Reason, Side, Size,
};

use crate::rig::{BTC, Rig};

const SOL: MarketId = MarketId(2);

fn rules(sz_decimals: u8) -> MarketRules {
    MarketRules {
        sz_decimals,
        tiers: MarginTiers::flat(Leverage::new(10)),
        only_isolated: false,
    }
}

fn listing(market: MarketId, name: &str, sz_decimals: u8) -> Input {
    Input::Listing {
        market,
        name: name.into(),
        rules: rules(sz_decimals),
    }
}

#[test]
fn the_venues_rules_replace_those_that_were_assumed() {
    let mut rig = Rig::new();
    rig.tell(listing(BTC, "BTC", 2));
    let listed = &rig.bot.config().markets[BTC.index()];
    assert_eq!((listed.rules, listed.retired), (rules(2), false));
    // Another name for a number, or a number that is not the next one, changes nothing.
    let before = rig.bot.config().clone();
    rig.tell(listing(BTC, "ETH", 1));
    rig.tell(listing(MarketId(9), "SOL", 1));
    assert_eq!(rig.bot.config(), &before);
}

#[test]
fn a_position_in_a_market_that_the_manifest_lacks_is_closed_by_close_all() {
    let mut rig = Rig::new();
    rig.tell(listing(SOL, "SOL", 2));
    assert!(rig.bot.config().markets[SOL.index()].retired);
    let price: Price = "150".parse().unwrap();
    rig.tell(Input::Quote {
        market: SOL,
        quote: Quote::flat(price),
    });
    let size: Size = "3".parse().unwrap();
    rig.sizes.insert(SOL, size);
    rig.pass(40_000);
    assert!(rig.risk_reasons().contains(&Reason::ForeignPosition));
    assert_eq!(rig.placed(Leg::CloseAll), []);
    rig.control(2, Desired::CloseAll);
    rig.tell(Input::Quote {
        market: SOL,
        quote: Quote::flat(price),
    });
    rig.pass(1_000);
    let close = *rig.placed(Leg::CloseAll).last().unwrap();
    assert_eq!(
        (close.market, close.side, close.size, close.reduce_only),
        (SOL, Side::Sell, size, true)
    );
    assert!(!rig.bot.control().effective);
    rig.fill(close, close.size);
    rig.pass(40_000);
    assert!(rig.bot.control().effective);
}

#[test]
fn close_all_cancels_an_order_of_somebody_else_that_has_no_client_number() {
    let mut rig = Rig::new();
    rig.open.push(OpenOrderTruth {
        cloid: None,
        order: OrderId(77),
        market: BTC,
        side: Side::Buy,
        size: Size::from_whole(1),
        reduce_only: false,
    });
    let foreign = |rig: &Rig| {
        rig.log
            .iter()
            .filter_map(|output| match output {
                Output::Send {
                    action: Action::CancelForeign { order, market, .. },
                    ..
                } => Some((*order, *market)),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    rig.pass(40_000);
    assert!(rig.risk_reasons().contains(&Reason::ForeignPosition));
    assert_eq!(foreign(&rig), [], "only close-all touches what is not ours");
    rig.control(2, Desired::CloseAll);
    rig.pass(3_000);
    assert_eq!(foreign(&rig).first(), Some(&(OrderId(77), BTC)));
    assert!(!rig.bot.control().effective);
    rig.open.clear();
    rig.pass(5_000);
    assert!(rig.bot.control().effective);
}
