//! How the way to the venue is, for `/api/v1/health`.

use aicoin_api::http::HealthStatus;
use aicoin_venue::{PartHealth, VenueHealth};

/// One part of the way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) status: HealthStatus,
    pub(crate) reason: String,
    pub(crate) latency_ms: Option<f64>,
}

/// How the way to the venue is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LinkHealth {
    /// Orders and questions.
    pub(crate) exchange: Part,
    /// Prices; `None` where the core's own view of their age is all there is.
    pub(crate) market_data: Option<Part>,
}

impl LinkHealth {
    /// A venue in this process.
    pub(crate) fn in_process() -> Self {
        Self {
            exchange: Part {
                status: HealthStatus::Ok,
                reason: "Simulated in this process.".to_owned(),
                latency_ms: None,
            },
            market_data: None,
        }
    }

    /// Nothing was reached yet.
    pub(crate) fn dialling() -> Self {
        Self::broken("It has not answered yet.".to_owned())
    }

    /// Something stands in the way.
    pub(crate) fn broken(reason: String) -> Self {
        let down = |reason: String| Part {
            status: HealthStatus::Down,
            reason,
            latency_ms: None,
        };
        Self {
            exchange: down(reason),
            market_data: Some(down("There is no connection to the venue.".to_owned())),
        }
    }

    /// As the connection says.
    pub(crate) fn of(health: &VenueHealth) -> Self {
        Self {
            exchange: part(&health.exchange),
            market_data: Some(part(&health.market_data)),
        }
    }
}

fn part(part: &PartHealth) -> Part {
    Part {
        status: match part.level {
            aicoin_venue::Level::Ok => HealthStatus::Ok,
            aicoin_venue::Level::Degraded => HealthStatus::Degraded,
            aicoin_venue::Level::Down => HealthStatus::Down,
        },
        reason: part.reason.clone(),
        latency_ms: part.latency_ms,
    }
}
