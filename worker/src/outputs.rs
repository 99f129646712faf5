//! What the core put out for an input, as the journal keeps it: the trading loop writes it, a replay makes it anew and
//! compares, byte for byte.

use aicoin_core::Output;
use serde_json::json;
use sha2::{Digest, Sha256};

/// An output that is longer is kept as its digest, bytes: the view of a model, a reply with all its reasoning.
const OUTPUT_BYTES_MAX: usize = 1_000;

/// The outputs of one input.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    /// A JSON list without its end; empty when there is none.
    text: String,
}

impl Outputs {
    /// Takes the next one.
    pub(crate) fn add(&mut self, output: &Output) {
        self.text.push(if self.text.is_empty() { '[' } else { ',' });
        match serde_json::to_string(output) {
            Ok(text) if text.len() <= OUTPUT_BYTES_MAX => self.text.push_str(&text),
            Ok(text) => self.text.push_str(&digest(kind(output), &text)),
            // A bug: outputs are in wire form. The replay makes the same of it.
            Err(error) => self
                .text
                .push_str(&digest(kind(output), &error.to_string())),
        }
    }

    /// All of them as a JSON list, and begins anew; `None` when there was none.
    pub(crate) fn take(&mut self) -> Option<String> {
        if self.text.is_empty() {
            return None;
        }
        self.text.push(']');
        Some(std::mem::take(&mut self.text))
    }
}

fn digest(kind: &str, text: &str) -> String {
    let hash: String = Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    json!({ kind: { "bytes": text.len(), "sha256": hash } }).to_string()
}

const fn kind(output: &Output) -> &'static str {
    match output {
        Output::Persist { .. } => "Persist",
        Output::Send { .. } => "Send",
        Output::Ask { .. } => "Ask",
        Output::Query(_) => "Query",
        Output::Report(_) => "Report",
        Output::WakeAt(_) => "WakeAt",
    }
}

#[cfg(test)]
mod tests {
    use aicoin_core::{Record, RiskRecord, Seq};
    use aicoin_domain::{Reason, TimeMs};

    use super::*;

    #[test]
    fn a_short_output_is_kept_as_it_is_and_a_long_one_as_its_digest() {
        let persist = |detail: String| Output::Persist {
            seq: Seq(7),
            records: vec![Record::Risk(RiskRecord {
                id: 1,
                time: TimeMs(5),
                reason: Reason::StopHit,
                market: None,
                detail,
                resolved: false,
            })],
        };
        let mut outputs = Outputs::default();
        assert_eq!(outputs.take(), None);
        outputs.add(&Output::WakeAt(TimeMs(9)));
        outputs.add(&persist("x".repeat(2_000)));
        let long = serde_json::to_string(&persist("x".repeat(2_000))).unwrap();
        let expected = format!(r#"[{{"WakeAt":9}},{}]"#, digest("Persist", &long));
        assert_eq!(outputs.take(), Some(expected));
        assert_eq!(outputs.take(), None, "it begins anew");
        outputs.add(&persist("y".repeat(2_000)));
        let other = outputs.take().unwrap();
        assert!(!other.contains(&digest("Persist", &long)), "{other}");
        assert!(other.len() < 200, "{other}");
    }
}
