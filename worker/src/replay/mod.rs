//! `aicoin-worker replay`: a recorded journal goes through the core once more, and everything that came out must come out
//! again, byte for byte. Beside it, other limits can be tried on the recorded decisions.
//!
//! It only reads, also beside a worker that runs, and it never asks a model or a venue.

mod compare;
mod difference;
mod limits;
mod report;
mod run;
mod source;
pub(crate) mod time;
mod trial;

use std::io::Write as _;
use std::process::ExitCode;

use aicoin_store::Recording;

use crate::cli::ReplayArgs;
use crate::fault::Fault;
use limits::Limits;
use run::Wanted;

/// Replays a recording and says what came of it: exit code 0 when all of it is as it was, 1 when something differs.
pub(crate) async fn replay(args: &ReplayArgs) -> Result<ExitCode, Fault> {
    let place = source::place(&args.source)?;
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        return Err(Fault::usage("--from is later than --to: turn them around."));
    }
    let limits = args.risk.as_deref().map(Limits::read).transpose()?;
    let mut recording = Recording::open(&place, args.bot.as_deref())
        .await
        .map_err(|error| Fault::usage(error.to_string()))?;
    let wanted = Wanted {
        from: args.from,
        to: args.to,
        limits,
    };
    let report = run::replay(&mut recording, wanted).await?;
    // It only read: nothing is lost when it does not close well.
    let _ = recording.close().await;
    let text = if args.json {
        let mut text = serde_json::to_string(&report).map_err(|error| {
            Fault::internal(format!("The report cannot be written as JSON: {error}."))
        })?;
        text.push('\n');
        text
    } else {
        report.text()
    };
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(|error| Fault::usage(format!("The report cannot be printed: {error}.")))?;
    Ok(if report.reproduced {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}
