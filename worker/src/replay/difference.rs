//! What a replay found to be different: where it is, what stands in the recording, and what came instead.

use aicoin_store::{RecordedInput, RowFault};
use serde::Serialize;
use serde_json::Value;

use super::time::iso;

/// Longer values are cut in sentences and reports, characters.
const SHOWN_MAX: usize = 600;

/// The first difference between a recording and its replay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Difference {
    /// What differs: `input`, `outputs`, `state`, `restart`, `row` or `saved_state`.
    pub(super) kind: &'static str,
    /// The place of the input in the journal, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seq: Option<u64>,
    /// The bot's time of it, ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time: Option<String>,
    /// What it is about: a sentence.
    pub(super) about: String,
    /// What was recorded.
    pub(super) expected: String,
    /// What the replay came to.
    pub(super) came: String,
}

impl Difference {
    /// An entry of the journal that cannot be what was written.
    pub(super) fn of_input(input: &RecordedInput, about: &str) -> Self {
        Self {
            kind: "input",
            seq: Some(input.entry.seq),
            time: Some(iso(input.entry.now_ms)),
            about: about.to_owned(),
            expected: "an entry whose checksum is that of its place, time, input and outputs"
                .to_owned(),
            came: cut(&input.entry.input),
        }
    }

    /// Entries that are not there, although nothing says that they were lost.
    pub(super) fn missing(first: u64, last: u64, time_ms: i64) -> Self {
        let about = if first == last {
            format!(
                "The input {first} is missing from the journal, and nothing says that it was lost."
            )
        } else {
            format!(
                "The inputs {first} to {last} are missing from the journal, and nothing says that they were lost."
            )
        };
        Self {
            kind: "input",
            seq: Some(first),
            time: Some(iso(time_ms)),
            about,
            expected: "an input".to_owned(),
            came: "none".to_owned(),
        }
    }

    /// A process whose start is not there.
    pub(super) fn of_start(input: &RecordedInput) -> Self {
        Self {
            kind: "restart",
            seq: Some(input.entry.seq),
            time: Some(iso(input.entry.now_ms)),
            about: format!(
                "From here on another process traded (epoch {}), and the image of its start is missing.",
                input.epoch
            ),
            expected: "an image of the start".to_owned(),
            came: "none".to_owned(),
        }
    }

    /// Other outputs for an input.
    pub(super) fn of_outputs(input: &RecordedInput, made: Option<&str>) -> Self {
        let (place, expected, came) = first_output(
            input.entry.outputs.as_deref().unwrap_or("[]"),
            made.unwrap_or("[]"),
        );
        Self {
            kind: "outputs",
            seq: Some(input.entry.seq),
            time: Some(iso(input.entry.now_ms)),
            about: format!(
                "Output {place} of the input {} differs.",
                cut(&input.entry.input)
            ),
            expected,
            came,
        }
    }

    /// Another state of the core than the image that was taken after an input.
    pub(super) fn of_state(
        (seq, time_ms): (u64, i64),
        about: &str,
        expected: &str,
        came: &str,
        is_restart: bool,
    ) -> Self {
        let (path, expected, came) = first_field(expected, came);
        Self {
            kind: if is_restart { "restart" } else { "state" },
            seq: Some(seq),
            time: Some(iso(time_ms)),
            about: format!("{about} The first field that differs is {path}."),
            expected,
            came,
        }
    }

    /// Another saved state at the end.
    pub(super) fn of_saved((seq, time_ms): (u64, i64), expected: &str, came: &str) -> Self {
        let (path, expected, came) = first_field(expected, came);
        Self {
            kind: "saved_state",
            seq: Some(seq),
            time: Some(iso(time_ms)),
            about: format!(
                "The saved state in the table bots is not what the last input of the journal leads to: inputs after it are \
                 missing, or the state was changed. The first field that differs is {path}."
            ),
            expected,
            came,
        }
    }

    /// A row that is not what the replay makes of it.
    pub(super) fn of_row(fault: &RowFault, time_ms: Option<i64>) -> Self {
        let RowFault {
            table,
            key,
            seq,
            column,
            found,
            made,
        } = fault;
        let about = match column {
            Some(column) => {
                format!("The column {column} of {table} with {key} is not what its input leads to.")
            }
            None => format!("The table {table} and the replay do not agree on the row with {key}."),
        };
        Self {
            kind: "row",
            seq: *seq,
            time: time_ms.map(iso),
            about,
            expected: cut(found),
            came: cut(made),
        }
    }

    /// Some lines for people.
    pub(super) fn text(&self) -> String {
        let place = match (&self.seq, &self.time) {
            (Some(seq), Some(time)) => format!(" at input {seq}, {time}"),
            (Some(seq), None) => format!(" at input {seq}"),
            (None, _) => String::new(),
        };
        format!(
            "Differs{place}. {}\n  recorded: {}\n  replayed: {}\n",
            self.about, self.expected, self.came
        )
    }
}

/// The first output that differs: its number from 1, and both.
fn first_output(expected: &str, came: &str) -> (usize, String, String) {
    let list = |text: &str| serde_json::from_str::<Vec<Value>>(text).unwrap_or_default();
    let (recorded, made) = (list(expected), list(came));
    let words = |output: Option<&Value>| {
        output.map_or_else(|| "nothing".to_owned(), |value| cut(&value.to_string()))
    };
    (0..recorded.len().max(made.len()))
        .find(|place| recorded.get(*place) != made.get(*place))
        .map_or_else(
            // They say the same in other bytes.
            || (1, cut(expected), cut(came)),
            |place| {
                (
                    place + 1,
                    words(recorded.get(place)),
                    words(made.get(place)),
                )
            },
        )
}

/// The first field that differs: its path, and both values.
fn first_field(expected: &str, came: &str) -> (String, String, String) {
    let parsed = |text: &str| serde_json::from_str::<Value>(text);
    match (parsed(expected), parsed(came)) {
        (Ok(expected), Ok(came)) => {
            let mut path = String::new();
            let (expected, came) = descend(&expected, &came, &mut path);
            let path = if path.is_empty() { "all of it" } else { &path };
            (path.to_owned(), cut(&expected), cut(&came))
        }
        (_, _) => ("all of it".to_owned(), cut(expected), cut(came)),
    }
}

fn descend(expected: &Value, came: &Value, path: &mut String) -> (String, String) {
    let nothing = || "nothing".to_owned();
    match (expected, came) {
        (Value::Object(one), Value::Object(other)) => {
            let keys = one
                .keys()
                .chain(other.keys().filter(|key| !one.contains_key(*key)));
            for key in keys {
                if one.get(key) == other.get(key) {
                    continue;
                }
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
                return match (one.get(key), other.get(key)) {
                    (Some(one), Some(other)) => descend(one, other, path),
                    (one, other) => (
                        one.map_or_else(nothing, Value::to_string),
                        other.map_or_else(nothing, Value::to_string),
                    ),
                };
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            for place in 0..one.len().max(other.len()) {
                if one.get(place) == other.get(place) {
                    continue;
                }
                path.push_str(&format!("[{place}]"));
                return match (one.get(place), other.get(place)) {
                    (Some(one), Some(other)) => descend(one, other, path),
                    (one, other) => (
                        one.map_or_else(nothing, Value::to_string),
                        other.map_or_else(nothing, Value::to_string),
                    ),
                };
            }
        }
        (_, _) => {}
    }
    (expected.to_string(), came.to_string())
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_field_that_differs_is_named_with_its_path() {
        let field = |one: &str, other: &str| first_field(one, other);
        let words = |path: &str, one: &str, other: &str| {
            (path.to_owned(), one.to_owned(), other.to_owned())
        };
        assert_eq!(
            field(r#"{"a":{"b":[1,2]},"c":3}"#, r#"{"a":{"b":[1,4]},"c":5}"#),
            words("a.b[1]", "2", "4")
        );
        assert_eq!(
            field(r#"{"a":[1]}"#, r#"{"a":[1,{"x":2}]}"#),
            words("a[1]", "nothing", r#"{"x":2}"#)
        );
        assert_eq!(
            field(r#"{"a":1}"#, r#"{"a":1,"b":2}"#),
            words("b", "nothing", "2")
        );
        assert_eq!(field("{", "1"), words("all of it", "{", "1"));
    }

    #[test]
    fn the_first_output_that_differs_is_named_with_its_number() {
        let recorded = r#"[{"WakeAt":1},{"WakeAt":2}]"#;
        assert_eq!(
            first_output(recorded, r#"[{"WakeAt":1},{"WakeAt":3}]"#),
            (
                2,
                r#"{"WakeAt":2}"#.to_owned(),
                r#"{"WakeAt":3}"#.to_owned()
            )
        );
        assert_eq!(
            first_output(recorded, "[]"),
            (1, r#"{"WakeAt":1}"#.to_owned(), "nothing".to_owned())
        );
    }
}
