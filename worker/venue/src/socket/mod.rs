//! The WebSocket: connected again and again, and never believed before everything is subscribed and the account was read.
//!
//! While it is away an obstacle stands for the core: it opens nothing then, and goes on closing over REST.

#[cfg(feature = "fuzz")]
mod ear;
#[cfg(feature = "bench")]
mod hot_path;
mod link;
mod pace;
mod session;
mod streams;

use std::sync::Arc;
use std::time::Instant;

use aicoin_core::Input;
use aicoin_domain::Reason;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::context::Context;
use crate::deliver::Closed;
use crate::health::Level;
#[cfg(feature = "fuzz")]
pub use ear::Ear;
#[cfg(feature = "bench")]
pub use hot_path::HotPath;
use pace::Pace;
use session::Session;

/// What others ask of the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// There is a new market.
    Subscribe,
    /// The streams cannot be trusted: why.
    Reconnect(&'static str),
}

/// Keeps the socket until nobody listens.
pub(crate) async fn run(context: Arc<Context>, mut commands: mpsc::Receiver<Command>) {
    // It ends with the connection: there is nothing to tell anybody then.
    let _: Result<(), Closed> = keep(&context, &mut commands).await;
}

async fn keep(
    context: &Arc<Context>,
    commands: &mut mpsc::Receiver<Command>,
) -> Result<(), Closed> {
    let limits = context.rest.limits();
    let mut pace = Pace::new(limits);
    context.deliver.input(obstacle(true)).await?;
    loop {
        let pause = pace.pause(Instant::now(), random_fraction());
        wait(pause, commands).await?;
        pace.connecting(Instant::now());
        let began = Instant::now();
        let end = match link::open(context.rest.endpoint(), limits.connect_timeout).await {
            Ok(stream) => Session::new(context, stream).run(commands).await?,
            Err(why) => session::End {
                why,
                was_fresh: false,
            },
        };
        tracing::warn!(
            lasted_s = began.elapsed().as_secs(),
            why = end.why,
            "the WebSocket is lost and is connected again"
        );
        context
            .board
            .streams(Level::Down, &format!("The WebSocket is lost: {}.", end.why));
        if end.was_fresh {
            context.deliver.input(obstacle(true)).await?;
        }
        pace.ended(end.was_fresh, began.elapsed());
    }
}

/// Waits; commands need no answer meanwhile, for a new connection does all of them.
async fn wait(
    pause: std::time::Duration,
    commands: &mut mpsc::Receiver<Command>,
) -> Result<(), Closed> {
    let pause = sleep(pause);
    tokio::pin!(pause);
    loop {
        tokio::select! {
            () = &mut pause => return Ok(()),
            command = commands.recv() => {
                if command.is_none() {
                    return Err(Closed);
                }
            }
        }
    }
}

/// Market data that is not known to be fresh keeps anything from being opened.
const fn obstacle(present: bool) -> Input {
    Input::Obstacle {
        reason: Reason::DataStale,
        present,
    }
}

/// Between 0 and 1. Without randomness the middle: it is only for the jitter.
fn random_fraction() -> f64 {
    getrandom::u32().map_or(0.5, |bits| f64::from(bits) / f64::from(u32::MAX))
}
