//! What leaves, and when, against sockets that do exactly what they are told.

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::wire::exchange::Status;
use aicoin_domain::OrderId;

fn rest(address: std::net::SocketAddr) -> Rest {
    let endpoint = Endpoint::new(&format!("http://{address}"), None).unwrap();
    Rest::new(endpoint, Limits::default(), Shared::default()).unwrap()
}

/// Answers one request after the other, each on its own connection, and counts them.
async fn answer(listener: TcpListener, bodies: Vec<&'static str>) -> usize {
    let mut requests = 0;
    for body in bodies {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await.unwrap();
        requests += usize::from(read > 0);
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body.as_bytes()).await.unwrap();
    }
    requests
}

#[tokio::test]
async fn an_action_whose_connection_does_not_come_leaves_once_it_comes() {
    // A free address where nobody listens yet.
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let (rest, board) = (rest(address), Arc::new(Board::new()));
    let mut watcher = board.watch();
    let acting = {
        let board = Arc::clone(&board);
        tokio::spawn(async move {
            let until = Instant::now() + Duration::from_secs(30);
            rest.act(b"{}".to_vec(), 1, until, &board).await
        })
    };
    let health = watcher.changed().await.unwrap();
    assert!(
        health
            .exchange
            .reason
            .starts_with("The venue cannot be reached"),
        "{health:?}"
    );
    let listener = TcpListener::bind(address).await.unwrap();
    let body = r#"{"status":"ok","response":{"type":"order","data":{"statuses":[{"resting":{"oid":5}}]}}}"#;
    let answering = tokio::spawn(answer(listener, vec![body]));
    assert_eq!(
        acting.await.unwrap(),
        Outcome::Answered(Answer::Taken(vec![Status::Resting(OrderId(5))]))
    );
    assert_eq!(answering.await.unwrap(), 1);
}

#[tokio::test]
async fn an_action_that_left_is_never_sent_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let counting = tokio::spawn(async move {
        let mut connections = 0_u32;
        // Reads the request, and hangs up without a word; a second connection would be a second copy.
        while let Ok(Ok((mut stream, _))) =
            timeout(Duration::from_millis(1500), listener.accept()).await
        {
            connections += 1;
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).await.unwrap();
        }
        connections
    });
    let until = Instant::now() + Duration::from_secs(30);
    let outcome = rest(address)
        .act(b"{}".to_vec(), 1, until, &Board::new())
        .await;
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
    assert_eq!(counting.await.unwrap(), 1);
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_read_to_its_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 4096];
        let _ = stream.read(&mut buffer).await.unwrap();
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n{";
        stream.write_all(head.as_bytes()).await.unwrap();
        // The connection stays open: whoever waits for the rest waits for ever.
        std::future::pending::<()>().await;
    });
    let error = rest(address)
        .ask::<serde_json::Value>(Question::Meta, &Board::new())
        .await
        .unwrap_err();
    assert_eq!(
        error,
        AskError::Broken("meta", "the answer is larger than 8388608 bytes".to_owned())
    );
}
