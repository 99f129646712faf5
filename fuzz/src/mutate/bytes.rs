//! Changes of lines and bytes, whatever they mean.

use super::dice::Dice;

/// What means something to JSON, to YAML, or to what reads a text after it.
const TOKENS: [&[u8]; 28] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"null",
    b"-",
    b"1e999",
    b"\n",
    b"\n---\n",
    b"  ",
    b"\t",
    b"# ",
    b"&a ",
    b"*a",
    b"<<: ",
    b"!!binary ",
    b"|\n",
    b"```json\n",
    b"```",
    b"\xff",
    b"\xc3",
    b"\0",
];

/// Makes one change.
pub(super) fn change(input: &mut Vec<u8>, other: &[u8], dice: &mut Dice<'_>) {
    let place = dice.below(input.len().saturating_add(1));
    match dice.below(9) {
        0 => {
            let bit = 1 << dice.below(8);
            if let Some(byte) = input.get_mut(place) {
                *byte ^= bit;
            }
        }
        1 => {
            let byte = dice.byte();
            input.insert(place, byte);
        }
        2 | 3 => {
            let token = dice.pick(&TOKENS).copied().unwrap_or_default();
            input.splice(place..place, token.iter().copied());
        }
        4 => input.truncate(place),
        5 => {
            let end = place.saturating_add(dice.below(32)).min(input.len());
            input.drain(place..end);
        }
        6 => {
            let end = place.saturating_add(dice.below(200)).min(input.len());
            let part = input.get(place..end).unwrap_or_default().to_vec();
            let to = dice.below(input.len().saturating_add(1));
            input.splice(to..to, part);
        }
        7 => {
            let from = dice.below(other.len().saturating_add(1));
            input.truncate(place);
            input.extend_from_slice(other.get(from..).unwrap_or_default());
        }
        _ => lines(input, dice),
    }
}

/// Takes a line out, doubles it, or moves it in or out by two spaces.
fn lines(input: &mut Vec<u8>, dice: &mut Dice<'_>) {
    let mut lines: Vec<Vec<u8>> = input
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    let place = dice.below(lines.len());
    let how = dice.below(4);
    let Some(line) = lines.get_mut(place) else {
        return;
    };
    match how {
        0 => {
            lines.remove(place);
        }
        1 => {
            let again = line.clone();
            lines.insert(place, again);
        }
        2 => {
            line.splice(0..0, *b"  ");
        }
        _ => {
            let spaces = line
                .iter()
                .take(2)
                .take_while(|byte| **byte == b' ')
                .count();
            line.drain(..spaces);
        }
    }
    *input = lines.join(&b'\n');
}
