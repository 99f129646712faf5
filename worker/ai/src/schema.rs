//! The reply's schema, version 1, in the two forms that a model gets: words with an example, and JSON Schema.
//!
//! The words stand in every prompt and cannot be replaced, so that a template of one's own cannot break the parser.

use serde_json::{Value, json};

/// The version that a reply must name.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// The frame's fields.
pub(crate) const FRAME_FIELDS: [&str; 3] = ["schema", "view_id", "decisions"];

/// A decision's fields.
pub(crate) const DECISION_FIELDS: [&str; 10] = [
    "symbol",
    "action",
    "confidence",
    "risk_bps",
    "leverage",
    "stop_px",
    "take_px",
    "max_slippage_bps",
    "ttl_s",
    "reason",
];

/// The reply's form in words. It holds the word json, which JSON modes ask for.
pub(crate) const FORMAT: &str = r#"
REPLY FORMAT (schema 1)
Reply with one json object and nothing else: no text before or after it, no Markdown, no comments, no key twice, no
key that is not listed here.
- schema: always 1.
- view_id: the view_id of the market view that you answer.
- decisions: a list of at most 20 objects, at most one per symbol; an empty list means that nothing is to be done.
Each decision:
- symbol: a symbol of the market view, exactly as written there.
- action: open_long, open_short, close, reduce (closes half), adjust_stop or hold.
- confidence: a whole number from 0 to 100.
- risk_bps: for open_long and open_short; a whole number from 1, at most risk_bps_max: how much of the equity, in
  hundredths of a percent, may be lost when the stop is hit. The size of the position follows from it.
- leverage: optional, for open_long and open_short; a whole number from 1, at most leverage_max.
- stop_px: for open_long, open_short and adjust_stop; the price of the stop, as a string.
- take_px: optional; the price at which profit is taken, as a string.
- max_slippage_bps: optional; how far the price may have moved since the view, in hundredths of a percent.
- ttl_s: optional; for how many seconds the decision is good.
- reason: at most 280 characters.
Numbers are plain digits with at most one decimal point: no exponent, no sign, no separators, no units. Leave out what
an action does not need.

EXAMPLE of a reply (symbols, numbers and the view_id are made up)
{"schema":1,"view_id":7,"decisions":[{"symbol":"AAA","action":"open_long","confidence":72,"risk_bps":40,"leverage":2,"stop_px":"97.25","take_px":"104.5","max_slippage_bps":20,"ttl_s":60,"reason":"Higher lows above the average, momentum turning up."},{"symbol":"BBB","action":"hold","confidence":50,"reason":"No edge."}]}
"#;

/// The same as JSON Schema, in the strict subset: every property required, nothing besides.
pub(crate) fn json_schema() -> Value {
    let whole = json!({"type": ["integer", "null"]});
    let price = json!({"type": ["string", "null"]});
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": FRAME_FIELDS,
        "properties": {
            "schema": {"type": "integer", "enum": [SCHEMA_VERSION]},
            "view_id": {"type": "integer"},
            "decisions": {"type": "array", "items": {
                "type": "object",
                "additionalProperties": false,
                "required": DECISION_FIELDS,
                "properties": {
                    "symbol": {"type": "string"},
                    "action": {"type": "string", "enum": [
                        "open_long", "open_short", "close", "reduce", "adjust_stop", "hold",
                    ]},
                    "confidence": {"type": "integer"},
                    "risk_bps": whole,
                    "leverage": whole,
                    "stop_px": price,
                    "take_px": price,
                    "max_slippage_bps": whole,
                    "ttl_s": whole,
                    "reason": {"type": "string"},
                },
            }},
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::parse_reply;
    use aicoin_core::ReplyItem;

    #[test]
    fn the_example_of_the_prompt_is_a_reply_that_is_taken() {
        let example = FORMAT.lines().find(|line| line.starts_with('{')).unwrap();
        let reply = parse_reply(example, Some("stop"), 7).unwrap();
        assert_eq!(reply.items.len(), 2);
        assert!(
            reply
                .items
                .iter()
                .all(|item| matches!(item, ReplyItem::Proposal(_)))
        );
    }

    #[test]
    fn words_and_schema_name_the_same_fields() {
        let schema = json_schema();
        let named = |pointer: &str| -> Vec<String> {
            let mut names: Vec<String> = schema
                .pointer(pointer)
                .unwrap()
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect();
            names.sort();
            names
        };
        let sorted = |fields: &[&str]| -> Vec<String> {
            let mut names: Vec<String> = fields.iter().map(ToString::to_string).collect();
            names.sort();
            names
        };
        assert_eq!(named("/properties"), sorted(&FRAME_FIELDS));
        assert_eq!(
            named("/properties/decisions/items/properties"),
            sorted(&DECISION_FIELDS)
        );
        for field in FRAME_FIELDS.iter().chain(&DECISION_FIELDS) {
            assert!(FORMAT.contains(&format!("- {field}: ")), "{field}");
        }
    }
}
