//! `aicoin-worker run`: a TradingBot in its pod, beside an operator.
//!
//! It differs from `local` in who may ask (tokens that the operator signed), in what it does before it was told anything
//! (nothing: no control, no trade), in a missing key (it says so and opens nothing), and in how it starts and ends: a
//! kubelet watches it. What it was told last it goes on with, whether operator and API server are there or not.

mod decider;
mod given;
mod key_watch;
mod starts;

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use aicoin_api::bot::TradingBot;
use aicoin_core::Input;
use aicoin_domain::Reason;
use aicoin_store::Store;
use aicoin_web::{Auth, Heartbeat, Signed, WebState};
use tokio::net::UnixListener;
use tokio::sync::mpsc;

use crate::cli::RunArgs;
use crate::fault::Fault;
use crate::shell::{
    AiChange, Assembled, Chosen, Face, Given, Identity, Inside, Job, Running, Servers, SharedCache,
    Stop, assemble, extra_ca_of_pod, listen, log, open_store, wall_clock_ms,
};
use decider::Decider;
use key_watch::KeyWatch;
use starts::{CRASHES_MAX, Starts};

/// Reading what an earlier process left takes milliseconds; a database that has to be repaired after a power cut may take
/// a while. After this the pod is no longer alive, and the kubelet starts it anew.
const START_WITHIN: Duration = Duration::from_secs(300);
/// The kubelet gives a pod 30 s to end.
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// Runs a bot until the pod ends.
pub(crate) async fn run(args: &RunArgs) -> Result<(), Fault> {
    log::init(&args.log_level);
    let mut stop = Stop::listen()?;
    let manifest = given::read(args)?;
    let decider = Decider::of(args, &manifest)?;
    let uid = given::uid_of(args, &manifest)?;
    let listener = listen::http(args.listen).await?;
    let address = listener
        .local_addr()
        .map_err(|error| Fault::internal(format!("The listener has no address: {error}.")))?;
    let identity = identity_of(args, &manifest, &decider.chosen);
    let auth = Auth::Signed(Signed::new(args.control_keys.clone(), uid));
    let Face { web, inside } = Face::new(auth, identity.starting());
    let heartbeat = inside.heartbeat.clone();
    heartbeat.allow(START_WITHIN);
    let mut servers = Servers::new();
    // From here on probes and scrapes are answered, whatever the data directory holds.
    servers.http(listener, web.clone());
    say_hello(&manifest, address);
    let mut beginning = pin!(begin(args, &manifest, identity, decider, inside));
    let (begun, is_over) = tokio::select! {
        begun = &mut beginning => (begun, false),
        () = stop.asked() => {
            // Not broken off: a start that is noted and not finished would count as a crash.
            let begun = tokio::time::timeout(STOP_WITHIN, beginning).await;
            (begun.unwrap_or_else(|_| Err(too_slow())), true)
        }
    };
    let begun = match begun {
        Ok(begun) => begun,
        Err(fault) => {
            servers.stop().await;
            return Err(fault);
        }
    };
    let stop = async {
        if !is_over {
            stop.asked().await;
        }
    };
    trade(begun, servers, web, &heartbeat, stop).await
}

/// Everything that was taken and put together for a run.
struct Begun {
    assembled: Assembled,
    store: Store,
    starts: Starts,
    socket: UnixListener,
    watch: Option<(KeyWatch, mpsc::Sender<AiChange>)>,
}

async fn begin(
    args: &RunArgs,
    manifest: &TradingBot,
    identity: Identity,
    decider: Decider,
    inside: Inside,
) -> Result<Begun, Fault> {
    let Decider {
        chosen,
        mut watch,
        ai_answers,
    } = decider;
    let (store, loaded) = open_store(manifest, &args.data_dir, args.storage_bytes).await?;
    let path = listen::socket_path(&args.data_dir, args.socket.as_deref());
    let prepared = async {
        let socket = listen::control(&path).await?;
        let (changes_in, ai_changes) = mpsc::channel(1);
        // The first look is the loop's first message: it begins with the key, or knows that there is none.
        let first_look = watch.as_mut().and_then(KeyWatch::look);
        if let Some(change) = first_look {
            // There is room for one, and nobody else sends yet.
            let _ = changes_in.try_send(change);
        }
        let starts = Starts::note(&args.data_dir, wall_clock_ms());
        let extra_ca_pem = extra_ca_of_pod(args.ca_file.as_deref())?;
        let cache = SharedCache::open(manifest, Some(&args.secrets_dir), extra_ca_pem.as_deref());
        let job = Job {
            manifest,
            data_dir: &args.data_dir,
            identity,
            chosen,
            crashes: starts.crashes(),
            store: store.clone(),
            loaded: &loaded,
            given: Given {
                secrets_dir: Some(args.secrets_dir.clone()),
                extra_ca_pem,
                speed: args.speed,
                cache,
            },
            ai_answers,
            ai_changes,
        };
        match assemble(job, inside).await {
            Ok(assembled) => Ok((assembled, starts, socket, changes_in)),
            Err(fault) => {
                // It ended by itself and says why: that is no crash.
                starts.stopped();
                Err(fault)
            }
        }
    };
    match prepared.await {
        Ok((mut assembled, starts, socket, changes_in)) => {
            // Told before anything else, so that nothing is asked of a model whose key is not known yet.
            let mut first = Vec::new();
            if watch.is_some() {
                first.push(Input::Obstacle {
                    reason: Reason::KeyMissing,
                    present: true,
                });
            }
            first.extend(halt(&starts));
            assembled.first.splice(0..0, first);
            Ok(Begun {
                assembled,
                store,
                starts,
                socket,
                watch: watch.map(|watch| (watch, changes_in)),
            })
        }
        Err(fault) => {
            // The directory is let go of; why it ends is the more useful sentence of the two.
            let _ = store.close().await;
            Err(fault)
        }
    }
}

async fn trade(
    begun: Begun,
    mut servers: Servers,
    web: WebState,
    heartbeat: &Heartbeat,
    stop: impl Future<Output = ()>,
) -> Result<(), Fault> {
    let Begun {
        assembled: Assembled { trader, first },
        store,
        starts,
        socket,
        watch,
    } = begun;
    servers.control(socket, web);
    heartbeat.beat();
    let mut running = Running::start(trader, first);
    let watching = watch.map(|(watch, changes)| tokio::spawn(watch.run(changes)));
    tokio::select! {
        () = stop => {}
        // Not noted as stopped: it is a crash.
        fault = running.broken() => return Err(fault),
    }
    let stopping = async {
        let ended = running.stop().await;
        if let Some(watching) = watching {
            watching.abort();
        }
        let ended = ended.map(|parts| parts.publisher.counts());
        starts.stopped();
        let closed = store.close().await;
        servers.stop().await;
        let counts = ended?;
        closed.map_err(|error| {
            Fault::internal(format!("The store could not be closed cleanly: {error}"))
        })?;
        tracing::info!(
            decisions = counts.decisions,
            orders = counts.orders,
            fills = counts.fills,
            "stopped: everything is written down"
        );
        Ok(())
    };
    tokio::time::timeout(STOP_WITHIN, stopping)
        .await
        .unwrap_or_else(|_| Err(too_slow()))
}

fn too_slow() -> Fault {
    Fault::internal(format!(
        "The bot did not stop within {} s: what was written down counts, and the next start goes on from there.",
        STOP_WITHIN.as_secs()
    ))
}

fn identity_of(args: &RunArgs, manifest: &TradingBot, chosen: &Chosen) -> Identity {
    let mut notices = Vec::new();
    if args.storage_ephemeral {
        notices.push(
            "The data goes with this pod: a new pod starts the account anew; spec.storage.sqlite.storageClassName keeps it."
                .to_owned(),
        );
    }
    Identity {
        bot: manifest.id(),
        mode: manifest.spec.mode.as_str(),
        decider: chosen.name.clone(),
        notices,
        speed: args.speed,
        interval: manifest.spec.decision.interval.0,
        ai_limits: chosen.limits,
        started_at_ms: wall_clock_ms(),
    }
}

fn say_hello(manifest: &TradingBot, address: SocketAddr) {
    tracing::info!(
        bot = manifest.id(),
        version = env!("CARGO_PKG_VERSION"),
        %address,
        "starting"
    );
}

/// What a bot is told that crashed too often.
fn halt(starts: &Starts) -> Option<Input> {
    starts.trips().then(|| Input::Halt {
        reason: Reason::CrashLoop,
        detail: format!(
            "The worker crashed {} times within 5 minutes ({CRASHES_MAX} are too many): nothing is opened until a person \
             settles this; stops, exits and close-all go on. Its log says why.",
            starts.crashes().recent(wall_clock_ms())
        ),
    })
}
