//! Who may sign what: signers, agents, nonces and deadlines.

use aicoin_hyperliquid::Network;
use serde_json::{Value, json};

use crate::rig::{Signed, Sim, agent, master, nonce, stranger, wall_ms};

fn noop() -> Value {
    json!({"type": "noop"})
}

fn ok() -> Value {
    json!({"status": "ok", "response": {"type": "default"}})
}

fn err(words: &str) -> Value {
    json!({"status": "err", "response": words})
}

#[tokio::test]
async fn masters_and_agents_sign_and_nobody_else() {
    let sim = Sim::start();
    for key in [master(), agent()] {
        assert_eq!(sim.send(&Signed::by(key).json(&noop())).await, ok());
    }
    let words = format!(
        "User or API Wallet {} does not exist.",
        stranger().address()
    );
    assert_eq!(
        sim.send(&Signed::by(stranger()).json(&noop())).await,
        err(&words)
    );
}

#[tokio::test]
async fn a_signature_for_the_other_network_is_somebody_elses() {
    let sim = Sim::start();
    let mut signed = Signed::by(agent());
    signed.network = Network::Mainnet;
    let answer = sim.send(&signed.json(&noop())).await;
    let words = answer["response"].as_str().unwrap();
    assert!(words.starts_with("User or API Wallet 0x"), "{words}");
    assert!(!words.contains(&agent().address().to_string()), "{words}");
}

#[tokio::test]
async fn fields_are_signed_as_they_come_or_by_the_book() {
    let sim = Sim::start();
    let price = sim.eth_price(-10).await;
    let order = sim.limit(true, &price, "0.1", "Gtc");
    let action = json!({"type": "order", "orders": [order], "grouping": "na"});
    for body in [
        Signed::by(agent()).json(&action),
        Signed::by(agent()).json_as_it_comes(&action),
    ] {
        let answer = sim.send(&body).await;
        let status = &answer["response"]["data"]["statuses"][0];
        assert!(status["resting"]["oid"].is_u64(), "{answer}");
    }
    // A field that nobody knows is signed with the rest.
    let unknown = json!({"type": "noop", "more": 1});
    let body = Signed::by(agent()).json_as_it_comes(&unknown);
    assert_eq!(sim.send(&body).await, ok());
}

#[tokio::test]
async fn a_nonce_is_good_once_and_near_now() {
    let sim = Sim::start();
    let mut signed = Signed::by(agent());
    assert_eq!(sim.send(&signed.json(&noop())).await, ok());
    let words = format!("Invalid nonce: duplicate nonce {}", signed.nonce);
    assert_eq!(sim.send(&signed.json(&noop())).await, err(&words));
    signed.nonce = 1;
    let answer = sim.send(&signed.json(&noop())).await;
    let words = answer["response"].as_str().unwrap();
    assert!(
        words.starts_with("Invalid nonce: nonce too low 1 < "),
        "{words}"
    );
    // Each signer has its own.
    let nonce = nonce();
    for key in [master(), agent()] {
        let mut signed = Signed::by(key);
        signed.nonce = nonce;
        assert_eq!(sim.send(&signed.json(&noop())).await, ok());
    }
}

#[tokio::test]
async fn what_comes_after_its_deadline_is_not_done_and_costs_five() {
    let sim = Sim::start();
    let mut signed = Signed::by(agent());
    signed.expires_after = Some(u64::try_from(wall_ms() - 1_000).unwrap());
    let answer = sim.send(&signed.json(&noop())).await;
    assert_eq!(answer, err("Action already expired"));
    let limit = sim.about_master("userRateLimit").await;
    assert_eq!(limit["nRequestsUsed"], 5);
    let mut signed = Signed::by(agent());
    signed.expires_after = Some(u64::try_from(wall_ms() + 60_000).unwrap());
    assert_eq!(sim.send(&signed.json(&noop())).await, ok());
}

#[tokio::test]
async fn a_new_agent_signs_at_once_and_a_revoked_one_no_more() {
    let sim = Sim::start();
    let approve = |address: String| {
        let action = json!({"type": "approveAgent", "agentAddress": address, "agentName": "new"});
        Signed::by(master()).json_of_user(action, "nonce")
    };
    let new = stranger().address();
    assert_eq!(sim.send(&approve(new.to_string())).await, ok());
    assert_eq!(sim.send(&Signed::by(stranger()).json(&noop())).await, ok());
    let zero = aicoin_hyperliquid::Address::ZERO.to_string();
    assert_eq!(sim.send(&approve(zero)).await, ok());
    let words = format!("User or API Wallet {new} does not exist.");
    assert_eq!(
        sim.send(&Signed::by(stranger()).json(&noop())).await,
        err(&words)
    );
    assert_eq!(
        sim.send(&approve(new.to_string())).await,
        err("Extra agent already used.")
    );
}

#[tokio::test]
async fn an_agent_that_has_expired_is_listed_and_does_not_sign() {
    let sim = Sim::start();
    let (user, address) = (master().address(), agent().address());
    sim.sim(
        "agent",
        json!({"user": user, "agent": address, "validUntil": wall_ms() - 1}),
    )
    .await;
    let words = format!("User or API Wallet {address} does not exist.");
    assert_eq!(sim.act(noop()).await, err(&words));
    let agents = sim.about_master("extraAgents").await;
    assert_eq!(agents[0]["address"], json!(address));
}

#[tokio::test]
async fn an_agent_approves_nobody() {
    let sim = Sim::start();
    let action = json!({
        "type": "approveAgent", "agentAddress": stranger().address(), "agentName": "x",
    });
    let body = Signed::by(agent()).json_of_user(action, "nonce");
    let words = format!(
        "Must deposit before performing actions. User: {}",
        agent().address()
    );
    assert_eq!(sim.send(&body).await, err(&words));
}

#[tokio::test]
async fn what_does_not_decode_is_422() {
    let sim = Sim::start();
    let leverage = json!({"type": "updateLeverage", "asset": 4, "isCross": true, "leverage": 5.5});
    let body = Signed::by(agent()).json_as_it_comes(&leverage);
    let unknown = Signed::by(agent()).json_as_it_comes(&json!({"type": "dance"}));
    for body in [
        body.to_string(),
        unknown.to_string(),
        "{}".to_owned(),
        "x".to_owned(),
    ] {
        let (status, text) = sim.post("/exchange", &body).await;
        assert_eq!(status, 422, "{body}");
        assert!(text.starts_with("Failed to deserialize the JSON body into the target type"));
    }
    let (status, _) = sim.post("/info", r#"{"type":"dance"}"#).await;
    assert_eq!(status, 422);
}
