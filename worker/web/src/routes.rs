//! The table of routes, each with what it asks of a request.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{MethodRouter, get, put};

use crate::error::ApiError;
use crate::guard::{self, Access};
use crate::state::App;
use crate::{data, headers, page, probe, websocket};

/// One line of the table.
struct Route {
    path: &'static str,
    /// For the test of the API's description.
    #[cfg_attr(not(test), expect(dead_code, reason = "only a test reads it"))]
    method: Method,
    access: Access,
    handler: MethodRouter<App>,
}

fn route(method: Method, path: &'static str, access: Access, handler: MethodRouter<App>) -> Route {
    Route {
        path,
        method,
        access,
        handler,
    }
}

fn table() -> Vec<Route> {
    use Access::{Control, Open, Page, Public, Read, Stream};
    vec![
        route(Method::GET, "/livez", Open, get(probe::livez)),
        route(Method::GET, "/readyz", Open, get(probe::readyz)),
        route(Method::GET, "/metrics", Open, get(probe::metrics)),
        route(Method::GET, "/api/v1/health", Open, get(probe::health)),
        route(
            Method::GET,
            "/api/v1/openapi.json",
            Public,
            get(page::openapi),
        ),
        route(Method::GET, "/", Page, get(page::index)),
        route(Method::GET, "/assets/{name}", Public, get(page::asset)),
        route(Method::GET, "/api/v1/status", Read, get(data::status)),
        route(Method::GET, "/api/v1/account", Read, get(data::account)),
        route(Method::GET, "/api/v1/positions", Read, get(data::positions)),
        route(Method::GET, "/api/v1/orders", Read, get(data::orders)),
        route(Method::GET, "/api/v1/fills", Read, get(data::fills)),
        route(Method::GET, "/api/v1/decisions", Read, get(data::decisions)),
        route(
            Method::GET,
            "/api/v1/risk-events",
            Read,
            get(data::risk_events),
        ),
        route(
            Method::GET,
            "/api/v1/account-snapshots",
            Read,
            get(data::account_snapshots),
        ),
        route(Method::GET, "/api/v1/candles", Read, get(data::candles)),
        route(Method::GET, "/api/v1/control", Read, get(data::control)),
        route(
            Method::PUT,
            "/api/v1/control",
            Control,
            put(data::put_control),
        ),
        route(Method::GET, "/ws", Stream, get(websocket::upgrade)),
    ]
}

/// The router of one server.
pub(crate) fn router(app: &App) -> Router {
    let mut router = Router::new();
    for Route {
        path,
        access,
        handler,
        ..
    } in table()
    {
        let check = middleware::from_fn_with_state((app.clone(), access), guard::check);
        router = router.route(path, handler.route_layer(check));
    }
    router
        .fallback(async || page::not_found())
        .method_not_allowed_fallback(async || {
            ApiError::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "This address does not take that method.",
            )
        })
        .layer(middleware::from_fn_with_state(app.clone(), count))
        .layer(middleware::from_fn(headers::secure))
        .with_state(app.clone())
}

async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    app.metrics
        .requests
        .with_label_values(&[response.status().as_str()])
        .inc();
    response
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::assets::OPENAPI;

    #[test]
    fn the_description_of_the_api_names_every_route_and_no_other() {
        let described: serde_json::Value = serde_json::from_str(OPENAPI).unwrap();
        let mut in_description = BTreeSet::new();
        for (path, methods) in described["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let open = operation["security"].as_array().is_some_and(Vec::is_empty);
                in_description.insert((path.clone(), method.to_uppercase(), open));
            }
        }
        let in_table: BTreeSet<_> = table()
            .iter()
            .map(|it| {
                let open = matches!(it.access, Access::Open | Access::Public);
                (it.path.to_owned(), it.method.to_string(), open)
            })
            .collect();
        assert_eq!(in_description, in_table);
    }

    #[test]
    fn what_changes_something_asks_for_control() {
        for route in table() {
            assert_eq!(
                route.method != Method::GET,
                route.access == Access::Control,
                "{}",
                route.path
            );
        }
    }
}
