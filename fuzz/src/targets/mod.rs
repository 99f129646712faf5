//! The four targets: how an input is read, and what must hold of what was read.

mod ai_reply;
mod manifest;
mod rest_reply;
mod socket_frame;

use crate::target::Target;

/// A model's reply: the text alone, or with a first line `answer STATUS` the body of the HTTP answer around it.
pub const AI_REPLY: Target = Target {
    name: "ai_reply",
    input_bytes_max: 96 * 1024,
    check: ai_reply::check,
};

/// A manifest: its text.
pub const MANIFEST: Target = Target {
    name: "manifest",
    input_bytes_max: 64 * 1024,
    check: manifest::check,
};

/// An answer of the venue over HTTP: a first line with the question, or `exchange STATUS`, then the body.
pub const REST_REPLY: Target = Target {
    name: "rest_reply",
    input_bytes_max: 64 * 1024,
    check: rest_reply::check,
};

/// A text message of the venue's WebSocket.
pub const SOCKET_FRAME: Target = Target {
    name: "socket_frame",
    input_bytes_max: 64 * 1024,
    check: socket_frame::check,
};

/// The first line, and the rest.
fn first_line(input: &[u8]) -> (&str, &[u8]) {
    let end = input
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(input.len());
    let (line, rest) = input.split_at(end);
    (
        std::str::from_utf8(line).unwrap_or_default(),
        rest.strip_prefix(b"\n").unwrap_or(rest),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus;

    /// An example that breaks nothing and says nothing is no example.
    #[test]
    fn every_example_of_every_corpus_is_read_and_most_say_something_of_their_own() {
        for target in [AI_REPLY, MANIFEST, REST_REPLY, SOCKET_FRAME] {
            let corpus = corpus::read(&target).unwrap();
            let mut outcomes = std::collections::HashSet::new();
            for (path, input) in &corpus {
                assert!(input.len() <= target.input_bytes_max, "{}", path.display());
                outcomes.insert(target.run(input));
            }
            assert!(
                outcomes.len() * 2 > corpus.len(),
                "{}: {} examples, {} outcomes",
                target.name,
                corpus.len(),
                outcomes.len()
            );
        }
    }
}
