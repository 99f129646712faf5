"""Public data: every market call of `Info` that is about perpetuals."""

import time
from decimal import Decimal

from amounts import dec, is_near, is_valid_price, is_valid_size
from judge import holds, promise, same
from promises.world import sim
from simulator import Simulator

MINUTE_MS = 60_000


@promise
def meta_names_the_markets_of_testnet_at_its_own_places():
    info = sim().info()
    meta = info.meta()
    names = [market["name"] for market in meta["universe"]]
    holds(len(names) == len(set(names)), "a name is there twice")
    # On testnet the places differ from mainnet's.
    same((info.name_to_asset("BTC"), info.name_to_asset("ETH")), (3, 4))
    same((names[3], names[4]), ("BTC", "ETH"))
    for market in meta["universe"]:
        holds(isinstance(market["szDecimals"], int) and 0 <= market["szDecimals"] <= 6, market)
        holds(isinstance(market["maxLeverage"], int) and 1 <= market["maxLeverage"] <= 50, market)
    tables = {number: table["marginTiers"] for number, table in meta["marginTables"]}
    for market in meta["universe"]:
        number = market["marginTableId"]
        first = tables[number][0]["maxLeverage"] if number in tables else number
        same(first, market["maxLeverage"], market["name"])
    holds(any(market.get("isDelisted") for market in meta["universe"]), "no market is delisted")


@promise
def each_market_has_its_context_at_the_same_place():
    info = sim().info()
    meta, contexts = info.meta_and_asset_ctxs()
    same(meta, info.meta())
    same(len(contexts), len(meta["universe"]))
    for market, context in zip(meta["universe"], contexts):
        if market.get("isDelisted"):
            continue
        oracle = dec(context["oraclePx"])
        holds(is_near(dec(context["markPx"]), oracle, "0.02"), f"{market['name']}: {context}")
        holds(is_near(dec(context["midPx"]), oracle, "0.02"), f"{market['name']}: {context}")
        holds(abs(dec(context["funding"])) <= Decimal("0.04"), context)
        for name in ("dayNtlVlm", "openInterest", "prevDayPx"):
            holds(dec(context[name]) >= 0, f"{name}: {context}")
        bid, ask = context["impactPxs"]
        holds(dec(bid) <= dec(ask), context)
        dec(context["premium"])


@promise
def mids_lie_within_the_book_of_every_market_that_trades():
    info = sim().info()
    mids = info.all_mids()
    for market in info.meta()["universe"]:
        name = market["name"]
        if market.get("isDelisted"):
            same(info.l2_snapshot(name)["levels"], [[], []], name)
            continue
        holds(name in mids, f"{name} has no mid")
        book = info.l2_snapshot(name)
        same(book["coin"], name)
        best_bid, best_ask = (dec(side[0]["px"]) for side in book["levels"])
        # The market moved a little between the two questions.
        holds(is_near(dec(mids[name]), (best_bid + best_ask) / 2, "0.005"), f"{name}: {mids[name]}, {book}")


@promise
def a_book_is_sorted_and_keeps_the_rules_of_prices_and_sizes():
    info = sim().info()
    for name in ("BTC", "ETH"):
        decimals = info.asset_to_sz_decimals[info.name_to_asset(name)]
        book = info.l2_snapshot(name)
        bids, asks = book["levels"]
        holds(0 < len(bids) <= 20 and 0 < len(asks) <= 20, book)
        prices = [[dec(level["px"]) for level in side] for side in (bids, asks)]
        same(prices[0], sorted(set(prices[0]), reverse=True), "bids fall")
        same(prices[1], sorted(set(prices[1])), "asks rise")
        holds(prices[0][0] < prices[1][0], "the best bid is below the best ask")
        for level in bids + asks:
            holds(is_valid_price(dec(level["px"]), decimals), level)
            holds(is_valid_size(dec(level["sz"]), decimals) and dec(level["sz"]) > 0, level)
            holds(isinstance(level["n"], int) and level["n"] >= 1, level)
        holds(abs(book["time"] - time.time() * 1000) < 60_000, f"its time is {book['time']}")


@promise
def candles_are_whole_follow_each_other_and_add_up():
    info = sim().info()
    now = int(time.time() * 1000)
    end = now - now % (15 * MINUTE_MS)
    start = end - 60 * MINUTE_MS
    minutes = info.candles_snapshot("BTC", "1m", start, end - 1)
    same([candle["t"] for candle in minutes], list(range(start, end, MINUTE_MS)), "one for each minute")
    for candle in minutes:
        same((candle["T"] - candle["t"], candle["s"], candle["i"]), (MINUTE_MS - 1, "BTC", "1m"))
        low, high = dec(candle["l"]), dec(candle["h"])
        for name in ("o", "c"):
            holds(low <= dec(candle[name]) <= high, candle)
        holds(dec(candle["v"]) >= 0 and isinstance(candle["n"], int), candle)
    quarters = info.candles_snapshot("BTC", "15m", start, end - 1)
    same(len(quarters), 4)
    for place, quarter in enumerate(quarters):
        parts = minutes[15 * place : 15 * place + 15]
        made = (parts[0]["t"], parts[0]["o"], parts[-1]["c"])
        same((quarter["t"], quarter["o"], quarter["c"]), made)
        same(dec(quarter["h"]), max(dec(part["h"]) for part in parts))
        same(dec(quarter["l"]), min(dec(part["l"]) for part in parts))
        same(dec(quarter["v"]), sum(dec(part["v"]) for part in parts))


@promise
def funding_history_has_an_entry_an_hour():
    info = sim().info()
    now = int(time.time() * 1000)
    history = info.funding_history("ETH", now - 24 * 60 * MINUTE_MS, now)
    for entry in history:
        same(entry["coin"], "ETH")
        dec(entry["fundingRate"])
        dec(entry["premium"])
    times = [entry["time"] for entry in history]
    same(times, sorted(times))
    same(info.funding_history("ETH", now + 60 * MINUTE_MS), [])


@promise
def there_is_a_spot_market_for_those_who_ask():
    info = sim().info()
    spot = info.spot_meta()
    tokens = {token["index"]: token["name"] for token in spot["tokens"]}
    same(tokens[0], "USDC")
    for pair in spot["universe"]:
        holds(all(token in tokens for token in pair["tokens"]), pair)
    same(info.spot_meta_and_asset_ctxs()[0], spot)


@promise
def the_first_builder_dex_is_the_venues_own():
    dexes = sim().info().perp_dexs()
    same(dexes[0], None)


@promise
def a_query_that_is_none_is_refused_in_words():
    from hyperliquid.utils.error import ClientError

    info = sim().info()
    for body in ({"type": "unheardOf"}, {}, {"type": "l2Book"}):
        try:
            got = info.post("/info", body)
        except ClientError as error:
            same(error.status_code, 422, body)
            holds("deserialize" in error.error_message, error.error_message)
        else:
            raise AssertionError(f"{body} was answered: {got}")


@promise
def too_many_questions_are_answered_with_429_until_a_minute_is_over():
    from hyperliquid.utils.error import ClientError

    with Simulator("--ip-share", "1", traders=1) as small:
        info, address = small.info(), small.wallets[0].address
        # 1200 a minute, and this one weighs 60.
        try:
            for _ in range(21):
                info.user_role(address)
        except ClientError as error:
            same(error.status_code, 429)
        else:
            raise AssertionError("there is no limit")
