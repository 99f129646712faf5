//! Manifests: one text with the fields that tests vary.

/// What a test varies.
#[derive(Clone)]
pub(crate) struct Manifest {
    pub(crate) markets: &'static str,
    pub(crate) interval: &'static str,
    /// Further lines of `decision.ai`, each a whole YAML line without indentation.
    pub(crate) ai: &'static [&'static str],
    pub(crate) budget: &'static str,
    pub(crate) rule: bool,
    pub(crate) risk: &'static str,
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            markets: "BTC",
            interval: "10s",
            ai: &[],
            budget: r#"{usdPerDay: "1000", callsPerHour: 100000}"#,
            rule: false,
            risk: r#"{riskPerTradeBps: 50, maxLeverage: 3, minConfidence: 60, maxPositionNotional: "100000", maxTotalNotional: "200000"}"#,
        }
    }
}

impl Manifest {
    /// The YAML.
    pub(crate) fn yaml(&self, base_url: &str) -> String {
        let Self {
            markets,
            interval,
            ai,
            budget,
            rule,
            risk,
        } = self;
        let ai: String = ai.iter().map(|line| format!("      {line}\n")).collect();
        let rule = if *rule {
            "    rule: {emaCross: {fast: 3, slow: 6, notional: \"1000\"}}\n"
        } else {
            ""
        };
        format!(
            r#"apiVersion: aicoin.dev/v1alpha1
kind: TradingBot
metadata: {{name: asked}}
spec:
  desiredState: Running
  mode: Paper
  markets: [{markets}]
  exchange:
    paper: {{market: Simulated, startingBalance: "10000", seed: 1}}
  decision:
    interval: {interval}
    ai:
      provider: DeepSeek
      model: deepseek-flash
      baseUrl: {base_url}
      apiKeySecretRef: {{name: deepseek, key: api-key}}
      budget: {budget}
{ai}{rule}  risk: {risk}
"#
        )
    }
}
