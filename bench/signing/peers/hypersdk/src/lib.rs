//! hypersdk, with whichever signer. Its HTTP client signs with `Action::sign`, which builds typed data at run time;
//! `sign_sync` does without and is faster, so that is what is timed.

use alloy::primitives::B128;
use alloy::signers::SignerSync;
use hypersdk::hypercore::{
    BatchOrder, Chain, OrderGrouping, OrderRequest, OrderTypePlacement, TimeInForce, api::Action,
};
use rust_decimal::Decimal;

#[path = "../../../harness.rs"]
pub mod harness;

use harness::{ASSET, Contender, Order, Signed};

pub struct Hypersdk<S> {
    pub signer: S,
}

impl<S: SignerSync> Contender for Hypersdk<S> {
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
            cloid: B128::from(order.cloid),
        }
    }

    fn sign(&mut self, order: OrderRequest, nonce: u64) -> Signed {
        let action = Action::Order(BatchOrder {
            orders: vec![order],
            grouping: OrderGrouping::Na,
            builder: None,
        });
        let request = action
            .sign_sync(&self.signer, nonce, None, None, Chain::Testnet)
            .expect("a signature");
        Signed::now(serde_json::to_vec(&request).expect("a body"))
    }
}
