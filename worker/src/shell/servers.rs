//! The servers beside the trading loop: started one by one, stopped together.

use std::io;

use aicoin_web::{WebState, socket};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What answers people, the operator and probes.
pub(crate) struct Servers {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<io::Result<()>>>,
}

impl Servers {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self {
            stop: watch::Sender::new(false),
            tasks: Vec::new(),
        }
    }

    /// HTTP on that listener.
    pub(crate) fn http(&mut self, listener: TcpListener, web: WebState) {
        let stopped = stopped(self.stop.subscribe());
        self.tasks
            .push(tokio::spawn(aicoin_web::serve(listener, web, stopped)));
    }

    /// `ctl` on that socket.
    pub(crate) fn control(&mut self, listener: UnixListener, web: WebState) {
        let stopped = stopped(self.stop.subscribe());
        self.tasks
            .push(tokio::spawn(socket::serve(listener, web, stopped)));
    }

    /// Lets open requests finish, for a bounded time.
    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        for server in self.tasks {
            match server.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "a server did not stop cleanly"),
                Err(error) => tracing::warn!(%error, "a server broke"),
            }
        }
    }
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error means that the sender is gone: that is a stop too.
    let _ = stop.wait_for(|stop| *stop).await;
}
