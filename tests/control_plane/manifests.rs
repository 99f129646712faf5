//! Manifests before a real API server: every example is accepted, every bad one is refused with its sentence, and what a
//! bot trades cannot be changed.

use serde_json::json;

use crate::rig::{apply, get, kubectl, root, yaml_files};

/// The lines of a bad manifest that say what the API server must say.
fn expected(manifest: &str) -> Vec<&str> {
    ["# expect: ", "# expect-cluster: "]
        .iter()
        .flat_map(|mark| {
            manifest
                .lines()
                .filter_map(move |line| line.strip_prefix(mark))
        })
        .collect()
}

#[test]
fn every_example_is_accepted() {
    let examples = yaml_files("examples");
    assert!(!examples.is_empty());
    for path in examples {
        let answer = kubectl(&["apply", "--dry-run=server", "-f", path.to_str().unwrap()]);
        assert!(answer.accepted, "{}: {}", path.display(), answer.words);
        assert!(
            !answer.words.contains("Warning"),
            "{}: {}",
            path.display(),
            answer.words
        );
    }
}

#[test]
fn every_bad_manifest_is_refused_with_the_stated_sentence() {
    let bad = yaml_files("tests/bad-manifests");
    println!("figure: {} bad manifests refused", bad.len());
    assert!(bad.len() >= 25, "{}", bad.len());
    for path in bad {
        let manifest = std::fs::read_to_string(&path).unwrap();
        let answer = kubectl(&["apply", "--dry-run=server", "-f", path.to_str().unwrap()]);
        let name = path.display();
        assert!(!answer.accepted, "{name} is accepted");
        for sentence in expected(&manifest) {
            assert!(
                answer.words.contains(sentence),
                "{name} says\n  {}\nand not\n  {sentence}",
                answer.words
            );
        }
        assert!(
            !answer.words.to_lowercase().contains("abababab"),
            "{name} repeats a private key: {}",
            answer.words
        );
    }
}

#[test]
fn the_definition_has_nothing_that_kubernetes_warns_of() {
    let crd = root().join("crds/tradingbots.aicoin.dev.yaml");
    let words = kubectl(&["apply", "--dry-run=server", "-f", crd.to_str().unwrap()]).good();
    // kubectl's own remark about who made the object.
    let warnings: Vec<&str> = words
        .lines()
        .filter(|line| line.contains("Warning") && !line.contains("last-applied-configuration"))
        .collect();
    assert_eq!(warnings, [] as [&str; 0]);
}

const PAPER: &str = "
apiVersion: aicoin.dev/v1alpha1
kind: TradingBot
metadata: {name: NAME}
spec:
  markets: [BTC]
  exchange: {paper: {startingBalance: \"5000\"}}
  decision: {rule: {emaCross: {fast: 10, slow: 20, notional: \"1000\"}}}
";

const TESTNET: &str = "
apiVersion: aicoin.dev/v1alpha1
kind: TradingBot
metadata: {name: NAME}
spec:
  mode: Testnet
  markets: [BTC]
  exchange:
    hyperliquid:
      accountAddress: \"0x00112233445566778899aabbccddeeff00112233\"
      agentKeySecretRef: {name: agent, key: private-key}
  decision: {rule: {emaCross: {fast: 10, slow: 20, notional: \"1000\"}}}
";

#[test]
fn the_api_server_writes_two_words_into_a_bot_and_no_more() {
    apply(&PAPER.replace("NAME", "written"), &[]).good();
    assert_eq!(
        get(&["tb/written"])["spec"],
        json!({
            "desiredState": "Running",
            "mode": "Paper",
            "markets": ["BTC"],
            "exchange": {"paper": {"startingBalance": "5000"}},
            "decision": {"rule": {"emaCross": {"fast": 10, "slow": 20, "notional": "1000"}}},
        })
    );
}

#[test]
fn what_a_bot_trades_stays_what_it_was() {
    apply(&PAPER.replace("NAME", "fixed-paper"), &[]).good();
    apply(&TESTNET.replace("NAME", "fixed-testnet"), &[]).good();
    let table = [
        (
            "fixed-paper",
            r#"{"spec":{"mode":"Testnet"}}"#,
            Some("the mode of a bot stays what it was"),
        ),
        (
            "fixed-paper",
            r#"{"spec":{"exchange":{"paper":{"startingBalance":"6000"}}}}"#,
            Some("the starting balance of a bot stays what it was"),
        ),
        (
            "fixed-paper",
            r#"{"spec":{"exchange":null}}"#,
            Some("the starting balance of a bot stays what it was"),
        ),
        (
            "fixed-paper",
            r#"{"spec":{"exchange":{"paper":{"startingBalance":5000}}}}"#,
            None,
        ),
        (
            "fixed-testnet",
            r#"{"spec":{"exchange":{"hyperliquid":{"accountAddress":"0x99112233445566778899aabbccddeeff00112233"}}}}"#,
            Some("the account of a bot stays what it was"),
        ),
        (
            "fixed-testnet",
            r#"{"spec":{"exchange":{"hyperliquid":{"accountAddress":null}}}}"#,
            Some("the account of a bot stays what it was"),
        ),
        (
            "fixed-testnet",
            r#"{"spec":{"mode":null}}"#,
            Some("the mode of a bot stays what it was"),
        ),
        (
            "fixed-testnet",
            r#"{"spec":{"markets":["ETH"],"desiredState":"Paused"}}"#,
            None,
        ),
    ];
    for (name, patch, sentence) in table {
        let answer = kubectl(&["patch", "tb", name, "--type=merge", "-p", patch]);
        match sentence {
            Some(sentence) => {
                assert!(!answer.accepted, "{patch}: {}", answer.words);
                assert!(answer.words.contains(sentence), "{patch}: {}", answer.words);
            }
            None => assert!(answer.accepted, "{patch}: {}", answer.words),
        }
    }
}

#[test]
fn an_empty_field_is_a_field_that_is_left_out() {
    let manifest = PAPER.replace("NAME", "empty") + "  desiredState:\n  risk:\n  storage:\n";
    apply(&manifest, &[]).good();
    let spec = &get(&["tb/empty"])["spec"];
    assert_eq!(spec["desiredState"], "Running");
    assert_eq!((spec.get("risk"), spec.get("storage")), (None, None));
}
