//! Looking again until it is so, for at most so long.

use std::time::{Duration, Instant};

use crate::{Error, Result};

/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// `Ok(None)` from `look` means "not yet", an error means that waiting has no point. `why` is asked when time is up.
pub(crate) fn until<T>(
    what: &str,
    limit: Duration,
    mut look: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let begun = Instant::now();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if begun.elapsed() >= limit {
            return Err(Error::new(format!(
                "Not within {} s: {what}.",
                limit.as_secs()
            )));
        }
        std::thread::sleep(LOOK_EVERY);
    }
}
