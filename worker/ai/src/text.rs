//! What is done to text that an outsider wrote before it is kept: cut to a limit, control characters taken out.
//!
//! Never: change the meaning of a number or of a field; this is for words that people read.

/// The text up to `bytes_max`, cut between two characters.
pub(crate) fn cut(text: &str, bytes_max: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes_max))
        .unwrap_or(text)
}

/// The text up to `bytes_max`, in a form that every store takes: PostgreSQL refuses a zero character.
pub(crate) fn storable(text: &str, bytes_max: usize) -> String {
    cut(text, bytes_max).replace('\0', "\u{fffd}")
}

/// The text on one line, without control characters and without those that turn or hide text on a screen.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_whitespace() {
            plain.push(' ');
        } else if !character.is_control() && !is_invisible(character) {
            plain.push(character);
        }
    }
    plain
}

/// [`plain`], without surrounding spaces, up to `bytes_max`.
pub(crate) fn sentence(text: &str, bytes_max: usize) -> String {
    cut(plain(text).trim(), bytes_max).to_owned()
}

/// Zero-width characters, and marks that reverse the direction of what follows.
const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_never_splits_a_character() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("aé", 3), "aé");
        assert_eq!(cut("aé", 99), "aé");
    }

    #[test]
    fn text_cannot_forge_lines_or_hide() {
        assert_eq!(plain("a\nERROR b\u{1b}[31m\u{202e}c\0"), "a ERROR b[31mc");
        assert_eq!(storable("a\0b", 9), "a\u{fffd}b");
        assert_eq!(sentence("  too long  ", 5), "too l");
    }
}
