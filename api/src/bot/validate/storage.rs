//! The rules of `spec.storage`.

use super::RuleId;
use super::problems::Problems;
use crate::bot::{Mode, Storage};

const SQLITE_BYTES_MIN: u64 = 64 << 20;

/// One database, the right one.
pub(super) fn check_storage(mode: Mode, storage: Option<&Storage>, problems: &mut Problems) {
    let (postgres, sqlite) = storage.map_or((None, None), |storage| {
        (storage.postgres.as_ref(), storage.sqlite.as_ref())
    });
    if mode == Mode::Live && postgres.is_none() {
        problems.add(
            RuleId::LiveNeedsPostgres,
            "spec.storage.postgres",
            "Live in a cluster needs PostgreSQL; write `postgres: {urlSecretRef: {name: …, key: …}}`",
        );
    }
    if postgres.is_some() && sqlite.is_some() {
        let message = "postgres and sqlite exclude each other; leave one";
        problems.add(RuleId::StorageOne, "spec.storage", message);
    }
    if let Some(postgres) = postgres {
        problems.secret(
            "spec.storage.postgres.urlSecretRef",
            &postgres.url_secret_ref,
        );
        if let Some(migrate) = &postgres.migrate_url_secret_ref {
            problems.secret("spec.storage.postgres.migrateUrlSecretRef", migrate);
        }
    }
    if let Some(sqlite) = sqlite
        && sqlite
            .size
            .bytes()
            .is_none_or(|bytes| bytes < SQLITE_BYTES_MIN)
    {
        let field = "spec.storage.sqlite.size";
        problems.range(RuleId::SqliteSize, field, &sqlite.size, "at least 64Mi");
    }
}
