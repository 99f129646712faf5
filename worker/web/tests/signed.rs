//! Promise: in a cluster every route asks for exactly the token that the table says, whatever else is tried.
// The helpers here are no `#[test]`s, so clippy takes them for production code.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use aicoin_token::{Claims, Keys, Scope, SigningKey};
use aicoin_web::{Auth, Signed};
use common::{Server, Setup, server};

const BOT: &str = "1d2f6c0e-8f6d-4b57-9a52-0a4a5c4a7d11";
const KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIOVWPTeTSXRPL2n3c+K1MDfEkTjv3UYjBLyZND3TxHWU\n\
    -----END PRIVATE KEY-----\n";
const ANOTHER_KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIANA9HyEwkjVs89jrK2b35RJd8TZ/yq35dVnacnxCLZ4\n\
    -----END PRIVATE KEY-----\n";

/// Every route, and what each kind of token gets there: nothing, broken signature, another bot's, expired, `alg` none,
/// `alg` HS256, unknown key, to look, to control.
const GOLDEN: &str = "\
GET / 401 401 401 401 401 401 401 200 200
GET /api/v1/account 401 401 401 401 401 401 401 200 200
GET /api/v1/account-snapshots 401 401 401 401 401 401 401 200 200
GET /api/v1/candles 401 401 401 401 401 401 401 400 400
GET /api/v1/control 401 401 401 401 401 401 401 200 200
PUT /api/v1/control 401 401 401 401 401 401 401 401 200
GET /api/v1/decisions 401 401 401 401 401 401 401 200 200
GET /api/v1/fills 401 401 401 401 401 401 401 200 200
GET /api/v1/health 200 200 200 200 200 200 200 200 200
GET /api/v1/openapi.json 200 200 200 200 200 200 200 200 200
GET /api/v1/orders 401 401 401 401 401 401 401 200 200
GET /api/v1/positions 401 401 401 401 401 401 401 200 200
GET /api/v1/risk-events 401 401 401 401 401 401 401 200 200
GET /api/v1/status 401 401 401 401 401 401 401 200 200
GET /assets/{name} 200 200 200 200 200 200 200 200 200
GET /livez 200 200 200 200 200 200 200 200 200
GET /metrics 200 200 200 200 200 200 200 200 200
GET /readyz 200 200 200 200 200 200 200 200 200
GET /ws 401 401 401 401 401 401 401 400 400
";

fn mint(pem: &str, audience: &str, scope: Scope, ago_s: u64) -> String {
    let now_s = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let key = SigningKey::from_pem(pem).unwrap();
    key.mint(&Claims { audience, scope }, now_s - ago_s)
}

/// A token whose header says another algorithm; its first part is that of `{"alg":…}` in base64url.
fn with_header(header: &str, token: &str) -> String {
    let (_, rest) = token.split_once('.').unwrap();
    format!("{header}.{rest}")
}

fn tokens() -> Vec<Option<String>> {
    let control = mint(KEY, BOT, Scope::Control, 0);
    let broken = {
        let (rest, signature) = control.rsplit_once('.').unwrap();
        let (first, others) = signature.split_at(1);
        format!("{rest}.{}{others}", if first == "A" { "B" } else { "A" })
    };
    vec![
        None,
        Some(broken),
        Some(mint(KEY, "another", Scope::Control, 0)),
        Some(mint(KEY, BOT, Scope::Control, 120)),
        // {"alg":"none"} and {"alg":"HS256"}
        Some(with_header("eyJhbGciOiJub25lIn0", &control)),
        Some(with_header("eyJhbGciOiJIUzI1NiJ9", &control)),
        Some(mint(ANOTHER_KEY, BOT, Scope::Control, 0)),
        Some(mint(KEY, BOT, Scope::Read, 0)),
        Some(control),
    ]
}

async fn in_a_cluster() -> (Server, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("keys.json");
    let key = SigningKey::from_pem(KEY).unwrap().public();
    std::fs::write(&file, Keys::to_jwks(&[key])).unwrap();
    let setup = Setup {
        auth: Auth::Signed(Signed::new(file, BOT.to_owned())),
        ..Setup::default()
    };
    (server(setup).await, dir)
}

/// Every route of the API's own description, which a test holds against the table of routes.
async fn routes(server: &Server) -> Vec<(String, String)> {
    let described = server
        .request("GET", "/api/v1/openapi.json", &[], "")
        .await
        .json();
    let paths = described.get("paths").unwrap().as_object().unwrap().clone();
    let mut routes = Vec::new();
    for (path, methods) in paths {
        for method in methods.as_object().unwrap().keys() {
            routes.push((method.to_uppercase(), path.clone()));
        }
    }
    routes.sort_by(|one, other| (&one.1, &one.0).cmp(&(&other.1, &other.0)));
    routes
}

#[tokio::test]
async fn every_route_asks_for_exactly_the_token_that_the_table_says() {
    let (server, _dir) = in_a_cluster().await;
    // A name that is none of this machine's: a Service, or a forwarded port.
    let host = "btc-momentum-worker.trading.svc:8000";
    let mut matrix = String::new();
    for (method, path) in routes(&server).await {
        write!(matrix, "{method} {path}").unwrap();
        for token in tokens() {
            let bearer = token.map(|token| format!("Bearer {token}"));
            let mut headers = vec![("Host", host)];
            headers.extend(bearer.as_deref().map(|bearer| ("Authorization", bearer)));
            let body = if method == "PUT" {
                r#"{"generation": 99, "desired": "Paused"}"#
            } else {
                ""
            };
            let path = path.replace("{name}", "app.js");
            let answer = server.request(&method, &path, &headers, body).await;
            write!(matrix, " {}", answer.code).unwrap();
            if answer.code == 401 && path.starts_with("/api/") {
                assert!(answer.error().contains("the operator signed"), "{answer:?}");
            }
        }
        matrix.push('\n');
    }
    assert_eq!(matrix, GOLDEN);
}

#[tokio::test]
async fn a_token_in_the_address_opens_the_page_and_controls_nothing() {
    let (server, _dir) = in_a_cluster().await;
    let port = server.address.port();
    let token = mint(KEY, BOT, Scope::Control, 0);
    let opened = server
        .request("GET", &format!("/?token={token}"), &[], "")
        .await;
    assert_eq!((opened.code, opened.header("Location")), (303, Some("/")));
    assert_eq!(
        opened.header("Set-Cookie").unwrap(),
        format!("aicoin_{port}={token}; Path=/; HttpOnly; SameSite=Strict")
    );
    let put = server
        .request(
            "PUT",
            &format!("/api/v1/control?token={token}"),
            &[],
            r#"{"hold":"Paused"}"#,
        )
        .await;
    assert_eq!(put.code, 401);
    // A page of somebody else sends the cookie at most: that is not enough.
    let cookie = format!("aicoin_{port}={token}");
    for origin in [None, Some("https://evil.example")] {
        let mut headers = vec![("Cookie", cookie.as_str())];
        headers.extend(origin.map(|origin| ("Origin", origin)));
        let put = server
            .request("PUT", "/api/v1/control", &headers, r#"{"hold":"Paused"}"#)
            .await;
        assert_eq!(put.code, 403, "{origin:?}");
    }
}
