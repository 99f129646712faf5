//! Where the store is: a data directory, or the URL of a database.

use std::path::PathBuf;

use aicoin_store::backup::Place;

use crate::cli::StoreArgs;
use crate::fault::Fault;

/// The place that a person named.
pub(super) fn of(args: &StoreArgs) -> Result<Place, Fault> {
    match &args.database_url {
        Some(url) => of_url(url),
        None => Ok(Place::Sqlite(args.data_dir.clone())),
    }
}

fn of_url(url: &str) -> Result<Place, Fault> {
    // No sentence repeats the URL of a server: there may be a password in it.
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    match scheme.to_ascii_lowercase().as_str() {
        "sqlite" => of_sqlite(url),
        "postgres" | "postgresql" => Err(Fault::usage(
            "--database-url: a Postgres database cannot be backed up or restored yet; give a data directory or a sqlite: URL.",
        )),
        _ => Err(Fault::usage(
            "--database-url: write sqlite:PATH, with the path of a bot's aicoin.db.",
        )),
    }
}

/// `sqlite:PATH`, `sqlite://PATH`, with or without `?options`.
fn of_sqlite(url: &str) -> Result<Place, Fault> {
    let path = url.get("sqlite:".len()..).unwrap_or_default();
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    if path.is_empty() || path == ":memory:" {
        return Err(Fault::usage(
            "--database-url: it names no file; write sqlite:PATH, with the path of a bot's aicoin.db.",
        ));
    }
    Ok(Place::Sqlite(PathBuf::from(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_directory_or_a_url_of_a_file() {
        for (url, path) in [
            ("sqlite:data/aicoin.db", "data/aicoin.db"),
            ("SQLITE:///data/aicoin.db?mode=rwc", "/data/aicoin.db"),
        ] {
            assert_eq!(
                of_url(url).unwrap(),
                Place::Sqlite(PathBuf::from(path)),
                "{url}"
            );
        }
        for url in [
            "sqlite:",
            "sqlite::memory:",
            "postgres://u:secret@h/d",
            "http://u:secret@h/",
        ] {
            let sentence = of_url(url).unwrap_err().to_string();
            assert!(
                sentence.starts_with("--database-url: "),
                "{url}: {sentence}"
            );
            assert!(!sentence.contains("secret"), "{sentence}");
        }
    }
}
