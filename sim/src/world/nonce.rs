//! The nonces of a signer: the hundred highest are remembered, and each is good once.

use std::collections::BTreeSet;

use aicoin_domain::{DurationMs, TimeMs};

/// How many are remembered.
const KEPT: usize = 100;
/// How far in the past one may lie.
const OLDEST: DurationMs = DurationMs::from_mins(2 * 24 * 60);
/// How far in the future.
const NEWEST: DurationMs = DurationMs::from_mins(24 * 60);

/// The nonces that one signer has used.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nonces(BTreeSet<u64>);

impl Nonces {
    /// Uses one up. Its window is looked at by both clocks: ordinary clients take theirs from the wall.
    ///
    /// # Errors
    /// In the venue's words.
    pub(crate) fn take(&mut self, nonce: u64, clocks: [TimeMs; 2]) -> Result<(), String> {
        let is_within = clocks.iter().any(|now| {
            i64::try_from(nonce).is_ok_and(|at| {
                let at = TimeMs(at);
                at > *now - OLDEST && at < *now + NEWEST
            })
        });
        let [now, _] = clocks;
        if !is_within {
            let earliest = (now - OLDEST).0;
            return Err(if i64::try_from(nonce).is_ok_and(|at| at <= earliest) {
                format!("Invalid nonce: nonce too low {nonce} < {earliest}")
            } else {
                format!(
                    "Invalid nonce: nonce too high {nonce} > {}",
                    (now + NEWEST).0
                )
            });
        }
        if self.0.contains(&nonce) {
            return Err(format!("Invalid nonce: duplicate nonce {nonce}"));
        }
        if self.0.len() >= KEPT {
            match self.0.first() {
                Some(lowest) if nonce < *lowest => {
                    return Err(format!("Invalid nonce: nonce too low {nonce} < {lowest}"));
                }
                _ => {
                    self.0.pop_first();
                }
            }
        }
        self.0.insert(nonce);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: TimeMs = TimeMs(1_764_000_000_000);

    fn take(nonces: &mut Nonces, offset: i64) -> Result<(), String> {
        nonces.take(u64::try_from(NOW.0 + offset).unwrap(), [NOW, NOW])
    }

    #[test]
    fn each_is_good_once_and_must_be_above_the_smallest_of_a_hundred() {
        let mut nonces = Nonces::default();
        for offset in 0..100 {
            take(&mut nonces, offset * 10).unwrap();
        }
        let duplicate = format!("Invalid nonce: duplicate nonce {}", NOW.0 + 50);
        assert_eq!(take(&mut nonces, 50), Err(duplicate));
        let low = format!("Invalid nonce: nonce too low {} < {}", NOW.0 - 1, NOW.0);
        assert_eq!(take(&mut nonces, -1), Err(low));
        take(&mut nonces, 5).unwrap();
        // Now 5 is the smallest one that is kept.
        assert!(take(&mut nonces, 1).is_err());
        take(&mut nonces, 6).unwrap();
    }

    #[test]
    fn it_lies_within_the_window_of_either_clock() {
        let day = 24 * 3_600_000;
        let mut nonces = Nonces::default();
        assert!(take(&mut nonces, -2 * day).is_err());
        take(&mut nonces, -2 * day + 1).unwrap();
        assert!(take(&mut nonces, day).is_err());
        take(&mut nonces, day - 1).unwrap();
        let far = TimeMs(NOW.0 + 30 * day);
        let nonce = u64::try_from(NOW.0).unwrap();
        nonces.take(nonce, [far, NOW]).unwrap();
        assert!(nonces.take(0, [far, NOW]).is_err());
    }
}
