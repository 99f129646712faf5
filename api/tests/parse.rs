//! Every way in which a text fails to be a manifest ends in one sentence that names the field and the fix.

use aicoin_api::bot::{MANIFEST_BYTES_MAX, TradingBot};

/// The frame of a manifest around `spec`, whose lines are given without their indentation.
fn manifest(spec: &str) -> String {
    let spec: String = spec.lines().map(|line| format!("  {line}\n")).collect();
    format!(
        "apiVersion: aicoin.dev/v1alpha1\nkind: TradingBot\nmetadata: {{name: a}}\nspec:\n{spec}"
    )
}

fn sentence(text: &str) -> String {
    match TradingBot::from_yaml(text) {
        Ok(bot) => format!("no error: {bot:?}"),
        Err(error) => error.to_string(),
    }
}

const RULE: &str = "decision: {rule: {emaCross: {fast: 10, slow: 20, notional: \"1000\"}}}";

#[test]
fn a_wrong_field_gets_a_sentence_with_its_path_and_the_fix() {
    let emacross =
        |fields: &str| format!("markets: [BTC]\ndecision: {{rule: {{emaCross: {{{fields}}}}}}}");
    let with = |lines: &str| format!("markets: [BTC]\n{RULE}\n{lines}");
    let table = [
        (
            emacross("fats: 10, slow: 20, notional: 1000"),
            "spec.decision.rule.emaCross.fats: there is no such field; did you mean `fast`?",
        ),
        (
            emacross("colour: 10, slow: 20, notional: 1000"),
            "spec.decision.rule.emaCross.colour: there is no such field; the fields here are `fast`, `slow` and `notional`",
        ),
        (
            emacross("slow: 20, notional: 1000"),
            "spec.decision.rule.emaCross.fast: this field is missing; write a number of candles",
        ),
        (
            emacross("fast: 10, slow: 20"),
            r#"spec.decision.rule.emaCross.notional: this field is missing; write an amount of USD like "1000""#,
        ),
        (
            emacross("fast: ten, slow: 20, notional: 1000"),
            r#"spec.decision.rule.emaCross.fast: this is the text "ten"; write a whole number"#,
        ),
        (
            emacross("fast: \"10\", slow: 20, notional: 1000"),
            r#"spec.decision.rule.emaCross.fast: this is the text "10"; write a whole number without quotes"#,
        ),
        (
            emacross("fast: -1, slow: 20, notional: 1000"),
            "spec.decision.rule.emaCross.fast: this is the number -1; write a whole number that is not below 0",
        ),
        (
            emacross("fast: 2.5, slow: 20, notional: 1000"),
            "spec.decision.rule.emaCross.fast: this is the number 2.5; write a whole number",
        ),
        (
            emacross("fast: 99999999999, slow: 20, notional: 1000"),
            "spec.decision.rule.emaCross.fast: this is the number 99999999999; write a smaller number",
        ),
        (
            emacross("fast: 10, slow: 20, notional: 1_000"),
            r#"spec.decision.rule.emaCross.notional: "1_000" is not an amount of USD; write it like "1000" or "0.5""#,
        ),
        (
            emacross("fast: 10, slow: 20, notional: [1000]"),
            r#"spec.decision.rule.emaCross.notional: this is a list; write an amount of USD like "1000""#,
        ),
        (
            emacross("fast: 10, slow: 20, notional: 0.1234567890123456"),
            "spec.decision.rule.emaCross.notional: the number 0.1234567890123456 has more digits than are kept without quotes; put it in quotes",
        ),
        (
            emacross("fast: 10, slow: 20, notional: \"0.1234567890123456789\""),
            r#"spec.decision.rule.emaCross.notional: "0.1234567890123456789" has more than 18 decimals; write a shorter number"#,
        ),
        (
            emacross("fast: 10, slow: 20, notional: \"10000000000000000\""),
            r#"spec.decision.rule.emaCross.notional: "10000000000000000" is too large; write a shorter number"#,
        ),
        (
            emacross("fast: 10, slow: 20, notional: \"1e3\""),
            r#"spec.decision.rule.emaCross.notional: "1e3" is not an amount of USD; write it like "1000" or "0.5""#,
        ),
        (
            RULE.to_owned(),
            "spec.markets: this field is missing; write the coins to trade, like `markets: [BTC, ETH]`",
        ),
        (
            "markets: [BTC]".to_owned(),
            "spec.decision: this field is missing; write who decides: `ai` or `rule`",
        ),
        (
            format!("markets: BTC\n{RULE}"),
            r#"spec.markets: this is the text "BTC"; write a list, like `[BTC, ETH]`"#,
        ),
        (
            format!("markets: [BTC, {{ETH: 1}}]\n{RULE}"),
            "spec.markets[1]: this is a group of fields; write a text",
        ),
        (
            format!("markets: [BTC]\nmarkets: [ETH]\n{RULE}"),
            "spec.markets: this field is written twice; leave one",
        ),
        (
            with("mode: paper"),
            r#"spec.mode: there is no "paper"; did you mean `Paper`?"#,
        ),
        (
            with("mode: Real"),
            r#"spec.mode: there is no "Real"; write `Paper`, `Testnet` or `Live`"#,
        ),
        (
            with("mode: [Paper]"),
            "spec.mode: this is a list; write one word",
        ),
        (
            with("mode:"),
            "spec.mode: nothing is written here; write `Paper`, `Testnet` or `Live`",
        ),
        (
            with("desiredState: Pause"),
            r#"spec.desiredState: there is no "Pause"; did you mean `Paused`?"#,
        ),
        (
            with("acknowledgeRisk: yes"),
            r#"spec.acknowledgeRisk: this is the text "yes"; write `true` or `false`"#,
        ),
        (
            with("leverage: 3"),
            "spec.leverage: there is no such field; did you mean `spec.risk.maxLeverage`?",
        ),
        (
            with("stopLossPct: \"2\""),
            "spec.stopLossPct: there is no such field here; it belongs in `spec.risk`",
        ),
        (
            with("risk: {stopLoss: \"2\"}"),
            "spec.risk.stopLoss: there is no such field; did you mean `stopLossPct`?",
        ),
        (
            with("risk: {stopLossPct: 2%}"),
            r#"spec.risk.stopLossPct: "2%" is not a percentage; write it like "2.5", without a percent sign"#,
        ),
        (
            with("risk: {maxLeverage: 3x}"),
            r#"spec.risk.maxLeverage: this is the text "3x"; write a whole number"#,
        ),
        (
            with("risk: {cooldownAfterStop: 15}"),
            r#"spec.risk.cooldownAfterStop: "15" has no unit; write 15s for seconds"#,
        ),
        (
            with("risk: {cooldownAfterStop: 15 minutes}"),
            r#"spec.risk.cooldownAfterStop: "15 minutes" is not a length of time; write it like 500ms, 90s, 3m or 1h"#,
        ),
        (
            with("risk: ~"),
            "spec.risk: this is empty; write a group of fields, `name: value`",
        ),
        (
            with("exchange: {paper: {startingBalance: ten thousand}}"),
            r#"spec.exchange.paper.startingBalance: "ten thousand" is not an amount of USD; write it like "1000" or "0.5""#,
        ),
        (
            with("exchange: {paper: {market: Hyperlquid}}"),
            r#"spec.exchange.paper.market: there is no "Hyperlquid"; did you mean `Hyperliquid`?"#,
        ),
        (
            with("exchange: {paper: {fees: 0.045}}"),
            "spec.exchange.paper.fees: this is the number 0.045; write a group of fields, `name: value`",
        ),
        (
            with("exchange: {hyperliquid: {agentKey: \"0x12\"}}"),
            "spec.exchange.hyperliquid.agentKey: there is no such field; did you mean `agentKeySecretRef`?",
        ),
        (
            with(
                "exchange: {hyperliquid: {agentKeySecretRef: \"0x1234123412341234123412341234123412341234123412341234123412341234\"}}",
            ),
            "spec.exchange.hyperliquid.agentKeySecretRef: this is a text; write `{name: …, key: …}`, where the value is kept",
        ),
        (
            with("exchange: {hyperliquid: {agentKeySecretRef: {name: btc-agent}}}"),
            "spec.exchange.hyperliquid.agentKeySecretRef.key: this field is missing; write the key in it",
        ),
        (
            with("storage: {sqlite: {size: 1GB}}"),
            r#"spec.storage.sqlite.size: "1GB" is not a quantity; write it like 1Gi, 500m or 2"#,
        ),
        (
            with("storage: {mysql: {}}"),
            "spec.storage.mysql: there is no such field; the fields here are `postgres` and `sqlite`",
        ),
        (
            with("cache: {}"),
            "spec.cache.redis: this field is missing; write `redis: {urlSecretRef: {name: …, key: …}}`",
        ),
        (
            with("deletionPolicy: Delete"),
            r#"spec.deletionPolicy: there is no "Delete"; write `CloseAll` or `Retain`"#,
        ),
        (
            with("worker: {logLevel: verbose}"),
            r#"spec.worker.logLevel: there is no "verbose"; write `error`, `warn`, `info`, `debug` or `trace`"#,
        ),
        (
            with("worker: {affinity: none}"),
            r#"spec.worker.affinity: this is the text "none"; write a group of fields, `name: value`"#,
        ),
        (
            "markets: [BTC]\ndecision: {interval: 3min, ai: {}}".to_owned(),
            r#"spec.decision.interval: "3min" is not a length of time; write it like 500ms, 90s, 3m or 1h"#,
        ),
        (
            "markets: [BTC]\ndecision: {interval: 180, ai: {}}".to_owned(),
            r#"spec.decision.interval: "180" has no unit; write 180s for seconds"#,
        ),
        (
            "markets: [BTC]\ndecision: {ai: {provider: OpenAI}}".to_owned(),
            r#"spec.decision.ai.provider: there is no "OpenAI"; write `DeepSeek`"#,
        ),
        (
            "markets: [BTC]\ndecision: {ai: {apiKey: sk-1}}".to_owned(),
            "spec.decision.ai.apiKey: there is no such field; did you mean `apiKeySecretRef`?",
        ),
        (
            "markets: [BTC]\ndecision: {ai: {prices: {input: 1, output: 2}}}".to_owned(),
            "spec.decision.ai.prices.cachedInput: this field is missing; write the USD for a million tokens",
        ),
        (
            "markets: [BTC]\ndecision: emaCross".to_owned(),
            r#"spec.decision: this is the text "emaCross"; write a group of fields, `name: value`"#,
        ),
    ];
    for (text, expected) in &table {
        assert_eq!(sentence(&manifest(text)), *expected, "{text}");
    }
}

#[test]
fn a_text_that_is_no_manifest_gets_a_sentence() {
    let bot = manifest(&format!("markets: [BTC]\n{RULE}"));
    let secret =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: deepseek}\nstringData: {api-key: x}\n";
    let table = [
        (
            String::new(),
            "the manifest is empty; write a TradingBot, see examples/quickstart.yaml",
        ),
        (
            "# nothing yet\n---\n".to_owned(),
            "the manifest is empty; write a TradingBot, see examples/quickstart.yaml",
        ),
        (
            "just words".to_owned(),
            "the manifest is no group of fields; write a TradingBot, see examples/quickstart.yaml",
        ),
        (
            "[1, 2]".to_owned(),
            "the manifest is no group of fields; write a TradingBot, see examples/quickstart.yaml",
        ),
        (
            "spec: {markets: [BTC]\n".to_owned(),
            "the manifest is not YAML: did not find expected ',' or '}' at line 2 column 1, while parsing a flow mapping at line 1 column 7",
        ),
        (
            "spec:\n  markets: [BTC]\n\tdecision: {}\n".to_owned(),
            "the manifest is not YAML: found character that cannot start any token at line 3 column 1, while scanning for the next token",
        ),
        (
            "spec: *nothing\n".to_owned(),
            "the manifest is not YAML: unknown anchor at line 1 column 7",
        ),
        (
            "a: &a [*a, *a]\nkind: TradingBot\n".to_owned(),
            "the manifest is not YAML: recursion limit exceeded at line 1 column 4",
        ),
        (
            bot.replace("kind: TradingBot\n", ""),
            "kind: this field is missing; write `kind: TradingBot`",
        ),
        (
            bot.replace("TradingBot", "Tradingbot"),
            r#"kind: there is no "Tradingbot"; did you mean `TradingBot`?"#,
        ),
        (
            bot.replace("TradingBot", "Deployment"),
            r#"kind: "Deployment" is not run here; write `kind: TradingBot`"#,
        ),
        (
            bot.replace("apiVersion: aicoin.dev/v1alpha1\n", ""),
            "apiVersion: this field is missing; write `apiVersion: aicoin.dev/v1alpha1`",
        ),
        (
            bot.replace("v1alpha1", "v1"),
            r#"apiVersion: "aicoin.dev/v1" is not known; write `aicoin.dev/v1alpha1`"#,
        ),
        (
            bot.replace("aicoin.dev/v1alpha1", "1"),
            "apiVersion: this is not a text; write `aicoin.dev/v1alpha1`",
        ),
        (
            bot.replace("metadata: {name: a}\n", ""),
            "metadata: this field is missing; write `metadata: {name: my-bot}`",
        ),
        (
            bot.replace("{name: a}", "{nmae: a}"),
            "metadata.nmae: there is no such field; did you mean `name`?",
        ),
        (
            bot.replace("{name: a}", "{namespace: a}"),
            "metadata.name: this field is missing; write a name like `my-bot`",
        ),
        (
            bot.replace("{name: a}", "{name: a, name: b}"),
            "metadata.name: this field is written twice; leave one",
        ),
        (
            bot.replace("{name: a}", "{name: [a]}"),
            "metadata.name: this is a list; write a text",
        ),
        (
            bot.replace("spec:", "spce:"),
            "spce: there is no such field; did you mean `spec`?",
        ),
        (
            format!("{bot}markets: [BTC]\n"),
            "markets: there is no such field here; it belongs in `spec`",
        ),
        (
            "apiVersion: aicoin.dev/v1alpha1\nkind: TradingBot\nmetadata: {name: a}\n".to_owned(),
            "spec: this field is missing; write the markets and who decides, see examples/quickstart.yaml",
        ),
        (
            format!("{bot}---\n{bot}"),
            "the manifest holds 2 TradingBots; leave one, and put the others into files of their own",
        ),
        (
            format!("{secret}---\n{secret}"),
            "the manifest holds `Secret` and no TradingBot; add one",
        ),
        (
            format!("{bot}# {}", "x".repeat(MANIFEST_BYTES_MAX)),
            "the manifest has 1048741 bytes; at most 1048576 are read",
        ),
        (
            format!("{bot}  \u{0}"),
            "the manifest is not YAML: control characters are not allowed at position 165",
        ),
    ];
    for (text, expected) in &table {
        assert_eq!(sentence(text), *expected, "{text:.200}");
    }
}

#[test]
fn the_one_bot_among_other_objects_is_taken() {
    let bot = manifest(&format!("markets: [BTC]\n{RULE}"));
    let secret =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: deepseek}\nstringData: {api-key: x}\n";
    let alone = TradingBot::from_yaml(&bot).unwrap();
    for text in [
        format!("{secret}---\n{bot}"),
        format!("{bot}---\n{secret}"),
        format!("---\n# a bot\n{bot}---\n"),
    ] {
        assert_eq!(TradingBot::from_yaml(&text).as_ref(), Ok(&alone), "{text}");
    }
}

#[test]
fn an_error_knows_its_line() {
    let line = |text: &str| TradingBot::from_yaml(text).unwrap_err().line();
    let bot = manifest(&format!(
        "markets: [BTC]\n{RULE}\nrisk:\n  maxLeverage: 3\n  stopLossPct: x\n"
    ));
    assert_eq!(line(&bot), Some(9));
    assert_eq!(line("a: 1\nb: {\n"), Some(3));
    assert_eq!(line(""), None);
}

#[test]
fn numbers_and_quoted_numbers_are_the_same_amounts() {
    let with = |balance: &str, fee: &str| {
        let paper = format!(
            "exchange: {{paper: {{startingBalance: {balance}, fees: {{takerPct: {fee}}}}}}}"
        );
        TradingBot::from_yaml(&manifest(&format!("markets: [BTC]\n{RULE}\n{paper}"))).unwrap()
    };
    let quoted = with("\"10000\"", "\"0.045\"");
    assert_eq!(with("10000", "0.045"), quoted);
    assert_eq!(with("10000.00", "4.5e-2"), quoted);
    assert_eq!(
        quoted.spec.exchange.paper().starting_balance.to_string(),
        "10000"
    );
    assert_eq!(
        quoted.spec.exchange.paper().fees.taker_pct.to_string(),
        "0.045"
    );
}

#[test]
fn what_an_api_server_adds_is_tolerated() {
    let text = manifest(&format!("markets: [BTC]\n{RULE}")).replace(
        "metadata: {name: a}",
        "metadata: {name: a, namespace: bots, uid: 7d2e, generation: 3, resourceVersion: \"9\", creationTimestamp: 2026-11-23T10:00:00Z, managedFields: [{manager: kubectl}], finalizers: [aicoin.dev/close], labels: {team: a}, annotations: {aicoin.dev/hold: Paused}}\nstatus: {state: Running}",
    );
    let bot = TradingBot::from_yaml(&text).unwrap();
    assert_eq!(
        (bot.id().as_str(), bot.metadata.generation),
        ("bots/a", Some(3))
    );
    assert_eq!(
        bot.metadata
            .annotations
            .get("aicoin.dev/hold")
            .map(String::as_str),
        Some("Paused")
    );
}

#[test]
fn a_manifest_that_was_cut_or_damaged_anywhere_is_answered_in_a_sentence() {
    let whole = include_str!("../../examples/quickstart.yaml");
    for (place, _) in whole.char_indices() {
        let (start, end) = whole.split_at(place);
        let damaged = [
            start.to_owned(),
            format!("{start}{{{end}"),
            format!("{start}\n- {end}"),
        ];
        for text in damaged {
            if let Err(error) = TradingBot::from_yaml(&text) {
                let sentence = error.to_string();
                assert!(
                    !sentence.is_empty() && !sentence.contains('\n'),
                    "{sentence}"
                );
            }
        }
    }
}

#[test]
fn a_few_lines_of_aliases_do_not_fill_the_memory() {
    // 300 times a list of 10,000 values: far within the size of a manifest, and far beyond any machine were it squared.
    let list = "x,".repeat(10_000);
    let aliases = "*a,".repeat(300);
    let bot = manifest(&format!("markets: [BTC]\n{RULE}"));
    let text = format!("{bot}---\na: &a [{list}]\nb: [{aliases}]\n");
    assert!(text.len() < MANIFEST_BYTES_MAX);
    assert_eq!(
        sentence(&text),
        "the manifest has more than 20000 values, an alias counted wherever it is used; write fewer"
    );
    let few = format!("{bot}---\na: &a [1, 2]\nb: [*a, *a, !tagged c]\n");
    assert!(TradingBot::from_yaml(&few).is_ok(), "{}", sentence(&few));
}

#[test]
fn a_field_without_a_name_is_named_all_the_same() {
    let text = format!("\"\": 1\n{}", manifest(&format!("markets: [BTC]\n{RULE}")));
    assert_eq!(
        sentence(&text),
        "\"\": there is no such field; the fields here are `apiVersion`, `kind`, `metadata`, `spec` and `status`"
    );
}
