//! The gate in front of every write.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Instant;

use tokio::sync::watch;

/// This replica may not write now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this replica does not lead, and writes nothing")]
pub struct NotLeader;

/// Until when this replica may write.
#[derive(Debug)]
pub struct Gate {
    until: Mutex<Until>,
    leads: watch::Sender<bool>,
}

#[derive(Clone, Copy, Debug)]
enum Until {
    /// Not now.
    Closed,
    /// Until then.
    Time(Instant),
    /// There is nobody else: elections are switched off.
    Always,
}

impl Gate {
    /// Closed, until an election is won.
    #[must_use]
    pub fn closed() -> Self {
        Self {
            until: Mutex::new(Until::Closed),
            leads: watch::Sender::new(false),
        }
    }

    /// Open for ever.
    #[must_use]
    pub fn always() -> Self {
        Self {
            until: Mutex::new(Until::Always),
            leads: watch::Sender::new(true),
        }
    }

    /// Open until then.
    pub fn open_until(&self, until: Instant) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = Until::Time(until);
        self.leads
            .send_if_modified(|leads| !std::mem::replace(leads, true));
    }

    /// Closed.
    pub fn close(&self) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = Until::Closed;
        self.leads
            .send_if_modified(|leads| std::mem::replace(leads, false));
    }

    /// Whether a write may start now.
    ///
    /// # Errors
    /// When this replica does not lead, or its claim has run out.
    pub fn check(&self) -> Result<(), NotLeader> {
        match *self.until.lock().unwrap_or_else(PoisonError::into_inner) {
            Until::Always => Ok(()),
            Until::Time(until) if Instant::now() < until => Ok(()),
            Until::Time(_) | Until::Closed => Err(NotLeader),
        }
    }

    /// Told when leadership is won and lost.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<bool> {
        self.leads.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_claim_that_ran_out_lets_nothing_through() {
        let gate = Gate::closed();
        assert_eq!(gate.check(), Err(NotLeader));
        gate.open_until(Instant::now() + Duration::from_secs(60));
        assert_eq!(gate.check(), Ok(()));
        gate.open_until(Instant::now());
        assert_eq!(gate.check(), Err(NotLeader));
        gate.open_until(Instant::now() + Duration::from_secs(60));
        gate.close();
        assert_eq!(gate.check(), Err(NotLeader));
        assert_eq!(Gate::always().check(), Ok(()));
    }
}
