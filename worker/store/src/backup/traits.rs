//! What a kind of database brings along to be backed up and restored.

use super::error::BackupError;
use super::row::{Cell, Row};
use super::tables::Table;

/// One bot's rows as they stood at one moment.
pub(crate) trait Source {
    /// The bot, as `namespace/name`.
    fn bot(&self) -> &str;

    /// The kind of database, as a word.
    fn kind(&self) -> &'static str;

    /// How many rows the bot has in a table.
    async fn count(&mut self, table: &Table) -> Result<u64, BackupError>;

    /// Every row of the bot in a table, in the table's order, with a cell for each column.
    async fn rows(
        &mut self,
        table: &Table,
        each: &mut impl FnMut(&[Cell]) -> Result<(), BackupError>,
    ) -> Result<(), BackupError>;

    /// Ends the reading.
    async fn close(self) -> Result<(), BackupError>;
}

/// An empty place that is being filled. What was inserted is there once it is committed, and not before.
pub(crate) trait Target {
    /// Adds rows of a table. They come in the order of the tables, and of the rows.
    async fn insert(&mut self, table: &Table, rows: &[Row]) -> Result<(), BackupError>;

    /// Keeps all of it.
    async fn commit(self) -> Result<(), BackupError>;

    /// Keeps nothing.
    async fn give_up(self);
}
