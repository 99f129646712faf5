//! Lists for the web side: from the store, and from the chart in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aicoin_api::http::{
    AccountSnapshot, AiBudget, Candle, Decision, Fill, Health, HealthStatus, Order, PartHealth,
    RiskEvent, Status,
};
use aicoin_core::StoreHealth;
use aicoin_domain::Reason;
use aicoin_store::{Store, StoreError};
use aicoin_web::{Heartbeat, ReadError, Reader, Reading};
use tokio::sync::watch;

use super::chart::Chart;
use super::link_health::LinkHealth;
use super::publish::wire_candle;
use super::shared_cache::SharedCache;

/// A loop that is quieter than this is not well, long before it counts as stuck.
const LOOP_AGE_OK_MS: u128 = 2_000;

/// Reads for the web side.
pub(crate) struct Lists {
    pub store: Store,
    pub chart: Arc<Chart>,
    pub status: watch::Receiver<Arc<Status>>,
    pub heartbeat: Heartbeat,
    pub store_health: Arc<Mutex<StoreHealth>>,
    pub link: watch::Receiver<LinkHealth>,
    pub cache: SharedCache,
}

fn unavailable(_: StoreError) -> ReadError {
    // The sentence of the error names files: it is in the log, not on the wire.
    ReadError::Unavailable("The store does not answer: see the worker's log.".to_owned())
}

impl Lists {
    /// How long the model's last call took, ms.
    async fn last_answer_took(&self) -> Option<f64> {
        let newest = self.store.decisions(1).await.ok()?;
        let took_ms = newest.first()?.latency_ms?;
        u32::try_from(took_ms).ok().map(f64::from)
    }
}

impl Reader for Lists {
    fn orders(&self, limit: u32) -> Reading<'_, Vec<Order>> {
        Box::pin(async move { self.store.orders(limit, None).await.map_err(unavailable) })
    }

    fn fills(&self, limit: u32) -> Reading<'_, Vec<Fill>> {
        Box::pin(async move { self.store.fills(limit).await.map_err(unavailable) })
    }

    fn decisions(&self, limit: u32) -> Reading<'_, Vec<Decision>> {
        Box::pin(async move { self.store.decisions(limit).await.map_err(unavailable) })
    }

    fn risk_events(&self, limit: u32) -> Reading<'_, Vec<RiskEvent>> {
        Box::pin(async move {
            self.store
                .risk_events(limit, false)
                .await
                .map_err(unavailable)
        })
    }

    fn account_snapshots(&self, limit: u32) -> Reading<'_, Vec<AccountSnapshot>> {
        Box::pin(async move {
            self.store
                .account_snapshots(0, limit)
                .await
                .map_err(unavailable)
        })
    }

    fn candles<'a>(&'a self, market: &'a str, limit: u32) -> Reading<'a, Vec<Candle>> {
        Box::pin(async move {
            let Some(market) = self.chart.market(market) else {
                return Ok(Vec::new());
            };
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            Ok(self
                .chart
                .newest(market, limit)
                .iter()
                .map(wire_candle)
                .collect())
        })
    }

    fn health(&self) -> Reading<'_, Health> {
        Box::pin(async move {
            let status = Arc::clone(&self.status.borrow());
            let mut parts = BTreeMap::new();
            let mut part =
                |name: &str, health: HealthStatus, reason: String, latency_ms: Option<f64>| {
                    parts.insert(
                        name.to_owned(),
                        PartHealth {
                            status: health,
                            reason,
                            latency_ms,
                        },
                    );
                };
            match self.store.probe().await {
                Err(_) => part(
                    "database",
                    HealthStatus::Down,
                    "It does not answer.".to_owned(),
                    None,
                ),
                Ok(probe) => {
                    let health = *self
                        .store_health
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner);
                    let (status, reason) = match health {
                        StoreHealth::Up => (HealthStatus::Ok, ""),
                        StoreHealth::Down | StoreHealth::Full => (
                            HealthStatus::Down,
                            "It takes no more rows, or has no room for more: see the worker's log.",
                        ),
                    };
                    part(
                        "database",
                        status,
                        reason.to_owned(),
                        Some(probe.latency_ms),
                    );
                }
            }
            let redis = self.cache.look();
            part("redis", redis.status, redis.reason, redis.latency_ms);
            let link = self.link.borrow().clone();
            part(
                "exchange",
                link.exchange.status,
                link.exchange.reason,
                link.exchange.latency_ms,
            );
            let stands = |code: Reason| status.not_ready.iter().any(|it| it == code.as_str());
            let answered_after = match &status.ai {
                Some(_) => self.last_answer_took().await,
                None => None,
            };
            match &status.ai {
                Some(_) if stands(Reason::KeyMissing) => part(
                    "ai",
                    HealthStatus::Down,
                    "Its key is missing or cannot be used.".to_owned(),
                    None,
                ),
                None => part("ai", HealthStatus::Ok, "Not used.".to_owned(), None),
                Some(_) if stands(Reason::AiUnauthorized) => part(
                    "ai",
                    HealthStatus::Down,
                    "It refuses the key (401).".to_owned(),
                    None,
                ),
                Some(_) if stands(Reason::AiNoBalance) => part(
                    "ai",
                    HealthStatus::Down,
                    "Its account has no balance (402).".to_owned(),
                    None,
                ),
                Some(ai) if ai.breaker == "closed" => match spent(ai) {
                    None => part("ai", HealthStatus::Ok, String::new(), answered_after),
                    Some(reason) => part("ai", HealthStatus::Degraded, reason, answered_after),
                },
                Some(ai) => {
                    let reason = format!("The circuit breaker is {}.", ai.breaker);
                    part("ai", HealthStatus::Degraded, reason, answered_after);
                }
            }
            match link.market_data {
                Some(data) if data.status != HealthStatus::Ok => {
                    part("market_data", data.status, data.reason, data.latency_ms);
                }
                _ if stands(Reason::DataStale) => part(
                    "market_data",
                    HealthStatus::Degraded,
                    "Prices are too old.".to_owned(),
                    None,
                ),
                data => {
                    let latency_ms = data.and_then(|data| data.latency_ms);
                    part("market_data", HealthStatus::Ok, String::new(), latency_ms);
                }
            }
            let age = self.heartbeat.age();
            let (health, reason) = if age.as_millis() > LOOP_AGE_OK_MS {
                let reason = format!("It has not moved for {:.1} s.", age.as_secs_f32());
                (HealthStatus::Degraded, reason)
            } else if stands(Reason::CrashLoop) {
                let reason = "Halted after repeated crashes until a person settles it.".to_owned();
                (HealthStatus::Degraded, reason)
            } else {
                (HealthStatus::Ok, String::new())
            };
            part("loop", health, reason, Some(age.as_secs_f64() * 1000.0));
            // Redis is a cache: nothing that trades needs it.
            let worst = parts
                .iter()
                .filter(|(name, _)| name.as_str() != "redis")
                .map(|(_, part)| part.status)
                .max()
                .unwrap_or(HealthStatus::Ok);
            Ok(Health {
                status: worst,
                parts,
            })
        })
    }
}

/// A sentence when the AI budget allows no call at present.
fn spent(ai: &AiBudget) -> Option<String> {
    if ai.calls_last_hour >= ai.calls_per_hour {
        return Some(format!(
            "The budget of {} calls an hour is used up.",
            ai.calls_per_hour
        ));
    }
    (ai.spent_today_usd >= ai.usd_per_day).then(|| {
        format!(
            "The budget of {} USD a day is spent until 00:00 UTC.",
            ai.usd_per_day
        )
    })
}
