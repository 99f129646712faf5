//! Replies whose frame is broken: there is nothing to go by, so nothing happens, and the row says why.

use serde_json::{Value, json};

use crate::support::cases::{Case, SPEED, play};
use crate::support::manifest::Manifest;
use crate::support::model::{Answer, Model, completion, ends, says};
use crate::support::rows::of_view;
use crate::support::worker::Home;

macro_rules! broken {
    ($name:literal, $code:literal, $answer:expr) => {
        Case {
            name: $name,
            rows: &[($code, None)],
            answer: $answer,
        }
    };
}

static SOFT: &[Case] = &[
    broken!("empty", "ReplyEmpty", |_| says("")),
    broken!("only spaces", "ReplyEmpty", |_| says(" \n\t ".repeat(400))),
    broken!("length with nothing", "ReplyTruncated", |_| ends(
        "", "length"
    )),
    broken!("length in the middle", "ReplyTruncated", |asked| {
        let reply = asked.reply(&json!([asked.long("BTC")]));
        ends(&reply[..reply.len() / 2], "length")
    }),
    broken!("length after the end", "ReplyTruncated", |asked| ends(
        asked.reply(&json!([asked.long("BTC")])),
        "length"
    )),
    broken!("no resources", "AiUnavailable", |asked| {
        ends(
            asked.reply(&json!([asked.long("BTC")])),
            "insufficient_system_resource",
        )
    }),
    broken!("filtered", "ReplyFiltered", |_| ends("", "content_filter")),
    broken!("an unknown end", "ReplyTruncated", |asked| ends(
        asked.reply(&json!([asked.long("BTC")])),
        "tool_calls"
    )),
];

#[test]
fn a_reply_that_was_not_finished_is_a_row_and_no_order() {
    play(SOFT, &Manifest::default());
}

static TEXT: &[Case] = &[
    broken!("cut without a word", "ReplyTruncated", |asked| {
        let reply = asked.reply(&json!([asked.long("BTC")]));
        says(&reply[..reply.len() - 3])
    }),
    broken!("prose", "ReplyNotJson", |_| says(
        "I would buy some BTC here."
    )),
    broken!("prose before", "ReplyNotJson", |asked| says(format!(
        "Sure! {}",
        asked.reply(&json!([asked.long("BTC")]))
    ))),
    broken!("prose after", "TrailingText", |asked| says(format!(
        "{} Good luck!",
        asked.reply(&json!([asked.long("BTC")]))
    ))),
    broken!("two objects", "TrailingText", |asked| {
        let reply = asked.reply(&json!([asked.long("BTC")]));
        says(format!("{reply}\n{reply}"))
    }),
    broken!("a fence without an end", "ReplyTruncated", |asked| {
        says(format!(
            "```json\n{}",
            asked.reply(&json!([asked.long("BTC")]))
        ))
    }),
    broken!("a list", "ReplyNotJson", |asked| says(
        json!([asked.long("BTC")]).to_string()
    )),
    broken!("NaN", "ReplyNotJson", |asked| {
        says(
            asked
                .reply(&json!([asked.long("BTC")]))
                .replace("\"risk_bps\":40", "\"risk_bps\":NaN"),
        )
    }),
    broken!("too deep", "ReplyNotJson", |_| says(format!(
        "{{\"a\":{}{}}}",
        "[".repeat(50_000),
        "]".repeat(9)
    ))),
    broken!("larger than any reply", "ReplyTooLarge", |asked| {
        says(asked.reply(&json!([
            asked.long_but("BTC", json!({"reason": "x".repeat(70_000)}))
        ])))
    }),
    broken!("larger than any body", "ReplyTooLarge", |_| says(
        "x".repeat(3_000_000)
    )),
];

#[test]
fn a_reply_that_is_not_one_json_object_is_a_row_and_no_order() {
    play(TEXT, &Manifest::default());
}

static SCHEMA: &[Case] = &[
    broken!("a key twice", "DuplicateKey", |asked| {
        says(
            asked
                .reply(&json!([asked.long("BTC")]))
                .replacen('{', "{\"schema\":1,", 1),
        )
    }),
    broken!("another version", "WrongSchemaVersion", |asked| {
        says(
            asked
                .reply(&json!([asked.long("BTC")]))
                .replace("\"schema\":1", "\"schema\":2"),
        )
    }),
    broken!("no version", "MissingField", |asked| {
        says(json!({"view_id": asked.view, "decisions": [asked.long("BTC")]}).to_string())
    }),
    broken!("another view", "WrongView", |asked| {
        says(
            json!({"schema": 1, "view_id": asked.view + 1, "decisions": [asked.long("BTC")]})
                .to_string(),
        )
    }),
    broken!("a view with a fraction", "BadNumber", |asked| {
        says(json!({"schema": 1, "view_id": format!("{}.0", asked.view), "decisions": [asked.long("BTC")]}).to_string())
    }),
    broken!("no view", "MissingField", |asked| says(
        json!({"schema": 1, "decisions": [asked.long("BTC")]}).to_string()
    )),
    broken!("a further field", "UnknownField", |asked| {
        says(
            asked
                .reply(&json!([asked.long("BTC")]))
                .replacen('{', "{\"note\":\"hi\",", 1),
        )
    }),
    broken!("no list", "BadValue", |asked| says(
        asked.reply(&asked.long("BTC"))
    )),
    broken!("no decisions", "MissingField", |asked| says(
        asked.reply(&Value::Null)
    )),
    broken!("too many", "OutOfRange", |asked| says(
        asked.reply(&json!(vec![asked.long("BTC"); 21]))
    )),
];

#[test]
fn a_reply_with_a_wrong_frame_is_a_row_and_no_order() {
    let (_home, left) = play(SCHEMA, &Manifest::default());
    // What the model wrote is kept, and the repair turn was asked for.
    let decisions = left.decisions();
    let row = of_view(&decisions, 1)[0];
    assert_eq!(row["tries"], 2);
    assert!(
        row["raw_reply"]
            .as_str()
            .unwrap()
            .starts_with("{\"schema\":1,"),
        "{row}"
    );
    assert!(
        left.stderr.contains("AI decision failed"),
        "{}",
        left.stderr
    );
}

#[test]
fn a_repair_turn_that_succeeds_is_acted_on_and_both_tries_are_paid_for() {
    let home = Home::new();
    let model = Model::start(|asked| match (asked.view, asked.nth) {
        (1, 1) => says("I would buy."),
        (1, _) => {
            assert!(asked.user.contains("Your last reply was refused: "));
            assert!(!asked.user.contains("I would buy"));
            says(asked.reply(&json!([asked.long("BTC")])))
        }
        _ => asked.hold(),
    });
    let worker = home.start(&Manifest::default(), model.base_url(), SPEED);
    model.wait_until_asked_about(3);
    let left = worker.stop();
    let decisions = left.decisions();
    let row = of_view(&decisions, 1)[0];
    assert_eq!(
        (&row["code"], &row["tries"], &row["cost_usd"]),
        (&Value::Null, &json!(2), &json!("0.003168"))
    );
    assert_eq!(
        left.orders()
            .iter()
            .filter(|order| order["leg"] == "open")
            .count(),
        1
    );
}

#[test]
fn an_empty_reply_is_asked_for_once_more_without_the_json_mode() {
    let home = Home::new();
    let model = Model::start(|asked| match (asked.view, asked.nth) {
        (1, 1) => says("   "),
        (1, _) => says(asked.reply(&json!([asked.long("BTC")]))),
        _ => asked.hold(),
    });
    let worker = home.start(&Manifest::default(), model.base_url(), SPEED);
    model.wait_until_asked_about(3);
    let left = worker.stop();
    let asked = model.asked();
    let (first, second) = (&asked[0].body, &asked[1].body);
    assert_eq!(first["response_format"], json!({"type": "json_object"}));
    assert_eq!(
        (&first["thinking"], &first["temperature"]),
        (&json!({"type": "disabled"}), &json!(0))
    );
    assert_eq!(
        (&first["model"], &first["max_tokens"]),
        (&json!("deepseek-flash"), &json!(6000))
    );
    assert_eq!(second["response_format"], Value::Null);
    assert_eq!(first["messages"], second["messages"]);
    // The static part is the same in every call: providers cache it.
    assert_eq!(first["messages"][0], asked[2].body["messages"][0]);
    assert_eq!(of_view(&left.decisions(), 1)[0]["tries"], 2);
    assert_eq!(
        left.orders()
            .iter()
            .filter(|order| order["leg"] == "open")
            .count(),
        1
    );
}

#[test]
fn counters_that_are_missing_cost_more_and_never_less() {
    let home = Home::new();
    let model = Model::start(|asked| {
        let reply = asked.reply(&json!([]));
        let mut body = completion(&reply, "stop");
        match asked.view {
            1 => {
                body["usage"] = json!({"prompt_tokens": 6000, "completion_tokens": 800});
                body["model"] = json!("another-model");
            }
            2 => body["usage"] = Value::Null,
            _ => {}
        }
        Answer::status(200, &[], format!(": keep-alive\n\n{body}"))
    });
    let worker = home.start(&Manifest::default(), model.base_url(), SPEED);
    model.wait_until_asked_about(4);
    let left = worker.stop();
    let decisions = left.decisions();
    let row = |view| of_view(&decisions, view)[0];
    assert_eq!(
        (&row(1)["model_asked"], &row(1)["model"]),
        (&json!("deepseek-flash"), &json!("another-model"))
    );
    // 6000 at 0.30 and 800 at 1.20: nothing counts as cached.
    assert_eq!(
        (&row(1)["cost_usd"], &row(1)["cached_tokens"]),
        (&json!("0.00276"), &json!(0))
    );
    let cost = |view| {
        row(view)["cost_usd"]
            .as_str()
            .unwrap()
            .parse::<f64>()
            .unwrap()
    };
    // Without any count: the whole output limit of 6000 tokens.
    assert!(cost(2) > 0.0072, "{}", row(2));
    assert!((cost(3) - 0.001_584).abs() < 1e-9, "{}", row(3));
}
