//! What every connection shares: the world behind its lock, the clock, and the AI.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::ai::Ai;
use crate::clock::Clock;
use crate::world::World;
use crate::ws;

/// How often messages go out that nobody caused.
const PUMP_EVERY: Duration = Duration::from_millis(50);

/// How sockets behave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SocketSettings {
    /// They begin with a plain text.
    pub(crate) has_greeting: bool,
    /// One that nothing was sent to for so long is closed.
    pub(crate) idle_max: Duration,
}

/// What every connection shares.
pub(crate) struct App {
    world: Mutex<World>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) ai: Ai,
    pub(crate) sockets: SocketSettings,
    /// True when the process is about to end.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl App {
    pub(crate) fn new(
        world: World,
        clock: Arc<Clock>,
        ai: Ai,
        sockets: SocketSettings,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            world: Mutex::new(world),
            clock,
            ai,
            sockets,
            stopping,
        }
    }

    /// The world as it is now: everything that was due has happened.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // A request that panicked is answered by a closed connection; the world goes on for the others.
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.advance(self.clock.now());
        world
    }

    /// Lets time pass and messages go out, until the process ends.
    pub(crate) async fn run(self: Arc<Self>) {
        let mut stopping = self.stopping.clone();
        let mut ticks = tokio::time::interval(PUMP_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                _ = ticks.tick() => {
                    let mut world = self.world();
                    let now = world.time;
                    ws::pump(&mut world, now);
                }
                () = stopped(&mut stopping) => return,
            }
        }
    }
}

/// Waits until the process is about to end.
pub(crate) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // Whoever would say so is gone: that is an end too.
    let _ = stopping.wait_for(|stops| *stops).await;
}
