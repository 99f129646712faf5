"""Orders of every kind, and what is told of them afterwards."""

from decimal import Decimal

from amounts import dec, fee, is_near, price
from judge import holds, promise, same
from promises.world import sim
from hyperliquid.utils.types import Cloid

TAKER, MAKER = "0.00045", "0.00015"
GTC, IOC, ALO = ({"limit": {"tif": tif}} for tif in ("Gtc", "Ioc", "Alo"))


def status_of(answer):
    """The one status of an answer that is ok."""
    same(answer["status"], "ok", answer)
    same(answer["response"]["type"], "order", answer)
    (status,) = answer["response"]["data"]["statuses"]
    return status


def mid(trader, coin="BTC"):
    return dec(trader.info.all_mids()[coin])


def resting(trader, coin="BTC", away="0.9", sz=0.01, is_buy=True, tif=GTC, **more):
    """Places an order that rests far below or above the market; its number and its price."""
    px = price(mid(trader, coin) * Decimal(away), 5 if coin == "BTC" else 4)
    status = status_of(trader.exchange.order(coin, is_buy, sz, px, tif, **more))
    return status["resting"]["oid"], px


def order_state(trader, oid):
    answer = trader.info.query_order_by_oid(trader.address, oid)
    same(answer["status"], "order", answer)
    return answer["order"]


@promise
def a_market_order_fills_and_every_number_of_it_adds_up():
    trader = sim().trader()
    filled = status_of(trader.exchange.market_open("BTC", True, 0.05))["filled"]
    same(dec(filled["totalSz"]), Decimal("0.05"))
    fills = trader.info.user_fills(trader.address)
    same(sum(dec(fill["sz"]) for fill in fills), Decimal("0.05"))
    value = sum(dec(fill["px"]) * dec(fill["sz"]) for fill in fills)
    average = value / Decimal("0.05")
    holds(is_near(dec(filled["avgPx"]), average, "0.00001"), f"{filled}, {average}")
    before = Decimal(0)
    for fill in reversed(fills):
        px, sz = dec(fill["px"]), dec(fill["sz"])
        same(
            (fill["coin"], fill["side"], fill["dir"], fill["crossed"], fill["oid"], fill["feeToken"]),
            ("BTC", "B", "Open Long", True, filled["oid"], "USDC"),
        )
        same((dec(fill["fee"]), fill["closedPnl"]), (fee(px, sz, TAKER), "0.0"))
        same(dec(fill["startPosition"]), before)
        before += sz
        holds(fill["hash"].startswith("0x") and len(fill["hash"]) == 66, fill)
        holds(isinstance(fill["tid"], int) and isinstance(fill["time"], int), fill)
    fees = sum(dec(fill["fee"]) for fill in fills)

    state = trader.state()
    (held,) = (one["position"] for one in state["assetPositions"])
    same((held["coin"], dec(held["szi"])), ("BTC", Decimal("0.05")))
    same(state["assetPositions"][0]["type"], "oneWay")
    holds(is_near(dec(held["entryPx"]), average, "0.00001"), held)
    worth = dec(held["positionValue"])
    leverage = held["leverage"]
    same(leverage["type"], "cross")
    holds(is_near(dec(held["marginUsed"]), worth / leverage["value"], "0.0001"), held)
    holds(abs(dec(held["unrealizedPnl"]) - (worth - value)) < Decimal("0.01"), f"{held}, {value}")
    basis = average * Decimal("0.05") / leverage["value"]
    holds(abs(dec(held["returnOnEquity"]) - dec(held["unrealizedPnl"]) / basis) < Decimal("0.001"), held)
    summary = state["marginSummary"]
    raw = dec(summary["totalRawUsd"])
    holds(abs(raw - (10_000 - value - fees)) < Decimal("0.00001"), f"{summary}, {value}, {fees}")
    holds(abs(dec(summary["accountValue"]) - (raw + worth)) < Decimal("0.00001"), summary)
    same(dec(summary["totalNtlPos"]), worth)
    free = dec(summary["accountValue"]) - dec(summary["totalMarginUsed"])
    tenth = dec(summary["accountValue"]) - worth / 10
    holds(abs(dec(state["withdrawable"]) - max(0, min(free, tenth))) < Decimal("0.01"), state)
    # The highest leverage of the first tier says when it is liquidated: far away with so much money.
    same(held["liquidationPx"], None)


@promise
def market_close_closes_and_says_what_was_won():
    trader = sim().trader()
    status_of(trader.exchange.market_open("ETH", False, 0.5))
    opened = trader.info.user_fills(trader.address)
    entry = sum(dec(fill["px"]) * dec(fill["sz"]) for fill in opened) / Decimal("0.5")
    same({fill["dir"] for fill in opened}, {"Open Short"})
    filled = status_of(trader.exchange.market_close("ETH"))["filled"]
    same(dec(filled["totalSz"]), Decimal("0.5"))
    same(trader.position("ETH"), None)
    known = {fill["tid"] for fill in opened}
    closed = [fill for fill in trader.info.user_fills(trader.address) if fill["tid"] not in known]
    same({(fill["dir"], fill["side"]) for fill in closed}, {("Close Short", "B")})
    for fill in closed:
        expected = (entry - dec(fill["px"])) * dec(fill["sz"])
        holds(abs(dec(fill["closedPnl"]) - expected) < Decimal("0.000002"), f"{fill}, {expected}")
    # Nothing is left to close: the SDK sends nothing then.
    same(trader.exchange.market_close("ETH"), None)
    value = dec(trader.state()["marginSummary"]["accountValue"])
    fills = trader.info.user_fills(trader.address)
    made = sum(dec(fill["closedPnl"]) - dec(fill["fee"]) for fill in fills)
    holds(abs(value - 10_000 - made) < Decimal("0.00001"), f"{value}, {made}")


@promise
def a_limit_order_rests_is_told_and_is_cancelled():
    trader = sim().trader()
    oid, px = resting(trader)
    (listed,) = trader.info.open_orders(trader.address)
    expected = ("BTC", "B", px, "0.01", oid, "0.01")
    told = lambda one: (one["coin"], one["side"], float(one["limitPx"]), one["sz"], one["oid"], one["origSz"])
    same(told(listed), expected)
    (shown,) = trader.info.frontend_open_orders(trader.address)
    same(told(shown), expected)
    same(
        [shown[name] for name in ("isTrigger", "orderType", "tif", "reduceOnly", "isPositionTpsl", "children", "cloid")],
        [False, "Limit", "Gtc", False, False, [], None],
    )
    same(dec(shown["triggerPx"]), 0)
    state = order_state(trader, oid)
    same((state["status"], state["order"]["oid"], state["order"]["timestamp"]), ("open", oid, listed["timestamp"]))
    # What rests takes margin from what may be withdrawn.
    holds(dec(trader.state()["withdrawable"]) < 10_000, trader.state())

    answer = trader.exchange.cancel("BTC", oid)
    same(answer, {"status": "ok", "response": {"type": "cancel", "data": {"statuses": ["success"]}}})
    same(trader.info.open_orders(trader.address), [])
    same(order_state(trader, oid)["status"], "canceled")
    (status,) = trader.exchange.cancel("BTC", oid)["response"]["data"]["statuses"]
    holds(status["error"].startswith("Order was never placed, already canceled, or filled."), status)
    same([one["order"]["oid"] for one in trader.info.historical_orders(trader.address)][:1], [oid])
    same(dec(trader.state()["withdrawable"]), 10_000)


@promise
def a_crossing_limit_order_fills_at_the_books_price_not_at_its_own():
    trader = sim().trader()
    px = price(mid(trader) * Decimal("1.03"))
    filled = status_of(trader.exchange.order("BTC", True, 0.01, px, GTC))["filled"]
    holds(dec(filled["avgPx"]) < Decimal(px) * Decimal("0.99"), filled)
    same(order_state(trader, filled["oid"])["status"], "filled")


@promise
def post_only_rests_or_is_refused():
    trader = sim().trader()
    oid, _ = resting(trader, tif=ALO)
    (shown,) = trader.info.frontend_open_orders(trader.address)
    same((shown["oid"], shown["tif"]), (oid, "Alo"))
    px = price(mid(trader) * Decimal("1.01"))
    status = status_of(trader.exchange.order("BTC", True, 0.01, px, ALO))
    words = "Post only order would have immediately matched, bbo was "
    holds(status["error"].startswith(words), status)
    bid, ask = status["error"].removeprefix(words).split(" ")[0].rstrip(".").split("@")
    holds(Decimal(bid) < Decimal(ask) < Decimal(px), status)


@promise
def immediate_or_cancel_takes_what_is_there_or_nothing():
    trader = sim().trader()
    px = price(mid(trader) * Decimal("0.97"))
    status = status_of(trader.exchange.order("BTC", True, 0.01, px, IOC))
    words = "Order could not immediately match against any resting orders."
    holds(status["error"].startswith(words), status)
    same(trader.info.open_orders(trader.address), [])


@promise
def what_breaks_a_rule_is_refused_in_the_venues_words():
    trader = sim().trader()
    now = mid(trader)
    low = price(now * Decimal("0.9"))
    refused = [
        # The wire can carry it: the SDK only refuses more than eight decimals.
        (0.01, round(low) + 0.5, "Price must be divisible by tick size."),
        (0.0000011, low, "Order has invalid size."),
        (0.00002, low, "Order must have minimum value of $10."),
        (0.01, price(now / 10), "Order price cannot be more than"),
        (300.0, low, "Insufficient margin to place order."),
        (0.0, low, "Order has zero size."),
    ]
    for sz, px, words in refused:
        status = status_of(trader.exchange.order("BTC", True, sz, px, GTC))
        holds(status.get("error", "").startswith(words), f"{sz} at {px}: {status}")
    same(trader.info.open_orders(trader.address), [])


@promise
def reduce_only_never_opens_and_never_turns():
    trader = sim().trader()
    words = "Reduce only order would increase position."
    low, high = (price(mid(trader) * Decimal(part)) for part in ("0.95", "1.05"))
    status = status_of(trader.exchange.order("BTC", False, 0.01, low, IOC, reduce_only=True))
    holds(status["error"].startswith(words), status)
    status_of(trader.exchange.market_open("BTC", True, 0.02))
    status = status_of(trader.exchange.order("BTC", True, 0.01, high, IOC, reduce_only=True))
    holds(status["error"].startswith(words), status)
    # More than there is: it is cut to the position.
    filled = status_of(trader.exchange.order("BTC", False, 0.05, low, IOC, reduce_only=True))["filled"]
    same(dec(filled["totalSz"]), Decimal("0.02"))
    same(trader.position("BTC"), None)


@promise
def a_position_is_turned_by_an_order_larger_than_it():
    trader = sim().trader()
    status_of(trader.exchange.market_open("BTC", True, 0.02))
    status_of(trader.exchange.market_open("BTC", False, 0.05))
    same(dec(trader.position("BTC")["szi"]), Decimal("-0.03"))
    kinds = {fill["dir"] for fill in trader.info.user_fills(trader.address)}
    holds("Long > Short" in kinds, kinds)


@promise
def an_order_is_found_and_cancelled_by_the_clients_number():
    trader = sim().trader()
    cloid = Cloid.from_int(0xA1C0)
    oid, px = resting(trader, cloid=cloid)
    (listed,) = trader.info.open_orders(trader.address)
    same(listed["cloid"], cloid.to_raw())
    found = trader.info.query_order_by_cloid(trader.address, cloid)
    same((found["status"], found["order"]["order"]["oid"]), ("order", oid))
    same(found["order"]["order"]["cloid"], cloid.to_raw())
    answer = trader.exchange.cancel_by_cloid("BTC", cloid)
    same(answer["response"], {"type": "cancel", "data": {"statuses": ["success"]}})
    same(trader.info.query_order_by_cloid(trader.address, cloid)["order"]["status"], "canceled")
    (status,) = trader.exchange.cancel_by_cloid("BTC", cloid)["response"]["data"]["statuses"]
    holds("error" in status, status)
    other = trader.info.query_order_by_cloid(trader.address, Cloid.from_int(7))
    same(other, {"status": "unknownOid"})
    filled = status_of(trader.exchange.market_open("ETH", True, 0.1, cloid=Cloid.from_int(8)))["filled"]
    same(filled["cloid"], Cloid.from_int(8).to_raw())
    (fill, *_) = trader.info.user_fills(trader.address)
    same(fill["cloid"], Cloid.from_int(8).to_raw())


@promise
def orders_of_one_action_have_one_status_each():
    trader = sim().trader()
    now = mid(trader)
    order = lambda is_buy, part, tif: {
        "coin": "BTC", "is_buy": is_buy, "sz": 0.01, "limit_px": price(now * Decimal(part)), "order_type": tif, "reduce_only": False,
    }
    answer = trader.exchange.bulk_orders([order(True, "0.9", GTC), order(True, "1.02", ALO), order(False, "1.1", GTC), order(True, "1.02", IOC)])
    statuses = answer["response"]["data"]["statuses"]
    same([next(iter(status)) for status in statuses], ["resting", "error", "resting", "filled"])
    listed = {one["oid"] for one in trader.info.open_orders(trader.address)}
    same(listed, {statuses[0]["resting"]["oid"], statuses[2]["resting"]["oid"]})
    cancels = [{"coin": "BTC", "oid": oid} for oid in sorted(listed)] + [{"coin": "BTC", "oid": 1}]
    answer = trader.exchange.bulk_cancel(cancels)["response"]["data"]["statuses"]
    same(answer[:2], ["success", "success"])
    holds("error" in answer[2], answer)
    # What is wrong in itself refuses the whole action, in one sentence.
    answer = trader.exchange.bulk_orders([order(True, "0.9", GTC), order(True, "0.05", GTC)])
    errors = {status["error"] for status in answer["response"]["data"]["statuses"]}
    same(len(errors), 1, answer)
    same(trader.info.open_orders(trader.address), [])


@promise
def fills_can_be_asked_for_by_time():
    trader = sim().trader()
    status_of(trader.exchange.market_open("BTC", True, 0.02))
    fills = trader.info.user_fills(trader.address)
    newest = max(fill["time"] for fill in fills)
    by_time = trader.info.user_fills_by_time(trader.address, newest)
    same({fill["tid"] for fill in by_time}, {fill["tid"] for fill in fills if fill["time"] >= newest})
    same(trader.info.user_fills_by_time(trader.address, newest + 1), [])
    same(trader.info.user_fills_by_time(trader.address, 0, newest - 1), [])
    whole = trader.info.user_fills_by_time(trader.address, newest - 1000, newest, True)
    same((len(whole), dec(whole[0]["sz"])), (1, Decimal("0.02")), "aggregated into one")


@promise
def volume_and_requests_are_counted():
    trader = sim().trader()
    status_of(trader.exchange.market_open("BTC", True, 0.05))
    status_of(trader.exchange.market_close("BTC"))
    fills = trader.info.user_fills(trader.address)
    volume = sum(dec(fill["px"]) * dec(fill["sz"]) for fill in fills)
    limit = trader.info.user_rate_limit(trader.address)
    holds(abs(dec(limit["cumVlm"]) - volume) < 1, f"{limit}, {volume}")
    same((limit["nRequestsUsed"], limit["nRequestsCap"]), (2, 10_000 + int(dec(limit["cumVlm"]))))
