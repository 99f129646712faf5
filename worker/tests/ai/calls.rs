//! Calls that fail: the reason is stored and logged, nothing is ordered, and after three in a row the model is left alone.

use serde_json::json;

use crate::support::cases::{Case, SPEED, play};
use crate::support::manifest::Manifest;
use crate::support::model::{Answer, Model, refuses, says};
use crate::support::rows::with_code;
use crate::support::wait_for;
use crate::support::worker::Home;

macro_rules! call {
    ($name:literal, $code:literal, $answer:expr) => {
        Case {
            name: $name,
            rows: &[($code, None)],
            answer: $answer,
        }
    };
}

static CALLS: &[Case] = &[
    call!("400", "AiBadRequest", |_| refuses(400)),
    call!("401", "AiUnauthorized", |_| refuses(401)),
    call!("402", "AiNoBalance", |_| refuses(402)),
    call!("404", "AiBadRequest", |_| refuses(404)),
    call!("422", "AiBadRequest", |_| refuses(422)),
    call!("429", "AiRateLimited", |_| refuses(429)),
    call!("429 for an hour", "AiRateLimited", |_| Answer::status(
        429,
        &["retry-after: 3600"],
        "slow down"
    )),
    call!("500", "AiUnavailable", |_| refuses(500)),
    call!("503", "AiUnavailable", |_| refuses(503)),
    call!("a redirect", "AiBadRequest", |_| Answer::status(
        302,
        &["location: http://127.0.0.1:1/"],
        ""
    )),
];

#[test]
fn each_refusal_of_the_provider_has_its_code_and_no_order() {
    let (_home, left) = play(CALLS, &Manifest::default());
    for code in [
        "AiBadRequest",
        "AiUnauthorized",
        "AiNoBalance",
        "AiRateLimited",
        "AiUnavailable",
    ] {
        let line = left
            .stderr
            .lines()
            .find(|line| line.contains("AI decision failed") && line.contains(code));
        assert!(
            line.is_some_and(|line| line.contains("latency_ms")),
            "{code}: {}",
            left.stderr
        );
    }
    let decisions = left.decisions();
    let refused = with_code(&decisions, "AiUnauthorized")[0];
    assert!(
        refused["detail"]
            .as_str()
            .unwrap()
            .contains("put a valid key into the Secret"),
        "{refused}"
    );
    assert!(
        refused["detail"]
            .as_str()
            .unwrap()
            .contains("stub says 401"),
        "{refused}"
    );
}

static BODIES: &[Case] = &[
    call!("hang", "AiTimeout", |_| Answer::hang()),
    call!("cut body", "AiUnavailable", |asked| says(
        asked.reply(&json!([asked.long("BTC")]))
    )
    .cut_at(200)),
    call!("blank lines for ever", "AiTimeout", |asked| says(
        asked.reply(&json!([]))
    )
    .after_blank_lines(20_000)),
    call!("an error within 200", "AiRateLimited", |_| {
        Answer::status(
            200,
            &[],
            json!({"error": {"code": 429, "message": "slow down"}}).to_string(),
        )
    }),
    call!("a web page", "AiUnavailable", |_| Answer::status(
        200,
        &["content-type: text/html"],
        "<html>hi</html>"
    )),
    call!("a stream", "AiUnavailable", |_| {
        Answer::status(
            200,
            &[],
            ": keep-alive\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"{}\"}}]}\n\ndata: [DONE]\n\n",
        )
    }),
    call!("no choices", "AiUnavailable", |_| Answer::status(
        200,
        &[],
        "{\"choices\":[]}"
    )),
];

#[test]
fn a_body_that_hangs_breaks_off_or_is_none_has_its_code_and_no_order() {
    let manifest = Manifest {
        ai: &["timeout: 1500ms"],
        ..Manifest::default()
    };
    let (_home, left) = play(BODIES, &manifest);
    let decisions = left.decisions();
    let hung = with_code(&decisions, "AiTimeout")[0];
    assert!(
        (1400..3000).contains(&hung["latency_ms"].as_u64().unwrap()),
        "{hung}"
    );
    // Nobody knows whether it is charged for: it counts at its worst.
    assert!(
        hung["cost_usd"].as_str().unwrap().parse::<f64>().unwrap() > 0.0072,
        "{hung}"
    );
}

#[test]
fn nobody_there_costs_nothing() {
    let home = Home::new();
    let address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let worker = home.start(&Manifest::default(), &format!("http://{address}"), SPEED);
    worker.wait_for_log("AI decision failed");
    let left = worker.stop();
    left.check_no_order();
    let decisions = left.decisions();
    assert_eq!(
        (&decisions[0]["code"], &decisions[0]["cost_usd"]),
        (&json!("AiUnavailable"), &json!("0"))
    );
}

#[test]
fn three_failures_open_the_breaker_and_a_model_that_is_back_closes_it() {
    let home = Home::new();
    // The position of the first view is kept and protected through all of it.
    let model = Model::start(|asked| match asked.view {
        1 => says(asked.reply(&json!([asked.long("BTC")]))),
        2..=4 => refuses(401),
        _ => asked.hold(),
    });
    let manifest = Manifest {
        interval: "1m",
        ..Manifest::default()
    };
    let worker = home.start(&manifest, model.base_url(), SPEED * 2);
    let status = worker.wait_for_status("an open breaker", |status| {
        status["ai"]["breaker"] == "open"
    });
    assert_eq!(status["positions"][0]["protected"], true);
    let health = worker.health();
    assert_eq!(health["parts"]["ai"]["status"], "degraded", "{health}");
    assert_eq!(
        health["parts"]["ai"]["reason"],
        "The circuit breaker is open."
    );
    assert_eq!(health["status"], "degraded");
    let asked = model.asked().len();
    assert_eq!(asked, 4);
    worker.wait_for_log("BreakerOpen");
    worker.wait_for_status("a closed breaker", |status| {
        status["ai"]["breaker"] == "closed"
    });
    wait_for("health", || {
        (worker.health()["parts"]["ai"]["status"] == "ok").then_some(())
    });
    let left = worker.stop();
    let decisions = left.decisions();
    let skipped = with_code(&decisions, "BreakerOpen");
    assert!(
        (1..=2).contains(&skipped.len()),
        "two minutes of pause at a minute's cadence: {decisions:#?}"
    );
    assert_eq!(
        left.orders()
            .iter()
            .filter(|order| order["leg"] == "open")
            .count(),
        1
    );
    assert_eq!(left.json()["positions"][0]["protected"], true);
}
