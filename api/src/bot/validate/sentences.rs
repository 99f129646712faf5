//! The sentences that are the same whatever the value is: said here, and by the API server from the CRD.

use core::fmt;

pub(crate) const ACKNOWLEDGE: &str =
    "Live trades real money; write `acknowledgeRisk: true` if you accept that it can be lost";
pub(crate) const ADDRESS_NEEDED: &str =
    "needs the address of the account that is traded; write \"0x…\"";
pub(crate) const AGENT_KEY_NEEDED: &str =
    "needs the key of an agent; write `{name: …, key: …}` of the Secret that holds it";
pub(crate) const ADDRESS_IS_KEY: &str = "this looks like a private key; take it out of the manifest, put it into a Secret, and write the address of the account: 0x and 40 hexadecimal digits";
pub(crate) const ADDRESS: &str = "this is no account address; write 0x and 40 hexadecimal digits";
pub(crate) const POSTGRES_NEEDED: &str =
    "Live in a cluster needs PostgreSQL; write `postgres: {urlSecretRef: {name: …, key: …}}`";
pub(crate) const HTTPS: &str =
    "Live refuses http://, where anybody on the way can change what is said; write https://";
pub(crate) const BASE_URL: &str =
    "this is no base URL; write it like `https://host/path`, without a user, a query or a fragment";
pub(crate) const NO_MARKETS: &str = "the list is empty; write 1 to 20 coins, like `[BTC, ETH]`";
pub(crate) const MARKET: &str = "is no market; write the coin alone, like `BTC`";
pub(crate) const NOBODY_DECIDES: &str = "nobody decides; write `ai`, or a `rule` like `{emaCross: {fast: 10, slow: 20, notional: \"1000\"}}`";
pub(crate) const MODEL: &str =
    "this is no name of a model; write 1 to 128 characters without spaces, like `deepseek-flash`";
pub(crate) const FAST_BELOW_SLOW: &str = "write fewer candles for fast or more for slow";
pub(crate) const ONE_STORAGE: &str = "postgres and sqlite exclude each other; leave one";
pub(crate) const STORAGE_CLASS: &str =
    "this cannot be the name of a StorageClass; write lower-case letters, digits, dashes and dots";
pub(crate) const IMAGE: &str =
    "this is no image; write it like `ghcr.io/example/aicoin-worker:1.0.0`, or leave it out";
pub(crate) const BOT_NAME: &str = "a bot's name has at most 40 characters, because in a cluster its children's names are longer; write a shorter one";
pub(crate) const DNS_LABEL: &str = "is no name in Kubernetes; write at most 63 lower-case letters, digits and dashes, with a letter or digit at both ends";
pub(crate) const LABEL_VALUE: &str = "this is no value of a label; write at most 63 letters, digits, dashes, dots and underscores, with a letter or digit at both ends";
pub(crate) const MODE_FIXED: &str =
    "the mode of a bot stays what it was; delete this bot and make another for the other mode";
pub(crate) const ADDRESS_FIXED: &str = "the account of a bot stays what it was; delete this bot and make another for the other account";
pub(crate) const BALANCE_FIXED: &str = "the starting balance of a bot stays what it was; delete this bot and make another with the other balance";

/// `2 is out of range; write at least 64`: what follows the value.
pub(crate) fn out_of_range(range: impl fmt::Display) -> String {
    format!("is out of range; write {range}")
}

pub(crate) fn reference_name(kind: &str) -> String {
    format!(
        "this cannot be the name of a {kind}; write lower-case letters, digits, dashes and dots"
    )
}

pub(crate) fn reference_key(kind: &str) -> String {
    format!("this cannot be a key of a {kind}; write letters, digits, dashes, dots and underscores")
}

pub(crate) fn too_many(range: impl fmt::Display) -> String {
    format!("there are too many; write {range}")
}
