//! A whole bot in one file: what its store held at one moment, in a form that belongs to no database.
//!
//! - [`backup()`] reads inside one transaction, beside a worker that goes on writing, and takes no lock of the data
//!   directory. The file appears under its name whole, or not at all.
//! - [`restore()`] checks every sum of the file before it touches anything, and fills an empty place in one transaction.
//!
//! ```text
//! Source (a reader per kind of database) ──rows──> Writer ──> FILE ──> Reader ──rows──> Target (a writer per kind)
//!                                                     tables: what both sides agree on
//! ```
//!
//! Nothing is left out or reset: the lease, unresolved orders, both saved states and the journal come back as they were,
//! so what goes on from them doubles nothing.
//!
//! The format is described in `docs/backup.md`.

mod draft;
mod error;
mod line;
mod reader;
mod row;
mod tables;
mod traits;
mod writer;

use std::path::{Path, PathBuf};

pub use error::BackupError;
pub(crate) use row::{Cell, Row};
pub(crate) use tables::{Column, Kind, TABLES, Table};
pub(crate) use traits::{Source, Target};

use crate::clock::now_ms;
use crate::sqlite::{SqliteSource, SqliteTarget};
use draft::Draft;
use line::Header;
use reader::{Item, Reader};
use writer::Writer;

/// Rows that are handed to a database at once.
const ROWS_AT_ONCE: usize = 100;

/// Where a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A data directory, or the database file in one.
    Sqlite(PathBuf),
}

/// How far the work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done, as a word or two.
    pub doing: &'static str,
    /// What is done of it.
    pub done: u64,
    /// All of it: rows, or bytes of the file.
    pub total: u64,
}

/// What was written or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupReport {
    /// The bot, as `namespace/name`.
    pub bot: String,
    /// When the backup was taken, ms since 1970.
    pub taken_at_ms: i64,
    /// How many rows of each table, in the order of the file.
    pub rows: Vec<(&'static str, u64)>,
    /// The size of the file, bytes.
    pub file_bytes: u64,
}

/// Writes one bot's store into a file. Of several bots in it one must be named.
///
/// # Errors
/// When the store cannot be read or the file cannot be written. There is no file then, or the one that was there.
pub async fn backup(
    place: &Place,
    bot: Option<&str>,
    to: &Path,
    force: bool,
    progress: impl FnMut(Progress),
) -> Result<BackupReport, BackupError> {
    let draft = Draft::create(to, force)?;
    let Place::Sqlite(path) = place;
    let source = SqliteSource::open(path, bot).await?;
    write(source, draft, progress).await
}

async fn write(
    mut source: impl Source,
    draft: Draft,
    mut progress: impl FnMut(Progress),
) -> Result<BackupReport, BackupError> {
    let mut total: u64 = 0;
    for table in TABLES {
        total = total.saturating_add(source.count(table).await?);
    }
    let header = Header::new(source.bot(), source.kind(), now_ms());
    let mut writer = Writer::begin(draft, &header)?;
    let mut rows = Vec::with_capacity(TABLES.len());
    let mut done: u64 = 0;
    for table in TABLES {
        writer.section(table)?;
        source
            .rows(table, &mut |row: &[Cell]| {
                writer.row(row)?;
                done = done.saturating_add(1);
                progress(Progress {
                    doing: "writing",
                    done,
                    total,
                });
                Ok(())
            })
            .await?;
        rows.push((table.name, writer.end_section()?));
    }
    source.close().await?;
    let file_bytes = writer.finish()?;
    Ok(BackupReport {
        bot: header.bot,
        taken_at_ms: header.taken_at_ms,
        rows,
        file_bytes,
    })
}

/// Fills an empty place with what a file holds.
///
/// # Errors
/// When the file is no whole backup, or the place is not empty or cannot be written. Nothing is changed then.
pub async fn restore(
    from: &Path,
    place: &Place,
    mut progress: impl FnMut(Progress),
) -> Result<BackupReport, BackupError> {
    check(from, &mut progress)?;
    let Place::Sqlite(path) = place;
    let target = SqliteTarget::open(path).await?;
    // Read a second time, and checked again: it may be another file by now.
    fill(from, target, &mut progress).await
}

/// Reads a file to its end: every line is what it should be, and so is every sum.
fn check(from: &Path, progress: &mut impl FnMut(Progress)) -> Result<(), BackupError> {
    let mut reader = Reader::open(from)?;
    while reader.next()?.is_some() {
        progress(reader.progress("checking"));
    }
    reader.report().map(|_| ())
}

async fn fill(
    from: &Path,
    mut target: impl Target,
    progress: &mut impl FnMut(Progress),
) -> Result<BackupReport, BackupError> {
    let mut reader = Reader::open(from)?;
    let filled = pour(&mut reader, &mut target, progress).await;
    match filled {
        Ok(()) => {
            let report = reader.report()?;
            target.commit().await?;
            Ok(report)
        }
        Err(error) => {
            target.give_up().await;
            Err(error)
        }
    }
}

async fn pour(
    reader: &mut Reader,
    target: &mut impl Target,
    progress: &mut impl FnMut(Progress),
) -> Result<(), BackupError> {
    let mut rows: Vec<Row> = Vec::with_capacity(ROWS_AT_ONCE);
    let mut table: Option<&Table> = None;
    while let Some(item) = reader.next()? {
        let is_over = matches!(item, Item::End);
        match item {
            Item::Section(next) => table = Some(next),
            Item::Row(row) => rows.push(row),
            Item::End => {}
        }
        if let Some(table) = table
            && (rows.len() >= ROWS_AT_ONCE || (is_over && !rows.is_empty()))
        {
            target.insert(table, &rows).await?;
            rows.clear();
        }
        progress(reader.progress("restoring"));
    }
    Ok(())
}
