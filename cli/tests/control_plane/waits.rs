//! `wait` says what `kubectl wait` says.

use crate::rig::Space;

/// Both, on a condition that is or is not of the present generation.
#[track_caller]
fn both(space: &Space, timeout: &str) -> (Option<i32>, Option<i32>) {
    let timeout = format!("--timeout={timeout}");
    let ours = space.run(&["wait", "btc", "--for=paused", &timeout]);
    let kubectls =
        space.kubectl_ended(&["wait", "--for=condition=TradingPaused", "tb/btc", &timeout]);
    (ours.code, kubectls.code)
}

#[test]
fn a_condition_counts_only_for_the_generation_that_it_is_about() {
    let space = Space::new();
    space.bot("btc", "Running");
    space.condition(
        "btc",
        "TradingPaused",
        "True",
        1,
        "Of the first generation.",
    );
    assert_eq!(both(&space, "5s"), (Some(0), Some(0)));

    space.kubectl(&[
        "patch",
        "tb",
        "btc",
        "--type=merge",
        "-p",
        r#"{"spec":{"desiredState":"Paused"}}"#,
    ]);
    assert_eq!(both(&space, "1s"), (Some(1), Some(1)));

    space.condition("btc", "TradingPaused", "True", 2, "Of the second.");
    assert_eq!(both(&space, "5s"), (Some(0), Some(0)));

    space.condition("btc", "TradingPaused", "False", 2, "It trades.");
    assert_eq!(both(&space, "1s"), (Some(1), Some(1)));
}

#[test]
fn each_bot_of_a_wait_gets_its_own_answer() {
    let space = Space::new();
    space.bot("a", "Running");
    space.bot("b", "Running");
    space.condition("a", "Ready", "True", 1, "It trades.");
    space.condition("b", "Ready", "False", 1, "The store is away.");
    let name = &space.name;
    space.run(&["wait", "a", "b", "c", "--for=ready", "--timeout=1s"]).assert(
        1,
        &format!("{name}/a: Condition Ready is true.\n"),
        &format!(
            "kubectl-tradingbot: {name}/b: Condition Ready is not true after 1 s: Ready is False: The store is away (Test).\n\
             kubectl-tradingbot: {name}/c: Condition Ready does not become true: the bot was deleted.\n"
        ),
    );
}

#[test]
fn many_bots_are_waited_for_by_listing_them() {
    let space = Space::new();
    let names: Vec<String> = (0..12).map(|number| format!("b{number:02}")).collect();
    for name in &names {
        space.bot(name, "Running");
        space.operator_says(name, "Running", [1, 1, 1]);
    }
    let mut args = vec!["wait", "--for=effective", "--timeout=10s"];
    args.extend(names.iter().map(String::as_str));
    let said: String = names
        .iter()
        .map(|name| format!("{}/{name}: What is asked for is true.\n", space.name))
        .collect();
    space.run(&args).assert(0, &said, "");
}
