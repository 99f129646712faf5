//! A list of broken replies, each the answer to a view of its own, in one run of the worker.

use serde_json::{Value, json};

use super::manifest::Manifest;
use super::model::{Answer, Asked, Model};
use super::rows::of_view;
use super::worker::{Home, Left};

/// One broken reply and what it must leave behind.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The code of each row, in their order, and the market that the row names.
    pub(crate) rows: &'static [(&'static str, Option<&'static str>)],
    pub(crate) answer: fn(&Asked) -> Answer,
}

/// Simulated seconds in a second: a view every 0.2 s.
pub(crate) const SPEED: u32 = 50;

/// After two broken replies comes a good one, so that the breaker stays closed: a third of all views.
const GOOD_EVERY: u64 = 3;

fn view_of(index: usize) -> u64 {
    let index = index as u64;
    index / (GOOD_EVERY - 1) * GOOD_EVERY + index % (GOOD_EVERY - 1) + 1
}

/// Plays all cases to one worker. Each leaves the rows that it must, with the reply beside them, and no order.
pub(crate) fn play(cases: &'static [Case], manifest: &Manifest) -> (Home, Left) {
    let home = Home::new();
    let model = Model::start(move |asked| {
        let place = (0..cases.len()).find(|index| view_of(*index) == asked.view);
        place.map_or_else(|| asked.hold(), |index| (cases[index].answer)(asked))
    });
    let mut worker = home.start(manifest, model.base_url(), SPEED);
    model.wait_until_asked_about(view_of(cases.len()) + 1);
    assert!(worker.is_running());
    let left = worker.stop();
    left.check_no_order();
    let decisions = left.decisions();
    for (index, case) in cases.iter().enumerate() {
        let rows = of_view(&decisions, view_of(index));
        let found: Vec<_> = rows
            .iter()
            .map(|row| (row["code"].as_str(), row["market"].as_str()))
            .collect();
        let wanted: Vec<_> = case
            .rows
            .iter()
            .map(|(code, market)| (Some(*code), *market))
            .collect();
        assert_eq!(found, wanted, "{}: {rows:#?}", case.name);
        for row in &rows {
            assert_eq!(row["verdict"], "rejected", "{}", case.name);
            assert_eq!(row["source"], "ai", "{}", case.name);
        }
        // The evidence of the call is with the first row.
        let first = rows[0];
        assert!(
            first["tries"]
                .as_u64()
                .is_some_and(|tries| (1..=3).contains(&tries)),
            "{}: {first}",
            case.name
        );
        assert!(
            first["cost_usd"].is_string() && first["latency_ms"].is_u64(),
            "{}: {first}",
            case.name
        );
    }
    // Those between them are taken: one bad reply does not spoil the next one.
    let good: Vec<&Value> = decisions
        .iter()
        .filter(|row| row["action"] == "hold" && row["code"].is_null())
        .collect();
    assert!(good.len() >= cases.len() / 2, "{decisions:#?}");
    assert!(
        decisions
            .iter()
            .all(|row| row["code"] != json!("BreakerOpen"))
    );
    (home, left)
}
