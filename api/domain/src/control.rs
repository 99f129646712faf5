//! What a bot is asked to be, as a level with a strength.

use core::fmt;

use serde::{Deserialize, Serialize};

/// The state that somebody wants the bot to be in. The stronger one wins: the order of the variants is their strength.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Desired {
    /// Trade.
    #[default]
    Running,
    /// Open nothing; stops and exits go on.
    Paused,
    /// Flatten every position and cancel every order, then stay like that.
    CloseAll,
    /// No worker at all. Beside a hold it counts as [`Desired::Paused`].
    Stopped,
}

/// A level that is held locally, beside what the operator asks: the strongest of all levels is in force.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Hold {
    /// Nothing is held.
    #[default]
    None,
    /// Open nothing.
    Paused,
    /// Flatten everything.
    CloseAll,
}

impl Desired {
    /// The word, as it is written in a manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Paused => "Paused",
            Self::CloseAll => "CloseAll",
            Self::Stopped => "Stopped",
        }
    }

    /// The level in force when `hold` is there too.
    #[must_use]
    pub const fn with_hold(self, hold: Hold) -> Self {
        match (self, hold) {
            (_, Hold::CloseAll) | (Self::CloseAll, _) => Self::CloseAll,
            (Self::Stopped, Hold::None) => Self::Stopped,
            (Self::Stopped | Self::Paused, _) | (Self::Running, Hold::Paused) => Self::Paused,
            (Self::Running, Hold::None) => Self::Running,
        }
    }
}

impl Hold {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Paused => "Paused",
            Self::CloseAll => "CloseAll",
        }
    }
}

impl fmt::Display for Desired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_level_is_in_force() {
        use Desired::{CloseAll, Paused, Running, Stopped};
        let table = [
            (Running, Hold::None, Running),
            (Running, Hold::Paused, Paused),
            (Running, Hold::CloseAll, CloseAll),
            (Paused, Hold::None, Paused),
            (Paused, Hold::Paused, Paused),
            (Paused, Hold::CloseAll, CloseAll),
            (CloseAll, Hold::None, CloseAll),
            (CloseAll, Hold::Paused, CloseAll),
            (CloseAll, Hold::CloseAll, CloseAll),
            (Stopped, Hold::None, Stopped),
            (Stopped, Hold::Paused, Paused),
            (Stopped, Hold::CloseAll, CloseAll),
        ];
        for (desired, hold, in_force) in table {
            assert_eq!(
                desired.with_hold(hold),
                in_force,
                "{desired} with hold {hold}"
            );
        }
    }
}
