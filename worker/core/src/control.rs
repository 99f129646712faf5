//! Control: what is asked, what is accepted, what is effective. Three facts, never mixed.
//!
//! A stronger level binds the moment it arrives; it is *accepted* once it is durable. A weaker level binds only once it
//! is durable. So a crash can never leave a bot freer than somebody was told.

use aicoin_domain::{Desired, Hold};
use serde::{Deserialize, Serialize};

use crate::output::Seq;

/// The control as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Control {
    /// The operator's level and counter; `None` until the first was given.
    pub(crate) desired: Option<(u64, Desired)>,
    /// The local hold.
    pub(crate) hold: Hold,
    /// The level that was in force before the one that is being written.
    before: Option<Desired>,
    /// The piece of writing that holds the newest control.
    written: Seq,
    /// It is durable.
    pub(crate) accepted: bool,
    /// It is true in the world.
    pub(crate) effective: bool,
    /// The highest operator's counter that was effective.
    pub(crate) effective_generation: u64,
}

impl Control {
    /// Takes the operator's level. False when it is not newer than what stands.
    pub(crate) fn on_desired(&mut self, generation: u64, desired: Desired, seq: Seq) -> bool {
        if self.desired.is_some_and(|(known, _)| generation <= known) {
            return false;
        }
        self.change(seq, |control| control.desired = Some((generation, desired)));
        true
    }

    /// Takes the local hold. False when it stands already.
    pub(crate) fn on_hold(&mut self, hold: Hold, seq: Seq) -> bool {
        if self.hold == hold {
            return false;
        }
        self.change(seq, |control| control.hold = hold);
        true
    }

    fn change(&mut self, seq: Seq, set: impl FnOnce(&mut Self)) {
        self.before = Some(self.binding());
        set(self);
        self.written = seq;
        self.accepted = false;
        self.effective = false;
    }

    /// What was saved is durable: a control that was being written when the process ended is accepted.
    pub(crate) fn on_restart(&mut self) {
        self.accepted = self.written != Seq(0);
        self.before = None;
    }

    /// Everything up to `seq` is durable. True when that makes the newest control accepted.
    pub(crate) fn on_durable(&mut self, seq: Seq) -> bool {
        if self.accepted || self.written > seq || self.written == Seq(0) {
            return false;
        }
        self.accepted = true;
        self.before = None;
        true
    }

    /// The level asked for: the strongest of the operator's and the local hold. No control yet counts as paused.
    pub(crate) fn in_force(&self) -> Desired {
        self.desired
            .map_or(Desired::Paused, |(_, desired)| desired)
            .with_hold(self.hold)
    }

    /// The level that binds what is done now: while a weaker one is being written, still the old one.
    pub(crate) fn binding(&self) -> Desired {
        match self.before {
            Some(before) => stronger(before, self.in_force()),
            None => self.in_force(),
        }
    }

    /// The operator's counter; 0 before the first.
    pub(crate) fn generation(&self) -> u64 {
        self.desired.map_or(0, |(generation, _)| generation)
    }

    /// It has become true in the world. False when that was known.
    pub(crate) fn on_effective(&mut self) -> bool {
        if self.effective {
            return false;
        }
        self.effective = true;
        self.effective_generation = self.generation();
        true
    }
}

/// Which of two levels opens less. `Stopped` trades nothing and closes nothing: it is weaker than close-all.
fn stronger(one: Desired, other: Desired) -> Desired {
    let strength = |level: Desired| match level {
        Desired::Running => 0,
        Desired::Paused => 1,
        Desired::Stopped => 2,
        Desired::CloseAll => 3,
    };
    if strength(one) >= strength(other) {
        one
    } else {
        other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stronger_level_binds_at_once_and_a_weaker_one_when_durable() {
        let mut control = Control::default();
        assert_eq!(control.binding(), Desired::Paused);
        assert!(control.on_desired(1, Desired::Running, Seq(1)));
        assert_eq!(
            (control.binding(), control.accepted),
            (Desired::Paused, false)
        );
        assert!(control.on_durable(Seq(1)));
        assert_eq!(
            (control.binding(), control.accepted),
            (Desired::Running, true)
        );
        assert!(control.on_desired(2, Desired::CloseAll, Seq(2)));
        assert_eq!(
            (control.binding(), control.accepted),
            (Desired::CloseAll, false)
        );
    }

    #[test]
    fn the_highest_generation_wins_and_repeats_change_nothing() {
        let mut control = Control::default();
        assert!(control.on_desired(5, Desired::Paused, Seq(1)));
        assert!(control.on_durable(Seq(1)));
        let before = control.clone();
        assert!(!control.on_desired(5, Desired::Running, Seq(2)));
        assert!(!control.on_desired(4, Desired::Running, Seq(2)));
        assert!(!control.on_durable(Seq(2)));
        assert_eq!(control, before);
    }

    #[test]
    fn a_local_hold_is_not_undone_by_the_operators_repeat() {
        let mut control = Control::default();
        assert!(control.on_desired(1, Desired::Running, Seq(1)));
        assert!(control.on_hold(Hold::CloseAll, Seq(2)));
        assert!(control.on_durable(Seq(2)));
        assert!(control.on_desired(2, Desired::Running, Seq(3)));
        assert!(control.on_durable(Seq(3)));
        assert_eq!(control.in_force(), Desired::CloseAll);
        assert!(control.on_hold(Hold::None, Seq(4)));
        assert_eq!(control.binding(), Desired::CloseAll);
        assert!(control.on_durable(Seq(4)));
        assert_eq!(control.binding(), Desired::Running);
    }
}
