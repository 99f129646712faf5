//! The first minutes of a newcomer: install, apply, wait, look.

use std::time::Instant;

use crate::rbac;
use crate::rig::bot::READY_LIMIT;
use crate::rig::cluster::{SYSTEM, rig};
use crate::rig::space::Space;
use crate::rig::{eventually, ran, root, seconds};

/// Orders are there soon enough for somebody who watches.
const FIRST_ORDER_LIMIT: std::time::Duration = seconds(30);

#[test]
fn an_applied_bot_is_ready_within_thirty_seconds_and_orders_appear() {
    let Some(space) = Space::new("newcomer") else {
        return;
    };
    let begun = Instant::now();
    ran(space
        .command(&["apply", "-f", "examples/paper-bot.yaml"])
        .current_dir(root()));
    space.kubectl(&[
        "wait",
        "--for=condition=Ready",
        "tb/paper-bot",
        "--timeout=30s",
    ]);
    let ready_in = begun.elapsed();
    assert!(ready_in <= READY_LIMIT, "{ready_in:?}");
    let bot = space.bot("paper-bot");
    eventually("orders appear", FIRST_ORDER_LIMIT, || {
        bot.told()["counts"]["orders"].as_u64() > Some(0)
    });
    println!(
        "figure: helm install to an operator that is ready {:.1} s; kubectl apply to Ready {:.1} s, to the first order {:.1} s",
        space.rig.installed_in.as_secs_f64(),
        ready_in.as_secs_f64(),
        begun.elapsed().as_secs_f64()
    );
    // What a person sees at `kubectl get tb`.
    let table = space.kubectl(&["get", "tb"]);
    assert!(
        table.contains("paper-bot") && table.contains("Running") && table.contains("True"),
        "{table}"
    );
}

#[test]
fn helm_test_passes() {
    let Some(rig) = rig() else { return };
    let _turn = crate::rig::turn::Turn::together();
    let words = ran(rig
        .helm()
        .args(["test", "aicoin", "-n", SYSTEM, "--timeout", "60s"]));
    assert!(words.contains("Succeeded"), "{words}");
}

#[test]
fn the_api_server_takes_every_example() {
    let Some(space) = Space::new("examples") else {
        return;
    };
    let mut count = 0;
    for entry in std::fs::read_dir(root().join("examples")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let said = ran(space
            .command(&["apply", "--dry-run=server", "-f"])
            .arg(&path));
        assert!(said.contains("created (server dry run)"), "{said}");
        count += 1;
    }
    assert!(count >= 4, "only {count} examples");
}

#[test]
fn the_operator_may_do_what_the_table_says_and_nothing_else() {
    let Some(rig) = rig() else { return };
    let _turn = crate::rig::turn::Turn::together();
    rbac::can_i_matrix_holds(&|| rig.kubectl());
}
