//! `aicoin-worker backup` and `restore`: a bot's whole store into a file, and out of it into an empty place.

mod place;
mod told;

use aicoin_store::backup::{BackupError, BackupReport};

use crate::cli::{BackupArgs, RestoreArgs};
use crate::fault::Fault;
use told::Bar;

/// Writes a backup. The bot may be trading meanwhile.
pub(crate) async fn backup(args: &BackupArgs) -> Result<(), Fault> {
    let place = place::of(&args.store)?;
    let bar = Bar::new();
    let work = aicoin_store::backup::backup(
        &place,
        args.bot.as_deref(),
        &args.to,
        args.force,
        |progress| bar.show(progress),
    );
    let report = until_stopped(work).await;
    bar.clear();
    let report = report?;
    told::print(
        args.json,
        &format!("Backup of {} in {}", report.bot, args.to.display()),
        &report,
    )
}

/// Fills an empty place with a backup.
pub(crate) async fn restore(args: &RestoreArgs) -> Result<(), Fault> {
    let place = place::of(&args.store)?;
    let bar = Bar::new();
    let work = aicoin_store::backup::restore(&args.from, &place, |progress| bar.show(progress));
    let report = until_stopped(work).await;
    bar.clear();
    let report = report?;
    told::print(
        args.json,
        &format!("Restored {} from {}", report.bot, args.from.display()),
        &report,
    )
}

/// Ctrl-C ends the work in order: what is half written is taken away.
async fn until_stopped(
    work: impl Future<Output = Result<BackupReport, BackupError>>,
) -> Result<BackupReport, Fault> {
    tokio::select! {
        done = work => done.map_err(|error| Fault::usage(error.to_string())),
        _ = tokio::signal::ctrl_c() => Err(Fault::usage("Stopped. Nothing was kept of it.")),
    }
}
