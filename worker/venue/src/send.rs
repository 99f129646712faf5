//! An action of the core as it is signed and sent.
//!
//! Prices and sizes come valid from the core. They are held to the market's rules here once more, always to the side
//! that risks less: nothing that leaves here breaks a rule of the venue, and nothing risks more than was decided.

use aicoin_core::Action;
use aicoin_domain::{
    Cloid, MarketId, MarketRules, OrderId, OrderKind, OrderRequest, Price, Rate, Side, TimeMs, TpSl,
};
use aicoin_hyperliquid::{
    Action as WireAction, Address, AgentKey, Cancel, CancelByCloid, Envelope, Grouping, Network,
    connection_id, order_wire,
};

use crate::markets::Markets;

/// What an action is about, for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// An order of ours.
    Place(Cloid),
    /// An entry of ours with its stop: each is answered.
    Enter {
        /// The entry.
        entry: Cloid,
        /// Its stop.
        stop: Cloid,
    },
    /// The cancel of an order of ours.
    Cancel(Cloid),
    /// The cancel of somebody else's order: nothing answers it.
    CancelForeign(OrderId),
}

impl About {
    /// The orders that wait for an answer.
    pub(crate) fn waiting(self) -> impl Iterator<Item = Cloid> {
        let (first, second) = match self {
            Self::Place(cloid) | Self::Cancel(cloid) => (Some(cloid), None),
            Self::Enter { entry, stop } => (Some(entry), Some(stop)),
            Self::CancelForeign(_) => (None, None),
        };
        first.into_iter().chain(second)
    }

    /// How many requests of the account's allowance it uses.
    pub(crate) const fn orders(self) -> u32 {
        match self {
            Self::Enter { .. } => 2,
            Self::Place(_) | Self::Cancel(_) | Self::CancelForeign(_) => 1,
        }
    }

    pub(crate) const fn of(action: &Action) -> Self {
        match action {
            Action::Place {
                request,
                stop: Some(stop),
                ..
            } => Self::Enter {
                entry: request.cloid,
                stop: stop.cloid,
            },
            Action::Place { request, .. } => Self::Place(request.cloid),
            Action::Cancel { cloid, .. } => Self::Cancel(*cloid),
            Action::CancelForeign { order, .. } => Self::CancelForeign(*order),
        }
    }
}

/// An action that is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) about: About,
    pub(crate) body: Vec<u8>,
    /// The venue refuses it after this.
    pub(crate) expires_at: TimeMs,
    /// It only takes risk away: no allowance holds it back.
    pub(crate) is_urgent: bool,
}

/// An action that must not be sent: what it is about, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeldBack {
    pub(crate) about: About,
    pub(crate) words: String,
}

/// Who signs, for whom, and how far a stop may slip.
#[derive(Debug)]
pub(crate) struct Signer {
    key: AgentKey,
    network: Network,
    vault: Option<Address>,
    slippage: Rate,
}

impl Signer {
    pub(crate) const fn new(
        key: AgentKey,
        network: Network,
        vault: Option<Address>,
        slippage: Rate,
    ) -> Self {
        Self {
            key,
            network,
            vault,
            slippage,
        }
    }

    /// The agent's own address.
    pub(crate) const fn address(&self) -> Address {
        self.key.address()
    }

    /// Signs an action.
    pub(crate) fn sign(&self, action: &Action, markets: &Markets) -> Result<Outgoing, HeldBack> {
        let plan = plan(action, markets, self.slippage)?;
        let hold = |words: String| HeldBack {
            about: plan.about,
            words: format!("Not sent: {words}."),
        };
        let expires_after = u64::try_from(plan.expires_at.0).unwrap_or(0);
        let id = connection_id(&plan.action, plan.nonce, self.vault, Some(expires_after))
            .map_err(|error| hold(error.to_string()))?;
        let envelope = Envelope {
            signature: self.key.sign(self.network, id),
            action: plan.action,
            nonce: plan.nonce,
            vault_address: self.vault,
            expires_after: Some(expires_after),
        };
        let mut body = Vec::with_capacity(768);
        serde_json::to_writer(&mut body, &envelope).map_err(|error| hold(error.to_string()))?;
        Ok(Outgoing {
            about: plan.about,
            body,
            expires_at: plan.expires_at,
            is_urgent: plan.is_urgent,
        })
    }
}

/// An action in the venue's terms.
#[derive(Debug)]
struct Plan {
    about: About,
    action: WireAction,
    nonce: u64,
    expires_at: TimeMs,
    is_urgent: bool,
}

fn plan(action: &Action, markets: &Markets, slippage: Rate) -> Result<Plan, HeldBack> {
    let listed = |market: MarketId, about: About| {
        markets.get(market).ok_or_else(|| HeldBack {
            about,
            words: format!(
                "Not sent: the connection does not know market number {}.",
                market.0
            ),
        })
    };
    Ok(match *action {
        Action::Place {
            request,
            stop,
            nonce,
            expires_at,
        } => {
            let about = About::of(action);
            let listed = listed(request.market, about)?;
            let orders = [Some(request), stop]
                .into_iter()
                .flatten()
                .map(|request| {
                    let (request, worst) = order_of(&request, &listed.rules, slippage)?;
                    order_wire(listed.asset, &request, worst).map_err(|error| error.to_string())
                })
                .collect::<Result<Vec<_>, String>>()
                .map_err(|why| HeldBack {
                    about,
                    words: format!("Not sent: {why}."),
                })?;
            Plan {
                about,
                action: WireAction::Order {
                    orders,
                    grouping: match stop {
                        Some(_) => Grouping::NormalTpsl,
                        None => Grouping::Na,
                    },
                },
                nonce,
                expires_at,
                is_urgent: request.reduce_only,
            }
        }
        Action::Cancel {
            cloid,
            market,
            nonce,
            expires_at,
        } => {
            let about = About::Cancel(cloid);
            let asset = listed(market, about)?.asset;
            Plan {
                about,
                // Not the fast one: it must not name triggers, and what this cancels may be one.
                action: WireAction::CancelByCloid {
                    cancels: vec![CancelByCloid { asset, cloid }],
                    f: None,
                },
                nonce,
                expires_at,
                is_urgent: true,
            }
        }
        Action::CancelForeign {
            order,
            market,
            nonce,
            expires_at,
        } => {
            let about = About::CancelForeign(order);
            let asset = listed(market, about)?.asset;
            Plan {
                about,
                action: WireAction::Cancel {
                    cancels: vec![Cancel {
                        a: asset,
                        o: order.0,
                    }],
                    f: None,
                },
                nonce,
                expires_at,
                is_urgent: true,
            }
        }
    })
}

/// The order within the market's rules, and for a trigger the worst price that it may fill at.
fn order_of(
    request: &OrderRequest,
    rules: &MarketRules,
    slippage: Rate,
) -> Result<(OrderRequest, Option<Price>), String> {
    let size = rules.floor_size(request.size);
    if !size.is_positive() {
        return Err(format!(
            "the size {} is none with the market's {} decimals",
            request.size, rules.sz_decimals
        ));
    }
    let (kind, worst) = match request.kind {
        OrderKind::Limit { price, tif } => {
            let price = no_worse(rules, request.side, price);
            (OrderKind::Limit { price, tif }, None)
        }
        OrderKind::Trigger { trigger, kind } => {
            let trigger = no_later(rules, request.side, kind, trigger);
            let worst = worst_price(rules, request.side, trigger, slippage);
            (OrderKind::Trigger { trigger, kind }, Some(worst))
        }
    };
    Ok((
        OrderRequest {
            size,
            kind,
            ..*request
        },
        worst,
    ))
}

/// A valid limit price that is not worse than `price`: a buy pays no more, a sale gets no less.
fn no_worse(rules: &MarketRules, side: Side, price: Price) -> Price {
    match side {
        Side::Buy => rules.price_below(price),
        Side::Sell => rules.price_above(price),
    }
}

/// A valid trigger price that goes off no later than `trigger`.
fn no_later(rules: &MarketRules, side: Side, kind: TpSl, trigger: Price) -> Price {
    match (side, kind) {
        // It goes off when the price falls to it (a long's stop), or with a short's profit.
        (Side::Sell, TpSl::Sl) | (Side::Buy, TpSl::Tp) => rules.price_above(trigger),
        // It goes off when the price rises to it.
        (Side::Buy, TpSl::Sl) | (Side::Sell, TpSl::Tp) => rules.price_below(trigger),
    }
}

/// The worst price that a market order may fill at once its trigger went off: the trigger moved by the slippage to the
/// bad side, and not a tick further.
fn worst_price(rules: &MarketRules, side: Side, trigger: Price, slippage: Rate) -> Price {
    match side {
        Side::Buy => rules.price_below(trigger.scaled(slippage)),
        Side::Sell => rules.price_above(trigger.scaled(-slippage)),
    }
}

#[cfg(test)]
#[path = "send_tests.rs"]
mod tests;
