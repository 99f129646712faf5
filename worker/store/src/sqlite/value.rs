//! Values on their way into columns and back. Nothing is rounded or cut on either way.

use std::fmt::Display;
use std::str::FromStr;

use aicoin_domain::{MarketId, TimeMs};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// What every row of one bot has in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner<'a> {
    pub(super) bot: &'a str,
    pub(super) markets: &'a [String],
    pub(super) spec_generation: i64,
    pub(super) epoch: i64,
}

impl<'a> Owner<'a> {
    /// The market's name.
    pub(super) fn market(self, market: MarketId) -> Result<&'a str, sqlx::Error> {
        self.markets
            .get(market.index())
            .map(String::as_str)
            .ok_or_else(|| refused(format!("there is no market number {}", market.0)))
    }
}

/// A count or number in a signed column.
pub(super) fn signed(value: u64) -> Result<i64, sqlx::Error> {
    i64::try_from(value)
        .map_err(|_| refused(format!("the number {value} is too large for a column")))
}

/// A count or number out of a signed column.
pub(super) fn unsigned(value: i64) -> Result<u64, sqlx::Error> {
    u64::try_from(value)
        .map_err(|_| damaged(format!("{value} stands where no negative number can be")))
}

/// A number that must not be negative.
pub(super) fn number(row: &SqliteRow, column: &str) -> Result<u64, sqlx::Error> {
    unsigned(row.try_get(column)?)
}

/// The same where it may be missing.
pub(super) fn optional_number(row: &SqliteRow, column: &str) -> Result<Option<u64>, sqlx::Error> {
    row.try_get::<Option<i64>, _>(column)?
        .map(unsigned)
        .transpose()
}

/// An amount or another value that is kept as its text.
pub(super) fn parsed<T: FromStr<Err: Display>>(
    row: &SqliteRow,
    column: &str,
) -> Result<T, sqlx::Error> {
    parse(row.try_get(column)?, column)
}

/// The same where it may be missing.
pub(super) fn optional_parsed<T: FromStr<Err: Display>>(
    row: &SqliteRow,
    column: &str,
) -> Result<Option<T>, sqlx::Error> {
    row.try_get::<Option<&str>, _>(column)?
        .map(|text| parse(text, column))
        .transpose()
}

/// A point in time.
pub(super) fn time(row: &SqliteRow, column: &str) -> Result<TimeMs, sqlx::Error> {
    row.try_get(column).map(TimeMs)
}

/// A value that the tables cannot hold.
pub(super) fn refused(cause: String) -> sqlx::Error {
    sqlx::Error::Encode(cause.into())
}

/// A stored value that nobody wrote.
pub(super) fn damaged(cause: String) -> sqlx::Error {
    sqlx::Error::Decode(cause.into())
}

fn parse<T: FromStr<Err: Display>>(text: &str, column: &str) -> Result<T, sqlx::Error> {
    text.parse()
        .map_err(|error| damaged(format!("the column {column} holds {text:?}, which {error}")))
}
