//! The tables, as a person with an SQLite shell reads them.

use std::path::Path;

use serde_json::Value;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

const DECISION: &str = "id timestamp market source action reason confidence verdict code detail view model_asked model request_id \
                        prompt_version prompt_hash input_tokens cached_tokens output_tokens cost_usd latency_ms tries \
                        raw_reply reasoning mark_price";
const ORDER: &str =
    "decision leg market side kind price size reduce_only status error filled average_price";
const FILL: &str = "decision leg market side price size fee";
const RISK: &str = "code market detail resolved";

/// All rows of one table, oldest first, each as a JSON object.
fn table(data_dir: &Path, table: &str, columns: &str) -> Vec<Value> {
    let pairs: Vec<String> = columns
        .split_whitespace()
        .map(|column| format!("'{column}', {column}"))
        .collect();
    let query = format!(
        "SELECT json_object({}) FROM {table} ORDER BY rowid",
        pairs.join(", ")
    );
    let options = SqliteConnectOptions::new().filename(data_dir.join("aicoin.db"));
    let texts: Vec<String> = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
            let texts = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
                .fetch_all(&mut connection)
                .await
                .unwrap();
            connection.close().await.unwrap();
            texts
        });
    texts
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect()
}

pub(crate) fn decisions(data_dir: &Path) -> Vec<Value> {
    table(data_dir, "decisions", DECISION)
}

pub(crate) fn orders(data_dir: &Path) -> Vec<Value> {
    table(data_dir, "orders", ORDER)
}

pub(crate) fn fills(data_dir: &Path) -> Vec<Value> {
    table(data_dir, "fills", FILL)
}

pub(crate) fn risk_events(data_dir: &Path) -> Vec<Value> {
    table(data_dir, "risk_events", RISK)
}

/// The rows with that reason code.
pub(crate) fn with_code<'a>(rows: &'a [Value], code: &str) -> Vec<&'a Value> {
    rows.iter().filter(|row| row["code"] == code).collect()
}

/// The rows about that view.
pub(crate) fn of_view(rows: &[Value], view: u64) -> Vec<&Value> {
    rows.iter().filter(|row| row["view"] == view).collect()
}
