//! Promise: a WebSocket client gets the status first and then every event in order, or is dropped with a reason.
// The helpers here are no `#[test]`s, so clippy takes them for production code.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use aicoin_api::http::WsEvent;
use aicoin_web::{Events, Limits};
use common::{Server, Setup, TOKEN, risk_event, server, status};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// Request headers.
type Headers<'a> = &'a [(&'a str, &'a str)];

type Client = WebSocketStream<TcpStream>;

async fn connect(server: &Server, query: &str, headers: Headers<'_>) -> Result<Client, u16> {
    let mut request = format!("ws://{}/ws{query}", server.address)
        .into_client_request()
        .unwrap();
    for (name, value) in headers {
        let name: axum::http::HeaderName = name.parse().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let stream = TcpStream::connect(server.address).await.unwrap();
    match client_async(request, stream).await {
        Ok((client, _)) => Ok(client),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

async fn open(server: &Server) -> Client {
    connect(server, &format!("?token={TOKEN}"), &[])
        .await
        .unwrap()
}

/// The next message that is not a ping.
async fn next(client: &mut Client) -> Message {
    loop {
        let message = tokio::time::timeout(Duration::from_secs(10), client.next())
            .await
            .expect("a message in time");
        match message.expect("a message").expect("a whole message") {
            Message::Ping(_) => {}
            message @ (Message::Text(_)
            | Message::Binary(_)
            | Message::Pong(_)
            | Message::Close(_)
            | Message::Frame(_)) => return message,
        }
    }
}

/// The code of the close frame, which must come next.
async fn closed(client: &mut Client) -> CloseCode {
    let message = next(client).await;
    let Message::Close(Some(frame)) = message else {
        panic!("{message:?}")
    };
    frame.code
}

async fn json(client: &mut Client) -> Value {
    serde_json::from_str(next(client).await.to_text().unwrap()).unwrap()
}

#[tokio::test]
async fn the_status_comes_first_and_then_events_without_gaps() {
    let server = server(Setup::default()).await;
    let mut clients = [open(&server).await, open(&server).await];
    for client in &mut clients {
        let first = json(client).await;
        assert_eq!(
            (&first["seq"], &first["type"]),
            (&json!(1), &json!("status"))
        );
        assert_eq!(first["data"], serde_json::to_value(status()).unwrap());
    }
    for id in 0..50 {
        server
            .state
            .events
            .publish(WsEvent::RiskEvent(Box::new(risk_event(id, "<script>"))));
    }
    for client in &mut clients {
        for id in 0..50 {
            let event = json(client).await;
            assert_eq!(
                (&event["seq"], &event["type"]),
                (&json!(id + 2), &json!("risk_event"))
            );
            assert_eq!(
                (&event["data"]["id"], &event["data"]["detail"]),
                (&json!(id), &json!("<script>"))
            );
        }
    }
}

#[tokio::test]
async fn status_changes_are_coalesced_and_the_last_one_arrives() {
    let server = server(Setup::default()).await;
    let mut client = open(&server).await;
    json(&mut client).await;
    let started = tokio::time::Instant::now();
    let mut seen = 0;
    for time_ms in 1..=100 {
        let mut changed = status();
        changed.time_ms = time_ms;
        server.status.send_replace(Arc::new(changed));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    loop {
        seen += 1;
        if json(&mut client).await["data"]["time_ms"] == json!(100) {
            break;
        }
    }
    let allowed = started.elapsed().as_millis() / 250 + 1;
    assert!(seen <= allowed, "{seen} messages, {allowed} allowed");
}

#[tokio::test]
async fn a_handshake_needs_the_token_and_not_a_foreign_page() {
    let server = server(Setup::default()).await;
    let address = server.address;
    let cookie = format!("aicoin_{}={TOKEN}", address.port());
    let bearer = format!("Bearer {TOKEN}");
    let own = format!("http://{address}");
    let evil = "https://evil.example";
    let table: [(Headers<'_>, Option<u16>); 8] = [
        (&[], Some(401)),
        (&[("authorization", "Bearer wrong")], Some(401)),
        (&[("authorization", &bearer)], None),
        (&[("cookie", &cookie), ("origin", &own)], None),
        (&[("cookie", &cookie), ("origin", evil)], Some(403)),
        (&[("cookie", &cookie)], Some(403)),
        (&[("authorization", &bearer), ("origin", evil)], Some(403)),
        (
            &[("authorization", &bearer), ("host", "evil.example")],
            Some(403),
        ),
    ];
    for (headers, refused) in table {
        assert_eq!(
            connect(&server, "", headers).await.err(),
            refused,
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn a_reader_that_falls_behind_is_dropped_with_a_reason() {
    let setup = Setup {
        events: Events::with_capacity(64),
        ..Setup::default()
    };
    let server = server(setup).await;
    let mut client = open(&server).await;
    json(&mut client).await;
    let big = "x".repeat(64 * 1024);
    for id in 0..2000 {
        server
            .state
            .events
            .publish(WsEvent::RiskEvent(Box::new(risk_event(id, &big))));
        if id % 16 == 0 {
            tokio::task::yield_now().await;
        }
    }
    let mut seq = 1;
    let frame = loop {
        let message = next(&mut client).await;
        if let Message::Close(frame) = message {
            break frame.unwrap();
        }
        let event: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
        seq += 1;
        assert_eq!(event["seq"], seq, "what arrives has no gaps");
    };
    assert_eq!(frame.code, CloseCode::Again);
    assert!(frame.reason.contains("slow reader"), "{}", frame.reason);
    let metrics = server.get("/metrics").await.body;
    assert!(
        metrics.contains("aicoin_websocket_dropped_total{reason=\"behind\"} 1"),
        "{metrics}"
    );
    assert!(
        connect(&server, &format!("?token={TOKEN}"), &[])
            .await
            .is_ok(),
        "it may connect again"
    );
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_dropped_and_holds_nobody_up() {
    let limits = Limits {
        websocket_send_timeout: Duration::from_millis(300),
        ..Limits::default()
    };
    let server = server(Setup {
        limits,
        ..Setup::default()
    })
    .await;
    let mut deaf = open(&server).await;
    json(&mut deaf).await;
    let mut listening = open(&server).await;
    json(&mut listening).await;
    let big = "x".repeat(256 * 1024);
    for id in 0..200 {
        server
            .state
            .events
            .publish(WsEvent::RiskEvent(Box::new(risk_event(id, &big))));
    }
    for id in 0..200 {
        assert_eq!(json(&mut listening).await["data"]["id"], id);
    }
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let metrics = server.get("/metrics").await.body;
    assert!(
        metrics.contains("aicoin_websocket_dropped_total{reason=\"blocked\"} 1"),
        "{metrics}"
    );
    assert!(
        metrics.contains("aicoin_websocket_clients 1\n"),
        "{metrics}"
    );
}

#[tokio::test]
async fn a_client_without_pongs_is_dead_and_one_with_pongs_lives() {
    let limits = Limits {
        websocket_ping_every: Duration::from_millis(50),
        websocket_silence_max: Duration::from_millis(200),
        ..Limits::default()
    };
    let server = server(Setup {
        limits,
        ..Setup::default()
    })
    .await;
    let mut living = open(&server).await;
    // Nobody polls this one, so nothing answers its pings.
    let silent = open(&server).await;
    let until = tokio::time::Instant::now() + Duration::from_millis(800);
    while let Ok(message) = tokio::time::timeout_at(until, living.next()).await {
        assert!(!matches!(message.unwrap().unwrap(), Message::Close(_)));
    }
    let metrics = server.get("/metrics").await.body;
    assert!(
        metrics.contains("aicoin_websocket_dropped_total{reason=\"silent\"} 1"),
        "{metrics}"
    );
    drop(silent);
}

#[tokio::test]
async fn what_clients_send_is_limited_and_ignored() {
    let server = server(Setup::default()).await;
    let mut polite = open(&server).await;
    json(&mut polite).await;
    polite
        .send(Message::text(r#"{"hold":"CloseAll"}"#))
        .await
        .unwrap();
    server
        .state
        .events
        .publish(WsEvent::RiskEvent(Box::new(risk_event(7, "still here"))));
    assert_eq!(json(&mut polite).await["data"]["id"], 7);

    let mut big = open(&server).await;
    json(&mut big).await;
    big.send(Message::text("x".repeat(100_000))).await.unwrap();
    let end = tokio::time::timeout(Duration::from_secs(5), big.next())
        .await
        .unwrap();
    assert!(!matches!(end, Some(Ok(Message::Text(_)))), "{end:?}");

    let mut chatty = open(&server).await;
    json(&mut chatty).await;
    for _ in 0..100 {
        let _ = chatty.feed(Message::text("x")).await;
    }
    let _ = chatty.flush().await;
    assert_eq!(closed(&mut chatty).await, CloseCode::Policy);
}

#[tokio::test]
async fn places_are_bounded_and_come_back() {
    let limits = Limits {
        websockets_max: 1,
        ..Limits::default()
    };
    let server = server(Setup {
        limits,
        ..Setup::default()
    })
    .await;
    let query = format!("?token={TOKEN}");
    let mut first = open(&server).await;
    assert_eq!(connect(&server, &query, &[]).await.err(), Some(503));
    first.close(None).await.unwrap();
    while first.next().await.is_some() {}
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(connect(&server, &query, &[]).await.is_ok());
}

#[tokio::test]
async fn clients_hear_that_the_worker_stops() {
    let mut server = server(Setup::default()).await;
    let mut client = open(&server).await;
    json(&mut client).await;
    server.stop.take().unwrap().send(()).unwrap();
    assert_eq!(closed(&mut client).await, CloseCode::Away);
    tokio::time::timeout(Duration::from_secs(3), server.served)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}
