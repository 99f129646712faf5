//! `/sim/…`: what no venue has. Faults, jumps of time and prices, and the exchange's own truth.

use std::sync::Arc;

use aicoin_domain::{DurationMs, Rate, TimeMs, Usd};
use aicoin_hyperliquid::Address;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::clock::wall;
use crate::world::{Agent, Kind};
use crate::ws::Out;
use crate::{ledger, reply, ws};

/// How far time jumps at once: a day.
const SKIP_MAX_MS: i64 = 24 * 3_600_000;

/// The routes.
pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route(
            "/sim/faults",
            get(show_faults).post(add_faults).delete(clear_faults),
        )
        .route("/sim/ledger", get(show_ledger))
        .route("/sim/time", get(show_time))
        .route("/sim/advance", post(advance))
        .route("/sim/shock", post(shock))
        .route("/sim/fund", post(fund))
        .route("/sim/agent", post(agent))
        .route("/sim/volume", post(volume))
        .route("/sim/sockets", post(sockets))
}

type Done = Result<Value, String>;

fn respond(done: Done) -> Response {
    match done {
        Ok(value) => reply::json(200, &value),
        Err(sentence) => reply::json(400, &json!({"error": sentence})),
    }
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| format!("The body cannot be read: {error}."))
}

async fn add_faults(State(app): State<Arc<App>>, body: Bytes) -> Response {
    respond(read(&body).and_then(|body| plan(&app, body)))
}

/// A list of rules, or an object with rules of the venue and of the AI.
fn plan(app: &App, body: Value) -> Done {
    let (rules, ai) = if let Value::Object(mut fields) = body {
        (fields.remove("rules"), fields.remove("ai"))
    } else {
        (Some(body), None)
    };
    if rules.is_none() && ai.is_none() {
        return Err("The body is a list of rules, or has `rules` or `ai`.".to_owned());
    }
    if let Some(ai) = &ai {
        app.ai.fault(ai)?;
    }
    let rules = rules.unwrap_or_else(|| json!([]));
    let count = app.world().faults.add(&rules)?;
    Ok(json!({"rules": count}))
}

async fn show_faults(State(app): State<Arc<App>>) -> Response {
    let rules = app.world().faults.show();
    reply::json(200, &json!({"rules": rules, "ai": app.ai.faults()}))
}

async fn clear_faults(State(app): State<Arc<App>>) -> Response {
    app.ai.clear_faults();
    let mut world = app.world();
    world.faults.clear();
    world.hub.release_all();
    reply::json(200, &json!({"rules": 0}))
}

#[derive(Deserialize)]
struct Whose {
    user: Option<Address>,
}

async fn show_ledger(State(app): State<Arc<App>>, Query(whose): Query<Whose>) -> Response {
    let ledger = ledger::show(&app.world(), app.clock.speed(), whose.user, app.ai.ledger());
    reply::json(200, &ledger)
}

async fn show_time(State(app): State<Arc<App>>) -> Response {
    reply::json(200, &time(&app))
}

fn time(app: &App) -> Value {
    json!({
        "time": app.clock.now(), "startTime": app.clock.started_at(),
        "speed": app.clock.speed(), "wallTime": wall(),
    })
}

#[derive(Deserialize)]
struct Span {
    ms: i64,
}

async fn advance(State(app): State<Arc<App>>, body: Bytes) -> Response {
    respond(read(&body).and_then(|Span { ms }| {
        if !(0..=SKIP_MAX_MS).contains(&ms) {
            return Err(format!("`ms` is between 0 and {SKIP_MAX_MS}."));
        }
        app.clock.skip(DurationMs(ms));
        let mut world = app.world();
        let now = world.time;
        ws::pump(&mut world, now);
        drop(world);
        Ok(time(&app))
    }))
}

#[derive(Deserialize)]
struct Shock {
    coin: String,
    pct: String,
}

async fn shock(State(app): State<Arc<App>>, body: Bytes) -> Response {
    respond(read(&body).and_then(|Shock { coin, pct }| {
        let by = Rate::from_percent(&pct)
            .ok()
            .filter(|by| *by > Rate::from_percent("-100").unwrap_or_default())
            .ok_or_else(|| format!("{pct:?} is no percentage above -100."))?;
        let mut world = app.world();
        let market = world.assets.market(&coin);
        let market = market.ok_or_else(|| format!("There is no trading in {coin:?}."))?;
        world.shock(market, by);
        let now = world.time;
        ws::pump(&mut world, now);
        Ok(json!({"coin": coin, "mark": world.exchange.mark(market)}))
    }))
}

#[derive(Deserialize)]
struct Money {
    user: Address,
    usd: Usd,
}

async fn fund(State(app): State<Arc<App>>, body: Bytes) -> Response {
    respond(read(&body).and_then(|Money { user, usd }| {
        app.world().fund(user, usd)?;
        Ok(json!({"user": user}))
    }))
}

async fn volume(State(app): State<Arc<App>>, body: Bytes) -> Response {
    respond(read(&body).and_then(|Money { user, usd }| {
        let mut world = app.world();
        let id = world.find_id(user);
        let user = id.and_then(|id| world.user_mut(id));
        let user = user.ok_or("There is no such account.")?;
        user.volume += usd;
        Ok(json!({"volume": user.volume}))
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GivenAgent {
    user: Address,
    agent: Address,
    name: Option<String>,
    valid_until: Option<i64>,
}

async fn agent(State(app): State<Arc<App>>, body: Bytes) -> Response {
    respond(read(&body).and_then(|given: GivenAgent| {
        let mut world = app.world();
        let master = world.open(given.user, Kind::Master)?;
        let known = world.agents.get(given.agent).cloned();
        let valid_until = given.valid_until.map(TimeMs);
        let valid_until = valid_until.or(known.as_ref().map(|agent| agent.valid_until));
        world.agents.put(Agent {
            address: given.agent,
            master,
            name: given.name.or_else(|| known.and_then(|agent| agent.name)),
            valid_until: valid_until.unwrap_or(TimeMs(i64::MAX)),
        });
        Ok(json!({"agent": given.agent}))
    }))
}

#[derive(Deserialize)]
struct Sockets {
    r#do: String,
    #[serde(default)]
    ms: i64,
}

async fn sockets(State(app): State<Arc<App>>, body: Bytes) -> Response {
    respond(read(&body).and_then(|Sockets { r#do, ms }| {
        let mut world = app.world();
        let now = world.time;
        let count = match r#do.as_str() {
            "disconnect" => world.hub.end_all(&Out::Drop),
            "close" => world.hub.end_all(&Out::Close),
            "silence" => world.hub.silence_all(ms, now),
            _ => return Err("`do` is `disconnect`, `close` or `silence`.".to_owned()),
        };
        Ok(json!({"sockets": count}))
    }))
}
