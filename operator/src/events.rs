//! Events: what happened to a bot, for `kubectl describe`. One for each transition.

use aicoin_api::names::MANAGER;
use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use crate::status::Note;
use crate::writer::{Kinds, Writer};

/// An Event's note is at most this long.
const NOTE_BYTES_MAX: usize = 1000;

/// What an Event is about.
#[derive(Clone, Debug)]
pub struct About {
    /// `apiVersion`.
    pub api_version: &'static str,
    /// `kind`.
    pub kind: &'static str,
    /// Where.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Which one.
    pub uid: String,
}

impl About {
    /// A bot.
    #[must_use]
    pub fn bot(bot: &crate::world::Bot) -> Self {
        Self {
            api_version: aicoin_api::bot::API_VERSION,
            kind: aicoin_api::bot::KIND,
            namespace: bot.key.namespace.to_string(),
            name: bot.key.name.to_string(),
            uid: bot.uid.to_string(),
        }
    }
}

/// Writes an Event. One that cannot be written is logged: nothing depends on it.
pub async fn publish(writer: &Writer, about: &About, note: &Note, reporter: &str) {
    let body = event(about, note, reporter, Timestamp::now(), suffix());
    if let Err(error) = writer
        .create(&about.namespace, &Kinds::event(), &body)
        .await
    {
        tracing::debug!(bot = about.name, %error, "An Event could not be written");
    }
}

/// Sixteen random digits: two Events of one name would be one.
fn suffix() -> u64 {
    let mut bytes = [0_u8; 8];
    // Without randomness the name is the time's: see `event`.
    let _ = getrandom::fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

fn event(about: &About, note: &Note, reporter: &str, now: Timestamp, suffix: u64) -> Value {
    let mut text = note.message.clone();
    if text.len() > NOTE_BYTES_MAX {
        let mut end = NOTE_BYTES_MAX;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
    let time = format!("{now:.6}");
    json!({
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {
            "name": format!("{}.{:x}{suffix:016x}", about.name, now.as_millisecond()),
            "namespace": about.namespace,
        },
        "type": if note.warning { "Warning" } else { "Normal" },
        "reason": note.reason,
        "note": text,
        "action": note.reason,
        "eventTime": time,
        "reportingController": format!("aicoin.dev/{MANAGER}"),
        "reportingInstance": reporter,
        "regarding": {
            "apiVersion": about.api_version,
            "kind": about.kind,
            "namespace": about.namespace,
            "name": about.name,
            "uid": about.uid,
        },
    })
}
