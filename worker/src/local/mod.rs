//! `aicoin-worker local`: a TradingBot on this machine, with a page to watch it and nothing else needed.

mod ai_desk;
mod chart;
mod decider;
mod lists;
mod log;
mod metrics;
mod publish;
mod summary;
mod trader;
mod venue;

use std::net::SocketAddr;
use std::sync::Arc;

use aicoin_api::bot::TradingBot;
use aicoin_core::{Bot, Input, LeaseState, Policy, RuleConfig, Saved};
use aicoin_domain::{Desired, MarketId, TimeMs, Usd};
use aicoin_store::{Loaded, Store, StoreOptions};
use aicoin_web::{Auth, Events, Heartbeat, Limits, Token, WebState, socket};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use crate::cli::LocalArgs;
use crate::ctl::socket_path;
use crate::fault::Fault;
use crate::manifest;
use crate::resolve::{Shell, bot_config, check_mode, exchange_config, market_rules, uid};
use chart::Chart;
use decider::Chosen;
use lists::Lists;
use metrics::Metrics;
use publish::{Identity, Publisher, wall_clock_ms};
use trader::{Parts, Trader, first_control};
use venue::PaperVenue;

/// Control requests that may wait for the loop.
const CONTROL_WAITING_MAX: usize = 16;
/// Candles from before the start that the page shows and indicators are warmed up with.
const HISTORY_CANDLES: usize = 300;

/// Inputs of an earlier process that the chart is filled from: hours of prices, read in some 20 ms.
const CHART_INPUTS: u64 = 20_000;

/// Runs a bot until it is stopped.
pub(crate) async fn local(args: &LocalArgs) -> Result<(), Fault> {
    let manifest = manifest::read(&args.manifest)?;
    check_mode(&manifest)?;
    market_rules(&manifest.spec.markets)?;
    if manifest.spec.desired_state == Desired::Stopped {
        return Err(Fault::usage(
            "spec.desiredState is Stopped: there is nothing to run; set it to Running or Paused.",
        ));
    }
    log::init(args.json);
    let (answers_in, answers_out) = mpsc::channel(1);
    let chosen = decider::choose(&manifest, args.secrets_dir.as_deref(), answers_in)?;
    if let Some(notice) = &chosen.notice {
        tell(args, notice);
    }
    let listener = bind(args.listen).await?;
    let (store, loaded) = open_store(args, &manifest).await?;
    let path = socket_path(&args.data_dir, args.socket.as_deref());
    let socket = socket::bind(&path)
        .await
        .map_err(|error| Fault::usage(error.to_string()))?;
    let running =
        Running::start(args, &manifest, chosen, store.clone(), &loaded, answers_out).await;
    let (running, first) = match running {
        Ok(running) => running,
        Err(fault) => {
            // The directory is let go of; why it ends is the more useful sentence of the two.
            let _ = store.close().await;
            return Err(fault);
        }
    };
    serve_and_trade(args, running, first, listener, socket).await
}

/// Everything that was put together for a run.
struct Running {
    trader: Trader,
    web: WebState,
    token: Token,
}

impl Running {
    async fn start(
        args: &LocalArgs,
        manifest: &TradingBot,
        chosen: Chosen,
        store: Store,
        loaded: &Loaded,
        ai_answers: mpsc::Receiver<aicoin_core::AiAnswer>,
    ) -> Result<(Self, Vec<Input>), Fault> {
        let names = loaded.markets.clone();
        let paper = manifest.spec.exchange.paper();
        let config = bot_config(
            manifest,
            &names,
            chosen.decider,
            chosen.worst_case_cost,
            Shell::Local,
        )?;
        let exchange = exchange_config(manifest, &names, Shell::Local)?;
        let unknown = || {
            Fault::usage("A market of this data directory is no longer in the simulated listing.")
        };
        let venue = match &loaded.venue {
            Some(text) => {
                let mut venue = PaperVenue::restore(text)
                    .map_err(|error| unreadable(args, "exchange", &error))?;
                venue
                    .reconfigure(&names, exchange, paper.seed)
                    .ok_or_else(unknown)?;
                refuse_other_balance(args, venue.deposits(), paper.starting_balance.0)?;
                venue
            }
            None => PaperVenue::new(
                &names,
                exchange,
                paper.starting_balance.0,
                paper.seed,
                TimeMs(wall_clock_ms() / 1000 * 1000),
            )
            .ok_or_else(unknown)?,
        };
        let bot = match &loaded.saved {
            Some(text) => {
                let saved: Saved =
                    serde_json::from_str(text).map_err(|error| unreadable(args, "bot", &error))?;
                if !saved.is_readable() {
                    return Err(Fault::usage(format!(
                        "The data in {} was written by another version: use that version, or choose another --data-dir.",
                        args.data_dir.display()
                    )));
                }
                Bot::restore(config.clone(), saved)
            }
            None => Bot::new(config.clone()),
        };
        let chart = Arc::new(Chart::new(names.len(), config.interval));
        let mut first = vec![Input::Lease(LeaseState::Held {
            epoch: loaded.epoch,
        })];
        first.extend(first_control(&bot, manifest.spec.desired_state));
        let needed = match &config.policy {
            Policy::Rule(RuleConfig::EmaCross { slow, .. }) => {
                usize::try_from(*slow).unwrap_or(usize::MAX)
            }
            Policy::Ai(_) => aicoin_core::VIEW_CANDLES_MAX,
        };
        if loaded.venue.is_none() {
            let count = venue::history_candles(config.interval, needed, HISTORY_CANDLES);
            let histories = venue.history(config.interval, count);
            for (index, candles) in histories.into_iter().enumerate() {
                let Ok(market) = u16::try_from(index).map(MarketId) else {
                    continue;
                };
                chart.fill(market, candles.iter().copied());
                first.extend(
                    candles
                        .into_iter()
                        .map(|candle| Input::WarmUp { market, candle }),
                );
            }
        } else {
            let after = loaded.journal_seq.saturating_sub(CHART_INPUTS);
            let limit = u32::try_from(CHART_INPUTS).unwrap_or(u32::MAX);
            // Without it the page has no past; the bot does not need it.
            chart.replay(&store.journal(after, limit).await.unwrap_or_default());
        }
        let registry = prometheus::Registry::new();
        let metrics = Metrics::new(&registry)
            .map_err(|error| Fault::internal(format!("Metrics cannot start: {error}.")))?;
        let (events, heartbeat) = (Events::new(), Heartbeat::new());
        let identity = Identity {
            bot: manifest.id(),
            mode: manifest.spec.mode.as_str(),
            decider: chosen.name,
            notice: chosen.notice,
            speed: args.speed,
            ai_limits: chosen.limits,
        };
        let (publisher, status) =
            Publisher::new(identity, &config, loaded.counts, &bot, events.clone());
        let (control_in, control_out) = mpsc::channel(CONTROL_WAITING_MAX);
        let lists = Lists {
            store: store.clone(),
            chart: Arc::clone(&chart),
            names,
            status: status.clone(),
            heartbeat: heartbeat.clone(),
            store_fault: publisher.store_fault(),
        };
        let token = Token::generate().map_err(|error| Fault::internal(error.to_string()))?;
        let web = WebState {
            status,
            heartbeat: heartbeat.clone(),
            events,
            control: control_in,
            reader: Arc::new(lists),
            auth: Auth::Token(token.clone()),
            metrics: registry,
            limits: Limits::default(),
        };
        let trader = Trader::new(Parts {
            bot,
            venue,
            store,
            journal_seq: loaded.journal_seq,
            speed: args.speed,
            ai: chosen.desk,
            publisher,
            chart,
            metrics,
            heartbeat,
            control: control_out,
            ai_answers,
        });
        Ok((Self { trader, web, token }, first))
    }
}

async fn serve_and_trade(
    args: &LocalArgs,
    running: Running,
    first: Vec<Input>,
    listener: TcpListener,
    socket: tokio::net::UnixListener,
) -> Result<(), Fault> {
    let Running {
        mut trader,
        web,
        token,
    } = running;
    let address = listener
        .local_addr()
        .map_err(|error| Fault::internal(format!("The listener has no address: {error}.")))?;
    let (stop_in, stop) = watch::channel(false);
    let until_stopped = |mut stop: watch::Receiver<bool>| async move {
        // An error means that the sender is gone: that is a stop too.
        let _ = stop.wait_for(|stop| *stop).await;
    };
    let (served_in, served) = watch::channel(false);
    let http = tokio::spawn(aicoin_web::serve(
        listener,
        web.clone(),
        until_stopped(served.clone()),
    ));
    let unix = tokio::spawn(socket::serve(socket, web, until_stopped(served)));
    tell(
        args,
        &format!("The page of the bot: {}", token.url(address)),
    );
    let trading = tokio::spawn(async move {
        trader.begin(first).await;
        trader.run(stop).await
    });
    wait_for_the_end(args).await?;
    stop_in.send_replace(true);
    let ended = trading
        .await
        .map_err(|error| Fault::internal(format!("The trading loop broke: {error}.")))?;
    served_in.send_replace(true);
    for server in [http, unix] {
        match server.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "a server did not stop cleanly"),
            Err(error) => tracing::warn!(%error, "a server broke"),
        }
    }
    summary::print(args, &ended?)
}

/// Done when somebody stops the program, or its time is up.
async fn wait_for_the_end(args: &LocalArgs) -> Result<(), Fault> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())
        .map_err(|error| Fault::internal(format!("SIGTERM cannot be watched: {error}.")))?;
    let time_is_up = async {
        match args.run_for {
            Some(run_for) => tokio::time::sleep(run_for).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        result = tokio::signal::ctrl_c() => {
            result.map_err(|error| Fault::internal(format!("Ctrl-C cannot be watched: {error}.")))?;
            tracing::info!("stopping: everything is written down first");
        }
        _ = terminate.recv() => tracing::info!("stopping: everything is written down first"),
        () = time_is_up => {}
    }
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Fault> {
    TcpListener::bind(address).await.map_err(|error| {
        let fix = if error.kind() == std::io::ErrorKind::AddrInUse {
            "another program has that port: stop it, or choose another one with --listen 127.0.0.1:PORT".to_owned()
        } else {
            format!("{error}; choose another address with --listen")
        };
        Fault::usage(format!("Nothing can listen on {address}: {fix}."))
    })
}

async fn open_store(args: &LocalArgs, manifest: &TradingBot) -> Result<(Store, Loaded), Fault> {
    Store::open(StoreOptions {
        data_dir: args.data_dir.clone(),
        bot: manifest.id(),
        uid: uid(manifest),
        markets: manifest.spec.markets.clone(),
        spec_generation: manifest.metadata.generation.unwrap_or(1),
        mode: manifest.spec.mode.as_str().to_owned(),
        ..StoreOptions::default()
    })
    .await
    .map_err(|error| Fault::usage(error.to_string()))
}

/// The starting balance is immutable: another one is another account.
fn refuse_other_balance(args: &LocalArgs, began_with: Usd, asked: Usd) -> Result<(), Fault> {
    if began_with == asked {
        return Ok(());
    }
    Err(Fault::usage(format!(
        "spec.exchange.paper.startingBalance is {asked}, but the account in {} began with {began_with}: set it back, or choose \
         another --data-dir.",
        args.data_dir.display()
    )))
}

fn unreadable(args: &LocalArgs, what: &str, error: &serde_json::Error) -> Fault {
    Fault::usage(format!(
        "The saved state of the {what} in {} cannot be read ({error}): use the version that wrote it, or choose another \
         --data-dir.",
        args.data_dir.display()
    ))
}

/// A line for the person who started it: on standard output, or beside the log when that is for JSON.
#[expect(clippy::print_stdout, reason = "this line is the program's output")]
fn tell(args: &LocalArgs, line: &str) {
    if args.json {
        eprintln!("{line}");
    } else {
        println!("{line}");
    }
}
