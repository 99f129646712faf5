//! hypersdk with its own signer, alloy's, on the curve of the crate k256.

use hypersdk::hypercore::PrivateKeySigner;
use peer_hypersdk::{Hypersdk, harness};

fn main() {
    let signer: PrivateKeySigner = harness::KEY.parse().expect("a key");
    harness::run(&mut Hypersdk { signer });
}
