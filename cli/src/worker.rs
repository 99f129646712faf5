//! What a worker says about itself: `aicoin-worker ctl status --json`, read as far as it goes.
//!
//! Never: believes its text to be harmless. Reasons of decisions are a model's words.

use aicoin_api::domain::Usd;
use serde_json::Value;

use crate::text;

/// The most decisions that are shown.
const DECISIONS_MAX: usize = 5;

/// A worker's status.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WorkerStatus(pub(crate) Value);

impl WorkerStatus {
    /// Reads what `ctl status --json` printed.
    ///
    /// # Errors
    /// It is no JSON object.
    pub(crate) fn parse(printed: &str) -> Result<Self, String> {
        match serde_json::from_str::<Value>(printed) {
            Ok(value) if value.is_object() => Ok(Self(value)),
            Ok(_) | Err(_) => {
                Err("the worker's answer cannot be read: is it of another version?".to_owned())
            }
        }
    }

    /// A field as text, at a JSON pointer; `-` when it is not there.
    fn cell(value: &Value, pointer: &str) -> String {
        match value.pointer(pointer) {
            Some(Value::String(text)) => text::line(text),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Bool(true)) => "yes".to_owned(),
            Some(Value::Bool(false)) => "no".to_owned(),
            Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => "-".to_owned(),
        }
    }

    /// An amount of money, to the cent.
    fn money(value: &Value, pointer: &str) -> String {
        value
            .pointer(pointer)
            .and_then(Value::as_str)
            .and_then(|text| text.parse::<Usd>().ok())
            .map_or_else(
                || Self::cell(value, pointer),
                |usd| usd.rounded(2).to_string(),
            )
    }

    fn rows(&self, field: &str) -> Vec<&Value> {
        self.0
            .get(field)
            .and_then(Value::as_array)
            .map(|rows| rows.iter().collect())
            .unwrap_or_default()
    }

    /// Who decides, equity and what is open, for a person.
    pub(crate) fn show(&self) -> String {
        let cell = |pointer| Self::cell(&self.0, pointer);
        let money = |pointer| Self::money(&self.0, pointer);
        let mut out = text::columns(&[
            vec!["decider".into(), cell("/decider")],
            vec![
                "equity".into(),
                format!(
                    "{} USD (today {}, unrealised {}, fees {})",
                    money("/account/equity"),
                    money("/account/day_pnl"),
                    money("/account/unrealized_pnl"),
                    money("/account/fees")
                ),
            ],
        ]);
        if let Some(notice) = self.0.get("notice").and_then(Value::as_str) {
            out.push_str(&format!("notice    {}\n", text::line(notice)));
        }
        let not_ready: Vec<String> = self
            .rows("not_ready")
            .iter()
            .filter_map(|reason| reason.as_str().map(text::line))
            .collect();
        if !not_ready.is_empty() {
            out.push_str(&format!("not ready {}\n", not_ready.join(", ")));
        }
        out.push_str(&self.positions());
        out.push_str(&self.decisions());
        out
    }

    fn positions(&self) -> String {
        let positions = self.rows("positions");
        if positions.is_empty() {
            return "\nNo position is open.\n".to_owned();
        }
        let mut rows = vec![
            [
                "POSITION",
                "SIZE",
                "ENTRY",
                "MARK",
                "UNREALISED",
                "STOP",
                "PROTECTED",
            ]
            .map(str::to_owned)
            .to_vec(),
        ];
        for position in positions {
            let cell = |pointer| Self::cell(position, pointer);
            rows.push(vec![
                cell("/market"),
                cell("/size"),
                cell("/entry_price"),
                cell("/mark_price"),
                Self::money(position, "/unrealized_pnl"),
                cell("/stop_price"),
                cell("/protected"),
            ]);
        }
        format!("\n{}", text::columns(&rows))
    }

    fn decisions(&self) -> String {
        let decisions = self.rows("decisions");
        if decisions.is_empty() {
            let made = Self::cell(&self.0, "/counts/decisions");
            return format!("\nDecisions so far: {made}.\n");
        }
        let mut rows = vec![
            ["DECISION", "MARKET", "ACTION", "VERDICT", "REASON"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for decision in decisions.into_iter().take(DECISIONS_MAX) {
            let cell = |pointer| Self::cell(decision, pointer);
            let verdict = match cell("/code").as_str() {
                "-" => cell("/verdict"),
                code => format!("{} ({code})", cell("/verdict")),
            };
            rows.push(vec![
                cell("/id"),
                cell("/market"),
                cell("/action"),
                verdict,
                cell("/reason"),
            ]);
        }
        format!("\n{}", text::columns(&rows))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;

    pub(crate) fn status() -> Value {
        json!({
            "bot": "trading/btc", "mode": "Paper", "decider": "ai deepseek-flash", "notice": null,
            "control": {"desired": "Running"}, "ready": false, "not_ready": ["StreamStale"],
            "account": {"equity": "10012.504999", "day_pnl": "12.5", "unrealized_pnl": "-1", "fees": "0.45"},
            "positions": [{"market": "BTC", "size": "-0.01", "entry_price": "90000", "mark_price": "90100",
                           "unrealized_pnl": "-1", "stop_price": "91800", "protected": true}],
            "counts": {"decisions": 12},
            "decisions": [
                {"id": 12, "market": "BTC", "action": "hold", "verdict": "accepted", "code": null,
                 "reason": "flat\u{1b}]0;owned\u{7}\nReady: True"},
                {"id": 11, "market": null, "action": "none", "verdict": "rejected", "code": "NotJson", "reason": ""}
            ]
        })
    }

    #[test]
    fn a_worker_is_shown_with_its_positions_and_last_decisions() {
        let shown = WorkerStatus::parse(&status().to_string()).unwrap().show();
        assert_eq!(
            shown,
            "decider   ai deepseek-flash\n\
             equity    10012.5 USD (today 12.5, unrealised -1, fees 0.45)\n\
             not ready StreamStale\n\
             \n\
             POSITION   SIZE    ENTRY   MARK    UNREALISED   STOP    PROTECTED\n\
             BTC        -0.01   90000   90100   -1           91800   yes\n\
             \n\
             DECISION   MARKET   ACTION   VERDICT              REASON\n\
             12         BTC      hold     accepted             flat\u{fffd}]0;owned\u{fffd} Ready: True\n\
             11         -        none     rejected (NotJson)\n"
        );
    }

    #[test]
    fn a_worker_of_another_version_is_shown_as_far_as_it_goes() {
        assert_eq!(
            WorkerStatus::parse("{\"positions\": 3}").unwrap().show(),
            "decider   -\nequity    - USD (today -, unrealised -, fees -)\n\nNo position is open.\n\nDecisions so far: -.\n"
        );
        for printed in ["", "[]", "panic!"] {
            assert_eq!(
                WorkerStatus::parse(printed),
                Err("the worker's answer cannot be read: is it of another version?".to_owned())
            );
        }
    }
}
