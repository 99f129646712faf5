//! Manifests that tests write.

use std::path::{Path, PathBuf};

/// A rule that trades often. No `risk`: in Paper with a rule that sets no limits.
#[derive(Clone, Debug)]
pub(crate) struct Rule<'a> {
    /// In a cluster: the object's own id.
    pub(crate) uid: Option<&'a str>,
    pub(crate) name: &'a str,
    pub(crate) markets: &'a str,
    pub(crate) interval: &'a str,
    pub(crate) fast: u32,
    pub(crate) slow: u32,
    pub(crate) notional: &'a str,
    pub(crate) slippage_bps: u32,
    pub(crate) stop_loss_pct: Option<&'a str>,
}

impl Default for Rule<'_> {
    fn default() -> Self {
        Self {
            uid: None,
            name: "test",
            markets: "BTC",
            interval: "1m",
            fast: 10,
            slow: 20,
            notional: "1000",
            slippage_bps: 0,
            stop_loss_pct: None,
        }
    }
}

impl Rule<'_> {
    /// Writes it into a folder.
    pub(crate) fn write(&self, folder: &Path) -> PathBuf {
        let Self {
            uid,
            name,
            markets,
            interval,
            fast,
            slow,
            notional,
            slippage_bps,
            stop_loss_pct,
        } = self;
        let uid = uid.map_or_else(String::new, |uid| format!(", uid: {uid}"));
        let risk = stop_loss_pct.map_or_else(String::new, |pct| {
            format!("  risk: {{stopLossPct: \"{pct}\"}}\n")
        });
        let text = format!(
            "apiVersion: aicoin.dev/v1alpha1\nkind: TradingBot\nmetadata: {{name: {name}{uid}}}\nspec:\n  markets: [{markets}]\n  \
             exchange: {{paper: {{startingBalance: \"10000\", slippageBps: {slippage_bps}}}}}\n  decision:\n    interval: \
             {interval}\n    rule: {{emaCross: {{fast: {fast}, slow: {slow}, notional: \"{notional}\"}}}}\n{risk}"
        );
        let path = folder.join(format!("{name}.yaml"));
        std::fs::write(&path, text).unwrap();
        path
    }
}
