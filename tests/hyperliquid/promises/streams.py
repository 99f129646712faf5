"""Every subscription of the SDK's WebSocket."""

import threading
import time
from decimal import Decimal

from amounts import dec, is_near
from hyperliquid.info import Info
from judge import holds, promise, same, wait_for
from promises.orders import GTC, mid, resting, status_of
from promises.world import fast, sim
from simulator import TIMEOUT_SECONDS


class Stream:
    """One socket, and what came on it by subscription. Used with `with`."""

    def __init__(self, simulator, *subscriptions):
        self.info = Info(simulator.base_url, timeout=TIMEOUT_SECONDS)
        self.came = {number: [] for number in range(len(subscriptions))}
        self._lock = threading.Lock()
        for number, subscription in enumerate(subscriptions):
            self.info.subscribe(dict(subscription), lambda message, number=number: self._keep(number, message))

    def _keep(self, number, message):
        with self._lock:
            self.came[number].append(message)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.info.disconnect_websocket()

    def data(self, number=0):
        with self._lock:
            return [message["data"] for message in self.came[number]]

    def wait(self, what, number=0, found=lambda data: True, seconds=20.0):
        """The first data that is what is looked for."""
        look = lambda: next(([data] for data in self.data(number) if found(data)), None)
        return wait_for(what, look, seconds)[0]


@promise
def all_mids_are_told_again_and_again():
    with Stream(sim(), {"type": "allMids"}) as stream:
        mids = stream.wait("mids")["mids"]
        info = stream.info
        trading = {one["name"] for one in info.meta()["universe"] if not one.get("isDelisted")}
        holds(trading <= set(mids), f"missing: {trading - set(mids)}")
        holds(is_near(dec(mids["BTC"]), dec(info.all_mids()["BTC"]), "0.01"), mids["BTC"])
        wait_for("a second message", lambda: len(stream.data()) >= 2)


@promise
def a_book_is_whole_each_time_and_the_best_prices_are_its_first():
    with Stream(sim(), {"type": "l2Book", "coin": "BTC"}, {"type": "bbo", "coin": "BTC"}) as stream:
        book = stream.wait("a book")
        same(book["coin"], "BTC")
        bids, asks = book["levels"]
        holds(0 < len(bids) <= 20 and dec(bids[0]["px"]) < dec(asks[0]["px"]), book)
        best = stream.wait("best prices", 1)
        same((best["coin"], len(best["bbo"]), set(best["bbo"][0])), ("BTC", 2, {"px", "sz", "n"}))
        holds(is_near(dec(best["bbo"][0]["px"]), dec(bids[0]["px"]), "0.01"), f"{best}, {bids[0]}")
        wait_for("more best prices", lambda: len(stream.data(1)) >= 3)
        times = [one["time"] for one in stream.data(1)]
        same(times, sorted(times))


@promise
def trades_have_both_sides_and_a_number_of_their_own():
    trader = sim().trader()
    with Stream(sim(), {"type": "trades", "coin": "ETH"}) as stream:
        wait_for("the subscription", lambda: stream.info.ws_manager.ws_ready)
        time.sleep(0.3)
        status_of(trader.exchange.market_open("ETH", True, 0.1))
        fills = trader.info.user_fills(trader.address)
        tids = {fill["tid"] for fill in fills}
        own = stream.wait("our trade", 0, lambda trades: any(one["tid"] in tids for one in trades))
        trade = next(one for one in own if one["tid"] in tids)
        fill = next(one for one in fills if one["tid"] == trade["tid"])
        same([trade[name] for name in ("coin", "side", "px", "sz", "hash")], [fill[name] for name in ("coin", "side", "px", "sz", "hash")])
        same((trade["time"], trade["users"][0].lower()), (fill["time"], trader.address))
        same(len(trade["users"]), 2)


@promise
def a_candle_grows_until_the_next_one_begins():
    with Stream(fast(), {"type": "candle", "coin": "BTC", "interval": "1m"}) as stream:
        wait_for("three candles", lambda: len({one["t"] for one in stream.data()}) >= 3, 30)
        whole = {}
        for candle in stream.data():
            same((candle["s"], candle["i"], candle["T"] - candle["t"]), ("BTC", "1m", 59_999))
            holds(dec(candle["l"]) <= dec(candle["c"]) <= dec(candle["h"]), candle)
            before = whole.get(candle["t"])
            if before:
                same(candle["o"], before["o"])
                holds(dec(candle["h"]) >= dec(before["h"]) and dec(candle["l"]) <= dec(before["l"]), candle)
            whole[candle["t"]] = candle
        times = [one["t"] for one in stream.data()]
        same(times, sorted(times))
        # What the stream said of a candle that is over is what is told afterwards.
        middle = sorted(whole)[1]
        (told,) = stream.info.candles_snapshot("BTC", "1m", middle, middle + 59_999)
        same([told[name] for name in "tohlc"], [whole[middle][name] for name in "tohlc"])


@promise
def a_market_and_what_an_account_can_do_in_it_are_told():
    trader = sim().trader()
    subscriptions = (
        {"type": "activeAssetCtx", "coin": "BTC"},
        {"type": "activeAssetData", "user": trader.address, "coin": "BTC"},
    )
    with Stream(sim(), *subscriptions) as stream:
        context = stream.wait("a context")
        same(context["coin"], "BTC")
        for name in ("funding", "openInterest", "prevDayPx", "dayNtlVlm", "premium", "oraclePx", "markPx", "midPx", "dayBaseVlm"):
            dec(context["ctx"][name])
        data = stream.wait("what can be traded", 1)
        same((data["user"].lower(), data["coin"], set(data["leverage"])), (trader.address, "BTC", {"type", "value"}))
        trader.exchange.update_leverage(7, "BTC")
        stream.wait("the new leverage", 1, lambda data: data["leverage"]["value"] == 7)


@promise
def an_order_is_told_of_from_its_beginning_to_its_end():
    trader = sim().trader()
    with Stream(sim(), {"type": "orderUpdates", "user": trader.address}) as stream:
        wait_for("the subscription", lambda: stream.info.ws_manager.ws_ready)
        time.sleep(0.3)
        oid, px = resting(trader)
        named = lambda status: lambda updates: any(
            update["order"]["oid"] == oid and update["status"] == status for update in updates
        )
        (opened, *_) = stream.wait("open", 0, named("open"))
        order = opened["order"]
        same(
            [order[name] for name in ("coin", "side", "sz", "origSz", "oid")] + [float(order["limitPx"])],
            ["BTC", "B", "0.01", "0.01", oid, px],
        )
        holds(isinstance(opened["statusTimestamp"], int) and isinstance(order["timestamp"], int), opened)
        trader.exchange.cancel("BTC", oid)
        stream.wait("canceled", 0, named("canceled"))
        filled = status_of(trader.exchange.market_open("ETH", True, 0.1))["filled"]["oid"]
        stream.wait(
            "filled", 0, lambda updates: any(one["order"]["oid"] == filled and one["status"] == "filled" for one in updates)
        )


@promise
def fills_are_told_as_a_snapshot_and_then_one_by_one():
    trader = sim().trader()
    status_of(trader.exchange.market_open("ETH", True, 0.1))
    before = trader.info.user_fills(trader.address)
    subscriptions = ({"type": "userFills", "user": trader.address}, {"type": "userEvents", "user": trader.address})
    with Stream(sim(), *subscriptions) as stream:
        first = stream.wait("the snapshot")
        same((first["isSnapshot"], first["user"].lower()), (True, trader.address))
        same({fill["tid"] for fill in first["fills"]}, {fill["tid"] for fill in before})
        status_of(trader.exchange.market_close("ETH"))
        known = {fill["tid"] for fill in before}
        new = [fill for fill in trader.info.user_fills(trader.address) if fill["tid"] not in known]
        later = stream.wait("the new fills", 0, lambda data: not data.get("isSnapshot") and data["fills"])
        told = next(fill for fill in new if fill["tid"] == later["fills"][0]["tid"])
        same(later["fills"][0], told, "the same words as in the list")
        event = stream.wait("the event", 1, lambda data: "fills" in data)
        holds({fill["tid"] for fill in event["fills"]} <= {fill["tid"] for fill in new}, event)


@promise
def funding_and_transfers_are_told_as_snapshots_first():
    trader = sim().trader()
    subscriptions = (
        {"type": "userFundings", "user": trader.address},
        {"type": "userNonFundingLedgerUpdates", "user": trader.address},
    )
    with Stream(sim(), *subscriptions) as stream:
        fundings = stream.wait("fundings")
        same((fundings["isSnapshot"], fundings["user"].lower(), fundings["fundings"]), (True, trader.address, []))
        updates = stream.wait("updates", 1)
        same((updates["isSnapshot"], updates["user"].lower()), (True, trader.address))
        other = sim().trader()
        trader.exchange.usd_transfer(5, other.wallet.address)
        later = stream.wait("the transfer", 1, lambda data: not data.get("isSnapshot"))
        (update,) = later["nonFundingLedgerUpdates"]
        same((update["delta"]["type"], dec(update["delta"]["usdc"])), ("internalTransfer", 5))


@promise
def funding_is_told_when_it_is_paid():
    trader = fast().trader()
    status_of(trader.exchange.market_open("ETH", False, 0.5))
    with Stream(fast(), {"type": "userFundings", "user": trader.address}) as stream:
        stream.wait("the snapshot")
        fast().call("POST", "/sim/advance", {"ms": 3_600_000})
        paid = stream.wait("funding", 0, lambda data: not data.get("isSnapshot") and data["fundings"])
        funding = paid["fundings"][0]
        same((funding["coin"], dec(funding["szi"])), ("ETH", Decimal("-0.5")))
        dec(funding["usdc"])
        dec(funding["fundingRate"])


@promise
def the_legacy_page_of_an_account_is_told():
    trader = sim().trader()
    oid, _ = resting(trader)
    with Stream(sim(), {"type": "webData2", "user": trader.address}) as stream:
        page = stream.wait("the page")
        same(page["user"].lower(), trader.address)
        same(dec(page["clearinghouseState"]["marginSummary"]["accountValue"]), 10_000)
        same([one["oid"] for one in page["openOrders"]], [oid])
        same(len(page["meta"]["universe"]), len(page["assetCtxs"]))


@promise
def one_socket_carries_many_subscriptions_and_they_end_one_by_one():
    coins = ("BTC", "ETH", "SOL")
    with Stream(sim(), *({"type": "bbo", "coin": coin} for coin in coins)) as stream:
        for number, coin in enumerate(coins):
            same(stream.wait(coin, number)["coin"], coin)
        # The SDK numbers its subscriptions from 1.
        holds(stream.info.unsubscribe({"type": "bbo", "coin": "BTC"}, 1), "it was not subscribed")
        time.sleep(0.5)
        count, others = len(stream.data(0)), len(stream.data(1))
        wait_for("others to go on", lambda: len(stream.data(1)) >= others + 3)
        same(len(stream.data(0)), count, "it goes on after its end")
