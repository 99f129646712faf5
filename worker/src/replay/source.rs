//! Where a recording is: a data directory, a database file, or a URL of one.

use std::path::PathBuf;

use crate::fault::Fault;

/// The directory or file that a person named.
pub(super) fn place(text: &str) -> Result<PathBuf, Fault> {
    let scheme = text
        .split_once(':')
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("postgres" | "postgresql") => Err(Fault::usage(
            "A Postgres database cannot be replayed yet: that comes with Postgres storage; give a data directory or a \
             sqlite: URL.",
        )),
        Some("sqlite") => of_url(text),
        Some(_) if text.contains("://") => Err(Fault::usage(format!(
            "{text}: a recording is in a data directory or behind a sqlite: URL."
        ))),
        Some(_) | None => Ok(PathBuf::from(text)),
    }
}

/// `sqlite:PATH`, `sqlite://PATH`, with or without `?options`, which only matter to who writes.
fn of_url(url: &str) -> Result<PathBuf, Fault> {
    let path = url.get("sqlite:".len()..).unwrap_or_default();
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    if path.is_empty() || path == ":memory:" {
        return Err(Fault::usage(format!(
            "{url} names no file; write sqlite:PATH, with the path of a bot's aicoin.db."
        )));
    }
    Ok(PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_and_every_form_of_url_name_a_place() {
        let table = [
            ("./aicoin-data", "./aicoin-data"),
            ("/data", "/data"),
            ("a:b", "a:b"),
            ("sqlite:aicoin-data/aicoin.db", "aicoin-data/aicoin.db"),
            ("sqlite:///data/aicoin.db", "/data/aicoin.db"),
            ("SQLITE://data/aicoin.db?mode=rwc", "data/aicoin.db"),
        ];
        for (text, expected) in table {
            assert_eq!(place(text).unwrap(), PathBuf::from(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_replayed_is_refused_with_a_sentence() {
        let table = [
            ("postgres://u:p@host/db", "comes with Postgres storage"),
            ("postgresql://host/db", "comes with Postgres storage"),
            ("sqlite:", "names no file"),
            ("sqlite::memory:", "names no file"),
            ("https://host/", "sqlite: URL"),
        ];
        for (text, words) in table {
            let sentence = place(text).unwrap_err().to_string();
            assert!(sentence.contains(words), "{text}: {sentence}");
            assert!(!sentence.contains("u:p@"), "no password: {sentence}");
        }
    }
}
