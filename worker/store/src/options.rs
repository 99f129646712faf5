//! What a store is told when it is opened, and what it gives back.

use std::path::PathBuf;

use aicoin_api::http::Counts;
use aicoin_domain::TimeMs;

/// How many inputs of one bot are kept for replay: a day or two of a few inputs a second, some 100 MB.
pub const JOURNAL_ROWS_MAX: u64 = 500_000;

/// Whose store it is and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreOptions {
    /// The directory of everything that the worker keeps. It is made when it is not there.
    pub data_dir: PathBuf,
    /// `namespace/name`.
    pub bot: String,
    /// The bot's own id. A store of another one is refused.
    pub uid: u128,
    /// The markets' names. What counts afterwards is [`Loaded::markets`].
    pub markets: Vec<String>,
    /// The generation of the manifest: a column of most rows.
    pub spec_generation: i64,
    /// `Paper`, `Testnet` or `Live`. A store of another one is refused.
    pub mode: String,
    /// When this process started; `None` is now.
    pub started: Option<TimeMs>,
    /// The exchange account that the lease is for; `None` is the bot's own paper account.
    pub account: Option<String>,
    /// How many inputs are kept for replay.
    pub journal_rows_max: u64,
    /// The size of the volume, where somebody set one: database and write-ahead log stay under 80 % of it.
    pub volume_bytes: Option<u64>,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::new(),
            bot: String::new(),
            uid: 0,
            markets: Vec::new(),
            spec_generation: 0,
            mode: "Paper".to_owned(),
            started: None,
            account: None,
            journal_rows_max: JOURNAL_ROWS_MAX,
            volume_bytes: None,
        }
    }
}

/// What was there when the store was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// The core's state, as it was committed last.
    pub saved: Option<String>,
    /// The paper exchange's state, as it was committed last.
    pub venue: Option<String>,
    /// The epoch of our lease.
    pub epoch: u64,
    /// Rows of this bot.
    pub counts: Counts,
    /// Every market's name in the order of [`aicoin_domain::MarketId`]: those of earlier runs keep their number, new ones
    /// follow. The saved states, the journal and every record that is committed go by this list.
    pub markets: Vec<String>,
    /// The last place in the journal that is taken, by an input or by a loss; 0 when there is none.
    pub journal_seq: u64,
}
