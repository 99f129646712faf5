//! Who may use the cluster at the same time: most tests together, some alone.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Who uses the cluster now.
#[derive(Debug)]
struct Users {
    together: usize,
    alone: bool,
}

static USERS: Mutex<Users> = Mutex::new(Users {
    together: 0,
    alone: false,
});
static CHANGED: Condvar = Condvar::new();

/// A test's turn. It ends when it is dropped, also by a test that failed.
///
/// Those that run together do not wait for one that waits to be alone, as they would for a lock of the standard library:
/// a slow test beside them would hold up all others.
#[derive(Debug)]
pub(crate) enum Turn {
    /// Beside others.
    Together,
    /// It takes away what others need: the operator, the node, the values of the chart.
    Alone,
}

impl Turn {
    pub(crate) fn together() -> Self {
        once(|users| !users.alone).together += 1;
        Self::Together
    }

    pub(crate) fn alone() -> Self {
        once(|users| !users.alone && users.together == 0).alone = true;
        Self::Alone
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut users = once(|_| true);
        match self {
            Self::Together => users.together -= 1,
            Self::Alone => users.alone = false,
        }
        drop(users);
        CHANGED.notify_all();
    }
}

fn once(is_free: impl Fn(&Users) -> bool) -> MutexGuard<'static, Users> {
    let users = USERS.lock().unwrap_or_else(PoisonError::into_inner);
    CHANGED
        .wait_while(users, |users| !is_free(users))
        .unwrap_or_else(PoisonError::into_inner)
}
