//! What the operator gave the pod, read and held against what this version can do. Each failure is one sentence.

use aicoin_api::bot::{Mode, PaperMarket, RuleId, TradingBot};

use crate::cli::RunArgs;
use crate::fault::Fault;
use crate::manifest;
use crate::resolve::{check_mode, market_rules};

/// The manifest.
pub(super) fn read(args: &RunArgs) -> Result<TradingBot, Fault> {
    // The operator held these against the whole object; what is mounted is a part of it.
    let manifest = manifest::read(
        &args.manifest,
        &[RuleId::LiveAcknowledged, RuleId::LiveNeedsPostgres],
    )?;
    check_speed(args, &manifest)?;
    check_mode(&manifest)?;
    market_rules(&manifest.spec.markets)?;
    if manifest
        .spec
        .storage
        .as_ref()
        .is_some_and(|storage| storage.postgres.is_some())
    {
        return Err(Fault::usage(
            "spec.storage.postgres: PostgreSQL is not there yet in this version, nothing was written anywhere; use sqlite.",
        ));
    }
    Ok(manifest)
}

fn check_speed(args: &RunArgs, manifest: &TradingBot) -> Result<(), Fault> {
    let is_simulated = manifest.spec.mode == Mode::Paper
        && manifest.spec.exchange.paper().market == PaperMarket::Simulated;
    #[expect(clippy::float_cmp, reason = "1 means real time and is written as 1")]
    let is_real_time = args.speed == 1.0;
    if is_real_time || is_simulated {
        return Ok(());
    }
    Err(Fault::usage(
        "--speed (AICOIN_SPEED) is for mode Paper on the simulated market only: real markets take their time.",
    ))
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
