//! The model as an adviser: what it is shown, how it is asked, and how its answer is read.
//!
//! A [`Template`] and a market view make a [`Prompt`]; an [`AiClient`] sends it and gives back what the core takes: a
//! reply whose form is checked or a failure with a reason code, and beside it the evidence of the call.
//!
//! Never: decide, size or send anything (the core does that); hold a price or an amount as a float on its way to the
//! core; follow a redirect; write a key into a text; go on after the deadline of the decision.
//!
//! The map, in the order of a call:
//! - [`features()`], [`Template`], [`Prompt`]: numbers and words for the model. Pure.
//! - `request`, `http`, `tls`, `completion`: one HTTP exchange and what it says.
//! - [`parse_reply`] with `json` and `number`: the strict reading of the model's own text. Pure.
//! - [`AiClient`]: the tries, the deadline, the cost.

mod client;
mod completion;
mod config;
mod dialect;
mod features;
mod fields;
#[cfg(feature = "fuzz")]
#[doc(hidden)]
pub mod fuzz;
mod health;
mod http;
mod json;
mod number;
mod price;
mod prompt;
mod reply;
mod request;
mod schema;
mod secret;
mod template;
mod text;
mod tls_check;

pub use client::AiClient;
pub use config::{AiClientConfig, AiConfigError, TRIES_MAX};
pub use dialect::{Dialect, MaxTokensField, ResponseFormat, ThinkingDialect};
pub use features::{Features, Macd, features};
pub use health::{AiHealth, Balance};
pub use price::{PriceTable, Usage};
pub use prompt::{PROMPT_CANDLES_MAX, Prompt, render};
pub use reply::{DECISIONS_MAX, REASON_CHARS_MAX, REPLY_BYTES_MAX, parse_reply};
pub use secret::{ApiKey, ApiKeyError};
pub use template::{TEMPLATE_BYTES_MAX, TEMPLATE_VERSION, Template, TemplateError};
pub use tls_check::tls_check;
