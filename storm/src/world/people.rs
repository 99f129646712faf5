//! People: the operator's control, repeated until it is acknowledged; holds at the bot itself; halts and who settles them.

use aicoin_core::Input;
use aicoin_domain::{Desired, Hold, Reason};

use super::World;
use crate::fault::Fault;
use crate::queue::{Event, Pid};

/// What a shell reports as an obstacle.
const OBSTACLES: [Reason; 13] = [
    Reason::KeyMissing,
    Reason::VenueUnreachable,
    Reason::VenueUnreadable,
    Reason::AccountUnknown,
    Reason::AccountIsAgent,
    Reason::AccountMode,
    Reason::MasterKey,
    Reason::AgentUnknown,
    Reason::WrongNetwork,
    Reason::AgentOfAnother,
    Reason::AgentExpired,
    Reason::MarketDelisted,
    Reason::Stopping,
];

impl World {
    pub(super) fn strike_people(&mut self) {
        let pids: Vec<Pid> = self.processes.iter().map(|process| process.pid).collect();
        if self.strikes(Fault::ControlChanged) {
            let desired = match self.dice.below(10) {
                0..5 => Desired::Running,
                5..7 => Desired::Paused,
                7..9 => Desired::CloseAll,
                _ => Desired::Stopped,
            };
            self.want(desired);
        } else {
            // Nobody leaves a bot paused for the whole night.
            if self.wishes.desired != Desired::Running && self.dice.below(150) == 0 {
                self.want(Desired::Running);
            }
            if self.wishes.hold != Hold::None && self.dice.below(150) == 0 {
                self.hold(Hold::None);
            }
        }
        if self.strikes(Fault::HoldChanged) {
            let hold = self.dice.pick(&[Hold::None, Hold::Paused, Hold::CloseAll]);
            self.hold(hold);
        }
        for pid in pids {
            self.repeat_unheard(pid);
            if self.strikes(Fault::Obstacle) {
                let reason = self.dice.pick(&OBSTACLES);
                self.tell(
                    pid,
                    Input::Obstacle {
                        reason,
                        present: true,
                    },
                );
                let lasts = self.dice.between(10_000, 900_000);
                self.queue
                    .at(self.now + lasts, Event::Clears { pid, reason });
            }
            if self.strikes(Fault::Halted) {
                let detail = "It crashed three times.".to_owned();
                let reason = Reason::CrashLoop;
                self.tell(pid, Input::Halt { reason, detail });
            }
            if self.dice.below(200) == 0 {
                self.settle_events(pid);
            }
        }
    }

    /// The operator wants another level.
    pub(super) fn want(&mut self, desired: Desired) {
        self.wishes.before = Some((self.wishes.generation, self.wishes.desired));
        self.wishes.generation += 1;
        self.wishes.desired = desired;
        let pids: Vec<Pid> = self.processes.iter().map(|process| process.pid).collect();
        for pid in pids {
            self.repeat_control(pid);
        }
    }

    /// The operator says what it wants, and perhaps what it wanted before too.
    pub(super) fn repeat_control(&mut self, pid: Pid) {
        if self.episodes.operator_away > self.now {
            return;
        }
        let current = (self.wishes.generation, self.wishes.desired);
        let mut messages = vec![current];
        if self.strikes(Fault::ControlRepeated) {
            messages.push(current);
        }
        if let Some(before) = self.wishes.before
            && self.strikes(Fault::ControlReordered)
        {
            messages.push(before);
        }
        for (generation, desired) in messages {
            let delay = self.network() * self.dice.between(1, 4);
            let input = Box::new(Input::Control {
                generation,
                desired,
            });
            self.queue.at(self.now + delay, Event::Tell { pid, input });
        }
    }

    fn repeat_unheard(&mut self, pid: Pid) {
        let wanted = self.wishes.generation;
        let is_unheard = self.process(pid).is_some_and(|process| {
            let control = process.bot.control();
            control.generation < wanted || control.desired.is_none()
        });
        if is_unheard && self.dice.percent(30) {
            self.repeat_control(pid);
        }
    }

    /// Somebody at the bot itself sets or lifts the hold.
    pub(super) fn hold(&mut self, hold: Hold) {
        self.wishes.hold = hold;
        let pids: Vec<Pid> = self.processes.iter().map(|process| process.pid).collect();
        for pid in pids {
            let delay = self.network();
            let input = Box::new(Input::LocalHold(hold));
            self.queue.at(self.now + delay, Event::Tell { pid, input });
        }
    }

    /// A person looks at the risk events that wait for one.
    pub(super) fn settle_events(&mut self, pid: Pid) {
        for risk_event in self.judge.unsettled_events() {
            self.tell(pid, Input::Resolve { risk_event });
        }
    }

    pub(super) fn clear_obstacle(&mut self, pid: Pid, reason: Reason) {
        self.tell(
            pid,
            Input::Obstacle {
                reason,
                present: false,
            },
        );
    }
}
