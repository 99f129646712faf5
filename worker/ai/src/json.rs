//! JSON read so that nothing is lost: keys that come twice are seen, numbers stay the text that was written. Pure.
//!
//! `serde_json` keeps the last of two equal keys and turns a price into a float; both would be silent. So each object is
//! taken apart one level at a time into its raw parts.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// How deep a reply may be nested. The schema needs 3; the limit stands before any recursion.
pub(crate) const NESTING_MAX: usize = 8;

/// The raw parts of one JSON object.
pub(crate) struct Object<'a> {
    parts: BTreeMap<String, &'a RawValue>,
    has_duplicate: bool,
}

/// A part as far as the schema has use for it.
pub(crate) enum Part<'a> {
    /// Not there, or `null`: models write both for "none".
    Absent,
    /// A number, as it was written.
    Number(&'a str),
    /// A string.
    Text(String),
    /// A boolean, a list, an object, or a string that is no text.
    Other,
}

impl<'a> Object<'a> {
    /// Takes an object apart; `None` when the part is none.
    pub(crate) fn of(raw: &'a RawValue) -> Option<Self> {
        let mut deserializer = serde_json::Deserializer::from_str(raw.get());
        deserializer.deserialize_map(ObjectVisitor).ok()
    }

    /// Whether a key comes twice.
    pub(crate) const fn has_duplicate(&self) -> bool {
        self.has_duplicate
    }

    /// The keys.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.parts.keys().map(String::as_str)
    }

    /// The part of a name.
    pub(crate) fn part(&self, name: &str) -> Part<'a> {
        let Some(text) = self.parts.get(name).map(|raw| raw.get()) else {
            return Part::Absent;
        };
        match text.as_bytes().first() {
            Some(b'n') => Part::Absent,
            Some(b'-' | b'0'..=b'9') => Part::Number(text),
            Some(b'"') => serde_json::from_str(text).map_or(Part::Other, Part::Text),
            _ => Part::Other,
        }
    }

    /// The elements of a list of a name; `None` when it is none.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<&'a RawValue>> {
        self.parts
            .get(name)
            .and_then(|raw| serde_json::from_str(raw.get()).ok())
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut object = Object {
            parts: BTreeMap::new(),
            has_duplicate: false,
        };
        while let Some((key, raw)) = map.next_entry::<String, &'de RawValue>()? {
            match object.parts.entry(key) {
                Entry::Vacant(place) => {
                    place.insert(raw);
                }
                Entry::Occupied(_) => object.has_duplicate = true,
            }
        }
        Ok(object)
    }
}

/// Why a text is not one JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotOne {
    /// It ends in the middle.
    CutOff,
    /// It is not JSON, or not an object.
    NotJson,
    /// It is nested too deeply.
    TooDeep,
    /// Something follows it.
    TrailingText,
}

/// The one JSON object that a text consists of, a Markdown fence around it taken off.
pub(crate) fn only_object(text: &str) -> Result<&RawValue, NotOne> {
    let text = text.trim();
    let (body, fenced) = match text.strip_prefix("```") {
        Some(rest) => (after_info_string(rest).ok_or(NotOne::NotJson)?, true),
        None => (text, false),
    };
    if is_too_deep(body) {
        return Err(NotOne::TooDeep);
    }
    let mut values = serde_json::Deserializer::from_str(body).into_iter::<&RawValue>();
    let raw = match values.next() {
        Some(Ok(raw)) => raw,
        Some(Err(error)) if error.is_eof() => return Err(NotOne::CutOff),
        Some(Err(_)) => return Err(NotOne::NotJson),
        None => {
            return Err(if fenced {
                NotOne::CutOff
            } else {
                NotOne::NotJson
            });
        }
    };
    if !raw.get().starts_with('{') {
        return Err(NotOne::NotJson);
    }
    let rest = body.get(values.byte_offset()..).unwrap_or_default().trim();
    match (fenced, rest) {
        (false, "") | (true, "```") => Ok(raw),
        (true, "") => Err(NotOne::CutOff),
        _ => Err(NotOne::TrailingText),
    }
}

/// What follows the first line of a fence, which may name the language.
fn after_info_string(rest: &str) -> Option<&str> {
    let word_end = rest
        .find(|character: char| !character.is_ascii_alphanumeric())
        .unwrap_or(rest.len());
    let (word, body) = rest.split_at_checked(word_end)?;
    (word.is_empty() || word.eq_ignore_ascii_case("json")).then_some(body)
}

/// Counts brackets outside of strings. On text that is no JSON the count means nothing, and the parser refuses it.
fn is_too_deep(text: &str) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth = depth.saturating_add(1),
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > NESTING_MAX {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_object_and_nothing_else() {
        let table = [
            ("{}", Ok("{}")),
            (" \n{}\n ", Ok("{}")),
            ("```json\n{}\n```", Ok("{}")),
            ("```JSON {} ```", Ok("{}")),
            ("```\n{}```", Ok("{}")),
            (
                "```json\n{}\n``` hope this helps",
                Err(NotOne::TrailingText),
            ),
            ("```json\n{}", Err(NotOne::CutOff)),
            ("```json", Err(NotOne::CutOff)),
            ("```python\n{}\n```", Err(NotOne::NotJson)),
            ("Here it is: {}", Err(NotOne::NotJson)),
            ("{} {}", Err(NotOne::TrailingText)),
            ("{},", Err(NotOne::TrailingText)),
            ("{\"a\":", Err(NotOne::CutOff)),
            ("{\"a\":NaN}", Err(NotOne::NotJson)),
            ("{'a':1}", Err(NotOne::NotJson)),
            ("[]", Err(NotOne::NotJson)),
            ("1", Err(NotOne::NotJson)),
            ("\u{feff}{}", Err(NotOne::NotJson)),
        ];
        for (text, expected) in table {
            assert_eq!(only_object(text).map(RawValue::get), expected, "{text:?}");
        }
    }

    #[test]
    fn nesting_has_a_limit_and_brackets_in_strings_are_text() {
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(only_object(&nested(NESTING_MAX - 1)).is_ok());
        assert_eq!(
            only_object(&nested(NESTING_MAX)).err(),
            Some(NotOne::TooDeep)
        );
        assert_eq!(
            only_object(&"[".repeat(60_000)).err(),
            Some(NotOne::TooDeep)
        );
        assert!(only_object(r#"{"a":"[[[[[[[[[[\"[[[[["}"#).is_ok());
    }

    #[test]
    fn keys_that_come_twice_are_seen_whatever_their_spelling() {
        let twice = |text: &str| {
            Object::of(only_object(text).unwrap())
                .unwrap()
                .has_duplicate()
        };
        assert!(twice(r#"{"a":1,"a":1}"#));
        assert!(twice(r#"{"a":1,"\u0061":2}"#));
        assert!(!twice(r#"{"a":1,"A":2}"#));
    }

    #[test]
    fn a_number_stays_its_text() {
        let object =
            Object::of(only_object(r#"{"p":46319.10,"n":null,"s":"x","o":true}"#).unwrap())
                .unwrap();
        assert!(matches!(object.part("p"), Part::Number("46319.10")));
        assert!(matches!(object.part("n"), Part::Absent));
        assert!(matches!(object.part("q"), Part::Absent));
        assert!(matches!(object.part("s"), Part::Text(text) if text == "x"));
        assert!(matches!(object.part("o"), Part::Other));
    }
}
