//! The bot's own client against the endpoint, over a socket: what it makes of each fault is known from its documentation.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aicoin_ai::{AiClient, AiClientConfig, ApiKey, Dialect, Prompt};
use aicoin_core::{AiCall, AiFailure, AiReply, ReplyItem};
use aicoin_domain::{DurationMs, Reason, Usd};
use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::{Value, json};
use tower_service::Service as _;

use super::{Ai, AiSettings, router};

/// What a bot wrote: view 42, BTC without a position and ETH with a short one that may not be added to.
const GOLDEN: &str = include_str!("../../../worker/ai/golden/prompt.txt");
/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

type Decided = (Result<AiReply, AiFailure>, AiCall);

struct Rig {
    ai: Ai,
    base_url: String,
}

impl Rig {
    async fn with(key: Option<&str>, balance: &str) -> Self {
        let ai = Ai::new(AiSettings {
            key: key.map(str::to_owned),
            balance: balance.parse().unwrap(),
            seed: 5,
            now_ms: Arc::new(|| 1_764_000_000_123),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let served = axum::serve(listener, router(&ai));
        tokio::spawn(async move { served.await });
        Self { ai, base_url }
    }

    async fn start() -> Self {
        Self::with(None, "100").await
    }

    fn config(&self, path: &str) -> AiClientConfig {
        AiClientConfig {
            base_url: format!("{}{path}", self.base_url),
            timeout: DurationMs(10_000),
            retry_pause: DurationMs(2),
            ..AiClientConfig::deepseek()
        }
    }

    fn client(&self) -> AiClient {
        AiClient::new(self.config(""), Some(ApiKey::new("sk-1").unwrap())).unwrap()
    }

    async fn decide(&self, within: Duration) -> Decided {
        self.client().decide(&prompt(), within).await
    }

    /// Past the socket: what a client that reads replies would hide.
    async fn post(&self, path: &str, body: &Value) -> (u16, String) {
        let request = Request::post(path)
            .body(Body::from(body.to_string()))
            .unwrap();
        let response = router(&self.ai).call(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }
}

fn prompt() -> Prompt {
    let (system, user) = GOLDEN.split_once("\n=== user ===\n").unwrap();
    Prompt {
        view: 42,
        system: system.to_owned(),
        user: user.to_owned(),
        version: "test".to_owned(),
        hash: "00".to_owned(),
    }
}

fn code(decided: &Decided) -> Option<Reason> {
    decided.0.as_ref().err().map(|failure| failure.reason)
}

#[tokio::test]
async fn a_bot_gets_a_reply_that_it_takes() {
    let rig = Rig::start().await;
    let (reply, call) = rig.decide(LONG).await;
    let symbols: Vec<(String, Option<bool>)> = reply
        .unwrap()
        .items
        .into_iter()
        .map(|item| match item {
            ReplyItem::Proposal(wish) => {
                let opens = matches!(wish.action.as_str(), "open_long" | "open_short");
                (wish.symbol, opens.then(|| wish.stop.is_some()))
            }
            ReplyItem::Rejected { detail, .. } => panic!("{detail}"),
        })
        .collect();
    // BTC's last close is above its average; ETH is held short, and its last close is above its average too.
    assert_eq!(
        symbols,
        [("BTC".to_owned(), Some(true)), ("ETH".to_owned(), None)]
    );
    assert_eq!((call.tries, call.model.as_str()), (1, "deepseek-flash"));
    // The second time the static part is in the cache, and costs less. Nothing else changed.
    let (_, second) = rig.decide(LONG).await;
    assert_eq!(second.raw_reply, call.raw_reply);
    assert_eq!(call.cached_tokens, 0);
    assert_eq!(
        second.input_tokens + second.cached_tokens,
        call.input_tokens
    );
    assert!(second.cached_tokens > 500 && second.cost < call.cost);
    // Both sides agree to the last decimal on what was spent.
    let ledger = rig.ai.ledger();
    assert_eq!(ledger["spent"], json!(call.cost + second.cost));
    assert_eq!(
        ledger["balance"],
        json!(Usd::from_whole(100) - call.cost - second.cost)
    );
    assert_eq!(
        (&ledger["outcomes"], &ledger["calls"][1]["view_id"]),
        (&json!({"200": 2}), &json!(42))
    );
}

#[tokio::test]
async fn every_fault_is_what_the_client_says_it_is() {
    use Reason::{
        AiBadRequest, AiNoBalance, AiRateLimited, AiUnauthorized, AiUnavailable, ReplyEmpty,
        ReplyFiltered, ReplyNotJson, ReplyTruncated, WrongView,
    };
    let status = |status: u16| json!({"kind": "status", "status": status});
    let kind = |kind: &str| json!({"kind": kind});
    let table = [
        (kind("spaces"), Some(ReplyEmpty)),
        (kind("empty"), Some(ReplyEmpty)),
        (kind("prose"), Some(ReplyNotJson)),
        (kind("fenced"), None),
        (kind("length"), Some(ReplyTruncated)),
        (kind("cut_reply"), Some(ReplyTruncated)),
        (kind("content_filter"), Some(ReplyFiltered)),
        (kind("insufficient_system_resource"), Some(AiUnavailable)),
        (kind("wrong_view"), Some(WrongView)),
        (kind("cut_body"), Some(AiUnavailable)),
        (status(400), Some(AiBadRequest)),
        (status(401), Some(AiUnauthorized)),
        (status(402), Some(AiNoBalance)),
        (status(422), Some(AiBadRequest)),
        (status(429), Some(AiRateLimited)),
        (status(500), Some(AiUnavailable)),
        (status(503), Some(AiUnavailable)),
        (kind("missing_cache_counters"), None),
        (kind("missing_usage"), None),
        (json!({"kind": "other_model", "model": "x"}), None),
        (json!({"kind": "blank_lines", "seconds": 1}), None),
        (json!({"kind": "keep_alive", "seconds": 1}), None),
    ];
    for (mut plan, expected) in table {
        let rig = Rig::start().await;
        plan["percent"] = json!(100);
        rig.ai.fault(&plan).unwrap();
        let decided = rig.decide(LONG).await;
        assert_eq!(code(&decided), expected, "{plan}: {decided:?}");
        // Once only, and the client's second try gets through where a second try is allowed.
        rig.ai.clear_faults();
        assert_eq!(code(&rig.decide(LONG).await), None, "{plan}");
    }
}

#[tokio::test]
async fn another_schema_and_numbers_out_of_range_are_refused_by_the_client() {
    let rig = Rig::start().await;
    rig.ai
        .fault(&json!({"kind": "wrong_schema", "percent": 100}))
        .unwrap();
    assert!(rig.decide(LONG).await.0.is_err());
    rig.ai.clear_faults();
    rig.ai
        .fault(&json!({"kind": "out_of_range", "percent": 100}))
        .unwrap();
    let items = rig.decide(LONG).await.0.unwrap().items;
    assert!(
        items
            .iter()
            .all(|item| matches!(item, ReplyItem::Rejected { .. })),
        "{items:?}"
    );
}

#[tokio::test]
async fn a_hang_and_empty_lines_end_at_the_clients_deadline() {
    for plan in [
        json!({"kind": "hang"}),
        json!({"kind": "blank_lines", "seconds": 60}),
    ] {
        let rig = Rig::start().await;
        rig.ai.fault(&plan).unwrap();
        let begun = Instant::now();
        let decided = rig.decide(Duration::from_millis(600)).await;
        assert_eq!(code(&decided), Some(Reason::AiTimeout), "{plan}");
        assert!(begun.elapsed() < LONG);
    }
}

#[tokio::test]
async fn counters_and_model_go_missing_on_demand() {
    let rig = Rig::start().await;
    rig.decide(LONG).await.0.unwrap();
    rig.ai.fault(&json!([{"kind": "missing_cache_counters"}, {"kind": "other_model", "model": "deepseek-v4-pro"}])).unwrap();
    let (_, without) = rig.decide(LONG).await;
    assert_eq!(without.cached_tokens, 0);
    let (_, other) = rig.decide(LONG).await;
    assert_eq!(
        (other.model.as_str(), other.model_asked.as_str()),
        ("deepseek-v4-pro", "deepseek-flash")
    );
    assert!(other.cached_tokens > 0);
}

#[tokio::test]
async fn a_wrong_key_is_refused_where_one_is_set() {
    let rig = Rig::with(Some("sk-right"), "100").await;
    assert_eq!(code(&rig.decide(LONG).await), Some(Reason::AiUnauthorized));
    assert_eq!(
        rig.client().health().await.unwrap_err().reason,
        Reason::AiUnauthorized
    );
    let right = || Some(ApiKey::new("sk-right").unwrap());
    let client = AiClient::new(rig.config("/v1"), right()).unwrap();
    assert_eq!(code(&client.decide(&prompt(), LONG).await), None);
    // Whose servers are one's own: any key.
    let config = AiClientConfig {
        dialect: Dialect::VLLM,
        ..rig.config("/vllm/v1")
    };
    let client = AiClient::new(config, None).unwrap();
    assert_eq!(code(&client.decide(&prompt(), LONG).await), None);
}

#[tokio::test]
async fn an_empty_account_answers_402_until_it_is_filled() {
    let rig = Rig::with(None, "0").await;
    assert_eq!(code(&rig.decide(LONG).await), Some(Reason::AiNoBalance));
    assert!(
        !rig.client()
            .health()
            .await
            .unwrap()
            .balance
            .unwrap()
            .is_available
    );
    rig.ai
        .fault(&json!({"kind": "balance", "usd": "12.50"}))
        .unwrap();
    let health = rig.client().health().await.unwrap();
    let balance = health.balance.unwrap();
    assert_eq!(
        (health.model_listed, balance.is_available),
        (Some(true), true)
    );
    assert_eq!(balance.amounts, [("USD".to_owned(), "12.50".to_owned())]);
    assert_eq!(code(&rig.decide(LONG).await), None);
    assert!(rig.ai.fault(&json!({"kind": "balance", "usd": 1})).is_err());
}

#[tokio::test]
async fn each_vendor_takes_its_own_dialect_and_refuses_where_it_does_in_truth() {
    let rig = Rig::start().await;
    let table = [
        ("/openai/v1", Dialect::OPENAI, None),
        ("/openai/v1", Dialect::DEEPSEEK, Some(Reason::AiBadRequest)),
        ("/vllm/v1", Dialect::VLLM, None),
        ("/ollama/v1", Dialect::OLLAMA, None),
        ("/openrouter/api/v1", Dialect::OPENROUTER, None),
    ];
    for (path, dialect, expected) in table {
        let config = AiClientConfig {
            dialect,
            ..rig.config(path)
        };
        let client = AiClient::new(config, None).unwrap();
        assert_eq!(
            code(&client.decide(&prompt(), LONG).await),
            expected,
            "{path}"
        );
        assert_eq!(client.health().await.unwrap().balance, None, "{path}");
    }
    // An error inside of a 200, as OpenRouter has them.
    rig.ai
        .fault(&json!({"kind": "error_inside", "status": 429, "percent": 100}))
        .unwrap();
    let client = AiClient::new(rig.config("/openrouter/api/v1"), None).unwrap();
    assert_eq!(
        code(&client.decide(&prompt(), LONG).await),
        Some(Reason::AiRateLimited)
    );
}

#[tokio::test]
async fn a_stream_is_events_behind_comments() {
    let rig = Rig::start().await;
    rig.ai
        .fault(&json!({"kind": "blank_lines", "seconds": 1}))
        .unwrap();
    let body = json!({
        "model": "deepseek-flash", "stream": true, "stream_options": {"include_usage": true},
        "messages": [{"role": "user", "content": "Say hello."}],
    });
    let (status, text) = rig.post("/chat/completions", &body).await;
    assert_eq!(status, 200);
    assert!(
        text.starts_with(": keep-alive\n\n: keep-alive\n\n"),
        "{text}"
    );
    assert!(
        text.ends_with("data: [DONE]\n\n") && text.contains("\"usage\":{"),
        "{text}"
    );
    assert!(
        text.contains("reasoning_content"),
        "thinking is on when nothing is said"
    );
}

#[tokio::test]
async fn what_is_no_request_gets_a_documented_error() {
    let rig = Rig::start().await;
    let user = json!([{"role": "user", "content": "hi"}]);
    let table = [
        (json!({"messages": user}), 422, "missing field `model`"),
        (
            json!({"model": "deepseek-chat", "messages": user}),
            400,
            "Model Not Exist",
        ),
        (
            json!({"model": "deepseek-flash", "messages": user, "response_format": {"type": "json_object"}}),
            400,
            "must contain the word 'json'",
        ),
    ];
    for (body, status, words) in table {
        let (got, text) = rig.post("/chat/completions", &body).await;
        let error: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(got, status, "{text}");
        assert!(
            error["error"]["message"].as_str().unwrap().contains(words),
            "{text}"
        );
    }
}
