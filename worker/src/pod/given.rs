//! What the operator gave the pod, read and held against what this version can do. Each failure is one sentence.

use aicoin_api::bot::{Mode, RuleId, TradingBot};

use crate::cli::RunArgs;
use crate::fault::Fault;
use crate::manifest;
use crate::resolve::check_venue;

/// The manifest.
pub(super) fn read(args: &RunArgs) -> Result<TradingBot, Fault> {
    // The operator held these against the whole object; what is mounted is a part of it.
    let manifest = manifest::read(
        &args.manifest,
        &[RuleId::LiveAcknowledged, RuleId::LiveNeedsPostgres],
    )?;
    check_venue(&manifest, args.speed, args.allow_live)?;
    let has_postgres = manifest
        .spec
        .storage
        .as_ref()
        .is_some_and(|storage| storage.postgres.is_some());
    if manifest.spec.mode == Mode::Live && !has_postgres {
        return Err(Fault::usage(
            "spec.storage.postgres: Live in a cluster needs PostgreSQL, which is not there yet in this version; nothing was \
             sent anywhere. On a machine of your own `aicoin-worker local --allow-live` runs it.",
        ));
    }
    if has_postgres {
        return Err(Fault::usage(
            "spec.storage.postgres: PostgreSQL is not there yet in this version, nothing was written anywhere; use sqlite.",
        ));
    }
    Ok(manifest)
}

/// Whose tokens are believed: the operator signs them for the object's uid.
pub(super) fn uid_of(args: &RunArgs, manifest: &TradingBot) -> Result<String, Fault> {
    manifest
        .metadata
        .uid
        .clone()
        .filter(|uid| !uid.is_empty())
        .ok_or_else(|| {
            Fault::usage(format!(
                "metadata.uid is missing in {}: the operator writes it; without a cluster, `aicoin-worker local` runs a bot.",
                args.manifest.display()
            ))
        })
}
