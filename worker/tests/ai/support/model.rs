//! A chat-completions endpoint of which a test writes every byte. It reads the prompt as a model would: the view's number
//! and the prices are in it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

use super::{PATIENCE, wait_for};

/// How often a thread that waits looks whether the test is over.
const TICK: Duration = Duration::from_millis(5);

/// One question.
#[derive(Clone)]
pub(crate) struct Asked {
    /// Which question it is, from 1; a second try of the same view counts too.
    pub(crate) nth: usize,
    /// The view's number.
    pub(crate) view: u64,
    /// The user message.
    pub(crate) user: String,
    /// The whole body.
    pub(crate) body: Value,
    /// The `Authorization` header.
    pub(crate) authorization: String,
}

impl Asked {
    /// Bid, ask and mark of a market, as the prompt has them.
    pub(crate) fn prices(&self, market: &str) -> [f64; 3] {
        let section = self.user.split_once(&format!("\nMARKET {market}\n"));
        let line = section.unwrap().1.lines().next().unwrap();
        ["bid ", "ask ", "mark "].map(|word| {
            let rest = line.split_once(word).unwrap().1;
            rest.split_once(',').unwrap().0.parse().unwrap()
        })
    }

    /// The mark price times a factor, at a step that BTC and ETH both have.
    pub(crate) fn near(&self, market: &str, factor: f64) -> String {
        format!("{:.0}", self.prices(market)[2] * factor)
    }

    /// A reply to this view with these decisions.
    pub(crate) fn reply(&self, decisions: &Value) -> String {
        json!({"schema": 1, "view_id": self.view, "decisions": decisions}).to_string()
    }

    /// A good wish to open a long position.
    pub(crate) fn long(&self, market: &str) -> Value {
        json!({
            "symbol": market, "action": "open_long", "confidence": 80, "risk_bps": 40, "leverage": 2,
            "stop_px": self.near(market, 0.98), "take_px": self.near(market, 1.06), "max_slippage_bps": 200, "ttl_s": 600,
            "reason": "Higher lows.",
        })
    }

    /// [`Asked::long`] with other fields; `null` takes one out.
    pub(crate) fn long_but(&self, market: &str, changes: Value) -> Value {
        let mut wish = self.long(market);
        let fields = wish.as_object_mut().unwrap();
        for (name, value) in changes.as_object().unwrap().clone() {
            if value.is_null() {
                fields.remove(&name);
            } else {
                fields.insert(name, value);
            }
        }
        wish
    }

    /// Doing nothing.
    pub(crate) fn hold(&self) -> Answer {
        says(self.reply(
            &json!([{"symbol": "BTC", "action": "hold", "confidence": 50, "reason": "No edge."}]),
        ))
    }
}

/// What is sent, and what happens to the connection then.
#[derive(Clone)]
pub(crate) struct Answer {
    head: String,
    body: Vec<u8>,
    /// Blank lines before the body, one each millisecond.
    blank_lines: usize,
    hangs: bool,
}

impl Answer {
    /// An answer with that status and body; `headers` are lines without their end.
    pub(crate) fn status(status: u16, headers: &[&str], body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let lines: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-length: {}\r\n{lines}",
            body.len()
        );
        Self {
            head,
            body,
            blank_lines: 0,
            hangs: false,
        }
    }

    /// The connection stays open and nothing is sent.
    pub(crate) fn hang() -> Self {
        Self {
            hangs: true,
            ..Self::status(200, &[], "")
        }
    }

    /// Only so much of the body is sent; its length was announced.
    pub(crate) fn cut_at(mut self, bytes: usize) -> Self {
        self.body.truncate(bytes);
        self
    }

    /// A waiting provider sends empty lines first; such a body ends with the connection.
    pub(crate) fn after_blank_lines(self, blank_lines: usize) -> Self {
        Self {
            head: "HTTP/1.1 200 X\r\n".to_owned(),
            blank_lines,
            ..self
        }
    }

    fn send(&self, mut stream: &TcpStream, over: &AtomicBool) -> std::io::Result<()> {
        if self.hangs {
            while !over.load(Ordering::Relaxed) {
                std::thread::sleep(TICK);
            }
            return Ok(());
        }
        stream.write_all(self.head.as_bytes())?;
        stream.write_all(b"connection: close\r\n\r\n")?;
        for _ in 0..self.blank_lines {
            stream.write_all(b"\n")?;
            std::thread::sleep(Duration::from_millis(1));
        }
        stream.write_all(&self.body)
    }
}

/// The body of a completion.
pub(crate) fn completion(content: &str, finish_reason: &str) -> Value {
    json!({
        "id": "cmpl-7", "object": "chat.completion", "created": 1, "model": "deepseek-flash-1017",
        "choices": [{"index": 0, "finish_reason": finish_reason, "message": {
            "role": "assistant", "content": content, "reasoning_content": "Thinking aloud.",
        }}],
        "usage": {
            "prompt_tokens": 6000, "completion_tokens": 800, "total_tokens": 6800,
            "prompt_cache_hit_tokens": 4000, "prompt_cache_miss_tokens": 2000,
        },
    })
}

/// A whole answer of the model.
pub(crate) fn says(content: impl AsRef<str>) -> Answer {
    ends(content, "stop")
}

/// An answer that ended for that reason.
pub(crate) fn ends(content: impl AsRef<str>, finish_reason: &str) -> Answer {
    let body = completion(content.as_ref(), finish_reason).to_string();
    Answer::status(200, &["content-type: application/json"], body)
}

/// An error of the provider.
pub(crate) fn refuses(status: u16) -> Answer {
    let body =
        json!({"error": {"message": format!("stub says {status}"), "type": "x", "code": "y"}});
    Answer::status(status, &[], body.to_string())
}

/// A door that a test opens: until then whoever comes waits.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<AtomicBool>);

impl Gate {
    pub(crate) fn open(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn pass(&self) {
        wait_for("the gate", || self.0.load(Ordering::Relaxed).then_some(()));
    }
}

type Script = dyn Fn(&Asked) -> Answer + Send + Sync;

/// The endpoint. It ends with the test.
pub(crate) struct Model {
    base_url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    over: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Model {
    pub(crate) fn start(script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let over = Arc::new(AtomicBool::new(false));
        let script: Arc<Script> = Arc::new(script);
        let (seen, ended) = (Arc::clone(&asked), Arc::clone(&over));
        let accepting = std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                let (script, seen, ended) =
                    (Arc::clone(&script), Arc::clone(&seen), Arc::clone(&ended));
                std::thread::spawn(move || answer(&stream, &*script, &seen, &ended));
            }
        });
        Self {
            base_url,
            asked,
            over,
            accepting: Some(accepting),
        }
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The questions so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn wait_until_asked(&self, times: usize) {
        wait_for("a question", || (self.asked().len() >= times).then_some(()));
    }

    pub(crate) fn wait_until_asked_about(&self, view: u64) {
        wait_for("a view", || {
            self.asked()
                .iter()
                .any(|asked| asked.view >= view)
                .then_some(())
        });
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.base_url.trim_start_matches("http://"));
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

fn answer(stream: &TcpStream, script: &Script, seen: &Mutex<Vec<Asked>>, over: &AtomicBool) {
    let _ = stream.set_read_timeout(Some(PATIENCE));
    let Some((head, body)) = read_request(stream) else {
        return;
    };
    let body: Value = serde_json::from_str(&body).unwrap();
    let user = body["messages"][1]["content"].as_str().unwrap().to_owned();
    let view = user.split_once("\nview_id: ").unwrap().1;
    let view = view.lines().next().unwrap().parse().unwrap();
    let authorization = head
        .lines()
        .find_map(|line| line.strip_prefix("authorization: "))
        .unwrap_or_default()
        .to_owned();
    let asked = {
        let mut seen = seen.lock().unwrap();
        let asked = Asked {
            nth: seen.len() + 1,
            view,
            user,
            body,
            authorization,
        };
        seen.push(asked.clone());
        asked
    };
    // Whoever asked may be gone, or was killed on purpose.
    let _ = script(&asked).send(stream, over);
}

fn read_request(mut stream: &TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))?;
            if body.len() >= length.parse().ok()? {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        let count = stream.read(&mut buffer).ok()?;
        if count == 0 {
            return None;
        }
        bytes.extend_from_slice(&buffer[..count]);
    }
}
