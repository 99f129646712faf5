//! Reading candle files: CSV with the columns `time,open,high,low,close,volume`. A bad row is refused with its line.

use std::path::{Path, PathBuf};

use aicoin_core::Candle;
use aicoin_domain::{DurationMs, Price, TimeMs};

use crate::fault::Fault;

/// Times below this are seconds or something else: in milliseconds it would be before March 1973.
const TIME_MS_MIN: i64 = 100_000_000_000;
/// A file larger than this is refused before it fills the memory: some 80 million candles.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// The candles of a file, in order of time.
#[derive(Debug)]
pub(super) struct CandleFile {
    /// Where they came from.
    pub path: PathBuf,
    /// The candles.
    pub candles: Vec<Candle>,
    /// The smallest distance between two of them; `None` with fewer than two.
    pub step: Option<DurationMs>,
}

/// Where the columns are.
struct Columns {
    time: usize,
    open: usize,
    high: usize,
    low: usize,
    close: usize,
    volume: Option<usize>,
}

impl CandleFile {
    /// Reads a file whole.
    pub(super) fn read(path: &Path) -> Result<Self, Fault> {
        let size = std::fs::metadata(path)
            .map_err(|error| {
                Fault::usage(format!(
                    "The candle file {} cannot be read: {error}.",
                    path.display()
                ))
            })?
            .len();
        if size > FILE_BYTES_MAX {
            return Err(Fault::usage(format!(
                "The candle file {} has {size} bytes; at most {FILE_BYTES_MAX} are read: split it.",
                path.display()
            )));
        }
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_path(path)
            .map_err(|error| {
                Fault::usage(format!(
                    "The candle file {} cannot be read: {error}.",
                    path.display()
                ))
            })?;
        let headers = reader
            .headers()
            .map_err(|error| bad(path, 1, &error.to_string()))?
            .clone();
        let columns = Columns::find(path, &headers)?;
        let mut candles: Vec<Candle> = Vec::new();
        let mut step: Option<i64> = None;
        let mut row = csv::StringRecord::new();
        loop {
            let more = reader.read_record(&mut row).map_err(|error| {
                let line = error.position().map_or(0, csv::Position::line);
                bad(path, line, &plain_words(&error))
            })?;
            if !more {
                break;
            }
            let line = row.position().map_or(0, csv::Position::line);
            let candle = columns.candle(path, line, &row)?;
            if let Some(last) = candles.last() {
                let distance = candle.time.0 - last.time.0;
                if distance <= 0 {
                    return Err(bad(
                        path,
                        line,
                        "its time is not after the row before it: sort the file by time",
                    ));
                }
                step = Some(step.map_or(distance, |known| known.min(distance)));
            }
            candles.push(candle);
        }
        if candles.is_empty() {
            return Err(Fault::usage(format!(
                "The candle file {} holds no candles.",
                path.display()
            )));
        }
        Ok(Self {
            path: path.to_owned(),
            candles,
            step: step.map(DurationMs),
        })
    }

    /// Merges the candles into slots of `interval`, counted from 1970. A slot without candles stays out.
    pub(super) fn merged(self, interval: DurationMs) -> Result<Vec<Candle>, Fault> {
        let Some(step) = self.step else {
            return Ok(self.candles);
        };
        if step.0 > interval.0 {
            return Err(Fault::usage(format!(
                "The candles of {} are {} apart, coarser than decision.interval {}: use a finer file or a longer interval.",
                self.path.display(),
                in_words(step),
                in_words(interval)
            )));
        }
        if interval.0 % step.0 != 0 {
            return Err(Fault::usage(format!(
                "decision.interval {} is no multiple of the {} between the candles of {}.",
                in_words(interval),
                in_words(step),
                self.path.display()
            )));
        }
        if step == interval
            && self
                .candles
                .iter()
                .all(|candle| candle.time == candle.time.floor(interval))
        {
            return Ok(self.candles);
        }
        let mut merged: Vec<Candle> = Vec::new();
        for candle in self.candles {
            let time = candle.time.floor(interval);
            match merged.last_mut() {
                Some(last) if last.time == time => {
                    last.high = last.high.max(candle.high);
                    last.low = last.low.min(candle.low);
                    last.close = candle.close;
                    last.volume += candle.volume;
                }
                Some(_) | None => merged.push(Candle { time, ..candle }),
            }
        }
        Ok(merged)
    }
}

impl Columns {
    fn find(path: &Path, headers: &csv::StringRecord) -> Result<Self, Fault> {
        let place = |name: &str| {
            headers.iter().position(|header| {
                header
                    .trim_start_matches('\u{feff}')
                    .eq_ignore_ascii_case(name)
            })
        };
        let needed = |name: &str| {
            place(name).ok_or_else(|| {
                bad(path, 1, &format!("there is no column `{name}`: the columns are time,open,high,low,close,volume"))
            })
        };
        Ok(Self {
            time: needed("time")?,
            open: needed("open")?,
            high: needed("high")?,
            low: needed("low")?,
            close: needed("close")?,
            volume: place("volume"),
        })
    }

    fn candle(&self, path: &Path, line: u64, row: &csv::StringRecord) -> Result<Candle, Fault> {
        let cell = |place: usize, name: &str| {
            row.get(place)
                .filter(|text| !text.is_empty())
                .ok_or_else(|| bad(path, line, &format!("`{name}` is missing")))
        };
        let price = |place: usize, name: &str| -> Result<Price, Fault> {
            let text = cell(place, name)?;
            let price = Price::parse_rounded(text)
                .map_err(|error| bad(path, line, &format!("`{name}` {} {error}", quoted(text))))?;
            if !price.is_positive() {
                return Err(bad(
                    path,
                    line,
                    &format!("`{name}` {} is not above zero", quoted(text)),
                ));
            }
            Ok(price)
        };
        let time = parse_time(cell(self.time, "time")?).map_err(|words| bad(path, line, &words))?;
        let (open, high) = (price(self.open, "open")?, price(self.high, "high")?);
        let (low, close) = (price(self.low, "low")?, price(self.close, "close")?);
        if high < open.max(close) || low > open.min(close) || high < low {
            return Err(bad(
                path,
                line,
                "open and close are not between low and high",
            ));
        }
        let volume = match self.volume {
            None => 0.0,
            Some(place) => {
                let text = cell(place, "volume")?;
                let volume: f64 = text.parse().map_err(|_| {
                    bad(
                        path,
                        line,
                        &format!("`volume` {} is not a number", quoted(text)),
                    )
                })?;
                if !volume.is_finite() || volume < 0.0 {
                    return Err(bad(
                        path,
                        line,
                        &format!("`volume` {} is not a finite number from zero", quoted(text)),
                    ));
                }
                volume
            }
        };
        Ok(Candle {
            time,
            open,
            high,
            low,
            close,
            volume,
        })
    }
}

/// Milliseconds since 1970, or ISO 8601; without an offset it is UTC.
fn parse_time(text: &str) -> Result<TimeMs, String> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let ms: i64 = text
            .parse()
            .map_err(|_| format!("`time` {} is too large", quoted(text)))?;
        if ms < TIME_MS_MIN {
            return Err(format!(
                "`time` {text} looks like seconds: it must be in milliseconds or ISO 8601"
            ));
        }
        return Ok(TimeMs(ms));
    }
    let with_offset = text.parse::<jiff::Timestamp>().ok();
    let time = with_offset.or_else(|| {
        let local: jiff::civil::DateTime = text.parse().ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(local).ok()
    });
    time.map(|time| TimeMs(time.as_millisecond()))
        .ok_or_else(|| {
            format!(
                "`time` {} is neither milliseconds nor ISO 8601",
                quoted(text)
            )
        })
}

/// A cell's text for a message, cut short: a broken file may hold anything.
fn quoted(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    format!("{short:?}")
}

fn bad(path: &Path, line: u64, words: &str) -> Fault {
    Fault::usage(format!("Line {line} of {}: {words}.", path.display()))
}

fn plain_words(error: &csv::Error) -> String {
    if let csv::ErrorKind::Utf8 { .. } = error.kind() {
        "it is not UTF-8 text".to_owned()
    } else if let csv::ErrorKind::Io(io) = error.kind() {
        io.to_string()
    } else {
        error.to_string()
    }
}

/// A span as people write it.
pub(super) fn in_words(span: DurationMs) -> String {
    let ms = span.0;
    if ms % 3_600_000 == 0 {
        format!("{} h", ms / 3_600_000)
    } else if ms % 60_000 == 0 {
        format!("{} min", ms / 60_000)
    } else if ms % 1000 == 0 {
        format!("{} s", ms / 1000)
    } else {
        format!("{ms} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<CandleFile, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("candles.csv");
        std::fs::write(&path, text).unwrap();
        CandleFile::read(&path).map_err(|fault| {
            fault
                .to_string()
                .replace(&path.display().to_string(), "FILE")
        })
    }

    #[test]
    fn a_malformed_row_is_refused_with_its_line() {
        let head = "time,open,high,low,close,volume\n1640991660000,10,12,9,11,5\n";
        let table = [
            (
                "1640991720000,10,12,9,x,5",
                "`close` \"x\" is not a decimal number",
            ),
            ("1640991720000,10,12,9", "`close` is missing"),
            ("1640991720000,10,12,9,,5", "`close` is missing"),
            (
                "1640991720000,10,9,9,10,5",
                "open and close are not between low and high",
            ),
            (
                "1640991720000,0,12,0,10,5",
                "`open` \"0\" is not above zero",
            ),
            (
                "1640991720000,-1,12,9,10,5",
                "`open` \"-1\" is not above zero",
            ),
            (
                "1640991720000,10,12,9,NaN,5",
                "`close` \"NaN\" is not a decimal number",
            ),
            (
                "1640991720000,10,12,9,10,inf",
                "`volume` \"inf\" is not a finite number from zero",
            ),
            (
                "1640991660000,10,12,9,10,5",
                "its time is not after the row before it: sort the file by time",
            ),
            (
                "1640991720,10,12,9,10,5",
                "`time` 1640991720 looks like seconds: it must be in milliseconds or ISO 8601",
            ),
            (
                "yesterday,10,12,9,10,5",
                "`time` \"yesterday\" is neither milliseconds nor ISO 8601",
            ),
        ];
        for (row, words) in table {
            assert_eq!(
                read(&format!("{head}{row}\n")).unwrap_err(),
                format!("Line 3 of FILE: {words}."),
                "{row}"
            );
        }
        assert_eq!(
            read("time,open,high,low\n").unwrap_err(),
            "Line 1 of FILE: there is no column `close`: the columns are time,open,high,low,close,volume."
        );
        assert_eq!(
            read("time,open,high,low,close,volume\n").unwrap_err(),
            "The candle file FILE holds no candles."
        );
    }

    #[test]
    fn iso_times_and_milliseconds_mean_the_same() {
        let iso = read(
            "time,open,high,low,close,volume\n2021-12-31T23:01:00Z,1,1,1,1,0\n2021-12-31 23:02:00,1,1,1,1,0\n",
        );
        let ms = read(
            "time,open,high,low,close,volume\n1640991660000,1,1,1,1,0\n1640991720000,1,1,1,1,0\n",
        );
        let (iso, ms) = (iso.unwrap(), ms.unwrap());
        assert_eq!((iso.candles, iso.step), (ms.candles, ms.step));
    }

    #[test]
    fn candles_are_merged_by_slots_and_a_coarser_file_is_refused() {
        let file = || {
            read(
                "time,open,high,low,close,volume\n\
                 1640991660000,10,12,9,11,1\n1640991720000,11,15,10,14,2\n1640991780000,14,14,8,8,4\n",
            )
            .unwrap()
        };
        let whole = |value: i64| Price::from_whole(value);
        let merged = file().merged(DurationMs::from_mins(3)).unwrap();
        // 23:00 to 23:03 holds the first two; the third begins a slot of its own.
        let expected = [
            Candle {
                time: TimeMs(1_640_991_600_000),
                open: whole(10),
                high: whole(15),
                low: whole(9),
                close: whole(14),
                volume: 3.0,
            },
            Candle {
                time: TimeMs(1_640_991_780_000),
                open: whole(14),
                high: whole(14),
                low: whole(8),
                close: whole(8),
                volume: 4.0,
            },
        ];
        assert_eq!(merged, expected);
        let refused = |interval| file().merged(interval).unwrap_err().to_string();
        assert!(refused(DurationMs::from_secs(30)).contains("coarser than decision.interval 30 s"));
        assert!(refused(DurationMs::from_secs(90)).contains("no multiple of the 1 min"));
    }
}
