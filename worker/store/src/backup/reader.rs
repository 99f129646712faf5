//! Reading a backup: line by line, and nothing is believed that does not add up.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zstd::stream::read::Decoder;

use super::error::BackupError;
use super::line::{FORMAT, Header, MAGIC, Mark, columns, hexadecimal};
use super::row::{self, Row};
use super::tables::{TABLES, Table, TablesVersion};
use super::{BackupReport, Progress};

/// The longest line that is read, bytes: a hundred times the largest state of a bot.
const LINE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What comes next in a file.
#[derive(Debug)]
pub(super) enum Item {
    /// A table begins.
    Section(&'static Table),
    /// A row of it.
    Row(Row),
    /// It is over.
    End,
}

/// A backup that is being read.
pub(super) struct Reader {
    path: PathBuf,
    file_bytes: u64,
    input: BufReader<Decoder<'static, BufReader<Counted>>>,
    line: Vec<u8>,
    header: Header,
    all: Sha256,
    section: Sha256,
    table: Option<&'static Table>,
    section_rows: u64,
    rows: Vec<(&'static str, u64)>,
    /// Its last line was read, and added up.
    over: bool,
}

impl Reader {
    /// Opens a file and reads its header.
    pub(super) fn open(path: &Path) -> Result<Self, BackupError> {
        let failed = |error: io::Error| BackupError::Unreadable {
            file: path.to_owned(),
            cause: error.to_string(),
        };
        let file = File::open(path).map_err(failed)?;
        let file_bytes = file.metadata().map_err(failed)?.len();
        let decoder = Decoder::new(Counted { file, bytes: 0 }).map_err(failed)?;
        let mut reader = Self {
            path: path.to_owned(),
            file_bytes,
            input: BufReader::new(decoder),
            line: Vec::new(),
            header: Header::new("", "", 0),
            all: Sha256::new(),
            section: Sha256::new(),
            table: None,
            section_rows: 0,
            rows: Vec::with_capacity(TABLES.len()),
            over: false,
        };
        reader.read_header()?;
        Ok(reader)
    }

    pub(super) fn progress(&self, doing: &'static str) -> Progress {
        Progress {
            doing,
            done: self.input.get_ref().get_ref().get_ref().bytes,
            total: self.file_bytes,
        }
    }

    /// What the file was, once all of it was read.
    pub(super) fn report(self) -> Result<BackupReport, BackupError> {
        if !self.over {
            return Err(self.damaged("it was not read to its end"));
        }
        Ok(BackupReport {
            bot: self.header.bot,
            taken_at_ms: self.header.taken_at_ms,
            rows: self.rows,
            file_bytes: self.file_bytes,
        })
    }

    fn read_header(&mut self) -> Result<(), BackupError> {
        let no_backup = |this: &Self| BackupError::NoBackup {
            file: this.path.clone(),
        };
        // What cannot even be unpacked from its first byte on is something else.
        match self.read_line() {
            Ok(true) if self.line == MAGIC.as_bytes() => {}
            Err(error @ BackupError::Cut { .. }) if self.file_bytes > 0 => return Err(error),
            Ok(_) | Err(_) => return Err(no_backup(self)),
        }
        if !self.read_line()? {
            return Err(self.cut("before its header"));
        }
        // Its version before anything else: a later one may have other fields.
        let value: serde_json::Value =
            serde_json::from_slice(&self.line).map_err(|_| self.damaged("its header"))?;
        let version = |name: &str| {
            let number = value.get(name).and_then(serde_json::Value::as_u64);
            number.and_then(|number| u32::try_from(number).ok())
        };
        let (Some(format), Some(schema)) = (version("format"), version("schema")) else {
            return Err(self.damaged("its header"));
        };
        if format > FORMAT {
            return Err(BackupError::newer(&self.path, "format", format, FORMAT));
        }
        if schema > TablesVersion::NEWEST.0 {
            return Err(BackupError::newer_tables(&self.path, schema));
        }
        self.header = serde_json::from_value(value).map_err(|_| self.damaged("its header"))?;
        Ok(())
    }

    /// The next table, row or end; `None` after the file's own last line, which added up.
    pub(super) fn next(&mut self) -> Result<Option<Item>, BackupError> {
        if self.over {
            return Ok(None);
        }
        // The last line is about those before it.
        let all = self.all.clone();
        let section = self.section.clone();
        if !self.read_line()? {
            let place = match self.table {
                Some(table) => format!("in the table {}", table.name),
                None => format!("after {} tables", self.rows.len()),
            };
            return Err(self.cut(&place));
        }
        if self.line.first() == Some(&b'[') {
            return self.row().map(Some);
        }
        let mark: Mark = serde_json::from_slice(&self.line)
            .map_err(|_| self.damaged("a line in it is neither a row nor a mark"))?;
        match mark {
            Mark::Section { table, columns } => self.begin(&table, &columns).map(Some),
            Mark::End { end, rows, sha256 } => self.end(&end, rows, &sha256, section).map(Some),
            Mark::Over {
                sections,
                rows,
                sha256,
            } => {
                self.over(sections, rows, &sha256, all)?;
                Ok(None)
            }
        }
    }

    fn row(&mut self) -> Result<Item, BackupError> {
        let Some(table) = self.table else {
            return Err(self.damaged("a row in it belongs to no table"));
        };
        let row = row::parse(table, &self.line).map_err(|why| {
            let number = self.section_rows.saturating_add(1);
            self.damaged(&format!("row {number} of the table {}: {why}", table.name))
        })?;
        self.section_rows = self.section_rows.saturating_add(1);
        Ok(Item::Row(row))
    }

    fn begin(&mut self, name: &str, named: &[(String, String)]) -> Result<Item, BackupError> {
        let expected = TABLES.get(self.rows.len());
        let table =
            Table::find(name).filter(|table| self.table.is_none() && expected == Some(table));
        let Some(table) = table else {
            return Err(self.damaged(&format!("the table {name:?} is not expected there")));
        };
        if named != columns(table) {
            return Err(self.damaged(&format!("the table {name} has other columns")));
        }
        // Its sum begins with this line.
        self.section = Sha256::new();
        self.section.update(&self.line);
        self.section.update(b"\n");
        self.table = Some(table);
        self.section_rows = 0;
        Ok(Item::Section(table))
    }

    fn end(
        &mut self,
        name: &str,
        rows: u64,
        sha256: &str,
        section: Sha256,
    ) -> Result<Item, BackupError> {
        let Some(table) = self.table.take().filter(|table| table.name == name) else {
            return Err(self.damaged(&format!("the table {name:?} ends where it does not begin")));
        };
        if rows != self.section_rows || sha256 != hexadecimal(&section.finalize()) {
            return Err(self.damaged(&format!("the sum of the table {name} does not add up")));
        }
        self.rows.push((table.name, rows));
        Ok(Item::End)
    }

    fn over(
        &mut self,
        sections: u64,
        rows: u64,
        sha256: &str,
        all: Sha256,
    ) -> Result<(), BackupError> {
        let read: u64 = self.rows.iter().map(|(_, rows)| *rows).sum();
        let is_whole = self.table.is_none()
            && self.rows.len() == TABLES.len()
            && u64::try_from(self.rows.len()) == Ok(sections);
        if !is_whole || rows != read || sha256 != hexadecimal(&all.finalize()) {
            return Err(self.damaged("its sum does not add up"));
        }
        if self.read_line()? {
            return Err(self.damaged("something follows its end"));
        }
        self.over = true;
        Ok(())
    }

    /// Reads a line, without its end. False at the end of the file.
    fn read_line(&mut self) -> Result<bool, BackupError> {
        self.line.clear();
        let read = (&mut self.input)
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut self.line);
        match read {
            Ok(0) => return Ok(false),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(self.cut("in the middle"));
            }
            Err(error) => return Err(self.damaged(&format!("it cannot be unpacked ({error})"))),
        }
        if self.line.last() != Some(&b'\n') {
            return Err(self.cut("in the middle of a line"));
        }
        self.all.update(&self.line);
        self.section.update(&self.line);
        self.line.pop();
        Ok(true)
    }

    fn cut(&self, place: &str) -> BackupError {
        BackupError::Cut {
            file: self.path.clone(),
            place: place.to_owned(),
        }
    }

    fn damaged(&self, what: &str) -> BackupError {
        BackupError::Damaged {
            file: self.path.clone(),
            what: what.to_owned(),
        }
    }
}

/// A file, and how much of it was read.
struct Counted {
    file: File,
    bytes: u64,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.bytes = self.bytes.saturating_add(u64::try_from(read).unwrap_or(0));
        Ok(read)
    }
}
