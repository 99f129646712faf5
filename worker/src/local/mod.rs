//! `aicoin-worker local`: a TradingBot on this machine, with a page to watch it and nothing else needed.

mod decider;
mod summary;

use std::time::Duration;

use aicoin_core::Input;
use aicoin_domain::Desired;
use aicoin_web::{Auth, Token};
use tokio::sync::mpsc;

use crate::cli::LocalArgs;
use crate::fault::Fault;
use crate::manifest;
use crate::resolve::check_venue;
use crate::shell::{
    Assembled, Crashes, Face, Given, Identity, Job, Running, Servers, SharedCache, Stop, assemble,
    extra_ca, listen, log, open_store, wall_clock_ms,
};

/// Runs a bot until it is stopped.
pub(crate) async fn local(args: &LocalArgs) -> Result<(), Fault> {
    let manifest = manifest::read(&args.manifest, &[])?;
    check_venue(&manifest, args.speed, args.allow_live)?;
    if manifest.spec.desired_state == Desired::Stopped {
        return Err(Fault::usage(
            "spec.desiredState is Stopped: there is nothing to run; set it to Running or Paused.",
        ));
    }
    log::init(if args.json { "warn" } else { "info" });
    let mut stop = Stop::listen()?;
    let extra_ca_pem = extra_ca(args.ca_file.as_deref())?;
    let (answers_in, ai_answers) = mpsc::channel(1);
    let chosen = decider::choose(
        &manifest,
        args.secrets_dir.as_deref(),
        extra_ca_pem.clone(),
        answers_in,
    )?;
    if let Some(notice) = &chosen.notice {
        tell(args, notice);
    }
    let listener = listen::http(args.listen).await?;
    let (store, loaded) = open_store(&manifest, &args.data_dir, None).await?;
    let path = listen::socket_path(&args.data_dir, args.socket.as_deref());
    let socket = listen::control(&path).await?;
    let token = Token::generate().map_err(|error| Fault::internal(error.to_string()))?;
    let identity = Identity {
        bot: manifest.id(),
        mode: manifest.spec.mode.as_str(),
        decider: chosen.name.clone(),
        notices: chosen.notice.iter().cloned().collect(),
        speed: args.speed,
        interval: manifest.spec.decision.interval.0,
        ai_limits: chosen.limits,
        started_at_ms: wall_clock_ms(),
    };
    let Face { web, inside } = Face::new(Auth::Token(token.clone()), identity.starting());
    // Nobody sends: the key was read above, once.
    let (_, ai_changes) = mpsc::channel(1);
    let job = Job {
        manifest: &manifest,
        data_dir: &args.data_dir,
        identity,
        chosen,
        crashes: Crashes::default(),
        store: store.clone(),
        loaded: &loaded,
        given: Given {
            secrets_dir: args.secrets_dir.clone(),
            cache: SharedCache::open(
                &manifest,
                args.secrets_dir.as_deref(),
                extra_ca_pem.as_deref(),
            ),
            extra_ca_pem,
            speed: args.speed,
        },
        ai_answers,
        ai_changes,
    };
    let Assembled { trader, mut first } = match assemble(job, inside).await {
        Ok(assembled) => assembled,
        Err(fault) => {
            // The directory is let go of; why it ends is the more useful sentence of the two.
            let _ = store.close().await;
            return Err(fault);
        }
    };
    let address = listener
        .local_addr()
        .map_err(|error| Fault::internal(format!("The listener has no address: {error}.")))?;
    let mut servers = Servers::new();
    servers.http(listener, web.clone());
    servers.control(socket, web);
    tell(
        args,
        &format!("The page of the bot: {}", token.url(address)),
    );
    first.extend(first_control(trader.bot(), manifest.spec.desired_state));
    let mut running = Running::start(trader, first);
    tokio::select! {
        () = stop.asked() => {}
        () = time_is_up(args.run_for) => {}
        fault = running.broken() => return Err(fault),
    }
    let ended = running.stop().await;
    let closed = store.close().await.map_err(|error| {
        Fault::internal(format!("The store could not be closed cleanly: {error}"))
    });
    servers.stop().await;
    let parts = ended?;
    closed?;
    summary::print(args, &parts)
}

async fn time_is_up(run_for: Option<Duration>) {
    match run_for {
        Some(run_for) => tokio::time::sleep(run_for).await,
        None => std::future::pending().await,
    }
}

/// The level that a manifest asks for, as the next generation after what was stored; `None` when it stands already.
fn first_control(bot: &aicoin_core::Bot, desired: Desired) -> Option<Input> {
    let control = bot.control();
    (control.desired != Some(desired)).then_some(Input::Control {
        generation: control.generation + 1,
        desired,
    })
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
