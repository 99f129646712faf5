//! A row as a backup holds it: a JSON list with a value for each column.

use serde::ser::{Serialize, Serializer};
use serde_json::Value;

use super::tables::{Column, Kind, Table};

/// The values of a row, one for each column.
pub(crate) type Row = Vec<Cell>;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    Nothing,
    Integer(i64),
    Boolean(bool),
    Text(String),
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nothing => serializer.serialize_none(),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Boolean(is) => serializer.serialize_bool(*is),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// A row of a table out of its JSON; why it is none.
pub(super) fn parse(table: &Table, json: &[u8]) -> Result<Row, String> {
    let values: Vec<Value> = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    if values.len() != table.columns.len() {
        return Err(format!(
            "it has {} values where {} belong",
            values.len(),
            table.columns.len()
        ));
    }
    table
        .columns
        .iter()
        .zip(values)
        .map(|(column, value)| {
            cell(column, value).ok_or_else(|| format!("its {} is none", column.name))
        })
        .collect()
}

fn cell(column: &Column, value: Value) -> Option<Cell> {
    match (column.kind, value) {
        (_, Value::Null) => column.optional.then_some(Cell::Nothing),
        (Kind::Integer, Value::Number(number)) => number.as_i64().map(Cell::Integer),
        (Kind::Boolean, Value::Bool(is)) => Some(Cell::Boolean(is)),
        (Kind::Text, Value::String(text)) => Some(Cell::Text(text)),
        (Kind::Decimal, Value::String(text)) => is_decimal(&text).then_some(Cell::Text(text)),
        (
            _,
            Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_),
        ) => None,
    }
}

/// A sign, digits, and a point among them.
fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text).replacen('.', "", 1);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::TABLES;

    #[test]
    fn a_row_is_read_as_it_was_written_and_no_other() {
        let table = Table::find("leases").unwrap();
        let row = vec![
            Cell::Text("paper:a/\u{0}\"b".to_owned()),
            Cell::Text(String::new()),
            Cell::Text("x".to_owned()),
            Cell::Integer(i64::MIN),
            Cell::Boolean(true),
            Cell::Integer(i64::MAX),
            Cell::Integer(0),
        ];
        let json = serde_json::to_vec(&row).unwrap();
        assert_eq!(parse(table, &json), Ok(row));
        for (wrong, why) in [
            ("[]", "it has 0 values where 7 belong"),
            (r#"["a","b","c",1,1,1,1]"#, "its released is none"),
            (r#"["a","b","c",null,true,1,1]"#, "its epoch is none"),
            (r#"["a","b","c",1.5,true,1,1]"#, "its epoch is none"),
        ] {
            assert_eq!(parse(table, wrong.as_bytes()), Err(why.to_owned()));
        }
    }

    #[test]
    fn a_decimal_is_plain_digits() {
        for text in ["0", "-1.5", "100000000000000000000.000000000000000001"] {
            assert!(is_decimal(text), "{text}");
        }
        for text in ["", "-", "1e5", "NaN", "1.2.3", "+1"] {
            assert!(!is_decimal(text), "{text}");
        }
    }

    #[test]
    fn every_table_but_the_bot_itself_is_kept_for_a_bot() {
        for table in TABLES {
            assert!(
                table.columns.iter().any(|column| column.name == "bot"),
                "{}",
                table.name
            );
        }
    }
}
