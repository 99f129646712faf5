//! The account at the provider: its balance, what was spent, and every call as the provider saw it. Pure.

use std::collections::{BTreeMap, VecDeque};

use aicoin_domain::Usd;
use serde::Serialize;
use serde_json::{Value, json};

/// How many calls are remembered one by one.
const CALLS_KEPT: usize = 1000;
/// How many beginnings of prompts the cache holds.
const PREFIXES_KEPT: usize = 64;
/// Prices are per this many tokens.
const PER_TOKENS: i128 = 1_000_000;
/// A thousandth of a USD.
const MILLI: i128 = Usd::ONE_UNITS / 1000;
/// `deepseek-flash` at peak hours, November 2026: USD per million tokens from the cache, of other input, of output.
const PRICES: [i128; 3] = [6 * MILLI, 300 * MILLI, 1200 * MILLI];

/// The tokens of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Tokens {
    /// Input that was in the cache.
    pub(crate) cached: u64,
    /// Other input.
    pub(crate) input: u64,
    /// Output, the chain of thought included.
    pub(crate) output: u64,
    /// The chain of thought.
    pub(crate) reasoning: u64,
}

/// One call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Call {
    /// Which call it is, from 1.
    pub(crate) call: u64,
    /// When it came: milliseconds of the simulated time.
    pub(crate) time_ms: i64,
    /// The model that was asked for.
    pub(crate) model: String,
    /// The number of the market view in it.
    pub(crate) view_id: Option<u64>,
    /// The fault that it got.
    pub(crate) fault: Option<String>,
    /// The status that it got; 0 when it was not answered.
    pub(crate) status: u16,
    /// Why the text ended.
    pub(crate) finish_reason: Option<String>,
    /// What it used.
    pub(crate) tokens: Tokens,
    /// What it cost, USD.
    pub(crate) cost: Usd,
}

/// The account.
#[derive(Debug)]
pub(crate) struct Account {
    /// What is left, USD.
    pub(crate) balance: Usd,
    spent: Usd,
    tokens: Tokens,
    outcomes: BTreeMap<String, u64>,
    calls: VecDeque<Call>,
    prefixes: VecDeque<String>,
}

impl Tokens {
    /// What they cost, USD.
    pub(crate) fn cost(&self) -> Usd {
        let counts = [self.cached, self.input, self.output];
        let sum = PRICES.iter().zip(counts).map(|(price, count)| {
            // The prices are whole thousandths, so a million divides without a rest.
            price.saturating_mul(i128::from(count)) / PER_TOKENS
        });
        Usd::from_units(sum.sum())
    }
}

/// About how many tokens a text has.
pub(crate) fn tokens_of(text: &str) -> u64 {
    u64::try_from(text.len().div_ceil(4)).unwrap_or(u64::MAX)
}

impl Account {
    pub(crate) fn new(balance: Usd) -> Self {
        Self {
            balance,
            spent: Usd::ZERO,
            tokens: Tokens::default(),
            outcomes: BTreeMap::new(),
            calls: VecDeque::new(),
            prefixes: VecDeque::new(),
        }
    }

    /// Whether a text was the beginning of an earlier prompt; it is one from now on.
    pub(crate) fn cached(&mut self, prefix: &str) -> bool {
        if self.prefixes.iter().any(|known| known == prefix) {
            return true;
        }
        if self.prefixes.len() >= PREFIXES_KEPT {
            self.prefixes.pop_front();
        }
        self.prefixes.push_back(prefix.to_owned());
        false
    }

    /// Writes a call down, and takes its cost.
    pub(crate) fn enter(&mut self, call: Call) {
        self.balance -= call.cost;
        self.spent += call.cost;
        let sum = &mut self.tokens;
        sum.cached = sum.cached.saturating_add(call.tokens.cached);
        sum.input = sum.input.saturating_add(call.tokens.input);
        sum.output = sum.output.saturating_add(call.tokens.output);
        sum.reasoning = sum.reasoning.saturating_add(call.tokens.reasoning);
        let outcome = match &call.fault {
            Some(fault) => fault.clone(),
            None => call.status.to_string(),
        };
        let count = self.outcomes.entry(outcome).or_default();
        *count = count.saturating_add(1);
        if self.calls.len() >= CALLS_KEPT {
            self.calls.pop_front();
        }
        self.calls.push_back(call);
    }

    /// The answer of `GET /user/balance`.
    pub(crate) fn show_balance(&self) -> Value {
        let amount = self.balance.max(Usd::ZERO).rounded(2);
        json!({
            "is_available": self.balance.is_positive(),
            "balance_infos": [{
                "currency": "USD",
                "total_balance": two_decimals(amount),
                "granted_balance": "0.00",
                "topped_up_balance": two_decimals(amount),
            }],
        })
    }

    /// Everything, for tests.
    pub(crate) fn ledger(&self) -> Value {
        json!({
            "balance": self.balance,
            "spent": self.spent,
            "tokens": self.tokens,
            "outcomes": self.outcomes,
            "calls": self.calls,
        })
    }
}

/// An amount as the provider writes it: with exactly two decimals.
fn two_decimals(amount: Usd) -> String {
    let cents = amount.units() / (Usd::ONE_UNITS / 100);
    format!("{}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_example_costs_what_is_documented() {
        let tokens = Tokens {
            cached: 4000,
            input: 2000,
            output: 800,
            reasoning: 0,
        };
        assert_eq!(tokens.cost().to_string(), "0.001584");
    }

    #[test]
    fn a_balance_is_written_in_cents_and_ends_at_nothing() {
        let shown = |balance: &str| {
            let shown = Account::new(balance.parse().unwrap()).show_balance();
            let amount = shown["balance_infos"][0]["total_balance"].clone();
            (
                shown["is_available"] == true,
                amount.as_str().unwrap().to_owned(),
            )
        };
        assert_eq!(shown("12.5"), (true, "12.50".to_owned()));
        assert_eq!(shown("0"), (false, "0.00".to_owned()));
        assert_eq!(shown("-0.01"), (false, "0.00".to_owned()));
    }

    #[test]
    fn a_beginning_is_in_the_cache_the_second_time() {
        let mut account = Account::new(Usd::ZERO);
        assert_eq!([account.cached("a"), account.cached("a")], [false, true]);
        for nth in 0..PREFIXES_KEPT {
            account.cached(&nth.to_string());
        }
        assert!(!account.cached("a"), "it was pushed out");
    }

    #[test]
    fn calls_are_summed_up() {
        let mut account = Account::new(Usd::from_whole(1));
        let cost: Usd = "0.25".parse().unwrap();
        for fault in [None, Some("hang".to_owned()), None] {
            account.enter(Call {
                status: 200,
                fault,
                cost,
                ..Call::default()
            });
        }
        let ledger = account.ledger();
        assert_eq!(ledger["outcomes"], json!({"200": 2, "hang": 1}));
        assert_eq!(
            (&ledger["spent"], &ledger["balance"]),
            (&json!("0.75"), &json!("0.25"))
        );
        assert_eq!(ledger["calls"].as_array().unwrap().len(), 3);
    }
}
