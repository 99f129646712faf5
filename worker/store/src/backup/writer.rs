//! Writing a backup.

use std::io::{self, Write};

use sha2::{Digest, Sha256};
use zstd::stream::write::Encoder;

use super::draft::Draft;
use super::error::BackupError;
use super::line::{Header, MAGIC, Mark, columns, hexadecimal};
use super::row::Cell;
use super::tables::Table;

/// How hard is pressed: half of the size of the level above would cost several times the time.
const LEVEL: i32 = 3;

/// A backup that is being written.
pub(super) struct Writer {
    out: Encoder<'static, Draft>,
    all: Sha256,
    section: Section,
    sections: u64,
    rows: u64,
    line: Vec<u8>,
}

#[derive(Default)]
struct Section {
    table: &'static str,
    rows: u64,
    sum: Sha256,
}

impl Writer {
    pub(super) fn begin(draft: Draft, header: &Header) -> Result<Self, BackupError> {
        let to = draft.to().to_owned();
        let failed = |error: io::Error| BackupError::unwritable(&to, &error);
        let mut out = Encoder::new(draft, LEVEL).map_err(failed)?;
        out.include_checksum(true).map_err(failed)?;
        let mut writer = Self {
            out,
            all: Sha256::new(),
            section: Section::default(),
            sections: 0,
            rows: 0,
            line: Vec::new(),
        };
        writer.line.extend_from_slice(MAGIC.as_bytes());
        writer.write_line(false)?;
        writer.put(header, false)?;
        Ok(writer)
    }

    /// A table begins.
    pub(super) fn section(&mut self, table: &'static Table) -> Result<(), BackupError> {
        self.section = Section {
            table: table.name,
            ..Section::default()
        };
        self.sections = self.sections.saturating_add(1);
        let mark = Mark::Section {
            table: table.name.to_owned(),
            columns: columns(table),
        };
        self.put(&mark, true)
    }

    /// A row of it.
    pub(super) fn row(&mut self, row: &[Cell]) -> Result<(), BackupError> {
        self.section.rows = self.section.rows.saturating_add(1);
        self.rows = self.rows.saturating_add(1);
        self.put(row, true)
    }

    /// The table is over: how many rows it had.
    pub(super) fn end_section(&mut self) -> Result<u64, BackupError> {
        let Section { table, rows, sum } = std::mem::take(&mut self.section);
        let mark = Mark::End {
            end: table.to_owned(),
            rows,
            sha256: hexadecimal(&sum.finalize()),
        };
        self.put(&mark, false)?;
        Ok(rows)
    }

    /// The last line. The size of the file, which is there now.
    pub(super) fn finish(mut self) -> Result<u64, BackupError> {
        let mark = Mark::Over {
            sections: self.sections,
            rows: self.rows,
            sha256: hexadecimal(&self.all.clone().finalize()),
        };
        self.put(&mark, false)?;
        let to = self.out.get_ref().to().to_owned();
        let draft = self
            .out
            .finish()
            .map_err(|error| BackupError::unwritable(&to, &error))?;
        draft.keep()
    }

    fn put(
        &mut self,
        what: &(impl serde::Serialize + ?Sized),
        of_section: bool,
    ) -> Result<(), BackupError> {
        serde_json::to_writer(&mut self.line, what)
            .map_err(|error| BackupError::unwritable(self.out.get_ref().to(), &error.into()))?;
        self.write_line(of_section)
    }

    fn write_line(&mut self, of_section: bool) -> Result<(), BackupError> {
        self.line.push(b'\n');
        self.all.update(&self.line);
        if of_section {
            self.section.sum.update(&self.line);
        }
        let written = self.out.write_all(&self.line);
        self.line.clear();
        written.map_err(|error| BackupError::unwritable(self.out.get_ref().to(), &error))
    }
}
