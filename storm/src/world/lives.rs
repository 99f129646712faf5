//! Processes: how they start, stand still, and die.

use aicoin_core::{Bot, Input, LeaseState, Saved};

use aicoin_domain::TimeMs;

use super::World;
use crate::bug::Bug;
use crate::fault::Fault;
use crate::process::Process;
use crate::queue::{Event, Pid};

/// A process that died is started again after this long, ms.
const RESTART_MS: (i64, i64) = (500, 15_000);

impl World {
    /// Starts a process where none is.
    pub(super) fn start(&mut self) {
        self.is_starting = false;
        if !self.processes.is_empty() {
            return;
        }
        self.store.epoch += 1;
        self.store.renewed_at = self.now;
        self.launch(self.store.epoch);
    }

    /// A process goes on from what the store has, with a lease.
    pub(super) fn launch(&mut self, epoch: u64) {
        self.starts += 1;
        self.next_pid += 1;
        let pid = self.next_pid;
        if self.plan.config.markets.len() > 1
            && self.strikes(Fault::MarketRetired)
            && let Some(market) = self.config.markets.get_mut(1)
        {
            market.retired = !market.retired;
        }
        let offset = self.draw_offset();
        let bot = self.make_bot();
        self.history.say(self.now, || {
            format!("p{pid} starts with epoch {epoch}, its clock is {offset} ms ahead")
        });
        let mut process = Process::new(pid, epoch, bot, offset, self.now, self.market_count());
        self.judge.starts(&mut process);
        self.processes.push(process);
        self.tell(pid, Input::Lease(LeaseState::Held { epoch }));
        if self.strikes(Fault::OperatorAway) {
            self.episodes.operator_away = self.now + self.dice.between(60_000, 1_800_000);
        }
        self.repeat_control(pid);
        self.queue.at(self.now + 3_000, Event::Renew { pid });
    }

    fn make_bot(&mut self) -> Bot {
        let config = self.config.clone();
        let bot = match self.store.saved() {
            None => Bot::new(config),
            Some(saved) => {
                let saved = if self.dice.percent(25) {
                    through_the_wire(saved)
                } else {
                    saved.clone()
                };
                Bot::restore(config, saved)
            }
        };
        plant(bot, self.bug)
    }

    /// How far the clock of a new process is ahead, ms.
    fn draw_offset(&mut self) -> i64 {
        if !self.strikes(Fault::ClockSkewed) {
            return self.dice.between(-400, 400);
        }
        match self.dice.below(10) {
            0..6 => self.dice.between(-1_900, 1_900),
            6..9 => self.dice.pick(&[-5_000, 5_000]),
            _ => self.dice.pick(&[-300_000, 300_000]),
        }
    }

    /// The process is gone. What it was writing arrived, or not.
    pub(super) fn kill(&mut self, pid: Pid, words: &str) {
        let Some(place) = self.place_of(pid) else {
            return;
        };
        self.write_of_the_dying(pid);
        self.history.say(self.now, || format!("p{pid} {words}"));
        let process = self.processes.remove(place);
        self.judge.dies(&process);
        self.starts_soon();
    }

    /// Somebody starts a process again, where none is and none is about to be.
    pub(super) fn starts_soon(&mut self) {
        if self.processes.is_empty() && !self.is_starting {
            self.is_starting = true;
            let (least, most) = RESTART_MS;
            let delay = if self.is_storming {
                self.dice.between(least, most)
            } else {
                least
            };
            self.queue.at(self.now + delay, Event::Starts);
        }
    }

    /// The process stands still for a while, and perhaps its clock with it.
    pub(super) fn freeze(&mut self, pid: Pid) {
        let longest = if self.dice.percent(50) {
            12_000
        } else {
            90_000
        };
        let span = self.dice.between(500, longest);
        let stands = self.strikes_half(Fault::ClockJumps);
        let now = self.now;
        let Some(process) = self.process(pid).filter(|process| !process.is_frozen) else {
            return;
        };
        process.is_frozen = true;
        if stands {
            process.offset -= span;
        }
        let offset = process.offset;
        self.judge.clock_is(offset, TimeMs(now));
        self.history.say(now, || {
            format!(
                "p{pid} stands still for {span} ms{}",
                if stands { ", and its clock too" } else { "" }
            )
        });
        self.queue.at(now + span, Event::Thaw { pid });
        let tries = self.dice.between(500, 20_000);
        self.queue.at(now + tries, Event::Claims);
    }

    /// A kind that this seed knows strikes every other time.
    fn strikes_half(&mut self, fault: Fault) -> bool {
        let strikes = self.is_storming && self.mix.chance(fault) > 0 && self.dice.percent(50);
        if strikes {
            self.struck.count(fault);
        }
        strikes
    }

    /// The process goes on: before anything else it looks whether it still holds the lease.
    pub(super) fn thaw(&mut self, pid: Pid) {
        let Some(process) = self.process(pid).filter(|process| process.is_frozen) else {
            return;
        };
        process.is_frozen = false;
        self.history.say(self.now, || format!("p{pid} goes on"));
        self.look_at_lease(pid);
        while let Some(process) = self.process(pid).filter(|process| !process.is_frozen) {
            let Some(input) = process.next_kept() else {
                break;
            };
            self.hear(pid, input);
        }
        self.tell(pid, Input::Wake);
        self.begin_write(pid);
    }

    /// What goes wrong with processes by the clock.
    pub(super) fn strike_processes(&mut self) {
        let pids: Vec<Pid> = self.processes.iter().map(|process| process.pid).collect();
        for pid in pids {
            if self.strikes(Fault::CrashAnytime) {
                self.kill(pid, "crashes");
            } else if self.strikes(Fault::Frozen) {
                self.freeze(pid);
            } else if self.strikes(Fault::ClockJumps) {
                self.jump_clock(pid);
            }
        }
        if self.strikes(Fault::LeaseUnrenewed) {
            self.episodes.lease_away = self.now + self.dice.between(5_000, 45_000);
            let tries = self.dice.between(500, 45_000);
            self.queue.at(self.now + tries, Event::Claims);
        }
    }

    /// The clock of a process is set: by a little, or by minutes.
    fn jump_clock(&mut self, pid: Pid) {
        let jump = if self.dice.percent(70) {
            self.dice.between(-5_000, 5_000)
        } else {
            self.dice.pick(&[-20_000, 300_000])
        };
        let now = self.true_time();
        let Some(process) = self.process(pid) else {
            return;
        };
        process.offset += jump;
        let offset = process.offset;
        self.history
            .say(self.now, || format!("p{pid}: its clock jumps by {jump} ms"));
        // What is on its way now may be given up too early: by its own clock its time is over.
        self.judge.excuse_what_is_on_its_way(now);
        self.judge.clock_is(offset, now);
    }
}

/// A memory as a disk has it.
fn through_the_wire(saved: &Saved) -> Saved {
    let text = serde_json::to_string(saved);
    let read = text.and_then(|text| serde_json::from_str(&text));
    assert!(
        read.is_ok(),
        "Invariant: what was saved can be read: {:?}",
        read.err().map(|error| error.to_string())
    );
    read.unwrap_or_else(|_: serde_json::Error| saved.clone())
}

#[cfg(feature = "planted")]
fn plant(bot: Bot, bug: Bug) -> Bot {
    match bug {
        Bug::Core(planted) => bot.with_planted(planted),
        Bug::None | Bug::TakeOverWithoutWait | Bug::LeaseByWallClock | Bug::MergeTwice => bot,
    }
}

#[cfg(not(feature = "planted"))]
const fn plant(bot: Bot, _bug: Bug) -> Bot {
    bot
}
