//! Answers of `/exchange`. All of them come with HTTP 200, refusals too.

use aicoin_domain::{OrderId, Size};
use serde::Deserialize;
use serde_json::Value;

use super::number::{Exact, Unsigned};

/// The longest refusal that is kept, in bytes.
const WORDS_BYTES_MAX: usize = 500;

/// What the venue answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The action was taken up: what became of each order or cancel in it, in order. Empty for other actions.
    Taken(Vec<Status>),
    /// The action as a whole was refused.
    Refused(String),
}

/// What became of one order or cancel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Resting(OrderId),
    Filled(OrderId, Size),
    /// `waitingForFill`, `waitingForTrigger`: accepted, without a number.
    Waiting,
    /// A cancel worked.
    Success,
    Refused(String),
}

#[derive(Deserialize)]
struct AnswerWire {
    status: String,
    response: Value,
}

/// One of these is there.
#[derive(Deserialize)]
struct StatusWire {
    resting: Option<RestingWire>,
    filled: Option<FilledWire>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct RestingWire {
    oid: Exact<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FilledWire {
    oid: Exact<u64>,
    total_sz: Unsigned<Size>,
}

/// Reads an answer. `None` is one that says nothing: whatever was sent may have been done.
pub(crate) fn read(body: &[u8], expected: usize) -> Option<Answer> {
    let answer: AnswerWire = serde_json::from_slice(body).ok()?;
    match answer.status.as_str() {
        "ok" => {
            let Some(statuses) = answer.response.pointer("/data/statuses") else {
                // Actions without orders are answered with a type only.
                let is_plain = answer.response.get("type").is_some();
                return (is_plain && expected == 0).then(|| Answer::Taken(Vec::new()));
            };
            let statuses: Vec<Status> = statuses
                .as_array()?
                .iter()
                .map(read_status)
                .collect::<Option<_>>()?;
            whole(statuses, expected).map(Answer::Taken)
        }
        "err" => answer.response.as_str().map(cut).map(Answer::Refused),
        _ => None,
    }
}

fn read_status(value: &Value) -> Option<Status> {
    if let Some(word) = value.as_str() {
        return match word {
            "success" => Some(Status::Success),
            "waitingForFill" | "waitingForTrigger" => Some(Status::Waiting),
            _ => None,
        };
    }
    match StatusWire::deserialize(value).ok()? {
        StatusWire {
            resting: Some(RestingWire { oid }),
            filled: None,
            error: None,
        } => Some(Status::Resting(OrderId(oid.0))),
        StatusWire {
            resting: None,
            filled: Some(FilledWire { oid, total_sz }),
            error: None,
        } => Some(Status::Filled(OrderId(oid.0), total_sz.0)),
        StatusWire {
            resting: None,
            filled: None,
            error: Some(words),
        } => Some(Status::Refused(cut(&words))),
        // Two at once, or none: it says nothing.
        StatusWire { .. } => None,
    }
}

/// One status for each; what fails before anything was placed has one error for all of them.
fn whole(statuses: Vec<Status>, expected: usize) -> Option<Vec<Status>> {
    match statuses.as_slice() {
        [Status::Refused(words)] => Some(vec![Status::Refused(words.clone()); expected.max(1)]),
        _ => (statuses.len() == expected).then_some(statuses),
    }
}

/// As much of a refusal as people read, without what a terminal or a table would stumble over.
fn cut(words: &str) -> String {
    let words = words.replace(char::is_control, " ");
    let end = words.floor_char_boundary(WORDS_BYTES_MAX);
    words.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(words: &str) -> Status {
        Status::Refused(words.to_owned())
    }

    #[test]
    fn every_documented_answer_is_understood() {
        let table = [
            (
                r#"{"status":"ok","response":{"type":"order","data":{"statuses":[{"resting":{"oid":77738308,"cloid":"0x00000000000000000000000000000001"}}]}}}"#,
                1,
                Answer::Taken(vec![Status::Resting(OrderId(77_738_308))]),
            ),
            (
                r#"{"status":"ok","response":{"type":"order","data":{"statuses":[{"filled":{"totalSz":"0.02","avgPx":"1891.4","oid":77747314}}]}}}"#,
                1,
                Answer::Taken(vec![Status::Filled(
                    OrderId(77_747_314),
                    "0.02".parse().unwrap(),
                )]),
            ),
            (
                r#"{"status":"ok","response":{"type":"order","data":{"statuses":[{"error":"Order must have minimum value of $10."}]}}}"#,
                1,
                Answer::Taken(vec![refused("Order must have minimum value of $10.")]),
            ),
            (
                r#"{"status":"ok","response":{"type":"order","data":{"statuses":["waitingForFill","waitingForTrigger"]}}}"#,
                2,
                Answer::Taken(vec![Status::Waiting, Status::Waiting]),
            ),
            (
                r#"{"status":"ok","response":{"type":"cancel","data":{"statuses":["success",{"error":"Order was never placed, already canceled, or filled."}]}}}"#,
                2,
                Answer::Taken(vec![
                    Status::Success,
                    refused("Order was never placed, already canceled, or filled."),
                ]),
            ),
            (
                r#"{"status":"ok","response":{"type":"default"}}"#,
                0,
                Answer::Taken(Vec::new()),
            ),
            (
                r#"{"status":"err","response":"Action already expired"}"#,
                1,
                Answer::Refused("Action already expired".to_owned()),
            ),
        ];
        for (body, expected, answer) in table {
            assert_eq!(read(body.as_bytes(), expected), Some(answer), "{body}");
        }
    }

    #[test]
    fn one_error_for_a_whole_batch_is_every_orders_error() {
        let body = r#"{"status":"ok","response":{"type":"order","data":{"statuses":[{"error":"Price must be divisible by tick size. asset=3"}]}}}"#;
        let error = refused("Price must be divisible by tick size. asset=3");
        assert_eq!(
            read(body.as_bytes(), 3),
            Some(Answer::Taken(vec![error.clone(), error.clone(), error]))
        );
    }

    #[test]
    fn an_answer_that_says_nothing_is_no_answer() {
        for body in [
            "",
            "<html>502</html>",
            r#"{"status":"ok"}"#,
            r#"{"status":"ok","response":{"type":"default"}}"#,
            r#"{"status":"ok","response":{"type":"order","data":{"statuses":[]}}}"#,
            r#"{"status":"ok","response":{"type":"order","data":{"statuses":[{"resting":{}}]}}}"#,
            r#"{"status":"ok","response":{"type":"order","data":{"statuses":["somethingNew"]}}}"#,
            r#"{"status":"err"}"#,
            r#"{"status":"unsure","response":"?"}"#,
        ] {
            assert_eq!(read(body.as_bytes(), 1), None, "{body}");
        }
    }
}
