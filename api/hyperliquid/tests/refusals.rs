//! What is refused, and in which words; and that no word repeats a key.

#![allow(clippy::unwrap_used)]

use aicoin_hyperliquid::{Address, AgentKey, Network, Plain, Signature, UserSigned};

#[test]
fn what_is_no_key_is_refused_in_a_sentence_that_does_not_repeat_it() {
    let table = [
        ("", "the agent's key is empty"),
        ("  0x ", "the agent's key is empty"),
        (
            "0x14791697260e4c9a71f18484c9f997b308e59325",
            "the agent's key is an address",
        ),
        (
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
            "the agent's key is a phrase of words",
        ),
        ("0x1234", "the agent's key is no private key"),
        ("hunter2", "the agent's key is no private key"),
        (
            "0000000000000000000000000000000000000000000000000000000000000000",
            "the agent's key is no private key of this curve",
        ),
        (
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
            "the agent's key is no private key of this curve",
        ),
    ];
    for (text, expected) in table {
        let sentence = text
            .parse::<AgentKey>()
            .map(|_| ())
            .unwrap_err()
            .to_string();
        assert!(sentence.starts_with(expected), "{sentence}");
        let secret = text.trim().trim_start_matches("0x");
        assert!(
            secret.is_empty() || !sentence.contains(secret),
            "{sentence}"
        );
    }
}

#[test]
fn a_key_is_read_with_and_without_its_prefix_and_never_shown() {
    let digits = "0123456789012345678901234567890123456789012345678901234567890123";
    let bare: AgentKey = digits.parse().unwrap();
    let prefixed: AgentKey = format!(" 0x{digits}\n").parse().unwrap();
    assert_eq!(bare.address(), prefixed.address());
    assert_eq!(
        format!("{bare:?}"),
        "AgentKey(0x14791697260e4c9a71f18484c9f997b308e59325)"
    );
}

#[test]
fn addresses_are_written_in_lower_case() {
    let address: Address = "0x5E9EE1089755C3435139848E47E6635505D5A13A"
        .parse()
        .unwrap();
    assert_eq!(
        address.to_string(),
        "0x5e9ee1089755c3435139848e47e6635505d5a13a"
    );
    for text in [
        "",
        "0x",
        "5e9ee1089755c3435139848e47e6635505d5a13a",
        "0x5e9g",
    ] {
        assert!(text.parse::<Address>().is_err(), "{text}");
    }
}

#[test]
fn a_network_is_a_word() {
    assert_eq!("testnet".parse(), Ok(Network::Testnet));
    assert_eq!(
        "Testnet".parse::<Network>().unwrap_err().to_string(),
        "is no network; write `mainnet` or `testnet`"
    );
}

#[test]
fn what_is_no_signature_is_refused() {
    let number = "0x11";
    for (r, s, v) in [
        ("11", number, 27),
        ("0x", number, 27),
        (number, "0xzz", 27),
        (number, number, 29),
        (&format!("0x{}", "1".repeat(65)), number, 27),
    ] {
        let text = serde_json::json!({"r": r, "s": s, "v": v}).to_string();
        assert!(serde_json::from_str::<Signature>(&text).is_err(), "{text}");
    }
}

#[test]
fn an_action_of_another_kind_is_named() {
    let kind = UserSigned::find("usdSend").unwrap();
    let read = |text: &str| serde_json::from_str::<Plain>(text).unwrap();
    let digest = |text: &str| kind.digest(&read(text)).unwrap_err().to_string();
    assert_eq!(
        digest(r#"{"type": "usdSend"}"#),
        "`signatureChainId` is no hexadecimal number after `0x`"
    );
    assert_eq!(
        digest(r#"{"type": "usdSend", "signatureChainId": "0x1", "hyperliquidChain": "Testnet"}"#),
        "the field `destination` is missing or is no string"
    );
    assert!(UserSigned::find("order").is_none());
}

#[test]
fn what_is_nested_without_end_is_refused() {
    let deep = format!("{}{}", "[".repeat(64), "]".repeat(64));
    assert!(serde_json::from_str::<Plain>(&deep).is_err());
}
