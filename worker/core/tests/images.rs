//! An image of the bot is the bot: what is read back from its wire form goes on as the bot itself does, at any moment.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    dead_code,
    reason = "a test and its world"
)]

mod world;

use aicoin_core::{Bot, Input};
use aicoin_domain::{DurationMs, Hold};
use world::{Faults, World};

const FAULTS: Faults = Faults {
    kill_once_in: 400,
    lose_request_once_in: 12,
    lose_reply_once_in: 12,
    repeat_fill_once_in: 5,
};

/// What a bot makes of some inputs: its outputs, and its image in the end.
fn goes_on(mut bot: Bot) -> (Vec<String>, String) {
    let mut outputs = Vec::new();
    for (step, input) in [Input::Wake, Input::LocalHold(Hold::CloseAll), Input::Wake]
        .into_iter()
        .enumerate()
    {
        let step = i64::try_from(step).unwrap();
        bot.handle(bot.now() + DurationMs(step * 20_000), input);
        while let Some(output) = bot.poll() {
            outputs.push(serde_json::to_string(&output).unwrap());
        }
    }
    (outputs, serde_json::to_string(&bot).unwrap())
}

#[test]
fn an_image_goes_on_as_the_bot_does() {
    let mut images = 0;
    for seed in 0..20 {
        let mut world = World::new(seed, FAULTS);
        for step in 0..2_000 {
            world.step();
            let Some(bot) = world.bot().filter(|_| step % 23 == 0) else {
                continue;
            };
            let text = serde_json::to_string(bot).unwrap();
            let image: Bot = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&image).unwrap(), text, "seed {seed}");
            assert_eq!(image.state_hash(), bot.state_hash(), "seed {seed}");
            assert_eq!(goes_on(image), goes_on(bot.clone()), "seed {seed}");
            images += 1;
        }
    }
    assert!(images > 1_000, "{images}");
}
