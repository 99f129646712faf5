//! Workers that are stubs at HTTP: they answer controls as a worker does, and remember what they were asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aicoin_api::http::{ControlReply, ControlRequest, ControlStatus, Remaining};
use aicoin_domain::{Desired, Hold};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::put;
use axum::{Json, Router};
use tokio::net::TcpListener;

/// One control that a worker was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Whose: the token's audience.
    pub uid: String,
    /// The count.
    pub generation: u64,
    /// The level.
    pub desired: Desired,
}

/// One worker's memory.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    pub generation: u64,
    pub desired: Option<Desired>,
    pub effective: bool,
}

#[derive(Debug, Default)]
pub struct Inner {
    pub seen: Vec<Seen>,
    pub workers: HashMap<String, Memory>,
    /// Accepted controls become effective at once; otherwise when a test says so.
    pub at_once: bool,
    /// Refuses everything with 503.
    pub is_down: bool,
    pub positions: u32,
    pub hold: Hold,
    pub not_ready: Vec<String>,
}

/// All workers of a test, at one address.
#[derive(Clone, Debug)]
pub struct StubWorker {
    pub url: String,
    pub inner: Arc<Mutex<Inner>>,
}

impl StubWorker {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Mutex::new(Inner {
            at_once: true,
            ..Inner::default()
        }));
        let router = Router::new()
            .route("/api/v1/control", put(answer))
            .with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, inner }
    }

    pub fn with<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        change(&mut self.inner.lock().unwrap())
    }

    /// What was asked, repeats left out.
    pub fn asked(&self) -> Vec<(u64, Desired)> {
        let mut asked: Vec<(u64, Desired)> = self.with(|inner| {
            inner.seen.iter().map(|seen| (seen.generation, seen.desired)).collect()
        });
        asked.dedup();
        asked
    }
}

/// The audience of a token that nobody checks here.
fn audience(headers: &HeaderMap) -> String {
    let token = headers["authorization"].to_str().unwrap();
    let payload = token.split('.').nth(1).unwrap();
    let claims = base64_url(payload);
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    claims["aud"].as_str().unwrap().to_owned()
}

fn base64_url(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bytes = Vec::new();
    let (mut buffer, mut bits) = (0_u32, 0);
    for byte in text.bytes() {
        let digit = ALPHABET.iter().position(|it| *it == byte).unwrap();
        buffer = (buffer << 6) | u32::try_from(digit).unwrap();
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((buffer >> bits) & 0xff).unwrap());
        }
    }
    bytes
}

async fn answer(
    State(inner): State<Arc<Mutex<Inner>>>,
    headers: HeaderMap,
    Json(request): Json<ControlRequest>,
) -> Response {
    let uid = audience(&headers);
    let ControlRequest::Operator {
        generation,
        desired,
    } = request
    else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let mut inner = inner.lock().unwrap();
    if inner.is_down {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    inner.seen.push(Seen {
        uid: uid.clone(),
        generation,
        desired,
    });
    let (at_once, positions, hold) = (inner.at_once, inner.positions, inner.hold);
    let not_ready = inner.not_ready.clone();
    let memory = inner.workers.entry(uid).or_default();
    let clash = generation <= memory.generation && memory.desired != Some(desired);
    if !clash && generation > memory.generation {
        memory.generation = generation;
        memory.desired = Some(desired);
        memory.effective = false;
    }
    if !clash && at_once {
        memory.effective = true;
    }
    let positions = if memory.desired == Some(Desired::CloseAll) && memory.effective {
        0
    } else {
        positions
    };
    let desired = memory.desired.unwrap_or(Desired::Paused);
    let reply = ControlReply {
        accepted: !clash,
        control: ControlStatus {
            desired,
            generation: memory.generation,
            local_hold: hold,
            in_force: desired.with_hold(hold),
            accepted: true,
            accepted_generation: memory.generation,
            effective: memory.effective,
            effective_generation: if memory.effective { memory.generation } else { 0 },
            remaining: Remaining {
                positions,
                orders: 0,
            },
        },
        ready: not_ready.is_empty(),
        not_ready,
        crashes_recent: 0,
    };
    let code = if clash { StatusCode::CONFLICT } else { StatusCode::OK };
    (code, Json(reply)).into_response()
}
