"""Whole scripts, as people write them with the SDK: what one step prints the next one uses."""

import time

from amounts import dec
from eth_account import Account
from hyperliquid.exchange import Exchange
from hyperliquid.info import Info
from judge import holds, promise, same, wait_for
from promises.orders import status_of
from promises.world import sim
from simulator import TIMEOUT_SECONDS, wallet

GTC = {"limit": {"tif": "Gtc"}}


@promise
def a_script_looks_at_its_money_before_it_begins():
    trader = sim().trader()
    perp, spot = trader.state(), trader.info.spot_user_state(trader.wallet.address)
    holds(float(perp["marginSummary"]["accountValue"]) > 0 or len(spot["balances"]) > 0, "no money is seen")


@promise
def a_bid_far_below_is_placed_looked_up_and_cancelled():
    trader = sim().trader()
    # A third of the usual price, as in many an example.
    status = status_of(trader.exchange.order("ETH", True, 0.2, 1100, GTC))
    found = trader.info.query_order_by_oid(trader.wallet.address, status["resting"]["oid"])
    same((found["status"], found["order"]["status"]), ("order", "open"))
    same((found["order"]["order"]["limitPx"], found["order"]["order"]["sz"]), ("1100.0", "0.2"))
    same(trader.exchange.cancel("ETH", status["resting"]["oid"])["status"], "ok")


@promise
def everything_open_is_cancelled_from_the_list_of_open_orders():
    trader = sim().trader()
    for coin, px in (("ETH", 1500), ("BTC", 30_000), ("SOL", 60)):
        status_of(trader.exchange.order(coin, True, 1.0 if coin != "BTC" else 0.01, px, GTC))
    for order in trader.info.open_orders(trader.wallet.address):
        same(trader.exchange.cancel(order["coin"], order["oid"])["response"]["data"]["statuses"], ["success"])
    same(trader.info.open_orders(trader.wallet.address), [])


@promise
def prices_and_sizes_that_were_rounded_by_the_book_are_taken():
    trader = sim().trader()
    decimals = {one["name"]: one["szDecimals"] for one in trader.info.meta()["universe"]}
    for coin in ("OP", "SOL", "DOGE", "BTC"):
        mid = float(trader.info.all_mids()[coin])
        # Too many digits on purpose; then rounded by the documented rules.
        px, sz = mid * 0.81234567, 50 / mid * 1.2345678
        px = round(px) if px > 100_000 else round(float(f"{px:.5g}"), 6 - decimals[coin])
        status = status_of(trader.exchange.order(coin, True, round(sz, decimals[coin]), px, GTC))
        holds("resting" in status, f"{coin}: {status}")


@promise
def leverage_is_changed_back_and_forth_before_there_is_a_position():
    trader = sim().trader()
    for is_cross in (True, False):
        same(trader.exchange.update_leverage(21, "ETH", is_cross)["status"], "ok")
    status_of(trader.exchange.market_open("ETH", True, 0.1))
    (held,) = trader.state()["assetPositions"]
    same((held["position"]["leverage"]["type"], held["position"]["leverage"]["value"]), ("isolated", 21))
    same(trader.exchange.update_isolated_margin(1, "ETH")["status"], "ok")


@promise
def a_position_is_opened_with_the_market_and_closed_again_after_a_while():
    trader = sim().trader()
    answer = trader.exchange.market_open("ETH", True, 0.05, None, 0.01)
    same(answer["status"], "ok")
    for status in answer["response"]["data"]["statuses"]:
        line = f'Order #{status["filled"]["oid"]} filled {status["filled"]["totalSz"]} @{status["filled"]["avgPx"]}'
        holds("filled 0.05 @" in line, line)
    time.sleep(0.2)
    for status in trader.exchange.market_close("ETH")["response"]["data"]["statuses"]:
        same(status["filled"]["totalSz"], "0.05")


@promise
def agents_with_and_without_a_name_trade_side_by_side():
    trader = sim().trader()
    for name in (None, "persist", "other", None):
        answer, key = trader.exchange.approve_agent(name)
        same(answer["status"], "ok", answer)
        agent = Exchange(
            Account.from_key(key), sim().base_url, account_address=trader.wallet.address, timeout=TIMEOUT_SECONDS
        )
        status = status_of(agent.order("ETH", True, 0.2, 1000, GTC))
        same(agent.cancel("ETH", status["resting"]["oid"])["response"]["data"]["statuses"], ["success"])
    names = sorted(one["name"] for one in trader.info.extra_agents(trader.address))
    same(names, ["other", "persist"])
    answer, _ = trader.exchange.approve_agent("a name that is far too long")
    same(answer["status"], "err", answer)


@promise
def a_dollar_is_sent_to_nobody():
    trader = sim().trader()
    same(trader.exchange.usd_transfer(1, "0x0000000000000000000000000000000000000000")["status"], "ok")
    same(dec(trader.state()["marginSummary"]["accountValue"]), 9_999)


@promise
def what_is_not_about_perpetuals_is_answered_and_never_breaks_a_script():
    trader = sim().trader()
    exchange, address = trader.exchange, wallet("nobody").address
    answers = [
        exchange.usd_class_transfer(1.0, False), exchange.spot_transfer(1, address, "PURR:0xc1fb593aeffbeb02f85e0308e9956a90"),
        exchange.set_referrer("ASDFASDF"), exchange.create_sub_account("example"), exchange.vault_usd_transfer(address, True, 5_000_000),
        exchange.approve_builder_fee(address, "0.001%"), exchange.send_asset(address, "", "spot", "USDC", 1.0),
        exchange.user_dex_abstraction(trader.address, False), exchange.agent_enable_dex_abstraction(), exchange.use_big_blocks(True),
    ]
    for answer in answers:
        holds(answer["status"] == "ok" or answer["status"] == "err" and answer["response"], answer)


@promise
def every_stream_of_the_published_example_can_be_asked_for_on_one_socket():
    trader = sim().trader()
    user = trader.wallet.address
    wanted = [
        {"type": "allMids"}, {"type": "l2Book", "coin": "ETH"}, {"type": "trades", "coin": "PURR/USDC"}, {"type": "userEvents", "user": user},
        {"type": "userFills", "user": user}, {"type": "candle", "coin": "ETH", "interval": "1m"}, {"type": "orderUpdates", "user": user},
        {"type": "userFundings", "user": user}, {"type": "userNonFundingLedgerUpdates", "user": user}, {"type": "webData2", "user": user},
        {"type": "bbo", "coin": "ETH"}, {"type": "activeAssetCtx", "coin": "BTC"}, {"type": "activeAssetCtx", "coin": "@1"},
        {"type": "activeAssetData", "user": user, "coin": "BTC"},
    ]
    channels, info = set(), Info(sim().base_url, timeout=TIMEOUT_SECONDS)
    for subscription in wanted:
        info.subscribe(subscription, lambda message: channels.add(message["channel"]))
    try:
        # What has nothing to tell yet keeps silent; the rest comes by itself.
        at_once = {"allMids", "l2Book", "userFills", "candle", "userFundings", "userNonFundingLedgerUpdates", "webData2", "bbo", "activeAssetCtx", "activeAssetData"}
        wait_for("the first messages", lambda: at_once <= channels, 25)
        status_of(trader.exchange.market_open("ETH", True, 0.1))
        wait_for("what happened to the account", lambda: {"user", "orderUpdates"} <= channels)
    finally:
        info.disconnect_websocket()
