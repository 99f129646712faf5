"""Leverage, cross and isolated, and the margin of an isolated position."""

from decimal import Decimal

from amounts import dec, is_near
from judge import holds, promise, same
from promises.orders import status_of
from promises.world import sim

DONE = {"status": "ok", "response": {"type": "default"}}


def asset_data(trader, coin):
    return sim().info_call({"type": "activeAssetData", "user": trader.address, "coin": coin})


def refusal(answer):
    same(answer["status"], "err", answer)
    return answer["response"]


@promise
def leverage_is_set_and_is_the_positions():
    trader = sim().trader()
    same(trader.exchange.update_leverage(5, "ETH"), DONE)
    same(asset_data(trader, "ETH")["leverage"], {"type": "cross", "value": 5})
    status_of(trader.exchange.market_open("ETH", True, 1.0))
    held = trader.position("ETH")
    same((held["leverage"], held["maxLeverage"]), ({"type": "cross", "value": 5}, 25))
    holds(is_near(dec(held["marginUsed"]), dec(held["positionValue"]) / 5, "0.0001"), held)
    # Up is always allowed.
    same(trader.exchange.update_leverage(10, "ETH"), DONE)
    same(trader.position("ETH")["leverage"]["value"], 10)


@promise
def what_the_venue_does_not_allow_is_refused_in_words():
    trader = sim().trader()
    holds(refusal(trader.exchange.update_leverage(100, "ETH")).startswith("Invalid leverage value"), "too much")
    holds(refusal(trader.exchange.update_leverage(0, "ETH")).startswith("Invalid leverage value"), "none")
    status_of(trader.exchange.market_open("ETH", True, 1.0))
    answer = refusal(trader.exchange.update_leverage(10, "ETH", False))
    holds(answer.startswith("Cannot switch leverage type with open position."), answer)
    answer = refusal(trader.exchange.update_isolated_margin(5, "ETH"))
    holds("isolated margin" in answer, answer)


@promise
def an_isolated_position_has_a_margin_of_its_own():
    trader = sim().trader()
    same(trader.exchange.update_leverage(10, "ETH", False), DONE)
    filled = status_of(trader.exchange.market_open("ETH", True, 1.0))["filled"]
    value = dec(filled["avgPx"])
    held = trader.position("ETH")
    raw = dec(held["leverage"]["rawUsd"])
    same((held["leverage"]["type"], held["leverage"]["value"]), ("isolated", 10))
    worth = dec(held["positionValue"])
    holds(abs(dec(held["marginUsed"]) - (raw + worth)) < Decimal("0.00001"), held)
    # The margin at the start is a tenth of the value.
    holds(is_near(value + raw, value / 10, "0.02"), f"{held}, {value}")
    # The closed form of the documentation, with the maintenance rate of half of 1/25.
    rate = Decimal(1) / 50
    holds(is_near(dec(held["liquidationPx"]), -raw / (1 - rate), "0.00001"), held)

    same(trader.exchange.update_isolated_margin(50, "ETH"), DONE)
    more = trader.position("ETH")
    same(dec(more["leverage"]["rawUsd"]) - raw, 50)
    holds(dec(more["liquidationPx"]) < dec(held["liquidationPx"]), more)
    same(trader.exchange.update_isolated_margin(-20, "ETH"), DONE)
    same(dec(trader.position("ETH")["leverage"]["rawUsd"]) - raw, 30)
    # It is no part of the cross account.
    state = trader.state()
    same(dec(state["crossMarginSummary"]["totalMarginUsed"]), 0)
    holds(dec(state["crossMarginSummary"]["accountValue"]) < dec(state["marginSummary"]["accountValue"]), state)
    holds(trader.exchange.update_isolated_margin(1_000_000, "ETH")["status"] == "err", "more than there is")


@promise
def what_can_be_traded_follows_leverage_and_price():
    trader = sim().trader()
    trader.exchange.update_leverage(4, "ETH")
    data = asset_data(trader, "ETH")
    same((data["user"].lower(), data["coin"]), (trader.address, "ETH"))
    same(len(data["maxTradeSzs"]), 2)
    mark = dec(data["markPx"])
    for size, free in zip(data["maxTradeSzs"], data["availableToTrade"]):
        holds(is_near(dec(size) * mark, 40_000, "0.02"), data)
        holds(is_near(dec(free), 10_000, "0.02") or is_near(dec(free), 40_000, "0.02"), data)
