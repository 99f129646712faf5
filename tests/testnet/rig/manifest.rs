//! Manifests of bots that trade on the simulator.

use super::keys::MASTER;

/// Wide limits: what is tested is not how they bind.
pub(crate) const WIDE: &str = r#"{riskPerTradeBps: 10000, maxLeverage: 40, maxPositionNotional: "100000000", maxTotalNotional: "200000000", maxDailyLossPct: "99", maxDrawdownPct: "99", minConfidence: 50, stopLossPct: "3", liquidationBufferPct: "0.5", maxOrdersPerHour: 100000, cooldownAfterStop: 1s}"#;

/// A bot in mode Testnet.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    pub(crate) mode: &'static str,
    pub(crate) markets: &'static str,
    pub(crate) account: &'static str,
    pub(crate) interval: &'static str,
    /// What stands below `decision`, besides the interval.
    pub(crate) decision: String,
    pub(crate) risk: &'static str,
    /// More lines of `spec`.
    pub(crate) more: &'static str,
}

impl Manifest {
    /// Asks a model at that address.
    pub(crate) fn ai(base_url: &str) -> Self {
        Self::decided_by(format!(
            "ai: {{baseUrl: \"{base_url}\", apiKeySecretRef: {{name: deepseek, key: api-key}}, budget: {{usdPerDay: \"1000\", \
             callsPerHour: 100000}}}}"
        ))
    }

    /// Follows the rule, which turns often.
    pub(crate) fn rule(notional: &str) -> Self {
        Self::decided_by(format!(
            "rule: {{emaCross: {{fast: 2, slow: 5, notional: \"{notional}\"}}}}"
        ))
    }

    fn decided_by(decision: String) -> Self {
        Self {
            mode: "Testnet",
            markets: "BTC",
            account: MASTER.address,
            interval: "3s",
            decision,
            risk: WIDE,
            more: "",
        }
    }

    /// As YAML, with the venue at that address.
    pub(crate) fn yaml(&self, venue: &str) -> String {
        let Self {
            mode,
            markets,
            account,
            interval,
            decision,
            risk,
            more,
        } = self;
        format!(
            "apiVersion: aicoin.dev/v1alpha1\nkind: TradingBot\nmetadata: {{name: sim}}\nspec:\n  mode: {mode}\n  markets: \
             [{markets}]\n{more}  exchange:\n    hyperliquid:\n      accountAddress: \"{account}\"\n      agentKeySecretRef: \
             {{name: agent, key: private-key}}\n      baseUrl: \"{venue}\"\n  decision:\n    interval: {interval}\n    \
             {decision}\n  risk: {risk}\n"
        )
    }
}
