//! Answers of the venue's endpoints, and what faults make of them.

use std::io;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::server::NoReply;

/// What the venue says to a body that does not decode.
pub(crate) const UNDECODABLE: &str = "Failed to deserialize the JSON body into the target type";

/// A JSON answer.
pub(crate) fn json(status: u16, value: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, value.to_string()).into_response();
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// A body that does not decode.
pub(crate) fn undecodable() -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, UNDECODABLE).into_response()
}

/// No answer: the connection is closed.
pub(crate) fn none() -> Response {
    let mut response = StatusCode::OK.into_response();
    response.extensions_mut().insert(NoReply);
    response
}

/// What a proxy in front of the venue would say.
pub(crate) fn failed(status: u16) -> Response {
    match status {
        429 => json(429, &Value::Null),
        500 => json(500, &Value::Null),
        _ => {
            let code = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            let reason = code.canonical_reason().unwrap_or("Error");
            let page = format!("<html><head><title>{status} {reason}</title></head></html>\n");
            let mut response = (code, page).into_response();
            let html = HeaderValue::from_static("text/html");
            response.headers_mut().insert(header::CONTENT_TYPE, html);
            response
        }
    }
}

/// Half of the answer, and then the connection breaks.
pub(crate) fn cut(value: &Value) -> Response {
    let whole = value.to_string();
    let half = Bytes::copy_from_slice(whole.as_bytes().get(..whole.len() / 2).unwrap_or_default());
    let parts = [
        Ok::<Bytes, io::Error>(half),
        Err(io::Error::other("a fault cut the answer")),
    ];
    let mut response = Body::from_stream(futures_util::stream::iter(parts)).into_response();
    let headers = response.headers_mut();
    let json = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, json);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    response
}
