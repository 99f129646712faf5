//! What the tables of a bot say, and the exchange model's own ledger beside them.

use serde_json::Value;
use sqlx::Row as _;

use super::db::Db;
use super::number::units;

/// Opening orders and their fills that are younger than a control that forbids them, while that control stood.
pub(crate) fn opened_while_held(db: &Db) -> Vec<String> {
    let rows = db.rows(
        "WITH held AS (
             SELECT id, in_force, time_ms AS begun,
                    coalesce((SELECT min(time_ms) FROM control_messages AS next
                              WHERE next.id > held.id AND next.in_force = 'Running'), 9e15) AS ended
             FROM control_messages AS held WHERE in_force <> 'Running'
         )
         SELECT 'order ' || market || ' at ' || created_at_ms || ', held since ' || begun
         FROM orders, held WHERE NOT reduce_only AND created_at_ms > begun AND created_at_ms < ended
         UNION
         SELECT 'fill ' || market || ' at ' || fills.time_ms || ', held since ' || begun
         FROM fills, held WHERE leg = 'open' AND fills.time_ms > begun AND fills.time_ms < ended",
    );
    rows.iter().map(|row| row.get(0)).collect()
}

/// The number of opening orders.
pub(crate) fn openings(db: &Db) -> i64 {
    db.number("SELECT count(*) FROM orders WHERE NOT reduce_only")
}

/// Each order, leg and trade is there once, and positions and orders are the sums of their fills.
#[track_caller]
pub(crate) fn nothing_is_doubled(db: &Db) {
    for (what, sql) in [
        (
            "cloids",
            "SELECT count(*) - count(DISTINCT cloid) FROM orders",
        ),
        (
            "trades",
            "SELECT count(*) - count(DISTINCT market || ' ' || trade_id) FROM fills",
        ),
        (
            "legs",
            "SELECT count(*) - count(DISTINCT decision || ' ' || leg || ' ' || attempt) FROM orders",
        ),
        (
            "fills without an order",
            "SELECT count(*) FROM fills WHERE cloid NOT IN (SELECT cloid FROM orders)",
        ),
        ("bots", "SELECT count(*) - 1 FROM bots"),
    ] {
        assert_eq!(db.number(sql), 0, "{what}");
    }
    // Read in one go: the bot may be trading.
    let rows = db.rows(
        "SELECT market, size,
                (SELECT group_concat(CASE side WHEN 'buy' THEN '' ELSE '-' END || fills.size, ' ')
                 FROM fills WHERE fills.market = positions.market)
         FROM positions",
    );
    for row in rows {
        let market: &str = row.get(0);
        let filled: i128 = row
            .get::<Option<&str>, _>(2)
            .unwrap_or_default()
            .split_whitespace()
            .map(units)
            .sum();
        assert_eq!(
            units(row.get(1)),
            filled,
            "{market} is the sum of its fills"
        );
    }
    let rows = db.rows(
        "SELECT cloid, filled,
                (SELECT group_concat(fills.size, ' ') FROM fills WHERE fills.cloid = orders.cloid)
         FROM orders",
    );
    for row in rows {
        let filled: i128 = row
            .get::<Option<&str>, _>(2)
            .unwrap_or_default()
            .split_whitespace()
            .map(units)
            .sum();
        assert_eq!(units(row.get(1)), filled, "{}", row.get::<&str, _>(0));
    }
}

/// What the exchange itself has of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ledger {
    /// Positions that are not zero.
    pub(crate) positions: usize,
    /// Orders that rest.
    pub(crate) orders: u64,
}

/// Nothing is open there.
pub(crate) const FLAT: Ledger = Ledger {
    positions: 0,
    orders: 0,
};

/// The exchange model's own ledger, as it is saved with the rows.
#[track_caller]
pub(crate) fn ledger(db: &Db) -> Ledger {
    let rows = db.rows("SELECT venue_state FROM bots");
    let state: Value = serde_json::from_str(rows[0].get(0)).unwrap();
    let accounts = find(&state, "accounts").unwrap().as_array().unwrap();
    assert_eq!(accounts.len(), 1, "{state}");
    let positions = accounts[0]["positions"].as_array().unwrap();
    assert!(!positions.is_empty(), "{state}");
    Ledger {
        positions: positions
            .iter()
            .filter(|position| !is_zero(&position["size"]))
            .count(),
        orders: accounts[0]["open_orders"].as_u64().unwrap(),
    }
}

fn is_zero(size: &Value) -> bool {
    size.as_str()
        .map_or_else(|| size.as_i64() == Some(0), |text| units(text) == 0)
}

fn find<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let fields = value.as_object()?;
    fields
        .get(name)
        .or_else(|| fields.values().find_map(|field| find(field, name)))
}
