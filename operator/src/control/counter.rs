//! The counter of controls, and what an answer of the worker makes of it.

use aicoin_api::crd::ControlStatus;
use aicoin_api::http::ControlReply;
use aicoin_domain::Desired;

/// The control to ask for: a new count when the level is another than the one asked for last.
#[must_use]
pub fn count(known: Option<&ControlStatus>, wanted: Desired) -> ControlStatus {
    match known {
        Some(known) if known.generation > 0 && known.desired == wanted => known.clone(),
        Some(known) => ControlStatus {
            desired: wanted,
            generation: known.generation.saturating_add(1),
            ..known.clone()
        },
        None => ControlStatus {
            desired: wanted,
            generation: 1,
            ..ControlStatus::default()
        },
    }
}

/// The control counted above what a worker has: it knows a higher count than the status does (a restored backup).
#[must_use]
pub fn above(known: &ControlStatus, worker_generation: u64) -> ControlStatus {
    ControlStatus {
        generation: known.generation.max(worker_generation).saturating_add(1),
        ..known.clone()
    }
}

/// Takes an answer to `asked`. One to an earlier count says nothing of the present one, but for the local hold.
pub fn take_report(control: &mut ControlStatus, asked: u64, reply: &ControlReply) {
    control.local_hold = reply.control.local_hold;
    if asked != control.generation || reply.control.desired != control.desired {
        return;
    }
    if reply.accepted && reply.control.accepted_generation >= control.generation {
        control.accepted_generation = control.generation;
    }
    if reply.control.effective && control.accepted_generation == control.generation {
        control.effective_generation = control.generation;
    } else if control.effective_generation == control.generation {
        // It was true and is not any more: a position came back, or the worker began anew.
        control.effective_generation = control.generation.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use aicoin_api::http::{ControlStatus as Told, Remaining};
    use aicoin_domain::Hold;

    use super::*;

    fn control(desired: Desired, generation: u64, accepted: u64, effective: u64) -> ControlStatus {
        ControlStatus {
            desired,
            generation,
            accepted_generation: accepted,
            effective_generation: effective,
            local_hold: Hold::None,
        }
    }

    fn reply(desired: Desired, generation: u64, accepted: bool, effective: bool) -> ControlReply {
        ControlReply {
            accepted,
            control: Told {
                desired,
                generation,
                local_hold: Hold::None,
                in_force: desired,
                accepted,
                accepted_generation: if accepted { generation } else { 0 },
                effective,
                effective_generation: if effective { generation } else { 0 },
                remaining: Remaining::default(),
            },
            ..serde_json::from_value(serde_json::json!({
                "accepted": accepted,
                "control": {
                    "desired": "Running", "generation": 0, "local_hold": "None", "in_force": "Running",
                    "accepted": false, "accepted_generation": 0, "effective": false, "effective_generation": 0,
                    "remaining": {"positions": 0, "orders": 0},
                },
            }))
            .unwrap()
        }
    }

    #[test]
    fn a_level_is_counted_once_and_another_one_anew() {
        let first = count(None, Desired::Running);
        assert_eq!(first, control(Desired::Running, 1, 0, 0));
        assert_eq!(count(Some(&first), Desired::Running), first);
        assert_eq!(
            count(Some(&control(Desired::Running, 1, 1, 1)), Desired::Paused),
            control(Desired::Paused, 2, 1, 1)
        );
        assert_eq!(
            above(&control(Desired::Paused, 2, 1, 1), 9),
            control(Desired::Paused, 10, 1, 1)
        );
    }

    #[test]
    fn only_an_answer_to_the_present_count_is_believed() {
        let asked = control(Desired::Paused, 5, 4, 4);
        for (name, answered, reply, expected) in [
            (
                "accepted",
                5,
                reply(Desired::Paused, 5, true, false),
                (5, 4),
            ),
            (
                "effective",
                5,
                reply(Desired::Paused, 5, true, true),
                (5, 5),
            ),
            (
                "of an earlier count",
                4,
                reply(Desired::Paused, 4, true, true),
                (4, 4),
            ),
            (
                "of another level",
                5,
                reply(Desired::Running, 5, true, true),
                (4, 4),
            ),
            (
                "not accepted",
                5,
                reply(Desired::Paused, 5, false, true),
                (4, 4),
            ),
        ] {
            let mut control = asked.clone();
            take_report(&mut control, answered, &reply);
            assert_eq!(
                (control.accepted_generation, control.effective_generation),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn what_is_not_true_any_more_is_taken_back() {
        let mut control = control(Desired::CloseAll, 3, 3, 3);
        take_report(&mut control, 3, &reply(Desired::CloseAll, 3, true, false));
        assert_eq!(control.effective_generation, 2);
    }
}
