//! How long things may take before somebody is told, or something is looked at again.

use std::time::Duration;

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// A worker that takes connections and does not answer for this long is stuck.
    pub stuck: Duration,
    /// One that cannot be reached for this long is unreachable: a restart takes a few seconds.
    pub unreachable: Duration,
    /// After a change of the control key a kubelet may take this long to hand it to a pod.
    pub denied: Duration,
    /// Closing before a deletion takes seconds; after this somebody is told what is left.
    pub deletion: Duration,
    /// How long a worker that was told to stop is waited for. Its pod ends by itself in any case.
    pub stop: Duration,
    /// A quiet bot is looked at this often: somebody may hold it at the worker itself.
    pub look: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            stuck: Duration::from_secs(5),
            unreachable: Duration::from_secs(15),
            denied: Duration::from_secs(150),
            deletion: Duration::from_secs(60),
            stop: Duration::from_secs(45),
            look: Duration::from_secs(60),
        }
    }
}
