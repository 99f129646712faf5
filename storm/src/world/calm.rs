//! The second phase: the faults end, and everything has to come back by itself. Then all books are compared.

use aicoin_core::Input;
use aicoin_domain::Desired;

use super::{Episodes, World};
use crate::queue::Pid;
use crate::store::Trouble;

/// By then a bot is ready again, or says why not, ms.
const BACK_WITHIN_MS: i64 = 60_000;
/// After the expiry of the last order so much passes until it is known to have come to nothing, ms.
const LAST_ORDER_MS: i64 = 45_000;
/// The longest that a clock was ahead, and some more, ms.
const LONGEST_MS: i64 = 700_000;
/// After a pause it comes to rest within this, ms.
const REST_WITHIN_MS: i64 = 25_000;
/// Messages that are on their way arrive within this; prices are not stale before, ms.
const LAST_MESSAGES_MS: i64 = 5_000;
/// A clock that is further off than this is set right, and its process started again, ms.
const OFFSET_MAX_MS: i64 = 1_000;

impl World {
    pub(super) fn calm_down(&mut self) {
        if self.judge.has_violation() {
            return;
        }
        self.history
            .say(self.now, || "--- the faults end".to_owned());
        self.is_storming = false;
        self.episodes = Episodes::default();
        self.store.trouble = Trouble::None;
        self.store.trouble_until = 0;
        for tape in &mut self.tapes {
            tape.stale_until = 0;
        }
        self.next_tick = self.now + 1;
        self.right_processes();
        self.others_leave();
        let pids: Vec<Pid> = self.processes.iter().map(|process| process.pid).collect();
        for pid in pids {
            self.repeat_control(pid);
            self.clear_all(pid);
        }
        self.go_on_until(self.now + 2_000);
        self.clear_everybody();
        // An order that was signed by a clock that was ahead may arrive for so much longer, and nothing opens before.
        let last = (self.judge.last_expiry().0 + LAST_ORDER_MS).min(self.now + LONGEST_MS);
        self.go_on_until(last.max(self.now + BACK_WITHIN_MS - 2_000));
        // What a person settles may come up again while things come back; once more, and that is all.
        self.clear_everybody();
        self.go_on_until(self.now + 2_000);
        let now = self.true_time();
        let live: Vec<&crate::process::Process> = self.processes.iter().collect();
        self.judge.is_back(&live, now);
        if self.wishes.desired == Desired::Running {
            self.want(Desired::Paused);
        }
        self.go_on_until(self.now + REST_WITHIN_MS);
        self.next_tick = i64::MAX;
        self.go_on_until(self.now + LAST_MESSAGES_MS);
        let now = self.true_time();
        if let [process] = self.processes.as_slice() {
            self.judge
                .is_at_rest(process, &self.store, &self.exchange, now);
        }
    }

    /// What stands still goes on; of two processes the one with the lease stays; a wrong clock is set right.
    fn right_processes(&mut self) {
        let epoch = self.store.epoch;
        let pids: Vec<Pid> = self.processes.iter().map(|process| process.pid).collect();
        for pid in pids {
            self.thaw(pid);
            let ends = self.process(pid).is_some_and(|process| {
                process.epoch != epoch || process.offset.abs() > OFFSET_MAX_MS
            });
            if ends {
                self.kill(pid, "is ended");
            }
        }
    }

    fn clear_everybody(&mut self) {
        let pids: Vec<Pid> = self.processes.iter().map(|process| process.pid).collect();
        for pid in pids {
            self.clear_all(pid);
        }
    }

    /// Whatever kept the process from trading outside of it is gone, and people settle what waits for them.
    fn clear_all(&mut self, pid: Pid) {
        let obstacles = self
            .process(pid)
            .map(|process| process.told.obstacles.clone())
            .unwrap_or_default();
        for reason in obstacles {
            self.tell(
                pid,
                Input::Obstacle {
                    reason,
                    present: false,
                },
            );
        }
        self.settle_events(pid);
    }
}
