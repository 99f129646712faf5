//! What tokens cost. Exact: a price per million tokens times a count, in the 18 decimals of [`Usd`].

use aicoin_domain::Usd;
use serde::{Deserialize, Serialize};

/// Prices are per this many tokens.
const PER_TOKENS: i128 = 1_000_000;

/// The highest price per million tokens that a table may hold, in USD: about a thousand times the dearest model's.
const PRICE_MAX: Usd = Usd::from_whole(100_000);

/// More tokens than this in one call is no honest count: ten times the longest context.
pub(crate) const TOKENS_MAX: u64 = 10_000_000;

/// USD per million tokens. They change: they are configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceTable {
    /// Input that the provider had in its cache.
    pub input_cached: Usd,
    /// Input that it had not.
    pub input: Usd,
    /// Output, the chain of thought included.
    pub output: Usd,
}

/// What one request used, by the provider's word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Input tokens from the cache.
    pub cached: u64,
    /// The other input tokens.
    pub input: u64,
    /// Output tokens, the chain of thought included.
    pub output: u64,
}

impl PriceTable {
    /// `deepseek-flash` at peak hours, November 2026. Off-peak is half of it: what is budgeted is never too little.
    pub const DEEPSEEK_FLASH_PEAK: Self = Self {
        input_cached: Usd::from_units(6 * MILLI),
        input: Usd::from_units(300 * MILLI),
        output: Usd::from_units(1200 * MILLI),
    };

    /// For a model that costs nothing by the token: one's own machine.
    pub const FREE: Self = Self {
        input_cached: Usd::ZERO,
        input: Usd::ZERO,
        output: Usd::ZERO,
    };

    /// What a request cost; a fraction of 10^-18 USD is rounded up.
    #[must_use]
    pub fn cost(&self, usage: &Usage) -> Usd {
        part(self.input_cached, usage.cached)
            + part(self.input, usage.input)
            + part(self.output, usage.output)
    }

    /// What a request with at most so many tokens can cost.
    #[must_use]
    pub fn cost_max(&self, input_tokens_max: u64, output_tokens_max: u64) -> Usd {
        part(self.input.max(self.input_cached), input_tokens_max)
            + part(self.output, output_tokens_max)
    }

    /// Whether every price is one that can be calculated with.
    pub(crate) fn is_sane(&self) -> bool {
        [self.input_cached, self.input, self.output]
            .iter()
            .all(|price| !price.is_negative() && *price <= PRICE_MAX)
    }
}

/// A thousandth of a dollar.
const MILLI: i128 = Usd::ONE_UNITS / 1000;

/// The price of `tokens`. Both factors are bounded (10^23 and 10^7), so the product fits.
fn part(price: Usd, tokens: u64) -> Usd {
    let price = price.min(PRICE_MAX).max(Usd::ZERO);
    let product = price.units() * i128::from(tokens.min(TOKENS_MAX));
    Usd::from_units((product + PER_TOKENS - 1) / PER_TOKENS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_documented_example_costs_what_it_says() {
        let usage = Usage {
            cached: 4000,
            input: 2000,
            output: 800,
        };
        assert_eq!(
            PriceTable::DEEPSEEK_FLASH_PEAK.cost(&usage).to_string(),
            "0.001584"
        );
    }

    proptest! {
        #[test]
        fn nothing_overflows_and_the_worst_case_is_the_worst(
            cached in any::<u64>(), input in any::<u64>(), output in any::<u64>(), price in any::<i128>(),
        ) {
            let price = Usd::from_units(price);
            let table = PriceTable { input_cached: price, input: price, output: price };
            let usage = Usage { cached: cached / 4, input: input / 4, output };
            let worst = table.cost_max(usage.cached + usage.input, output);
            // Two roundings up against one.
            prop_assert!(table.cost(&usage) <= worst + Usd::from_units(1)
                || usage.cached.max(usage.input) > TOKENS_MAX / 2);
        }
    }
}
