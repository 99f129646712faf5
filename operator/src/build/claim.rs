//! The worker's disk, when a storage class is named: it survives pods and goes with the bot.

use aicoin_api::bot::{Sqlite, Storage};
use serde_json::json;

use super::labels;
use super::{Intent, Worker};
use crate::world::ChildKind;

/// The SQLite settings, `None` when everything is in PostgreSQL.
pub(super) fn sqlite(worker: &Worker) -> Option<Sqlite> {
    match &worker.spec.storage {
        None => Some(Sqlite::default()),
        Some(Storage {
            sqlite: Some(sqlite),
            ..
        }) => Some(sqlite.clone()),
        Some(Storage {
            postgres: Some(_), ..
        }) => None,
        Some(Storage { .. }) => Some(Sqlite::default()),
    }
}

/// The uid is in the name: a bot made anew under the same name gets a new disk.
pub(super) fn name(worker: &Worker) -> String {
    let uid: String = worker
        .uid
        .chars()
        .filter(char::is_ascii_hexdigit)
        .take(8)
        .collect();
    format!("{}-{uid}", worker.child_name())
}

pub(super) fn claim(worker: &Worker) -> Option<Intent> {
    let sqlite = sqlite(worker)?;
    let class = sqlite.storage_class_name.as_ref()?;
    let name = name(worker);
    let body = json!({
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": labels::metadata(worker, &name, labels::of_bot(worker)),
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": class,
            "resources": {"requests": {"storage": sqlite.size.0}},
        },
    });
    Some(Intent::new(ChildKind::Claim, name, body))
}
