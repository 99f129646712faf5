//! The data routes: what the loop published last, and lists from the store.

use aicoin_api::http::{
    Account, AccountSnapshot, Candle, ControlReply, ControlRequest, Decision, Fill, Order,
    Position, RiskEvent, Status,
};
use aicoin_domain::Reason;
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::control::{self, Command};
use crate::error::ApiError;
use crate::query;
use crate::reader::Reading;
use crate::state::App;

type Listing<T> = Result<Json<Vec<T>>, ApiError>;

pub(crate) async fn status(State(app): State<App>) -> Json<Status> {
    Json(Status::clone(&app.status()))
}

pub(crate) async fn account(State(app): State<App>) -> Json<Account> {
    Json(app.status().account.clone())
}

pub(crate) async fn positions(State(app): State<App>) -> Json<Vec<Position>> {
    Json(app.status().positions.clone())
}

pub(crate) async fn orders(State(app): State<App>, uri: Uri) -> Listing<Order> {
    read(&app, app.web.reader.orders(query::limit(&uri)?))
        .await
        .map(Json)
}

pub(crate) async fn fills(State(app): State<App>, uri: Uri) -> Listing<Fill> {
    read(&app, app.web.reader.fills(query::limit(&uri)?))
        .await
        .map(Json)
}

pub(crate) async fn decisions(State(app): State<App>, uri: Uri) -> Listing<Decision> {
    read(&app, app.web.reader.decisions(query::limit(&uri)?))
        .await
        .map(Json)
}

pub(crate) async fn risk_events(State(app): State<App>, uri: Uri) -> Listing<RiskEvent> {
    read(&app, app.web.reader.risk_events(query::limit(&uri)?))
        .await
        .map(Json)
}

pub(crate) async fn account_snapshots(
    State(app): State<App>,
    uri: Uri,
) -> Listing<AccountSnapshot> {
    read(&app, app.web.reader.account_snapshots(query::limit(&uri)?))
        .await
        .map(Json)
}

pub(crate) async fn candles(State(app): State<App>, uri: Uri) -> Listing<Candle> {
    let limit = query::limit(&uri)?;
    let status = app.status();
    let names = || {
        status
            .markets
            .iter()
            .map(|it| it.market.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let Some(asked) = query::value(&uri, "market") else {
        return Err(ApiError::bad_request(format!(
            "market is missing: one of {}.",
            names()
        )));
    };
    // Only names of the status go on, so no text of a client reaches the store.
    let Some(market) = status.markets.iter().find(|it| it.market == asked) else {
        return Err(ApiError::new(
            StatusCode::NOT_FOUND,
            format!("This bot does not watch that market: it has {}.", names()),
        ));
    };
    read(&app, app.web.reader.candles(&market.market, limit))
        .await
        .map(Json)
}

/// A read with its time limit.
pub(crate) async fn read<T>(app: &App, reading: Reading<'_, T>) -> Result<T, ApiError> {
    let limit = app.web.limits.read_timeout;
    match tokio::time::timeout(limit, reading).await {
        Ok(result) => result.map_err(ApiError::from),
        Err(_) => Err(ApiError::unavailable(format!(
            "The store did not answer within {} s.",
            limit.as_secs_f32()
        ))),
    }
}

/// A control that was not taken: the sentence, and the worker's own value to go on from.
#[derive(Serialize)]
struct ControlRefusal {
    error: &'static str,
    #[serde(flatten)]
    reply: ControlReply,
}

/// `GET /api/v1/control`: how it stands, as it was published last. Nothing is asked of the loop.
pub(crate) async fn control(State(app): State<App>) -> Json<ControlReply> {
    let status = app.status();
    let mut not_ready = status.not_ready.clone();
    if app.stuck().is_some() {
        not_ready.push(Reason::LoopStuck.to_string());
    }
    Json(ControlReply {
        accepted: status.control.accepted,
        control: status.control.clone(),
        ready: not_ready.is_empty(),
        not_ready,
        crashes_recent: status.crashes_recent,
    })
}

/// `PUT /api/v1/control`: answers once the loop has written the request down.
pub(crate) async fn put_control(State(app): State<App>, body: Body) -> Result<Response, ApiError> {
    let limits = &app.web.limits;
    let body = tokio::time::timeout(limits.body_timeout, to_bytes(body, limits.body_bytes_max))
        .await
        .map_err(|_| {
            ApiError::new(
                StatusCode::REQUEST_TIMEOUT,
                "The request body did not arrive in time.",
            )
        })?
        .map_err(|_| {
            ApiError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!(
                    "The request body is cut off or over {} bytes.",
                    limits.body_bytes_max
                ),
            )
        })?;
    let request: ControlRequest = serde_json::from_slice(&body).map_err(|_| {
        ApiError::bad_request(
            "The body is {\"hold\": \"None\" | \"Paused\" | \"CloseAll\"}, or of the operator \
             {\"generation\": number, \"desired\": \"Running\" | \"Paused\" | \"CloseAll\" | \"Stopped\"}.",
        )
    })?;
    // The operator repeats itself to look: a line for each would hide the changes, which the loop logs.
    tracing::debug!(?request, "A control request came over HTTP");
    let command = Command::Level(request);
    let reply = control::ask(&app.web.control, command, limits.control_timeout).await?;
    if reply.accepted {
        return Ok(Json(reply).into_response());
    }
    let error = "The request was not taken: the worker holds another control of this or a higher generation.";
    Ok((StatusCode::CONFLICT, Json(ControlRefusal { error, reply })).into_response())
}
