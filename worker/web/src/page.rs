//! The dashboard's own routes: the page, its files, and the API's description.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};

use crate::assets;
use crate::auth::Need;
use crate::error::ApiError;
use crate::guard;
use crate::query;
use crate::state::App;

/// `GET /`: with a token in the address, a cookie takes its place and the address loses it; with a cookie (a
/// program: with the token), the page.
pub(crate) async fn index(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Response {
    if let Some(token) = query::value(&uri, "token") {
        return if app.web.auth.admits(token, Need::Read) {
            with_cookie(&app, token)
        } else {
            sign_in()
        };
    }
    if guard::may_look(&app, &headers) {
        Html(assets::INDEX).into_response()
    } else {
        sign_in()
    }
}

fn with_cookie(app: &App, token: &str) -> Response {
    // A token that the operator signed ends by itself, and the cookie with it: the page then asks to be opened anew.
    let cookie = format!("{}={token}; Path=/; HttpOnly; SameSite=Strict", app.cookie);
    let Ok(cookie) = HeaderValue::try_from(cookie) else {
        return sign_in();
    };
    let location = HeaderValue::from_static("/");
    (
        StatusCode::SEE_OTHER,
        [(header::SET_COOKIE, cookie), (header::LOCATION, location)],
    )
        .into_response()
}

fn sign_in() -> Response {
    (StatusCode::UNAUTHORIZED, Html(assets::SIGN_IN)).into_response()
}

/// `GET /assets/{name}`. They hold nothing of the bot, so they need no credential.
pub(crate) async fn asset(Path(name): Path<String>) -> Result<Response, ApiError> {
    let asset = assets::find(&name).ok_or_else(not_found)?;
    let headers = [
        (header::CONTENT_TYPE, asset.media_type),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    Ok((headers, asset.body).into_response())
}

/// `GET /api/v1/openapi.json`.
pub(crate) async fn openapi() -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        assets::OPENAPI,
    )
        .into_response()
}

/// Everything else.
pub(crate) fn not_found() -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "There is nothing at this address; /api/v1/openapi.json lists what there is.",
    )
}
