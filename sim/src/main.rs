//! `aicoin-sim`: Hyperliquid's and DeepSeek's protocols, simulated. This file is wiring only.

mod ai;
mod app;
mod cli;
mod clock;
mod control;
mod exchange;
mod fault;
mod http;
mod info;
mod ledger;
mod limits;
mod market;
mod random;
mod reply;
mod server;
mod wire;
mod world;
mod ws;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use aicoin_domain::DurationMs;
use clap::Parser as _;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

use ai::{Ai, AiSettings};
use app::{App, SocketSettings};
use cli::Args;
use clock::Clock;
use market::CandleFile;
use world::{Agent, Kind, Settings, UNIFIED, World};

/// musl's own allocator takes one lock for all threads.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long an agent of the command line may sign, in simulated time.
const AGENT_LIFE: DurationMs = DurationMs::from_mins(180 * 24 * 60);

fn main() -> ExitCode {
    let args = Args::parse();
    let filter = EnvFilter::new(&args.log_level);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let result = runtime
        .map_err(|error| format!("The async runtime cannot start: {error}."))
        .and_then(|runtime| runtime.block_on(run(args)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            tracing::error!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), String> {
    let clock = Arc::new(Clock::start(args.speed));
    let world = build(&args, &clock)?;
    let now = Arc::clone(&clock);
    let ai = Ai::new(AiSettings {
        key: args.ai_key,
        balance: args.ai_balance,
        seed: args.seed,
        now_ms: Arc::new(move || now.now().0),
    });
    let (stop, stopping) = watch::channel(false);
    let sockets = SocketSettings {
        has_greeting: args.ws_greeting,
        idle_max: Duration::from_millis(u64::from(args.ws_idle_ms)),
    };
    let app = Arc::new(App::new(world, clock, ai, sockets, stopping.clone()));
    let listener = TcpListener::bind(args.listen)
        .await
        .map_err(|error| format!("{} cannot be listened on: {error}.", args.listen))?;
    let address = listener
        .local_addr()
        .map_err(|error| format!("The listener has no address: {error}."))?;
    say(&format!("aicoin-sim listens on http://{address}"));
    let pump = tokio::spawn(Arc::clone(&app).run());
    let router = http::router(&app);
    let served = tokio::spawn(server::serve(listener, router, stopping));
    ended().await;
    stop.send_replace(true);
    let _ = tokio::join!(pump, served);
    Ok(())
}

/// The world as the command line describes it.
fn build(args: &Args, clock: &Clock) -> Result<World, String> {
    let start = clock.started_at();
    let mut files = Vec::new();
    for (coin, path) in &args.candles {
        files.push((coin.clone(), CandleFile::read(path, start)?));
    }
    let settings = Settings {
        network: args.network,
        seed: args.seed,
        schedule_cancel_volume: args.schedule_cancel_volume,
        address_budget: args.address_budget,
        ip_share: args.ip_share,
        asset_suffix: args.asset_suffix,
        extra_fields: !args.no_extra_fields,
    };
    let mut world = World::new(settings, start, files)?;
    for (user, amount) in &args.funds {
        world.fund(*user, *amount)?;
    }
    for (number, (master, agent)) in args.agents.iter().enumerate() {
        let master = world.open(*master, Kind::Master)?;
        if world.find_id(*agent).is_some() {
            return Err(format!("{agent} is an account: it cannot be an agent too."));
        }
        world.agents.put(Agent {
            address: *agent,
            master,
            name: Some(format!("sim-{}", number + 1)),
            valid_until: start + AGENT_LIFE,
        });
    }
    for user in &args.unified {
        let id = world.open(*user, Kind::Master)?;
        if let Some(user) = world.user_mut(id) {
            user.abstraction = UNIFIED;
        }
    }
    Ok(world)
}

/// The one line on stdout: what starts this reads the address from it.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Nobody may be reading.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Ends with SIGINT or SIGTERM.
async fn ended() {
    let interrupted = tokio::signal::ctrl_c();
    let Ok(mut terminated) =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
    else {
        let _ = interrupted.await;
        return;
    };
    tokio::select! {
        _ = interrupted => {}
        _ = terminated.recv() => {}
    }
}
