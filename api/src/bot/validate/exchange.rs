//! The rules of `spec.exchange`.

use super::problems::Problems;
use super::{RuleId, limits, sentences};
use crate::bot::{Exchange, Mode, Paper};

/// The account that is traded, real or on paper.
pub(super) fn check_exchange(mode: Mode, exchange: &Exchange, problems: &mut Problems) {
    let Exchange { hyperliquid, paper } = exchange;
    let real = match mode {
        Mode::Paper => false,
        Mode::Testnet | Mode::Live => true,
    };
    let (address, agent_key) = hyperliquid.as_ref().map_or((None, None), |account| {
        (
            account.account_address.as_ref(),
            account.agent_key_secret_ref.as_ref(),
        )
    });
    if real && address.is_none() {
        problems.add(
            RuleId::HyperliquidNeeded,
            "spec.exchange.hyperliquid.accountAddress",
            format!("{mode} {}", sentences::ADDRESS_NEEDED),
        );
    }
    if real && agent_key.is_none() {
        problems.add(
            RuleId::HyperliquidNeeded,
            "spec.exchange.hyperliquid.agentKeySecretRef",
            format!("{mode} {}", sentences::AGENT_KEY_NEEDED),
        );
    }
    if let Some(address) = address {
        check_address(address, problems);
    }
    if let Some(agent_key) = agent_key {
        problems.secret("spec.exchange.hyperliquid.agentKeySecretRef", agent_key);
    }
    if let Some(base_url) = hyperliquid
        .as_ref()
        .and_then(|account| account.base_url.as_ref())
    {
        problems.base_url(mode, "spec.exchange.hyperliquid.baseUrl", base_url);
    }
    if let Some(paper) = paper {
        check_paper(paper, problems);
    }
}

fn check_paper(paper: &Paper, problems: &mut Problems) {
    if !paper.starting_balance.0.is_positive() {
        problems.range(
            RuleId::StartingBalance,
            "spec.exchange.paper.startingBalance",
            paper.starting_balance,
            "an amount above 0",
        );
    }
    if !limits::SEED.contains(paper.seed) {
        let field = "spec.exchange.paper.seed";
        problems.range(RuleId::SeedRange, field, paper.seed, limits::SEED);
    }
    let (taker, maker) = (paper.fees.taker_pct, paper.fees.maker_pct);
    if taker.0.is_negative() || taker.0 > limits::FEE_MAX {
        let field = "spec.exchange.paper.fees.takerPct";
        problems.range(RuleId::FeesRange, field, taker, "0 to 10");
    }
    if maker.0.abs() > limits::FEE_MAX {
        let field = "spec.exchange.paper.fees.makerPct";
        problems.range(
            RuleId::FeesRange,
            field,
            maker,
            "-10 to 10, below 0 for a rebate",
        );
    }
    if !limits::SLIPPAGE_BPS.contains(paper.slippage_bps) {
        let field = "spec.exchange.paper.slippageBps";
        problems.range(
            RuleId::SlippageRange,
            field,
            paper.slippage_bps,
            limits::SLIPPAGE_BPS,
        );
    }
}

/// The address is not repeated: it may be a private key in the wrong place.
fn check_address(address: &str, problems: &mut Problems) {
    let digits = address.strip_prefix("0x").unwrap_or_default();
    if digits.len() == 40 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return;
    }
    let message = if address.trim_start_matches("0x").len() == 64 {
        sentences::ADDRESS_IS_KEY
    } else {
        sentences::ADDRESS
    };
    problems.add(
        RuleId::AccountAddress,
        "spec.exchange.hyperliquid.accountAddress",
        message,
    );
}
