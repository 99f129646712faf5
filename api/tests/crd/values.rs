//! Values at the edge of what is allowed: both judges say yes, or both say no.
//!
//! Two differences are known, and both are the API server's strictness: a number with a fraction and without quotes
//! (`2.5`), because Kubernetes has no type for "text or such a number"; and a number without quotes where a text is
//! wanted (`markets: [1]`), which YAML lets pass.

use aicoin_api::bot::{TradingBot, Where, validate, validate_change};
use aicoin_api::crd;
use serde_json::{Value, json};

use crate::judge::{ours, theirs};

/// A bot with every group, so that any field can be written.
fn bot() -> Value {
    json!({
        "apiVersion": "aicoin.dev/v1alpha1",
        "kind": "TradingBot",
        "metadata": {"name": "a", "namespace": "bots"},
        "spec": {
            "desiredState": "Running",
            "mode": "Testnet",
            "acknowledgeRisk": true,
            "markets": ["BTC"],
            "exchange": {
                "hyperliquid": {
                    "accountAddress": "0x00112233445566778899aAbBcCdDeEfF00112233",
                    "agentKeySecretRef": {"name": "agent", "key": "key"},
                },
                "paper": {"fees": {}},
            },
            "decision": {
                "interval": "1h",
                "ai": {"budget": {}, "dialect": {}, "prices": {"input": 1, "cachedInput": 1, "output": 1}},
                "rule": {"emaCross": {"fast": 10, "slow": 20, "notional": "1000"}},
            },
            "risk": {},
            "storage": {"sqlite": {}},
            "cache": {"redis": {"urlSecretRef": {"name": "redis", "key": "url"}}},
            "worker": {"resources": {"requests": {}, "limits": {}}, "nodeSelector": {}, "tolerations": []},
        },
    })
}

/// The bot with a value at a path; groups on the way are there or are made.
fn with(mut bot: Value, path: &str, value: &Value) -> Value {
    let mut at = &mut bot;
    for part in path.split('.') {
        at = match part.parse::<usize>() {
            Ok(place) => at.get_mut(place).unwrap(),
            Err(_) => &mut at[part],
        };
    }
    *at = value.clone();
    bot
}

/// Each value at each path; both verdicts are the same, and `good` of all are yes.
fn agree(paths: &[&str], values: &[Value], good: usize) {
    for path in paths {
        let mut accepted = Vec::new();
        for value in values {
            let bot = with(bot(), path, value);
            let (here, there) = (ours(&bot.to_string()), theirs(&bot, None));
            assert_eq!(
                here.is_empty(),
                there.is_empty(),
                "{path}: {value}\nhere: {here:?}\nthere: {there:?}"
            );
            if here.is_empty() {
                kept(&bot);
                accepted.push(value);
            }
        }
        assert_eq!(accepted.len(), good, "{path}: {accepted:?}");
    }
}

/// What the API server keeps the operator can read, and finds nothing wrong with.
fn kept(object: &Value) {
    let read: crd::TradingBot = serde_json::from_value(object.clone()).unwrap();
    assert_eq!(
        validate(&(&read).into(), Where::Cluster),
        Ok(()),
        "{object}"
    );
}

fn texts(texts: &[&str]) -> Vec<Value> {
    texts.iter().map(|text| json!(text)).collect()
}

#[test]
fn the_bot_that_the_values_are_put_into_is_good() {
    let bot = bot();
    assert_eq!(ours(&bot.to_string()), [] as [String; 0]);
    assert_eq!(theirs(&bot, None), [] as [String; 0]);
}

#[test]
fn amounts() {
    let mut values = texts(&[
        "1",
        "0.5",
        "+5",
        "5.",
        ".5",
        "007",
        "0.000000000000000001",
        "1.50000000000000000000",
        "1000000000000000",
    ]);
    values.extend([json!(1), json!(1_000_000_000_000_000_i64)]);
    let good = values.len();
    values.extend(texts(&[
        "",
        "0",
        "-1",
        "-0",
        ".",
        "+",
        "1,5",
        "1e3",
        " 1",
        "1 ",
        "1_000",
        "0x10",
        "inf",
        "NaN",
        "0.0000000000000000001",
        "1000000000000001",
        &"9".repeat(48),
        &"0".repeat(49),
    ]));
    values.extend([
        json!(0),
        json!(-1),
        json!(1_000_000_000_000_001_i64),
        json!(i64::MAX),
        json!(true),
        json!([]),
        json!({}),
    ]);
    agree(
        &[
            "spec.exchange.paper.startingBalance",
            "spec.decision.ai.budget.usdPerDay",
            "spec.decision.rule.emaCross.notional",
            "spec.risk.maxPositionNotional",
            "spec.risk.maxTotalNotional",
        ],
        &values,
        good,
    );
}

#[test]
fn prices_of_tokens() {
    let mut values = texts(&["0", "-0", "0.006", "100000"]);
    values.extend([json!(0), json!(100_000)]);
    let good = values.len();
    values.extend(texts(&["-0.1", "100000.000000000000000001", "100001", "x"]));
    values.extend([json!(-1), json!(100_001)]);
    // Beyond the digits of a float: the API server takes it for 100000, and the validation does not.
    values.retain(|value| *value != "100000.000000000000000001");
    agree(
        &[
            "spec.decision.ai.prices.input",
            "spec.decision.ai.prices.cachedInput",
            "spec.decision.ai.prices.output",
        ],
        &values,
        good,
    );
}

#[test]
fn percentages_of_limits() {
    let mut values = texts(&[
        "0.0000000001",
        "2.5",
        "100",
        "100.0",
        "+3",
        ".5",
        "2.00000000000",
    ]);
    values.extend([json!(1), json!(100)]);
    let good = values.len();
    values.extend(texts(&[
        "0",
        "-1",
        "100.0000000001",
        "101",
        "2%",
        "1e1",
        "",
        " 2",
        "0.00000000001",
        "99999999999999999999",
    ]));
    values.extend([json!(0), json!(-1), json!(101), json!(i64::MIN)]);
    agree(
        &[
            "spec.risk.maxDailyLossPct",
            "spec.risk.maxDrawdownPct",
            "spec.risk.stopLossPct",
            "spec.risk.liquidationBufferPct",
        ],
        &values,
        good,
    );
}

#[test]
fn fees() {
    let values = [
        json!("0"),
        json!("0.045"),
        json!("10"),
        json!(10),
        json!(0),
        json!("-0"),
        json!("10.0000000001"),
        json!(11),
        json!("-11"),
        json!("a"),
    ];
    agree(&["spec.exchange.paper.fees.takerPct"], &values, 6);
    let values = [
        json!("-10"),
        json!("-0.003"),
        json!(-10),
        json!(10),
        json!("-10.0000000001"),
        json!(-11),
        json!("11"),
    ];
    agree(&["spec.exchange.paper.fees.makerPct"], &values, 4);
}

#[test]
fn lengths_of_time() {
    let odd = texts(&[
        "",
        " ",
        "3",
        "m",
        "3min",
        "-3m",
        "1.5h",
        "3m1h",
        "1m1m",
        "3M",
        "3m ",
        " 3m",
        "3 m",
        "1s500",
        "99999999999999999999s",
        "9223372036854775807h",
        &"1".repeat(60),
    ]);
    let around = |spans: &[&str]| {
        let mut values = texts(spans);
        values.extend(odd.clone());
        values.extend([json!(180), json!(true)]);
        values
    };
    let interval = around(&[
        "1h1s",
        "1d",
        "24h",
        "1h0m1s1000ms",
        "1s",
        "999ms",
        "0s",
        "86400001ms",
        "2d",
    ]);
    // Without a model, whose timeout would have to be shorter.
    let paths = ["spec.decision.interval"];
    for path in paths {
        for value in &interval {
            let mut bot = with(bot(), path, value);
            bot["spec"]["decision"]
                .as_object_mut()
                .unwrap()
                .remove("ai");
            let (here, there) = (ours(&bot.to_string()), theirs(&bot, None));
            assert_eq!(
                here.is_empty(),
                there.is_empty(),
                "{path}: {value}\nhere: {here:?}\nthere: {there:?}"
            );
        }
    }
    agree(
        &["spec.decision.ai.timeout"],
        &around(&[
            "100ms",
            "0s100ms",
            "10m",
            "9m59s1000ms",
            "99ms",
            "10m1ms",
            "1h",
        ]),
        4,
    );
    agree(
        &["spec.risk.cooldownAfterStop"],
        &around(&["0s", "30d", "29d24h", "1ms", "30d1ms", "31d"]),
        4,
    );
}

#[test]
fn a_reply_comes_before_the_next_question() {
    for (interval, timeout, good) in [
        (Some("60s"), "59s", true),
        (Some("60s"), "60s", false),
        (Some("1m"), "59999ms", true),
        (Some("1m"), "60000ms", false),
        (None, "179s", true),
        (None, "3m", false),
    ] {
        let mut bot = with(bot(), "spec.decision.ai.timeout", &json!(timeout));
        let decision = bot["spec"]["decision"].as_object_mut().unwrap();
        decision.remove("interval");
        if let Some(interval) = interval {
            decision.insert("interval".to_owned(), json!(interval));
        }
        let verdicts = (
            ours(&bot.to_string()).is_empty(),
            theirs(&bot, None).is_empty(),
        );
        assert_eq!(verdicts, (good, good), "{interval:?} {timeout}");
    }
}

#[test]
fn whole_numbers() {
    for (path, least, most) in [
        ("spec.risk.riskPerTradeBps", 1, 10_000),
        ("spec.risk.maxLeverage", 1, 50),
        ("spec.risk.minConfidence", 0, 100),
        ("spec.risk.maxOrdersPerHour", 1, 100_000),
        ("spec.exchange.paper.slippageBps", 0, 400),
        ("spec.exchange.paper.seed", 0, i64::MAX),
        ("spec.decision.ai.budget.callsPerHour", 1, 100_000),
        ("spec.decision.ai.maxOutputTokens", 64, 384_000),
    ] {
        let values = [
            json!(least),
            json!(most),
            json!(least - 1),
            most.checked_add(1)
                .map_or(json!(u64::MAX), |more| json!(more)),
            json!("1"),
            json!(1.5),
            json!(true),
        ];
        agree(&[path], &values, 2);
    }
    let cross = |fast: i64, slow: i64| json!({"fast": fast, "slow": slow, "notional": 1});
    let values = [
        cross(1, 2),
        cross(999, 1000),
        cross(2, 2),
        cross(0, 2),
        cross(-1, 2),
        cross(1, 1001),
        cross(1, 5_000_000_000),
        json!({"fast": 1, "slow": 2}),
        json!({}),
    ];
    agree(&["spec.decision.rule.emaCross"], &values, 2);
}

#[test]
fn markets() {
    let values = [
        json!(["BTC"]),
        json!(["kPEPE", "xyz:TSLA", "1000X"]),
        json!((0..20).map(|i| format!("C{i}")).collect::<Vec<_>>()),
        json!(["A".repeat(32)]),
        json!([]),
        json!(["BTC", "BTC"]),
        json!((0..21).map(|i| format!("C{i}")).collect::<Vec<_>>()),
        json!(["A".repeat(33)]),
        json!([""]),
        json!(["BTC/USDT"]),
        json!(["BTC "]),
        json!(["₿"]),
        json!("BTC"),
    ];
    agree(&["spec.markets"], &values, 4);
}

#[test]
fn addresses_urls_and_names() {
    let digits = "00112233445566778899aAbBcCdDeEfF00112233";
    agree(
        &["spec.exchange.hyperliquid.accountAddress"],
        &[
            json!(format!("0x{digits}")),
            json!(digits),
            json!(format!("0X{digits}")),
            json!(format!("0x{digits}0")),
            json!(format!("0x{}", "ab".repeat(32))),
            json!(format!("0x{}g", &digits[1..])),
            json!(""),
        ],
        1,
    );
    let long = |path: usize| json!(format!("https://a/{}", "b".repeat(path)));
    agree(
        &[
            "spec.exchange.hyperliquid.baseUrl",
            "spec.decision.ai.baseUrl",
        ],
        &[
            json!("https://node.example"),
            json!("http://vllm.bots:8000/v1"),
            json!("https://[::1]:3001/a;b=c,~d%20!$&'()*+"),
            json!("https://a:"),
            long(1014),
            long(1015),
            json!(""),
            json!("https://"),
            json!("https:///x"),
            json!("https://:80"),
            json!("ftp://host"),
            json!("HTTPS://host"),
            json!("https://me@host"),
            json!("https://host?a=b"),
            json!("https://host#a"),
            json!("https://host/a b"),
            json!("https://host\\x"),
            json!("https://hôst"),
            json!("https://host\n"),
        ],
        5,
    );
    let names = [
        json!("a"),
        json!("0"),
        json!("deep-seek.example"),
        json!("a".repeat(253)),
        json!("a".repeat(254)),
        json!(""),
        json!("A"),
        json!("-a"),
        json!("a-"),
        json!("a..b"),
        json!("a.-b"),
        json!("a_b"),
        json!("a\n"),
    ];
    let keys = [
        json!("a"),
        json!(".hidden"),
        json!("A_b-c.d"),
        json!("k".repeat(253)),
        json!("k".repeat(254)),
        json!(""),
        json!("."),
        json!(".."),
        json!("..a"),
        json!("a/b"),
        json!("a b"),
        json!("a\n"),
    ];
    for group in [
        "spec.exchange.hyperliquid.agentKeySecretRef",
        "spec.cache.redis.urlSecretRef",
    ] {
        agree(&[&format!("{group}.name")], &names, 4);
        agree(&[&format!("{group}.key")], &keys, 4);
    }
    for path in [
        "spec.decision.ai.apiKeySecretRef",
        "spec.decision.ai.promptConfigMapRef",
    ] {
        let reference = |name: &Value| json!({"name": name, "key": "k"});
        agree(&[path], &names.clone().map(|name| reference(&name)), 4);
    }
    agree(&["spec.storage.sqlite.storageClassName"], &names, 4);
    agree(
        &["spec.decision.ai.model"],
        &[
            json!("deepseek/deepseek-r1:free"),
            json!("m".repeat(128)),
            json!("m".repeat(129)),
            json!(""),
            json!("a b"),
            json!("mödel"),
        ],
        2,
    );
    agree(
        &["spec.worker.image"],
        &[
            json!("ghcr.io/a/b:1@sha256:00"),
            json!("i".repeat(512)),
            json!("i".repeat(513)),
            json!(""),
            json!("a b"),
            json!("a\u{a0}b"),
        ],
        2,
    );
}

#[test]
fn sizes_and_pods() {
    let mut sizes = texts(&[
        "64Mi",
        "1Gi",
        "1.5Gi",
        "67108864",
        "68M",
        "1Pi",
        "1024Ti",
        "0000000000000000000000064Mi",
    ]);
    sizes.push(json!(67_108_864));
    let good = sizes.len();
    sizes.extend(texts(&[
        "63Mi",
        "67108863.9",
        "67M",
        "500m",
        "99999999999999m",
        "2Pi",
        "1125899906842625",
        "99999999Pi",
        "",
        "1GB",
        "1Ei",
        "1e9",
        "-1Gi",
        "1 Gi",
        ".5Gi",
        "1.",
    ]));
    sizes.extend([json!(0), json!(-1), json!(i64::MAX)]);
    agree(&["spec.storage.sqlite.size"], &sizes, good);
    let quantities = [
        json!({"cpu": "1", "memory": "64Mi"}),
        json!({"cpu": "50m"}),
        json!({"cpu": 2}),
        json!({"cpu": "0.5"}),
        json!({"cpu": "half"}),
        json!({"cpu": ""}),
        json!({"cpu": -1}),
        json!({"cpu": true}),
        Value::Object((0..33).map(|i| (format!("r{i}"), json!(1))).collect()),
    ];
    agree(
        &[
            "spec.worker.resources.requests",
            "spec.worker.resources.limits",
        ],
        &quantities,
        4,
    );
    let labels = [
        json!({}),
        json!({"disk": "ssd"}),
        json!({"kubernetes.io/arch": ""}),
        json!({"disk": "a".repeat(63)}),
        json!({"disk": "a".repeat(64)}),
        json!({"disk": "a b"}),
        json!({"disk": "-a"}),
        Value::Object((0..33).map(|i| (format!("l{i}"), json!("a"))).collect()),
    ];
    agree(&["spec.worker.nodeSelector"], &labels, 4);
    let tolerations = [
        json!([]),
        json!([{"key": "a", "operator": "Equal", "value": "b", "effect": "NoExecute", "tolerationSeconds": 5}]),
        json!([{"operator": "Exists"}]),
        json!([{"operator": "exists"}]),
        json!([{"effect": "NoWay"}]),
        json!([{"value": "a b"}]),
        json!([{"key": "k".repeat(318)}]),
        json!([{"colour": "red"}]),
        json!((0..33).map(|_| json!({})).collect::<Vec<_>>()),
    ];
    agree(&["spec.worker.tolerations"], &tolerations, 3);
    let affinity = [json!({}), json!({"nodeAffinity": {"x": [1]}}), json!([])];
    agree(&["spec.worker.affinity"], &affinity, 2);
}

#[test]
fn modes_and_what_they_need() {
    let account = json!({"accountAddress": "0x00112233445566778899aAbBcCdDeEfF00112233", "agentKeySecretRef": {"name": "a", "key": "k"}});
    let postgres = json!({"postgres": {"urlSecretRef": {"name": "db", "key": "url"}}});
    let mut count = 0;
    for mode in ["Paper", "Testnet", "Live"] {
        for yes in [true, false] {
            for hyperliquid in [
                json!({}),
                account.clone(),
                with(account.clone(), "baseUrl", &json!("http://a")),
                with(account.clone(), "baseUrl", &json!("https://a")),
            ] {
                for storage in [
                    Value::Null,
                    json!({}),
                    json!({"sqlite": {}}),
                    postgres.clone(),
                    with(postgres.clone(), "sqlite", &json!({})),
                ] {
                    for ai in ["https://a", "http://a"] {
                        let mut bot = with(bot(), "spec.mode", &json!(mode));
                        bot["spec"]["acknowledgeRisk"] = json!(yes);
                        bot["spec"]["exchange"]["hyperliquid"] = hyperliquid.clone();
                        bot["spec"]["decision"]["ai"]["baseUrl"] = json!(ai);
                        if storage.is_null() {
                            bot["spec"].as_object_mut().unwrap().remove("storage");
                        } else {
                            bot["spec"]["storage"] = storage.clone();
                        }
                        let (here, there) = (ours(&bot.to_string()), theirs(&bot, None));
                        assert_eq!(here.len(), there.len(), "{bot}\n{here:?}\n{there:?}");
                        count += 1;
                    }
                }
            }
        }
    }
    assert_eq!(count, 240);
}

#[test]
fn who_decides() {
    let rule = json!({"emaCross": {"fast": 1, "slow": 2, "notional": 1}});
    let values = [
        json!({"ai": {}}),
        json!({"rule": rule}),
        json!({"ai": {}, "rule": rule}),
        json!({"ai": {}, "rule": {}}),
        json!({}),
        json!({"rule": {}}),
        json!({"rule": rule, "interval": "1h", "colour": "red"}),
        json!({"ai": {"provider": "OpenAI"}}),
    ];
    agree(&["spec.decision"], &values, 4);
}

#[test]
fn names() {
    let values = [
        json!("a"),
        json!("a".repeat(40)),
        json!("a".repeat(41)),
        json!("a.b"),
    ];
    agree(&["metadata.name"], &values, 2);
}

#[test]
fn changes() {
    let rule = json!({"fast": 1, "slow": 2, "notional": 1});
    let account = "0x00112233445566778899aAbBcCdDeEfF00112233";
    let spec = |fields: Value| {
        let mut spec =
            json!({"mode": "Paper", "markets": ["BTC"], "decision": {"rule": {"emaCross": rule}}});
        for (name, value) in fields.as_object().unwrap() {
            spec[name] = value.clone();
        }
        let mut bot = bot();
        bot["spec"] = spec;
        bot
    };
    let address = |address: &str| json!({"exchange": {"hyperliquid": {"accountAddress": address}}});
    let balance = |balance: Value| json!({"exchange": {"paper": {"startingBalance": balance}}});
    let specs = [
        json!({}),
        json!({"desiredState": "Paused", "markets": ["ETH"], "exchange": {}}),
        json!({"mode": "Testnet"}),
        address(account),
        address(&account.to_lowercase()),
        address("0x99112233445566778899aabbccddeeff00112233"),
        json!({"exchange": {"hyperliquid": {}}}),
        balance(json!("10000")),
        balance(json!(10_000)),
        balance(json!("10000.0")),
        balance(json!("9999.99")),
        json!({"exchange": {"paper": {"seed": 2}}}),
    ];
    for old in &specs {
        for new in &specs {
            let (old, new) = (spec(old.clone()), spec(new.clone()));
            let read = |bot: &Value| TradingBot::from_yaml(&bot.to_string()).unwrap().spec;
            let here = validate_change(&read(&old), &read(&new));
            let mut there = theirs(&new, Some(&old));
            // What is wrong with the new one alone is not about the change.
            let alone = theirs(&new, None);
            there.retain(|words| !alone.contains(words));
            let here = here.err().unwrap_or_default();
            assert_eq!(here.len(), there.len(), "{old}\n{new}\n{here:?}\n{there:?}");
            for problem in here {
                let words = problem.to_string();
                assert!(there.contains(&words), "{words}: {there:?}");
            }
        }
    }
}
