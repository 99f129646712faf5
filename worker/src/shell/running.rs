//! A bot that trades, on a task of its own.

use aicoin_core::Input;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};

use super::trader::{Parts, Trader};
use crate::fault::Fault;

/// A bot that trades.
pub(crate) struct Running {
    stop: watch::Sender<bool>,
    trading: JoinHandle<Result<Parts, Fault>>,
}

impl Running {
    /// Begins with those inputs.
    pub(crate) fn start(mut trader: Trader, first: Vec<Input>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let trading = tokio::spawn(async move {
            trader.begin(first).await;
            trader.run(stopped).await
        });
        Self { stop, trading }
    }

    /// Done when the loop ends although nobody stopped it: a bug. There is nothing to stop then.
    pub(crate) async fn broken(&mut self) -> Fault {
        match (&mut self.trading).await {
            Ok(Ok(_)) => Fault::internal("The trading loop ended by itself."),
            Ok(Err(fault)) => fault,
            Err(error) => broke(&error),
        }
    }

    /// Stops it in order. What it was made of comes back, the store still open.
    pub(crate) async fn stop(self) -> Result<Parts, Fault> {
        self.stop.send_replace(true);
        self.trading.await.map_err(|error| broke(&error))?
    }
}

fn broke(error: &JoinError) -> Fault {
    Fault::internal(format!("The trading loop broke: {error}."))
}
