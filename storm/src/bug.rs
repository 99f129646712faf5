//! Bugs on purpose. A rig is trusted while it finds them.

/// A bug in what runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bug {
    /// None: the product as it is.
    #[default]
    None,
    /// One in the core.
    #[cfg(feature = "planted")]
    Core(aicoin_core::Planted),
    /// In the shell: the next owner of an account does not wait for the lease and the last order of the one before.
    TakeOverWithoutWait,
    /// In the shell: whether the lease is still held is told by a clock that may stand still or be set back.
    LeaseByWallClock,
    /// In the store: a commit whose reply was lost is merged a second time.
    MergeTwice,
}

impl Bug {
    /// The bugs of the shell and the store.
    pub const OF_THE_SHELL: [Self; 3] = [
        Self::TakeOverWithoutWait,
        Self::LeaseByWallClock,
        Self::MergeTwice,
    ];
}
