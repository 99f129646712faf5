//! The rules of [`crate::bot::validate()`] in CEL, so that the API server refuses what the operator would refuse.
//!
//! One table: where the rule stands, which rule it is, what must hold, and the sentence when it does not. Limits and
//! sentences are the validation's own. What a schema can say by itself (types, words, needed and unknown fields, lengths)
//! stands in [`super::schema`].
//!
//! The API server estimates what a rule may cost at worst and refuses a definition that is too dear: hence the greatest
//! lengths of texts and lists there, and no regular expression here on a field that may be a number (Kubernetes takes
//! such a text for endless).
//!
//! The API server repeats the value of a field that breaks a rule, and not that of a group. What may be a secret in the
//! wrong place is therefore judged from the group around it.

mod kinds;

use kinds::{
    SUBDOMAIN, after_value, amount, base_url, has, milliseconds, percentage, reference, secret,
    span, text, whole,
};
use kube::core::{Message, Rule};
use serde_json::{Value, json};

use crate::bot::RuleId;
use crate::bot::defaults;
use crate::bot::validate::limits;
use crate::bot::validate::problems::PERCENTAGE;
use crate::bot::validate::sentences;
use crate::names::BOT_NAME_CHARS_MAX;

/// A rule at a place in the spec.
#[derive(Clone, Debug)]
pub struct CelRule {
    /// The rule of the validation that it is.
    pub id: RuleId,
    /// The path below `spec`; elements of a list end in `[]`, values of a map in `{}`.
    pub at: &'static str,
    /// What must hold.
    pub holds: String,
    /// The sentence.
    pub sentence: String,
    /// An expression for a sentence that repeats the value.
    spoken: Option<String>,
    /// The field that the sentence is about, when it is below `at`.
    about: Option<&'static str>,
}

impl CelRule {
    fn new(
        id: RuleId,
        at: &'static str,
        holds: impl Into<String>,
        sentence: impl Into<String>,
    ) -> Self {
        Self {
            id,
            at,
            holds: holds.into(),
            sentence: sentence.into(),
            spoken: None,
            about: None,
        }
    }

    fn spoken(mut self, expression: impl Into<String>) -> Self {
        self.spoken = Some(expression.into());
        self
    }

    fn about(mut self, field: &'static str) -> Self {
        self.about = Some(field);
        self
    }

    /// As it stands in `x-kubernetes-validations`.
    pub(crate) fn to_json(&self) -> Value {
        let mut rule = json!({"rule": self.holds, "message": self.sentence});
        if let Some(fields) = rule.as_object_mut() {
            if let Some(expression) = &self.spoken {
                fields.insert("messageExpression".to_owned(), json!(expression));
            }
            if let Some(field) = self.about {
                fields.insert("fieldPath".to_owned(), json!(field));
            }
        }
        rule
    }
}

/// The rules about the name, which stand beside the spec.
pub(crate) fn name() -> [Rule; 2] {
    let rule = |holds: String, sentence: &str| {
        Rule::new(holds).message(Message::Message(format!("metadata.name: {sentence}")))
    };
    [
        rule(
            format!("size(self.metadata.name) <= {BOT_NAME_CHARS_MAX}"),
            sentences::BOT_NAME,
        ),
        rule(
            "!self.metadata.name.contains('.')".to_owned(),
            &format!("this {}", sentences::DNS_LABEL),
        ),
    ]
}

/// Every rule below `spec`.
#[must_use]
pub fn all() -> Vec<CelRule> {
    let mut rules = Vec::new();
    rules.extend(frame());
    rules.extend(exchange());
    rules.extend(decision());
    rules.extend(risk());
    rules.extend(storage());
    rules.extend(worker());
    rules
}

fn frame() -> Vec<CelRule> {
    let market = text(sentences::MARKET);
    vec![
        CelRule::new(
            RuleId::ModeFixed,
            "mode",
            "self == oldSelf",
            sentences::MODE_FIXED,
        ),
        CelRule::new(
            RuleId::LiveAcknowledged,
            "",
            "self.mode != 'Live' || (has(self.acknowledgeRisk) && self.acknowledgeRisk)",
            sentences::ACKNOWLEDGE,
        )
        .about(".acknowledgeRisk"),
        CelRule::new(
            RuleId::MarketsCount,
            "markets",
            format!("size(self) >= {}", limits::MARKETS.least),
            sentences::NO_MARKETS,
        ),
        CelRule::new(
            RuleId::MarketName,
            "markets[]",
            "self.matches('^[A-Za-z0-9:]+$')",
            format!("this {}", sentences::MARKET),
        )
        .spoken(format!("'\"' + self + '\" ' + {market}")),
    ]
}

fn exchange() -> Vec<CelRule> {
    const ACCOUNT: &str = "exchange.hyperliquid.accountAddress";
    let balance = |of: &str| {
        let written = format!("{of}.exchange.paper.startingBalance");
        let start = defaults::STARTING_BALANCE;
        format!(
            "({} ? double({written}) : {start}.0)",
            has(of, "exchange.paper.startingBalance")
        )
    };
    let needed = |field: &str| format!("self.mode == 'Paper' || {}", has("self", field));
    let spoken = |sentence: &str| format!("self.mode + ' ' + {}", text(sentence));
    let mut rules = vec![
        CelRule::new(
            RuleId::HyperliquidNeeded,
            "",
            needed(ACCOUNT),
            format!("Testnet and Live {}", sentences::ADDRESS_NEEDED),
        )
        .spoken(spoken(sentences::ADDRESS_NEEDED))
        .about(".exchange.hyperliquid.accountAddress"),
        CelRule::new(
            RuleId::HyperliquidNeeded,
            "",
            needed("exchange.hyperliquid.agentKeySecretRef"),
            format!("Testnet and Live {}", sentences::AGENT_KEY_NEEDED),
        )
        .spoken(spoken(sentences::AGENT_KEY_NEEDED))
        .about(".exchange.hyperliquid.agentKeySecretRef"),
        CelRule::new(
            RuleId::AccountFixed,
            "",
            format!(
                "!{} || ({} && self.{ACCOUNT} == oldSelf.{ACCOUNT})",
                has("oldSelf", ACCOUNT),
                has("self", ACCOUNT)
            ),
            sentences::ADDRESS_FIXED,
        )
        .about(".exchange.hyperliquid.accountAddress"),
        CelRule::new(
            RuleId::BalanceFixed,
            "",
            format!("{} == {}", balance("self"), balance("oldSelf")),
            sentences::BALANCE_FIXED,
        )
        .about(".exchange.paper.startingBalance"),
        CelRule::new(
            RuleId::AccountAddress,
            "exchange.hyperliquid",
            "!has(self.accountAddress) || self.accountAddress.matches('^0x[0-9a-fA-F]{40}$')",
            sentences::ADDRESS,
        )
        .spoken(format!(
            "size(self.accountAddress) in [64, 66] ? {} : {}",
            text(sentences::ADDRESS_IS_KEY),
            text(sentences::ADDRESS)
        ))
        .about(".accountAddress"),
        whole(RuleId::SeedRange, "exchange.paper.seed", limits::SEED),
        whole(
            RuleId::SlippageRange,
            "exchange.paper.slippageBps",
            limits::SLIPPAGE_BPS,
        ),
        amount(RuleId::StartingBalance, "exchange.paper.startingBalance"),
        percentage(
            RuleId::FeesRange,
            "exchange.paper.fees.takerPct",
            "double(self) >= 0.0 && double(self) <= 10.0",
            "0 to 10",
            "a percentage",
        ),
        percentage(
            RuleId::FeesRange,
            "exchange.paper.fees.makerPct",
            "double(self) >= -10.0 && double(self) <= 10.0",
            "-10 to 10, below 0 for a rebate",
            "a percentage",
        ),
    ];
    rules.extend(secret("exchange.hyperliquid.agentKeySecretRef"));
    rules.extend(base_url(
        "exchange.hyperliquid",
        ".exchange.hyperliquid.baseUrl",
    ));
    rules
}

fn decision() -> Vec<CelRule> {
    let in_time = format!(
        "!{} || {} < (has(self.interval) ? {} : {})",
        has("self", "ai.timeout"),
        milliseconds("self.ai.timeout"),
        milliseconds("self.interval"),
        defaults::INTERVAL.0
    );
    let mut rules = vec![
        span(RuleId::IntervalRange, "decision.interval", limits::INTERVAL),
        CelRule::new(
            RuleId::DeciderNeeded,
            "decision",
            format!("has(self.ai) || {}", has("self", "rule.emaCross")),
            sentences::NOBODY_DECIDES,
        ),
        span(RuleId::TimeoutRange, "decision.ai.timeout", limits::TIMEOUT),
        CelRule::new(
            RuleId::TimeoutRange,
            "decision",
            in_time,
            "the timeout is not shorter than the interval; write less, or leave it out",
        )
        .about(".ai.timeout"),
        CelRule::new(
            RuleId::ModelNamed,
            "decision.ai.model",
            "self.matches('^[!-~]+$')",
            sentences::MODEL,
        ),
        amount(RuleId::AmountPositive, "decision.ai.budget.usdPerDay"),
        whole(
            RuleId::CallsRange,
            "decision.ai.budget.callsPerHour",
            limits::CALLS_PER_HOUR,
        ),
        whole(
            RuleId::OutputTokensRange,
            "decision.ai.maxOutputTokens",
            limits::OUTPUT_TOKENS,
        ),
        CelRule::new(
            RuleId::EmaLength,
            "decision.rule.emaCross.fast",
            "self >= 1",
            sentences::out_of_range("at least 1"),
        ),
        CelRule::new(
            RuleId::EmaLength,
            "decision.rule.emaCross.slow",
            format!("self <= {}", limits::EMA_SLOW_MAX),
            sentences::out_of_range(format_args!("at most {}", limits::EMA_SLOW_MAX)),
        ),
        CelRule::new(
            RuleId::EmaOrder,
            "decision.rule.emaCross",
            "self.fast < self.slow",
            format!("fast is not below slow; {}", sentences::FAST_BELOW_SLOW),
        )
        .about(".fast"),
        amount(RuleId::AmountPositive, "decision.rule.emaCross.notional"),
    ];
    let price = format!(
        "double(self) >= 0.0 && double(self) <= {}.0",
        limits::PRICE_MAX
    );
    for at in [
        "decision.ai.prices.input",
        "decision.ai.prices.cachedInput",
        "decision.ai.prices.output",
    ] {
        let range = sentences::out_of_range(format_args!("0 to {}", limits::PRICE_MAX));
        rules.push(
            CelRule::new(RuleId::PricesRange, at, price.clone(), &range)
                .spoken(after_value(&range)),
        );
    }
    rules.extend(base_url("decision.ai", ".decision.ai.baseUrl"));
    rules.extend(secret("decision.ai.apiKeySecretRef"));
    rules.extend(reference("decision.ai.promptConfigMapRef", "ConfigMap"));
    rules
}

fn risk() -> Vec<CelRule> {
    let limit = "double(self) > 0.0 && double(self) <= 100.0";
    let percent = |at| percentage(RuleId::PercentRange, at, limit, PERCENTAGE, PERCENTAGE);
    vec![
        whole(
            RuleId::RiskPerTradeRange,
            "risk.riskPerTradeBps",
            limits::RISK_PER_TRADE_BPS,
        ),
        whole(RuleId::LeverageRange, "risk.maxLeverage", limits::LEVERAGE),
        amount(RuleId::AmountPositive, "risk.maxPositionNotional"),
        amount(RuleId::AmountPositive, "risk.maxTotalNotional"),
        percent("risk.maxDailyLossPct"),
        percent("risk.maxDrawdownPct"),
        whole(
            RuleId::ConfidenceRange,
            "risk.minConfidence",
            limits::CONFIDENCE,
        ),
        percent("risk.stopLossPct"),
        percent("risk.liquidationBufferPct"),
        whole(
            RuleId::OrdersRange,
            "risk.maxOrdersPerHour",
            limits::ORDERS_PER_HOUR,
        ),
        span(
            RuleId::CooldownRange,
            "risk.cooldownAfterStop",
            limits::COOLDOWN,
        ),
    ]
}

fn storage() -> Vec<CelRule> {
    let mut rules = vec![
        CelRule::new(
            RuleId::LiveNeedsPostgres,
            "",
            format!("self.mode != 'Live' || {}", has("self", "storage.postgres")),
            sentences::POSTGRES_NEEDED,
        )
        .about(".storage.postgres"),
        CelRule::new(
            RuleId::StorageOne,
            "storage",
            "!(has(self.postgres) && has(self.sqlite))",
            sentences::ONE_STORAGE,
        ),
        // A size in thousandths (`m`) is none, however large.
        CelRule::new(
            RuleId::SqliteSize,
            "storage.sqlite.size",
            format!(
                "!string(self).endsWith('m') && quantity(string(self)).compareTo(quantity('{}')) >= 0 && quantity(string(self)).compareTo(quantity('{}')) <= 0",
                limits::SQLITE_BYTES_MIN,
                limits::SQLITE_BYTES_MAX
            ),
            sentences::out_of_range("64Mi to 1Pi"),
        )
        .spoken(after_value(&sentences::out_of_range("at least 64Mi, at most 1Pi"))),
        CelRule::new(
            RuleId::StorageClassName,
            "storage.sqlite.storageClassName",
            format!("self.matches({SUBDOMAIN})"),
            sentences::STORAGE_CLASS,
        ),
    ];
    rules.extend(secret("storage.postgres.urlSecretRef"));
    rules.extend(secret("storage.postgres.migrateUrlSecretRef"));
    rules.extend(secret("cache.redis.urlSecretRef"));
    rules
}

fn worker() -> Vec<CelRule> {
    let label = |at| {
        CelRule::new(
            RuleId::PodFields,
            at,
            "self.matches('^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$')",
            sentences::LABEL_VALUE,
        )
    };
    // A text has its pattern; a number must not be below 0.
    let quantity = |at| {
        CelRule::new(
            RuleId::PodFields,
            at,
            "!string(self).startsWith('-')",
            "this is not a quantity; write it like 1Gi, 500m or 2",
        )
    };
    vec![
        quantity("worker.resources.requests{}"),
        quantity("worker.resources.limits{}"),
        CelRule::new(
            RuleId::ImageName,
            "worker.image",
            "self.matches('^[!-~]+$')",
            sentences::IMAGE,
        ),
        label("worker.nodeSelector{}"),
        label("worker.tolerations[].value"),
    ]
}
