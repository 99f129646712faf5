//! A server with a fake trading loop and a fake store, and a client that sends exactly the bytes that a test wants.
// Not a `#[test]` itself, so clippy takes it for production code; and each test file uses another part of it.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use aicoin_api::http::*;
use aicoin_domain::{Desired, Hold};
use aicoin_web::{
    Auth, Command, ControlCommand, Events, Heartbeat, Limits, ReadError, Reader, Reading, Token,
    WebState,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};

pub const TOKEN: &str = "0123456789abcdef0123456789abcdef";

pub fn status() -> Status {
    Status {
        bot: "default/btc".to_owned(),
        mode: "Paper".to_owned(),
        decider: "rule emaCross".to_owned(),
        notice: None,
        time_ms: 1,
        speed: None,
        started_at_ms: 1,
        version: "0.1.0".to_owned(),
        interval_ms: 60_000,
        control: control(),
        ready: true,
        not_ready: Vec::new(),
        account: Account {
            equity: "10000".parse().unwrap(),
            ..Account::default()
        },
        positions: Vec::new(),
        markets: vec![Market {
            market: "BTC".to_owned(),
            bid: "64000".parse().unwrap(),
            ask: "64001".parse().unwrap(),
            mark: "64000.5".parse().unwrap(),
            age_ms: 10,
        }],
        counts: Counts::default(),
        ai: None,
        crashes_recent: 0,
    }
}

pub fn control() -> ControlStatus {
    ControlStatus {
        desired: Desired::Running,
        generation: 3,
        local_hold: Hold::None,
        in_force: Desired::Running,
        accepted: true,
        accepted_generation: 3,
        effective: true,
        effective_generation: 3,
        remaining: Remaining::default(),
    }
}

pub fn risk_event(id: u64, detail: &str) -> RiskEvent {
    RiskEvent {
        id,
        time_ms: 1,
        code: "MaxDrawdown".to_owned(),
        market: None,
        detail: detail.to_owned(),
        resolved: false,
    }
}

/// A store that has as many rows as it is asked for, unless it hangs or fails.
pub struct FakeReader {
    pub hangs: bool,
    pub fails: bool,
}

impl FakeReader {
    fn rows<T: Send + 'static>(&self, rows: Vec<T>) -> Reading<'static, Vec<T>> {
        let (hangs, fails) = (self.hangs, self.fails);
        Box::pin(async move {
            if hangs {
                std::future::pending::<()>().await;
            }
            if fails {
                return Err(ReadError::Unavailable("The store is away.".to_owned()));
            }
            Ok(rows)
        })
    }
}

impl Reader for FakeReader {
    fn orders(&self, _limit: u32) -> Reading<'_, Vec<Order>> {
        self.rows(Vec::new())
    }
    fn fills(&self, _limit: u32) -> Reading<'_, Vec<Fill>> {
        self.rows(Vec::new())
    }
    fn decisions(&self, _limit: u32) -> Reading<'_, Vec<Decision>> {
        self.rows(Vec::new())
    }
    fn risk_events(&self, limit: u32) -> Reading<'_, Vec<RiskEvent>> {
        self.rows(
            (0..u64::from(limit))
                .rev()
                .map(|id| risk_event(id, "rows"))
                .collect(),
        )
    }
    fn account_snapshots(&self, _limit: u32) -> Reading<'_, Vec<AccountSnapshot>> {
        self.rows(Vec::new())
    }
    fn candles<'a>(&'a self, market: &'a str, _limit: u32) -> Reading<'a, Vec<Candle>> {
        assert_eq!(market, "BTC");
        self.rows(Vec::new())
    }
    fn health(&self) -> Reading<'_, Health> {
        let part = PartHealth {
            status: HealthStatus::Ok,
            reason: String::new(),
            latency_ms: None,
        };
        let parts = BTreeMap::from([("loop".to_owned(), part)]);
        Box::pin(async {
            Ok(Health {
                status: HealthStatus::Ok,
                parts,
            })
        })
    }
}

/// How the fake loop answers control requests.
#[derive(Clone, Copy, Debug)]
pub enum Loop {
    /// Like the real one: any hold, and generations above its own.
    Answers,
    /// Takes requests and never answers.
    Hangs,
    /// Has ended.
    Ended,
}

pub struct Server {
    pub address: SocketAddr,
    pub state: WebState,
    pub status: watch::Sender<Arc<Status>>,
    pub stop: Option<oneshot::Sender<()>>,
    pub served: tokio::task::JoinHandle<std::io::Result<()>>,
}

pub struct Setup {
    pub reader: FakeReader,
    pub control: Loop,
    pub limits: Limits,
    pub auth: Auth,
    pub events: Events,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            reader: FakeReader {
                hangs: false,
                fails: false,
            },
            control: Loop::Answers,
            limits: Limits::default(),
            auth: Auth::Token(Token::parse(TOKEN).unwrap()),
            events: Events::new(),
        }
    }
}

pub fn state(setup: Setup) -> (WebState, watch::Sender<Arc<Status>>) {
    let (publish, status) = watch::channel(Arc::new(status()));
    let (control, requests) = mpsc::channel(4);
    tokio::spawn(answer(setup.control, requests));
    let state = WebState {
        status,
        heartbeat: Heartbeat::new(),
        events: setup.events,
        control,
        reader: Arc::new(setup.reader),
        auth: setup.auth,
        metrics: prometheus::Registry::new(),
        limits: setup.limits,
    };
    (state, publish)
}

async fn answer(how: Loop, mut requests: mpsc::Receiver<ControlCommand>) {
    let mut control = control();
    let mut unanswered = Vec::new();
    if matches!(how, Loop::Ended) {
        return;
    }
    while let Some(ControlCommand { command, reply }) = requests.recv().await {
        if matches!(how, Loop::Hangs) {
            unanswered.push(reply);
            continue;
        }
        let request = match command {
            Command::Level(request) => request,
            Command::Resolve { risk_event: 7 } => ControlRequest::Local { hold: Hold::None },
            Command::Resolve { risk_event } => {
                let _ = reply.send(Err(format!("There is no risk event {risk_event}.")));
                continue;
            }
        };
        let accepted = match request {
            ControlRequest::Local { hold } => {
                control.local_hold = hold;
                true
            }
            ControlRequest::Operator {
                generation,
                desired,
            } => {
                let newer = generation > control.generation;
                let same = generation == control.generation && desired == control.desired;
                if newer {
                    control.generation = generation;
                    control.desired = desired;
                }
                newer || same
            }
        };
        control.in_force = control.desired.with_hold(control.local_hold);
        let _ = reply.send(Ok(ControlReply {
            accepted,
            ready: true,
            not_ready: Vec::new(),
            crashes_recent: 0,
            control: control.clone(),
        }));
    }
}

pub async fn server(setup: Setup) -> Server {
    let (state, status) = state(setup);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(aicoin_web::serve(listener, state.clone(), async {
        let _ = stopped.await;
    }));
    Server {
        address,
        state,
        status,
        stop: Some(stop),
        served,
    }
}

#[derive(Debug)]
pub struct Answer {
    pub code: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// The sentence of an error.
    pub fn error(&self) -> String {
        let json = self.json();
        let sentence = json["error"]
            .as_str()
            .unwrap_or_else(|| panic!("no sentence: {self:?}"));
        assert!(
            sentence.ends_with('.') && sentence.len() > 10,
            "not a sentence: {sentence}"
        );
        sentence.to_owned()
    }
}

impl Server {
    /// `GET` with the token as a program sends it.
    pub async fn get(&self, path: &str) -> Answer {
        self.request(
            "GET",
            path,
            &[("Authorization", &format!("Bearer {TOKEN}"))],
            "",
        )
        .await
    }

    pub async fn put(&self, body: &str) -> Answer {
        let bearer = format!("Bearer {TOKEN}");
        self.request(
            "PUT",
            "/api/v1/control",
            &[("Authorization", &bearer)],
            body,
        )
        .await
    }

    pub async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut text = format!(
            "{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        );
        if !headers.iter().any(|(name, _)| *name == "Host") {
            text.push_str(&format!("Host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        text.push_str(body);
        self.raw(text.as_bytes()).await
    }

    pub async fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        // A server that answers before it has read everything may reset the rest.
        let reading = stream.read_to_end(&mut answer);
        let _ = tokio::time::timeout(Duration::from_secs(15), reading)
            .await
            .expect("an answer in time");
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("no answer: {answer:?}"));
        let code = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer {
            code,
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }
}
