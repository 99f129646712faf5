//! The cache that workers share, where the manifest names one. Nothing depends on it: whatever is wrong with it is said in
//! health and in the log, and the bot goes on without.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aicoin_api::bot::TradingBot;
use aicoin_api::http::HealthStatus;
use aicoin_cache::{Cache, State};
use aicoin_venue::{Share, Shared, Taken};
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{IntCounterVec, Opts, Registry};
use std::pin::Pin;

use crate::secrets;

/// What the manifest asks for, and what came of it.
#[derive(Clone, Debug)]
pub(crate) enum SharedCache {
    /// It names none.
    None,
    /// It cannot be used, and why: a sentence.
    Broken(String),
    /// It is used, as long as it answers.
    Used(Cache),
}

/// How it is, for health.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Look {
    pub(crate) status: HealthStatus,
    pub(crate) reason: String,
    pub(crate) latency_ms: Option<f64>,
}

impl SharedCache {
    /// The cache of a manifest.
    pub(crate) fn open(
        manifest: &TradingBot,
        secrets_dir: Option<&Path>,
        extra_ca_pem: Option<&str>,
    ) -> Self {
        let Some(cache) = &manifest.spec.cache else {
            return Self::None;
        };
        let reference = &cache.redis.url_secret_ref;
        let made = secrets::read(secrets_dir, reference).and_then(|url| {
            Cache::new(url.trim(), extra_ca_pem).map_err(|error| error.to_string())
        });
        match made {
            Ok(cache) => Self::Used(cache),
            Err(why) => {
                let why = format!(
                    "spec.cache.redis.urlSecretRef {}/{}: {}. The bot goes on without a cache.",
                    reference.name,
                    reference.key,
                    why.trim_end_matches('.')
                );
                tracing::warn!("{why}");
                Self::Broken(why)
            }
        }
    }

    /// For the venue's connection.
    pub(crate) fn share(&self) -> Shared {
        match self {
            Self::None | Self::Broken(_) => Shared::default(),
            Self::Used(cache) => Shared(Some(Arc::new(Through(cache.clone())))),
        }
    }

    /// How it is now.
    pub(crate) fn look(&self) -> Look {
        let look = |status, reason: String, latency_ms| Look {
            status,
            reason,
            latency_ms,
        };
        let cache = match self {
            Self::None => return look(HealthStatus::Ok, "Not used.".to_owned(), None),
            Self::Broken(why) => return look(HealthStatus::Down, why.clone(), None),
            Self::Used(cache) => cache,
        };
        match cache.state() {
            State::Unknown => look(
                HealthStatus::Degraded,
                "It has not answered yet.".to_owned(),
                None,
            ),
            State::Down(why) => look(
                HealthStatus::Down,
                format!("It does not answer ({why})."),
                None,
            ),
            State::Up { latency } => {
                let reason = cache
                    .figures()
                    .hit_percent()
                    .map_or_else(String::new, |percent| {
                        format!("{percent} % of what was looked for was there.")
                    });
                look(
                    HealthStatus::Ok,
                    reason,
                    Some(latency.as_secs_f64() * 1000.0),
                )
            }
        }
    }

    /// Puts its figures into the metrics.
    pub(crate) fn register(&self, registry: &Registry) -> Result<(), prometheus::Error> {
        match self {
            Self::None | Self::Broken(_) => Ok(()),
            Self::Used(cache) => registry.register(Box::new(CacheMetrics::new(cache.clone())?)),
        }
    }
}

/// The cache as the venue's connection uses it.
#[derive(Debug)]
struct Through(Cache);

type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl Share for Through {
    fn kept<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        Box::pin(self.0.kept(key))
    }

    fn keep<'a>(&'a self, key: &'a str, value: &'a [u8], ttl: Duration) -> Answer<'a, ()> {
        Box::pin(self.0.keep(key, value, ttl))
    }

    fn take<'a>(
        &'a self,
        venue: &'a str,
        weight: u32,
        limit: u32,
        goes_anyway: bool,
    ) -> Answer<'a, Taken> {
        Box::pin(async move {
            match self.0.take(venue, weight, limit, goes_anyway).await {
                aicoin_cache::Taken::Granted => Taken::Granted,
                aicoin_cache::Taken::Wait(pause) => Taken::Wait(pause),
                aicoin_cache::Taken::Unknown => Taken::Unknown,
            }
        })
    }

    fn be_quiet<'a>(&'a self, venue: &'a str, pause: Duration) -> Answer<'a, ()> {
        Box::pin(self.0.be_quiet(venue, pause))
    }
}

/// The cache's own counts, read when somebody asks.
struct CacheMetrics {
    cache: Cache,
    requests: IntCounterVec,
}

impl CacheMetrics {
    fn new(cache: Cache) -> Result<Self, prometheus::Error> {
        let opts = Opts::new(
            "aicoin_cache_requests_total",
            "What was looked for in the shared cache: hit, miss, or a call that failed.",
        );
        Ok(Self {
            cache,
            requests: IntCounterVec::new(opts, &["result"])?,
        })
    }
}

impl Collector for CacheMetrics {
    fn desc(&self) -> Vec<&Desc> {
        self.requests.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let figures = self.cache.figures();
        for (result, count) in [
            ("hit", figures.hits),
            ("miss", figures.misses),
            ("failed", figures.failures),
        ] {
            let counter = self.requests.with_label_values(&[result]);
            counter.inc_by(count.saturating_sub(counter.get()));
        }
        self.requests.collect()
    }
}
