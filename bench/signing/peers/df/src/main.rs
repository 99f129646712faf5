//! df-hyperliquid-core.

use df_hyperliquid_core::account::LocalKey;
use df_hyperliquid_core::trade::orders::{Cloid, Order as TheirOrder, PlaceOrder, Side, Tif};
use df_hyperliquid_core::trade::{Asset, L1Action};
use df_hyperliquid_core::{Dec, Network};

#[path = "../../../harness.rs"]
mod harness;

use harness::{ASSET, Contender, KEY, Order, Signed};

struct Df {
    key: LocalKey,
}

impl Contender for Df {
    type Order = TheirOrder;

    fn order(&self, order: &Order) -> TheirOrder {
        let side = if order.is_buy { Side::Buy } else { Side::Sell };
        let size = Dec::new(i128::from(order.size_milli), 3).expect("a size");
        TheirOrder::limit(
            Asset::from_id(ASSET),
            side,
            Dec::from_int(i64::from(order.price)),
            size,
            Tif::Ioc,
        )
        .with_cloid(Cloid::from_u128(order.cloid))
    }

    fn sign(&mut self, order: TheirOrder, nonce: u64) -> Signed {
        let action = PlaceOrder::one(order);
        let digest = action.digest(nonce, None, Network::Testnet);
        let signature = self.key.sign_digest(&digest).expect("a signature");
        Signed::now(action.body(nonce, &signature, None).into_bytes())
    }
}

fn main() {
    let key = LocalKey::from_hex(KEY).expect("a key");
    harness::run(&mut Df { key });
}
