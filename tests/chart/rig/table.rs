//! Tables that people review: one row a line, tabs between columns, `#` before a comment.

use super::read;

/// The rows of a table with so many columns.
pub(crate) fn rows<const COLUMNS: usize>(path: &str) -> Vec<[String; COLUMNS]> {
    let rows: Vec<[String; COLUMNS]> = read(path)
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
            cells
                .try_into()
                .unwrap_or_else(|_| panic!("{path}: {line:?} has not {COLUMNS} columns"))
        })
        .collect();
    assert!(!rows.is_empty(), "{path} is empty");
    rows
}
