//! Every level that may be asked, in every situation: one line each, to be read by a person.

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

/// An answer that says how many positions are open.
fn positions(positions: u32) -> ControlReply {
    ControlReply {
        accepted: true,
        control: Told {
            desired: Desired::Running,
            generation: 3,
            local_hold: Hold::None,
            in_force: Desired::Running,
            accepted: true,
            accepted_generation: 3,
            effective: true,
            effective_generation: 3,
            remaining: Remaining {
                positions,
                orders: 0,
            },
        },
        ready: true,
        not_ready: Vec::new(),
        crashes_recent: 0,
    }
}

fn in_words(decided: &Decided) -> String {
    let Decided {
        control,
        runs,
        was_closed,
        must_look,
        trouble,
    } = decided;
    let mut words = vec![
        if *runs { "runs" } else { "down" }.to_owned(),
        format!(
            "{} {}/{}/{}",
            control.desired,
            control.generation,
            control.accepted_generation,
            control.effective_generation
        ),
    ];
    if *was_closed {
        words.push("closed".to_owned());
    }
    if *must_look {
        words.push("look".to_owned());
    }
    if let Some(trouble) = trouble {
        words.push(format!("{trouble:?}"));
    }
    words.join(", ")
}

/// What is asked for, counted / accepted / effective.
const TABLE: &str = "\
nothing was made
  Running  -> runs, Running 1/0/0
  Paused   -> runs, Paused 1/0/0
  CloseAll -> runs, CloseAll 1/0/0
  Stopped  -> down, Stopped 0/0/0
the Deployment was taken away
  Running  -> runs, Running 3/3/3
  Paused   -> runs, Paused 4/3/3
  CloseAll -> runs, CloseAll 4/3/3
  Stopped  -> runs, Running 3/3/3, look
the status was lost
  Running  -> runs, Running 1/0/0
  Paused   -> runs, Paused 1/0/0
  CloseAll -> runs, CloseAll 1/0/0
  Stopped  -> runs, Stopped 1/0/0
made, and nothing accepted yet
  Running  -> runs, Running 1/0/0
  Paused   -> runs, Paused 2/0/0
  CloseAll -> runs, CloseAll 2/0/0
  Stopped  -> runs, Stopped 2/0/0
running, not heard of lately
  Running  -> runs, Running 3/3/3
  Paused   -> runs, Paused 4/3/3
  CloseAll -> runs, CloseAll 4/3/3
  Stopped  -> runs, Running 3/3/3, look
running and flat
  Running  -> runs, Running 3/3/3
  Paused   -> runs, Paused 4/3/3
  CloseAll -> runs, CloseAll 4/3/3
  Stopped  -> runs, Stopped 4/3/3
running with 2 positions
  Running  -> runs, Running 3/3/3
  Paused   -> runs, Paused 4/3/3
  CloseAll -> runs, CloseAll 4/3/3
  Stopped  -> runs, Running 3/3/3, look, StopRefused { positions: 2 }
paused with 2 positions
  Running  -> runs, Running 4/3/3
  Paused   -> runs, Paused 3/3/3
  CloseAll -> runs, CloseAll 4/3/3
  Stopped  -> runs, Paused 3/3/3, look, StopRefused { positions: 2 }
closing
  Running  -> runs, Running 4/3/2
  Paused   -> runs, Paused 4/3/2
  CloseAll -> runs, CloseAll 3/3/2
  Stopped  -> runs, CloseAll 3/3/2, look, StopRefused { positions: 2 }
closed
  Running  -> runs, Running 4/3/3
  Paused   -> runs, Paused 4/3/3
  CloseAll -> runs, CloseAll 3/3/3
  Stopped  -> down, Stopped 3/3/3, closed
closed, and a position came back
  Running  -> runs, Running 4/3/2
  Paused   -> runs, Paused 4/3/2
  CloseAll -> runs, CloseAll 3/3/2
  Stopped  -> runs, CloseAll 3/3/2, look, StopRefused { positions: 2 }
stopping, not true yet
  Running  -> runs, Running 4/3/2
  Paused   -> runs, Paused 4/3/2
  CloseAll -> runs, CloseAll 4/3/2
  Stopped  -> runs, Stopped 3/3/2
stopping, and flat
  Running  -> runs, Running 4/3/3
  Paused   -> runs, Paused 4/3/3
  CloseAll -> runs, CloseAll 4/3/3
  Stopped  -> down, Stopped 3/3/3
stopping, with 2 positions
  Running  -> runs, Running 4/3/3
  Paused   -> runs, Paused 4/3/3
  CloseAll -> runs, CloseAll 4/3/3
  Stopped  -> runs, Stopped 3/3/3, look, StopRefused { positions: 2 }
stopping, not heard of lately
  Running  -> runs, Running 4/3/3
  Paused   -> runs, Paused 4/3/3
  CloseAll -> runs, CloseAll 4/3/3
  Stopped  -> runs, Stopped 3/3/3, look
stopped while flat
  Running  -> runs, Running 4/3/3
  Paused   -> runs, Paused 4/3/3
  CloseAll -> runs, CloseAll 4/3/3
  Stopped  -> down, Stopped 3/3/3
stopped after it was closed
  Running  -> runs, Running 4/3/3
  Paused   -> runs, Paused 4/3/3
  CloseAll -> down, Stopped 3/3/3, closed
  Stopped  -> down, Stopped 3/3/3, closed
";

#[test]
fn every_level_in_every_situation() {
    use Desired::{CloseAll, Paused, Running, Stopped};
    let (flat, two) = (positions(0), positions(2));
    let made = Known {
        control: None,
        was_closed: false,
        is_made: true,
        is_down: false,
        report: None,
    };
    let new = control(Running, 1, 0, 0);
    let (running, paused) = (control(Running, 3, 3, 3), control(Paused, 3, 3, 3));
    let (closing, closed) = (control(CloseAll, 3, 3, 2), control(CloseAll, 3, 3, 3));
    let (stopping, stopped) = (control(Stopped, 3, 3, 2), control(Stopped, 3, 3, 3));
    let situations = [
        (
            "nothing was made",
            Known {
                is_made: false,
                ..made
            },
        ),
        (
            "the Deployment was taken away",
            Known {
                is_made: false,
                control: Some(&running),
                ..made
            },
        ),
        ("the status was lost", made),
        (
            "made, and nothing accepted yet",
            Known {
                control: Some(&new),
                ..made
            },
        ),
        (
            "running, not heard of lately",
            Known {
                control: Some(&running),
                ..made
            },
        ),
        (
            "running and flat",
            Known {
                control: Some(&running),
                report: Some(&flat),
                ..made
            },
        ),
        (
            "running with 2 positions",
            Known {
                control: Some(&running),
                report: Some(&two),
                ..made
            },
        ),
        (
            "paused with 2 positions",
            Known {
                control: Some(&paused),
                report: Some(&two),
                ..made
            },
        ),
        (
            "closing",
            Known {
                control: Some(&closing),
                report: Some(&two),
                ..made
            },
        ),
        (
            "closed",
            Known {
                control: Some(&closed),
                was_closed: true,
                ..made
            },
        ),
        (
            "closed, and a position came back",
            Known {
                control: Some(&closing),
                was_closed: true,
                report: Some(&two),
                ..made
            },
        ),
        (
            "stopping, not true yet",
            Known {
                control: Some(&stopping),
                report: Some(&flat),
                ..made
            },
        ),
        (
            "stopping, and flat",
            Known {
                control: Some(&stopped),
                report: Some(&flat),
                ..made
            },
        ),
        (
            "stopping, with 2 positions",
            Known {
                control: Some(&stopped),
                report: Some(&two),
                ..made
            },
        ),
        (
            "stopping, not heard of lately",
            Known {
                control: Some(&stopped),
                ..made
            },
        ),
        (
            "stopped while flat",
            Known {
                control: Some(&stopped),
                is_down: true,
                ..made
            },
        ),
        (
            "stopped after it was closed",
            Known {
                control: Some(&stopped),
                is_down: true,
                was_closed: true,
                ..made
            },
        ),
    ];
    let mut table = String::new();
    for (name, known) in &situations {
        table.push_str(&format!("{name}\n"));
        for wanted in [Running, Paused, CloseAll, Stopped] {
            let decided = in_words(&decide(wanted, known));
            table.push_str(&format!("  {wanted:<8} -> {decided}\n"));
        }
    }
    assert_eq!(table, TABLE, "{table}");
}
