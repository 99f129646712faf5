//! Somebody wants the program to end: Ctrl-C, or SIGTERM of the system or the kubelet.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::fault::Fault;

/// Hears of it from the moment on when it is made. The first process of a container would otherwise not even die of it.
pub(crate) struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    /// Begins to listen.
    pub(crate) fn listen() -> Result<Self, Fault> {
        let watch = |kind, name| {
            signal(kind)
                .map_err(|error| Fault::internal(format!("{name} cannot be watched: {error}.")))
        };
        Ok(Self {
            interrupt: watch(SignalKind::interrupt(), "Ctrl-C")?,
            terminate: watch(SignalKind::terminate(), "SIGTERM")?,
        })
    }

    /// Done when somebody wants it.
    pub(crate) async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        tracing::info!("stopping: everything is written down first");
    }
}
