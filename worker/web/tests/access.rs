//! Promise: nothing but probes, scrapes and the dashboard's files is shown or changed without the token, and a foreign
//! page cannot use it.

mod common;

use common::{Answer, Setup, TOKEN, server};

/// Request headers.
type Headers<'a> = &'a [(&'a str, &'a str)];

const OPEN: [&str; 4] = ["/livez", "/readyz", "/metrics", "/api/v1/health"];
const READ: [&str; 10] = [
    "/api/v1/control",
    "/api/v1/status",
    "/api/v1/account",
    "/api/v1/positions",
    "/api/v1/orders",
    "/api/v1/fills",
    "/api/v1/decisions",
    "/api/v1/risk-events",
    "/api/v1/account-snapshots",
    "/api/v1/candles?market=BTC",
];

#[tokio::test]
async fn open_routes_need_nothing_and_hold_no_secret() {
    let server = server(Setup::default()).await;
    for path in OPEN {
        let answer = server
            .request("GET", path, &[("Host", "10.9.8.7:8000")], "")
            .await;
        assert_eq!(answer.code, 200, "{path}");
        assert!(!answer.body.contains(TOKEN), "{path}");
        assert!(!answer.body.contains("10000"), "{path} shows the balance");
    }
}

#[tokio::test]
async fn no_route_without_a_token() {
    let server = server(Setup::default()).await;
    let port = server.address.port();
    let good = format!("Bearer {TOKEN}");
    let good_cookie = format!("other=1; aicoin_{port}={TOKEN}");
    let bad_cookie = format!("aicoin_{port}=ffffffffffffffffffffffffffffffff");
    let other_port = format!("aicoin_1={TOKEN}");
    let short = &TOKEN[..31];
    for path in READ {
        let separator = if path.contains('?') { '&' } else { '?' };
        let with_query = format!("{path}{separator}token={TOKEN}");
        let bad_query = format!("{path}{separator}token={short}");
        let table: [(&str, Headers<'_>, u16); 11] = [
            (path, &[], 401),
            (path, &[("Authorization", "Bearer wrong")], 401),
            (path, &[("Authorization", "Bearer ")], 401),
            (path, &[("Authorization", TOKEN)], 401),
            (path, &[("Authorization", &good)], 200),
            (path, &[("Cookie", &good_cookie)], 200),
            (path, &[("Cookie", &bad_cookie)], 401),
            (path, &[("Cookie", &other_port)], 401),
            (
                path,
                &[("Cookie", &good_cookie), ("Authorization", "Bearer wrong")],
                401,
            ),
            (&with_query, &[], 200),
            (&bad_query, &[], 401),
        ];
        for (path, headers, code) in table {
            let answer = server.request("GET", path, headers, "").await;
            assert_eq!(answer.code, code, "{path} {headers:?} {}", answer.body);
            if code == 401 {
                answer.error();
                assert_eq!(answer.header("WWW-Authenticate"), Some("Bearer"));
            }
        }
    }
}

#[tokio::test]
async fn control_takes_a_cookie_only_from_our_own_page() {
    let server = server(Setup::default()).await;
    let address = server.address;
    let cookie = format!("aicoin_{}={TOKEN}", address.port());
    let bearer = format!("Bearer {TOKEN}");
    let own = format!("http://{address}");
    let neighbour = format!("http://127.0.0.1:{}", address.port().wrapping_add(1));
    let table: [(Headers<'_>, u16); 9] = [
        (&[], 401),
        (&[("Origin", &own)], 401),
        (&[("Authorization", &bearer)], 200),
        (&[("Authorization", &bearer), ("Origin", &own)], 200),
        (
            &[
                ("Authorization", &bearer),
                ("Origin", "https://evil.example"),
            ],
            403,
        ),
        (&[("Cookie", &cookie), ("Origin", &own)], 200),
        (&[("Cookie", &cookie)], 403),
        (&[("Cookie", &cookie), ("Origin", &neighbour)], 403),
        (&[("Cookie", &cookie), ("Origin", "null")], 403),
    ];
    for (headers, code) in table {
        let answer = server
            .request("PUT", "/api/v1/control", headers, r#"{"hold":"Paused"}"#)
            .await;
        assert_eq!(answer.code, code, "{headers:?} {}", answer.body);
    }
    // An address with a token is for looking: it must not be enough to change something.
    let path = format!("/api/v1/control?token={TOKEN}");
    let answer = server
        .request("PUT", &path, &[], r#"{"hold":"Paused"}"#)
        .await;
    assert_eq!(answer.code, 401);
}

#[tokio::test]
async fn a_foreign_host_is_refused() {
    let server = server(Setup::default()).await;
    let port = server.address.port();
    let bearer = format!("Bearer {TOKEN}");
    let table = [
        (format!("127.0.0.1:{port}"), 200),
        (format!("localhost:{port}"), 200),
        ("localhost".to_owned(), 200),
        (format!("[::1]:{port}"), 200),
        (format!("evil.example:{port}"), 403),
        ("10.1.2.3".to_owned(), 403),
        (String::new(), 403),
    ];
    for path in ["/api/v1/status", "/assets/app.css", "/api/v1/openapi.json"] {
        for (host, code) in &table {
            let headers = [("Host", host.as_str()), ("Authorization", bearer.as_str())];
            let answer = server.request("GET", path, &headers, "").await;
            assert_eq!(answer.code, *code, "{path} {host}");
        }
    }
    let twice = format!(
        "GET /api/v1/status?token={TOKEN} HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\
        Connection: close\r\n\r\n"
    );
    let answer = server.raw(twice.as_bytes()).await;
    assert!([400, 403].contains(&answer.code), "{answer:?}");
    let absolute = format!(
        "GET http://evil.example/api/v1/status?token={TOKEN} HTTP/1.1\r\nHost: localhost\r\n\
        Connection: close\r\n\r\n"
    );
    assert_eq!(server.raw(absolute.as_bytes()).await.code, 403);
}

#[tokio::test]
async fn the_page_takes_the_token_out_of_the_address() {
    let server = server(Setup::default()).await;
    let port = server.address.port();

    let answer = server.request("GET", "/", &[], "").await;
    assert_eq!(answer.code, 401);
    assert!(
        answer
            .header("Content-Type")
            .unwrap()
            .starts_with("text/html")
    );
    let answer = server.request("GET", "/?token=wrong", &[], "").await;
    assert_eq!((answer.code, answer.header("Set-Cookie")), (401, None));

    let answer = server
        .request("GET", &format!("/?token={TOKEN}"), &[], "")
        .await;
    assert_eq!((answer.code, answer.header("Location")), (303, Some("/")));
    let cookie = answer.header("Set-Cookie").unwrap();
    assert_eq!(
        cookie,
        format!("aicoin_{port}={TOKEN}; Path=/; HttpOnly; SameSite=Strict")
    );
    assert!(answer.body.is_empty());

    let (pair, _) = cookie.split_once(';').unwrap();
    let answer = server.request("GET", "/", &[("Cookie", pair)], "").await;
    assert_eq!(answer.code, 200);
    assert!(!answer.body.contains(TOKEN));
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let server = server(Setup::default()).await;
    for path in [
        "/",
        "/livez",
        "/api/v1/status",
        "/nothing",
        "/assets/app.js",
        "/assets/../Cargo.toml",
        "/ws",
    ] {
        let answer = server.request("GET", path, &[], "").await;
        let policy = answer.header("Content-Security-Policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"),
            "{path}"
        );
        assert!(
            policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"),
            "{path}"
        );
        for (name, value) in [
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Frame-Options", "DENY"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        let cached = answer.header("Cache-Control").unwrap();
        assert_eq!(
            cached,
            if path == "/assets/app.js" {
                "no-cache"
            } else {
                "no-store"
            },
            "{path}"
        );
    }
}

#[tokio::test]
async fn mistakes_get_a_sentence() {
    let server = server(Setup::default()).await;
    let check = async |answer: Answer, code: u16, word: &str| {
        assert_eq!(answer.code, code, "{answer:?}");
        assert!(answer.error().contains(word), "{answer:?}");
    };
    check(server.get("/api/v1/nothing").await, 404, "address").await;
    let bearer = format!("Bearer {TOKEN}");
    let put = server
        .request("PUT", "/api/v1/status", &[("Authorization", &bearer)], "{}")
        .await;
    check(put, 405, "method").await;
    check(server.get("/ws").await, 400, "WebSocket").await;
    check(server.get("/api/v1/candles").await, 400, "BTC").await;
    check(server.get("/api/v1/candles?market=DOGE").await, 404, "BTC").await;
    for limit in ["0", "1001", "-1", "x", ""] {
        check(
            server.get(&format!("/api/v1/orders?limit={limit}")).await,
            400,
            "1 to 1000",
        )
        .await;
    }
}
