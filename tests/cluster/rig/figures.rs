//! Figures of many measurements.

use std::time::Duration;

/// The value that so many percent of the measurements stay below or at.
pub(crate) fn percentile(measured: &[Duration], percent: usize) -> Duration {
    let mut sorted = measured.to_vec();
    sorted.sort();
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted[rank - 1]
}
