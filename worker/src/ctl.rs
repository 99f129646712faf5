//! `aicoin-worker ctl`: the second road of control, over the socket of a bot on this machine.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use aicoin_api::http::StatusReport;
use aicoin_web::socket::{self, Request, Response};

use crate::cli::{CtlArgs, Verb};
use crate::fault::Fault;
use crate::shell::listen;

/// How often `--wait` looks.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Carries out a verb.
pub(crate) async fn ctl(args: &CtlArgs) -> Result<(), Fault> {
    let path = listen::socket_path(&args.data_dir, args.socket.as_deref());
    let request = match args.verb {
        Verb::Pause => Request::Pause,
        Verb::Resume => Request::Resume,
        Verb::CloseAll => Request::CloseAll,
        Verb::Resolve => Request::Resolve {
            risk_event: args.event.unwrap_or_default(),
        },
        Verb::Status => Request::Status,
    };
    if args.verb != Verb::Resolve && args.event.is_some() {
        return Err(Fault::usage(
            "Only `ctl resolve` takes the number of a risk event.",
        ));
    }
    match ask(&path, request).await? {
        Response::Error(sentence) => Err(Fault::usage(sentence)),
        Response::Status(report) => print_status(&report, args.json),
        Response::Control(reply) => {
            if !reply.accepted {
                return Err(Fault::usage(
                    "The worker did not accept it: look at `ctl status`.",
                ));
            }
            if args.wait {
                wait(args, &path).await?;
            }
            if let Some(event) = args.event {
                return print(&format!("Risk event {event} is settled."));
            }
            match ask(&path, Request::Status).await? {
                Response::Status(report) => print_control(&report, args.json),
                Response::Control(_) | Response::Error(_) => Ok(()),
            }
        }
    }
}

async fn ask(path: &Path, request: Request) -> Result<Response, Fault> {
    socket::request(path, request)
        .await
        .map_err(|error| Fault::usage(error.to_string()))
}

async fn wait(args: &CtlArgs, path: &Path) -> Result<(), Fault> {
    let deadline = Instant::now() + args.timeout;
    loop {
        if let Response::Status(report) = ask(path, Request::Status).await? {
            let control = &report.status.control;
            if control.effective {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(Fault::internal(format!(
                    "It is accepted and not effective after {} s: {} positions and {} orders are left. It goes on; ask again \
                     with `ctl status`.",
                    args.timeout.as_secs(),
                    control.remaining.positions,
                    control.remaining.orders
                )));
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn print_control(report: &StatusReport, json: bool) -> Result<(), Fault> {
    if json {
        return print_status(report, true);
    }
    let control = &report.status.control;
    let effective = if control.effective {
        "effective"
    } else {
        "not effective yet"
    };
    print(&format!(
        "{}: accepted, {effective} (asked {}, local hold {})",
        control.in_force, control.desired, control.local_hold
    ))
}

fn print_status(report: &StatusReport, json: bool) -> Result<(), Fault> {
    if json {
        let text = serde_json::to_string_pretty(report).map_err(|error| {
            Fault::internal(format!("The status cannot be written as JSON: {error}."))
        })?;
        return print(&text);
    }
    let status = &report.status;
    let control = &status.control;
    let account = &status.account;
    let two = |amount: aicoin_domain::Usd| amount.rounded(2).to_string();
    let mut lines = vec![
        format!(
            "bot        {} ({}, {})",
            status.bot, status.mode, status.decider
        ),
        format!(
            "control    {} ({}, {}; local hold {})",
            control.in_force,
            if control.accepted {
                "accepted"
            } else {
                "not accepted yet"
            },
            if control.effective {
                "effective"
            } else {
                "not effective yet"
            },
            control.local_hold
        ),
        format!(
            "ready      {}",
            if status.ready {
                "yes".to_owned()
            } else {
                format!("no: {}", status.not_ready.join(", "))
            }
        ),
        format!(
            "equity     {} USD (realised {}, unrealised {}, fees {})",
            two(account.equity),
            two(account.realized_pnl),
            two(account.unrealized_pnl),
            two(account.fees)
        ),
        format!(
            "rows       {} decisions, {} orders, {} fills, {} risk events",
            status.counts.decisions,
            status.counts.orders,
            status.counts.fills,
            status.counts.risk_events
        ),
    ];
    if let Some(notice) = &status.notice {
        lines.insert(1, format!("notice     {notice}"));
    }
    for position in &status.positions {
        lines.push(format!(
            "position   {} {} at {}, mark {}, unrealised {}, stop {}",
            position.market,
            position.size,
            position.entry_price,
            position.mark_price,
            two(position.unrealized_pnl),
            position
                .stop_price
                .map_or_else(|| "none".to_owned(), |stop| stop.to_string())
        ));
    }
    print(&lines.join("\n"))
}

fn print(text: &str) -> Result<(), Fault> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")
        .map_err(|error| Fault::usage(format!("Standard output cannot be written: {error}.")))
}
