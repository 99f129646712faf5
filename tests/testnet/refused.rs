//! Bad input: each kind has its own sentence in the log, in health and in the status, and trades nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::rig::keys::{AGENT, MASTER, NOBODY};
use crate::rig::manifest::Manifest;
use crate::rig::model::{Model, Wish};
use crate::rig::world::{self, Plan, World};
use crate::rig::{Programs, programs, throughout};

/// What is wrong, and what must be said of it.
struct Case {
    name: &'static str,
    plan: Plan,
    change: fn(Manifest) -> Manifest,
    prepare: fn(&World),
    reason: &'static str,
    words: &'static [&'static str],
}

impl Case {
    fn new(name: &'static str, reason: &'static str, words: &'static [&'static str]) -> Self {
        Self {
            name,
            plan: Plan::default(),
            change: |manifest| manifest,
            prepare: |_| {},
            reason,
            words,
        }
    }
}

/// Runs a case: what is said of it, once log, health and status agree.
#[track_caller]
fn sentence_of(programs: &Programs, case: &Case) -> String {
    let name = case.name;
    let model = Model::start();
    let mut world = World::without_bot(programs, &case.plan);
    let manifest = (case.change)(Manifest::ai(&model.base_url));
    std::fs::write(world.manifest(), manifest.yaml(&world.sim.url())).unwrap();
    (case.prepare)(&world);
    model.always(&[Wish::open_long("BTC", 60)]);
    world.start_bot();
    world.eventually(&format!("{name}: it is not ready"), |world| {
        world.not_ready().contains(&case.reason.to_owned())
    });
    world.eventually(&format!("{name}: health says it"), |world| {
        let exchange = &world.health()["parts"]["exchange"];
        exchange["status"] == "down" && says(&exchange["reason"], case.words)
    });
    let health = world.health();
    assert_eq!(health["status"], "down", "{name}: {health}");
    let sentence = health["parts"]["exchange"]["reason"]
        .as_str()
        .unwrap()
        .to_owned();
    let status = world.bot().status();
    assert_eq!(status["ready"], false, "{name}: {status}");
    assert!(
        status["notice"]
            .as_str()
            .is_some_and(|notice| notice.contains(&sentence)),
        "{name}: the notice has not {sentence:?}: {status}"
    );
    assert!(
        unescaped(&world.log()).contains(&sentence),
        "{name}: the log has not {sentence:?}: {}",
        world.log()
    );
    assert!(
        sentence.ends_with('.') && !sentence.contains("Error"),
        "{name}: a sentence for people: {sentence}"
    );
    throughout(
        &format!("{name}: nothing is sent"),
        Duration::from_secs(4),
        || {
            let ledger = world.sim.ledger();
            let accounts = ledger["accounts"].as_array().unwrap();
            accounts.iter().all(|account| {
                ["orders", "openOrders", "fills", "positions"]
                    .iter()
                    .all(|key| account[*key].as_array().is_none_or(Vec::is_empty))
            })
        },
    );
    assert_eq!(world.bot().count("orders"), 0, "{name}");
    assert_eq!(
        world.bot().open("/livez").status,
        200,
        "{name}: it is alive"
    );
    for key in [MASTER.key, AGENT.key, NOBODY.key] {
        let digits = key.trim_start_matches("0x");
        for text in [&world.log(), &status.to_string(), &health.to_string()] {
            assert!(!text.contains(digits), "{name}: a key is shown");
        }
    }
    println!("{name}: {sentence}");
    sentence
}

fn says(text: &Value, words: &[&str]) -> bool {
    text.as_str()
        .is_some_and(|text| words.iter().all(|word| text.contains(word)))
}

/// The log writes quotes inside of its fields with a backslash.
fn unescaped(log: &str) -> String {
    log.replace("\\\"", "\"")
}

fn cases() -> Vec<Case> {
    let key = |text| Plan {
        agent_key: text,
        ..Plan::default()
    };
    vec![
        Case {
            plan: key(None),
            ..Case::new(
                "no key file",
                "KeyMissing",
                &["agentKeySecretRef", "agent/private-key"],
            )
        },
        Case {
            plan: key(Some("\n")),
            ..Case::new(
                "an empty key file",
                "KeyMissing",
                &["agentKeySecretRef", "empty"],
            )
        },
        Case {
            plan: key(Some("not a key at all")),
            ..Case::new(
                "a key file with something else",
                "KeyMissing",
                &["agentKeySecretRef", "64 hexadecimal digits"],
            )
        },
        Case {
            plan: key(Some(MASTER.key)),
            ..Case::new(
                "the account's own key",
                "MasterKey",
                &["own key", MASTER.address],
            )
        },
        Case {
            plan: key(Some(NOBODY.key)),
            ..Case::new(
                "an agent that nobody approved",
                "AgentUnknown",
                &[NOBODY.address],
            )
        },
        Case {
            prepare: |world| world.sim.agent(AGENT.address, world.sim.time() - 1_000),
            ..Case::new(
                "an agent whose time is over",
                "AgentExpired",
                &[AGENT.address],
            )
        },
        Case {
            change: |manifest| Manifest {
                markets: "BTC, NOPE",
                ..manifest
            },
            ..Case::new("a market that is not listed", "UnknownMarket", &["NOPE"])
        },
        Case {
            change: |manifest| Manifest {
                markets: "BTC, MATIC",
                ..manifest
            },
            ..Case::new("a market that is delisted", "MarketDelisted", &["MATIC"])
        },
        Case {
            plan: Plan::default().with("--network", "mainnet"),
            ..Case::new(
                "the other network",
                "WrongNetwork",
                &["testnet", "spec.mode"],
            )
        },
        Case {
            plan: Plan::default().with("--unified", MASTER.address),
            ..Case::new("a unified account", "AccountMode", &["unified"])
        },
        Case {
            change: |manifest| Manifest {
                account: "0x00000000000000000000000000000000000000aa",
                ..manifest
            },
            ..Case::new(
                "an account that nobody has",
                "AccountUnknown",
                &["0x00000000000000000000000000000000000000aa"],
            )
        },
        Case {
            change: |manifest| Manifest {
                account: AGENT.address,
                ..manifest
            },
            plan: key(Some(NOBODY.key)),
            ..Case::new(
                "the agent's address as the account",
                "AccountIsAgent",
                &[AGENT.address],
            )
        },
    ]
}

#[test]
fn each_bad_input_has_its_own_sentence_everywhere_and_trades_nothing() {
    let Some(programs) = programs() else { return };
    let cases = cases();
    // They wait most of the time.
    let sentences: Vec<String> = std::thread::scope(|scope| {
        let running: Vec<_> = cases
            .iter()
            .map(|case| scope.spawn(|| sentence_of(&programs, case)))
            .collect();
        running
            .into_iter()
            .zip(&cases)
            .map(|(case, of)| case.join().unwrap_or_else(|_| panic!("{}", of.name)))
            .collect()
    });
    let different: BTreeSet<&String> = sentences.iter().collect();
    assert_eq!(different.len(), sentences.len(), "{sentences:#?}");
}

#[test]
fn a_key_that_is_mended_is_taken_without_a_restart() {
    let Some(programs) = programs() else { return };
    let plan = Plan {
        agent_key: None,
        ..Plan::default()
    };
    let model = Model::start();
    let world = World::start(&programs, &plan, |_| Manifest::ai(&model.base_url));
    world.eventually("the key is missed", |world| {
        world.not_ready().contains(&"KeyMissing".to_owned())
    });
    std::fs::create_dir_all(world.secrets().join("agent")).unwrap();
    std::fs::write(world.secrets().join("agent/private-key"), AGENT.key).unwrap();
    world.becomes_ready();
    assert!(
        world.bot().status()["notice"].is_null(),
        "{}",
        world.bot().status()
    );
    world.open(&model, &Wish::open_long("BTC", 60), "BTC");
    world.close_all();
    world.assert_books_agree();
}

#[test]
fn an_agent_that_expires_while_the_bot_runs_is_said_and_sends_nothing_more() {
    let Some(programs) = programs() else { return };
    let (world, model) = World::told(&programs, &Plan::default());
    world.sim.agent(AGENT.address, world.sim.time() - 1_000);
    model.always(&[Wish::open_long("BTC", 60)]);
    world.eventually("it is said", |world| {
        let exchange = &world.health()["parts"]["exchange"];
        let reasons = world.not_ready();
        says(&exchange["reason"], &[AGENT.address])
            && reasons.iter().any(|reason| reason.starts_with("Agent"))
    });
    assert!(world.sim.position("BTC").is_none());
    assert!(world.sim.orders().is_empty(), "{:?}", world.sim.orders());
    // Approved anew, it goes on.
    world
        .sim
        .agent(AGENT.address, world.sim.time() + 1_000_000_000);
    world.eventually("it trades", |world| {
        world
            .position("BTC")
            .is_some_and(|position| position["protected"] == true)
    });
    model.always(&[]);
    world.close_all();
    world.assert_books_agree();
}

#[test]
fn an_ai_without_balance_or_with_a_wrong_key_is_said_and_trades_nothing() {
    let Some(programs) = programs() else { return };
    let table = [
        (
            "no balance",
            Plan::default().with("--ai-balance", "0"),
            "AiNoBalance",
            ["402", "balance"],
        ),
        (
            "a wrong key",
            Plan::default().with("--ai-key", "sk-another"),
            "AiUnauthorized",
            ["401", "key"],
        ),
    ];
    for (name, plan, code, words) in table {
        let world = World::start(&programs, &plan, Manifest::ai);
        world.eventually(&format!("{name}: health says it"), |world| {
            let ai = &world.health()["parts"]["ai"];
            ai["status"] != "ok" && says(&ai["reason"], &words)
        });
        world.eventually(&format!("{name}: the status says it"), |world| {
            says(&world.bot().status()["notice"], &words)
                && world.not_ready().contains(&code.to_owned())
        });
        world.eventually(&format!("{name}: nothing else is wrong"), |world| {
            let health = world.health();
            let is_well = |name: &str| health["parts"][name]["status"] == "ok";
            health["status"] != "ok" && is_well("exchange") && is_well("market_data")
        });
        let status = world.bot().status();
        let sentence = status["notice"].as_str().unwrap();
        assert!(
            unescaped(&world.log()).contains(sentence),
            "{name}: the log has not {sentence:?}: {}",
            world.log()
        );
        throughout(
            &format!("{name}: nothing is sent"),
            Duration::from_secs(5),
            || world.sim.orders().is_empty(),
        );
        assert_eq!(world.bot().count("orders"), 0, "{name}");
        println!("{name}: {sentence}");
        assert!(!world.log().contains("sk-test"), "{name}: the key is shown");
    }
}

#[test]
fn an_ai_that_refuses_a_call_is_in_log_and_decision_and_trades_nothing() {
    let Some(programs) = programs() else { return };
    for (status, code) in [(402, "AiNoBalance"), (401, "AiUnauthorized")] {
        let world = World::start(&programs, &Plan::default(), Manifest::ai);
        // The endpoint says of itself that all is well, and refuses each call.
        world
            .sim
            .faults(&json!({"ai": [{"kind": "status", "status": status, "percent": 100}]}));
        world.eventually("the log says it", |world| {
            let log = world.log();
            log.lines()
                .any(|line| line.contains("AI decision failed") && line.contains(code))
        });
        world.eventually("the decision has its code", |world| {
            let rows = world
                .db()
                .rows("SELECT DISTINCT code FROM decisions WHERE code IS NOT NULL");
            rows.iter()
                .any(|row| sqlx::Row::get::<&str, _>(row, 0) == code)
        });
        throughout("nothing is sent", Duration::from_secs(5), || {
            world.sim.orders().is_empty()
        });
        assert_eq!(world.bot().count("orders"), 0, "{status}");
    }
}

#[test]
fn live_needs_its_yes_and_never_goes_unencrypted() {
    let Some(programs) = programs() else { return };
    let dir = tempfile::tempdir().unwrap();
    let live = Manifest {
        mode: "Live",
        interval: "3m",
        more: "  acknowledgeRisk: true\n",
        ..Manifest::rule("100")
    };
    let ended = world::refused(
        &programs,
        &live.yaml("https://127.0.0.1:9"),
        dir.path(),
        &[],
    );
    ended.assert_refused_with(&["Live", "--allow-live"]);
    let ended = world::refused(
        &programs,
        &live.yaml("http://127.0.0.1:9"),
        dir.path(),
        &["--allow-live"],
    );
    ended.assert_refused_with(&["Live", "baseUrl", "https"]);
    let unsure = Manifest { more: "", ..live };
    let ended = world::refused(
        &programs,
        &unsure.yaml("https://127.0.0.1:9"),
        dir.path(),
        &["--allow-live"],
    );
    ended.assert_refused_with(&["acknowledgeRisk"]);
    assert!(
        !dir.path().join("data").exists(),
        "nothing is started, nothing is made"
    );
}
