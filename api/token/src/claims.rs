//! What a token says.

use serde::{Deserialize, Serialize};

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// To look.
    Read,
    /// To change what the bot does, and to look.
    Control,
}

/// What a new token shall say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims<'a> {
    /// The uid of the bot that it is for.
    pub audience: &'a str,
    /// What it is good for.
    pub scope: Scope,
}
