//! Every rule has a sentence, every problem of a manifest is told at once, and `local` skips one rule only.
#![allow(clippy::unwrap_used)]

use aicoin_api::bot::{RuleId, TradingBot, Where, validate, validate_change};

const PAPER: &str = "
apiVersion: aicoin.dev/v1alpha1
kind: TradingBot
metadata: {name: a}
spec:
  markets: [BTC]
  decision: {rule: {emaCross: {fast: 10, slow: 20, notional: 1000}}}
";

const LIVE: &str = "
apiVersion: aicoin.dev/v1alpha1
kind: TradingBot
metadata: {name: a, namespace: bots}
spec:
  mode: Live
  acknowledgeRisk: true
  markets: [BTC]
  exchange:
    hyperliquid:
      accountAddress: \"0x00112233445566778899aAbBcCdDeEfF00112233\"
      agentKeySecretRef: {name: btc-agent, key: private-key}
      baseUrl: https://node.example:3001/hl
  decision: {interval: 3m, ai: {apiKeySecretRef: {name: deepseek, key: api-key}, timeout: 60s}}
  storage: {postgres: {urlSecretRef: {name: db, key: url}}}
";

/// The rules that need the bot as it was.
const ABOUT_CHANGES: [RuleId; 3] = [
    RuleId::ModeFixed,
    RuleId::AccountFixed,
    RuleId::BalanceFixed,
];

fn problems(text: &str, place: Where) -> Vec<(RuleId, String)> {
    let bot = TradingBot::from_yaml(text).unwrap();
    let problems = validate(&bot, place).err().unwrap_or_default();
    problems
        .into_iter()
        .map(|problem| (problem.rule, problem.to_string()))
        .collect()
}

#[test]
fn good_manifests_have_no_problem() {
    for text in [PAPER, LIVE, &LIVE.replace("mode: Live", "mode: Testnet")] {
        for place in [Where::Local, Where::Cluster] {
            assert_eq!(problems(text, place), [], "{place:?} {text}");
        }
    }
}

#[test]
fn a_broken_rule_gets_its_sentence() {
    use RuleId::*;
    let paper = |from: &str, to: &str| {
        assert!(PAPER.contains(from), "{from}");
        PAPER.replace(from, to)
    };
    let live = |from: &str, to: &str| {
        assert!(LIVE.contains(from), "{from}");
        LIVE.replace(from, to)
    };
    let risk = |fields: &str| format!("{PAPER}  risk: {{{fields}}}\n");
    let with = |line: &str| format!("{PAPER}  {line}\n");
    let ai = |fields: &str| live("timeout: 60s", fields);
    let many: Vec<String> = (0..21).map(|i| format!("C{i}")).collect();
    let table = [
        (
            paper("name: a", "name: My_Bot"),
            NameIsDnsLabel,
            r#"metadata.name: "My_Bot" is no name in Kubernetes; write at most 63 lower-case letters, digits and dashes, with a letter or digit at both ends"#,
        ),
        (
            paper("name: a", "name: \"\""),
            NameIsDnsLabel,
            r#"metadata.name: "" is no name in Kubernetes; write at most 63 lower-case letters, digits and dashes, with a letter or digit at both ends"#,
        ),
        (
            paper("name: a", &format!("name: {}", "a".repeat(64))),
            NameIsDnsLabel,
            r#"metadata.name: "aaaaaaaa…" is no name in Kubernetes; write at most 63 lower-case letters, digits and dashes, with a letter or digit at both ends"#,
        ),
        (
            paper("name: a", "name: a, namespace: -b"),
            NameIsDnsLabel,
            r#"metadata.namespace: "-b" is no name in Kubernetes; write at most 63 lower-case letters, digits and dashes, with a letter or digit at both ends"#,
        ),
        (
            paper("[BTC]", "[]"),
            MarketsCount,
            "spec.markets: the list is empty; write 1 to 20 coins, like `[BTC, ETH]`",
        ),
        (
            paper("[BTC]", &format!("[{}]", many.join(", "))),
            MarketsCount,
            "spec.markets: there are 21 markets; write 1 to 20",
        ),
        (
            paper("[BTC]", "[BTC/USDT]"),
            MarketName,
            r#"spec.markets[0]: "BTC/USDT" is no market; write the coin alone, like `BTC`"#,
        ),
        (
            paper("[BTC]", "[BTC, \"\"]"),
            MarketName,
            r#"spec.markets[1]: "" is no market; write the coin alone, like `BTC`"#,
        ),
        (
            paper("[BTC]", "[BTC, ETH, BTC]"),
            MarketsUnique,
            "spec.markets[2]: `BTC` is there already; leave one",
        ),
        (
            live("agentKeySecretRef: {name: btc-agent, key: private-key}", ""),
            HyperliquidNeeded,
            "spec.exchange.hyperliquid.agentKeySecretRef: Live needs the key of an agent; write `{name: …, key: …}` of the Secret that holds it",
        ),
        (
            live(
                "accountAddress: \"0x00112233445566778899aAbBcCdDeEfF00112233\"",
                "",
            ),
            HyperliquidNeeded,
            r#"spec.exchange.hyperliquid.accountAddress: Live needs the address of the account that is traded; write "0x…""#,
        ),
        (
            live("mode: Live", "mode: Testnet").replace(
                "accountAddress: \"0x00112233445566778899aAbBcCdDeEfF00112233\"",
                "",
            ),
            HyperliquidNeeded,
            r#"spec.exchange.hyperliquid.accountAddress: Testnet needs the address of the account that is traded; write "0x…""#,
        ),
        (
            live(
                "0x00112233445566778899aAbBcCdDeEfF00112233",
                "00112233445566778899aAbBcCdDeEfF00112233",
            ),
            AccountAddress,
            "spec.exchange.hyperliquid.accountAddress: this is no account address; write 0x and 40 hexadecimal digits",
        ),
        (
            live(
                "0x00112233445566778899aAbBcCdDeEfF00112233",
                &format!("0x{}", "ab".repeat(32)),
            ),
            AccountAddress,
            "spec.exchange.hyperliquid.accountAddress: this looks like a private key; take it out of the manifest, put it into a Secret, and write the address of the account: 0x and 40 hexadecimal digits",
        ),
        (
            live("acknowledgeRisk: true", ""),
            LiveAcknowledged,
            "spec.acknowledgeRisk: Live trades real money; write `acknowledgeRisk: true` if you accept that it can be lost",
        ),
        (
            live(
                "storage: {postgres: {urlSecretRef: {name: db, key: url}}}",
                "",
            ),
            LiveNeedsPostgres,
            "spec.storage.postgres: Live in a cluster needs PostgreSQL; write `postgres: {urlSecretRef: {name: …, key: …}}`",
        ),
        (
            live("https://node", "http://node"),
            LiveNeedsHttps,
            "spec.exchange.hyperliquid.baseUrl: Live refuses http://, where anybody on the way can change what is said; write https://",
        ),
        (
            ai("baseUrl: http://localhost:11434/v1"),
            LiveNeedsHttps,
            "spec.decision.ai.baseUrl: Live refuses http://, where anybody on the way can change what is said; write https://",
        ),
        (
            live("https://node", "wss://node"),
            BaseUrl,
            "spec.exchange.hyperliquid.baseUrl: this is no base URL; write it like `https://host/path`, without a user, a query or a fragment",
        ),
        (
            ai("baseUrl: https://user:pass@host/v1"),
            BaseUrl,
            "spec.decision.ai.baseUrl: this is no base URL; write it like `https://host/path`, without a user, a query or a fragment",
        ),
        (
            ai("baseUrl: https://"),
            BaseUrl,
            "spec.decision.ai.baseUrl: this is no base URL; write it like `https://host/path`, without a user, a query or a fragment",
        ),
        (
            ai("baseUrl: \"https://host/v1?key=x\""),
            BaseUrl,
            "spec.decision.ai.baseUrl: this is no base URL; write it like `https://host/path`, without a user, a query or a fragment",
        ),
        (
            with("exchange: {paper: {startingBalance: 0}}"),
            StartingBalance,
            "spec.exchange.paper.startingBalance: 0 is out of range; write an amount above 0",
        ),
        (
            with("exchange: {paper: {fees: {takerPct: 10.5}}}"),
            FeesRange,
            "spec.exchange.paper.fees.takerPct: 10.5 is out of range; write 0 to 10",
        ),
        (
            with("exchange: {paper: {fees: {takerPct: -1}}}"),
            FeesRange,
            "spec.exchange.paper.fees.takerPct: -1 is out of range; write 0 to 10",
        ),
        (
            with("exchange: {paper: {fees: {makerPct: -11}}}"),
            FeesRange,
            "spec.exchange.paper.fees.makerPct: -11 is out of range; write -10 to 10, below 0 for a rebate",
        ),
        (
            with("exchange: {paper: {slippageBps: 401}}"),
            SlippageRange,
            "spec.exchange.paper.slippageBps: 401 is out of range; write 0 to 400",
        ),
        (
            paper("decision: {", "decision: {interval: 999ms, "),
            IntervalRange,
            "spec.decision.interval: 999ms is out of range; write 1s to 1d",
        ),
        (
            paper("decision: {", "decision: {interval: 25h, "),
            IntervalRange,
            "spec.decision.interval: 25h is out of range; write 1s to 1d",
        ),
        (
            paper(
                "rule: {emaCross: {fast: 10, slow: 20, notional: 1000}}",
                "rule: {}",
            ),
            DeciderNeeded,
            r#"spec.decision: nobody decides; write `ai`, or a `rule` like `{emaCross: {fast: 10, slow: 20, notional: "1000"}}`"#,
        ),
        (
            paper(
                "rule: {emaCross: {fast: 10, slow: 20, notional: 1000}}",
                "interval: 1m",
            ),
            DeciderNeeded,
            r#"spec.decision: nobody decides; write `ai`, or a `rule` like `{emaCross: {fast: 10, slow: 20, notional: "1000"}}`"#,
        ),
        (
            paper("fast: 10", "fast: 0"),
            EmaLength,
            "spec.decision.rule.emaCross.fast: 0 is out of range; write at least 1",
        ),
        (
            paper("slow: 20", "slow: 1001"),
            EmaLength,
            "spec.decision.rule.emaCross.slow: 1001 is out of range; write at most 1000",
        ),
        (
            paper("fast: 10", "fast: 20"),
            EmaOrder,
            "spec.decision.rule.emaCross.fast: 20 is not below slow, which is 20; write fewer candles for fast or more for slow",
        ),
        (
            paper("notional: 1000", "notional: -1"),
            AmountPositive,
            "spec.decision.rule.emaCross.notional: -1 is out of range; write an amount above 0",
        ),
        (
            ai("model: \"\""),
            ModelNamed,
            "spec.decision.ai.model: this is no name of a model; write 1 to 128 characters without spaces, like `deepseek-flash`",
        ),
        (
            ai("timeout: 3m"),
            TimeoutRange,
            "spec.decision.ai.timeout: 3m is not shorter than the interval of 3m; write less, or leave it out",
        ),
        (
            ai("timeout: 0s"),
            TimeoutRange,
            "spec.decision.ai.timeout: 0s is out of range; write 100ms to 10m",
        ),
        (
            ai("budget: {usdPerDay: 0}"),
            AmountPositive,
            "spec.decision.ai.budget.usdPerDay: 0 is out of range; write an amount above 0",
        ),
        (
            ai("budget: {callsPerHour: 0}"),
            CallsRange,
            "spec.decision.ai.budget.callsPerHour: 0 is out of range; write 1 to 100000",
        ),
        (
            ai("maxOutputTokens: 32"),
            OutputTokensRange,
            "spec.decision.ai.maxOutputTokens: 32 is out of range; write 64 to 384000",
        ),
        (
            ai("prices: {input: 1, cachedInput: -1, output: 2}"),
            PricesRange,
            "spec.decision.ai.prices.cachedInput: -1 is out of range; write 0 to 100000",
        ),
        (
            ai("promptConfigMapRef: {name: Prompt, key: a}"),
            ReferenceName,
            "spec.decision.ai.promptConfigMapRef.name: this cannot be the name of a ConfigMap; write lower-case letters, digits, dashes and dots",
        ),
        (
            risk("riskPerTradeBps: 0"),
            RiskPerTradeRange,
            "spec.risk.riskPerTradeBps: 0 is out of range; write 1 to 10000",
        ),
        (
            risk("riskPerTradeBps: 10001"),
            RiskPerTradeRange,
            "spec.risk.riskPerTradeBps: 10001 is out of range; write 1 to 10000",
        ),
        (
            risk("maxLeverage: 0"),
            LeverageRange,
            "spec.risk.maxLeverage: 0 is out of range; write 1 to 50",
        ),
        (
            risk("maxLeverage: 51"),
            LeverageRange,
            "spec.risk.maxLeverage: 51 is out of range; write 1 to 50",
        ),
        (
            risk("maxPositionNotional: 0"),
            AmountPositive,
            "spec.risk.maxPositionNotional: 0 is out of range; write an amount above 0",
        ),
        (
            risk("maxTotalNotional: -5"),
            AmountPositive,
            "spec.risk.maxTotalNotional: -5 is out of range; write an amount above 0",
        ),
        (
            risk("maxDailyLossPct: 0"),
            PercentRange,
            "spec.risk.maxDailyLossPct: 0 is out of range; write a percentage above 0 and up to 100",
        ),
        (
            risk("maxDrawdownPct: 100.1"),
            PercentRange,
            "spec.risk.maxDrawdownPct: 100.1 is out of range; write a percentage above 0 and up to 100",
        ),
        (
            risk("minConfidence: 101"),
            ConfidenceRange,
            "spec.risk.minConfidence: 101 is out of range; write 0 to 100",
        ),
        (
            risk("stopLossPct: -2"),
            PercentRange,
            "spec.risk.stopLossPct: -2 is out of range; write a percentage above 0 and up to 100",
        ),
        (
            risk("liquidationBufferPct: 101"),
            PercentRange,
            "spec.risk.liquidationBufferPct: 101 is out of range; write a percentage above 0 and up to 100",
        ),
        (
            risk("maxOrdersPerHour: 0"),
            OrdersRange,
            "spec.risk.maxOrdersPerHour: 0 is out of range; write 1 to 100000",
        ),
        (
            risk("maxOrdersPerHour: 100001"),
            OrdersRange,
            "spec.risk.maxOrdersPerHour: 100001 is out of range; write 1 to 100000",
        ),
        (
            risk("cooldownAfterStop: 31d"),
            CooldownRange,
            "spec.risk.cooldownAfterStop: 31d is out of range; write at most 30d",
        ),
        (
            with("storage: {postgres: {urlSecretRef: {name: db, key: url}}, sqlite: {}}"),
            StorageOne,
            "spec.storage: postgres and sqlite exclude each other; leave one",
        ),
        (
            with("storage: {sqlite: {size: 1Mi}}"),
            SqliteSize,
            "spec.storage.sqlite.size: 1Mi is out of range; write at least 64Mi",
        ),
        (
            with("storage: {sqlite: {size: 500m}}"),
            SqliteSize,
            "spec.storage.sqlite.size: 500m is out of range; write at least 64Mi",
        ),
        (
            with("cache: {redis: {urlSecretRef: {name: redis, key: ..}}}"),
            ReferenceName,
            "spec.cache.redis.urlSecretRef.key: this cannot be a key of a Secret; write letters, digits, dashes, dots and underscores",
        ),
        (
            with("cache: {redis: {urlSecretRef: {name: redis, key: \"a b\"}}}"),
            ReferenceName,
            "spec.cache.redis.urlSecretRef.key: this cannot be a key of a Secret; write letters, digits, dashes, dots and underscores",
        ),
        (
            live("name: btc-agent", &format!("name: 0x{}", "AB".repeat(32))),
            ReferenceName,
            "spec.exchange.hyperliquid.agentKeySecretRef.name: this cannot be the name of a Secret; write lower-case letters, digits, dashes and dots",
        ),
        (
            with("worker: {image: \"a b\"}"),
            ImageName,
            "spec.worker.image: this is no image; write it like `ghcr.io/example/aicoin-worker:1.0.0`, or leave it out",
        ),
        (
            paper("name: a", &format!("name: {}", "a".repeat(41))),
            BotNameLength,
            "metadata.name: a bot's name has at most 40 characters, because in a cluster its children's names are longer; write a shorter one",
        ),
        (
            with("exchange: {paper: {seed: 9223372036854775808}}"),
            SeedRange,
            "spec.exchange.paper.seed: 9223372036854775808 is out of range; write 0 to 9223372036854775807",
        ),
        (
            with("storage: {sqlite: {storageClassName: \"a b\"}}"),
            StorageClassName,
            "spec.storage.sqlite.storageClassName: this cannot be the name of a StorageClass; write lower-case letters, digits, dashes and dots",
        ),
        (
            with("storage: {sqlite: {size: 2Pi}}"),
            SqliteSize,
            "spec.storage.sqlite.size: 2Pi is out of range; write at most 1Pi",
        ),
        (
            with("worker: {nodeSelector: {disk: \"a b\"}}"),
            PodFields,
            "spec.worker.nodeSelector.disk: this is no value of a label; write at most 63 letters, digits, dashes, dots and underscores, with a letter or digit at both ends",
        ),
        (
            with(&format!("worker: {{tolerations: [{}]}}", "{}, ".repeat(33))),
            PodFields,
            "spec.worker.tolerations: there are too many; write at most 32",
        ),
    ];
    for (text, rule, sentence) in &table {
        assert_eq!(
            problems(text, Where::Cluster),
            [(*rule, (*sentence).to_owned())],
            "{text}"
        );
    }
    let untested: Vec<&RuleId> = RuleId::ALL
        .iter()
        .filter(|rule| !table.iter().any(|(_, tested, _)| tested == *rule))
        .filter(|rule| !ABOUT_CHANGES.contains(rule))
        .collect();
    assert_eq!(untested, [] as [&RuleId; 0]);
}

#[test]
fn every_problem_is_told_at_once_in_the_order_of_the_manifest() {
    let text = LIVE
        .replace("acknowledgeRisk: true", "acknowledgeRisk: false")
        .replace("[BTC]", "[BTC, BTC]")
        .replace("name: a", "name: A")
        .replace("interval: 3m", "interval: 30s")
        + "  risk: {maxLeverage: 60, stopLossPct: 0}\n";
    let rules: Vec<RuleId> = problems(&text, Where::Local)
        .into_iter()
        .map(|(rule, _)| rule)
        .collect();
    assert_eq!(
        rules,
        [
            RuleId::NameIsDnsLabel,
            RuleId::LiveAcknowledged,
            RuleId::MarketsUnique,
            RuleId::TimeoutRange,
            RuleId::LeverageRange,
            RuleId::PercentRange,
        ]
    );
}

#[test]
fn what_a_bot_trades_stays_what_it_was() {
    let spec = |text: &str| TradingBot::from_yaml(text).unwrap().spec;
    let address = "0x00112233445566778899aAbBcCdDeEfF00112233";
    let other = "0x99112233445566778899aAbBcCdDeEfF00112233";
    let balance = |written: &str| format!("{PAPER}  exchange: {{paper: {{{written}}}}}\n");
    let table = [
        (PAPER.to_owned(), PAPER.replace("BTC", "ETH"), vec![]),
        (PAPER.to_owned(), balance("startingBalance: 10000"), vec![]),
        (
            balance("startingBalance: \"1\""),
            PAPER.to_owned(),
            vec![RuleId::BalanceFixed],
        ),
        (
            LIVE.to_owned(),
            LIVE.replace("mode: Live", "mode: Testnet"),
            vec![RuleId::ModeFixed],
        ),
        (
            LIVE.to_owned(),
            LIVE.replace(address, other),
            vec![RuleId::AccountFixed],
        ),
        (
            LIVE.to_owned(),
            LIVE.replace(&format!("accountAddress: \"{address}\""), ""),
            vec![RuleId::AccountFixed],
        ),
        (
            LIVE.replace(&format!("accountAddress: \"{address}\""), ""),
            LIVE.to_owned(),
            vec![],
        ),
    ];
    for (old, new, rules) in table {
        let problems = validate_change(&spec(&old), &spec(&new));
        let found: Vec<RuleId> = problems
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|problem| problem.rule)
            .collect();
        assert_eq!(found, rules, "{old} {new}");
    }
}

#[test]
fn local_skips_what_only_a_cluster_asks_for() {
    let skipped: Vec<&RuleId> = RuleId::ALL
        .iter()
        .filter(|rule| !rule.applies(Where::Local))
        .collect();
    assert_eq!(skipped, [&RuleId::LiveNeedsPostgres]);
    let text = LIVE.replace(
        "storage: {postgres: {urlSecretRef: {name: db, key: url}}}",
        "",
    );
    assert_eq!(problems(&text, Where::Local), []);
}

#[test]
fn no_sentence_repeats_what_may_be_a_key() {
    let key = "ab".repeat(32);
    let address = "0x00112233445566778899aAbBcCdDeEfF00112233";
    for text in [
        LIVE.replace(address, &format!("0x{key}")),
        LIVE.replace("name: btc-agent", &format!("name: A{key}")),
        LIVE.replace("key: private-key", &format!("key: \"{key} \"")),
        LIVE.replace("[BTC]", &format!("[\"-{key}\"]")),
        LIVE.replace(
            "https://node.example",
            &format!("https://{key}@node.example"),
        ),
    ] {
        for (_, sentence) in problems(&text, Where::Cluster) {
            assert!(!sentence.contains(&key), "{sentence}");
        }
        assert_eq!(problems(&text, Where::Cluster).len(), 1);
    }
    let wrong_type = LIVE.replace("{name: btc-agent, key: private-key}", &key);
    assert!(
        !TradingBot::from_yaml(&wrong_type)
            .unwrap_err()
            .to_string()
            .contains("abab")
    );
}
