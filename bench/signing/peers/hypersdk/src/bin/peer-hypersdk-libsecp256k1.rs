//! hypersdk with alloy's other signer, on libsecp256k1, which is written in C. hypersdk takes any signer.

use hypersdk::hypercore::PrivateKeySigner;
use peer_hypersdk::{Hypersdk, harness};

fn main() {
    let signer: PrivateKeySigner = harness::KEY.parse().expect("a key");
    let signer = signer.into_secp256k1();
    harness::run(&mut Hypersdk { signer });
}
