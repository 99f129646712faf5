"""Money that moves: between accounts, and as funding."""

from decimal import Decimal

from amounts import dec, is_near
from judge import holds, promise, same
from promises.orders import status_of
from promises.world import fast, sim

DONE = {"status": "ok", "response": {"type": "default"}}


@promise
def what_one_account_sends_the_other_has():
    giver, taker = sim().trader(), sim().trader()
    same(giver.exchange.usd_transfer(1234.5, taker.wallet.address), DONE)
    values = [dec(one.state()["marginSummary"]["accountValue"]) for one in (giver, taker)]
    same(values, [Decimal("8765.5"), Decimal("11234.5")])
    for one, sign in ((giver, "sent"), (taker, "received")):
        kinds = [update["delta"] for update in one.info.user_non_funding_ledger_updates(one.address, 0)]
        moved = [delta for delta in kinds if delta["type"] == "internalTransfer"]
        same([(dec(delta["usdc"]), delta["destination"].lower()) for delta in moved], [(Decimal("1234.5"), taker.address)], sign)
    answer = giver.exchange.usd_transfer(10_000, taker.wallet.address)
    same(answer["status"], "err", "more than there is")
    same(dec(giver.state()["marginSummary"]["accountValue"]), Decimal("8765.5"))


@promise
def a_withdrawal_leaves_the_account():
    trader = sim().trader()
    answer = trader.exchange.withdraw_from_bridge(100, trader.wallet.address)
    same(answer, DONE)
    # One USDC is the fee of the bridge.
    value = dec(trader.state()["marginSummary"]["accountValue"])
    holds(value in (9900, 9899), value)
    same(trader.exchange.withdraw_from_bridge(100_000, trader.wallet.address)["status"], "err")


@promise
def funding_is_paid_every_hour_on_the_oracles_price():
    trader = fast().trader()
    status_of(trader.exchange.market_open("ETH", True, 1.0))
    fast().call("POST", "/sim/advance", {"ms": 3_600_000})
    entry = trader.info.user_funding_history(trader.address, 0)[0]
    delta = entry["delta"]
    same((delta["type"], delta["coin"], dec(delta["szi"])), ("funding", "ETH", 1))
    same(entry["time"] % 3_600_000 < 60_000, True, f"at the hour: {entry}")
    rates = trader.info.funding_history("ETH", entry["time"] - 60_000)
    rate = next(one for one in rates if abs(one["time"] - entry["time"]) < 60_000)
    same(dec(rate["fundingRate"]), dec(delta["fundingRate"]))
    # Longs pay when the rate is positive.
    usdc, cost = dec(delta["usdc"]), dec(delta["fundingRate"])
    holds(usdc == 0 or (usdc < 0) == (cost > 0), entry)
    if cost:
        oracle = dec(trader.info.meta_and_asset_ctxs()[1][4]["oraclePx"])
        holds(is_near(-usdc / cost, oracle, "0.1"), f"{entry}, the oracle says {oracle}")
    state = trader.position("ETH")["cumFunding"]
    holds(dec(state["allTime"]) == dec(state["sinceOpen"]) and (dec(state["allTime"]) > 0) == (usdc < 0), f"{state}, {entry}")
