//! Client order ids that can be computed again after any loss.

use aicoin_domain::{Cloid, DecisionId, MarketId};
use sha2::{Digest, Sha256};

use crate::record::Leg;

/// The client order id of one try of one leg of one decision: the first 128 bits of a SHA-256 over all of them.
///
/// The market is hashed too, because close-all carries out one decision in several markets.
pub(crate) fn cloid_of(
    bot: u128,
    decision: DecisionId,
    market: MarketId,
    leg: Leg,
    attempt: u32,
) -> Cloid {
    let mut hasher = Sha256::new();
    hasher.update(b"aicoin-order-1");
    hasher.update(bot.to_be_bytes());
    hasher.update(decision.0.to_be_bytes());
    hasher.update(market.0.to_be_bytes());
    hasher.update(leg.as_str().as_bytes());
    hasher.update(attempt.to_be_bytes());
    let digest = hasher.finalize();
    let mut first = [0_u8; 16];
    for (to, from) in first.iter_mut().zip(digest.iter()) {
        *to = *from;
    }
    Cloid(u128::from_be_bytes(first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    #[test]
    fn every_part_of_an_intent_changes_its_id() {
        let base = (1_u128, DecisionId(7), MarketId(0), Leg::Open, 0_u32);
        let variants = [
            base,
            (2, base.1, base.2, base.3, base.4),
            (base.0, DecisionId(8), base.2, base.3, base.4),
            (base.0, base.1, MarketId(1), base.3, base.4),
            (base.0, base.1, base.2, Leg::Stop, base.4),
            (base.0, base.1, base.2, base.3, 1),
        ];
        let ids: BTreeSet<Cloid> = variants
            .iter()
            .map(|(bot, decision, market, leg, attempt)| {
                cloid_of(*bot, *decision, *market, *leg, *attempt)
            })
            .collect();
        assert_eq!(ids.len(), variants.len());
    }
}
