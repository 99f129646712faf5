//! The door in front of every route: host, origin, credential, in this order.
//!
//! Each route names its [`Access`] in the table of routes; one without it does not compile. Never: a way around, a
//! sentence that tells which part of a credential was wrong, a token in a log line.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::auth::Need;
use crate::error::ApiError;
use crate::origin::{self, Origin};
use crate::query;
use crate::state::App;

/// What a route asks of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing, not even a name: probes and scrapes. What is open holds no secret.
    Open,
    /// That it is meant for this server: files of the dashboard, the API's description.
    Public,
    /// The page: it answers a missing credential with a page instead of JSON.
    Page,
    /// A credential to look.
    Read,
    /// A credential to look, and if it is a cookie, a page of ours that sends it: browsers let every page open a
    /// WebSocket to everywhere, with cookies.
    Stream,
    /// A credential to change what the bot does; a cookie alone is not enough.
    Control,
}

/// The address at which a request arrived; `None` in a test without a socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ArrivedAt(pub(crate) IpAddr);

/// How a credential was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    /// By a program, or out of the printed URL.
    Explicitly,
    /// By a browser on its own.
    AsCookie,
}

pub(crate) async fn check(
    State((app, access)): State<(App, Access)>,
    request: Request,
    next: Next,
) -> Response {
    match refusal(&app, access, &request) {
        Some(error) => error.into_response(),
        None => next.run(request).await,
    }
}

fn refusal(app: &App, access: Access, request: &Request) -> Option<ApiError> {
    let headers = request.headers();
    if access == Access::Open {
        return None;
    }
    let arrived_at = request
        .extensions()
        .get()
        .map(|ArrivedAt(ip)| ip.to_canonical());
    if app.web.auth.asks_for_our_name() && !origin::host_is_ours(headers, request.uri(), arrived_at)
    {
        return Some(ApiError::new(
            StatusCode::FORBIDDEN,
            "The Host header names neither a loopback host nor the address of this server.",
        ));
    }
    let need = match access {
        Access::Open | Access::Public | Access::Page => return None,
        Access::Read | Access::Stream => Need::Read,
        Access::Control => Need::Control,
    };
    let origin = origin::origin_of(headers);
    if origin == Origin::Foreign {
        return Some(ApiError::new(
            StatusCode::FORBIDDEN,
            "The Origin header names another site; only this server's own page may ask.",
        ));
    }
    let Some((credential, sent)) = credential(app, request) else {
        return Some(unauthorized(app));
    };
    if !app.web.auth.admits(credential, need) {
        return Some(unauthorized(app));
    }
    let needs_page = matches!(access, Access::Control | Access::Stream);
    if needs_page && sent == Sent::AsCookie && origin == Origin::Absent {
        return Some(ApiError::new(
            StatusCode::FORBIDDEN,
            "A request with a cookie needs an Origin header of this server; a program sends Authorization: Bearer.",
        ));
    }
    None
}

/// Whether the page may be shown to this request: it has the cookie, or a program sends the token.
pub(crate) fn may_look(app: &App, headers: &HeaderMap) -> bool {
    let credential = match headers.get(header::AUTHORIZATION) {
        Some(value) => bearer(value),
        None => cookie(headers, &app.cookie),
    };
    credential.is_some_and(|it| app.web.auth.admits(it, Need::Read))
}

/// The one credential that counts. An explicit one that is wrong is not mended by a cookie that is right.
fn credential<'a>(app: &App, request: &'a Request) -> Option<(&'a str, Sent)> {
    let headers = request.headers();
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        return bearer(value).map(|token| (token, Sent::Explicitly));
    }
    // Not on a request that changes something: addresses end up in histories and logs.
    if request.method() == Method::GET
        && let Some(token) = query::value(request.uri(), "token")
    {
        return Some((token, Sent::Explicitly));
    }
    cookie(headers, &app.cookie).map(|it| (it, Sent::AsCookie))
}

fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("Bearer")
        .then_some(token.trim())
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(';'))
        .filter_map(|it| it.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

fn unauthorized(app: &App) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, app.web.auth.how_to_get_in())
}
