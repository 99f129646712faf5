//! Who may use the cluster at the same time: most tests together, some alone.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

static CLUSTER: RwLock<()> = RwLock::new(());

/// A test's turn. It ends when it is dropped, also by a test that failed.
#[derive(Debug)]
pub(crate) enum Turn {
    /// Beside others.
    Together(#[expect(dead_code, reason = "held")] RwLockReadGuard<'static, ()>),
    /// It takes away what others need: the operator, the node, the values of the chart.
    Alone(#[expect(dead_code, reason = "held")] RwLockWriteGuard<'static, ()>),
}

impl Turn {
    pub(crate) fn together() -> Self {
        Self::Together(CLUSTER.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn alone() -> Self {
        Self::Alone(CLUSTER.write().unwrap_or_else(PoisonError::into_inner))
    }
}
