//! Writing down what happened: rows, the core's memory and the exchange in one transaction, and what a failure means.

use std::time::Instant;

use aicoin_core::{Input, LeaseState, Record, StoreHealth};
use aicoin_domain::TimeMs;
use aicoin_store::{Batch, StoreError};

use super::Trader;

impl Trader {
    pub(super) fn journal(&mut self, now: TimeMs, input: &Input) {
        if let Input::Quote { market, quote } = input
            && let Some(closed) = self.parts.chart.quote(*market, now, quote.mid())
        {
            self.parts.publisher.candle(*market, &closed);
        }
        self.recorder.input(&mut self.batch, now, input);
    }

    /// Stores everything that happened. False when the store could not take it; then it is kept and tried again.
    pub(super) async fn commit(&mut self) -> bool {
        let nothing = self.batch.records.is_empty() && self.batch.journal.is_empty();
        if nothing && self.persist.is_none() && !self.store.is_failing() {
            return true;
        }
        if self.store.is_resting() {
            return false;
        }
        let (saved, venue) = (
            serde_json::to_string(&self.parts.bot.save()),
            self.parts.venue.to_json(),
        );
        match (saved, venue) {
            (Ok(saved), Ok(venue)) => {
                self.batch.saved = Some(saved);
                self.batch.venue = venue;
            }
            (Err(error), _) | (_, Err(error)) => {
                tracing::error!(%error, "the state could not be written as JSON: a bug");
                return false;
            }
        }
        self.recorder.commit(&mut self.batch, &self.parts.bot);
        let batch = std::mem::take(&mut self.batch);
        let begun = Instant::now();
        let result = self.parts.store.commit(&batch).await;
        // The loop waited for a disk and is alive: a slow disk is no reason to restart it.
        self.parts.heartbeat.beat();
        match result {
            Ok(committed) => {
                self.parts.metrics.committed(begun.elapsed());
                self.parts.publisher.committed(committed.counts);
                self.persist = None;
                self.recorder.committed(&batch);
                self.store.committed(committed);
                self.show_settled(&batch).await;
                true
            }
            Err(error) => {
                self.batch = batch;
                self.on_store_error(&error);
                false
            }
        }
    }

    /// The page hears of risk events that were settled as they stand in the table now.
    async fn show_settled(&self, batch: &Batch) {
        for record in &batch.records {
            if let Record::Settled(id) = record
                && let Ok(Some(event)) = self.parts.store.risk_event(*id).await
            {
                self.parts.publisher.risk_event(event);
            }
        }
    }

    /// The core hears of it with the next thing that it is told, by the same road as everything else.
    fn on_store_error(&mut self, error: &StoreError) {
        if matches!(error, StoreError::LeaseLost { .. }) {
            self.queue.push_back(Input::Lease(LeaseState::NotHeld));
        }
        if let Some(health) = self.store.failed(error) {
            tracing::error!("{error}");
            self.parts.publisher.store_is(health);
            self.queue.push_back(Input::Store(health));
        }
        if error.health() == StoreHealth::Full {
            self.recorder.make_way(&mut self.batch);
        } else {
            self.recorder.failed();
        }
    }

    /// Writes what waits, now and then, and notices when the store is back, or has little room left.
    pub(super) async fn attend_store(&mut self) {
        if !self.store.is_due() {
            return;
        }
        let seq = self.persist;
        if !self.commit().await {
            return;
        }
        if let Some(health) = self.store.settled() {
            match health {
                StoreHealth::Up => tracing::info!("the store is back"),
                StoreHealth::Full => {
                    tracing::error!("the store has little room left: nothing more is opened");
                }
                StoreHealth::Down => {}
            }
            self.parts.publisher.store_is(health);
            self.tell(Input::Store(health)).await;
        }
        if let Some(seq) = seq {
            self.tell(Input::Durable { seq }).await;
        }
    }
}
