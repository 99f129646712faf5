//! Meters and percentiles.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::audit::Writes;
use crate::contender::{Contender, Running};
use crate::plane::Plane;
use crate::{Result, process};

/// Nothing is written for so long: the phase is over.
const QUIET: Duration = Duration::from_secs(2);
/// Somebody who never comes to rest.
const QUIET_LIMIT: Duration = Duration::from_secs(90);

/// What a phase cost.
#[derive(Debug, Serialize)]
pub struct Cost {
    /// From its start to what ends it, s.
    pub wall_s: f64,
    /// Writes of the contender, until it came to rest.
    pub writes: Writes,
    /// Its processor time, s.
    pub operator_cpu_s: f64,
    /// The API server's, s.
    pub apiserver_cpu_s: f64,
    /// etcd's, s.
    pub etcd_cpu_s: f64,
    /// This driver's, s.
    pub driver_cpu_s: f64,
    /// That of everything else on the machine, s. Much of it makes the figures worse than they are.
    pub others_cpu_s: f64,
}

/// Where a phase started.
#[derive(Debug)]
pub struct Meter {
    /// When.
    pub started: Instant,
    operator: f64,
    plane: (f64, f64),
    driver: f64,
    machine: f64,
}

impl Meter {
    /// Starts a phase. A process that is started after this has used nothing yet.
    pub fn start(plane: &mut Plane, running: Option<&Running>) -> Result<Self> {
        plane.audit.take()?;
        Ok(Self {
            operator: running.map_or(Ok(0.0), |running| process::cpu_s(running.pid))?,
            plane: plane.cpu_s()?,
            driver: process::cpu_s(std::process::id())?,
            machine: process::machine_s()?,
            started: Instant::now(),
        })
    }

    /// The phase had its end at `ended`; what follows it belongs to it until nothing is written any more.
    pub async fn end(
        self,
        plane: &mut Plane,
        contender: &Contender,
        running: &mut Running,
        ended: Instant,
    ) -> Result<Cost> {
        rest(plane, contender, running).await?;
        let (apiserver, etcd) = plane.cpu_s()?;
        let (apiserver, etcd) = (apiserver - self.plane.0, etcd - self.plane.1);
        let operator = process::cpu_s(running.pid)? - self.operator;
        let driver = process::cpu_s(std::process::id())? - self.driver;
        let all = process::machine_s()? - self.machine;
        Ok(Cost {
            wall_s: ended.saturating_duration_since(self.started).as_secs_f64(),
            writes: plane.audit.take()?,
            operator_cpu_s: operator,
            apiserver_cpu_s: apiserver,
            etcd_cpu_s: etcd,
            driver_cpu_s: driver,
            others_cpu_s: (all - operator - apiserver - etcd - driver).max(0.0),
        })
    }
}

/// Waits until the contender writes nothing any more.
async fn rest(plane: &mut Plane, contender: &Contender, running: &mut Running) -> Result<()> {
    let deadline = Instant::now() + QUIET_LIMIT;
    let (mut writes, mut since) = (plane.audit.so_far()?, Instant::now());
    while since.elapsed() < QUIET {
        running.check(contender)?;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = plane.audit.so_far()?;
        if now != writes {
            (writes, since) = (now, Instant::now());
        }
        if Instant::now() > deadline {
            return Err(format!(
                "The contender still writes after {} s.",
                QUIET_LIMIT.as_secs()
            ));
        }
    }
    Ok(())
}

/// Of latencies, ms.
#[derive(Debug, Serialize)]
pub struct Spread {
    /// How many there are.
    pub count: usize,
    /// How many were awaited in vain.
    pub missing: usize,
    /// The middle one.
    pub p50_ms: f64,
    /// One in a hundred is slower.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
}

impl Spread {
    /// Of these; `None` was awaited in vain.
    pub fn of(latencies: &[Option<Duration>]) -> Self {
        let mut all: Vec<f64> = latencies
            .iter()
            .flatten()
            .map(|latency| latency.as_secs_f64() * 1000.0)
            .collect();
        all.sort_by(f64::total_cmp);
        // The nearest rank: the smallest that so many are not above.
        let rank = |share: f64| {
            let place = (share * all.len() as f64).ceil() as usize;
            all.get(place.saturating_sub(1))
                .copied()
                .unwrap_or(f64::NAN)
        };
        Self {
            count: all.len(),
            missing: latencies.len() - all.len(),
            p50_ms: rank(0.5),
            p99_ms: rank(0.99),
            max_ms: rank(1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_latencies_that_were_measured_and_the_missing_are_told() {
        let mut all: Vec<Option<Duration>> = (1..=200)
            .rev()
            .map(|ms| Some(Duration::from_millis(ms)))
            .collect();
        all.push(None);
        let spread = Spread::of(&all);
        assert_eq!(
            (
                spread.count,
                spread.missing,
                spread.p50_ms,
                spread.p99_ms,
                spread.max_ms
            ),
            (200, 1, 100.0, 198.0, 200.0)
        );
    }
}
