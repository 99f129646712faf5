//! Text for a terminal.
//!
//! For: taking the teeth out of text that others wrote (a model's reasons, an exchange's words, a label), columns, ages.
//!
//! Never: passes on a character that moves the cursor, starts an escape sequence or turns the reading direction around.

/// The most characters of one foreign text on a screen: a sentence, not an essay.
const FOREIGN_CHARS_MAX: usize = 240;
/// What stands for a character that was taken out.
const REPLACEMENT: char = '\u{fffd}';

/// Could it do something to a terminal, or to the eye, beside being read?
fn harmful(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        )
}

/// One line of foreign text: white space becomes spaces, other harmful characters become `\u{fffd}`, and it is cut.
pub(crate) fn line(foreign: &str) -> String {
    let mut out: String = foreign
        .trim()
        .chars()
        .take(FOREIGN_CHARS_MAX)
        .map(|c| match c {
            c if c.is_whitespace() => ' ',
            c if harmful(c) => REPLACEMENT,
            c => c,
        })
        .collect();
    if foreign.trim().chars().count() > FOREIGN_CHARS_MAX {
        out.push('…');
    }
    out
}

/// Many lines: line ends and tabs stay, everything else as in [`line`], nothing is cut. The last thing before a terminal.
pub(crate) fn screen(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c == '\n' || c == '\t' || !harmful(c) {
                c
            } else {
                REPLACEMENT
            }
        })
        .collect()
}

/// JSON in which every harmful character is written as its escape: the same value, and safe to look at.
pub(crate) fn json(value: &serde_json::Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // serde_json escapes what is below U+0020 itself; what is left of it is the layout.
        if c != '\n' && harmful(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Rows as columns, three spaces apart; nothing behind the last one. Cells are foreign text.
pub(crate) fn columns(rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| line(cell)).collect())
        .collect();
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut out = String::new();
    for row in &rows {
        let mut text = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            text.push_str(cell);
            let padding = width.saturating_sub(cell.chars().count()) + 3;
            text.extend(std::iter::repeat_n(' ', padding));
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}

/// How long ago, as kubectl writes it: the two largest units while small, one when it does not matter any more.
pub(crate) fn age(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 if seconds % 60 != 0 => format!("{minutes}m{}s", seconds % 60),
        120..10_800 => format!("{minutes}m"),
        10_800..28_800 if minutes % 60 != 0 => format!("{hours}h{}m", minutes % 60),
        10_800..172_800 => format!("{hours}h"),
        172_800..691_200 if hours % 24 != 0 => format!("{days}d{}h", hours % 24),
        172_800..63_072_000 => format!("{days}d"),
        _ => format!("{}y", days / 365),
    }
}

/// `1 position`, `2 positions`.
pub(crate) fn count(number: u64, one: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {one}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_move_the_cursor_or_fake_a_line() {
        assert_eq!(
            line("ok\u{1b}[2J\nReady  True\r\u{9b}31m\u{7}"),
            "ok\u{fffd}[2J Ready  True \u{fffd}31m\u{fffd}"
        );
        assert_eq!(
            line("safe\u{202e}txe.exe\u{200b}"),
            "safe\u{fffd}txe.exe\u{fffd}"
        );
        assert_eq!(line("Kauf für 5 €, 買い"), "Kauf für 5 €, 買い");
    }

    #[test]
    fn a_long_foreign_text_is_cut_and_says_so() {
        let cut = line(&"x".repeat(10_000));
        assert_eq!(cut, format!("{}…", "x".repeat(240)));
        assert_eq!(line(&"x".repeat(240)), "x".repeat(240));
    }

    #[test]
    fn a_screen_keeps_its_lines_and_nothing_else_that_is_not_text() {
        assert_eq!(
            screen("a\tb\n\u{1b}[31mc\r\n"),
            "a\tb\n\u{fffd}[31mc\u{fffd}\n"
        );
    }

    #[test]
    fn json_for_the_eye_is_the_same_value() {
        let value = serde_json::json!({"reason": "\u{1b}[2J \u{9b} \u{202e} \u{e0041} é"});
        let text = json(&value);
        assert_eq!(
            text,
            "{\n  \"reason\": \"\\u001b[2J \\u009b \\u202e \\udb40\\udc41 é\"\n}"
        );
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
            value
        );
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            vec!["NAME".to_owned(), "STATE".to_owned(), "WHY".to_owned()],
            vec!["btc\nfake".to_owned(), "Running".to_owned(), String::new()],
            vec!["ä".to_owned(), String::new(), "x".to_owned()],
        ];
        assert_eq!(
            columns(&rows),
            "NAME       STATE     WHY\nbtc fake   Running\nä                    x\n"
        );
    }

    #[test]
    fn an_age_is_written_as_kubectl_writes_it() {
        let ages = [
            -5, 0, 119, 125, 600, 7_200, 10_860, 86_400, 176_400, 864_000, 94_608_000,
        ];
        assert_eq!(
            ages.map(age),
            [
                "0s", "0s", "119s", "2m5s", "10m", "120m", "3h1m", "24h", "2d1h", "10d", "3y"
            ]
        );
    }
}
