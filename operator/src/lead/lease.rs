//! What a replica does about the Lease. Pure: clocks are handed in.
//!
//! Whether another holder is gone is told by our own clock alone: its lease has not changed for as long as it lasts. So
//! clocks that differ make nobody lead too early.

use std::time::{Duration, Instant};

/// How long things take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timings {
    /// How long a lease that nobody renews stands.
    pub duration: Duration,
    /// How long a leader goes on without a successful renewal. Shorter than `duration`.
    pub renew_deadline: Duration,
    /// How often it is tried.
    pub retry_period: Duration,
}

impl Timings {
    /// Checks the order of the three.
    ///
    /// # Errors
    /// A sentence.
    pub fn check(&self) -> Result<(), String> {
        if self.retry_period.is_zero()
            || self.retry_period >= self.renew_deadline
            || self.renew_deadline >= self.duration
        {
            return Err(format!(
                "--lease-retry-period ({} s) must be above 0 and below --lease-renew-deadline ({} s), and that below \
                 --lease-duration ({} s).",
                self.retry_period.as_secs_f64(),
                self.renew_deadline.as_secs_f64(),
                self.duration.as_secs_f64()
            ));
        }
        Ok(())
    }
}

/// The Lease as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Who holds it; `None` when it was let go of.
    pub holder: Option<String>,
    /// The version of the copy.
    pub resource_version: String,
    /// How long it stands, as its holder says.
    pub duration: Duration,
    /// How often it changed hands.
    pub transitions: i32,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There is none: make it.
    Create,
    /// It is ours: renew it.
    Renew,
    /// It is free, or its holder is gone: take it.
    Take,
    /// Somebody else holds it.
    Wait,
}

/// What a replica does, seeing this lease, which has looked like this since `unchanged_since`.
#[must_use]
pub fn step(view: Option<&View>, me: &str, unchanged_since: Instant, now: Instant) -> Step {
    let Some(view) = view else {
        return Step::Create;
    };
    match view.holder.as_deref() {
        Some(holder) if holder == me => Step::Renew,
        None | Some("") => Step::Take,
        Some(_) if now.saturating_duration_since(unchanged_since) > view.duration => Step::Take,
        Some(_) => Step::Wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_taken_only_from_nobody_or_from_one_that_stopped_renewing() {
        let start = Instant::now();
        let held = |holder: Option<&str>| View {
            holder: holder.map(str::to_owned),
            duration: Duration::from_secs(15),
            ..View::default()
        };
        let after = |seconds| start + Duration::from_secs(seconds);
        for (name, view, now, expected) in [
            ("none", None, start, Step::Create),
            ("ours", Some(held(Some("me"))), after(60), Step::Renew),
            ("let go of", Some(held(None)), start, Step::Take),
            (
                "let go of, as an empty word",
                Some(held(Some(""))),
                start,
                Step::Take,
            ),
            (
                "just renewed",
                Some(held(Some("other"))),
                after(15),
                Step::Wait,
            ),
            (
                "not renewed",
                Some(held(Some("other"))),
                after(16),
                Step::Take,
            ),
        ] {
            assert_eq!(step(view.as_ref(), "me", start, now), expected, "{name}");
        }
    }

    #[test]
    fn times_in_the_wrong_order_are_refused() {
        let timings = |duration, renew, retry| Timings {
            duration: Duration::from_secs(duration),
            renew_deadline: Duration::from_secs(renew),
            retry_period: Duration::from_secs(retry),
        };
        assert_eq!(timings(15, 10, 2).check(), Ok(()));
        for wrong in [timings(10, 10, 2), timings(15, 2, 2), timings(15, 10, 0)] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }
}
