//! Who gets in: probes are open and hold no secret, everything else needs the token that was printed.

use crate::rig::http;
use crate::rig::manifest::Rule;
use crate::rig::worker::Worker;
use crate::rig::{self};

#[test]
fn the_url_is_printed_at_once_and_opens_the_page() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let manifest = rig::in_checkout("examples/quickstart.yaml");
    for args in [&[][..], &["--json"]] {
        // Starting it checks that the URL comes in time, on standard output, or beside the log with --json.
        let worker = Worker::start(
            &binary,
            &manifest,
            &dir.path().join(format!("data{}", args.len())),
            args,
        );
        let first = worker.open(&format!("/?token={}", worker.token));
        assert_eq!(
            (first.status, first.header("location")),
            (303, Some("/")),
            "the token leaves the address: {first:?}"
        );
        let cookie = first.header("set-cookie").unwrap();
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
            "{cookie}"
        );
        let cookie = cookie.split(';').next().unwrap();
        let page = http::get(&worker.address, "/", &[("cookie", cookie)]);
        assert_eq!(page.status, 200, "{page:?}");
        assert!(
            page.body.contains("id=\"equity\"") && page.body.contains("id=\"close-all\""),
            "{}",
            page.body
        );
        assert!(
            !page.body.contains(&worker.token),
            "the page does not hold the token"
        );
        for (name, _) in page
            .body
            .match_indices("/assets/")
            .map(|(at, _)| page.body[at..].split_once('"').unwrap())
        {
            assert_eq!(worker.open(name).status, 200, "{name}");
        }
    }
}

#[test]
fn every_start_has_a_token_of_its_own() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let (manifest, data) = (Rule::default().write(dir.path()), dir.path().join("data"));
    let first = Worker::start(&binary, &manifest, &data, &[]);
    let old = first.token.clone();
    drop(first);
    let second = Worker::start(&binary, &manifest, &data, &[]);
    assert!(old.len() >= 32 && old != second.token);
    let bearer = format!("Bearer {old}");
    assert_eq!(
        http::get(
            &second.address,
            "/api/v1/status",
            &[("authorization", &bearer)]
        )
        .status,
        401
    );
}

#[test]
fn probes_are_open_and_everything_else_needs_the_token() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let worker = Worker::start(
        &binary,
        &Rule::default().write(dir.path()),
        &dir.path().join("data"),
        &[],
    );
    rig::eventually("ready", std::time::Duration::from_secs(10), || {
        worker.open("/readyz").status == 200
    });
    for path in ["/livez", "/metrics", "/api/v1/health"] {
        let answer = worker.open(path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert!(
            !answer.body.contains(&worker.token) && !answer.head.contains(&worker.token),
            "{path}"
        );
    }
    let health = worker.open("/api/v1/health").json();
    assert_eq!(health["status"], "ok", "{health}");
    for part in ["database", "redis", "exchange", "ai", "market_data", "loop"] {
        assert!(
            health["parts"][part]["status"].is_string(),
            "{part}: {health}"
        );
    }
    for path in [
        "status",
        "account",
        "positions",
        "orders",
        "fills",
        "decisions",
        "risk-events",
        "account-snapshots",
        "candles?market=BTC",
    ] {
        let path = format!("/api/v1/{path}");
        assert_eq!(worker.open(&path).status, 401, "{path}");
        let wrong = [(
            "authorization",
            "Bearer 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        )];
        assert_eq!(
            http::get(&worker.address, &path, &wrong).status,
            401,
            "{path}"
        );
        let right = worker.get(&path);
        assert_eq!(right.status, 200, "{path}: {right:?}");
        let _ = right.json();
    }
    assert_eq!(
        worker.open("/").status,
        401,
        "the page asks for the printed address"
    );
    assert_eq!(worker.open("/ws").status, 401);
    let pause = r#"{"hold":"Paused"}"#;
    assert_eq!(
        http::put(&worker.address, "/api/v1/control", &[], pause).status,
        401
    );
    assert_eq!(
        worker.status()["control"]["local_hold"],
        "None",
        "nothing happened"
    );
    let stranger = [("host", "evil.example")];
    assert_ne!(
        http::get(&worker.address, "/api/v1/openapi.json", &stranger).status,
        200,
        "two Host headers"
    );
}

#[test]
fn the_log_never_shows_the_token() {
    let Some(binary) = rig::binary() else { return };
    let dir = rig::scratch();
    let worker = Worker::start(
        &binary,
        &Rule::default().write(dir.path()),
        &dir.path().join("data"),
        &["--speed", "60"],
    );
    let _ = worker.open(&format!("/?token={}", worker.token));
    let _ = worker.status();
    let ended = worker.ctl(&["status", "--json"]);
    assert_eq!(ended.status.code(), Some(0));
    for text in [
        worker.stderr(),
        ended.stdout,
        ended.stderr,
        worker.open("/metrics").body,
    ] {
        assert!(!text.contains(&worker.token), "{text}");
    }
    assert_eq!(
        worker.stdout().matches(&worker.token).count(),
        1,
        "once, in the line for the person"
    );
}
