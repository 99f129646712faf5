//! The rules of `spec.storage`.

use super::problems::{Problems, is_dns_subdomain};
use super::{RuleId, limits, sentences};
use crate::bot::{Mode, Sqlite, Storage};

/// One database, the right one.
pub(super) fn check_storage(mode: Mode, storage: Option<&Storage>, problems: &mut Problems) {
    let (postgres, sqlite) = storage.map_or((None, None), |storage| {
        (storage.postgres.as_ref(), storage.sqlite.as_ref())
    });
    if mode == Mode::Live && postgres.is_none() {
        problems.add(
            RuleId::LiveNeedsPostgres,
            "spec.storage.postgres",
            sentences::POSTGRES_NEEDED,
        );
    }
    if postgres.is_some() && sqlite.is_some() {
        problems.add(RuleId::StorageOne, "spec.storage", sentences::ONE_STORAGE);
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
    if let Some(sqlite) = sqlite {
        check_sqlite(sqlite, problems);
    }
}

fn check_sqlite(sqlite: &Sqlite, problems: &mut Problems) {
    let Sqlite {
        size,
        storage_class_name,
    } = sqlite;
    let field = "spec.storage.sqlite.size";
    let bytes = size.bytes().unwrap_or(0);
    if bytes < limits::SQLITE_BYTES_MIN {
        problems.range(RuleId::SqliteSize, field, size, "at least 64Mi");
    } else if bytes > limits::SQLITE_BYTES_MAX {
        problems.range(RuleId::SqliteSize, field, size, "at most 1Pi");
    }
    if storage_class_name
        .as_ref()
        .is_some_and(|class| !is_dns_subdomain(class))
    {
        problems.add(
            RuleId::StorageClassName,
            "spec.storage.sqlite.storageClassName",
            sentences::STORAGE_CLASS,
        );
    }
}
