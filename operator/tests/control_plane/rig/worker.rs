//! Workers that are stubs at HTTP: they answer controls as a worker does, and remember what they were asked.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aicoin_api::crd::{TradingBot, TradingBotStatus};
use aicoin_api::http::{ControlReply, ControlRequest, ControlStatus, Remaining};
use aicoin_domain::{Desired, Hold};
use aicoin_token::{Keys, Scope, SigningKey};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::put;
use axum::{Json, Router};
use kube::api::{Api, ListParams};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// One control that a worker was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Whose: the token's audience.
    pub(crate) uid: String,
    /// The count.
    pub(crate) generation: u64,
    /// The level.
    pub(crate) desired: Desired,
    /// The bot's status at this moment, when somebody looks.
    pub(crate) status: Option<TradingBotStatus>,
}

/// One worker's memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    pub(crate) generation: u64,
    pub(crate) desired: Option<Desired>,
    pub(crate) effective: bool,
}

/// How the workers are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mood {
    /// They answer.
    #[default]
    Well,
    /// They take connections and do not answer.
    Frozen,
    /// They answer 503.
    Busy,
    /// They refuse every token.
    Distrustful,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) seen: Vec<Seen>,
    pub(crate) workers: HashMap<String, Memory>,
    /// Accepted controls become effective at once; otherwise when a test says so.
    pub(crate) at_once: bool,
    pub(crate) mood: Mood,
    /// Workers that do not answer, by uid.
    pub(crate) frozen: HashSet<String>,
    /// Open positions of every worker, until they are closed.
    pub(crate) positions: u32,
    pub(crate) hold: Hold,
    pub(crate) not_ready: Vec<String>,
    /// The keys that they trust.
    pub(crate) keys: Keys,
    /// Who looks at the bots' statuses whenever one is asked.
    pub(crate) onlooker: Option<Api<TradingBot>>,
}

/// All workers of a test, at one address.
#[derive(Debug)]
pub(crate) struct StubWorker {
    pub(crate) url: String,
    pub(crate) inner: Arc<Mutex<Inner>>,
    server: Option<JoinHandle<()>>,
}

impl StubWorker {
    pub(crate) async fn start() -> Self {
        Self::start_at("127.0.0.1:0").await
    }

    pub(crate) async fn start_at(address: &str) -> Self {
        let key = SigningKey::from_pem(super::KEY_PEM).unwrap();
        let inner = Arc::new(Mutex::new(Inner {
            seen: Vec::new(),
            workers: HashMap::new(),
            at_once: true,
            mood: Mood::Well,
            frozen: HashSet::new(),
            positions: 0,
            hold: Hold::None,
            not_ready: Vec::new(),
            keys: Keys::from_jwks(&Keys::to_jwks(&[key.public()])).unwrap(),
            onlooker: None,
        }));
        let mut worker = Self {
            url: format!("http://{address}"),
            inner,
            server: None,
        };
        worker.up().await;
        worker
    }

    /// Listens, at the same address as before.
    pub(crate) async fn up(&mut self) {
        let address = self.url.strip_prefix("http://").unwrap().to_owned();
        // For a moment the port may be somebody's end of another connection.
        let deadline = Instant::now() + super::PATIENCE;
        let listener = loop {
            match TcpListener::bind(&address).await {
                Ok(listener) => break listener,
                Err(error) => assert!(Instant::now() < deadline, "{address}: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        self.url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/api/v1/control", put(answer))
            .with_state(Arc::clone(&self.inner));
        self.server = Some(tokio::spawn(async move {
            axum::serve(listener, router).await.unwrap();
        }));
    }

    /// Nothing listens any more; a connection that is there already is answered 503 and closed.
    pub(crate) async fn down(&mut self) {
        if let Some(server) = self.server.take() {
            server.abort();
            let _ = server.await;
        }
        self.with(|inner| inner.mood = Mood::Busy);
    }

    pub(crate) fn with<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        change(&mut self.inner.lock().unwrap())
    }

    /// What was asked, repeats left out.
    pub(crate) fn asked(&self) -> Vec<(u64, Desired)> {
        let mut asked: Vec<(u64, Desired)> = self.with(|inner| {
            inner
                .seen
                .iter()
                .map(|seen| (seen.generation, seen.desired))
                .collect()
        });
        asked.dedup();
        asked
    }

    /// What one worker was asked, repeats left out.
    pub(crate) fn asked_of(&self, uid: &str) -> Vec<(u64, Desired)> {
        let mut asked: Vec<(u64, Desired)> = self.with(|inner| {
            let of_it = inner.seen.iter().filter(|seen| seen.uid == uid);
            of_it.map(|seen| (seen.generation, seen.desired)).collect()
        });
        asked.dedup();
        asked
    }

    /// So many positions are open, and they are closed only when a test says so.
    pub(crate) fn with_positions(&self, positions: u32) {
        self.with(|inner| {
            inner.at_once = false;
            inner.positions = positions;
        });
    }

    /// What was accepted becomes true.
    pub(crate) fn make_effective(&self) {
        self.with(|inner| {
            for memory in inner.workers.values_mut() {
                memory.effective = true;
            }
        });
    }
}

/// The audience that a token names, whoever signed it.
fn audience(token: &str) -> Option<String> {
    let claims: serde_json::Value =
        serde_json::from_slice(&base64_url(token.split('.').nth(1)?)?).ok()?;
    Some(claims.get("aud")?.as_str()?.to_owned())
}

fn base64_url(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bytes = Vec::new();
    let (mut buffer, mut bits) = (0_u32, 0);
    for byte in text.bytes() {
        let digit = ALPHABET.iter().position(|it| *it == byte)?;
        buffer = (buffer << 6) | u32::try_from(digit).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((buffer >> bits) & 0xff).ok()?);
        }
    }
    Some(bytes)
}

/// The uid of the bot that a request is for, when its token is good.
fn authorized(inner: &Inner, headers: &HeaderMap) -> Option<String> {
    let token = headers
        .get("authorization")?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")?;
    let uid = audience(token)?;
    let now_s = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let is_good = inner
        .keys
        .verify(token, &uid, Scope::Control, now_s)
        .is_ok();
    (is_good && inner.mood != Mood::Distrustful).then_some(uid)
}

async fn answer(
    State(inner): State<Arc<Mutex<Inner>>>,
    headers: HeaderMap,
    Json(request): Json<ControlRequest>,
) -> Response {
    let ControlRequest::Operator {
        generation,
        desired,
    } = request
    else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let (uid, mood, onlooker) = {
        let inner = inner.lock().unwrap();
        let Some(uid) = authorized(&inner, &headers) else {
            return StatusCode::UNAUTHORIZED.into_response();
        };
        let frozen = inner.frozen.contains(&uid);
        let mood = if frozen { Mood::Frozen } else { inner.mood };
        (uid, mood, inner.onlooker.clone())
    };
    match mood {
        Mood::Frozen => std::future::pending().await,
        Mood::Busy => {
            return (StatusCode::SERVICE_UNAVAILABLE, [("connection", "close")]).into_response();
        }
        Mood::Well | Mood::Distrustful => {}
    }
    let status = match onlooker {
        Some(bots) => {
            let bots = bots.list(&ListParams::default()).await.unwrap();
            let bot = bots
                .items
                .into_iter()
                .find(|it| it.metadata.uid.as_ref() == Some(&uid));
            bot.and_then(|bot| bot.status)
        }
        None => None,
    };
    let seen = Seen {
        uid,
        generation,
        desired,
        status,
    };
    control(&mut inner.lock().unwrap(), seen)
}

fn control(inner: &mut Inner, seen: Seen) -> Response {
    let (uid, generation, desired) = (seen.uid.clone(), seen.generation, seen.desired);
    inner.seen.push(seen);
    let memory = inner.workers.entry(uid).or_default();
    let clash = generation <= memory.generation && memory.desired != Some(desired);
    if !clash && generation > memory.generation {
        memory.generation = generation;
        memory.desired = Some(desired);
        memory.effective = false;
    }
    if !clash && inner.at_once {
        memory.effective = true;
    }
    if memory.desired == Some(Desired::CloseAll) && memory.effective {
        inner.positions = 0;
    }
    let desired = memory.desired.unwrap_or(Desired::Paused);
    let reply = ControlReply {
        accepted: !clash,
        control: ControlStatus {
            desired,
            generation: memory.generation,
            local_hold: inner.hold,
            in_force: desired.with_hold(inner.hold),
            accepted: true,
            accepted_generation: memory.generation,
            effective: memory.effective,
            effective_generation: if memory.effective {
                memory.generation
            } else {
                0
            },
            remaining: Remaining {
                positions: inner.positions,
                orders: 0,
            },
        },
        ready: inner.not_ready.is_empty(),
        not_ready: inner.not_ready.clone(),
        crashes_recent: 0,
    };
    let code = if clash {
        StatusCode::CONFLICT
    } else {
        StatusCode::OK
    };
    (code, Json(reply)).into_response()
}
