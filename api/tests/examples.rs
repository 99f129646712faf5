//! The examples a newcomer starts from, the documentation, and the defaults agree with the types.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use aicoin_api::bot::{
    AiPrices, Decider, DeletionPolicy, Dollars, Exchange, FIELDS, Mode, Paper, PaperFees,
    PaperMarket, Percent, Risk, RiskLimits, Span, Storage, TradingBot, Where, Worker, defaults,
    effective_risk, validate,
};
use aicoin_domain::{Desired, DurationMs, Leverage, Rate, Usd};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A manifest with every field that there is.
const FULL: &str = "
apiVersion: aicoin.dev/v1alpha1
kind: TradingBot
metadata: {name: full, namespace: bots, labels: {a: b}, annotations: {c: d}}
spec:
  desiredState: Paused
  mode: Testnet
  acknowledgeRisk: true
  markets: [BTC]
  exchange:
    hyperliquid:
      accountAddress: \"0x00112233445566778899aAbBcCdDeEfF00112233\"
      agentKeySecretRef: {name: btc-agent, key: private-key}
      baseUrl: https://node.example
    paper:
      market: Hyperliquid
      startingBalance: \"250.5\"
      seed: 7
      fees: {takerPct: \"0.04\", makerPct: \"-0.003\"}
      slippageBps: 2
  decision:
    interval: 90s
    ai:
      provider: DeepSeek
      model: some-model
      baseUrl: http://vllm.bots:8000/v1
      apiKeySecretRef: {name: deepseek, key: api-key}
      timeout: 45s
      budget: {usdPerDay: \"2\", callsPerHour: 10}
      promptConfigMapRef: {name: prompts, key: v1}
      thinking: true
      maxOutputTokens: 8000
      dialect: {thinking: ChatTemplateKwargs, outputLimit: MaxCompletionTokens, responseFormat: JsonSchema, sendTemperature: false}
      prices: {input: \"1\", cachedInput: \"0.1\", output: \"2\"}
    rule: {emaCross: {fast: 10, slow: 20, notional: \"1000\"}}
  risk: {riskPerTradeBps: 50, maxLeverage: 3, maxPositionNotional: \"2000\", maxTotalNotional: \"5000\", maxDailyLossPct: \"3\", maxDrawdownPct: \"10\", minConfidence: 60, stopLossPct: \"2\", liquidationBufferPct: \"15\", maxOrdersPerHour: 20, cooldownAfterStop: 15m}
  storage:
    postgres: {urlSecretRef: {name: db, key: url}, migrateUrlSecretRef: {name: db, key: migrate}}
    sqlite: {size: 1Gi, storageClassName: fast}
  cache: {redis: {urlSecretRef: {name: redis, key: url}}}
  deletionPolicy: Retain
  worker:
    image: ghcr.io/example/aicoin-worker:1
    updatePolicy: Automatic
    resources: {requests: {cpu: \"1\"}, limits: {memory: 64Mi}}
    logLevel: debug
    nodeSelector: {disk: ssd}
    tolerations: [{key: a, operator: Equal, value: b, effect: NoExecute, tolerationSeconds: 5}]
    affinity: {nodeAffinity: {}}
";

/// The paths of all fields of `value`; maps with free keys end the path.
fn paths(value: &serde_json::Value, path: &str, found: &mut BTreeSet<String>) {
    const FREE: [&str; 6] = [
        "labels",
        "annotations",
        "requests",
        "limits",
        "nodeSelector",
        "affinity",
    ];
    for (name, child) in value.as_object().into_iter().flatten() {
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        found.insert(path.clone());
        if let Some(first) = child.as_array().and_then(|list| list.first()) {
            paths(first, &format!("{path}[]"), found);
        } else if !FREE.contains(&name.as_str()) {
            paths(child, &path, found);
        }
    }
}

#[test]
fn every_example_is_read_and_breaks_no_rule() {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(root().join("examples")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let bot = TradingBot::from_yaml(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        for place in [Where::Local, Where::Cluster] {
            assert_eq!(validate(&bot, place), Ok(()), "{path:?} {place:?}");
        }
        names.insert(path.file_name().unwrap().to_string_lossy().into_owned());
    }
    for name in [
        "quickstart.yaml",
        "paper-bot.yaml",
        "paper-rule.yaml",
        "deepseek-paper.yaml",
    ] {
        assert!(names.contains(name), "{name} is missing");
    }
}

#[test]
fn the_quickstart_has_an_ai_and_a_rule_with_a_stop_on_paper() {
    let text = fs::read_to_string(root().join("examples/quickstart.yaml")).unwrap();
    let spec = TradingBot::from_yaml(&text).unwrap().spec;
    assert_eq!(
        (spec.mode, spec.exchange.paper().market),
        (Mode::Paper, PaperMarket::Simulated)
    );
    assert_eq!(spec.markets, ["BTC", "ETH"]);
    let key = spec
        .decision
        .ai
        .as_ref()
        .and_then(|ai| ai.api_key_secret_ref.as_ref())
        .unwrap();
    assert_eq!(
        (key.name.as_str(), key.key.as_str()),
        ("deepseek", "api-key")
    );
    assert!(spec.decision.ema_cross().is_some());
    assert_eq!(
        effective_risk(&spec, Decider::Rule),
        RiskLimits {
            stop_loss: Some(Rate::from_bps(200)),
            ..RiskLimits::default()
        }
    );
}

#[test]
fn the_list_of_fields_and_the_types_agree() {
    let bot = TradingBot::from_yaml(FULL).unwrap();
    let mut found = BTreeSet::new();
    paths(&serde_json::to_value(&bot).unwrap(), "", &mut found);
    let listed: BTreeSet<String> = FIELDS.iter().map(|path| (*path).to_owned()).collect();
    assert_eq!(found, listed);
}

#[test]
fn every_field_is_documented() {
    let text = fs::read_to_string(root().join("docs/tradingbot.md")).unwrap();
    let missing: Vec<&&str> = FIELDS
        .iter()
        .filter(|path| !text.contains(&format!("`{path}`")))
        .collect();
    assert_eq!(missing, [] as [&&str; 0]);
}

#[test]
fn a_manifest_comes_back_unchanged() {
    let bot = TradingBot::from_yaml(FULL).unwrap();
    let yaml = serde_yaml::to_string(&bot).unwrap();
    assert_eq!(TradingBot::from_yaml(&yaml).unwrap(), bot, "{yaml}");
    let json = serde_json::to_string(&bot).unwrap();
    assert_eq!(
        serde_json::from_str::<TradingBot>(&json).unwrap(),
        bot,
        "{json}"
    );
    assert_eq!(TradingBot::from_yaml(&json).unwrap(), bot, "JSON is YAML");
}

#[test]
fn what_is_left_out_has_its_documented_default() {
    let text = "
apiVersion: aicoin.dev/v1alpha1
kind: TradingBot
metadata: {name: a}
spec:
  markets: [BTC]
  decision: {ai: {}}
";
    let bot = TradingBot::from_yaml(text).unwrap();
    let (id, spec) = (bot.id(), bot.spec);
    assert_eq!(id, "default/a");
    assert_eq!(
        (
            spec.desired_state,
            spec.mode,
            spec.acknowledge_risk,
            spec.deletion_policy
        ),
        (
            Desired::Running,
            Mode::Paper,
            false,
            DeletionPolicy::CloseAll
        )
    );
    assert_eq!(spec.exchange, Exchange::default());
    assert_eq!(
        spec.exchange.paper(),
        Paper {
            market: PaperMarket::Simulated,
            starting_balance: Dollars(Usd::from_whole(10_000)),
            seed: 1,
            fees: PaperFees {
                taker_pct: Percent(Rate::from_percent("0.045").unwrap()),
                maker_pct: Percent(Rate::from_percent("0.015").unwrap()),
            },
            slippage_bps: 0,
        }
    );
    assert_eq!(
        (spec.risk, spec.worker),
        (Risk::default(), Worker::default())
    );
    assert_eq!((spec.storage, spec.cache), (None, None));
    assert_eq!(spec.decision.interval, Span(DurationMs::from_mins(3)));
    let ai = spec.decision.ai.unwrap();
    assert_eq!(
        (ai.model.as_str(), ai.base_url.as_str()),
        ("deepseek-flash", "https://api.deepseek.com")
    );
    assert_eq!(
        (ai.budget.usd_per_day, ai.budget.calls_per_hour),
        (Dollars(Usd::from_whole(5)), 40)
    );
    assert_eq!(
        ai.timeout(spec.decision.interval.0),
        DurationMs::from_secs(60)
    );
}

#[test]
fn storage_without_a_choice_is_sqlite_with_its_defaults() {
    let storage: Storage = serde_yaml::from_str("sqlite: {}").unwrap();
    let sqlite = storage.sqlite.unwrap();
    assert_eq!(
        (sqlite.size.bytes(), sqlite.storage_class_name),
        (Some(1 << 30), None)
    );
}

#[test]
fn a_decision_is_always_due_before_the_next_one() {
    for (interval_ms, timeout_ms) in [
        (1_000, 900),
        (30_000, 27_000),
        (60_000, 54_000),
        (60_001, 60_000),
        (180_000, 60_000),
    ] {
        let timeout = defaults::ai_timeout(DurationMs(interval_ms));
        assert_eq!(timeout, DurationMs(timeout_ms), "{interval_ms}");
        assert!(timeout < DurationMs(interval_ms));
    }
}

#[test]
fn prices_are_those_of_peak_hours_and_unknown_models_are_dear() {
    let prices = |input: &str, cached_input: &str, output: &str| AiPrices {
        input: input.parse().unwrap(),
        cached_input: cached_input.parse().unwrap(),
        output: output.parse().unwrap(),
    };
    assert_eq!(
        defaults::ai_prices("deepseek-flash"),
        prices("0.30", "0.006", "1.20")
    );
    assert_eq!(
        defaults::ai_prices("deepseek-v4-pro"),
        prices("1.32", "0.044", "3.96")
    );
    assert_eq!(
        defaults::ai_prices("another"),
        defaults::ai_prices("deepseek-v4-pro")
    );
}

#[test]
fn limits_left_out_are_safe_except_for_a_rule_on_paper() {
    let mut spec = TradingBot::from_yaml(FULL).unwrap().spec;
    spec.risk = Risk {
        max_leverage: Some(5),
        ..Risk::default()
    };
    let written = RiskLimits {
        max_leverage: Some(Leverage::new(5)),
        ..RiskLimits::default()
    };
    let safe = RiskLimits {
        max_leverage: Some(Leverage::new(5)),
        ..RiskLimits::SAFE
    };
    let table = [
        (Mode::Paper, Decider::Rule, &written),
        (Mode::Paper, Decider::Ai, &safe),
        (Mode::Testnet, Decider::Rule, &safe),
        (Mode::Testnet, Decider::Ai, &safe),
        (Mode::Live, Decider::Rule, &safe),
        (Mode::Live, Decider::Ai, &safe),
    ];
    for (mode, decider, limits) in table {
        spec.mode = mode;
        assert_eq!(
            &effective_risk(&spec, decider),
            limits,
            "{mode} {decider:?}"
        );
    }
    assert_eq!(RiskLimits::as_written(&spec.risk), written);
}

#[test]
fn written_limits_arrive_in_the_core_s_units() {
    let spec = TradingBot::from_yaml(FULL).unwrap().spec;
    assert_eq!(
        RiskLimits::as_written(&spec.risk),
        RiskLimits {
            risk_per_trade: Some(Rate::from_bps(50)),
            max_leverage: Some(Leverage::new(3)),
            max_position_notional: Some(Usd::from_whole(2_000)),
            max_total_notional: Some(Usd::from_whole(5_000)),
            max_daily_loss: Some(Rate::from_bps(300)),
            max_drawdown: Some(Rate::from_bps(1_000)),
            min_confidence: Some(60),
            stop_loss: Some(Rate::from_bps(200)),
            liquidation_buffer: Some(Rate::from_bps(1_500)),
            max_orders_per_hour: Some(20),
            cooldown_after_stop: Some(DurationMs::from_mins(15)),
        }
    );
}
