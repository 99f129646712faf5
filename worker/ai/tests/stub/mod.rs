//! An HTTP endpoint on the loopback interface whose answers are written out byte by byte, so that each fault is exact.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses its own part"
)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aicoin_ai::{AiClient, AiClientConfig, ApiKey, Prompt};
use aicoin_domain::DurationMs;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

/// The key that must never be seen again.
pub const CANARY: &str = "sk-canary-5e0c1f9a7b";

/// One answer: pieces with a pause before each.
#[derive(Clone, Default)]
pub struct Answer {
    pieces: Vec<(Duration, Vec<u8>)>,
    hangs: bool,
}

impl Answer {
    /// An answer of these bytes, head and body.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            pieces: vec![(Duration::ZERO, bytes.into())],
            hangs: false,
        }
    }

    /// A whole answer; `headers` are lines without their end.
    pub fn status(status: u16, headers: &[&str], body: &str) -> Self {
        let mut head = format!(
            "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n",
            body.len()
        );
        for header in headers {
            head.push_str(header);
            head.push_str("\r\n");
        }
        Self::raw(format!("{head}\r\n{body}"))
    }

    /// A body without a length that ends with the connection, in these pieces.
    pub fn pieces(pieces: &[(u64, &str)]) -> Self {
        let mut answer = Self::raw("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
        for (millis, piece) in pieces {
            answer
                .pieces
                .push((Duration::from_millis(*millis), piece.as_bytes().to_vec()));
        }
        answer
    }

    /// Nothing more is sent, and the connection stays open.
    pub fn then_hangs(mut self) -> Self {
        self.hangs = true;
        self
    }

    /// The connection is accepted and never answered.
    pub fn hang() -> Self {
        Self::default().then_hangs()
    }
}

/// What came, and what is still to be answered. The last answer is given again and again.
pub struct Stub {
    pub base_url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Stub {
    pub async fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let answers = Arc::new(Mutex::new(VecDeque::from(answers)));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answers), Arc::clone(&seen)));
            }
        });
        Self { base_url, requests }
    }

    /// The requests so far, head and body.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub fn config(&self) -> AiClientConfig {
        AiClientConfig {
            base_url: self.base_url.clone(),
            timeout: DurationMs(5_000),
            retry_pause: DurationMs(2),
            ..AiClientConfig::deepseek()
        }
    }

    pub fn client(&self) -> AiClient {
        AiClient::new(self.config(), Some(key())).unwrap()
    }
}

pub fn key() -> ApiKey {
    ApiKey::new(CANARY).unwrap()
}

/// Reads one request, answers it, closes.
pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    requests: Arc<Mutex<Vec<String>>>,
) {
    let Some(request) = read_request(&mut stream).await else {
        return;
    };
    requests.lock().unwrap().push(request);
    let answer = {
        let mut answers = answers.lock().unwrap();
        if answers.len() > 1 {
            answers.pop_front()
        } else {
            answers.front().cloned()
        }
    };
    let answer = answer.unwrap();
    for (pause, piece) in answer.pieces {
        tokio::time::sleep(pause).await;
        if stream.write_all(&piece).await.is_err() {
            return;
        }
        let _ = stream.flush().await;
    }
    if answer.hangs {
        std::future::pending::<()>().await;
    }
    let _ = stream.shutdown().await;
    // A close with unread bytes would be a reset, which could overtake the answer.
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length: ")?
                        .parse()
                        .ok()
                })
                .unwrap_or(0);
            if body.len() >= length {
                return Some(text);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// A prompt about view 7.
pub fn prompt() -> Prompt {
    Prompt {
        view: 7,
        system: "rules".to_owned(),
        user: "view".to_owned(),
        version: "test+1".to_owned(),
        hash: "00".repeat(32),
    }
}

/// A good reply to view 7.
pub const REPLY: &str =
    r#"{"schema":1,"view_id":7,"decisions":[{"symbol":"BTC","action":"hold","reason":"no edge"}]}"#;

pub const USAGE: &str = r#"{"prompt_tokens":6000,"completion_tokens":800,"total_tokens":6800,"prompt_cache_hit_tokens":4000,"prompt_cache_miss_tokens":2000}"#;

/// The body of a completion with this content.
pub fn body(content: &str, finish_reason: &str, usage: &str) -> String {
    format!(
        r#"{{"id":"cmpl-1","object":"chat.completion","model":"deepseek-flash","choices":[{{"index":0,"finish_reason":"{finish_reason}","message":{{"role":"assistant","content":{},"reasoning_content":"thinking"}}}}],"usage":{usage}}}"#,
        serde_json::to_string(content).unwrap()
    )
}

/// A whole answer with this content.
pub fn says(content: &str, finish_reason: &str) -> Answer {
    Answer::status(
        200,
        &["content-type: application/json"],
        &body(content, finish_reason, USAGE),
    )
}

pub fn good() -> Answer {
    says(REPLY, "stop")
}
