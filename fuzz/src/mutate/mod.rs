//! Changes an input into another that is almost as good: what is wrong in one place only gets deepest into a parser.
//!
//! Where the input is JSON (or YAML that is one document), the tree is changed: fields that are missing, doubled, of
//! another type, numbers at the edges. Otherwise, and now and then in any case, its lines and bytes are.
//! A first line that belongs to no JSON stays in front: it says how a target reads the rest.

mod bytes;
mod dice;
mod node;
mod tree;

use crate::random::Random;
use dice::Dice;
use node::Node;

/// How many bytes the decisions of one change may take.
const DECISIONS_BYTES: usize = 256;
/// The most changes of one input at once.
const CHANGES_MAX: usize = 5;

/// Changes `input`; parts of `other` may get into it.
#[must_use]
pub fn mutate(input: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let decisions = random.bytes(DECISIONS_BYTES);
    let mut dice = Dice::new(&decisions);
    let (line, body) = split(input);
    let (other_line, other_body) = split(other);
    let line = if dice.one_in(16) { other_line } else { line };
    let changes = 1 + dice.below(CHANGES_MAX);
    let tree = std::str::from_utf8(body).ok().and_then(Node::parse);
    let body = match tree {
        Some(mut tree) if !dice.one_in(4) => {
            let other = std::str::from_utf8(other_body).ok().and_then(Node::parse);
            for _ in 0..changes {
                tree::change(&mut tree, other.as_ref(), &mut dice);
            }
            let mut written = Vec::new();
            tree.write(&mut written);
            if dice.one_in(8) {
                bytes::change(&mut written, other_body, &mut dice);
            }
            written
        }
        Some(_) | None => {
            let mut body = body.to_vec();
            for _ in 0..changes {
                bytes::change(&mut body, other_body, &mut dice);
            }
            body
        }
    };
    [line, &body].concat()
}

/// The first line with its end, where it is one word or a few and JSON follows, and the rest.
fn split(input: &[u8]) -> (&[u8], &[u8]) {
    let Some(end) = input.iter().position(|byte| *byte == b'\n') else {
        return (&[], input);
    };
    let (line, rest) = input.split_at(end.saturating_add(1));
    let is_words = line
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'\n'));
    let is_json = matches!(rest.first(), Some(b'{' | b'[' | b'"'));
    if is_words && is_json {
        (line, rest)
    } else {
        (&[], input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUT: &[u8] = br#"{"coin":"BTC","levels":[[1,2.5],["3",null]],"is":true}"#;

    fn many(input: &[u8]) -> Vec<Vec<u8>> {
        let mut random = Random::new(7);
        (0..2000)
            .map(|_| mutate(input, INPUT, &mut random))
            .collect()
    }

    #[test]
    fn about_half_of_the_changed_inputs_are_still_json_and_few_are_the_same() {
        let all = many(INPUT);
        let json = all
            .iter()
            .filter(|input| serde_json::from_slice::<serde_json::Value>(input).is_ok())
            .count();
        assert!((800..1400).contains(&json), "{json}");
        let same = all.iter().filter(|input| *input == INPUT).count();
        assert!(same < 100, "{same}");
    }

    #[test]
    fn the_same_seed_makes_the_same_changes() {
        assert_eq!(many(INPUT), many(INPUT));
    }

    #[test]
    fn a_first_line_that_says_how_to_read_stays_in_front() {
        let input = [b"exchange 200 1\n", INPUT].concat();
        let kept = many(&input)
            .iter()
            .filter(|input| input.starts_with(b"exchange 200 1\n"))
            .count();
        assert!(kept > 1500, "{kept}");
        assert_eq!(split(b"apiVersion: a\nkind: b\n").0, b"");
    }
}
