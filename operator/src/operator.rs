//! The operator as a whole: started with a client, stopped in order.

use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use kube::Client;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::contact::Caller;
use crate::keys::KeyRing;
use crate::lead::{self, Election, Gate};
use crate::memo::Memos;
use crate::metrics::Metrics;
use crate::patience::Patience;
use crate::queue::{Lane, Queue};
use crate::reconcile::{self, Context, Key};
use crate::settings::Settings;
use crate::watches::{self, Ready};
use crate::world::World;
use crate::writer::Writer;

/// Passes that take from the urgent lane alone.
const URGENT_TASKS: u16 = 8;
/// To let passes that are under way end, and to let go of the lease.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// What an operator is started with.
#[derive(Debug)]
pub struct Options {
    /// What children look like.
    pub settings: Settings,
    /// More certificate authorities for workers.
    pub extra_ca: Option<String>,
    /// The control keys.
    pub keys: KeyRing,
    /// Look after these only; empty is all.
    pub namespaces: Vec<String>,
    /// Contend for this Lease; without it there is no other replica.
    pub election: Option<Election>,
    /// Passes at once.
    pub concurrency: u16,
    /// This replica, for Events.
    pub identity: String,
    /// How long things may take.
    pub patience: Patience,
}

/// An operator that runs.
#[derive(Debug)]
pub struct Operator {
    /// Everything that it knows and does.
    pub context: Arc<Context>,
    /// How many watches have listed.
    pub ready: Ready,
    /// Of how many.
    pub watches: usize,
    tasks: JoinSet<()>,
    passes: JoinHandle<()>,
    election: Option<JoinHandle<()>>,
    stop_passes: watch::Sender<bool>,
    stop_election: watch::Sender<bool>,
}

impl Operator {
    /// Starts it.
    ///
    /// # Errors
    /// A sentence.
    pub fn start(client: Client, options: Options) -> Result<Self, String> {
        let Options {
            settings,
            extra_ca,
            keys,
            namespaces,
            election,
            concurrency,
            identity,
            patience,
        } = options;
        let metrics = Arc::new(
            Metrics::new().map_err(|error| format!("The metrics cannot start: {error}."))?,
        );
        let gate = Arc::new(if election.is_some() {
            Gate::closed()
        } else {
            Gate::always()
        });
        let keys = Arc::new(keys);
        let caller = Caller::new(Arc::clone(&keys), Arc::clone(&metrics))
            .map_err(|error| format!("The HTTP client cannot start: {error}."))?;
        let context = Arc::new(Context {
            world: World::default(),
            queue: Queue::default(),
            memos: Memos::default(),
            writer: Writer::new(client.clone(), Arc::clone(&gate), Arc::clone(&metrics)),
            gate: Arc::clone(&gate),
            caller,
            keys,
            settings,
            metrics: Arc::clone(&metrics),
            identity,
            patience,
            making_keys: tokio::sync::Mutex::default(),
            updates: Mutex::default(),
            extra_ca: RwLock::new(extra_ca),
        });
        let (stop_passes, passes_stop) = watch::channel(false);
        let (stop_election, election_stop) = watch::channel(false);
        let (ready_in, ready) = watch::channel(0);
        let watches = watches::count(namespaces.len());
        let mut tasks = JoinSet::new();
        tasks.spawn(watches::run(
            Arc::clone(&context),
            client.clone(),
            namespaces,
            ready_in,
        ));
        let election = election.map(|election| {
            tokio::spawn(lead::run(client, election, gate, metrics, election_stop))
        });
        let passes = tokio::spawn(passes(
            Arc::clone(&context),
            ready.clone(),
            watches,
            concurrency,
            passes_stop,
        ));
        Ok(Self {
            context,
            ready,
            watches,
            tasks,
            passes,
            election,
            stop_passes,
            stop_election,
        })
    }

    /// Ends it: passes that are under way end first, then the lease is let go of, so that nobody else writes while one of
    /// ours may still.
    pub async fn stop(mut self) {
        self.stop_passes.send_replace(true);
        if tokio::time::timeout(STOP_TIMEOUT, &mut self.passes)
            .await
            .is_err()
        {
            self.passes.abort();
        }
        self.stop_election.send_replace(true);
        if let Some(election) = self.election.take() {
            let _ = tokio::time::timeout(STOP_TIMEOUT, election).await;
        }
        self.tasks.shutdown().await;
    }
}

/// Starts passes once everything has been listed, and puts every bot into the queue whenever leadership is won: somebody
/// else may have left one half done.
async fn passes(
    context: Arc<Context>,
    mut ready: Ready,
    watches: usize,
    concurrency: u16,
    mut stop: watch::Receiver<bool>,
) {
    let listed = tokio::select! {
        listed = ready.wait_for(|done| *done >= watches) => listed.is_ok(),
        _ = stop.wait_for(|stop| *stop) => false,
    };
    if !listed {
        return;
    }
    tracing::info!(
        bots = context.world.bots_len(),
        "Everything has been listed; passes begin"
    );
    let mut tasks = JoinSet::new();
    for _ in 0..concurrency {
        tasks.spawn(reconcile::work(Arc::clone(&context), false, stop.clone()));
    }
    for _ in 0..URGENT_TASKS {
        tasks.spawn(reconcile::work(Arc::clone(&context), true, stop.clone()));
    }
    tokio::select! {
        () = begin_anew(&context) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
    while tasks.join_next().await.is_some() {}
}

async fn begin_anew(context: &Context) {
    let mut leads = context.gate.watch();
    loop {
        if leads.wait_for(|leads| *leads).await.is_err() {
            return;
        }
        context.memos.clear();
        enqueue_all(context);
        if leads.wait_for(|leads| !*leads).await.is_err() {
            return;
        }
    }
}

fn enqueue_all(context: &Context) {
    for key in context.world.bot_keys() {
        context.queue.push(Key::Bot(key), Lane::Normal);
    }
    for uid in context.world.orphans() {
        context.queue.push(Key::Orphan(uid), Lane::Normal);
    }
    for namespace in context.world.namespaces() {
        context.queue.push(Key::Namespace(namespace), Lane::Normal);
    }
}

/// What changed in the files that it was started with is told to workers.
pub fn keys_changed(context: &Context) {
    tracing::info!("The control keys or certificate authorities changed: workers are told");
    for namespace in context.world.namespaces() {
        context.queue.push(Key::Namespace(namespace), Lane::Urgent);
    }
}
