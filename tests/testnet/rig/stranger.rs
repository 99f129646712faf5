//! Somebody else who trades on the bot's account: orders without a client's number, signed by hand.
//!
//! Nothing of the product signs here; the simulator's answer shows that the signature is right.

use std::time::{SystemTime, UNIX_EPOCH};

use k256::ecdsa::SigningKey;
use serde_json::{Value, json};
use sha3::{Digest as _, Keccak256};

use super::keys::Pair;
use super::sim::Sim;

/// `keccak("EIP712Domain(…)")` of Exchange, version 1, chain 1337, no contract.
const DOMAIN: &str = "d79297fcdf2ffcd4ae223d01edaa2ba214ff8f401d7c9300d995d17c82aa4040";
/// `keccak("Agent(string source,bytes32 connectionId)")`.
const AGENT_TYPE: &str = "26f05c2f7239b6983075e58321292d77b3aa173d19b27257ac96ab362570f508";
/// `keccak("b")`: the test network.
const SOURCE: &str = "b5553de315e0edf504d9150af82dafa5c4667fa618ed0a6f19c69b41166c5510";

/// An order of the stranger's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order<'a> {
    /// The place of the market in `meta`.
    pub(crate) asset: u8,
    pub(crate) is_buy: bool,
    pub(crate) price: &'a str,
    pub(crate) size: &'a str,
    /// `Gtc` or `Ioc`.
    pub(crate) tif: &'a str,
}

/// Places an order as that agent, without a client's number. The venue's word on it.
#[track_caller]
pub(crate) fn place(sim: &Sim, agent: Pair, order: Order<'_>) -> Value {
    let Order {
        asset,
        is_buy,
        price,
        size,
        tif,
    } = order;
    let action = json!({
        "type": "order",
        "orders": [{"a": asset, "b": is_buy, "p": price, "s": size, "r": false, "t": {"limit": {"tif": tif}}}],
        "grouping": "na",
    });
    send(sim, agent, &action, packed(order))
}

/// Cancels an order as that agent. The venue's word on it.
#[track_caller]
pub(crate) fn cancel(sim: &Sim, agent: Pair, asset: u8, oid: u32) -> Value {
    assert!(asset < 0x80, "one byte: {asset}");
    let mut bytes = vec![0x82];
    text(&mut bytes, "type");
    text(&mut bytes, "cancel");
    text(&mut bytes, "cancels");
    bytes.extend_from_slice(&[0x91, 0x82]);
    text(&mut bytes, "a");
    bytes.push(asset);
    text(&mut bytes, "o");
    number(&mut bytes, oid);
    let action = json!({"type": "cancel", "cancels": [{"a": asset, "o": oid}]});
    send(sim, agent, &action, bytes)
}

/// Signs an action and sends it: what became of its first part. `bytes` is the action in MessagePack.
#[track_caller]
fn send(sim: &Sim, agent: Pair, action: &Value, mut bytes: Vec<u8>) -> Value {
    let nonce = u64::try_from(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_millis(),
    )
    .unwrap();
    bytes.extend_from_slice(&nonce.to_be_bytes());
    // No vault, no expiry.
    bytes.push(0);
    let id = keccak(&[&bytes]);
    let message = keccak(&[&hex(AGENT_TYPE), &hex(SOURCE), &id]);
    let digest = keccak(&[&[0x19, 0x01], &hex(DOMAIN), &message]);
    let key = SigningKey::from_slice(&hex(agent.key.trim_start_matches("0x"))).unwrap();
    let (signature, recovery) = key.sign_prehash_recoverable(&digest);
    let (r, s) = signature.split_bytes();
    let text = |half: &[u8]| {
        half.iter()
            .fold("0x".to_owned(), |text, byte| text + &format!("{byte:02x}"))
    };
    let answer = sim.post(
        "/exchange",
        &json!({
            "action": action,
            "nonce": nonce,
            "signature": {"r": text(&r), "s": text(&s), "v": 27 + u8::from(recovery.is_y_odd())},
        }),
    );
    assert_eq!(answer["status"], "ok", "{answer}");
    answer["response"]["data"]["statuses"][0].clone()
}

/// The action in MessagePack, its keys in the order that is signed.
fn packed(order: Order<'_>) -> Vec<u8> {
    let mut bytes = vec![0x83];
    text(&mut bytes, "type");
    text(&mut bytes, "order");
    text(&mut bytes, "orders");
    bytes.extend_from_slice(&[0x91, 0x86]);
    text(&mut bytes, "a");
    assert!(order.asset < 0x80, "one byte: {order:?}");
    bytes.push(order.asset);
    text(&mut bytes, "b");
    bytes.push(if order.is_buy { 0xc3 } else { 0xc2 });
    text(&mut bytes, "p");
    text(&mut bytes, order.price);
    text(&mut bytes, "s");
    text(&mut bytes, order.size);
    text(&mut bytes, "r");
    bytes.push(0xc2);
    text(&mut bytes, "t");
    bytes.push(0x81);
    text(&mut bytes, "limit");
    bytes.push(0x81);
    text(&mut bytes, "tif");
    text(&mut bytes, order.tif);
    text(&mut bytes, "grouping");
    text(&mut bytes, "na");
    bytes
}

/// A number in as few bytes as it takes.
fn number(bytes: &mut Vec<u8>, number: u32) {
    if let Ok(byte) = u8::try_from(number) {
        if byte >= 0x80 {
            bytes.push(0xcc);
        }
        bytes.push(byte);
    } else if let Ok(short) = u16::try_from(number) {
        bytes.push(0xcd);
        bytes.extend_from_slice(&short.to_be_bytes());
    } else {
        bytes.push(0xce);
        bytes.extend_from_slice(&number.to_be_bytes());
    }
}

/// A text of fewer than 32 bytes.
fn text(bytes: &mut Vec<u8>, text: &str) {
    let length = u8::try_from(text.len()).unwrap();
    assert!(length < 32, "{text:?}");
    bytes.push(0xa0 | length);
    bytes.extend_from_slice(text.as_bytes());
}

fn keccak(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Keccak256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}
