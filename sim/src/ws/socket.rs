//! One socket, from its upgrade to its end.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use aicoin_hyperliquid::{Address, Plain};
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;

use super::{Out, hear};
use crate::app::{App, stopped};
use crate::exchange::Request;
use crate::fault::Effect;
use crate::http::{self, Outcome};
use crate::info::Query;
use crate::reply;
use crate::server::Peer;

/// For a client to take one message.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of one message from a client.
const MESSAGE_BYTES_MAX: usize = 1 << 20;
/// Questions and actions by post at once.
const POSTS_MAX: usize = 100;
/// What a socket begins with, now and then.
const GREETING: &str = "Websocket connection established.";

/// `GET /ws`.
pub(crate) async fn upgrade(
    State(app): State<Arc<App>>,
    Extension(Peer(ip)): Extension<Peer>,
    upgrade: WebSocketUpgrade,
) -> Response {
    // The place is taken at once: who opens many at a time does not get more.
    let (id, outgoing) = {
        let mut world = app.world();
        let now = world.time;
        let is_full = world.hub.count_of(ip) >= world.limits.sockets_max();
        if is_full || !world.limits.take_socket(ip, now) {
            return reply::failed(429);
        }
        let fault = world.faults.draw(&["ws_connect"], None);
        match fault.map(|fault| fault.effect) {
            None => {}
            Some(Effect::Status { status, .. }) => return reply::failed(status),
            Some(_) => return reply::none(),
        }
        world.hub.open(ip)
    };
    let failed = Arc::clone(&app);
    upgrade
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .on_failed_upgrade(move |_| failed.world().hub.close(id))
        .on_upgrade(move |socket| run(app, socket, ip, (id, outgoing)))
        .into_response()
}

async fn run(
    app: Arc<App>,
    mut socket: WebSocket,
    ip: IpAddr,
    (id, mut outgoing): (u64, mpsc::Receiver<Out>),
) {
    if app.sockets.has_greeting {
        let greeting = Message::Text(Utf8Bytes::from_static(GREETING));
        let _ = tokio::time::timeout(SEND_TIMEOUT, socket.send(greeting)).await;
    }
    let end = talk(&app, &mut socket, id, ip, &mut outgoing).await;
    app.world().hub.close(id);
    if end == End::Close {
        let frame = CloseFrame {
            code: axum::extract::ws::close_code::NORMAL,
            reason: Utf8Bytes::from_static(""),
        };
        let _ = tokio::time::timeout(SEND_TIMEOUT, socket.send(Message::Close(Some(frame)))).await;
    }
    // Otherwise the connection just ends: the client sees 1006.
}

/// How a socket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Close,
    Drop,
}

async fn talk(
    app: &Arc<App>,
    socket: &mut WebSocket,
    id: u64,
    ip: IpAddr,
    outgoing: &mut mpsc::Receiver<Out>,
) -> End {
    let posts = Arc::new(Semaphore::new(POSTS_MAX));
    let (post_out, mut posted) = mpsc::channel::<Value>(POSTS_MAX);
    let mut stopping = app.stopping.clone();
    let mut last_sent = Instant::now();
    loop {
        tokio::select! {
            out = outgoing.recv() => match out {
                Some(Out::Text(text)) => {
                    let sent = socket.send(Message::Text(text));
                    match tokio::time::timeout(SEND_TIMEOUT, sent).await {
                        Ok(Ok(())) => last_sent = Instant::now(),
                        Ok(Err(_)) | Err(_) => return End::Drop,
                    }
                }
                Some(Out::Close) => return End::Close,
                Some(Out::Drop) | None => return End::Drop,
            },
            Some(answer) = posted.recv() => {
                let mut world = app.world();
                let now = world.time;
                let world = &mut *world;
                let text = answer.to_string().into();
                world.hub.deliver(&mut world.faults, id, ("post", None), text, now);
            }
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => {
                    if !listen(app, id, ip, text.as_str(), &posts, &post_out) {
                        return End::Close;
                    }
                }
                // Answered by the library.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return End::Drop,
            },
            () = tokio::time::sleep_until(last_sent + app.sockets.idle_max) => {
                return End::Close;
            }
            () = stopped(&mut stopping) => return End::Close,
        }
    }
}

/// False: the client sends too much.
fn listen(
    app: &Arc<App>,
    id: u64,
    ip: IpAddr,
    text: &str,
    posts: &Arc<Semaphore>,
    post_out: &mpsc::Sender<Value>,
) -> bool {
    let message: Value = serde_json::from_str(text).unwrap_or_default();
    let mut world = app.world();
    let now = world.time;
    if !world.limits.take_message(ip, now) {
        return false;
    }
    if message.get("method").and_then(Value::as_str) != Some("post") {
        hear(&mut world, id, &message, text, now);
        return true;
    }
    drop(world);
    // The order of fields matters to a signature, and a JSON value does not keep it.
    let message: Plain = serde_json::from_str(text).unwrap_or(Plain::Null);
    let Some(number) = message.get("id").and_then(Plain::as_unsigned) else {
        hear(&mut app.world(), id, &Value::Null, text, now);
        return true;
    };
    let (app, post_out) = (Arc::clone(app), post_out.clone());
    let place = Arc::clone(posts).try_acquire_owned();
    tokio::spawn(async move {
        let response = match place {
            Ok(_place) => {
                let request = message.get("request").unwrap_or(&Plain::Null);
                match post(&app, ip, request).await {
                    Some(response) => response,
                    None => return,
                }
            }
            Err(_) => failed(429),
        };
        let answer = json!({"channel": "post", "data": {"id": number, "response": response}});
        let _ = post_out.send(answer).await;
    });
    true
}

/// A question or an action by post; `None` when a fault leaves it without an answer.
async fn post(app: &App, ip: IpAddr, request: &Plain) -> Option<Value> {
    let payload = serde_json::to_vec(request.get("payload").unwrap_or(&Plain::Null));
    let payload = payload.unwrap_or_default();
    match request.get("type").and_then(Plain::as_text) {
        Some("info") => {
            let Ok(query) = Query::read(&payload) else {
                return Some(failed(422));
            };
            let name = format!("info:{}", query.r#type);
            let names = [name.as_str(), "info"];
            let kind = query.r#type.clone();
            let work = || http::answer_query(app, ip, &query);
            let outcome = with_fault(app, ip, query.weight(), &names, query.user, work).await?;
            Some(match outcome {
                Ok(Outcome::Answer(data)) => {
                    json!({"type": "info", "payload": {"type": kind, "data": data}})
                }
                Ok(Outcome::Nothing(_)) => {
                    json!({"type": "info", "payload": {"type": kind, "data": null}})
                }
                Ok(Outcome::Undecodable) => failed(422),
                Err(status) => failed(status),
            })
        }
        Some("action") => {
            let network = app.world().settings.network;
            let Ok(request) = Request::read(&payload, network) else {
                return Some(failed(422));
            };
            let user = http::master(app, &request);
            let names = [request.kind.as_str(), "exchange"];
            let work = || http::answer_request(app, &request);
            let outcome = with_fault(app, ip, request.weight(), &names, user, work).await?;
            Some(match outcome {
                Ok(Outcome::Answer(payload)) => json!({"type": "action", "payload": payload}),
                Ok(Outcome::Nothing(_) | Outcome::Undecodable) => failed(422),
                Err(status) => failed(status),
            })
        }
        _ => Some(failed(422)),
    }
}

/// The same faults as by HTTP. `Err` is a status, `None` no answer at all.
async fn with_fault(
    app: &App,
    ip: IpAddr,
    weight: i64,
    names: &[&str],
    user: Option<Address>,
    work: impl FnOnce() -> Outcome,
) -> Option<Result<Outcome, u16>> {
    let Ok(fault) = http::admit(app, ip, weight, names, user) else {
        return Some(Err(429));
    };
    let Some(fault) = fault else {
        return Some(Ok(work()));
    };
    http::wait(app, fault.delay_ms).await;
    match fault.effect {
        Effect::DropRequest => None,
        Effect::Refuse => Some(Ok(Outcome::Answer(http::refusal(&fault)))),
        Effect::Status { status, executed } => {
            if executed {
                let _ = work();
            }
            Some(Err(status))
        }
        Effect::DropReply | Effect::CutBody | Effect::Disconnect => {
            let _ = work();
            None
        }
        Effect::LateReply(ms) => {
            let outcome = work();
            http::wait(app, ms).await;
            Some(Ok(outcome))
        }
        Effect::None
        | Effect::Duplicate
        | Effect::Late(_)
        | Effect::Reorder
        | Effect::Lose
        | Effect::Silence(_) => Some(Ok(work())),
    }
}

fn failed(status: u16) -> Value {
    let words = match status {
        422 => format!("422: {}", reply::UNDECODABLE),
        429 => "429: Too Many Requests".to_owned(),
        status => format!("{status}: null"),
    };
    json!({"type": "error", "payload": words})
}
