//! What an action goes through before it is done: signer, account, nonce, expiry, budget.

use aicoin_domain::{AccountId, DurationMs, Leverage, MarketId, Rate, TimeMs, Usd};
use aicoin_hyperliquid::Address;
use serde_json::{Value, json};

use super::operation::{Operation, Trade};
use super::request::Request;
use super::{cancel, done, money, orders};
use crate::market::Trading;
use crate::world::{TRIGGERS_PER_DAY, World};

/// A scheduled cancel-all is at least this far away.
const SCHEDULE_MIN: DurationMs = DurationMs::from_secs(5);
/// What an action costs that had expired already.
const STALE_REQUESTS: u64 = 5;
/// A request that is bought.
const REQUEST_PRICE: Usd = Usd::from_units(500_000_000_000_000);

/// Who acts for whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Actor {
    /// The account that is acted for.
    pub(super) account: AccountId,
    /// The account whose key, or whose agent, signed.
    pub(super) master: AccountId,
}

/// Does what a request asks.
pub(super) fn settle(world: &mut World, request: &Request) -> Result<Value, String> {
    let now = world.time;
    let (signer, master) = signer(world, request)?;
    if request.is_user_signed {
        check_user_signed(world, request)?;
    }
    let account = match request.vault {
        None => master,
        Some(vault) => sub_account(world, master, vault)?,
    };
    world.take_nonce(signer, request.nonce)?;
    let has_expired = request
        .expires_after
        .is_some_and(|deadline| now > TimeMs(deadline));
    let requests = if has_expired {
        STALE_REQUESTS
    } else {
        u64::try_from(request.operation.requests()).unwrap_or(u64::MAX)
    };
    let base = world.settings.address_budget;
    if let Some(user) = world.user_mut(account) {
        let are_cancels = request.operation.is_cancel();
        user.budget
            .spend(requests, are_cancels, base, user.volume, now)?;
    }
    if has_expired {
        return Err(aicoin_paper::EXPIRED.to_owned());
    }
    operate(world, &request.operation, Actor { account, master })
}

/// The first of the possible signers that is known.
fn signer(world: &World, request: &Request) -> Result<(Address, AccountId), String> {
    let Some(first) = request.signers.first() else {
        return Err("Unable to recover signer.".to_owned());
    };
    for signer in &request.signers {
        if let Some(master) = world.find_id(*signer) {
            return Ok((*signer, master));
        }
        let agent = world.agents.master_of(*signer, world.time);
        if let Some(master) = agent.filter(|_| !request.is_user_signed) {
            return Ok((*signer, master));
        }
    }
    Err(if request.is_user_signed {
        format!("Must deposit before performing actions. User: {first}")
    } else {
        format!("User or API Wallet {first} does not exist.")
    })
}

fn check_user_signed(world: &World, request: &Request) -> Result<(), String> {
    if request.chain.as_deref() != Some(world.settings.network.chain()) {
        return Err(format!(
            "Invalid hyperliquidChain: this is {}.",
            world.settings.network.chain()
        ));
    }
    if request.inner_nonce != Some(request.nonce) {
        return Err("Invalid nonce: the nonce in the action is another one.".to_owned());
    }
    if request.expires_after.is_some() {
        return Err("expiresAfter is not supported for this action.".to_owned());
    }
    Ok(())
}

/// The account of a sub-account's address, when the master may act for it.
fn sub_account(world: &World, master: AccountId, vault: Address) -> Result<AccountId, String> {
    let found = world.subs(master).find(|(user, _)| user.address == vault);
    found
        .map(|(user, _)| user.id)
        .ok_or_else(|| format!("Vault not registered: {vault}"))
}

fn operate(world: &mut World, operation: &Operation, actor: Actor) -> Result<Value, String> {
    match operation {
        Operation::Trade(one) => trade(world, one, actor),
        Operation::Money(one) => money::operate(world, one, actor),
        Operation::Taken => Ok(done()),
        Operation::NotSimulated => {
            Err("This action is not simulated: nothing was done.".to_owned())
        }
    }
}

fn trade(world: &mut World, trade: &Trade, actor: Actor) -> Result<Value, String> {
    match trade {
        Trade::Order { orders, grouping } => orders::place(world, actor, orders, grouping),
        Trade::Modify { oid, order, a } => orders::modify(world, actor, *oid, order, *a),
        Trade::BatchModify { modifies, a } => orders::modify_all(world, actor, modifies, *a),
        Trade::Cancel { cancels, f } => cancel::by_oid(world, actor, cancels, *f),
        Trade::CancelByCloid { cancels, f } => cancel::by_cloid(world, actor, cancels, *f),
        Trade::UpdateLeverage {
            asset,
            is_cross,
            leverage,
        } => {
            let market = market(world, *asset)?;
            if *leverage == 0 {
                return Err(aicoin_paper::INVALID_LEVERAGE.to_owned());
            }
            let leverage = Leverage::new(*leverage);
            let set = world
                .exchange
                .set_leverage(actor.account, market, leverage, *is_cross);
            set.map_err(|refusal| refusal.0)?;
            Ok(done())
        }
        Trade::UpdateIsolatedMargin { asset, ntli } => {
            let market = market(world, *asset)?;
            let amount = Usd::from_units(i128::from(*ntli) * (Usd::ONE_UNITS / 1_000_000));
            let moved = world
                .exchange
                .update_isolated_margin(actor.account, market, amount);
            moved.map_err(|refusal| refusal.0)?;
            Ok(done())
        }
        Trade::TopUpIsolatedOnlyMargin { asset, leverage } => {
            let market = market(world, *asset)?;
            let leverage: Rate = leverage
                .parse()
                .map_err(|_| aicoin_paper::INVALID_LEVERAGE.to_owned())?;
            let moved = world
                .exchange
                .top_up_isolated_margin(actor.account, market, leverage);
            moved.map_err(|refusal| refusal.0)?;
            Ok(done())
        }
        Trade::ScheduleCancel { time } => schedule(world, actor, *time),
        Trade::ReserveRequestWeight { weight } => {
            let price = Usd::from_units(REQUEST_PRICE.units() * i128::from(*weight));
            let paid = world.exchange.withdraw(actor.account, price);
            paid.map_err(|refusal| refusal.0)?;
            world.note(
                actor.account,
                json!({"type": "withdraw", "usdc": crate::wire::num(price), "fee": "0.0", "nonce": 0}),
            );
            if let Some(user) = world.user_mut(actor.account) {
                user.budget.reserved = user.budget.reserved.saturating_add(u64::from(*weight));
            }
            Ok(done())
        }
        Trade::ApproveAgent {
            agent_address,
            agent_name,
        } => {
            if world.find_id(*agent_address).is_some() {
                return Err("Extra agent already used.".to_owned());
            }
            let subs = world.subs(actor.master).count();
            let (name, now) = (agent_name.as_deref().unwrap_or_default(), world.time);
            world
                .agents
                .approve(actor.master, *agent_address, name, subs, now)?;
            Ok(done())
        }
    }
}

/// The market at a place of `meta`.
fn market(world: &World, place: u32) -> Result<MarketId, String> {
    match world.assets.get(place).map(|asset| asset.trading) {
        Some(Trading::Listed(market, _)) => Ok(market),
        Some(Trading::Delisted(_)) => Err("Trading is halted".to_owned()),
        None => Err(format!("Asset {place} does not exist.")),
    }
}

fn schedule(world: &mut World, actor: Actor, time: Option<i64>) -> Result<Value, String> {
    let (now, required) = (world.time, world.settings.schedule_cancel_volume);
    let Some(user) = world.user_mut(actor.account) else {
        return Ok(done());
    };
    if user.volume < required {
        return Err(format!(
            "Cannot set scheduled cancel time until enough volume traded. Required: ${required}. Traded: ${}.",
            user.volume.rounded(2)
        ));
    }
    let Some(time) = time.map(TimeMs) else {
        user.schedule.at = None;
        return Ok(done());
    };
    if time < now + SCHEDULE_MIN {
        return Err(
            "Scheduled cancel time too early, must be at least 5 seconds from now.".to_owned(),
        );
    }
    if user.schedule.day != now.day() {
        user.schedule.day = now.day();
        user.schedule.triggers = 0;
    }
    if user.schedule.triggers >= TRIGGERS_PER_DAY {
        return Err("Cannot set scheduled cancel time: it went off 10 times today.".to_owned());
    }
    user.schedule.at = Some(time);
    Ok(done())
}
