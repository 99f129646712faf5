//! The process is killed between any two steps, a thousand times over. The venue lives on; the disk has what was durable.
//!
//! A failure names its seed: `AICOIN_SEED=17 cargo test -p aicoin-core --test restarts one_seed -- --nocapture`.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a test and its world"
)]

mod world;

use aicoin_core::{Bot, Input};
use aicoin_domain::Desired;
use world::{Faults, World};

/// One in so many steps is a kill: 6,000 steps a run make some fifteen restarts.
const FAULTS: Faults = Faults {
    kill_once_in: 400,
    lose_request_once_in: 12,
    lose_reply_once_in: 12,
    repeat_fill_once_in: 5,
};

/// Runs that each restart many times.
const SEEDS: u64 = 1_000;
const STEPS: u64 = 6_000;

fn run(seed: u64) -> World {
    let mut world = World::new(seed, FAULTS);
    for _ in 0..STEPS {
        world.step();
        world.check_always();
    }
    world.calm_down(90);
    world.check_always();
    world.check_at_rest();
    world
}

#[test]
fn a_thousand_runs_of_restarts_never_double_or_lose_an_order() {
    let (mut restarts, mut orders, mut fills) = (0, 0, 0);
    for seed in 0..SEEDS {
        let world =
            std::panic::catch_unwind(|| run(seed)).unwrap_or_else(|_| panic!("seed {seed} failed"));
        restarts += world.restarts;
        orders += world.disk.orders.len();
        fills += world.disk.fills.len();
    }
    println!("{SEEDS} seeds: {restarts} starts, {orders} orders, {fills} fills");
    // The test is worth something only while a lot happens in it.
    assert!(
        restarts > 5 * SEEDS && orders > 10_000 && fills > 5_000,
        "{restarts} starts, {orders} orders, {fills} fills"
    );
}

#[test]
fn one_seed() {
    if let Ok(seed) = std::env::var("AICOIN_SEED") {
        let world = run(seed.parse().unwrap());
        println!(
            "{} starts, {} orders",
            world.restarts,
            world.disk.orders.len()
        );
    }
}

#[test]
fn the_same_seed_gives_the_same_state_hash() {
    for seed in 0..20 {
        let hash = || run(seed).bot().map(Bot::state_hash);
        assert_eq!(hash(), hash(), "seed {seed}");
    }
}

#[test]
fn close_all_gets_flat_through_restarts_and_stays_flat() {
    for seed in 0..100 {
        let mut world = World::new(seed, FAULTS);
        for _ in 0..600 {
            world.step();
        }
        world.control = (2, Desired::CloseAll);
        world.tell(Input::Control {
            generation: 2,
            desired: Desired::CloseAll,
        });
        for _ in 0..400 {
            world.step();
            world.check_always();
        }
        world.calm_down(90);
        world.check_at_rest();
        let control = world.bot().unwrap().control();
        assert!(
            control.effective && control.in_force == Desired::CloseAll,
            "seed {seed}: {control:?}"
        );
        assert!(
            world.exchange.account(world.account).positions.is_empty(),
            "seed {seed}"
        );
        assert_eq!(
            world.exchange.open_orders(world.account).count(),
            0,
            "seed {seed}"
        );
        let orders = world.disk.orders.len();
        world.calm_down(120);
        assert_eq!(
            world.disk.orders.len(),
            orders,
            "seed {seed}: it traded after close-all"
        );
    }
}
