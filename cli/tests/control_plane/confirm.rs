//! `close-all` happens when a person typed it out, or said --yes.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};

use crate::rig::{Ended, Space};

/// Runs close-all at a terminal where this is typed. Gives back how it ended, with what the terminal showed as stderr.
fn typed(space: &Space, args: &[&str], answer: &str) -> Ended {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let terminal: OwnedFd =
        ioctl_tiocgptpeer(&controller, OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    let mut keyboard = File::from(controller);
    let child = space
        .plugin(args)
        .stdin(Stdio::from(terminal.try_clone().unwrap()))
        .stdout(Stdio::piped())
        .stderr(Stdio::from(terminal))
        .spawn()
        .unwrap();
    // The kernel keeps it until it is read.
    keyboard.write_all(answer.as_bytes()).unwrap();
    let screen = std::thread::spawn(move || {
        let mut shown = Vec::new();
        let mut part = [0; 4096];
        // A terminal that nobody holds any more ends with an error.
        while let Ok(count @ 1..) = keyboard.read(&mut part) {
            shown.extend_from_slice(&part[..count]);
        }
        String::from_utf8(shown).unwrap()
    });
    let output = child.wait_with_output().unwrap();
    Ended {
        stderr: screen.join().unwrap(),
        ..Ended::of(output)
    }
}

#[test]
fn the_name_of_the_bot_is_typed() {
    let space = Space::new();
    space.bot("btc", "Running");
    let args = ["close-all", "btc", "--fallback-after=0s"];
    for answer in ["y\n", "yes\n", "\n", "BTC\n"] {
        let ended = typed(&space, &args, answer);
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(1), ""),
            "{ended:?}"
        );
        assert!(
            ended
                .stderr
                .contains("That is not `btc`. Nothing was changed."),
            "{ended:?}"
        );
        assert_eq!(space.levers("btc")["desired"], "Running");
    }
    let ended = typed(&space, &args, "btc\n");
    assert_eq!(
        (ended.code, ended.stdout),
        (
            Some(0),
            format!(
                "{}/btc: spec.desiredState CloseAll is asked for.\n",
                space.name
            )
        )
    );
    assert_eq!(space.levers("btc")["desired"], "CloseAll");
}

#[test]
fn the_number_of_bots_is_typed() {
    let space = Space::new();
    space.bot("a", "Running");
    space.bot("b", "Running");
    let args = ["close-all", "--all", "--fallback-after=0s"];
    assert_eq!(typed(&space, &args, "close all 3 bots\n").code, Some(1));
    assert_eq!(space.levers("a")["desired"], "Running");
    let ended = typed(&space, &args, "close all 2 bots\n");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended
            .stderr
            .contains(&format!("  {}/b (Paper)", space.name)),
        "{ended:?}"
    );
    assert_eq!(
        [&space.levers("a")["desired"], &space.levers("b")["desired"]],
        ["CloseAll", "CloseAll"]
    );
}

#[test]
fn without_a_terminal_it_does_not_happen() {
    let space = Space::new();
    space.bot("btc", "Running");
    space.run(&["close-all", "btc"]).assert(
        2,
        "",
        "kubectl-tradingbot: close-all asks for a typed confirmation, and standard input is not a terminal: give --yes if it \
         is meant. Nothing was changed.\n",
    );
    assert_eq!(space.levers("btc")["desired"], "Running");
}
