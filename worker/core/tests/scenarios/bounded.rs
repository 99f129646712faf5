//! Nothing grows, and an idle bot is quiet.

use aicoin_core::{Bot, Input, Output, Quote, Record};
use aicoin_domain::{DurationMs, Price, TimeMs};

use crate::rig::{BTC, Rig, config};

#[test]
fn a_million_quotes_do_not_make_the_memory_grow() {
    let mut rig = Rig::new();
    let mut size = [0; 2];
    for half in &mut size {
        for count in 0..500_000_i64 {
            rig.now = TimeMs(rig.now.0 + 50);
            let price = Price::from_whole(50_000 + count % 100);
            rig.bot.handle(
                rig.now,
                Input::Quote {
                    market: BTC,
                    quote: Quote::flat(price),
                },
            );
            while let Some(output) = rig.bot.poll() {
                match output {
                    Output::Persist { seq, .. } => rig.bot.handle(rig.now, Input::Durable { seq }),
                    Output::Query(aicoin_core::Query::Account) => {
                        let truth = rig.truth();
                        rig.bot.handle(rig.now, Input::Account(Box::new(truth)));
                    }
                    _ => {}
                }
            }
        }
        *half = serde_json::to_string(&rig.bot.save()).unwrap().len();
    }
    assert!(size[1] < size[0] + 1_000, "{size:?}");
}

#[test]
fn an_idle_bot_puts_out_nothing_but_snapshots() {
    let mut config = config();
    config.timing.snapshot_every = Some(DurationMs::from_secs(60));
    config.policy = aicoin_core::Policy::Rule(aicoin_core::RuleConfig::EmaCross {
        fast: 2,
        slow: 4,
        notional: aicoin_domain::Usd::from_whole(1_000),
    });
    let mut rig = Rig::of(Bot::new(config));
    rig.start(1);
    rig.pass(5_000);
    rig.log.clear();
    rig.pass(600_000);
    let rows: Vec<_> = rig.rows().collect();
    assert_eq!(rows.len(), 10);
    assert!(
        rows.iter().all(|row| matches!(row, Record::Account(_))),
        "{rows:?}"
    );
    assert!(
        rig.log.len() < 200,
        "{} outputs in ten minutes",
        rig.log.len()
    );
}
