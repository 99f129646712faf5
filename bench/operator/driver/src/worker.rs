//! All workers in one: answers every control with accepted and effective, at once.
//!
//! The audience of the token says which bot it is for; the signature is not checked. Before it is opened the port
//! refuses connections, as a pod does that is still starting.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::Result;

/// A bot's worker: what it was last asked for.
#[derive(Clone, Debug, Deserialize)]
struct Control {
    generation: u64,
    desired: String,
}

#[derive(Debug, Default)]
struct Workers {
    controls: HashMap<String, Control>,
    waiting: HashMap<String, (String, oneshot::Sender<Instant>)>,
    puts: u64,
    gets: u64,
}

/// The port, reserved; and the server once it is open.
#[derive(Debug)]
pub struct Stub {
    workers: Arc<Mutex<Workers>>,
    socket: Option<TcpSocket>,
    port: u16,
    task: Option<JoinHandle<()>>,
}

impl Stub {
    /// Reserves a port that refuses connections.
    pub fn closed() -> Result<Self> {
        let failed = |error: std::io::Error| format!("No port for the workers: {error}.");
        let socket = TcpSocket::new_v4().map_err(failed)?;
        socket.bind(([127, 0, 0, 1], 0).into()).map_err(failed)?;
        let port = socket.local_addr().map_err(failed)?.port();
        Ok(Self {
            workers: Arc::default(),
            socket: Some(socket),
            port,
            task: None,
        })
    }

    /// The base address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Answers from now on.
    pub fn open(&mut self) -> Result<()> {
        let Some(socket) = self.socket.take() else {
            return Ok(());
        };
        let listener = socket
            .listen(1024)
            .map_err(|error| format!("The workers cannot listen: {error}."))?;
        let router = Router::new()
            .route("/api/v1/control", get(look).put(put))
            .with_state(Arc::clone(&self.workers));
        self.task = Some(tokio::spawn(async move {
            // It ends with the program.
            let _ = axum::serve(listener, router).await;
        }));
        Ok(())
    }

    /// Requests so far: to control and to look.
    pub fn requests(&self) -> (u64, u64) {
        let workers = lock(&self.workers);
        (workers.puts, workers.gets)
    }

    /// Tells when the worker of this bot is asked for this state.
    pub fn expect(&self, uid: &str, desired: &str) -> oneshot::Receiver<Instant> {
        let (tell, told) = oneshot::channel();
        lock(&self.workers)
            .waiting
            .insert(uid.to_owned(), (desired.to_owned(), tell));
        told
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn put(
    State(workers): State<Arc<Mutex<Workers>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let now = Instant::now();
    let Some(uid) = audience(&headers) else {
        return answer(
            StatusCode::UNAUTHORIZED,
            &json!({"error": "There is no token with an audience."}),
        );
    };
    let asked: Control = match serde_json::from_slice(&body) {
        Ok(asked) => asked,
        Err(error) => {
            return answer(
                StatusCode::BAD_REQUEST,
                &json!({"error": format!("The control is not valid: {error}.")}),
            );
        }
    };
    let mut workers = lock(&workers);
    workers.puts += 1;
    let stands = workers.controls.get(&uid);
    let higher = stands.is_none_or(|stands| asked.generation > stands.generation);
    let same = stands.is_some_and(|stands| {
        asked.generation == stands.generation && asked.desired == stands.desired
    });
    if higher {
        workers.controls.insert(uid.clone(), asked.clone());
    }
    if let Some((desired, tell)) = workers.waiting.remove(&uid) {
        if desired == asked.desired && (higher || same) {
            // Who gave up waiting need not be told.
            let _ = tell.send(now);
        } else {
            workers.waiting.insert(uid.clone(), (desired, tell));
        }
    }
    let status = if higher || same {
        StatusCode::OK
    } else {
        StatusCode::CONFLICT
    };
    answer(status, &reply(workers.controls.get(&uid), higher || same))
}

async fn look(State(workers): State<Arc<Mutex<Workers>>>, headers: HeaderMap) -> Response<Body> {
    let Some(uid) = audience(&headers) else {
        return answer(
            StatusCode::UNAUTHORIZED,
            &json!({"error": "There is no token with an audience."}),
        );
    };
    let mut workers = lock(&workers);
    workers.gets += 1;
    answer(StatusCode::OK, &reply(workers.controls.get(&uid), true))
}

fn reply(control: Option<&Control>, accepted: bool) -> Value {
    let (desired, generation) = control.map_or(("Running", 0), |control| {
        (control.desired.as_str(), control.generation)
    });
    json!({
        "accepted": accepted,
        "control": {
            "desired": desired,
            "generation": generation,
            "local_hold": "None",
            "in_force": desired,
            "accepted": generation > 0,
            "accepted_generation": generation,
            "effective": generation > 0,
            "effective_generation": generation,
            "remaining": {"positions": 0, "orders": 0},
        },
        "ready": true,
        "not_ready": [],
        "crashes_recent": 0,
    })
}

fn answer(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    response
}

/// Whom the token is for.
fn audience(headers: &HeaderMap) -> Option<String> {
    #[derive(Deserialize)]
    struct Claims {
        aud: String,
    }
    let token = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")?;
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Claims>(&claims)
        .ok()
        .map(|claims| claims.aud)
}

fn lock(workers: &Mutex<Workers>) -> MutexGuard<'_, Workers> {
    workers.lock().unwrap_or_else(PoisonError::into_inner)
}
