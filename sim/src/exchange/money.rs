//! Money between accounts, and the accounts of a master.

use aicoin_domain::{AccountId, Usd};
use aicoin_hyperliquid::Address;
use serde_json::{Value, json};

use super::done;
use super::operation::Money;
use super::settle::Actor;
use crate::random::Random;
use crate::wire::num;
use crate::world::{Kind, UNIFIED, World};

/// Sub-accounts of a master.
const SUBS_MAX: usize = 10;
/// What a withdrawal costs.
const WITHDRAWAL_FEE: Usd = Usd::from_whole(1);
/// Stands before a sub-account's address in the amount of a transfer between spot and perpetuals.
const OF_SUB: &str = " subaccount:";

/// Does what moves money or changes accounts.
pub(super) fn operate(world: &mut World, action: &Money, actor: Actor) -> Result<Value, String> {
    match action {
        Money::UsdSend {
            destination,
            amount,
        } => {
            let amount = usd(amount)?;
            let to = world.open(*destination, Kind::Master)?;
            send(world, actor.account, to, amount)?;
            Ok(done())
        }
        Money::Withdraw3 { amount } => {
            let amount = usd(amount)?;
            if amount <= WITHDRAWAL_FEE {
                return Err(aicoin_paper::INSUFFICIENT_BALANCE.to_owned());
            }
            let taken = world.exchange.withdraw(actor.account, amount);
            taken.map_err(|refusal| refusal.0)?;
            let (paid, fee) = (num(amount - WITHDRAWAL_FEE), num(WITHDRAWAL_FEE));
            let delta = json!({"type": "withdraw", "usdc": paid, "nonce": world.time, "fee": fee});
            world.note(actor.account, delta);
            Ok(done())
        }
        Money::UsdClassTransfer { amount, to_perp } => {
            between_classes(world, actor, amount, *to_perp)
        }
        Money::SpotSend {
            destination,
            token,
            amount,
        } => {
            let amount = usdc(token, amount)?;
            let to = world.open(*destination, Kind::Master)?;
            take_spot(world, actor.account, amount)?;
            add_spot(world, to, amount);
            Ok(done())
        }
        Money::SendAsset {
            destination,
            source_dex,
            destination_dex,
            token,
            amount,
            from_sub_account,
        } => {
            let from = if from_sub_account.is_empty() {
                actor.master
            } else {
                let sub = address(from_sub_account)?;
                own_sub(world, actor.master, sub)?
            };
            let amount = usdc(token, amount)?;
            let dexes = [source_dex.as_str(), destination_dex.as_str()];
            send_asset(world, from, *destination, dexes, amount)
        }
        Money::AgentSendAsset {
            destination,
            source_dex,
            destination_dex,
            token,
            amount,
        } => {
            let is_own = world.find_id(*destination) == Some(actor.master)
                || own_sub(world, actor.master, *destination).is_ok();
            if !is_own {
                return Err(
                    "Agent can only send asset to same user or their sub-accounts.".to_owned(),
                );
            }
            let amount = usdc(token, amount)?;
            let dexes = [source_dex.as_str(), destination_dex.as_str()];
            send_asset(world, actor.account, *destination, dexes, amount)
        }
        Money::CreateSubAccount { name } => create_sub(world, actor.master, name),
        Money::SubAccountModify {
            sub_account_user,
            name: new,
        } => {
            let sub = own_sub(world, actor.master, *sub_account_user)?;
            if let Some(user) = world.user_mut(sub)
                && let Kind::Sub { name, .. } = &mut user.kind
            {
                name.clone_from(new);
            }
            Ok(done())
        }
        Money::SubAccountTransfer {
            sub_account_user,
            is_deposit,
            usd,
        } => {
            let sub = own_sub(world, actor.master, *sub_account_user)?;
            let amount = Usd::from_units(i128::from(*usd) * (Usd::ONE_UNITS / 1_000_000));
            let (from, to) = if *is_deposit {
                (actor.master, sub)
            } else {
                (sub, actor.master)
            };
            send(world, from, to, amount)?;
            Ok(done())
        }
        Money::SubAccountSpotTransfer {
            sub_account_user,
            is_deposit,
            token,
            amount,
        } => {
            let sub = own_sub(world, actor.master, *sub_account_user)?;
            let amount = usdc(token, amount)?;
            let (from, to) = if *is_deposit {
                (actor.master, sub)
            } else {
                (sub, actor.master)
            };
            take_spot(world, from, amount)?;
            add_spot(world, to, amount);
            Ok(done())
        }
        Money::VaultTransfer { vault_address } => {
            Err(format!("Vault not registered: {vault_address}"))
        }
        Money::UserSetAbstraction { user, abstraction } => {
            let account = own(world, actor.master, *user)?;
            set_abstraction(world, account, abstraction)
        }
        Money::AgentSetAbstraction { abstraction } => {
            set_abstraction(world, actor.account, abstraction)
        }
        Money::UserDexAbstraction { user, enabled } => {
            let account = own(world, actor.master, *user)?;
            let word = if *enabled {
                "dexAbstraction"
            } else {
                "disabled"
            };
            set_abstraction(world, account, word)
        }
        Money::AgentEnableDexAbstraction {} => {
            set_abstraction(world, actor.account, "dexAbstraction")
        }
    }
}

fn send(world: &mut World, from: AccountId, to: AccountId, amount: Usd) -> Result<(), String> {
    let moved = world.exchange.transfer(from, to, amount);
    moved.map_err(|refusal| refusal.0)?;
    let names = [from, to].map(|id| world.user(id).map(|user| user.address));
    let [user, destination] = names;
    let delta = json!({
        "type": "internalTransfer", "usdc": num(amount), "user": user,
        "destination": destination, "fee": "0.0",
    });
    world.note(from, delta.clone());
    world.note(to, delta);
    Ok(())
}

/// The amount names a sub-account when it is that one's.
fn between_classes(
    world: &mut World,
    actor: Actor,
    text: &str,
    to_perp: bool,
) -> Result<Value, String> {
    let (amount, account) = match text.split_once(OF_SUB) {
        None => (text, actor.account),
        Some((amount, sub)) => (amount, own_sub(world, actor.master, address(sub)?)?),
    };
    let amount = usd(amount)?;
    if world
        .user(account)
        .is_some_and(crate::world::User::is_unified)
    {
        return Err("Action disabled when unified account is active".to_owned());
    }
    if to_perp {
        take_spot(world, account, amount)?;
        world.exchange.deposit(account, amount);
    } else {
        let taken = world.exchange.withdraw(account, amount);
        taken.map_err(|refusal| refusal.0)?;
        add_spot(world, account, amount);
    }
    let delta = json!({"type": "accountClassTransfer", "usdc": num(amount), "toPerp": to_perp});
    world.note(account, delta);
    Ok(done())
}

/// Between spot and perpetuals, of one account or of two.
fn send_asset(
    world: &mut World,
    from: AccountId,
    destination: Address,
    dexes: [&str; 2],
    amount: Usd,
) -> Result<Value, String> {
    if dexes.iter().any(|dex| !matches!(*dex, "" | "spot")) {
        return Err("There is no such dex.".to_owned());
    }
    let [source, target] = dexes;
    let to = world.open(destination, Kind::Master)?;
    if source == "spot" {
        take_spot(world, from, amount)?;
    } else {
        let taken = world.exchange.withdraw(from, amount);
        taken.map_err(|refusal| refusal.0)?;
    }
    if target == "spot" {
        add_spot(world, to, amount);
    } else {
        world.exchange.deposit(to, amount);
    }
    let delta = json!({
        "type": "send", "user": world.user(from).map(|user| user.address), "destination": destination,
        "sourceDex": source, "destinationDex": target, "token": "USDC", "amount": num(amount),
        "usdcValue": num(amount), "fee": "0.0", "nativeTokenFee": "0.0", "nonce": world.time,
    });
    world.note(from, delta.clone());
    if to != from {
        world.note(to, delta);
    }
    Ok(done())
}

fn create_sub(world: &mut World, master: AccountId, name: &str) -> Result<Value, String> {
    let count = world.subs(master).count();
    if count >= SUBS_MAX {
        return Err(format!("There are at most {SUBS_MAX} sub-accounts."));
    }
    if name.is_empty() || name.len() > 16 {
        return Err("A sub-account's name has 1 to 16 characters.".to_owned());
    }
    let mut random = Random::new(world.settings.seed, &format!("sub {} {count}", master.0));
    let mut bytes = [0; 20];
    for byte in &mut bytes {
        *byte = random.next().to_le_bytes()[0];
    }
    let kind = Kind::Sub {
        master,
        name: name.to_owned(),
    };
    let address = Address(bytes);
    world.open(address, kind)?;
    Ok(json!({"type": "createSubAccount", "data": address}))
}

fn own_sub(world: &World, master: AccountId, sub: Address) -> Result<AccountId, String> {
    let found = world.subs(master).find(|(user, _)| user.address == sub);
    found
        .map(|(user, _)| user.id)
        .ok_or_else(|| format!("Sub-account {sub} is not registered."))
}

fn own(world: &World, master: AccountId, user: Address) -> Result<AccountId, String> {
    if world.find_id(user) == Some(master) {
        Ok(master)
    } else {
        own_sub(world, master, user)
    }
}

/// Takes the word, or the letter that agents write.
fn set_abstraction(world: &mut World, account: AccountId, word: &str) -> Result<Value, String> {
    let word = match word {
        "i" | "disabled" => "disabled",
        "u" | UNIFIED => UNIFIED,
        "p" | "portfolioMargin" => "portfolioMargin",
        "dexAbstraction" => "dexAbstraction",
        _ => return Err(format!("There is no account mode {word:?}.")),
    };
    if let Some(user) = world.user_mut(account) {
        user.abstraction = word;
    }
    Ok(done())
}

fn take_spot(world: &mut World, account: AccountId, amount: Usd) -> Result<(), String> {
    let Some(user) = world.user_mut(account) else {
        return Err("There is no such account.".to_owned());
    };
    if user.spot < amount {
        return Err("Insufficient spot balance.".to_owned());
    }
    user.spot -= amount;
    Ok(())
}

fn add_spot(world: &mut World, account: AccountId, amount: Usd) {
    if let Some(user) = world.user_mut(account) {
        user.spot += amount;
    }
}

fn address(text: &str) -> Result<Address, String> {
    text.parse().map_err(|error| format!("{text:?} {error}"))
}

/// An amount above zero.
fn usd(text: &str) -> Result<Usd, String> {
    let amount: Result<Usd, _> = text.parse();
    match amount {
        Ok(amount) if amount.is_positive() => Ok(amount),
        Ok(_) | Err(_) => Err(format!("{text:?} is no amount above zero.")),
    }
}

/// The only token there is.
fn usdc(token: &str, amount: &str) -> Result<Usd, String> {
    if token == "USDC" || token.starts_with("USDC:") {
        usd(amount)
    } else {
        Err("Insufficient spot balance.".to_owned())
    }
}
