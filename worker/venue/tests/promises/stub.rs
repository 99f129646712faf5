//! An exchange on the loopback interface that answers what it is told to. It checks nothing: signatures are judged elsewhere.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use aicoin_core::Input;
use aicoin_domain::{Rate, TimeMs};
use aicoin_hyperliquid::{Address, AgentKey, Network};
use aicoin_venue::{Booted, Clock, Limits, Venue, VenueConfig, VenueEvent, boot, connect};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{broadcast, mpsc};
use tokio::time::{interval, timeout};

/// The venue's time when a test begins.
pub(crate) const NOW: i64 = 1_764_000_000_000;
/// The account that is traded.
pub(crate) const ACCOUNT: Address = Address([0xaa; 20]);
/// Its agent's key.
const KEY: &str = "0x0123456789012345678901234567890123456789012345678901234567890123";
/// The longest that anything here takes. It is waited for only by a test that fails.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn key() -> AgentKey {
    KEY.parse().unwrap()
}

pub(crate) fn agent() -> Address {
    key().address()
}

/// How an answer of `/exchange` goes.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Json(Value),
    Status(u16, &'static str),
    /// The head and half of a body, then the connection is gone.
    Cut,
    /// Nothing at all.
    Hang,
}

/// What the exchange says.
pub(crate) struct World {
    /// By the question's type.
    pub(crate) info: HashMap<&'static str, Value>,
    /// By the user, where answers differ: the type and the address.
    pub(crate) roles: HashMap<Address, Value>,
    /// Replaces the answer of every question.
    pub(crate) broken_info: Option<(u16, &'static str)>,
    /// The next answers of `/exchange`; without one an order rests.
    pub(crate) replies: VecDeque<Reply>,
    /// Every object has a field that nobody knows.
    pub(crate) is_strange: bool,
    /// What was asked and sent.
    pub(crate) asked: Vec<Value>,
    pub(crate) sent: Vec<Value>,
    /// Coins that are subscribed on any socket.
    pub(crate) coins: Vec<String>,
    /// The socket answers pings.
    pub(crate) pongs: bool,
    /// The socket says prices.
    pub(crate) speaks: bool,
    /// The socket says that subscriptions stand already.
    pub(crate) says_already: bool,
}

/// The exchange.
pub(crate) struct Stub {
    pub(crate) base_url: String,
    shared: Arc<Shared>,
}

struct Shared {
    world: Mutex<World>,
    /// What every socket says.
    says: broadcast::Sender<String>,
    sockets: AtomicUsize,
}

impl Stub {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            world: Mutex::new(World::new()),
            says: broadcast::channel(256).0,
            sockets: AtomicUsize::new(0),
        });
        let app = Router::new()
            .route("/info", post(info))
            .route("/exchange", post(exchange))
            .route("/ws", get(socket))
            .with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            base_url: format!("http://{address}"),
            shared,
        }
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world.lock().unwrap()
    }

    /// What every socket says now.
    pub(crate) fn say(&self, message: &Value) {
        let mut message = message.clone();
        if self.world().is_strange {
            add_unknown(&mut message);
        }
        self.shared.says.send(message.to_string()).unwrap();
    }

    /// How many sockets were opened so far.
    pub(crate) fn sockets(&self) -> usize {
        self.shared.sockets.load(Ordering::SeqCst)
    }

    pub(crate) fn config(&self) -> VenueConfig {
        VenueConfig {
            base_url: self.base_url.clone(),
            limits: quick(),
            ..VenueConfig::new(Network::Testnet, Some(ACCOUNT), vec!["BTC".to_owned()])
        }
    }

    /// Boots and connects.
    pub(crate) async fn connected(&self) -> Connected {
        self.connected_with(self.config()).await
    }

    pub(crate) async fn connected_with(&self, config: VenueConfig) -> Connected {
        let booted = boot(&config, Some(agent())).await.unwrap();
        Connected::new(config, &booted)
    }

    /// How often the exchange was asked a question of this type.
    pub(crate) fn count_asked(&self, question: &str) -> usize {
        let world = self.world();
        world
            .asked
            .iter()
            .filter(|asked| asked["type"] == question)
            .count()
    }
}

/// Deadlines that a test can wait for.
pub(crate) fn quick() -> Limits {
    Limits {
        connect_timeout: Duration::from_secs(2),
        info_timeout: Duration::from_secs(2),
        exchange_timeout: Duration::from_millis(400),
        cool_down: Duration::from_millis(300),
        poll_fills_every: Duration::from_millis(200),
        ping_every: Duration::from_millis(100),
        pong_within: Duration::from_millis(600),
        subscribed_within: Duration::from_secs(2),
        stale_after: Duration::from_millis(600),
        reconnect_pause: Duration::from_millis(10),
        slippage: Rate::from_bps(1000),
        // What a test asks within a second is not what a bot asks in a minute.
        ip_weight_per_minute: 100_000,
        ..Limits::default()
    }
}

/// A connection and what it said so far.
pub(crate) struct Connected {
    pub(crate) venue: Venue,
    events: mpsc::Receiver<VenueEvent>,
    /// Everything but prices and health, in order.
    pub(crate) inputs: Vec<Input>,
}

impl Connected {
    pub(crate) fn new(config: VenueConfig, booted: &Booted) -> Self {
        let clock = Clock::anchored(booted.time, booted.time_at, 1.0);
        let (venue, events) = connect(config, booted, Some(key()), clock);
        Self {
            venue,
            events,
            inputs: Vec::new(),
        }
    }

    /// Waits for an event.
    pub(crate) async fn until<T>(&mut self, mut wanted: impl FnMut(&VenueEvent) -> Option<T>) -> T {
        let found = timeout(PATIENCE, async {
            loop {
                let event = self.events.recv().await.expect("the connection ended");
                if let VenueEvent::Input(input) = &event {
                    self.inputs.push(input.clone());
                }
                if let Some(found) = wanted(&event) {
                    return found;
                }
            }
        });
        found
            .await
            .unwrap_or_else(|_| panic!("it did not come; what came: {:#?}", self.inputs))
    }

    /// Waits for something for the core.
    pub(crate) async fn input(&mut self, wanted: impl Fn(&Input) -> bool) -> Input {
        self.until(|event| match event {
            VenueEvent::Input(input) if wanted(input) => Some(input.clone()),
            _ => None,
        })
        .await
    }

    /// Waits until the streams count as fresh.
    pub(crate) async fn fresh(&mut self) {
        self.input(|input| matches!(input, Input::Obstacle { present: false, .. }))
            .await;
    }
}

impl World {
    fn new() -> Self {
        let meta = json!({
            "universe": [
                {"name": "SOL", "szDecimals": 2, "maxLeverage": 10, "marginTableId": 10},
                {"name": "APT", "szDecimals": 2, "maxLeverage": 10, "marginTableId": 10, "isDelisted": true},
                {"name": "ATOM", "szDecimals": 2, "maxLeverage": 5, "marginTableId": 5},
                {"name": "BTC", "szDecimals": 5, "maxLeverage": 40, "marginTableId": 56},
                {"name": "ETH", "szDecimals": 4, "maxLeverage": 25, "marginTableId": 25},
            ],
            "marginTables": [[56, {"description": "", "marginTiers": [
                {"lowerBound": "0.0", "maxLeverage": 40}, {"lowerBound": "150000000.0", "maxLeverage": 20}
            ]}]],
            "collateralToken": 0
        });
        let info = HashMap::from([
            (
                "exchangeStatus",
                json!({"time": NOW, "specialStatuses": null}),
            ),
            ("meta", meta),
            (
                "extraAgents",
                json!([{"name": "bot", "address": agent().to_string(), "validUntil": NOW + 86_400_000}]),
            ),
            ("userAbstraction", json!("disabled")),
            (
                "userRateLimit",
                json!({"cumVlm": "0.0", "nRequestsUsed": 100, "nRequestsCap": 10_000}),
            ),
            ("clearinghouseState", state(NOW, &[])),
            ("frontendOpenOrders", json!([])),
            ("userFillsByTime", json!([])),
            ("orderStatus", json!({"status": "unknownOid"})),
            ("candleSnapshot", json!([])),
        ]);
        Self {
            info,
            roles: HashMap::from([(ACCOUNT, json!({"role": "user"}))]),
            broken_info: None,
            replies: VecDeque::new(),
            is_strange: false,
            asked: Vec::new(),
            sent: Vec::new(),
            coins: Vec::new(),
            pongs: true,
            speaks: true,
            says_already: false,
        }
    }

    fn answer(&mut self, question: &Value) -> Value {
        let kind = question["type"].as_str().unwrap_or_default();
        let user = question["user"].as_str().and_then(|user| user.parse().ok());
        let mut answer = match (kind, user) {
            ("userRole", Some(user)) => self
                .roles
                .get(&user)
                .cloned()
                .unwrap_or_else(|| json!({"role": "missing"})),
            ("userFillsByTime", _) => {
                let start = question["startTime"].as_i64().unwrap();
                let fills = self.info["userFillsByTime"].as_array().unwrap().clone();
                fills
                    .into_iter()
                    .filter(|fill| fill["time"].as_i64().unwrap() >= start)
                    .collect()
            }
            ("activeAssetData", _) => {
                let coin = question["coin"].as_str().unwrap();
                let of_coin = self.info.get(format!("{kind} {coin}").as_str());
                of_coin.cloned().unwrap_or(Value::Null)
            }
            _ => self.info.get(kind).cloned().unwrap_or(Value::Null),
        };
        if self.is_strange {
            add_unknown(&mut answer);
        }
        self.asked.push(question.clone());
        answer
    }
}

/// An account of 1000 USDC in cash: positions are (coin, size, value, profit).
pub(crate) fn state(time: i64, positions: &[(&str, &str, &str, &str)]) -> Value {
    let positions: Vec<Value> = positions
        .iter()
        .map(|(coin, size, value, profit)| {
            json!({"type": "oneWay", "position": {
                "coin": coin, "szi": size, "entryPx": "1.0", "positionValue": value, "unrealizedPnl": profit,
                "liquidationPx": null, "marginUsed": "1.0", "leverage": {"type": "cross", "value": 20}
            }})
        })
        .collect();
    json!({
        "assetPositions": positions,
        "marginSummary": {"accountValue": "1000.0", "totalNtlPos": "0.0", "totalRawUsd": "1000.0", "totalMarginUsed": "0.0"},
        "crossMarginSummary": {"accountValue": "1000.0", "totalNtlPos": "0.0", "totalRawUsd": "1000.0", "totalMarginUsed": "0.0"},
        "withdrawable": "1000.0",
        "time": time
    })
}

/// A fill of one BTC.
pub(crate) fn fill(time: i64, tid: u64, oid: u64, cloid: Option<&str>) -> Value {
    let mut fill = json!({
        "coin": "BTC", "px": "60000.0", "sz": "0.5", "side": "B", "time": time, "startPosition": "0.0",
        "dir": "Open Long", "closedPnl": "0.0", "hash": "0x00", "oid": oid, "crossed": true, "fee": "13.5",
        "tid": tid, "feeToken": "USDC", "twapId": null
    });
    if let Some(cloid) = cloid {
        fill["cloid"] = json!(cloid);
    }
    fill
}

fn add_unknown(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(add_unknown);
            fields.insert("aFieldOfTomorrow".to_owned(), json!([{"x": 1.5}]));
        }
        Value::Array(values) => values.iter_mut().for_each(add_unknown),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn response(status: u16, body: impl Into<Body>) -> Response {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(body.into())
        .unwrap()
}

async fn info(State(shared): State<Arc<Shared>>, body: String) -> Response {
    let question: Value = serde_json::from_str(&body).unwrap();
    let mut world = shared.world.lock().unwrap();
    if let Some((status, body)) = world.broken_info {
        return response(status, body);
    }
    let answer = world.answer(&question);
    response(200, answer.to_string())
}

async fn exchange(State(shared): State<Arc<Shared>>, body: String) -> Response {
    let reply = {
        let mut world = shared.world.lock().unwrap();
        let envelope: Value = serde_json::from_str(&body).unwrap();
        let is_cancel = envelope["action"].get("cancels").is_some();
        let is_order = envelope["action"].get("orders").is_some();
        world.sent.push(envelope);
        let usual = if is_cancel {
            json!({"status": "ok", "response": {"type": "cancel", "data": {"statuses": ["success"]}}})
        } else if is_order {
            json!({"status": "ok", "response": {"type": "order", "data": {"statuses": [{"resting": {"oid": 77}}]}}})
        } else {
            json!({"status": "ok", "response": {"type": "default"}})
        };
        let mut reply = world.replies.pop_front().unwrap_or(Reply::Json(usual));
        if let (true, Reply::Json(json)) = (world.is_strange, &mut reply) {
            add_unknown(json);
        }
        reply
    };
    match reply {
        Reply::Json(json) => response(200, json.to_string()),
        Reply::Status(status, body) => response(status, body),
        Reply::Cut => {
            let pieces = [
                Ok(r#"{"status":"ok","resp"#),
                Err(std::io::Error::other("cut")),
            ];
            response(200, Body::from_stream(futures_util::stream::iter(pieces)))
        }
        Reply::Hang => std::future::pending().await,
    }
}

async fn socket(State(shared): State<Arc<Shared>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |socket| async move {
        shared.sockets.fetch_add(1, Ordering::SeqCst);
        // The client went away: what it left is of no interest.
        let _ = serve(&shared, socket).await;
    })
}

async fn serve(shared: &Shared, mut socket: WebSocket) -> Result<(), axum::Error> {
    socket
        .send(Message::text("Websocket connection established."))
        .await?;
    let mut says = shared.says.subscribe();
    let mut coins: Vec<String> = Vec::new();
    let mut pace = interval(Duration::from_millis(50));
    loop {
        tokio::select! {
            heard = socket.recv() => {
                let Some(Ok(Message::Text(text))) = heard else { return Ok(()) };
                let heard: Value = serde_json::from_str(&text).unwrap();
                if let Some(answer) = hear(shared, &heard, &mut coins) {
                    socket.send(Message::text(answer.to_string())).await?;
                }
            }
            said = says.recv() => socket.send(Message::text(said.unwrap())).await?,
            _ = pace.tick() => {
                for message in prices(shared, &coins) {
                    socket.send(Message::text(message.to_string())).await?;
                }
            }
        }
    }
}

fn hear(shared: &Shared, heard: &Value, coins: &mut Vec<String>) -> Option<Value> {
    let mut world = shared.world.lock().unwrap();
    if heard["method"] == "ping" {
        return world.pongs.then(|| json!({"channel": "pong"}));
    }
    let mut subscription = heard["subscription"].clone();
    if subscription["type"] == "bbo" {
        let coin = subscription["coin"].as_str().unwrap().to_owned();
        world.coins.push(coin.clone());
        coins.push(coin);
    }
    // The echo has its defaults filled in.
    subscription["aggregateByTime"] = Value::Null;
    Some(if world.says_already {
        json!({"channel": "error", "data": format!("Already subscribed: {subscription}")})
    } else {
        json!({"channel": "subscriptionResponse", "data": {"method": "subscribe", "subscription": subscription}})
    })
}

fn prices(shared: &Shared, coins: &[String]) -> Vec<Value> {
    let world = shared.world.lock().unwrap();
    if !world.speaks {
        return Vec::new();
    }
    let messages = coins.iter().flat_map(|coin| {
        [
            json!({"channel": "bbo", "data": {"coin": coin, "time": NOW, "bbo": [
                {"px": "60000.0", "sz": "1.5", "n": 3}, {"px": "60001.0", "sz": "0.25", "n": 1}
            ]}}),
            json!({"channel": "activeAssetCtx", "data": {"coin": coin, "ctx": {
                "markPx": "60000.4", "oraclePx": "59990.0", "midPx": "60000.5", "funding": "0.0000125",
                "openInterest": "1.0", "prevDayPx": "1.0", "dayNtlVlm": "1.0", "premium": null, "impactPxs": null
            }}}),
        ]
    });
    let mut messages: Vec<Value> = messages.collect();
    if world.is_strange {
        messages.iter_mut().for_each(add_unknown);
    }
    messages
}

pub(crate) fn at(ms: i64) -> TimeMs {
    TimeMs(NOW + ms)
}
