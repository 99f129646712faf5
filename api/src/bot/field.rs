//! Every field of the manifest by its path: what a misplaced name is looked up in, and what the documentation covers.

use super::suggest::nearest;

/// Every field of a manifest. List elements are written `[]`; labels and other free maps end the path.
pub const FIELDS: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "metadata.name",
    "metadata.namespace",
    "metadata.labels",
    "metadata.annotations",
    "spec",
    "spec.desiredState",
    "spec.mode",
    "spec.acknowledgeRisk",
    "spec.markets",
    "spec.exchange",
    "spec.exchange.hyperliquid",
    "spec.exchange.hyperliquid.accountAddress",
    "spec.exchange.hyperliquid.agentKeySecretRef",
    "spec.exchange.hyperliquid.agentKeySecretRef.name",
    "spec.exchange.hyperliquid.agentKeySecretRef.key",
    "spec.exchange.hyperliquid.baseUrl",
    "spec.exchange.paper",
    "spec.exchange.paper.market",
    "spec.exchange.paper.startingBalance",
    "spec.exchange.paper.seed",
    "spec.exchange.paper.fees",
    "spec.exchange.paper.fees.takerPct",
    "spec.exchange.paper.fees.makerPct",
    "spec.exchange.paper.slippageBps",
    "spec.decision",
    "spec.decision.interval",
    "spec.decision.ai",
    "spec.decision.ai.provider",
    "spec.decision.ai.model",
    "spec.decision.ai.baseUrl",
    "spec.decision.ai.apiKeySecretRef",
    "spec.decision.ai.apiKeySecretRef.name",
    "spec.decision.ai.apiKeySecretRef.key",
    "spec.decision.ai.timeout",
    "spec.decision.ai.budget",
    "spec.decision.ai.budget.usdPerDay",
    "spec.decision.ai.budget.callsPerHour",
    "spec.decision.ai.promptConfigMapRef",
    "spec.decision.ai.promptConfigMapRef.name",
    "spec.decision.ai.promptConfigMapRef.key",
    "spec.decision.ai.thinking",
    "spec.decision.ai.maxOutputTokens",
    "spec.decision.ai.dialect",
    "spec.decision.ai.dialect.thinking",
    "spec.decision.ai.dialect.outputLimit",
    "spec.decision.ai.dialect.responseFormat",
    "spec.decision.ai.dialect.sendTemperature",
    "spec.decision.ai.prices",
    "spec.decision.ai.prices.input",
    "spec.decision.ai.prices.cachedInput",
    "spec.decision.ai.prices.output",
    "spec.decision.rule",
    "spec.decision.rule.emaCross",
    "spec.decision.rule.emaCross.fast",
    "spec.decision.rule.emaCross.slow",
    "spec.decision.rule.emaCross.notional",
    "spec.risk",
    "spec.risk.riskPerTradeBps",
    "spec.risk.maxLeverage",
    "spec.risk.maxPositionNotional",
    "spec.risk.maxTotalNotional",
    "spec.risk.maxDailyLossPct",
    "spec.risk.maxDrawdownPct",
    "spec.risk.minConfidence",
    "spec.risk.stopLossPct",
    "spec.risk.liquidationBufferPct",
    "spec.risk.maxOrdersPerHour",
    "spec.risk.cooldownAfterStop",
    "spec.storage",
    "spec.storage.postgres",
    "spec.storage.postgres.urlSecretRef",
    "spec.storage.postgres.urlSecretRef.name",
    "spec.storage.postgres.urlSecretRef.key",
    "spec.storage.postgres.migrateUrlSecretRef",
    "spec.storage.postgres.migrateUrlSecretRef.name",
    "spec.storage.postgres.migrateUrlSecretRef.key",
    "spec.storage.sqlite",
    "spec.storage.sqlite.size",
    "spec.storage.sqlite.storageClassName",
    "spec.cache",
    "spec.cache.redis",
    "spec.cache.redis.urlSecretRef",
    "spec.cache.redis.urlSecretRef.name",
    "spec.cache.redis.urlSecretRef.key",
    "spec.deletionPolicy",
    "spec.worker",
    "spec.worker.image",
    "spec.worker.updatePolicy",
    "spec.worker.resources",
    "spec.worker.resources.requests",
    "spec.worker.resources.limits",
    "spec.worker.logLevel",
    "spec.worker.nodeSelector",
    "spec.worker.tolerations",
    "spec.worker.tolerations[].key",
    "spec.worker.tolerations[].operator",
    "spec.worker.tolerations[].value",
    "spec.worker.tolerations[].effect",
    "spec.worker.tolerations[].tolerationSeconds",
    "spec.worker.affinity",
];

/// Where a field of this name belongs, when there is exactly one such place: its parent's path.
pub(crate) fn home(name: &str) -> Option<&'static str> {
    let mut parents = FIELDS.iter().filter_map(|path| {
        path.rsplit_once('.')
            .filter(|(_, last)| *last == name)
            .map(|(parent, _)| parent)
    });
    parents.next().filter(|_| parents.next().is_none())
}

/// The path of the one field, wherever it is, whose name is near to this one.
pub(crate) fn nearest_anywhere(name: &str) -> Option<String> {
    let names: Vec<&str> = FIELDS
        .iter()
        .filter_map(|path| path.rsplit_once('.'))
        .map(|(_, last)| last)
        .collect();
    let meant = nearest(name, &names)?;
    home(meant).map(|parent| format!("{parent}.{meant}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_home_only_when_it_has_one() {
        assert_eq!(home("stopLossPct"), Some("spec.risk"));
        assert_eq!(home("markets"), Some("spec"));
        assert_eq!(home("baseUrl"), None);
        assert_eq!(home("colour"), None);
        assert_eq!(
            nearest_anywhere("leverage"),
            Some("spec.risk.maxLeverage".to_owned())
        );
        assert_eq!(nearest_anywhere("baseURL"), None);
    }
}
