//! Promise: probes tell the truth about the loop, control is answered when it is durable and never hangs, and every
//! request is bounded.

mod common;

use std::sync::Arc;
use std::time::Duration;

use aicoin_web::Limits;
use common::{FakeReader, Loop, Setup, TOKEN, server, status};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn livez_fails_when_the_loop_stops_and_only_then() {
    let limits = Limits {
        heartbeat_age_max: Duration::from_millis(200),
        ..Limits::default()
    };
    let server = server(Setup {
        limits,
        ..Setup::default()
    })
    .await;
    let mut unready = status();
    unready.ready = false;
    unready.not_ready = vec!["The lease is not held.".to_owned()];
    server.status.send_replace(Arc::new(unready));
    server.state.heartbeat.beat();
    assert_eq!(
        server.get("/livez").await.code,
        200,
        "not ready is no reason to be restarted"
    );

    tokio::time::sleep(Duration::from_millis(250)).await;
    let answer = server.get("/livez").await;
    assert_eq!(answer.code, 503);
    assert!(answer.error().contains("loop"));
    let health = server.get("/api/v1/health").await.json();
    assert_eq!(
        (&health["status"], &health["parts"]["loop"]["status"]),
        (&json!("down"), &json!("down"))
    );
    assert_eq!(server.get("/readyz").await.code, 503);

    server.state.heartbeat.beat();
    assert_eq!(server.get("/livez").await.code, 200);
}

#[tokio::test]
async fn readyz_says_why_not() {
    let server = server(Setup::default()).await;
    let answer = server.get("/readyz").await;
    assert_eq!(
        (answer.code, answer.json()),
        (200, json!({"ready": true, "not_ready": []}))
    );

    let mut unready = status();
    unready.ready = false;
    unready.not_ready = vec!["BTC has no fresh price.".to_owned()];
    server.status.send_replace(Arc::new(unready));
    let answer = server.get("/readyz").await;
    assert_eq!(answer.code, 503);
    assert_eq!(
        answer.json(),
        json!({"ready": false, "not_ready": ["BTC has no fresh price."]})
    );
}

#[tokio::test]
async fn status_and_lists_come_as_their_types() {
    let server = server(Setup::default()).await;
    let got: aicoin_api::http::Status =
        serde_json::from_str(&server.get("/api/v1/status").await.body).unwrap();
    assert_eq!(got, status());
    assert_eq!(
        server.get("/api/v1/account").await.json()["equity"],
        "10000"
    );
    assert_eq!(server.get("/api/v1/positions").await.json(), json!([]));
    let rows = async |query: &str| {
        let path = format!("/api/v1/risk-events{query}");
        server.get(&path).await.json().as_array().unwrap().len()
    };
    assert_eq!(rows("").await, 100);
    assert_eq!(rows("?limit=1").await, 1);
    assert_eq!(rows("?limit=1000").await, 1000);
}

#[tokio::test]
async fn a_store_that_fails_or_hangs_is_a_sentence_not_an_empty_list() {
    let limits = Limits {
        read_timeout: Duration::from_millis(100),
        ..Limits::default()
    };
    let failing = Setup {
        reader: FakeReader {
            hangs: false,
            fails: true,
        },
        ..Setup::default()
    };
    let answer = server(failing).await.get("/api/v1/orders").await;
    assert_eq!(
        (answer.code, answer.error().as_str()),
        (503, "The store is away.")
    );
    let hanging = Setup {
        reader: FakeReader {
            hangs: true,
            fails: false,
        },
        limits,
        ..Setup::default()
    };
    let answer = server(hanging).await.get("/api/v1/orders").await;
    assert_eq!(answer.code, 503);
    assert!(answer.error().contains("within 0.1 s"));
}

#[tokio::test]
async fn a_hold_is_answered_once_accepted() {
    let server = server(Setup::default()).await;
    for (hold, in_force) in [
        ("Paused", "Paused"),
        ("CloseAll", "CloseAll"),
        ("None", "Running"),
    ] {
        let answer = server.put(&format!(r#"{{"hold":"{hold}"}}"#)).await;
        let reply = answer.json();
        assert_eq!(answer.code, 200);
        assert_eq!(reply["accepted"], true);
        assert_eq!(
            (
                &reply["control"]["local_hold"],
                &reply["control"]["in_force"]
            ),
            (&json!(hold), &json!(in_force))
        );
    }
}

#[tokio::test]
async fn an_old_generation_with_other_content_is_a_conflict_with_the_workers_value() {
    let server = server(Setup::default()).await;
    let table = [
        (r#"{"generation":2,"desired":"CloseAll"}"#, 409),
        (r#"{"generation":3,"desired":"CloseAll"}"#, 409),
        (r#"{"generation":3,"desired":"Running"}"#, 200),
        (r#"{"generation":4,"desired":"Paused"}"#, 200),
        (r#"{"generation":4,"desired":"Paused"}"#, 200),
        (r#"{"generation":3,"desired":"Running"}"#, 409),
    ];
    for (body, code) in table {
        let answer = server.put(body).await;
        assert_eq!(answer.code, code, "{body}");
        if code == 409 {
            answer.error();
            let reply: aicoin_api::http::ControlReply = serde_json::from_str(&answer.body).unwrap();
            assert!(!reply.accepted && reply.control.generation >= 3);
        }
    }
}

#[tokio::test]
async fn a_loop_that_does_not_answer_costs_a_sentence_in_time() {
    let limits = Limits {
        control_timeout: Duration::from_millis(100),
        ..Limits::default()
    };
    let hanging = server(Setup {
        control: Loop::Hangs,
        limits: limits.clone(),
        ..Setup::default()
    })
    .await;
    // More requests than the queue holds: none may wait longer than the limit.
    for _ in 0..8 {
        let answer = hanging.put(r#"{"hold":"Paused"}"#).await;
        assert_eq!(answer.code, 503);
        assert!(answer.error().contains("may still be carried out"));
    }
    let ended = server(Setup {
        control: Loop::Ended,
        limits,
        ..Setup::default()
    })
    .await;
    assert_eq!(ended.put(r#"{"hold":"Paused"}"#).await.code, 503);
}

#[tokio::test]
async fn a_control_body_is_exactly_one_of_two() {
    let server = server(Setup::default()).await;
    for body in [
        "",
        "{}",
        "null",
        r#"{"hold":"paused"}"#,
        r#"{"hold":"Stopped"}"#,
        r#"{"hold":"Paused","generation":9}"#,
        r#"{"generation":9,"desired":"Paused","hold":"None"}"#,
        r#"{"generation":-1,"desired":"Paused"}"#,
        r#"{"generation":9}"#,
        r#"{"generation":9,"desired":"Everything"}"#,
    ] {
        let answer = server.put(body).await;
        assert_eq!(answer.code, 400, "{body}");
        assert!(answer.error().contains("CloseAll"));
    }
    let big = format!(r#"{{"hold":"Paused","x":"{}"}}"#, "x".repeat(20_000));
    assert_eq!(server.put(&big).await.code, 413);
}

#[tokio::test]
async fn metrics_count_requests() {
    let server = server(Setup::default()).await;
    server.get("/api/v1/status").await;
    let text = server.get("/metrics").await.body;
    assert!(
        text.contains("aicoin_web_requests_total{code=\"200\"} 1"),
        "{text}"
    );
}

#[tokio::test]
async fn a_silent_client_and_one_too_many_are_sent_away() {
    let limits = Limits {
        connections_max: 2,
        head_timeout: Duration::from_millis(300),
        ..Limits::default()
    };
    let server = server(Setup {
        limits,
        ..Setup::default()
    })
    .await;
    let mut silent = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(b"GET /livez HTTP/1.1\r\n").await.unwrap();
        silent.push(stream);
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let answer = server.get("/livez").await;
    assert_eq!(answer.code, 503);
    answer.error();
    for mut stream in silent {
        let mut rest = Vec::new();
        let reading = stream.read_to_end(&mut rest);
        let _ = tokio::time::timeout(Duration::from_secs(2), reading)
            .await
            .expect("closed by the server");
    }
    assert_eq!(server.get("/livez").await.code, 200);
}

#[tokio::test]
async fn big_heads_are_refused() {
    let server = server(Setup::default()).await;
    let long = "x".repeat(40_000);
    let answer = server
        .request("GET", "/livez", &[("X-Long", &long)], "")
        .await;
    assert_eq!(answer.code, 431);
}

#[tokio::test]
async fn the_server_stops_in_bounded_time_with_clients_that_stay() {
    let limits = Limits {
        shutdown_timeout: Duration::from_millis(500),
        ..Limits::default()
    };
    let hanging = Setup {
        reader: FakeReader {
            hangs: true,
            fails: false,
        },
        limits,
        ..Setup::default()
    };
    let mut server = server(hanging).await;
    let mut stuck = TcpStream::connect(server.address).await.unwrap();
    let request = format!("GET /api/v1/orders?token={TOKEN} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stuck.write_all(request.as_bytes()).await.unwrap();
    let _idle = TcpStream::connect(server.address).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.stop.take().unwrap().send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(3), server.served)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}
