//! nautilus-hyperliquid, NautilusTrader's adapter. What its client does between an order and the request, without the copy of
//! the action as a JSON value, which its signing does not read for an order.

use nautilus_hyperliquid::common::credential::EvmPrivateKey;
use nautilus_hyperliquid::http::models::{
    Cloid, HyperliquidExchangeRequest, HyperliquidExecAction, HyperliquidExecGrouping,
    HyperliquidExecLimitParams, HyperliquidExecOrderKind, HyperliquidExecPlaceOrderRequest,
    HyperliquidExecTif,
};
use nautilus_hyperliquid::signing::{
    HyperliquidActionType, HyperliquidEip712Signer, SignRequest, TimeNonce,
};
use rust_decimal::Decimal;

#[path = "../../../harness.rs"]
mod harness;

use harness::{ASSET, Contender, KEY, Order, Signed};

struct Nautilus {
    signer: HyperliquidEip712Signer,
}

impl Contender for Nautilus {
    type Order = HyperliquidExecPlaceOrderRequest;

    fn order(&self, order: &Order) -> HyperliquidExecPlaceOrderRequest {
        HyperliquidExecPlaceOrderRequest {
            asset: ASSET,
            is_buy: order.is_buy,
            price: Decimal::from(order.price),
            size: Decimal::new(i64::from(order.size_milli), 3).normalize(),
            reduce_only: false,
            kind: HyperliquidExecOrderKind::Limit {
                limit: HyperliquidExecLimitParams {
                    tif: HyperliquidExecTif::Ioc,
                },
            },
            cloid: Some(Cloid(order.cloid.to_be_bytes())),
        }
    }

    fn sign(&mut self, order: HyperliquidExecPlaceOrderRequest, nonce: u64) -> Signed {
        let action = HyperliquidExecAction::Order {
            orders: vec![order],
            grouping: HyperliquidExecGrouping::Na,
            builder: None,
        };
        let request = SignRequest {
            action: serde_json::Value::Null,
            action_bytes: Some(rmp_serde::to_vec_named(&action).expect("MessagePack")),
            time_nonce: TimeNonce::from_millis(i128::from(nonce)),
            action_type: HyperliquidActionType::L1,
            is_testnet: true,
            vault_address: None,
        };
        let signature = self.signer.sign(&request).expect("a signature").signature;
        let request = HyperliquidExchangeRequest::new(action, nonce, signature);
        Signed::now(serde_json::to_vec(&request).expect("a body"))
    }
}

fn main() {
    let key = EvmPrivateKey::new(KEY).expect("a key");
    let signer = HyperliquidEip712Signer::new(&key).expect("a signer");
    harness::run(&mut Nautilus { signer });
}
