//! The level that is asked: the strongest of spec and annotation. Deletion asks for the strongest of all.

use aicoin_domain::Desired;

use crate::world::Bot;

/// What the hold annotation asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Nothing: it is not there.
    None,
    /// A level.
    Level(aicoin_domain::Hold),
    /// A word that is none. Somebody wanted to hold the bot: it is held at the weakest level, and told.
    Unknown,
}

/// Reads the hold annotation.
#[must_use]
pub fn hold(bot: &Bot) -> Hold {
    match bot.asked.hold.as_deref() {
        None | Some("" | "None") => Hold::None,
        Some("Paused") => Hold::Level(aicoin_domain::Hold::Paused),
        Some("CloseAll") => Hold::Level(aicoin_domain::Hold::CloseAll),
        Some(_) => Hold::Unknown,
    }
}

/// What is asked of the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The level.
    pub level: Desired,
    /// The hold annotation is a word that is no level.
    pub hold_unknown: bool,
}

/// The level of spec, annotation and deletion together.
///
/// A `desiredState` that is no level cannot be told from a wrongly written pause: it counts as one.
#[must_use]
pub fn wanted(bot: &Bot, closing_for_deletion: bool) -> Wanted {
    let hold = hold(bot);
    if closing_for_deletion {
        return Wanted {
            level: Desired::CloseAll,
            hold_unknown: hold == Hold::Unknown,
        };
    }
    let spec = bot.desired.unwrap_or(Desired::Paused);
    let level = match hold {
        Hold::None => aicoin_domain::Hold::None,
        Hold::Level(level) => level,
        Hold::Unknown => aicoin_domain::Hold::Paused,
    };
    Wanted {
        level: spec.with_hold(level),
        hold_unknown: hold == Hold::Unknown,
    }
}
