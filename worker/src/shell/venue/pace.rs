//! When the next step of simulated time is due.

use std::time::{Duration, Instant};

/// Steps that are caught up without looking at the outside: a bound for high speeds and for a machine that slept.
const STEPS_AT_ONCE_MAX: u32 = 64;

/// When the next step of simulated time is due.
#[derive(Debug)]
pub(super) struct Pace {
    every: Duration,
    next: Instant,
}

impl Pace {
    /// One step a second, so many times faster.
    pub(super) fn new(speed: f64) -> Self {
        let every = Duration::from_secs_f64(1.0 / speed);
        Self {
            every,
            next: Instant::now() + every,
        }
    }

    pub(super) const fn next(&self) -> Instant {
        self.next
    }

    /// Time stood still until now.
    pub(super) fn restart(&mut self) {
        self.next = Instant::now() + self.every.max(Duration::from_millis(1));
    }

    /// The steps that are due now. What cannot be caught up at once is let go: simulated time then runs late.
    pub(super) fn due_steps(&mut self) -> u32 {
        let mut due = 0;
        let now = Instant::now();
        while self.next <= now && due < STEPS_AT_ONCE_MAX {
            self.next += self.every;
            due += 1;
        }
        if self.next <= now {
            self.next = now;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_slept_does_not_catch_up() {
        let mut pace = Pace::new(1_000.0);
        pace.next = Instant::now() - Duration::from_secs(3_600);
        assert_eq!(pace.due_steps(), STEPS_AT_ONCE_MAX);
        assert!(pace.next >= Instant::now() - Duration::from_secs(1));
    }
}
