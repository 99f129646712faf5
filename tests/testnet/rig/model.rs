//! A model that says what a test wants: nothing, until it is told.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

/// A decision that a test wants; the rest of the reply is put in when the view is known.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    symbol: &'static str,
    action: &'static str,
    /// The stop in percent of the mark price.
    stop_pct: Option<f64>,
    risk_bps: Option<u32>,
}

impl Wish {
    /// A long position that may lose `risk_bps` of the equity at a stop 3 % below.
    pub(crate) const fn open_long(symbol: &'static str, risk_bps: u32) -> Self {
        Self {
            symbol,
            action: "open_long",
            stop_pct: Some(97.0),
            risk_bps: Some(risk_bps),
        }
    }

    /// The same the other way round.
    pub(crate) const fn open_short(symbol: &'static str, risk_bps: u32) -> Self {
        Self {
            symbol,
            action: "open_short",
            stop_pct: Some(103.0),
            risk_bps: Some(risk_bps),
        }
    }

    /// The position goes.
    pub(crate) const fn close(symbol: &'static str) -> Self {
        Self {
            symbol,
            action: "close",
            stop_pct: None,
            risk_bps: None,
        }
    }

    fn on(&self, prompt: &str) -> Value {
        let mut decision = json!({
            "symbol": self.symbol, "action": self.action, "confidence": 90, "reason": "The test wants it.",
        });
        if let Some(pct) = self.stop_pct {
            let stop = mark_of(prompt, self.symbol) * pct / 100.0;
            decision["stop_px"] = json!(four_figures(stop));
        }
        if let Some(risk_bps) = self.risk_bps {
            decision["risk_bps"] = json!(risk_bps);
        }
        decision
    }
}

/// The endpoint. Each wish is said to one view; without one it wants nothing.
pub(crate) struct Model {
    pub(crate) base_url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    wishes: VecDeque<(Vec<Wish>, Duration)>,
    always: Vec<Wish>,
    asked: usize,
    answered: usize,
    said: usize,
    /// The view that was asked about last, and what it was answered.
    last: Option<(u64, Vec<Wish>)>,
}

impl Model {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = Arc::clone(&shared);
                // A client that went away is no concern of the endpoint's.
                std::thread::spawn(move || answer(stream?, &shared));
            }
        });
        Self { base_url, state }
    }

    /// Says that to the next view.
    pub(crate) fn say(&self, wishes: &[Wish]) {
        self.say_after(Duration::ZERO, wishes);
    }

    /// Says that to the next view, and takes its time.
    pub(crate) fn say_after(&self, delay: Duration, wishes: &[Wish]) {
        let mut state = self.state.lock().unwrap();
        state.wishes.push_back((wishes.to_vec(), delay));
    }

    /// Says that to every view from now on.
    pub(crate) fn always(&self, wishes: &[Wish]) {
        self.state.lock().unwrap().always = wishes.to_vec();
    }

    /// Views that it was asked about.
    pub(crate) fn asked(&self) -> usize {
        self.state.lock().unwrap().asked
    }

    /// Replies that went out whole.
    pub(crate) fn answered(&self) -> usize {
        self.state.lock().unwrap().answered
    }

    /// Replies that wanted something.
    pub(crate) fn said(&self) -> usize {
        self.state.lock().unwrap().said
    }
}

fn answer(stream: TcpStream, shared: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(": ") else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let text = if first.starts_with("GET /models") {
        json!({"object": "list", "data": [{"id": "deepseek-flash", "object": "model", "owned_by": "test"}]})
    } else if first.starts_with("GET /user/balance") {
        json!({"is_available": true, "balance_infos": [
            {"currency": "USD", "total_balance": "100.00", "granted_balance": "0.00", "topped_up_balance": "100.00"},
        ]})
    } else {
        let request: Value = serde_json::from_slice(&body)?;
        let reply = decide(&request, shared);
        json!({
            "id": "x", "object": "chat.completion", "model": "deepseek-flash",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": reply.to_string()}}],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050},
        })
    }
    .to_string();
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
        text.len()
    )?;
    if first.starts_with("POST") {
        shared.lock().unwrap().answered += 1;
    }
    Ok(())
}

fn decide(request: &Value, shared: &Mutex<State>) -> Value {
    let prompt = request["messages"]
        .as_array()
        .and_then(|all| all.last())
        .and_then(|last| last["content"].as_str())
        .unwrap_or("");
    let view = after(prompt, "view_id: ").parse().unwrap_or(0);
    let (wishes, delay) = {
        let mut state = shared.lock().unwrap();
        match &state.last {
            // The same view again: a retry.
            Some((last, wishes)) if *last == view => (wishes.clone(), Duration::ZERO),
            _ => {
                let (wishes, delay) = state
                    .wishes
                    .pop_front()
                    .unwrap_or_else(|| (state.always.clone(), Duration::ZERO));
                state.asked += 1;
                state.said += usize::from(!wishes.is_empty());
                state.last = Some((view, wishes.clone()));
                (wishes, delay)
            }
        }
    };
    std::thread::sleep(delay);
    let decisions: Vec<Value> = wishes.iter().map(|wish| wish.on(prompt)).collect();
    json!({"schema": 1, "view_id": view, "decisions": decisions})
}

/// The number that stands behind those words.
fn after<'a>(text: &'a str, words: &str) -> &'a str {
    let rest = text.split_once(words).map_or("", |(_, rest)| rest);
    let end = rest
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .unwrap_or(rest.len());
    &rest[..end]
}

fn mark_of(prompt: &str, symbol: &str) -> f64 {
    let market = prompt
        .split_once(&format!("MARKET {symbol}\n"))
        .map_or("", |(_, market)| market);
    after(market, ", mark ").parse().unwrap_or(0.0)
}

/// Four figures fit any market's rules.
fn four_figures(price: f64) -> String {
    let mut shift = 0;
    let mut scaled = price;
    while scaled < 1000.0 && shift < 6 {
        scaled *= 10.0;
        shift += 1;
    }
    let mut grid = 1.0;
    while scaled / grid >= 10_000.0 {
        grid *= 10.0;
    }
    let rounded = (scaled / grid).round() * grid;
    let text = format!(
        "{:.*}",
        shift,
        rounded / 10_f64.powi(i32::try_from(shift).unwrap())
    );
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[test]
fn a_stop_is_written_with_four_figures() {
    for (price, text) in [
        (64_123.7, "64120"),
        (3_020.2, "3020"),
        (151.239, "151.2"),
        (0.123_456, "0.1235"),
        (1.5, "1.5"),
    ] {
        assert_eq!(four_figures(price), text);
    }
}
