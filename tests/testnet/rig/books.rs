//! Two sets of books that must be the same to the last decimal: the venue's ledger and the bot's tables.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sqlx::Row;

use super::db::Db;
use super::keys::MASTER;
use super::number::{amount, units};

/// A span in which the bot did not run, in the venue's time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outage {
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// An execution as both sides have it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fill {
    cloid: Option<String>,
    oid: i64,
    side: String,
    price: i128,
    size: i128,
    fee: i128,
    closed_pnl: i128,
    time: i64,
    is_taker: bool,
    is_liquidation: bool,
}

/// What became of an order, as both sides have it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fate {
    market: String,
    side: String,
    size: i128,
    filled: i128,
    reduce_only: bool,
    status: String,
}

/// Everything in which the two differ, as sentences. The status is the bot's own.
#[track_caller]
pub(crate) fn differences(ledger: &Value, db: &Db, status: &Value) -> Vec<String> {
    let account = account_of(ledger);
    let mut found = Vec::new();
    let mut expect = |what: &str, venue: String, bot: String| {
        if venue != bot {
            found.push(format!("{what}: the venue has {venue}, the bot {bot}"));
        }
    };
    expect(
        "client's numbers used twice",
        ledger["duplicateCloids"].to_string(),
        "0".to_owned(),
    );
    expect(
        "events lost",
        ledger["eventsLost"].to_string(),
        "0".to_owned(),
    );
    let (theirs, ours) = (venue_fills(account), bot_fills(db));
    for key in keys(&theirs, &ours) {
        let (coin, tid) = key;
        expect(
            &format!("fill {tid} in {coin}"),
            format!("{:?}", theirs.get(key)),
            format!("{:?}", ours.get(key)),
        );
    }
    let sum =
        |of: fn(&Fill) -> i128, fills: &BTreeMap<_, Fill>| fills.values().map(of).sum::<i128>();
    for (what, of, total) in [
        ("fees", (|fill| fill.fee) as fn(&Fill) -> i128, "fees"),
        ("realised", |fill| fill.closed_pnl, "realised"),
    ] {
        expect(
            &format!("sum of {what} over the fills"),
            sum(of, &theirs).to_string(),
            sum(of, &ours).to_string(),
        );
        expect(
            &format!("{what} in total"),
            amount(account, total).to_string(),
            sum(of, &ours).to_string(),
        );
    }
    expect(
        "fees by position",
        amount(account, "fees").to_string(),
        db.sum("SELECT fees FROM positions").to_string(),
    );
    expect(
        "realised by position",
        amount(account, "realised").to_string(),
        db.sum("SELECT realized_pnl FROM positions").to_string(),
    );
    expect(
        "funding by position",
        amount(account, "funding").to_string(),
        db.sum("SELECT funding FROM positions").to_string(),
    );
    expect(
        "positions",
        format!("{:?}", venue_positions(account)),
        format!("{:?}", bot_positions(db)),
    );
    let shown = &status["account"];
    expect(
        "cash",
        amount(account, "cash").to_string(),
        amount(shown, "cash").to_string(),
    );
    if account["positions"].as_array().is_some_and(Vec::is_empty) {
        expect(
            "equity while nothing is open",
            amount(account, "equity").to_string(),
            amount(shown, "equity").to_string(),
        );
    }
    let (theirs, ours) = (venue_orders(account), bot_orders(db));
    for cloid in keys(&theirs, &ours) {
        let (venue, bot) = (theirs.get(cloid), ours.get(cloid));
        // It never landed, or was refused before anybody looked at it as an order.
        let never_landed =
            venue.is_none() && bot.is_some_and(|bot| bot.status == "FAILED" && bot.filled == 0);
        if !never_landed {
            expect(
                &format!("order {cloid}"),
                format!("{venue:?}"),
                format!("{bot:?}"),
            );
        }
    }
    found
}

/// The account that the bot trades.
#[track_caller]
pub(crate) fn account_of(ledger: &Value) -> &Value {
    ledger["accounts"]
        .as_array()
        .and_then(|all| all.iter().find(|one| one["user"] == MASTER.address))
        .unwrap_or_else(|| panic!("no account {}: {ledger}", MASTER.address))
}

/// The spans without a stop that covered the position which were longer than `limit_ms`, as sentences.
#[track_caller]
pub(crate) fn unprotected(
    account: &Value,
    limit_ms: i64,
    outages: &[Outage],
    now: i64,
) -> Vec<String> {
    let spans = naked_ms(account, outages, now).into_iter();
    spans
        .filter(|(alive, _)| *alive > limit_ms)
        .map(|(alive, span)| format!("{alive} ms without its stop: {span}"))
        .collect()
}

/// How long each span without a stop that covered the position lasted, ms. While the bot did not run it could do nothing:
/// that time does not count.
#[track_caller]
pub(crate) fn naked_ms<'a>(
    account: &'a Value,
    outages: &[Outage],
    now: i64,
) -> Vec<(i64, &'a Value)> {
    list(account, "unprotected")
        .map(|span| {
            let from = span["from"].as_i64().unwrap();
            let to = span["to"].as_i64().unwrap_or(now);
            let dead: i64 = outages
                .iter()
                .map(|outage| (outage.to.min(to) - outage.from.max(from)).max(0))
                .sum();
            (to - from - dead, span)
        })
        .collect()
}

fn keys<'a, K: Ord, A, B>(one: &'a BTreeMap<K, A>, other: &'a BTreeMap<K, B>) -> BTreeSet<&'a K> {
    one.keys().chain(other.keys()).collect()
}

#[track_caller]
fn list<'a>(account: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    let all = account[key]
        .as_array()
        .unwrap_or_else(|| panic!("{key} is no list: {account}"));
    all.iter()
}

fn text(object: &Value, key: &str) -> String {
    object[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} is no text: {object}"))
        .to_owned()
}

fn side(letter: &Value) -> String {
    match letter.as_str() {
        Some("B") => "buy",
        Some("A") => "sell",
        _ => panic!("no side: {letter}"),
    }
    .to_owned()
}

fn venue_fills(account: &Value) -> BTreeMap<(String, i64), Fill> {
    list(account, "fills")
        .map(|fill| {
            let key = (text(fill, "coin"), fill["tid"].as_i64().unwrap());
            let value = Fill {
                cloid: fill["cloid"].as_str().map(str::to_owned),
                oid: fill["oid"].as_i64().unwrap(),
                side: side(&fill["side"]),
                price: amount(fill, "px"),
                size: amount(fill, "sz"),
                fee: amount(fill, "fee"),
                closed_pnl: amount(fill, "closedPnl"),
                time: fill["time"].as_i64().unwrap(),
                is_taker: fill["crossed"].as_bool().unwrap(),
                is_liquidation: !fill["liquidation"].is_null(),
            };
            (key, value)
        })
        .collect()
}

fn bot_fills(db: &Db) -> BTreeMap<(String, i64), Fill> {
    db.rows(
        "SELECT market, trade_id, cloid, oid, side, price, size, fee, closed_pnl, time_ms, taker, liquidation FROM fills",
    )
    .iter()
    .map(|row| {
        let key = (row.get(0), row.get(1));
        let value = Fill {
            cloid: row.get(2),
            oid: row.get(3),
            side: row.get(4),
            price: units(row.get(5)),
            size: units(row.get(6)),
            fee: units(row.get(7)),
            closed_pnl: units(row.get(8)),
            time: row.get(9),
            is_taker: row.get(10),
            is_liquidation: row.get::<Option<String>, _>(11).is_some(),
        };
        (key, value)
    })
    .collect()
}

fn venue_positions(account: &Value) -> BTreeMap<String, i128> {
    list(account, "positions")
        .map(|position| (text(position, "coin"), amount(position, "szi")))
        .filter(|(_, size)| *size != 0)
        .collect()
}

fn bot_positions(db: &Db) -> BTreeMap<String, i128> {
    db.rows("SELECT market, size FROM positions")
        .iter()
        .map(|row| (row.get(0), units(row.get(1))))
        .filter(|(_, size)| *size != 0)
        .collect()
}

/// Orders with a client's number, whatever became of them. Those without one are somebody else's.
fn venue_orders(account: &Value) -> BTreeMap<String, Fate> {
    list(account, "orders")
        .chain(list(account, "openOrders"))
        .filter_map(|order| {
            let cloid = order["cloid"].as_str()?.to_owned();
            let (size, filled) = (amount(order, "origSz"), amount(order, "filledSz"));
            let fate = Fate {
                market: text(order, "coin"),
                side: side(&order["side"]),
                size,
                filled,
                reduce_only: order["reduceOnly"].as_bool().unwrap(),
                status: in_our_words(order["status"].as_str().unwrap_or(""), size, filled)
                    .to_owned(),
            };
            Some((cloid, fate))
        })
        .collect()
}

/// The venue's word for what became of an order, as the tables have it.
#[track_caller]
fn in_our_words(status: &str, size: i128, filled: i128) -> &'static str {
    match status {
        "open" | "triggered" if filled > 0 => "PartiallyFilled",
        "open" | "triggered" => "Open",
        // The venue calls it filled as well when the rest of an immediate order was dropped.
        "filled" if filled < size => "Canceled",
        "filled" => "Filled",
        _ if status.ends_with("anceled") || status == "scheduledCancel" => "Canceled",
        _ if status.ends_with("ejected") => "FAILED",
        _ => panic!("the venue has an unknown status {status:?}"),
    }
}

fn bot_orders(db: &Db) -> BTreeMap<String, Fate> {
    db.rows("SELECT cloid, market, side, size, filled, reduce_only, status FROM orders")
        .iter()
        .map(|row| {
            let fate = Fate {
                market: row.get(1),
                side: row.get(2),
                size: units(row.get(3)),
                filled: units(row.get(4)),
                reduce_only: row.get(5),
                status: row.get(6),
            };
            (row.get(0), fate)
        })
        .collect()
}
