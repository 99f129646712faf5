//! What is printed at the end of a run.

use std::io::Write as _;

use aicoin_api::http::{Counts, Position};
use aicoin_domain::Usd;
use serde::Serialize;

use crate::cli::LocalArgs;
use crate::fault::Fault;
use crate::shell::Parts;
use crate::shell::publish::positions_of;

/// The JSON object at exit. The counts are those of the tables.
#[derive(Debug, Serialize)]
struct Summary {
    decisions: u64,
    orders: u64,
    fills: u64,
    risk_events: u64,
    positions: Vec<Position>,
    equity: Usd,
    realized_pnl: Usd,
    unrealized_pnl: Usd,
    fees: Usd,
    funding: Usd,
    time_ms: i64,
}

/// Prints the end of a run.
pub(super) fn print(args: &LocalArgs, parts: &Parts) -> Result<(), Fault> {
    let account = parts.bot.account_record();
    let Counts {
        decisions,
        orders,
        fills,
        risk_events,
    } = parts.publisher.counts();
    let text = if args.json {
        serde_json::to_string(&Summary {
            decisions,
            orders,
            fills,
            risk_events,
            positions: positions_of(&parts.bot),
            equity: account.equity,
            realized_pnl: account.realised,
            unrealized_pnl: account.unrealised,
            fees: account.fees,
            funding: account.funding,
            time_ms: parts.bot.now().0,
        })
        .map_err(|error| {
            Fault::internal(format!("The summary cannot be written as JSON: {error}."))
        })?
    } else {
        format!(
            "Stopped. Equity {} USD after {decisions} decisions, {orders} orders and {fills} fills ({} fees); {} positions \
             are open. Start it again and it goes on from here: {}",
            account.equity.rounded(2),
            account.fees.rounded(2),
            parts.bot.positions().len(),
            args.data_dir.display()
        )
    };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")
        .map_err(|error| Fault::usage(format!("Standard output cannot be written: {error}.")))
}
