//! What leaves here keeps the venue's rules, and risks no more than was decided.

use std::collections::BTreeSet;

use aicoin_domain::{Leverage, MarginTiers, Size, Tif};
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::meta::{Listed, Universe};

/// A key that everybody knows (the venue's own test vectors).
const KEY: &str = "0x0123456789012345678901234567890123456789012345678901234567890123";
const SLIPPAGE: Rate = Rate::from_bps(1000);

/// The venue's rule for prices, by the digits of the text alone: at most 5 significant figures and at most
/// `6 - szDecimals` decimals, or a whole number.
fn is_price_text(text: &str, sz_decimals: u8) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits_only = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits_only(whole) || !digits_only(fraction) || text.ends_with('.') {
        return false;
    }
    if fraction.is_empty() {
        return true;
    }
    let figures = format!("{whole}{fraction}");
    let significant = figures.trim_start_matches('0').trim_end_matches('0').len();
    significant <= 5 && fraction.len() <= usize::from(6 - sz_decimals)
}

fn is_size_text(text: &str, sz_decimals: u8) -> bool {
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
    fraction.len() <= usize::from(sz_decimals)
        && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte))
}

#[test]
fn the_check_by_text_knows_the_documented_examples() {
    for (text, sz_decimals, expected) in [
        ("1234.5", 1, true),
        ("1234.56", 1, false),
        ("0.001234", 0, true),
        ("0.0012345", 0, false),
        ("0.01234", 1, true),
        ("0.012345", 1, false),
        ("123456", 1, true),
        ("12345.6", 1, false),
    ] {
        assert_eq!(is_price_text(text, sz_decimals), expected, "{text}");
    }
}

/// The markets of every recorded list, and one of each precision where there are no records.
fn markets() -> Vec<Listed> {
    let mut markets: Vec<Listed> = (0..=6)
        .map(|sz_decimals| Listed {
            name: format!("SZ{sz_decimals}"),
            asset: u32::from(sz_decimals) + 10,
            rules: MarketRules {
                sz_decimals,
                tiers: MarginTiers::flat(Leverage::new(10)),
                only_isolated: false,
            },
            is_delisted: false,
        })
        .collect();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/hyperliquid/http");
    for file in ["recorded_meta.json", "meta_perp_sample.json"] {
        let Ok(text) = std::fs::read_to_string(folder.join(file)) else {
            eprintln!(
                "skipped: the optional test data ../shared/data/hyperliquid/http/{file} is not there"
            );
            continue;
        };
        let value: Value = serde_json::from_str(&text).unwrap();
        let meta = value.get("response").unwrap_or(&value);
        let universe = Universe::of(&serde_json::from_value(meta.clone()).unwrap());
        markets.extend(universe.iter().cloned());
    }
    markets
}

/// What is sent for a request in a market: price, size, trigger.
fn sent(
    listed: &Listed,
    request: OrderRequest,
) -> Result<(String, String, Option<String>), String> {
    let rules = &listed.rules;
    let (request, worst) = order_of(&request, rules, SLIPPAGE)?;
    let wire = order_wire(listed.asset, &request, worst).map_err(|error| error.to_string())?;
    let trigger = match wire.t {
        aicoin_hyperliquid::OrderType::Limit { .. } => None,
        aicoin_hyperliquid::OrderType::Trigger(trigger) => Some(trigger.trigger_px),
    };
    Ok((wire.p, wire.s, trigger))
}

fn request(side: Side, size: Size, kind: OrderKind) -> OrderRequest {
    OrderRequest {
        cloid: Cloid(1),
        market: MarketId(0),
        side,
        size,
        kind,
        reduce_only: true,
    }
}

/// Every way to round, in every market, for one price and one size.
fn check_everything(price: Price, size: Size) -> Result<(), TestCaseError> {
    for listed in markets_once() {
        let rules = &listed.rules;
        let sz_decimals = rules.sz_decimals;
        let floored = rules.floor_size(size);
        for side in [Side::Buy, Side::Sell] {
            let mut kinds = vec![OrderKind::Limit {
                price,
                tif: Tif::Ioc,
            }];
            for kind in [TpSl::Sl, TpSl::Tp] {
                kinds.push(OrderKind::Trigger {
                    trigger: price,
                    kind,
                });
            }
            for kind in kinds {
                let what = format!("{} {side:?} {kind:?}", listed.name);
                let sent = sent(listed, request(side, size, kind));
                if floored.is_zero() {
                    prop_assert!(sent.is_err(), "{what}");
                    continue;
                }
                let (limit, quantity, trigger) = match sent {
                    Ok(sent) => sent,
                    // A price that rounds to nothing cannot be sent, and is not.
                    Err(why) => {
                        prop_assert!(price < rules.tick(price), "{what}: {why}");
                        continue;
                    }
                };
                prop_assert!(is_price_text(&limit, sz_decimals), "{what}: {limit}");
                prop_assert!(is_size_text(&quantity, sz_decimals), "{what}: {quantity}");
                prop_assert!(quantity.parse::<Size>().unwrap() <= size);
                let limit: Price = limit.parse().unwrap();
                prop_assert!(rules.is_valid_price(limit), "{what}");
                let Some(trigger) = trigger else {
                    // Pays no more, gets no less.
                    let is_no_worse = match side {
                        Side::Buy => limit <= price,
                        Side::Sell => limit >= price,
                    };
                    prop_assert!(is_no_worse, "{what}: {limit}");
                    prop_assert!(rules.is_valid_price(price) == (limit == price), "{what}");
                    continue;
                };
                prop_assert!(is_price_text(&trigger, sz_decimals), "{what}: {trigger}");
                let trigger: Price = trigger.parse().unwrap();
                prop_assert!(rules.is_valid_price(trigger));
                let OrderKind::Trigger { kind, .. } = kind else {
                    unreachable!("a limit order has no trigger");
                };
                let falls_to_it = (side == Side::Sell) == (kind == TpSl::Sl);
                let is_no_later = if falls_to_it {
                    trigger >= price
                } else {
                    trigger <= price
                };
                prop_assert!(is_no_later, "{what}");
                // It may fill away from the trigger, on the bad side, and not further than the bound.
                let bound = trigger.units() / 10;
                match side {
                    Side::Buy => prop_assert!(
                        limit.units() <= trigger.units() + bound + 1 && limit >= trigger,
                        "{what}"
                    ),
                    Side::Sell => prop_assert!(
                        limit.units() >= trigger.units() - bound - 1
                            && (limit <= trigger || limit == rules.price_above(limit)),
                        "{what}"
                    ),
                }
            }
        }
    }
    Ok(())
}

fn markets_once() -> &'static [Listed] {
    static MARKETS: std::sync::OnceLock<Vec<Listed>> = std::sync::OnceLock::new();
    MARKETS.get_or_init(markets)
}

/// A price of any magnitude, with any digits behind it.
fn any_price() -> impl Strategy<Value = Price> {
    (1_i64..10_000_000_000, 0_u32..8).prop_map(|(digits, zeros)| {
        Price::from_units(
            digits
                .saturating_mul(10_i64.pow(zeros))
                .min(Price::LIMIT_UNITS / 2),
        )
    })
}

fn any_size() -> impl Strategy<Value = Size> {
    (1_i64..1_000_000_000, 0_u32..6)
        .prop_map(|(digits, zeros)| Size::from_units(digits * 10_i64.pow(zeros)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn what_is_sent_passes_every_markets_rules_and_never_rounds_risk_up(
        price in any_price(),
        size in any_size(),
    ) {
        check_everything(price, size)?;
    }
}

fn two_markets() -> Markets {
    let listed = |name: &str, asset, only_isolated| Listed {
        name: name.to_owned(),
        asset,
        rules: MarketRules {
            sz_decimals: 5,
            tiers: MarginTiers::flat(Leverage::new(40)),
            only_isolated,
        },
        is_delisted: false,
    };
    Markets::new(
        Universe::default(),
        vec![listed("BTC", 3, false), listed("ISO", 77, true)],
    )
}

fn signer(vault: Option<Address>) -> Signer {
    Signer::new(KEY.parse().unwrap(), Network::Testnet, vault, SLIPPAGE)
}

fn body(signer: &Signer, action: &Action) -> (Value, Outgoing) {
    let outgoing = signer.sign(action, &two_markets()).unwrap();
    (serde_json::from_slice(&outgoing.body).unwrap(), outgoing)
}

#[test]
fn a_stop_leaves_as_a_reduce_only_market_trigger_with_its_expiry_and_the_agents_signature() {
    let action = Action::Place {
        request: OrderRequest {
            cloid: Cloid(0xabc),
            market: MarketId(0),
            side: Side::Sell,
            size: "0.01".parse().unwrap(),
            kind: OrderKind::Trigger {
                trigger: "60000".parse().unwrap(),
                kind: TpSl::Sl,
            },
            reduce_only: true,
        },
        stop: None,
        nonce: 1_700_000_000_123,
        expires_at: TimeMs(1_700_000_008_000),
    };
    let (json, outgoing) = body(&signer(None), &action);
    let expected = serde_json::json!({
        "type": "order",
        "orders": [{
            "a": 3, "b": false, "p": "54000", "s": "0.01", "r": true,
            "t": {"trigger": {"isMarket": true, "triggerPx": "60000", "tpsl": "sl"}},
            "c": "0x00000000000000000000000000000abc"
        }],
        "grouping": "na"
    });
    assert_eq!(json["action"], expected);
    assert_eq!(json["nonce"], 1_700_000_000_123_u64);
    assert_eq!(json["expiresAfter"], 1_700_000_008_000_u64);
    let fields: BTreeSet<&str> = json
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        fields,
        BTreeSet::from(["action", "nonce", "signature", "expiresAfter"])
    );
    assert!(outgoing.is_urgent);
    assert_eq!(outgoing.about, About::Place(Cloid(0xabc)));

    let envelope: Envelope<WireAction> = serde_json::from_slice(&outgoing.body).unwrap();
    let id = connection_id(
        &envelope.action,
        envelope.nonce,
        envelope.vault_address,
        envelope.expires_after,
    )
    .unwrap();
    let key: AgentKey = KEY.parse().unwrap();
    assert_eq!(
        aicoin_hyperliquid::recover_agent(Network::Testnet, id, &envelope.signature),
        Some(key.address())
    );
}

#[test]
fn every_action_of_the_core_has_its_form() {
    let (nonce, expires_at) = (7, TimeMs(9000));
    let market = MarketId(1);
    let table = [
        (
            Action::Cancel {
                cloid: Cloid(5),
                market,
                nonce,
                expires_at,
            },
            serde_json::json!({"type": "cancelByCloid", "cancels": [{"asset": 77, "cloid": "0x00000000000000000000000000000005"}]}),
            true,
        ),
        (
            Action::CancelForeign {
                order: OrderId(123),
                market,
                nonce,
                expires_at,
            },
            serde_json::json!({"type": "cancel", "cancels": [{"a": 77, "o": 123}]}),
            true,
        ),
    ];
    let vault = Address([0x19; 20]);
    let (pair, _) = body(
        &signer(Some(vault)),
        &with_a_stop(market, nonce, expires_at),
    );
    assert_eq!(
        pair["action"],
        serde_json::json!({"type": "order", "grouping": "normalTpsl", "orders": [
            {"a": 77, "b": true, "p": "60000", "s": "0.01", "r": false, "t": {"limit": {"tif": "Ioc"}},
             "c": "0x00000000000000000000000000000007"},
            {"a": 77, "b": false, "p": "53100", "s": "0.01", "r": true,
             "t": {"trigger": {"isMarket": true, "triggerPx": "59000", "tpsl": "sl"}},
             "c": "0x00000000000000000000000000000008"},
        ]})
    );
    for (action, expected, is_urgent) in table {
        let (json, outgoing) = body(&signer(Some(vault)), &action);
        assert_eq!(json["action"], expected);
        assert_eq!(json["vaultAddress"], vault.to_string());
        assert_eq!(json["expiresAfter"], 9000);
        assert_eq!(
            (outgoing.about, outgoing.is_urgent),
            (About::of(&action), is_urgent)
        );
    }
}

#[test]
fn what_is_no_order_is_held_back_with_a_sentence() {
    let place = |market, size: &str| Action::Place {
        request: OrderRequest {
            market,
            ..request(
                Side::Buy,
                size.parse().unwrap(),
                OrderKind::Limit {
                    price: "60000".parse().unwrap(),
                    tif: Tif::Ioc,
                },
            )
        },
        stop: None,
        nonce: 1,
        expires_at: TimeMs(1),
    };
    let words = |action: &Action| signer(None).sign(action, &two_markets()).unwrap_err().words;
    assert_eq!(
        words(&place(MarketId(0), "0.000001")),
        "Not sent: the size 0.000001 is none with the market's 5 decimals."
    );
    assert_eq!(
        words(&place(MarketId(9), "1")),
        "Not sent: the connection does not know market number 9."
    );
}

/// An entry and its stop.
fn with_a_stop(market: MarketId, nonce: u64, expires_at: TimeMs) -> Action {
    let entry = OrderRequest {
        cloid: Cloid(7),
        market,
        side: Side::Buy,
        size: "0.01".parse().unwrap(),
        kind: OrderKind::Limit {
            price: "60000".parse().unwrap(),
            tif: Tif::Ioc,
        },
        reduce_only: false,
    };
    let stop = OrderRequest {
        cloid: Cloid(8),
        side: Side::Sell,
        kind: OrderKind::Trigger {
            trigger: "59000".parse().unwrap(),
            kind: TpSl::Sl,
        },
        reduce_only: true,
        ..entry
    };
    Action::Place {
        request: entry,
        stop: Some(stop),
        nonce,
        expires_at,
    }
}
