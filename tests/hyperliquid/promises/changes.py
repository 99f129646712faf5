"""Orders are replaced: one or several, by the venue's number or the client's."""

from decimal import Decimal

from hyperliquid.utils.types import Cloid
from judge import holds, promise, same
from promises.orders import ALO, GTC, mid, order_state, resting, status_of
from promises.world import sim
from amounts import price


@promise
def an_order_is_replaced_by_the_venues_number():
    trader = sim().trader()
    oid, _ = resting(trader)
    px = price(mid(trader) * Decimal("0.85"))
    new = status_of(trader.exchange.modify_order(oid, "BTC", True, 0.02, px, GTC))["resting"]["oid"]
    holds(new != oid, "it keeps its number")
    (listed,) = trader.info.open_orders(trader.address)
    same((listed["oid"], listed["sz"], float(listed["limitPx"])), (new, "0.02", px))
    same(order_state(trader, oid)["status"], "canceled")


@promise
def an_order_is_replaced_by_the_clients_number_and_may_keep_it():
    trader = sim().trader()
    cloid = Cloid.from_int(0xBEEF)
    resting(trader, cloid=cloid)
    px = price(mid(trader) * Decimal("0.8"))
    answer = trader.exchange.modify_order(cloid, "BTC", True, 0.03, px, ALO, cloid=cloid)
    status_of(answer)
    (listed,) = trader.info.open_orders(trader.address)
    same((listed["cloid"], listed["sz"], float(listed["limitPx"])), (cloid.to_raw(), "0.03", px))
    found = trader.info.query_order_by_cloid(trader.address, cloid)
    same((found["order"]["status"], found["order"]["order"]["oid"]), ("open", listed["oid"]))


@promise
def several_orders_are_replaced_at_once_one_status_each():
    trader = sim().trader()
    first, _ = resting(trader)
    cloid = Cloid.from_int(0xF00D)
    resting(trader, away="0.89", cloid=cloid)
    px = price(mid(trader) * Decimal("0.8"))
    order = {"coin": "BTC", "is_buy": True, "sz": 0.02, "limit_px": px, "order_type": GTC, "reduce_only": False, "cloid": None}
    answer = trader.exchange.bulk_modify_orders_new(
        [{"oid": first, "order": order}, {"oid": cloid, "order": order}, {"oid": 1, "order": order}]
    )
    same(answer["status"], "ok", answer)
    statuses = answer["response"]["data"]["statuses"]
    holds(all("resting" in status for status in statuses[:2]), answer)
    holds(statuses[2]["error"].startswith("Cannot modify canceled or filled order"), answer)
    same(len(trader.info.open_orders(trader.address)), 2)


@promise
def what_is_filled_cannot_be_replaced():
    trader = sim().trader()
    filled = status_of(trader.exchange.market_open("BTC", True, 0.01))["filled"]
    px = price(mid(trader) * Decimal("0.8"))
    answer = trader.exchange.modify_order(filled["oid"], "BTC", True, 0.01, px, GTC)
    holds("Cannot modify canceled or filled order" in str(answer), answer)
    same(trader.info.open_orders(trader.address), [])
