//! The lines of a backup that are no rows. Each is a JSON object; rows are lists.

use serde::{Deserialize, Serialize};

use super::tables::{Column, Kind, Table, TablesVersion};

/// The first line.
pub(super) const MAGIC: &str = "aicoin-backup";
/// The form of the file. It rises when older programs could not read it any more.
pub(super) const FORMAT: u32 = 1;

/// What the file is: the second line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) format: u32,
    /// Which tables and columns there are.
    pub(super) schema: u32,
    pub(super) bot: String,
    pub(super) taken_at_ms: i64,
    /// The kind of database that it was taken from, for people.
    pub(super) database: String,
    /// The program that wrote it, for people.
    pub(super) version: String,
}

impl Header {
    pub(super) fn new(bot: &str, database: &str, taken_at_ms: i64) -> Self {
        Self {
            format: FORMAT,
            schema: TablesVersion::NEWEST.0,
            bot: bot.to_owned(),
            taken_at_ms,
            database: database.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// A line between rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Mark {
    /// A table begins.
    Section {
        table: String,
        /// Names and kinds of the columns, in the order of the values.
        columns: Vec<(String, String)>,
    },
    /// It is over.
    End {
        end: String,
        rows: u64,
        /// SHA-256 of the section's lines, this one not counted, hexadecimal.
        sha256: String,
    },
    /// The file is over.
    Over {
        sections: u64,
        rows: u64,
        /// SHA-256 of all lines, this one not counted, hexadecimal.
        sha256: String,
    },
}

/// A table's columns as its section names them.
pub(super) fn columns(table: &Table) -> Vec<(String, String)> {
    let named = |column: &Column| (column.name.to_owned(), word(column));
    table.columns.iter().map(named).collect()
}

fn word(column: &Column) -> String {
    let kind = match column.kind {
        Kind::Text => "text",
        Kind::Decimal => "decimal",
        Kind::Integer => "integer",
        Kind::Boolean => "boolean",
    };
    let optional = if column.optional { "?" } else { "" };
    format!("{kind}{optional}")
}

/// A sum as it is written.
pub(super) fn hexadecimal(sum: &[u8]) -> String {
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}
