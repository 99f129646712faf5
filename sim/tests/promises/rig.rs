//! A simulator in a process of its own, and a small client that signs.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aicoin_hyperliquid::{Address, AgentKey, Envelope, Network, Plain, UserSigned, connection_id};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Longer than anything here takes.
pub(crate) const LONG: Duration = Duration::from_secs(20);
/// The master's key, the agent's, and one that nobody knows.
const MASTER: &str = "0x0123456789012345678901234567890123456789012345678901234567890123";
const AGENT: &str = "0x0000000000000000000000000000000000000000000000000000000000000a91";
const STRANGER: &str = "0x00000000000000000000000000000000000000000000000000000000000057a3";

static LAST_NONCE: AtomicU64 = AtomicU64::new(0);

/// A nonce that nobody has used: the clock on the wall, rising.
pub(crate) fn nonce() -> u64 {
    let now = u64::try_from(wall_ms()).unwrap();
    LAST_NONCE
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
            Some(now.max(last + 1))
        })
        .map_or(now, |last| now.max(last + 1))
}

pub(crate) fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

pub(crate) fn master() -> AgentKey {
    MASTER.parse().unwrap()
}

pub(crate) fn agent() -> AgentKey {
    AGENT.parse().unwrap()
}

pub(crate) fn stranger() -> AgentKey {
    STRANGER.parse().unwrap()
}

/// A simulator. It ends with this value.
pub(crate) struct Sim {
    child: Child,
    pub(crate) url: String,
    pub(crate) http: reqwest::Client,
    /// ETH's place in `meta`.
    pub(crate) eth: u32,
}

impl Drop for Sim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Sim {
    /// On testnet, with a master who has 10,000 USDC and an agent.
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(flags: &[&str]) -> Self {
        // The client wants one, though nothing here is encrypted.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().timeout(LONG).build().unwrap();
        let fund = format!("{}=10000", master().address());
        let pair = format!("{}={}", master().address(), agent().address());
        let child = Command::new(env!("CARGO_BIN_EXE_aicoin-sim"))
            .args(["--listen", "127.0.0.1:0"])
            .args(["--fund", &fund, "--agent", &pair, "--log-level", "error"])
            .args(flags)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // From here on it ends with this value, whatever goes wrong.
        let mut sim = Self {
            child,
            url: String::new(),
            http,
            eth: 4,
        };
        let mut line = String::new();
        BufReader::new(sim.child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        line.strip_prefix("aicoin-sim listens on ")
            .unwrap_or_else(|| panic!("{line:?}"))
            .trim()
            .clone_into(&mut sim.url);
        sim
    }

    /// Posts a body; the status and the text that came back.
    pub(crate) async fn post(&self, path: &str, body: &str) -> (u16, String) {
        let request = self
            .http
            .post(format!("{}{path}", self.url))
            .header("content-type", "application/json")
            .body(body.to_owned());
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.text().await.unwrap())
    }

    /// A question that is answered.
    pub(crate) async fn info(&self, query: Value) -> Value {
        let (status, text) = self.post("/info", &query.to_string()).await;
        assert_eq!(status, 200, "{query}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// A question about the master.
    pub(crate) async fn about_master(&self, kind: &str) -> Value {
        let user = master().address();
        self.info(json!({"type": kind, "user": user})).await
    }

    /// Something below `/sim`, which answers 200.
    pub(crate) async fn sim(&self, path: &str, body: Value) -> Value {
        let (status, text) = self.post(&format!("/sim/{path}"), &body.to_string()).await;
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// The account in the ledger.
    pub(crate) async fn ledger(&self) -> Value {
        let url = format!("{}/sim/ledger", self.url);
        let text = self
            .http
            .get(url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// An action of the agent, as it is sent.
    pub(crate) fn signed(&self, action: &Value) -> Value {
        Signed::by(agent()).json(action)
    }

    /// An action of the agent, done.
    pub(crate) async fn act(&self, action: Value) -> Value {
        let body = self.signed(&action);
        self.send(&body).await
    }

    pub(crate) async fn send(&self, envelope: &Value) -> Value {
        let (status, text) = self.post("/exchange", &envelope.to_string()).await;
        assert_eq!(status, 200, "{envelope}: {text}");
        without_unknown(serde_json::from_str(&text).unwrap())
    }

    /// What is answered to the only order of an action.
    pub(crate) async fn order(&self, order: Value) -> Value {
        let action = json!({"type": "order", "orders": [order], "grouping": "na"});
        let answer = self.act(action).await;
        assert_eq!(answer["status"], "ok", "{answer}");
        answer["response"]["data"]["statuses"][0].clone()
    }

    /// A limit order of ETH.
    pub(crate) fn limit(&self, is_buy: bool, price: &str, size: &str, tif: &str) -> Value {
        json!({
            "a": self.eth, "b": is_buy, "p": price, "s": size, "r": false,
            "t": {"limit": {"tif": tif}},
        })
    }

    /// The price of ETH, moved by so many percent and cut to whole dollars.
    pub(crate) async fn eth_price(&self, percent: i64) -> String {
        let mids = self.info(json!({"type": "allMids"})).await;
        let mid: f64 = mids["ETH"].as_str().unwrap().parse().unwrap();
        let whole: i64 = format!("{mid:.0}").parse().unwrap();
        (whole + whole * percent / 100).to_string()
    }

    pub(crate) async fn socket(&self) -> Socket {
        let url = format!("{}/ws", self.url.replacen("http", "ws", 1));
        let (stream, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        Socket(stream)
    }
}

/// Who signs, for which network and account, until when.
pub(crate) struct Signed {
    key: AgentKey,
    pub(crate) network: Network,
    pub(crate) vault: Option<Address>,
    pub(crate) expires_after: Option<u64>,
    pub(crate) nonce: u64,
}

impl Signed {
    pub(crate) fn by(key: AgentKey) -> Self {
        Self {
            key,
            network: Network::Testnet,
            vault: None,
            expires_after: None,
            nonce: nonce(),
        }
    }

    /// The envelope of an action. Its fields are signed in the order of the protocol, whatever order JSON gives them: those
    /// of a `Value` are sorted, and the simulator reads both.
    pub(crate) fn json(&self, action: &Value) -> Value {
        let typed: aicoin_hyperliquid::Action = serde_json::from_value(action.clone()).unwrap();
        let id = connection_id(&typed, self.nonce, self.vault, self.expires_after).unwrap();
        self.wrap(action, self.key.sign(self.network, id))
    }

    /// The envelope of an action that is signed as it comes.
    pub(crate) fn json_as_it_comes(&self, action: &Value) -> Value {
        let plain: Plain = serde_json::from_str(&action.to_string()).unwrap();
        let id = connection_id(&plain, self.nonce, self.vault, self.expires_after).unwrap();
        self.wrap(action, self.key.sign(self.network, id))
    }

    /// The envelope of an action that only a master may sign; its nonce is added.
    pub(crate) fn json_of_user(&self, mut action: Value, nonce_field: &str) -> Value {
        action["signatureChainId"] = json!("0x66eee");
        action["hyperliquidChain"] = json!(self.network.chain());
        action[nonce_field] = json!(self.nonce);
        let plain: Plain = serde_json::from_str(&action.to_string()).unwrap();
        let kind = UserSigned::find(action["type"].as_str().unwrap()).unwrap();
        self.wrap(&action, kind.sign(&self.key, &plain).unwrap())
    }

    fn wrap(&self, action: &Value, signature: aicoin_hyperliquid::Signature) -> Value {
        let envelope = Envelope {
            action: action.clone(),
            nonce: self.nonce,
            signature,
            vault_address: self.vault,
            expires_after: self.expires_after,
        };
        serde_json::to_value(envelope).unwrap()
    }
}

/// A socket of a client.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub(crate) async fn send(&mut self, message: Value) {
        let text = message.to_string();
        self.0.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn subscribe(&mut self, subscription: Value) {
        let message = json!({"method": "subscribe", "subscription": subscription});
        self.send(message).await;
    }

    /// The next text message; `None` at the end.
    pub(crate) async fn next_text(&mut self) -> Option<String> {
        loop {
            let next = tokio::time::timeout(LONG, self.0.next()).await.unwrap()?;
            match next.ok()? {
                Message::Text(text) => return Some(text.as_str().to_owned()),
                Message::Close(_) => return None,
                Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    /// Whether the other side closes in an orderly way, after whatever it still says.
    pub(crate) async fn ends_with_a_close_frame(&mut self) -> bool {
        loop {
            match tokio::time::timeout(LONG, self.0.next()).await.unwrap() {
                Some(Ok(Message::Close(_))) => return true,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return false,
            }
        }
    }

    pub(crate) async fn next(&mut self) -> Option<Value> {
        let text = self.next_text().await?;
        Some(without_unknown(serde_json::from_str(&text).unwrap()))
    }

    /// The data of the next message of a channel; others are skipped.
    pub(crate) async fn next_of(&mut self, channel: &str) -> Value {
        loop {
            let message = self.next().await.expect("the socket is open");
            if message["channel"] == channel {
                return message["data"].clone();
            }
        }
    }
}

/// The value without the fields that no client knows.
pub(crate) fn without_unknown(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(without_unknown).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(name, _)| name != "simReserved")
            .map(|(name, value)| (name, without_unknown(value)))
            .collect(),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}
