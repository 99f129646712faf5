//! A real browser without a window: Debian's Chromium, by its remote control.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, Message, WebSocket};

use super::{eventually, http};

const STARTS_WITHIN: Duration = Duration::from_secs(60);
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);

/// The program; `None` prints why the test is skipped.
pub(crate) fn program() -> Option<&'static str> {
    let found = ["chromium", "chromium-browser"]
        .into_iter()
        .find(|program| {
            Command::new(program)
                .arg("--version")
                .output()
                .is_ok_and(|output| output.status.success())
        });
    if found.is_none() {
        println!(
            "skipped: there is no chromium; `cargo xtask test --only tools` installs it where it may"
        );
    }
    found
}

/// A browser with one page.
pub(crate) struct Browser {
    child: Child,
    socket: WebSocket<TcpStream>,
    next: u64,
    /// Errors that the page had: exceptions, console errors, files that did not load.
    pub(crate) errors: Vec<String>,
}

impl Browser {
    /// Starts one; `profile` is an empty folder.
    #[track_caller]
    pub(crate) fn start(program: &str, profile: &Path) -> Self {
        let child = Command::new(program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
            ])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
                "--remote-debugging-port=0",
            ])
            .args([
                "--window-size=1280,1000",
                &format!("--user-data-dir={}", profile.display()),
                "about:blank",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let port_file = profile.join("DevToolsActivePort");
        let port = || {
            std::fs::read_to_string(&port_file)
                .ok()?
                .lines()
                .next()
                .map(str::to_owned)
        };
        eventually("chromium's remote control", STARTS_WITHIN, || {
            port().is_some()
        });
        let address = format!("127.0.0.1:{}", port().unwrap());
        let mut url = None;
        eventually("chromium's page", STARTS_WITHIN, || {
            let pages = http::get(&address, "/json/list", &[]).json();
            let page = pages
                .as_array()
                .unwrap()
                .iter()
                .find(|page| page["type"] == "page")
                .cloned();
            url = page.and_then(|page| page["webSocketDebuggerUrl"].as_str().map(str::to_owned));
            url.is_some()
        });
        let stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(ANSWERS_WITHIN)).unwrap();
        let (socket, _) = tungstenite::client(url.unwrap(), stream).unwrap();
        let mut browser = Self {
            child,
            socket,
            next: 0,
            errors: Vec::new(),
        };
        for domain in ["Runtime", "Log", "Page"] {
            browser.ask(&format!("{domain}.enable"), &json!({}));
        }
        browser
    }

    /// Opens an address.
    #[track_caller]
    pub(crate) fn open(&mut self, url: &str) {
        let answer = self.ask("Page.navigate", &json!({ "url": url }));
        assert!(answer["errorText"].is_null(), "{answer}");
    }

    /// What an expression comes to in the page.
    #[track_caller]
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let params =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.ask("Runtime.evaluate", &params);
        assert!(
            answer["exceptionDetails"].is_null(),
            "{expression}: {answer}"
        );
        answer["result"]["value"].clone()
    }

    /// Looks until an expression is true.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, expression: &str, limit: Duration) {
        let begun = Instant::now();
        while self.evaluate(expression) != json!(true) {
            if begun.elapsed() >= limit {
                let text = self.evaluate("document.body?.innerText");
                panic!(
                    "not within {limit:?}: {expression}\nerrors: {:?}\n{}",
                    self.errors,
                    text.as_str().unwrap_or_default()
                );
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    #[track_caller]
    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.next += 1;
        let id = self.next;
        let text = json!({ "id": id, "method": method, "params": params }).to_string();
        self.socket.send(Message::text(text)).unwrap();
        loop {
            let Message::Text(text) = self.socket.read().unwrap() else {
                continue;
            };
            let message: Value = serde_json::from_str(&text).unwrap();
            if message["id"] == json!(id) {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
            self.note(&message);
        }
    }

    fn note(&mut self, event: &Value) {
        let params = &event["params"];
        let is_error = match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => true,
            Some("Runtime.consoleAPICalled") => {
                params["type"] == "error" || params["type"] == "assert"
            }
            Some("Log.entryAdded") => params["entry"]["level"] == "error",
            _ => false,
        };
        if is_error {
            self.errors.push(params.to_string());
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It closes its own children when it is asked to; without an answer it is killed.
        let _ = self.socket.send(Message::text(
            json!({ "id": 0, "method": "Browser.close" }).to_string(),
        ));
        let begun = Instant::now();
        while self.child.try_wait().is_ok_and(|ended| ended.is_none())
            && begun.elapsed() < Duration::from_secs(5)
        {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
