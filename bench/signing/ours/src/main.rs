//! aicoin: signs orders like its peers, and with `market COUNT PAUSE_US` goes the whole way from a price to a body.

use std::time::Duration;

use aicoin_domain::{Cloid, MarketId, OrderKind, OrderRequest, Price, Side, Size, Tif};
use aicoin_hyperliquid::{
    Action, AgentKey, Envelope, Grouping, Network, connection_id, order_wire,
};

#[path = "../../harness.rs"]
mod harness;
mod market;

use harness::{ASSET, Contender, KEY, Order, Signed};

struct Ours {
    key: AgentKey,
}

impl Contender for Ours {
    type Order = OrderRequest;

    fn order(&self, order: &Order) -> OrderRequest {
        OrderRequest {
            cloid: Cloid(order.cloid),
            market: MarketId(0),
            side: if order.is_buy { Side::Buy } else { Side::Sell },
            size: Size::from_units(i64::from(order.size_milli) * 10_i64.pow(Size::DECIMALS - 3)),
            kind: OrderKind::Limit {
                price: Price::from_whole(i64::from(order.price)),
                tif: Tif::Ioc,
            },
            reduce_only: false,
        }
    }

    fn sign(&mut self, order: OrderRequest, nonce: u64) -> Signed {
        let action = Action::Order {
            orders: vec![order_wire(ASSET, &order, None).expect("an order")],
            grouping: Grouping::Na,
        };
        let id = connection_id(&action, nonce, None, None).expect("a hash");
        let envelope = Envelope {
            signature: self.key.sign(Network::Testnet, id),
            action,
            nonce,
            vault_address: None,
            expires_after: None,
        };
        Signed::now(serde_json::to_vec(&envelope).expect("a body"))
    }
}

fn main() {
    let key: AgentKey = KEY.parse().expect("a key");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["market", count, pause_us] = words.as_slice() {
        let count = count.parse().expect("COUNT is a number");
        let pause = Duration::from_micros(pause_us.parse().expect("PAUSE_US is a number"));
        println!("{}", market::timed(key, count, pause));
    } else {
        harness::run(&mut Ours { key });
    }
}
