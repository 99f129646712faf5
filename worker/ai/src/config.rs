//! Where the model is, how it is spoken to, what it costs, and how long an answer may take.
//!
//! Never: a key. That is a value of its own ([`crate::ApiKey`]), so that this can be printed and compared.

use core::time::Duration;

use aicoin_domain::{DurationMs, Usd};
use aicoin_net::TrustError;
use reqwest::Url;
use serde::{Deserialize, Serialize};

use crate::dialect::Dialect;
use crate::price::{PriceTable, TOKENS_MAX};

/// The most requests that one decision sends: the first, one retry, one repair turn.
pub const TRIES_MAX: u32 = 3;

/// What a repair turn may add to the prompt, in bytes.
pub(crate) const REPAIR_BYTES_MAX: usize = 1024;

/// What a chat template may add around the messages, in tokens: roles and separators, with a wide margin.
const FRAME_TOKENS_MAX: u64 = 256;

/// The longest name of a model, in bytes.
const MODEL_BYTES_MAX: usize = 128;

/// The client's configuration, without the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AiClientConfig {
    /// The address that `/chat/completions` is joined to; a prefix such as `/v1` is kept.
    pub base_url: String,
    /// The model's name.
    pub model: String,
    /// How the endpoint wants to be spoken to.
    pub dialect: Dialect,
    /// What tokens cost.
    pub prices: PriceTable,
    /// The limit of the output, the chain of thought included.
    pub max_tokens: u32,
    /// The longest prompt that is sent, in bytes: it bounds the cost of a call.
    pub prompt_bytes_max: usize,
    /// The deadline of one decision, all tries together.
    pub timeout: DurationMs,
    /// The pause before a retry; a random part of it is added or taken off.
    pub retry_pause: DurationMs,
    /// A certificate authority beside the built-in ones, as PEM text.
    pub extra_ca_pem: Option<String>,
    /// Whether `HTTPS_PROXY` and its relatives in the environment count.
    pub proxy_from_env: bool,
}

/// Why a configuration is refused: a sentence with the field and the fix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AiConfigError {
    /// The address.
    #[error("the AI's base URL {0}")]
    BaseUrl(&'static str),
    /// The model's name.
    #[error(
        "the AI's model must be a name of 1 to 128 visible characters without spaces, such as deepseek-flash"
    )]
    Model,
    /// A price.
    #[error("each of the AI's prices must be between 0 and 100000 USD per million tokens")]
    Prices,
    /// The output limit.
    #[error("the AI's output limit must be between 64 and 1000000 tokens")]
    MaxTokens,
    /// The prompt limit.
    #[error("the AI's prompt limit must be between 1024 and 4194304 bytes")]
    PromptBytes,
    /// The deadline.
    #[error("the AI's timeout must be above 0 and at most 10 minutes")]
    Timeout,
    /// The pause.
    #[error("the pause before a retry must be between 0 and 60 seconds")]
    RetryPause,
    /// The extra certificate authority.
    #[error(
        "the extra certificate authority of the AI is not PEM text with at least one certificate: {0}"
    )]
    ExtraCa(String),
    /// The HTTP client could not be built.
    #[error("the AI's HTTP client could not be built: {0}")]
    Http(String),
}

impl From<TrustError> for AiConfigError {
    fn from(error: TrustError) -> Self {
        match error {
            TrustError::ExtraCa(why) => Self::ExtraCa(why),
            TrustError::Library(why) => Self::Http(why),
        }
    }
}

impl AiClientConfig {
    /// DeepSeek with its moving alias for the fast model, at peak prices.
    #[must_use]
    pub fn deepseek() -> Self {
        Self {
            base_url: "https://api.deepseek.com".to_owned(),
            model: "deepseek-flash".to_owned(),
            dialect: Dialect::DEEPSEEK,
            prices: PriceTable::DEEPSEEK_FLASH_PEAK,
            // Twenty decisions of about 150 tokens, and as much again.
            max_tokens: 6000,
            // Twenty markets with thirty candles each are about 45 kB.
            prompt_bytes_max: 64 * 1024,
            timeout: DurationMs::from_secs(60),
            retry_pause: DurationMs(500),
            extra_ca_pem: None,
            proxy_from_env: false,
        }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn check(&self) -> Result<(), AiConfigError> {
        self.url()?;
        let model = self.model.as_bytes();
        if model.is_empty()
            || model.len() > MODEL_BYTES_MAX
            || !model.iter().all(u8::is_ascii_graphic)
        {
            return Err(AiConfigError::Model);
        }
        if !self.prices.is_sane() {
            return Err(AiConfigError::Prices);
        }
        if !(64..=1_000_000).contains(&self.max_tokens) {
            return Err(AiConfigError::MaxTokens);
        }
        if !(1024..=4 * 1024 * 1024).contains(&self.prompt_bytes_max) {
            return Err(AiConfigError::PromptBytes);
        }
        if !(1..=600_000).contains(&self.timeout.0) {
            return Err(AiConfigError::Timeout);
        }
        if !(0..=60_000).contains(&self.retry_pause.0) {
            return Err(AiConfigError::RetryPause);
        }
        Ok(())
    }

    /// What one decision costs at its worst, all tries together: reserve it before the call.
    ///
    /// A token is at least one byte, so the bytes of the prompt bound its tokens.
    #[must_use]
    pub fn worst_case_cost(&self) -> Usd {
        let mut cost = Usd::ZERO;
        for _ in 0..TRIES_MAX {
            cost +=
                self.worst_case_cost_of_try(self.prompt_bytes_max.saturating_add(REPAIR_BYTES_MAX));
        }
        cost
    }

    /// What one request of so many bytes of messages costs at its worst.
    pub(crate) fn worst_case_cost_of_try(&self, message_bytes: usize) -> Usd {
        let input = u64::try_from(message_bytes)
            .unwrap_or(TOKENS_MAX)
            .saturating_add(FRAME_TOKENS_MAX);
        self.prices.cost_max(input, u64::from(self.max_tokens))
    }

    /// Whether the key and the prompt travel encrypted. Live mode asks for it.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.url().is_ok_and(|url| url.scheme() == "https")
    }

    /// The deadline of one decision.
    pub(crate) fn timeout(&self) -> Duration {
        millis(self.timeout)
    }

    /// The address of a call: the base and the path, with one slash between them.
    pub(crate) fn endpoint(&self, path: &str) -> Result<Url, AiConfigError> {
        let mut url = self.url()?;
        let joined = format!("{}/{path}", url.path().trim_end_matches('/'));
        url.set_path(&joined);
        Ok(url)
    }

    fn url(&self) -> Result<Url, AiConfigError> {
        let url = Url::parse(self.base_url.trim()).map_err(|_| {
            AiConfigError::BaseUrl("is not an address: write it like https://api.deepseek.com")
        })?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(AiConfigError::BaseUrl(
                "must begin with https:// (or http:// for a simulator)",
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AiConfigError::BaseUrl(
                "holds a user name or a password: put the key into the Secret",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(AiConfigError::BaseUrl(
                "must end with its path: take off what follows ? or #",
            ));
        }
        Ok(url)
    }
}

/// A span as the clock's type; a negative one is none.
pub(crate) fn millis(span: DurationMs) -> Duration {
    Duration::from_millis(u64::try_from(span.0).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(base_url: &str) -> AiClientConfig {
        AiClientConfig {
            base_url: base_url.to_owned(),
            ..AiClientConfig::deepseek()
        }
    }

    #[test]
    fn paths_are_joined_with_one_slash_and_keep_their_prefix() {
        let table = [
            (
                "https://api.deepseek.com",
                "https://api.deepseek.com/chat/completions",
            ),
            (
                "https://api.deepseek.com/",
                "https://api.deepseek.com/chat/completions",
            ),
            (
                "https://api.openai.com/v1",
                "https://api.openai.com/v1/chat/completions",
            ),
            (
                "https://openrouter.ai/api/v1//",
                "https://openrouter.ai/api/v1/chat/completions",
            ),
            (
                "http://localhost:11434/v1/",
                "http://localhost:11434/v1/chat/completions",
            ),
        ];
        for (base_url, endpoint) in table {
            assert_eq!(
                at(base_url).endpoint("chat/completions").unwrap().as_str(),
                endpoint
            );
        }
    }

    #[test]
    fn a_wrong_address_is_refused_without_repeating_it() {
        for base_url in [
            "",
            "api.deepseek.com",
            "ftp://a",
            "https://user:pass@a",
            "https://a/?k=v",
            "https://a/#f",
        ] {
            let error = at(base_url).check().unwrap_err();
            assert!(matches!(error, AiConfigError::BaseUrl(_)), "{base_url}");
            assert!(!error.to_string().contains("pass@"));
        }
        assert_eq!(AiClientConfig::deepseek().check(), Ok(()));
        assert!(AiClientConfig::deepseek().is_encrypted());
        assert!(!at("http://127.0.0.1:1").is_encrypted());
    }

    #[test]
    fn every_other_field_has_its_sentence() {
        let good = AiClientConfig::deepseek;
        let negative = PriceTable {
            input: Usd::from_whole(-1),
            ..PriceTable::FREE
        };
        let table = [
            (
                AiClientConfig {
                    model: "two words".into(),
                    ..good()
                },
                AiConfigError::Model,
            ),
            (
                AiClientConfig {
                    prices: negative,
                    ..good()
                },
                AiConfigError::Prices,
            ),
            (
                AiClientConfig {
                    max_tokens: 1,
                    ..good()
                },
                AiConfigError::MaxTokens,
            ),
            (
                AiClientConfig {
                    prompt_bytes_max: 1,
                    ..good()
                },
                AiConfigError::PromptBytes,
            ),
            (
                AiClientConfig {
                    timeout: DurationMs(0),
                    ..good()
                },
                AiConfigError::Timeout,
            ),
            (
                AiClientConfig {
                    retry_pause: DurationMs(-1),
                    ..good()
                },
                AiConfigError::RetryPause,
            ),
        ];
        for (config, error) in table {
            assert_eq!(config.check(), Err(error));
        }
    }

    #[test]
    fn the_worst_case_bounds_all_tries() {
        let config = AiClientConfig {
            prompt_bytes_max: 10_000,
            max_tokens: 1000,
            ..AiClientConfig::deepseek()
        };
        // 3 * ((10000 + 1024 + 256) * 0.30 + 1000 * 1.20) / 10^6
        assert_eq!(config.worst_case_cost().to_string(), "0.013752");
    }
}
