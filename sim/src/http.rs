//! `POST /info` and `POST /exchange`, with their limits and the faults that are on.

use std::net::IpAddr;
use std::sync::Arc;

use aicoin_domain::DurationMs;
use aicoin_hyperliquid::Address;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Extension, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::app::App;
use crate::exchange::{self, Request};
use crate::fault::{Effect, Fault};
use crate::info::{self, NoAnswer, Query};
use crate::server::Peer;
use crate::{ai, control, reply, wire, ws};

/// Bytes of a request body: a thousand orders.
const BODY_BYTES_MAX: usize = 1 << 20;

/// All routes.
pub(crate) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route("/info", post(ask))
        .route("/exchange", post(act))
        .route("/ws", get(ws::upgrade))
        .merge(control::router())
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Arc::clone(app))
        .merge(ai::router(&app.ai))
}

/// What came of a question or an action, before it is an HTTP answer.
pub(crate) enum Outcome {
    Answer(Value),
    Undecodable,
    /// `null`, with that status.
    Nothing(u16),
}

async fn ask(
    State(app): State<Arc<App>>,
    Extension(Peer(ip)): Extension<Peer>,
    body: Bytes,
) -> Response {
    let Ok(query) = Query::read(&body) else {
        return reply::undecodable();
    };
    let name = format!("info:{}", query.r#type);
    let Ok(fault) = admit(&app, ip, query.weight(), &[&name, "info"], query.user) else {
        return reply::failed(429);
    };
    answer(&app, fault, || answer_query(&app, ip, &query)).await
}

async fn act(
    State(app): State<Arc<App>>,
    Extension(Peer(ip)): Extension<Peer>,
    body: Bytes,
) -> Response {
    let network = app.world().settings.network;
    let Ok(request) = Request::read(&body, network) else {
        return reply::undecodable();
    };
    let user = master(&app, &request);
    let names = [request.kind.as_str(), "exchange"];
    let Ok(fault) = admit(&app, ip, request.weight(), &names, user) else {
        return reply::failed(429);
    };
    answer(&app, fault, || answer_request(&app, &request)).await
}

/// Too many requests.
pub(crate) struct TooMany;

/// Counts a request, and draws what happens to it.
pub(crate) fn admit(
    app: &App,
    ip: IpAddr,
    weight: i64,
    names: &[&str],
    user: Option<Address>,
) -> Result<Option<Fault>, TooMany> {
    let mut world = app.world();
    let now = world.time;
    if !world.limits.take_weight(ip, weight, now) {
        return Err(TooMany);
    }
    Ok(world.faults.draw(names, user))
}

/// The account that a request is for, as far as anybody knows.
pub(crate) fn master(app: &App, request: &Request) -> Option<Address> {
    let world = app.world();
    request.signers.iter().find_map(|signer| {
        let id = world
            .find_id(*signer)
            .or_else(|| world.agents.get(*signer).map(|agent| agent.master))?;
        world.user(id).map(|user| user.address)
    })
}

/// Answers a question.
pub(crate) fn answer_query(app: &App, ip: IpAddr, query: &Query) -> Outcome {
    let mut world = app.world();
    match info::answer(&mut world, query) {
        Ok(mut value) => {
            let (now, more) = (world.time, query.weight_of(&value));
            // What an answer costs on top is known when it is there; it is sent all the same.
            let _ = world.limits.take_weight(ip, more, now);
            if world.settings.extra_fields {
                wire::add_unknown_fields(&mut value);
            }
            Outcome::Answer(value)
        }
        Err(NoAnswer::Undecodable) => Outcome::Undecodable,
        Err(NoAnswer::Nothing(status)) => Outcome::Nothing(status),
    }
}

/// Does an action.
pub(crate) fn answer_request(app: &App, request: &Request) -> Outcome {
    let mut world = app.world();
    let mut value = exchange::execute(&mut world, request);
    if world.settings.extra_fields {
        wire::add_unknown_fields(&mut value);
    }
    Outcome::Answer(value)
}

/// The answer, with whatever a fault does to it.
async fn answer(app: &App, fault: Option<Fault>, work: impl FnOnce() -> Outcome) -> Response {
    let Some(fault) = fault else {
        return to_response(&work());
    };
    wait(app, fault.delay_ms).await;
    match fault.effect {
        Effect::DropRequest => reply::none(),
        Effect::Refuse => reply::json(200, &refusal(&fault)),
        Effect::Status {
            status,
            executed: false,
        } => reply::failed(status),
        Effect::Status {
            status,
            executed: true,
        } => {
            let _ = work();
            reply::failed(status)
        }
        Effect::DropReply | Effect::Disconnect => {
            let _ = work();
            reply::none()
        }
        Effect::LateReply(ms) => {
            let outcome = work();
            wait(app, ms).await;
            to_response(&outcome)
        }
        Effect::CutBody => match work() {
            Outcome::Answer(value) => reply::cut(&value),
            other @ (Outcome::Undecodable | Outcome::Nothing(_)) => to_response(&other),
        },
        Effect::None
        | Effect::Duplicate
        | Effect::Late(_)
        | Effect::Reorder
        | Effect::Lose
        | Effect::Silence(_) => to_response(&work()),
    }
}

/// A refusal in a rule's own words.
pub(crate) fn refusal(fault: &Fault) -> Value {
    json!({"status": "err", "response": fault.words})
}

/// Waits so many simulated milliseconds.
pub(crate) async fn wait(app: &App, ms: i64) {
    if ms > 0 {
        tokio::time::sleep(app.clock.on_the_wall(DurationMs(ms))).await;
    }
}

fn to_response(outcome: &Outcome) -> Response {
    match outcome {
        Outcome::Answer(value) => reply::json(200, value),
        Outcome::Undecodable => reply::undecodable(),
        Outcome::Nothing(status) => reply::json(*status, &Value::Null),
    }
}
