//! When earlier processes of a bot crashed.

/// A crash that is longer ago says nothing of now, ms.
const AGE_MS_MAX: u64 = 5 * 60_000;

/// Wall-clock times of starts that came after a crash, ms, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Crashes(Vec<i64>);

impl Crashes {
    /// Those of earlier starts.
    pub(crate) fn at(times_ms: Vec<i64>) -> Self {
        Self(times_ms)
    }

    /// How many there were within the last five minutes.
    pub(crate) fn recent(&self, now_ms: i64) -> u32 {
        // A clock that was set back must not make an old crash new.
        let recent = self
            .0
            .iter()
            .filter(|at| now_ms.abs_diff(**at) <= AGE_MS_MAX);
        u32::try_from(recent.count()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_five_minutes_count_whatever_the_clock_did() {
        let now = 1_800_000_000_000;
        let crashes = Crashes::at(vec![
            now - 300_001,
            now - 300_000,
            now - 1,
            now,
            now + 86_400_000,
        ]);
        assert_eq!(crashes.recent(now), 3);
        assert_eq!(crashes.recent(now + 300_000), 1);
        assert_eq!(Crashes::default().recent(now), 0);
    }
}
