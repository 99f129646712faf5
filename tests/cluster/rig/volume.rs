//! A disk that outlives the pod and the bot: what became of the positions is read from it afterwards.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::db::Db;
use super::manifest::changed;
use super::space::Space;
use super::{ran, words};

/// Nobody's user, which workers run as.
const USER: u32 = 65532;

/// A PersistentVolume for one bot of a namespace.
#[derive(Debug)]
pub(crate) struct Volume<'a> {
    space: &'a Space,
    name: String,
    folder: PathBuf,
}

impl<'a> Volume<'a> {
    /// Makes one on the own node; `None` prints that there is no such node.
    #[track_caller]
    pub(crate) fn new(space: &'a Space, bot: &str) -> Option<Self> {
        let name = format!("{}-{bot}", space.name);
        let folder = space.rig.node()?.folder().join("volumes").join(&name);
        std::fs::create_dir_all(&folder).unwrap();
        std::os::unix::fs::chown(&folder, Some(USER), Some(USER)).unwrap();
        space.apply(&json!({
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": name},
            "spec": {
                "capacity": {"storage": "1Gi"},
                "accessModes": ["ReadWriteOnce"],
                "persistentVolumeReclaimPolicy": "Retain",
                "storageClassName": name,
                "hostPath": {"path": folder, "type": "Directory"},
            },
        }));
        Some(Self {
            space,
            name,
            folder,
        })
    }

    /// The bot, with its tables on this disk.
    pub(crate) fn under(&self, manifest: Value) -> Value {
        changed(
            manifest,
            &json!({"spec": {"storage": {"sqlite": {"size": "64Mi", "storageClassName": self.name}}}}),
        )
    }

    /// The tables.
    pub(crate) fn db(&self) -> Db {
        Db::of(&self.folder)
    }
}

impl Drop for Volume<'_> {
    fn drop(&mut self) {
        let mut delete = self.space.rig.kubectl();
        delete.args(["delete", "pv", &self.name, "--wait=false"]);
        if std::thread::panicking() {
            let _ = delete.output().map(|output| println!("{}", words(&output)));
        } else {
            ran(&mut delete);
        }
    }
}
