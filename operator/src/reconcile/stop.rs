//! Whether a worker runs, and what it is asked for. Pure.
//!
//! Stopping takes the worker away, and with it whoever would move a stop or close a position: it is refused while
//! positions are open, unless everything was confirmed closed before.

use aicoin_api::crd::ControlStatus;
use aicoin_api::http::ControlReply;
use aicoin_domain::Desired;

use crate::control::count;
use crate::status::Trouble;

/// What is known when it is decided.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    /// The control as it stands in the status.
    pub(super) control: Option<&'a ControlStatus>,
    /// The status says that everything is closed.
    pub(super) was_closed: bool,
    /// A Deployment is there.
    pub(super) is_made: bool,
    /// It has no replicas.
    pub(super) is_down: bool,
    /// What the worker said a moment ago, asked at the present count.
    pub(super) report: Option<&'a ControlReply>,
}

/// What is decided.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Decided {
    /// What is asked of the worker.
    pub(crate) control: ControlStatus,
    /// The worker runs.
    pub(crate) runs: bool,
    /// Everything is closed, and nothing weaker was asked for since.
    pub(crate) was_closed: bool,
    /// The worker has to say first whether positions are open.
    pub(crate) must_look: bool,
    /// Why nothing is done.
    pub(crate) trouble: Option<Trouble>,
}

pub(crate) fn decide(wanted: Desired, known: &Known<'_>) -> Decided {
    let closed_and_down = known.is_down && known.was_closed;
    match wanted {
        Desired::Stopped => stop(known),
        // A stopped worker that was confirmed flat need not be started to close nothing.
        Desired::CloseAll if closed_and_down => down(known),
        Desired::CloseAll | Desired::Paused | Desired::Running => {
            running(count(known.control, wanted))
        }
    }
}

fn stop(known: &Known<'_>) -> Decided {
    let control = known.control.cloned().unwrap_or_default();
    let never_ran = !known.is_made && control.accepted_generation == 0;
    let is_effective = control.generation > 0
        && control.accepted_generation == control.generation
        && control.effective_generation == control.generation;
    let closed = known.was_closed && control.desired == Desired::CloseAll && is_effective;
    if never_ran || known.is_down || closed {
        return down(known);
    }
    if control.accepted_generation == 0 {
        // It accepted nothing yet, and so trades nothing; or the status was lost, and holding it is no risk.
        return running(count(known.control, Desired::Stopped));
    }
    let positions = known
        .report
        .map(|report| report.control.remaining.positions);
    if control.desired == Desired::Stopped && !is_effective {
        return running(control);
    }
    match positions {
        None => Decided {
            must_look: true,
            ..running(control)
        },
        Some(0) if control.desired == Desired::Stopped => down(known),
        // Paused first: only then does "no positions" stay true.
        Some(0) => running(count(known.control, Desired::Stopped)),
        Some(positions) => Decided {
            trouble: Some(Trouble::StopRefused { positions }),
            must_look: true,
            ..running(control)
        },
    }
}

fn running(control: ControlStatus) -> Decided {
    Decided {
        control,
        runs: true,
        was_closed: false,
        must_look: false,
        trouble: None,
    }
}

/// No count is made: nobody is there to be asked, and a worker that is just going keeps the stronger level.
fn down(known: &Known<'_>) -> Decided {
    Decided {
        control: ControlStatus {
            desired: Desired::Stopped,
            ..known.control.cloned().unwrap_or_default()
        },
        runs: false,
        was_closed: known.was_closed,
        must_look: false,
        trouble: None,
    }
}

#[cfg(test)]
mod tests;
