//! What the venue's WebSocket says: prices and fills that are traded by.

use aicoin_core::{Input, OrderUpdate};
use aicoin_domain::Fill;
use aicoin_venue::fuzz::Ear;
use aicoin_venue::{MarketPrice, VenueEvent};

use crate::signature::Signature;

thread_local! {
    /// Made once: it has an HTTP client in it, which is not used.
    static EAR: Result<Ear, String> = Ear::new();
}

pub(super) fn check(input: &[u8], signature: Signature) -> Signature {
    // A text message that is no UTF-8 ends the connection before anybody reads it.
    let Ok(text) = std::str::from_utf8(input) else {
        return signature;
    };
    let hear = || {
        EAR.with(|ear| match ear {
            Ok(ear) => ear.hear(text),
            Err(why) => Err(why.clone()),
        })
    };
    let heard = hear();
    assert_eq!(heard, hear(), "the same words are heard differently");
    match heard {
        Ok((kind, events)) => events.iter().fold(signature.add(kind), event),
        Err(why) => signature.add(why),
    }
}

fn event(signature: Signature, event: &VenueEvent) -> Signature {
    match event {
        VenueEvent::Price(price) => {
            sound_price(price);
            signature.add("price")
        }
        VenueEvent::NewMarket { name, .. } => {
            assert_eq!(name, "SOL", "nobody lists it");
            signature.add("new market")
        }
        VenueEvent::Input(Input::Fill(fill)) => {
            sound_fill(fill);
            signature.add(format_args!("fill {:?}", fill.liquidation))
        }
        VenueEvent::Input(Input::Order { update, .. }) => {
            let word = match update {
                OrderUpdate::Open { .. } => "open",
                OrderUpdate::Triggered => "triggered",
                OrderUpdate::Filled => "filled",
                OrderUpdate::Canceled => "canceled",
                OrderUpdate::Rejected => "rejected",
            };
            signature.add(word)
        }
        VenueEvent::Input(Input::Funding { market, .. }) => {
            assert!(market.index() < Ear::MARKETS);
            signature.add("funding")
        }
        VenueEvent::Input(_) | VenueEvent::Health(_) | VenueEvent::Refused(_) => {
            unreachable!("no message says {event:?}")
        }
    }
}

fn sound_price(price: &MarketPrice) {
    assert!(price.market.index() < Ear::MARKETS);
    assert!(
        price.bid.is_positive() && price.bid < price.ask,
        "{price:?}"
    );
    assert!(
        price.mark.is_positive() && price.oracle.is_positive(),
        "{price:?}"
    );
    assert!(
        !price.bid_size.is_negative() && !price.ask_size.is_negative(),
        "{price:?}"
    );
}

pub(super) fn sound_fill(fill: &Fill) {
    assert!(fill.market.index() < Ear::MARKETS, "{fill:?}");
    assert!(
        !fill.size.is_negative() && !fill.price.is_negative(),
        "{fill:?}"
    );
}
