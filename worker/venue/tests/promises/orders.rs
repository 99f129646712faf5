//! An action leaves once and is answered once, by what the venue proved.

use aicoin_core::{Action, Input, SendResult};
use aicoin_domain::{
    Cloid, MarketId, OrderId, OrderKind, OrderRequest, Reason, Refusal, Side, Tif,
};
use aicoin_hyperliquid::Network;
use aicoin_venue::{BootError, VenueEvent};
use serde_json::{Value, json};

use crate::stub::{ACCOUNT, Connected, Reply, Stub, agent, at};

fn place(cloid: u128, reduce_only: bool) -> Action {
    Action::Place {
        request: OrderRequest {
            cloid: Cloid(cloid),
            market: MarketId(0),
            side: Side::Buy,
            size: "0.01".parse().unwrap(),
            kind: OrderKind::Limit {
                price: "60000".parse().unwrap(),
                tif: Tif::Ioc,
            },
            reduce_only,
        },
        stop: None,
        nonce: 1_764_000_000_000 + u64::try_from(cloid).unwrap(),
        expires_at: at(60_000),
    }
}

fn cancel(cloid: u128) -> Action {
    Action::Cancel {
        cloid: Cloid(cloid),
        market: MarketId(0),
        nonce: 1_764_000_100_000 + u64::try_from(cloid).unwrap(),
        expires_at: at(60_000),
    }
}

fn status(status: &Value) -> Reply {
    Reply::Json(
        json!({"status": "ok", "response": {"type": "order", "data": {"statuses": [status]}}}),
    )
}

fn error(words: &str) -> Reply {
    Reply::Json(json!({"status": "err", "response": words}))
}

fn refused(words: &str) -> SendResult {
    SendResult::Refused(Refusal(words.to_owned()))
}

async fn answer(connected: &mut Connected, cloid: u128) -> SendResult {
    let input = connected
        .input(|input| matches!(input, Input::Sent { cloid: of, .. } if of.0 == cloid))
        .await;
    match input {
        Input::Sent { result, .. } => result,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_answer_to_an_order_is_told_as_what_it_proves_once() {
    let table: Vec<(Reply, SendResult)> = vec![
        (
            status(&json!({"resting": {"oid": 5, "cloid": "0x00000000000000000000000000000001"}})),
            SendResult::Resting { order: OrderId(5) },
        ),
        (
            status(&json!({"filled": {"totalSz": "0.004", "avgPx": "60000.0", "oid": 6}})),
            SendResult::Filled {
                order: OrderId(6),
                size: "0.004".parse().unwrap(),
            },
        ),
        (
            status(&json!({"error": "Insufficient margin to place order. asset=3"})),
            refused("Insufficient margin to place order. asset=3"),
        ),
        (
            error("Action already expired"),
            refused("Action already expired"),
        ),
        (
            error("Invalid nonce: nonce too low 1 < 2"),
            refused("Invalid nonce: nonce too low 1 < 2"),
        ),
        (
            error("Invalid nonce: duplicate nonce 1"),
            SendResult::NoAnswer,
        ),
        (Reply::Status(502, "bad gateway"), SendResult::NoAnswer),
        (Reply::Status(503, "busy"), SendResult::NoAnswer),
        (Reply::Status(200, "<html>"), SendResult::NoAnswer),
        (
            Reply::Status(
                422,
                "Failed to deserialize the JSON body into the target type",
            ),
            refused("HTTP 422: Failed to deserialize the JSON body into the target type"),
        ),
        (Reply::Cut, SendResult::NoAnswer),
        (Reply::Hang, SendResult::NoAnswer),
        (status(&json!("waitingForFill")), SendResult::NoAnswer),
    ];
    for is_strange in [false, true] {
        let stub = Stub::start().await;
        stub.world().is_strange = is_strange;
        let mut connected = stub.connected().await;
        connected.fresh().await;
        for (number, (reply, expected)) in table.iter().enumerate() {
            let cloid = 100 + u128::try_from(number).unwrap();
            stub.world().replies.push_back(reply.clone());
            connected.venue.submit(&place(cloid, false));
            assert_eq!(answer(&mut connected, cloid).await, *expected, "{reply:?}");
        }
        // Another one is answered after them: by then a second answer or a second copy would be there.
        connected.venue.submit(&place(999, false));
        answer(&mut connected, 999).await;
        let answers = connected
            .inputs
            .iter()
            .filter(|input| matches!(input, Input::Sent { .. }))
            .count();
        assert_eq!(answers, table.len() + 1);
        assert_eq!(stub.world().sent.len(), table.len() + 1);
    }
}

#[tokio::test]
async fn a_429_says_nothing_and_holds_back_what_can_wait_but_no_close() {
    let stub = Stub::start().await;
    let mut connected = stub.connected().await;
    connected.fresh().await;
    stub.world()
        .replies
        .push_back(Reply::Status(429, "Too many requests"));
    connected.venue.submit(&place(1, false));
    assert_eq!(answer(&mut connected, 1).await, SendResult::NoAnswer);
    connected.venue.submit(&place(2, false));
    connected.venue.submit(&place(3, true));
    let resting = SendResult::Resting { order: OrderId(77) };
    assert_eq!(answer(&mut connected, 3).await, resting);
    assert_eq!(answer(&mut connected, 2).await, resting);
    let world = stub.world();
    let cloids: Vec<&str> = world
        .sent
        .iter()
        .filter_map(|sent| sent["action"]["orders"][0]["c"].as_str())
        .collect();
    let cloid = |number: u8| format!("0x{number:032x}");
    assert_eq!(cloids, [cloid(1), cloid(3), cloid(2)]);
}

#[tokio::test]
async fn cancels_are_answered_and_nobody_waits_for_the_rest() {
    let stub = Stub::start().await;
    let mut connected = stub.connected().await;
    connected.fresh().await;
    let nothing = "Order was never placed, already canceled, or filled.";
    stub.world().replies.extend([
        status(&json!("success")),
        status(&json!({"error": nothing})),
    ]);
    connected.venue.submit(&cancel(1));
    assert_eq!(answer(&mut connected, 1).await, SendResult::Canceled);
    connected.venue.submit(&cancel(2));
    assert_eq!(answer(&mut connected, 2).await, SendResult::NothingToCancel);
    connected.venue.submit(&Action::CancelForeign {
        order: OrderId(4711),
        market: MarketId(0),
        nonce: 1_764_000_200_001,
        expires_at: at(60_000),
    });
    // It leaves: an order after it has an answer, and it has none.
    while stub.world().sent.len() < 3 {
        tokio::task::yield_now().await;
    }
    connected.venue.submit(&place(9, false));
    answer(&mut connected, 9).await;
    let answers = connected
        .inputs
        .iter()
        .filter(|input| matches!(input, Input::Sent { .. }))
        .count();
    assert_eq!(answers, 3);
}

#[tokio::test]
async fn a_revoked_agent_is_said_aloud_at_once() {
    let stub = Stub::start().await;
    let mut connected = stub.connected().await;
    connected.fresh().await;
    let words = format!("User or API Wallet {} does not exist.", agent());
    stub.world().replies.push_back(error(&words));
    connected.venue.submit(&place(1, false));
    assert_eq!(answer(&mut connected, 1).await, refused(&words));
    let said = connected
        .until(|event| match event {
            VenueEvent::Refused(error) => Some(error.clone()),
            _ => None,
        })
        .await;
    assert_eq!(
        said,
        BootError::AgentUnknown {
            agent: agent(),
            account: ACCOUNT,
            network: Network::Testnet
        }
    );
    assert_eq!(said.reason(), Reason::AgentUnknown);
}

#[tokio::test]
async fn the_last_requests_of_an_account_are_kept_for_closing() {
    let stub = Stub::start().await;
    stub.world().info.insert(
        "userRateLimit",
        json!({"cumVlm": "1.0", "nRequestsUsed": 9_990, "nRequestsCap": 10_000}),
    );
    let mut connected = stub.connected().await;
    connected.fresh().await;
    connected
        .until(|event| match event {
            VenueEvent::Health(health) => health.requests_left,
            _ => None,
        })
        .await;
    connected.venue.submit(&place(1, false));
    assert_eq!(
        answer(&mut connected, 1).await,
        refused(
            "Not sent: only 10 requests are left of the account's allowance at the venue, and they are kept for cancels \
             and for closing."
        )
    );
    connected.venue.submit(&place(2, true));
    connected.venue.submit(&cancel(3));
    let resting = SendResult::Resting { order: OrderId(77) };
    assert_eq!(answer(&mut connected, 2).await, resting);
    assert_eq!(answer(&mut connected, 3).await, SendResult::Canceled);
    assert_eq!(stub.world().sent.len(), 2);
}
