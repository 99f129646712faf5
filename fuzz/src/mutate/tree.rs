//! Changes of a tree.

use super::dice::Dice;
use super::node::Node;

/// Numbers at edges: of floats, of integers, of fixed decimals, of what is sensible, and texts that are almost numbers.
const NUMBERS: [&str; 40] = [
    "0",
    "-0",
    "-1",
    "1",
    "0.0",
    "-0.5",
    "1e5",
    "1E308",
    "-1e-400",
    "1e999",
    "0.00000000000000000001",
    "100000000",
    "100000001",
    "10000000000",
    "-10000000000",
    "1000000000000000",
    "1000000000000001",
    "127",
    "255",
    "256",
    "65535",
    "2147483647",
    "-2147483648",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "170141183460469231731687303715884105727",
    "00",
    "01",
    ".5",
    "5.",
    "+1",
    "NaN",
    "Infinity",
    "0x10",
];

/// Texts that are read wrongly at times.
const TEXTS: [&str; 24] = [
    "",
    " ",
    "null",
    "true",
    "~",
    "@107",
    "#12",
    "PURR/USDC",
    "dex:COIN",
    "B",
    "A",
    "0x",
    "\u{0}",
    "\n",
    "\u{7f}\u{1b}[2J",
    "\u{202e}abc",
    "١٢",
    "\u{feff}BTC",
    "999999999999d",
    "1h30m",
    "{\"a\":1}",
    "open_long",
    "BTC",
    "\u{1F4A9}",
];

/// The longest run of one entry or letter that is made.
const REPEATED_MAX: usize = 400;
/// The deepest nesting that is made: more than any parser here goes along with.
const DEPTH_MAX: usize = 300;
/// A tree that is larger is not made larger.
const NODES_MAX: usize = 5000;

/// Makes one change.
pub(super) fn change(tree: &mut Node, other: Option<&Node>, dice: &mut Dice<'_>) {
    let count = tree.count();
    let number = dice.below(count);
    let donor = donor(tree, other, dice);
    let is_large = count > NODES_MAX;
    let Some(node) = tree.at_mut(number) else {
        return;
    };
    match dice.below(if is_large { 8 } else { 12 }) {
        0 => *node = Node::Bare(one_of(&NUMBERS, dice)),
        1 => *node = Node::Text(one_of(&NUMBERS, dice)),
        2 => *node = Node::Text(one_of(&TEXTS, dice)),
        3 => *node = plain(dice),
        4 => leave_out(node, dice),
        5 => rename(node, dice),
        6 => swap(node, dice),
        7 => tweak(node, dice),
        8 => *node = donor,
        9 => double(node, dice),
        10 => repeat(node, dice),
        _ => nest(node, donor, dice),
    }
}

/// A part of the same tree or of another.
fn donor(tree: &Node, other: Option<&Node>, dice: &mut Dice<'_>) -> Node {
    let from = match other {
        Some(other) if dice.one_in(2) => other,
        Some(_) | None => tree,
    };
    let number = dice.below(from.count());
    from.at(number).cloned().unwrap_or(Node::List(Vec::new()))
}

fn one_of(words: &[&str], dice: &mut Dice<'_>) -> String {
    dice.pick(words).copied().unwrap_or_default().to_owned()
}

fn plain(dice: &mut Dice<'_>) -> Node {
    match dice.below(5) {
        0 => Node::Bare("null".to_owned()),
        1 => Node::Bare("true".to_owned()),
        2 => Node::Bare("false".to_owned()),
        3 => Node::List(Vec::new()),
        _ => Node::Object(Vec::new()),
    }
}

fn leave_out(node: &mut Node, dice: &mut Dice<'_>) {
    match node {
        Node::List(entries) if !entries.is_empty() => {
            entries.remove(dice.below(entries.len()));
        }
        Node::Object(fields) if !fields.is_empty() => {
            fields.remove(dice.below(fields.len()));
        }
        Node::Text(text) => {
            text.pop();
        }
        Node::Bare(_) | Node::List(_) | Node::Object(_) => *node = Node::Bare("null".to_owned()),
    }
}

/// A field with another's name, a misspelt one, or one that nobody knows.
fn rename(node: &mut Node, dice: &mut Dice<'_>) {
    let Node::Object(fields) = node else {
        return tweak(node, dice);
    };
    let names: Vec<String> = fields.iter().map(|(name, _)| name.clone()).collect();
    let place = dice.below(fields.len());
    let Some((name, _)) = fields.get_mut(place) else {
        return;
    };
    match dice.below(3) {
        0 => *name = dice.pick(&names).cloned().unwrap_or_default(),
        1 => {
            name.pop();
        }
        _ => *name = one_of(&TEXTS, dice),
    }
}

fn swap(node: &mut Node, dice: &mut Dice<'_>) {
    match node {
        Node::List(entries) if entries.len() > 1 => {
            let (one, other) = (dice.below(entries.len()), dice.below(entries.len()));
            entries.swap(one, other);
        }
        Node::Object(fields) if fields.len() > 1 => {
            let (one, other) = (dice.below(fields.len()), dice.below(fields.len()));
            // The values only: the names stay in their places.
            let values = (
                fields.get(one).map(|(_, value)| value.clone()),
                fields.get(other).map(|(_, value)| value.clone()),
            );
            if let (Some(first), Some(second)) = values {
                if let Some((_, value)) = fields.get_mut(one) {
                    *value = second;
                }
                if let Some((_, value)) = fields.get_mut(other) {
                    *value = first;
                }
            }
        }
        Node::Bare(_) | Node::Text(_) | Node::List(_) | Node::Object(_) => tweak(node, dice),
    }
}

/// A number that is almost the same, a text with something in it, a text that is JSON changed inside.
fn tweak(node: &mut Node, dice: &mut Dice<'_>) {
    match node {
        Node::Bare(words) => tweak_number(words, dice),
        Node::Text(text) => {
            if let Some(mut inner) = Node::parse(text) {
                change(&mut inner, None, dice);
                let mut written = Vec::new();
                inner.write(&mut written);
                *text = String::from_utf8_lossy(&written).into_owned();
            } else if text.parse::<f64>().is_ok() && !dice.one_in(4) {
                tweak_number(text, dice);
            } else {
                tweak_text(text, dice);
            }
        }
        Node::List(entries) => entries.reverse(),
        Node::Object(fields) => fields.reverse(),
    }
}

fn tweak_number(words: &mut String, dice: &mut Dice<'_>) {
    match dice.below(6) {
        0 => words.insert(0, '-'),
        1 => words.push('0'),
        2 => words.push_str(".0000000001"),
        3 => words.push_str("e9"),
        4 => {
            words.pop();
        }
        _ => {
            let digit = char::from(b'0' + dice.byte() % 10);
            words.push(digit);
        }
    }
}

fn tweak_text(text: &mut String, dice: &mut Dice<'_>) {
    match dice.below(4) {
        0 => text.push_str(&one_of(&TEXTS, dice)),
        1 => text.insert_str(0, &one_of(&TEXTS, dice)),
        2 => {
            *text = text
                .repeat(1 + dice.below(REPEATED_MAX))
                .chars()
                .take(2000)
                .collect()
        }
        _ => *text = text.to_uppercase(),
    }
}

fn double(node: &mut Node, dice: &mut Dice<'_>) {
    match node {
        Node::List(entries) => {
            let place = dice.below(entries.len());
            if let Some(entry) = entries.get(place).cloned() {
                entries.push(entry);
            }
        }
        Node::Object(fields) => {
            let place = dice.below(fields.len());
            if let Some(field) = fields.get(place).cloned() {
                fields.push(field);
            }
        }
        Node::Bare(_) | Node::Text(_) => *node = Node::List(vec![node.clone(), node.clone()]),
    }
}

fn repeat(node: &mut Node, dice: &mut Dice<'_>) {
    let times = 1 + dice.below(REPEATED_MAX);
    match node {
        Node::List(entries) => {
            if let Some(entry) = entries.first().cloned()
                && entry.count().saturating_mul(times) < NODES_MAX
            {
                entries.extend(std::iter::repeat_n(entry, times));
            }
        }
        Node::Object(fields) => {
            if let Some((name, value)) = fields.first().cloned()
                && value.count().saturating_mul(times) < NODES_MAX
            {
                fields.extend((0..times).map(|number| (format!("{name}{number}"), value.clone())));
            }
        }
        Node::Bare(words) => *words = words.repeat(times % 50),
        Node::Text(text) => *text = text.repeat(times % 50),
    }
}

fn nest(node: &mut Node, donor: Node, dice: &mut Dice<'_>) {
    match node {
        Node::Object(fields) if !dice.one_in(4) => {
            fields.push((one_of(&TEXTS, dice), donor));
        }
        Node::List(entries) if !dice.one_in(4) => entries.push(donor),
        Node::Bare(_) | Node::Text(_) | Node::List(_) | Node::Object(_) => {
            let mut inner = std::mem::replace(node, Node::List(Vec::new()));
            for _ in 0..1 + dice.below(DEPTH_MAX) {
                inner = Node::List(vec![inner]);
            }
            *node = inner;
        }
    }
}
