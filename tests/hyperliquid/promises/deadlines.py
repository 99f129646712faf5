"""Actions and orders that end by the clock: expiry, and the dead-man switch."""

import time

from judge import holds, promise, same
from promises.orders import order_state, resting
from promises.world import fast, sim


def now_ms():
    return int(time.time() * 1000)


@promise
def an_action_is_taken_before_its_expiry_and_refused_after_it():
    trader = sim().trader()
    trader.exchange.set_expires_after(now_ms() + 60_000)
    oid, _ = resting(trader)
    trader.exchange.set_expires_after(now_ms() - 1_000)
    answer = trader.exchange.cancel("BTC", oid)
    same(answer["status"], "err", answer)
    holds("expired" in answer["response"], answer)
    same(order_state(trader, oid)["status"], "open")
    trader.exchange.set_expires_after(None)
    same(trader.exchange.cancel("BTC", oid)["response"]["data"]["statuses"], ["success"])


@promise
def the_dead_man_switch_needs_a_million_of_volume():
    trader = sim().trader()
    oid, _ = resting(trader)
    for moment in (now_ms() + 10_000, None):
        answer = trader.exchange.schedule_cancel(moment)
        same(answer["status"], "err", answer)
        words = "Cannot set scheduled cancel time until enough volume traded. Required: $1000000. Traded: $"
        holds(answer["response"].startswith(words), answer)
    same(order_state(trader, oid)["status"], "open")


@promise
def where_the_gate_is_open_the_switch_cancels_everything_in_time():
    # This one's gate is open.
    trader = fast().trader()
    clock = lambda: fast().call("GET", "/sim/time")["time"]
    oid, _ = resting(trader)
    other, _ = resting(trader, coin="ETH", sz=0.1)
    answer = trader.exchange.schedule_cancel(clock() + 1_000)
    same(answer["status"], "err", "less than five seconds ahead")
    done = {"status": "ok", "response": {"type": "default"}}
    # Set and taken back: nothing happens.
    same(trader.exchange.schedule_cancel(clock() + 3_600_000), done)
    same(trader.exchange.schedule_cancel(None), done)
    fast().call("POST", "/sim/advance", {"ms": 7_200_000})
    same({order_state(trader, one)["status"] for one in (oid, other)}, {"open"})
    until = clock() + 3_600_000
    same(trader.exchange.schedule_cancel(until), done)
    fast().call("POST", "/sim/advance", {"ms": until - clock() - 600_000})
    same({order_state(trader, one)["status"] for one in (oid, other)}, {"open"}, "it was too early")
    fast().call("POST", "/sim/advance", {"ms": 600_000})
    same({order_state(trader, one)["status"] for one in (oid, other)}, {"scheduledCancel"})
    same(trader.info.open_orders(trader.address), [])
