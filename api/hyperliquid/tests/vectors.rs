//! Signatures that Hyperliquid's own Python client makes, published with its source (`tests/signing_test.py`, 0.24.0).

#![allow(clippy::unwrap_used)]

use aicoin_domain::{Cloid, MarketId, OrderKind, OrderRequest, Side, Tif, TpSl};
use aicoin_hyperliquid::{
    Action, AgentKey, ConnectionId, Grouping, Network, OrderType, OrderWire, Plain, Signature,
    Trigger, UserSigned, connection_id, order_wire, recover_agent,
};
use serde::Serialize;

const KEY: &str = "0x0123456789012345678901234567890123456789012345678901234567890123";
const ADDRESS: &str = "0x14791697260e4c9a71f18484c9f997b308e59325";

fn key() -> AgentKey {
    KEY.parse().unwrap()
}

fn id_text(id: ConnectionId) -> String {
    use std::fmt::Write as _;
    id.0.iter().fold(String::from("0x"), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn limit(tif: Tif) -> OrderType {
    OrderType::Limit { tif }
}

fn order(a: u32, p: &str, s: &str, t: OrderType, c: Option<Cloid>) -> Action {
    Action::Order {
        orders: vec![OrderWire {
            a,
            b: true,
            p: p.to_owned(),
            s: s.to_owned(),
            r: false,
            t,
            c,
        }],
        grouping: Grouping::Na,
    }
}

#[derive(Serialize)]
struct Dummy {
    #[serde(rename = "type")]
    kind: &'static str,
    num: u64,
}

/// What is signed, its hash, and the signature on each network (`r`, `s`, `v`).
type Vector = (
    &'static str,
    ConnectionId,
    &'static str,
    Option<[(&'static str, &'static str, u8); 2]>,
);

fn vectors() -> Vec<Vector> {
    let id = |action: &Action, nonce| connection_id(action, nonce, None, None).unwrap();
    let stop = OrderType::Trigger(Trigger {
        is_market: true,
        trigger_px: "103".to_owned(),
        tpsl: TpSl::Sl,
    });
    let vault = "0x1719884eb866cb12b2287399b15f7db5e7d775ea"
        .parse()
        .unwrap();
    let dummy = Dummy {
        kind: "dummy",
        num: 100_000_000_000,
    };
    vec![
        (
            "an immediate order",
            id(
                &order(4, "1670.1", "0.0147", limit(Tif::Ioc), None),
                1_677_777_606_040,
            ),
            "0x0fcbeda5ae3c4950a548021552a4fea2226858c4453571bf3f24ba017eac2908",
            None,
        ),
        (
            "a limit order",
            id(&order(1, "100", "100", limit(Tif::Gtc), None), 0),
            "0x884f2c32bb6dbdd65f6033e32fb28c0cb6f5b345db0f6471fd3366d85c9252c1",
            Some([
                (
                    "0xd65369825a9df5d80099e513cce430311d7d26ddf477f5b3a33d2806b100d78e",
                    "0x2b54116ff64054968aa237c20ca9ff68000f977c93289157748a3162b6ea940e",
                    28,
                ),
                (
                    "0x82b2ba28e76b3d761093aaded1b1cdad4960b3af30212b343fb2e6cdfa4e3d54",
                    "0x6b53878fc99d26047f4d7e8c90eb98955a109f44209163f52d8dc4278cbbd9f5",
                    27,
                ),
            ]),
        ),
        (
            "a limit order with a client's number",
            id(&order(1, "100", "100", limit(Tif::Gtc), Some(Cloid(1))), 0),
            "0x0ba500cedd8f4ba6ded620a0b1cd04f124d9ba745e2e2893fcc763bcc1444af5",
            Some([
                (
                    "0x41ae18e8239a56cacbc5dad94d45d0b747e5da11ad564077fcac71277a946e3",
                    "0x3c61f667e747404fe7eea8f90ab0e76cc12ce60270438b2058324681a00116da",
                    27,
                ),
                (
                    "0xeba0664bed2676fc4e5a743bf89e5c7501aa6d870bdb9446e122c9466c5cd16d",
                    "0x7f3e74825c9114bc59086f1eebea2928c190fdfbfde144827cb02b85bbe90988",
                    28,
                ),
            ]),
        ),
        (
            "a stop-loss",
            id(&order(1, "100", "100", stop, None), 0),
            "0x430a86fb9876e901920d931f5bb20c9d011f6389bd179f39a73c09e6219adcad",
            Some([
                (
                    "0x98343f2b5ae8e26bb2587daad3863bc70d8792b09af1841b6fdd530a2065a3f9",
                    "0x6b5bb6bb0633b710aa22b721dd9dee6d083646a5f8e581a20b545be6c1feb405",
                    27,
                ),
                (
                    "0x971c554d917c44e0e1b6cc45d8f9404f32172a9d3b3566262347d0302896a2e4",
                    "0x206257b104788f80450f8e786c329daa589aa0b32ba96948201ae556d5637eac",
                    28,
                ),
            ]),
        ),
        (
            "anything at all, for a vault",
            connection_id(&dummy, 0, Some(vault), None).unwrap(),
            "0xde9e09a7a3da45cc694096d4bfdcd89bc1b892d05497c5ecc1f56c335945184c",
            Some([
                (
                    "0x3c548db75e479f8012acf3000ca3a6b05606bc2ec0c29c50c515066a326239",
                    "0x4d402be7396ce74fbba3795769cda45aec00dc3125a984f2a9f23177b190da2c",
                    28,
                ),
                (
                    "0xe281d2fb5c6e25ca01601f878e4d69c965bb598b88fac58e475dd1f5e56c362b",
                    "0x7ddad27e9a238d045c035bc606349d075d5c5cd00a6cd1da23ab5c39d4ef0f60",
                    27,
                ),
            ]),
        ),
        (
            "a dead man's switch",
            id(
                &Action::ScheduleCancel {
                    time: Some(123_456_789),
                },
                0,
            ),
            "0x4be18e445114437c5d1d9dd35a09f5601a3cc34ed4ac94a0281251b9bd8f6832",
            Some([
                (
                    "0x609cb20c737945d070716dcc696ba030e9976fcf5edad87afa7d877493109d55",
                    "0x16c685d63b5c7a04512d73f183b3d7a00da5406ff1f8aad33f8ae2163bab758b",
                    28,
                ),
                (
                    "0x4e4f2dbd4107c69783e251b7e1057d9f2b9d11cee213441ccfa2be63516dc5bc",
                    "0x706c656b23428c8ba356d68db207e11139ede1670481a9e01ae2dfcdb0e1a678",
                    27,
                ),
            ]),
        ),
    ]
}

/// Some of the published ones are written without the zeros in front.
fn signature(r: &str, s: &str, v: u8) -> Signature {
    serde_json::from_value(serde_json::json!({"r": r, "s": s, "v": v})).unwrap()
}

#[test]
fn every_published_signature_is_made_and_recovered() {
    let key = key();
    assert_eq!(key.address().to_string(), ADDRESS);
    for (what, id, hash, signatures) in vectors() {
        assert_eq!(id_text(id), hash, "{what}");
        for (network, (r, s, v)) in [Network::Mainnet, Network::Testnet]
            .into_iter()
            .zip(signatures.into_iter().flatten())
        {
            let expected = signature(r, s, v);
            assert_eq!(key.sign(network, id), expected, "{what} on {network}");
            assert_eq!(
                recover_agent(network, id, &expected),
                Some(key.address()),
                "{what} on {network}"
            );
        }
    }
}

#[test]
fn a_signature_of_one_network_is_nobodys_on_the_other() {
    let key = key();
    let id = connection_id(&Action::Noop, 7, None, Some(8)).unwrap();
    let signature = key.sign(Network::Testnet, id);
    let recovered = recover_agent(Network::Mainnet, id, &signature);
    assert!(recovered.is_some_and(|address| address != key.address()));
}

#[test]
fn what_is_signed_by_hand_is_what_the_wallet_signs() {
    let action: Plain = serde_json::from_str(
        r#"{"type": "usdSend", "signatureChainId": "0x66eee", "hyperliquidChain": "Testnet",
            "destination": "0x5e9ee1089755c3435139848e47e6635505d5a13a", "amount": "1", "time": 1687816341423}"#,
    )
    .unwrap();
    let kind = UserSigned::find("usdSend").unwrap();
    let expected = signature(
        "0x637b37dd731507cdd24f46532ca8ba6eec616952c56218baeff04144e4a77073",
        "0x11a6a24900e6e314136d2592e2f8d502cd89b7c15b198e1bee043c9589f9fad7",
        27,
    );
    assert_eq!(kind.sign(&key(), &action), Ok(expected));
    assert_eq!(kind.recover(&action, &expected), Ok(Some(key().address())));
}

#[test]
fn an_action_is_written_field_by_field_as_documented() {
    let action = order(4, "1670.1", "0.0147", limit(Tif::Ioc), None);
    let bytes = rmp_serde::to_vec_named(&action).unwrap();
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        text,
        "83a474797065a56f72646572a66f72646572739186a16104a162c3a170a6313637302e31a173a6302e30313437a172c2a17481a5\
         6c696d697481a3746966a3496f63a867726f7570696e67a26e61"
    );
}

#[test]
fn what_came_as_json_has_the_hash_of_what_was_sent() {
    for action in [
        order(4, "1670.1", "0.0147", limit(Tif::Ioc), Some(Cloid(9))),
        Action::UpdateIsolatedMargin {
            asset: 200,
            is_buy: true,
            ntli: -1_000_000,
        },
        Action::Noop,
        Action::ScheduleCancel { time: None },
    ] {
        let json = serde_json::to_string(&action).unwrap();
        let plain: Plain = serde_json::from_str(&json).unwrap();
        assert_eq!(
            connection_id(&plain, 5, None, Some(6)).unwrap(),
            connection_id(&action, 5, None, Some(6)).unwrap(),
            "{json}"
        );
        assert_eq!(serde_json::from_str::<Action>(&json).unwrap(), action);
    }
}

#[test]
fn an_order_is_written_without_zeros_at_the_end() {
    let request = OrderRequest {
        cloid: Cloid(1),
        market: MarketId(0),
        side: Side::Sell,
        size: "0.0100".parse().unwrap(),
        kind: OrderKind::Limit {
            price: "100.0".parse().unwrap(),
            tif: Tif::Gtc,
        },
        reduce_only: true,
    };
    let json = serde_json::to_string(&order_wire(3, &request, None).unwrap()).unwrap();
    assert_eq!(
        json,
        r#"{"a":3,"b":false,"p":"100","s":"0.01","r":true,"t":{"limit":{"tif":"Gtc"}},"c":"0x00000000000000000000000000000001"}"#
    );
}
