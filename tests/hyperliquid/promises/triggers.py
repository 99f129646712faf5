"""Stops and take-profits: alone, with their parent, with their position, and when they go off."""

from decimal import Decimal

from amounts import dec, fee, price
from judge import holds, promise, same, wait_for
from promises.orders import GTC, MAKER, mid, order_state, status_of
from promises.world import fast, sim


def trigger(px, tpsl, is_market=True):
    return {"trigger": {"triggerPx": px, "isMarket": is_market, "tpsl": tpsl}}


def near(trader, part, coin="BTC"):
    return price(mid(trader, coin) * Decimal(part), 5 if coin == "BTC" else 4)


def request(is_buy, sz, px, order_type, reduce_only=False, coin="BTC"):
    return {
        "coin": coin, "is_buy": is_buy, "sz": sz, "limit_px": px, "order_type": order_type, "reduce_only": reduce_only,
    }


def shown(trader):
    """The open orders by their type."""
    return {one["orderType"]: one for one in trader.info.frontend_open_orders(trader.address)}


@promise
def each_kind_of_trigger_rests_and_is_shown_as_what_it_is():
    trader = sim().trader()
    status_of(trader.exchange.market_open("BTC", True, 0.04))
    low, high = near(trader, "0.9"), near(trader, "1.1")
    kinds = [
        ("Stop Market", low, "sl", True),
        ("Stop Limit", low, "sl", False),
        ("Take Profit Market", high, "tp", True),
        ("Take Profit Limit", high, "tp", False),
    ]
    oids = {}
    for name, px, tpsl, is_market in kinds:
        order = trader.exchange.order("BTC", False, 0.01, px, trigger(px, tpsl, is_market), reduce_only=True)
        oids[name] = status_of(order)["resting"]["oid"]
    listed = shown(trader)
    same(set(listed), set(oids))
    for name, px, tpsl, _ in kinds:
        one = listed[name]
        same((one["oid"], one["side"], one["sz"], float(one["triggerPx"])), (oids[name], "A", "0.01", px))
        same((one["isTrigger"], one["reduceOnly"], one["isPositionTpsl"]), (True, True, False))
        side = "below" if tpsl == "sl" else "above"
        holds(side in one["triggerCondition"].lower() and str(int(px)) in one["triggerCondition"], one)
    plain = trader.info.open_orders(trader.address)
    holds(all("triggerPx" not in one for one in plain), "the plain list has no trigger fields")
    same({one["oid"] for one in plain}, set(oids.values()))
    for oid in oids.values():
        (status,) = trader.exchange.cancel("BTC", oid)["response"]["data"]["statuses"]
        same(status, "success")
    same(trader.info.frontend_open_orders(trader.address), [])


@promise
def a_stop_on_the_wrong_side_is_refused():
    trader = sim().trader()
    status_of(trader.exchange.market_open("BTC", True, 0.01))
    for tpsl, part in (("sl", "1.1"), ("tp", "0.9")):
        px = near(trader, part)
        status = status_of(trader.exchange.order("BTC", False, 0.01, px, trigger(px, tpsl), reduce_only=True))
        holds(status.get("error", "").startswith("Invalid TP/SL price."), f"{tpsl}: {status}")


@promise
def children_wait_for_their_parent_and_go_with_it():
    trader = sim().trader()
    entry, low, high = near(trader, "0.95"), near(trader, "0.9"), near(trader, "1.1")
    orders = [
        request(True, 0.01, entry, GTC),
        request(False, 0.01, high, trigger(high, "tp"), True),
        request(False, 0.01, low, trigger(low, "sl"), True),
    ]
    answer = trader.exchange.bulk_orders(orders, grouping="normalTpsl")
    parent, *children = answer["response"]["data"]["statuses"]
    same(children, ["waitingForFill", "waitingForFill"])
    (listed,) = trader.info.frontend_open_orders(trader.address)
    same((listed["oid"], listed["orderType"]), (parent["resting"]["oid"], "Limit"))
    kinds = sorted(child["orderType"] for child in listed["children"])
    same(kinds, ["Stop Market", "Take Profit Market"])
    trader.exchange.cancel("BTC", parent["resting"]["oid"])
    same(trader.info.frontend_open_orders(trader.address), [])
    for child in listed["children"]:
        same(order_state(trader, child["oid"])["status"], "canceled")


@promise
def children_of_a_filled_parent_are_live():
    trader = sim().trader()
    entry, low, high = near(trader, "1.02"), near(trader, "0.9"), near(trader, "1.1")
    orders = [
        request(True, 0.01, entry, GTC),
        request(False, 0.01, high, trigger(high, "tp"), True),
        request(False, 0.01, low, trigger(low, "sl"), True),
    ]
    answer = trader.exchange.bulk_orders(orders, grouping="normalTpsl")
    holds("filled" in answer["response"]["data"]["statuses"][0], answer)
    same(set(shown(trader)), {"Stop Market", "Take Profit Market"})
    status_of(trader.exchange.market_close("BTC"))
    same(trader.info.frontend_open_orders(trader.address), [], "reduce-only orders go with the position")


@promise
def groups_that_are_none_are_refused():
    trader = sim().trader()
    entry, low = near(trader, "0.95"), near(trader, "0.9")
    stop = request(False, 0.01, low, trigger(low, "sl"), True)
    for orders, words in (
        ([request(True, 0.01, entry, GTC)], "Unexpected number of trigger orders"),
        ([stop, request(True, 0.01, entry, GTC)], "Main order cannot be trigger order."),
    ):
        answer = trader.exchange.bulk_orders(orders, grouping="normalTpsl")
        text = str(answer)
        holds(words.rstrip(".") in text and "resting" not in text, answer)
    same(trader.info.frontend_open_orders(trader.address), [])


@promise
def stops_of_a_position_follow_it():
    trader = sim().trader()
    status_of(trader.exchange.market_open("BTC", True, 0.02))
    low, high = near(trader, "0.9"), near(trader, "1.1")
    orders = [
        request(False, 0.02, high, trigger(high, "tp"), True),
        request(False, 0.02, low, trigger(low, "sl"), True),
    ]
    answer = trader.exchange.bulk_orders(orders, grouping="positionTpsl")
    same(answer["response"]["data"]["statuses"], ["waitingForTrigger", "waitingForTrigger"])
    listed = shown(trader)
    same(set(listed), {"Stop Market", "Take Profit Market"})
    holds(all(one["isPositionTpsl"] for one in listed.values()), listed)
    status_of(trader.exchange.market_close("BTC"))
    same(trader.info.frontend_open_orders(trader.address), [])


@promise
def a_trigger_goes_off_by_the_mark_price_and_its_sibling_is_cancelled():
    for pct, fired in (("-3", "Stop Market"), ("3", "Take Profit Market")):
        trader = fast().trader()
        status_of(trader.exchange.market_open("SOL", True, 10.0))
        mark = dec(trader.info.meta_and_asset_ctxs()[1][trader.info.name_to_asset("SOL")]["markPx"])
        low, high = (price(mark * Decimal(part), 2) for part in ("0.98", "1.02"))
        worst = price(mark * Decimal("0.9"), 2)
        orders = [
            request(False, 10.0, worst, trigger(high, "tp"), True, "SOL"),
            request(False, 10.0, worst, trigger(low, "sl"), True, "SOL"),
        ]
        trader.exchange.bulk_orders(orders, grouping="positionTpsl")
        oids = {kind: one["oid"] for kind, one in shown(trader).items()}
        same(set(oids), {"Stop Market", "Take Profit Market"})
        fast().call("POST", "/sim/shock", {"coin": "SOL", "pct": pct})
        wait_for("a trigger", lambda: trader.position("SOL") is None)
        ended = {kind: order_state(trader, oid)["status"] for kind, oid in oids.items()}
        other = next(kind for kind in oids if kind != fired)
        same(ended, {fired: "filled", other: "siblingFilledCanceled"})
        fills = [fill for fill in trader.info.user_fills(trader.address) if fill["oid"] == oids[fired]]
        same(sum(dec(fill["sz"]) for fill in fills), 10)
        same({(fill["dir"], fill["crossed"]) for fill in fills}, {("Close Long", True)})
        same(trader.info.frontend_open_orders(trader.address), [])


@promise
def a_limit_order_is_filled_as_a_maker_when_the_market_comes_to_it():
    trader = fast().trader()
    px = near(trader, "0.98", "ETH")
    status = status_of(trader.exchange.order("ETH", True, 0.1, px, {"limit": {"tif": "Alo"}}))
    oid = status["resting"]["oid"]
    fast().call("POST", "/sim/shock", {"coin": "ETH", "pct": "-3"})
    wait_for("a fill", lambda: order_state(trader, oid)["status"] == "filled")
    fills = [fill for fill in trader.info.user_fills(trader.address) if fill["oid"] == oid]
    same(sum(dec(fill["sz"]) for fill in fills), Decimal("0.1"))
    for fill in fills:
        same((fill["crossed"], float(fill["px"])), (False, px))
        same(dec(fill["fee"]), fee(dec(fill["px"]), dec(fill["sz"]), MAKER))
