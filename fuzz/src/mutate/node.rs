//! A tree that keeps what a parser's own tree loses: the order of fields, fields that come twice, numbers as they were
//! written.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// `null`, a truth value or a number: anything that is written without quotes.
    Bare(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    /// A tree with something in it, from JSON, or from YAML of one document without tags.
    pub(super) fn parse(text: &str) -> Option<Self> {
        // Written out, aliases may be more than there is room for: they are changed as bytes.
        let may_be_yaml = !text.contains('*');
        let node: Self = serde_json::from_str(text)
            .ok()
            .or_else(|| may_be_yaml.then(|| serde_yaml::from_str(text).ok())?)?;
        match node {
            Self::List(_) | Self::Object(_) => Some(node),
            Self::Bare(_) | Self::Text(_) => None,
        }
    }

    /// As JSON, which is YAML too.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Bare(words) => out.extend_from_slice(words.as_bytes()),
            Self::Text(text) => write_text(text, out),
            Self::List(entries) => {
                out.push(b'[');
                for (place, entry) in entries.iter().enumerate() {
                    if place > 0 {
                        out.push(b',');
                    }
                    entry.write(out);
                }
                out.push(b']');
            }
            Self::Object(fields) => {
                out.push(b'{');
                for (place, (name, value)) in fields.iter().enumerate() {
                    if place > 0 {
                        out.push(b',');
                    }
                    write_text(name, out);
                    // YAML wants the space.
                    out.extend_from_slice(b": ");
                    value.write(out);
                }
                out.push(b'}');
            }
        }
    }

    /// How many nodes there are, this one counted.
    pub(super) fn count(&self) -> usize {
        1 + match self {
            Self::Bare(_) | Self::Text(_) => 0,
            Self::List(entries) => entries.iter().map(Self::count).sum(),
            Self::Object(fields) => fields.iter().map(|(_, value)| value.count()).sum::<usize>(),
        }
    }

    /// The node of a number, counted from this one, which is 0.
    pub(super) fn at(&self, number: usize) -> Option<&Self> {
        if number == 0 {
            return Some(self);
        }
        let mut left = number - 1;
        for child in self.children() {
            let count = child.count();
            if left < count {
                return child.at(left);
            }
            left -= count;
        }
        None
    }

    /// The same, to be changed.
    pub(super) fn at_mut(&mut self, number: usize) -> Option<&mut Self> {
        if number == 0 {
            return Some(self);
        }
        let mut left = number - 1;
        let children: Vec<&mut Self> = match self {
            Self::Bare(_) | Self::Text(_) => Vec::new(),
            Self::List(entries) => entries.iter_mut().collect(),
            Self::Object(fields) => fields.iter_mut().map(|(_, value)| value).collect(),
        };
        for child in children {
            let count = child.count();
            if left < count {
                return child.at_mut(left);
            }
            left -= count;
        }
        None
    }

    fn children(&self) -> Vec<&Self> {
        match self {
            Self::Bare(_) | Self::Text(_) => Vec::new(),
            Self::List(entries) => entries.iter().collect(),
            Self::Object(fields) => fields.iter().map(|(_, value)| value).collect(),
        }
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    // A text can always be written into memory.
    let _ = serde_json::to_writer(out, text);
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: Error>(self, is: bool) -> Result<Node, E> {
        Ok(Node::Bare(is.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Bare(number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Bare(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Bare(number.to_string()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Bare("null".to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element()? {
            entries.push(entry);
        }
        Ok(Node::List(entries))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Node::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(node: &Node) -> String {
        let mut out = Vec::new();
        node.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn order_and_doubled_fields_are_kept() {
        let text = r#"{"b": 1,"a": [null,true,"x\n"],"b": -2.5}"#;
        let node = Node::parse(text).unwrap();
        assert_eq!(written(&node), text);
        assert_eq!(node.count(), 7);
        assert_eq!(node.at(4), Some(&Node::Bare("true".to_owned())));
        assert_eq!(node.at(7), None);
    }

    #[test]
    fn a_manifest_is_a_tree_too() {
        let node = Node::parse("spec:\n  markets: [BTC]\n  speed: 1\n").unwrap();
        assert_eq!(
            written(&node),
            r#"{"spec": {"markets": ["BTC"],"speed": 1}}"#
        );
        assert_eq!(Node::parse("just words"), None);
    }
}
