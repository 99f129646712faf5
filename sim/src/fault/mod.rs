//! Faults on demand: rules that name requests or messages, and what happens to them. The same requests meet the same faults.

mod rule;

use aicoin_hyperliquid::Address;
use serde_json::{Value, json};
use std::collections::BTreeMap;

use crate::random::Random;

pub(crate) use rule::{Effect, Rule};

/// Rules at once.
const RULES_MAX: usize = 256;

/// The rules that are in force, and what they did.
#[derive(Clone, Debug)]
pub(crate) struct Faults {
    seed: u64,
    /// Rules that there ever were: each draws from a stream of its own.
    made: u64,
    rules: Vec<Active>,
    injected: BTreeMap<&'static str, u64>,
}

#[derive(Clone, Debug)]
struct Active {
    rule: Rule,
    random: Random,
    matched: u64,
    injected: u64,
}

/// What happens to one request or message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) effect: Effect,
    /// Simulated milliseconds that a request waits before it is executed.
    pub(crate) delay_ms: i64,
    /// What a refusal says.
    pub(crate) words: Option<String>,
}

impl Faults {
    pub(crate) const fn new(seed: u64) -> Self {
        Self {
            seed,
            made: 0,
            rules: Vec::new(),
            injected: BTreeMap::new(),
        }
    }

    /// Adds rules; all of them or none.
    ///
    /// # Errors
    /// A sentence that names the rule and what is wrong with it.
    pub(crate) fn add(&mut self, rules: &Value) -> Result<usize, String> {
        let Value::Array(items) = rules else {
            return Err("The rules are a list.".to_owned());
        };
        if self.rules.len() + items.len() > RULES_MAX {
            return Err(format!("There are at most {RULES_MAX} rules."));
        }
        let read = |(index, item): (usize, &Value)| {
            Rule::read(item).map_err(|error| format!("Rule {index}: {error}"))
        };
        let rules: Vec<Rule> = items
            .iter()
            .enumerate()
            .map(read)
            .collect::<Result<_, _>>()?;
        for rule in rules {
            self.made += 1;
            let name = format!("fault {}", self.made);
            self.rules.push(Active {
                random: Random::new(self.seed ^ rule.seed, &name),
                rule,
                matched: 0,
                injected: 0,
            });
        }
        Ok(self.rules.len())
    }

    /// Takes all rules away.
    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// The rules and what they did.
    pub(crate) fn show(&self) -> Value {
        let rules = self.rules.iter().map(|active| {
            let mut rule = active.rule.given.clone();
            if let Value::Object(fields) = &mut rule {
                fields.insert("matched".to_owned(), json!(active.matched));
                fields.insert("injected".to_owned(), json!(active.injected));
            }
            rule
        });
        Value::Array(rules.collect())
    }

    /// How often each effect was injected, since the beginning.
    pub(crate) const fn injected(&self) -> &BTreeMap<&'static str, u64> {
        &self.injected
    }

    /// What happens to a request or message that goes by these names: the first rule that matches and draws.
    pub(crate) fn draw(&mut self, names: &[&str], user: Option<Address>) -> Option<Fault> {
        for active in &mut self.rules {
            if !active.rule.matches(names, user) {
                continue;
            }
            active.matched += 1;
            if active.matched <= active.rule.skip
                || active
                    .rule
                    .times
                    .is_some_and(|times| active.injected >= times)
            {
                continue;
            }
            // In hundredths of a percent.
            if active.random.below(10_000) >= u64::from(active.rule.chance) {
                continue;
            }
            active.injected += 1;
            let fault = Fault {
                effect: active.rule.effect,
                delay_ms: active.rule.delay_ms,
                words: active.rule.words.clone(),
            };
            let name = match (fault.effect, fault.delay_ms) {
                (Effect::None, 0) => continue,
                (Effect::None, _) => "delay",
                (effect, _) => effect.as_str(),
            };
            *self.injected.entry(name).or_default() += 1;
            return Some(fault);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(rules: &Value) -> Faults {
        let mut faults = Faults::new(1);
        faults.add(rules).unwrap();
        faults
    }

    #[test]
    fn the_first_rule_that_matches_acts_and_only_so_often() {
        let mut faults = faults(&json!([
            {"on": "order", "effect": "drop_reply", "skip": 1, "times": 2},
            {"on": ["exchange", "info"], "effect": "status", "status": 429},
        ]));
        let mut draw = |name: &str| {
            let fault = faults.draw(&[name, "exchange"], None);
            fault.map(|fault| fault.effect.as_str())
        };
        let order: Vec<_> = (0..5).map(|_| draw("order").unwrap()).collect();
        assert_eq!(
            order,
            ["status", "drop_reply", "drop_reply", "status", "status"]
        );
        assert_eq!(draw("cancel"), Some("status"));
        assert_eq!(faults.draw(&["ws:bbo", "ws"], None), None);
        assert_eq!(
            faults.injected(),
            &BTreeMap::from([("drop_reply", 2), ("status", 4)])
        );
    }

    #[test]
    fn a_part_of_the_requests_is_the_same_part_every_time() {
        let draws = || -> Vec<bool> {
            let mut faults = faults(&json!([{"on": "order", "percent": 20, "effect": "cut_body"}]));
            (0..1_000)
                .map(|_| faults.draw(&["order"], None).is_some())
                .collect()
        };
        let hits = draws().into_iter().filter(|hit| *hit).count();
        assert!((150..250).contains(&hits), "{hits}");
        assert_eq!(draws(), draws());
    }

    #[test]
    fn a_rule_of_one_user_leaves_others_alone() {
        let user = Address([1; 20]);
        let mut faults = faults(&json!([{"on": "ws", "user": user, "effect": "lose"}]));
        assert_eq!(faults.draw(&["ws"], Some(Address([2; 20]))), None);
        assert_eq!(faults.draw(&["ws"], None), None);
        assert!(faults.draw(&["ws"], Some(user)).is_some());
    }

    #[test]
    fn what_is_no_rule_is_refused_whole() {
        let mut faults = Faults::new(1);
        for wrong in [
            json!({}),
            json!([{"on": "order"}]),
            json!([{"effect": "lose"}]),
            json!([{"on": "order", "effect": "explode"}]),
            json!([{"on": "order", "effect": "status", "status": 200}]),
            json!([{"on": "order", "effect": "lose", "percent": 101}]),
            json!([{"on": "order", "effect": "lose", "prcent": 1}]),
            json!([{"on": "ws", "effect": "lose"}, {"on": 1, "effect": "lose"}]),
        ] {
            assert!(faults.add(&wrong).is_err(), "{wrong}");
        }
        assert_eq!(faults.show(), json!([]));
    }
}
