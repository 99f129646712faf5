//! The `TradingBot` resource: what a person writes down about one bot, as types, sentences and rules.
//!
//! - the types ([`TradingBot`] and what is in it) hold exactly the fields of the manifest, defaults filled in where a
//!   default does not depend on anything else;
//! - `parse` turns text into them, or into one sentence that names the field and the fix;
//! - [`validate()`] holds the rules that types cannot say; `defaults` what a field that is left out means.
//!
//! Nothing here reads a file, a Secret, an environment variable or a clock, and nothing here knows the trading core.

mod ai;
mod cache;
mod decision;
pub mod defaults;
mod dollars;
mod exchange;
mod field;
mod metadata;
mod meter;
pub(crate) mod number;
mod parse;
mod percent;
mod quantity;
mod reference;
mod risk;
mod sentence;
mod span;
pub(crate) mod spec;
mod storage;
mod suggest;
pub(crate) mod validate;
mod worker;

use serde::{Deserialize, Serialize};

pub use ai::{Ai, AiDialect, AiPrices, AiProvider, Budget, OutputLimit, ResponseFormat, Thinking};
pub use cache::{Cache, Redis};
pub use decision::{Decision, EmaCross, Rule};
pub use defaults::{Decider, RiskLimits, effective_risk};
pub use dollars::Dollars;
pub use exchange::{Exchange, Hyperliquid, Paper, PaperFees, PaperMarket};
pub use field::FIELDS;
pub use metadata::Metadata;
pub use parse::{MANIFEST_BYTES_MAX, ManifestError};
pub use percent::Percent;
pub use quantity::Quantity;
pub use reference::{ConfigMapKeyRef, SecretKeyRef};
pub use risk::Risk;
pub use span::Span;
pub use spec::{DeletionPolicy, Mode, TradingBotSpec};
pub use storage::{Postgres, Sqlite, Storage};
pub use validate::{Problem, RuleId, Where, validate, validate_change};
pub use worker::{
    LogLevel, Resources, TaintEffect, Toleration, TolerationOperator, UpdatePolicy, Worker,
};

/// The `apiVersion` of a [`TradingBot`].
pub const API_VERSION: &str = "aicoin.dev/v1alpha1";
/// The `kind` of a [`TradingBot`].
pub const KIND: &str = "TradingBot";

/// One trading bot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TradingBot {
    /// Always [`API_VERSION`].
    pub api_version: String,
    /// Always [`KIND`].
    pub kind: String,
    /// Its name and what Kubernetes keeps beside it.
    pub metadata: Metadata,
    /// What it should be.
    pub spec: TradingBotSpec,
}

impl TradingBot {
    /// `namespace/name`, as rows, metrics and messages name the bot; without a namespace it is in `default`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.metadata.namespace(), self.metadata.name)
    }
}
