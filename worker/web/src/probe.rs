//! The open routes: is it alive, is it ready, how well do its parts work, what has it counted.
//!
//! Never: a secret, a balance or an address. Everybody who reaches the port may read these.

use aicoin_api::http::{Health, HealthStatus, PartHealth};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::data;
use crate::error::ApiError;
use crate::state::App;

/// `GET /livez`: the trading loop moves. A failure restarts the pod, so nothing else may make it fail.
pub(crate) async fn livez(State(app): State<App>) -> Response {
    match app.stuck() {
        None => (StatusCode::OK, "ok\n").into_response(),
        Some(sentence) => ApiError::unavailable(sentence).into_response(),
    }
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    not_ready: Vec<String>,
}

/// `GET /readyz`: it may trade, or why not.
pub(crate) async fn readyz(State(app): State<App>) -> Response {
    let status = app.status();
    let mut not_ready = status.not_ready.clone();
    not_ready.extend(app.stuck());
    if !status.ready && not_ready.is_empty() {
        not_ready.push("The bot is not ready and gives no reason yet.".to_owned());
    }
    let ready = not_ready.is_empty();
    let code = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (code, Json(Readiness { ready, not_ready })).into_response()
}

/// `GET /api/v1/health`. Answers 200 whatever it says: probes are `/livez` and `/readyz`.
pub(crate) async fn health(State(app): State<App>) -> Result<Json<Health>, ApiError> {
    let mut health = data::read(&app, app.web.reader.health()).await?;
    // What the store's reader believes about the loop does not matter when the loop has stopped.
    if let Some(reason) = app.stuck() {
        let part = PartHealth {
            status: HealthStatus::Down,
            reason,
            latency_ms: None,
        };
        health.parts.insert("loop".to_owned(), part);
        health.status = HealthStatus::Down;
    }
    Ok(Json(health))
}

/// `GET /metrics`, in Prometheus' text format.
pub(crate) async fn metrics(State(app): State<App>) -> Result<Response, ApiError> {
    let text = prometheus::TextEncoder::new()
        .encode_to_string(&app.web.metrics.gather())
        .map_err(|error| {
            ApiError::unavailable(format!("The metrics cannot be written: {error}."))
        })?;
    Ok(([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response())
}
