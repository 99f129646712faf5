//! The rows that a replay makes, in tables in memory, and how they compare with the recorded ones.
//!
//! They are written by the same code as the recorded ones, so that what differs is what the core made, or what somebody
//! changed.

use std::collections::BTreeMap;
use std::path::Path;

use aicoin_core::Record;
use serde_json::{Map, Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, ConnectOptions, Row, SqliteConnection};

use super::commit::write_record;
use super::decisions::CallLabel;
use super::recording::SqliteRecording;
use super::value::{Owner, damaged, signed};
use super::{Memory, connect, fault, schema};
use crate::error::StoreError;
use crate::recording::{RowCheck, RowFault, SegmentEnd};

/// A table that is compared.
#[derive(Debug)]
struct Table {
    name: &'static str,
    key: &'static [&'static str],
    /// A column whose value rises with each new row, where there is one: what stands beyond is nobody's.
    rising: Option<&'static str>,
}

const DECISIONS: usize = 0;
const ORDERS: usize = 1;
const FILLS: usize = 2;
const POSITIONS: usize = 3;
const ACCOUNTS: usize = 4;
const RISK_EVENTS: usize = 5;
const CONTROLS: usize = 6;

const TABLES: [Table; 7] = [
    Table {
        name: "decisions",
        key: &["id"],
        rising: Some("id"),
    },
    Table {
        name: "orders",
        key: &["cloid"],
        rising: Some("nonce"),
    },
    Table {
        name: "fills",
        key: &["market", "trade_id"],
        rising: None,
    },
    Table {
        name: "positions",
        key: &["market"],
        rising: None,
    },
    Table {
        name: "account_snapshots",
        key: &["time_ms"],
        rising: None,
    },
    Table {
        name: "risk_events",
        key: &["id"],
        rising: Some("id"),
    },
    Table {
        name: "control_messages",
        key: &["time_ms", "generation", "desired", "local_hold"],
        rising: None,
    },
];

/// What is known of one call of a model only by who wrote its first decision.
const LABELS: [&str; 3] = ["model", "prompt_version", "prompt_hash"];

/// Rows in memory.
#[derive(Debug)]
pub(crate) struct SqliteReplica {
    connection: SqliteConnection,
    bot: String,
    markets: Vec<String>,
    memory: Memory,
    label: Option<CallLabel>,
    /// By table and key: the input that wrote the row last.
    written: BTreeMap<(usize, String), u64>,
}

impl SqliteReplica {
    pub(crate) async fn of(recording: &SqliteRecording) -> Result<Self, StoreError> {
        let mut connection = connect::in_memory()
            .connect()
            .await
            .map_err(|error| in_memory(&error))?;
        schema::migrate(&mut connection, Path::new(":memory:")).await?;
        let memory = Memory::read(&mut connection, recording.bot())
            .await
            .map_err(|error| in_memory(&error))?;
        Ok(Self {
            connection,
            bot: recording.bot().to_owned(),
            markets: recording.markets().to_vec(),
            memory,
            label: None,
            written: BTreeMap::new(),
        })
    }

    pub(crate) async fn write(
        &mut self,
        (seq, epoch): (u64, u64),
        spec_generation: i64,
        records: &[Record],
    ) -> Result<(), StoreError> {
        let fault = |error: sqlx::Error| in_memory(&error);
        let owner = Owner {
            bot: &self.bot,
            markets: &self.markets,
            spec_generation,
            epoch: signed(epoch).map_err(fault)?,
        };
        for record in records {
            write_record(
                &mut self.connection,
                owner,
                record,
                &mut self.memory,
                &mut self.label,
            )
            .await
            .map_err(fault)?;
            let key = key_of(record, owner).map_err(fault)?;
            self.written.insert(key, seq);
        }
        Ok(())
    }

    pub(crate) fn restart(&mut self) {
        self.label = None;
    }

    pub(crate) async fn compare(
        &mut self,
        recording: &mut SqliteRecording,
        end: SegmentEnd,
    ) -> Result<RowCheck, StoreError> {
        let mut check = RowCheck::default();
        for (index, table) in TABLES.iter().enumerate() {
            self.compare_made(recording, index, table, end, &mut check)
                .await?;
            if let Some(column) = table.rising {
                self.find_strangers(recording, (index, table, column), end, &mut check)
                    .await?;
            }
            sqlx::query(AssertSqlSafe(format!("DELETE FROM {}", table.name)))
                .execute(&mut self.connection)
                .await
                .map_err(|error| in_memory(&error))?;
        }
        self.written.clear();
        self.label = None;
        Ok(check)
    }

    /// Each row that the replay made, against the one that is recorded under its key.
    async fn compare_made(
        &mut self,
        recording: &mut SqliteRecording,
        index: usize,
        table: &Table,
        end: SegmentEnd,
        check: &mut RowCheck,
    ) -> Result<(), StoreError> {
        let made = self
            .made_rows(table)
            .await
            .map_err(|error| in_memory(&error))?;
        for (key, made) in made {
            let found = found_row(recording, table, &key, &made)
                .await
                .map_err(|error| recording.fault(&error))?;
            let seq = self.written.get(&(index, key.clone())).copied();
            let fault = match &found {
                None => Some((None, "no such row".to_owned(), text(&made))),
                Some(found) if may_be_later(index, found, end) => {
                    check.later += 1;
                    continue;
                }
                Some(found) => difference(index, found, &made, end)
                    .map(|(column, found, made)| (Some(column), found, made)),
            };
            match fault {
                None => check.same += 1,
                Some((column, found, made)) => keep_first(
                    check,
                    RowFault {
                        table: table.name,
                        key: key_words(table, &key),
                        seq,
                        column,
                        found,
                        made,
                    },
                ),
            }
        }
        Ok(())
    }

    async fn made_rows(
        &mut self,
        table: &Table,
    ) -> Result<Vec<(String, Map<String, Value>)>, sqlx::Error> {
        let columns = columns(&mut self.connection, table).await?;
        let query = format!(
            "SELECT json_array({}) AS key, {} AS row FROM {} ORDER BY {}",
            table.key.join(", "),
            object(&columns),
            table.name,
            table.key.join(", ")
        );
        sqlx::query(AssertSqlSafe(query))
            .try_map(|row: SqliteRow| Ok((row.try_get("key")?, parsed(row.try_get("row")?)?)))
            .fetch_all(&mut self.connection)
            .await
    }

    /// Recorded rows with numbers of this stretch that the replay never gave out.
    async fn find_strangers(
        &mut self,
        recording: &mut SqliteRecording,
        (index, table, column): (usize, &Table, &str),
        end: SegmentEnd,
        check: &mut RowCheck,
    ) -> Result<(), StoreError> {
        let (from, to) = match index {
            DECISIONS => (end.from.decision, end.to.decision),
            ORDERS => (end.from.nonce, end.to.nonce),
            _ => (end.from.risk_event, end.to.risk_event),
        };
        let to = match end.later_from_ms {
            None => i64::MAX,
            Some(_) => signed(to).unwrap_or(i64::MAX),
        };
        let query = format!(
            "SELECT json_array({}) AS key FROM {} WHERE bot = ? AND {column} > ? AND {column} <= ? ORDER BY {column}",
            table.key.join(", "),
            table.name
        );
        let keys: Vec<String> = sqlx::query_scalar(AssertSqlSafe(query))
            .bind(&self.bot)
            .bind(signed(from).unwrap_or(i64::MAX))
            .bind(to)
            .fetch_all(&mut recording.connection)
            .await
            .map_err(|error| recording.fault(&error))?;
        for key in keys {
            if !self.written.contains_key(&(index, key.clone())) {
                let fault = RowFault {
                    table: table.name,
                    key: key_words(table, &key),
                    seq: None,
                    column: None,
                    found: "a row".to_owned(),
                    made: "no such row".to_owned(),
                };
                keep_first(check, fault);
            }
        }
        Ok(())
    }
}

fn in_memory(error: &sqlx::Error) -> StoreError {
    fault::classify(Path::new(":memory:"), error)
}

/// The table and the key of a record's row.
fn key_of(record: &Record, owner: Owner<'_>) -> Result<(usize, String), sqlx::Error> {
    let (table, key) = match record {
        Record::Decision(decision) => (DECISIONS, json!([decision.id.0])),
        Record::Order(order) => (ORDERS, json!([order.request.cloid.to_string()])),
        Record::Fill(fill) => (
            FILLS,
            json!([owner.market(fill.fill.market)?, fill.fill.trade.0]),
        ),
        Record::Position(position) => (POSITIONS, json!([owner.market(position.market)?])),
        Record::Account(account) => (ACCOUNTS, json!([account.time.0])),
        Record::Risk(event) => (RISK_EVENTS, json!([event.id])),
        Record::Settled(id) => (RISK_EVENTS, json!([id])),
        Record::Control(control) => (
            CONTROLS,
            json!([
                control.time.0,
                control.generation,
                control.desired.as_str(),
                control.hold.as_str()
            ]),
        ),
    };
    Ok((table, key.to_string()))
}

/// The columns that are compared: those that are stored, but for a number that the table gives out by itself.
async fn columns(
    connection: &mut SqliteConnection,
    table: &Table,
) -> Result<Vec<String>, sqlx::Error> {
    let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info(?)")
        .bind(table.name)
        .fetch_all(connection)
        .await?;
    let is_own = |column: &String| table.name == "control_messages" && column == "id";
    Ok(columns
        .into_iter()
        .filter(|column| !is_own(column))
        .collect())
}

fn object(columns: &[String]) -> String {
    let pairs: Vec<String> = columns
        .iter()
        .map(|column| format!("'{column}', {column}"))
        .collect();
    format!("json_object({})", pairs.join(", "))
}

/// The recorded row under that key, with the columns of the one that was made.
async fn found_row(
    recording: &mut SqliteRecording,
    table: &Table,
    key: &str,
    made: &Map<String, Value>,
) -> Result<Option<Map<String, Value>>, sqlx::Error> {
    let columns: Vec<String> = made.keys().cloned().collect();
    let parts: Vec<String> = table
        .key
        .iter()
        .enumerate()
        .map(|(place, column)| format!("{column} = json_extract(?2, '$[{place}]')"))
        .collect();
    let query = format!(
        "SELECT {} AS row FROM {} WHERE bot = ?1 AND {}",
        object(&columns),
        table.name,
        parts.join(" AND ")
    );
    let bot = recording.bot().to_owned();
    sqlx::query(AssertSqlSafe(query))
        .bind(bot)
        .bind(key)
        .try_map(|row: SqliteRow| parsed(row.try_get("row")?))
        .fetch_optional(&mut recording.connection)
        .await
}

fn parsed(text: &str) -> Result<Map<String, Value>, sqlx::Error> {
    serde_json::from_str(text).map_err(|error| damaged(format!("a row as JSON: {error}")))
}

/// Whether a recorded row may have been written again after the stretch.
fn may_be_later(table: usize, found: &Map<String, Value>, end: SegmentEnd) -> bool {
    let Some(later_from_ms) = end.later_from_ms else {
        return false;
    };
    let since = |column: &str| found.get(column).and_then(Value::as_i64) >= Some(later_from_ms);
    match table {
        ORDERS | POSITIONS => since("updated_at_ms"),
        ACCOUNTS => since("time_ms"),
        _ => false,
    }
}

/// The first column that differs, and both values.
fn difference(
    table: usize,
    found: &Map<String, Value>,
    made: &Map<String, Value>,
    end: SegmentEnd,
) -> Option<(String, String, String)> {
    let is_settled_later = |column: &str| {
        table == RISK_EVENTS
            && end.later_from_ms.is_some()
            && matches!(column, "resolved" | "detail")
    };
    // The first decision of that reply, which names the model for all of them, came before the stretch.
    let view = made.get("view").and_then(Value::as_u64);
    let is_label = |column: &str| {
        table == DECISIONS
            && LABELS.contains(&column)
            && view == Some(end.from.view)
            && made.get(column) == Some(&Value::Null)
    };
    made.iter()
        .filter(|(column, _)| !is_settled_later(column) && !is_label(column))
        .find_map(|(column, made)| {
            let found = found.get(column).unwrap_or(&Value::Null);
            (found != made).then(|| (column.clone(), found.to_string(), made.to_string()))
        })
}

fn text(row: &Map<String, Value>) -> String {
    Value::Object(row.clone()).to_string()
}

fn key_words(table: &Table, key: &str) -> String {
    let values: Vec<Value> = serde_json::from_str(key).unwrap_or_default();
    let pairs: Vec<String> = table
        .key
        .iter()
        .zip(values)
        .map(|(column, value)| match value.as_str() {
            Some(text) => format!("{column} {text}"),
            None => format!("{column} {value}"),
        })
        .collect();
    pairs.join(", ")
}

/// The fault whose input came first is the one to look at; one without an input comes last.
fn keep_first(check: &mut RowCheck, fault: RowFault) {
    let place = |fault: &RowFault| fault.seq.unwrap_or(u64::MAX);
    if check
        .fault
        .as_ref()
        .is_none_or(|known| place(&fault) < place(known))
    {
        check.fault = Some(fault);
    }
}
