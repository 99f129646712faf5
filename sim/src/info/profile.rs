//! What else is known of an address: its role, its agents, its limits and fees.

use aicoin_domain::{TradeId, Usd};
use aicoin_hyperliquid::Address;
use serde_json::{Value, json};

use super::{NoAnswer, Query, account_of, clearinghouse_state, other, spot_state};
use crate::wire::num;
use crate::world::{Kind, UNIFIED, World};

/// Answers what is about an address, and what is not simulated.
pub(super) fn answer(world: &mut World, query: &Query) -> Result<Value, NoAnswer> {
    match query.r#type.as_str() {
        "userRole" => Ok(role(world, query.user()?)),
        "extraAgents" => Ok(extra_agents(world, query.user()?)),
        "userRateLimit" => Ok(rate_limit(world, query.user()?)),
        "userFees" => Ok(fees(world, query.user()?)),
        "userAbstraction" => {
            let user = account_of(world, query.user()?);
            Ok(json!(user.map_or("default", |user| user.abstraction)))
        }
        "userDexAbstraction" => {
            let user = account_of(world, query.user()?);
            Ok(json!(
                user.is_some_and(|user| user.abstraction == "dexAbstraction")
            ))
        }
        "subAccounts" | "subAccounts2" => Ok(sub_accounts(world, query.user()?)),
        "portfolio" => Ok(portfolio(world, query.user()?)),
        "webData2" | "webData3" => Ok(web_data(world, query.user()?)),
        _ => other::answer(world, query),
    }
}

fn role(world: &World, address: Address) -> Value {
    if let Some(user) = world.find(address) {
        return match &user.kind {
            Kind::Master => json!({"role": "user"}),
            Kind::Sub { master, .. } => {
                let master = world.user(*master).map(|master| master.address);
                json!({"role": "subAccount", "data": {"master": master}})
            }
        };
    }
    match world.agents.get(address) {
        Some(agent) => {
            let master = world.user(agent.master).map(|master| master.address);
            json!({"role": "agent", "data": {"user": master}})
        }
        None => json!({"role": "missing"}),
    }
}

/// The unnamed agent is not listed. One that has expired is, until somebody replaces it.
fn extra_agents(world: &World, address: Address) -> Value {
    let Some(user) = account_of(world, address) else {
        return json!([]);
    };
    let named = world.agents.of(user.id).filter_map(|agent| {
        let name = agent.name.as_deref()?;
        Some(json!({
            "name": name, "address": agent.address, "validUntil": agent.valid_until,
        }))
    });
    named.collect()
}

/// What an account without a limit is told that it may use.
const NO_LIMIT: u64 = 1_000_000_000_000;

fn rate_limit(world: &World, address: Address) -> Value {
    let base = world.settings.address_budget;
    let (volume, used, cap, reserved) =
        account_of(world, address).map_or((Usd::ZERO, 0, base, 0), |user| {
            let cap = user.budget.cap(base, user.volume);
            (user.volume, user.budget.used, cap, user.budget.reserved)
        });
    // A client counts down from what it is told.
    let cap = if base == 0 { NO_LIMIT } else { cap };
    json!({
        "cumVlm": num(volume), "nRequestsUsed": used, "nRequestsCap": cap,
        "nRequestsSurplus": reserved,
    })
}

/// Everybody pays what an account without volume pays.
fn fees(world: &World, address: Address) -> Value {
    let tier = |cutoff: &str, cross: &str, add: &str| json!({"ntlCutoff": cutoff, "cross": cross, "add": add});
    let today = account_of(world, address).map_or(Usd::ZERO, |user| user.volume);
    json!({
        "dailyUserVlm": [{
            "date": date(world.time), "userCross": num(today), "userAdd": "0.0",
            "exchange": "1000000000.0",
        }],
        "feeSchedule": {
            "cross": "0.00045",
            "add": "0.00015",
            "spotCross": "0.0007",
            "spotAdd": "0.0004",
            "tiers": {
                "vip": [
                    tier("5000000.0", "0.0004", "0.00012"),
                    tier("25000000.0", "0.00035", "0.00008"),
                    tier("100000000.0", "0.0003", "0.00004"),
                    tier("500000000.0", "0.00028", "0.0"),
                    tier("2000000000.0", "0.00026", "0.0"),
                    tier("7000000000.0", "0.00024", "0.0"),
                ],
                "mm": [
                    {"makerFractionCutoff": "0.005", "add": "-0.00001"},
                    {"makerFractionCutoff": "0.015", "add": "-0.00002"},
                    {"makerFractionCutoff": "0.03", "add": "-0.00003"},
                ],
            },
            "referralDiscount": "0.04",
            "stakingDiscountTiers": [{"bpsOfMaxSupply": "0.0", "discount": "0.0"}],
        },
        "userCrossRate": "0.00045",
        "userAddRate": "0.00015",
        "userSpotCrossRate": "0.0007",
        "userSpotAddRate": "0.0004",
        "activeReferralDiscount": "0.0",
        "trial": null,
        "feeTrialReward": "0.0",
        "nextTrialAvailableTimestamp": null,
        "stakingLink": null,
        "activeStakingDiscount": {"bpsOfMaxSupply": "0.0", "discount": "0.0"},
    })
}

/// A day as `2026-11-25`.
fn date(time: aicoin_domain::TimeMs) -> String {
    // Days since 0000-03-01, by the rules of the Gregorian calendar: 146,097 days in 400 years.
    let days = time.0.div_euclid(86_400_000) + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let part = (5 * of_year + 2) / 153;
    let date = of_year - (153 * part + 2) / 5 + 1;
    let month = if part < 10 { part + 3 } else { part - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{date:02}")
}

fn sub_accounts(world: &World, address: Address) -> Value {
    let Some(user) = account_of(world, address) else {
        return Value::Null;
    };
    let subs: Vec<Value> = world
        .subs(user.id)
        .map(|(sub, name)| {
            json!({
                "name": name,
                "subAccountUser": sub.address,
                "master": address,
                "clearinghouseState": clearinghouse_state(world, sub.address),
                "spotState": spot_state(world, sub.address),
            })
        })
        .collect();
    if subs.is_empty() {
        // The venue has no empty list here.
        return Value::Null;
    }
    Value::Array(subs)
}

/// Two points: the beginning, and now.
fn portfolio(world: &World, address: Address) -> Value {
    let (begin, equity, profit, volume) =
        account_of(world, address).map_or((world.start, Usd::ZERO, Usd::ZERO, Usd::ZERO), |user| {
            let view = world.exchange.account(user.id);
            let profit = view.equity - view.deposits;
            (user.opened, view.equity, profit, user.volume)
        });
    let span = json!({
        "accountValueHistory": [[begin, num(equity - profit)], [world.time, num(equity)]],
        "pnlHistory": [[begin, "0.0"], [world.time, num(profit)]],
        "vlm": num(volume),
    });
    let names = [
        "day",
        "week",
        "month",
        "allTime",
        "perpDay",
        "perpWeek",
        "perpMonth",
        "perpAllTime",
    ];
    names.map(|name| json!([name, span])).into_iter().collect()
}

/// What the venue's own page is drawn from.
pub(crate) fn web_data(world: &mut World, address: Address) -> Value {
    let contexts = super::market::contexts(world);
    let world = &*world;
    let user = account_of(world, address);
    let fills = user.map_or(0, |user| {
        world.exchange.fill_records(user.id, TradeId(0)).count()
    });
    json!({
        "clearinghouseState": clearinghouse_state(world, address),
        "leadingVaults": [],
        "totalVaultEquity": "0.0",
        "openOrders": super::frontend_open_orders(world, address),
        "agentAddress": null,
        "agentValidUntil": null,
        "cumLedger": num(user.map_or(Usd::ZERO, |user| world.exchange.account(user.id).deposits)),
        "meta": super::meta(world),
        "assetCtxs": contexts,
        "serverTime": world.time,
        "isVault": false,
        "user": address,
        "twapStates": [],
        "spotState": spot_state(world, address),
        "fillsCount": fills,
        "userState": {
            "agentAddress": null,
            "serverTime": world.time,
            "cumLedger": "0.0",
            "isVault": false,
            "user": address,
            "abstraction": user.map_or("default", |user| user.abstraction),
            "isUnified": user.is_some_and(|user| user.abstraction == UNIFIED),
        },
        "perpDexStates": [{"totalVaultEquity": "0.0", "perpsAtOpenInterestCap": [], "leadingVaults": []}],
    })
}

#[cfg(test)]
mod tests {
    use aicoin_domain::TimeMs;

    use super::*;

    #[test]
    fn days_have_dates() {
        assert_eq!(date(TimeMs(0)), "1970-01-01");
        assert_eq!(date(TimeMs(1_709_164_800_000)), "2024-02-29");
        assert_eq!(date(TimeMs(1_795_564_800_000)), "2026-11-25");
    }
}
