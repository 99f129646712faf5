//! What a status is computed from.

use aicoin_api::crd::{ControlStatus, Remaining};
use aicoin_domain::Hold;

use super::reason;
use crate::world::Failing;

/// What there is of the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerFact {
    /// Nothing was made yet.
    NoDeployment,
    /// It was stopped: no pod is asked for.
    Stopped,
    /// A pod is asked for and not there yet.
    NoPod,
    /// A pod.
    Pod {
        /// Its readiness probe passes.
        ready: bool,
    },
    /// A worker that is reached directly.
    Direct {
        /// It says that it is ready.
        ready: bool,
    },
}

/// What needs a person, from a closed list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A stop is refused.
    StopRefused {
        /// Open positions.
        positions: u32,
    },
    /// The hold annotation is a word that is no level.
    HoldUnknown,
    /// The worker cannot be reached.
    Unreachable,
    /// The worker takes connections and answers nothing.
    Stuck,
    /// The worker refuses the operator's tokens.
    TokenRefused,
    /// Its pod does not run.
    Pod(Failing),
    /// A child cannot be written; the API server's sentence.
    Apply(String),
    /// The name of a child belongs to something else.
    NameTaken(String),
    /// The worker says why it is not ready, by a reason code.
    Worker(String),
    /// Deletion does not come to its end.
    Deletion,
    /// What the status says already, as long as nothing newer is known.
    Kept {
        /// The reason.
        reason: String,
        /// The sentence.
        message: String,
    },
}

/// How far a deletion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// Positions are being closed.
    Positions,
    /// The children go.
    Children,
}

/// Everything that is known of a bot.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Of the spec.
    pub generation: i64,
    /// What is asked of the worker, and how far it is.
    pub control: ControlStatus,
    /// What there is of the worker.
    pub worker: WorkerFact,
    /// What is wrong with the spec.
    pub spec_problem: Option<String>,
    /// The children are left alone.
    pub reconcile_paused: bool,
    /// It is being deleted.
    pub deleting: Option<Closing>,
    /// What needs a person.
    pub trouble: Option<Trouble>,
    /// What is left to close.
    pub remaining: Option<Remaining>,
    /// Everything was confirmed closed before, and nothing weaker was asked for since.
    pub was_closed: bool,
    /// The worker's image.
    pub image: Option<String>,
    /// The worker's pod.
    pub pod_name: Option<String>,
    /// How often its container was started again.
    pub restarts: u32,
    /// The restart that was carried out last.
    pub last_restart_at: Option<String>,
    /// The account lives in the pod alone.
    pub ephemeral: bool,
}

impl Facts {
    /// The control is written down by the worker.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.control.generation > 0 && self.control.accepted_generation == self.control.generation
    }

    /// The control is true in the world.
    #[must_use]
    pub fn is_effective(&self) -> bool {
        self.is_accepted() && self.control.effective_generation == self.control.generation
    }

    /// It halted after crashes.
    #[must_use]
    pub fn is_halted(&self) -> bool {
        self.is_told(reason::CRASH_LOOP)
    }

    /// A stop is asked for and not carried out.
    #[must_use]
    pub fn is_stop_refused(&self) -> bool {
        matches!(self.trouble, Some(Trouble::StopRefused { .. }))
            || self.is_told(reason::STOP_REFUSED)
    }

    fn is_told(&self, reason: &str) -> bool {
        matches!(
            &self.trouble,
            Some(Trouble::Worker(told) | Trouble::Kept { reason: told, .. }) if told == reason
        )
    }

    /// The worker is ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        match self.worker {
            WorkerFact::Pod { ready } | WorkerFact::Direct { ready } => ready,
            WorkerFact::NoDeployment | WorkerFact::Stopped | WorkerFact::NoPod => false,
        }
    }

    /// Somebody holds it at the worker itself, more strongly than was asked here.
    #[must_use]
    pub fn is_held_locally(&self) -> bool {
        self.control.local_hold != Hold::None
            && self.control.desired.with_hold(self.control.local_hold) != self.control.desired
    }
}
