//! quicknode-hyperliquid-sdk. Its signing function is asynchronous and never waits.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use alloy::signers::local::PrivateKeySigner;
use hyperliquid_sdk::signing::sign_action;
use hyperliquid_sdk::types::BatchOrder;
use hyperliquid_sdk::{
    Action, ActionRequest, Chain, OrderGrouping, OrderRequest, OrderTypePlacement, TimeInForce,
};
use rust_decimal::Decimal;

#[path = "../../../harness.rs"]
mod harness;

use harness::{ASSET, Contender, KEY, Order, Signed};

struct Quicknode {
    signer: PrivateKeySigner,
}

impl Contender for Quicknode {
    type Order = OrderRequest;

    fn order(&self, order: &Order) -> OrderRequest {
        OrderRequest {
            asset: ASSET as usize,
            is_buy: order.is_buy,
            limit_px: Decimal::from(order.price),
            sz: Decimal::new(i64::from(order.size_milli), 3),
            reduce_only: false,
            order_type: OrderTypePlacement::Limit {
                tif: TimeInForce::Ioc,
            },
            cloid: order.cloid.to_be_bytes().into(),
        }
    }

    fn sign(&mut self, order: OrderRequest, nonce: u64) -> Signed {
        let action = Action::Order(BatchOrder {
            orders: vec![order],
            grouping: OrderGrouping::Na,
        });
        let signature = {
            let signing = pin!(sign_action(
                &self.signer,
                Chain::Testnet,
                &action,
                nonce,
                None,
                None
            ));
            let mut context = Context::from_waker(Waker::noop());
            let Poll::Ready(signature) = signing.poll(&mut context) else {
                panic!("its signing waits for something");
            };
            signature
        };
        let request = ActionRequest {
            signature: signature.expect("a signature"),
            action,
            nonce,
            vault_address: None,
            expires_after: None,
        };
        Signed::now(serde_json::to_vec(&request).expect("a body"))
    }
}

fn main() {
    let signer = KEY.parse().expect("a key");
    harness::run(&mut Quicknode { signer });
}
