"""Who may act for whom: agents, keys that nobody knows, what is signed of an action."""

import time

from amounts import dec
from eth_account import Account
from hyperliquid.exchange import Exchange
from judge import holds, promise, same
from promises.orders import GTC, resting, status_of
from promises.world import sim
from simulator import TIMEOUT_SECONDS, wallet

DONE = {"status": "ok", "response": {"type": "default"}}


def agent_of(trader, key):
    return Exchange(
        Account.from_key(key), sim().base_url, account_address=trader.address, timeout=TIMEOUT_SECONDS
    )


@promise
def an_agent_that_was_approved_just_now_trades_for_its_master():
    trader = sim().trader()
    answer, key = trader.exchange.approve_agent()
    same(answer, DONE)
    agent = agent_of(trader, key)
    same(dec(status_of(agent.market_open("BTC", True, 0.01))["filled"]["totalSz"]).is_signed(), False)
    same(trader.position("BTC")["szi"], "0.01")
    address = Account.from_key(key).address
    same(trader.info.user_role(address), {"role": "agent", "data": {"user": trader.address}})
    same(trader.info.extra_agents(trader.address), [], "the one without a name is not listed")
    # Asked about itself it has nothing.
    same(trader.info.user_fills(address), [])
    same(trader.info.user_state(address)["assetPositions"], [])
    status_of(agent.market_close("BTC"))
    same(trader.position("BTC"), None)


@promise
def a_named_agent_is_listed_and_replaced_by_its_name():
    trader = sim().trader()
    answer, first = trader.exchange.approve_agent("judge")
    same(answer, DONE)
    (listed,) = trader.info.extra_agents(trader.address)
    same((listed["name"], listed["address"]), ("judge", Account.from_key(first).address.lower()))
    holds(listed["validUntil"] > time.time() * 1000, listed)
    answer, second = trader.exchange.approve_agent("judge")
    same(answer, DONE)
    (listed,) = trader.info.extra_agents(trader.address)
    same(listed["address"], Account.from_key(second).address.lower())
    answer = agent_of(trader, first).order("BTC", True, 0.01, 50_000, GTC)
    same(answer["status"], "err", answer)
    holds("does not exist" in answer["response"], answer)


@promise
def a_key_that_nobody_approved_is_named_in_the_refusal():
    stranger = wallet("stranger")
    exchange = Exchange(stranger, sim().base_url, timeout=TIMEOUT_SECONDS)
    answer = exchange.order("BTC", True, 0.01, 50_000, GTC)
    same(answer["status"], "err", answer)
    holds(stranger.address.lower() in answer["response"].lower(), answer)


@promise
def an_agent_may_not_move_money_or_approve():
    trader = sim().trader()
    _, key = trader.exchange.approve_agent()
    agent = agent_of(trader, key)
    same(agent.usd_transfer(1, wallet("nobody").address)["status"], "err")
    same(agent.approve_agent()[0]["status"], "err")
    same(dec(trader.state()["marginSummary"]["accountValue"]), 10_000)


@promise
def a_signature_for_mainnet_is_not_one_for_testnet():
    from hyperliquid.utils import signing

    trader = sim().trader()
    nonce = int(time.time() * 1000)
    action = {"type": "cancel", "cancels": [{"a": 3, "o": 1}]}
    signature = signing.sign_l1_action(trader.wallet, action, None, nonce, None, True)
    answer = trader.exchange._post_action(action, signature, nonce)
    same(answer["status"], "err", answer)
    holds("does not exist" in answer["response"] or "Must deposit" in answer["response"], answer)


@promise
def a_nonce_is_good_once():
    from hyperliquid.utils import signing

    trader = sim().trader()
    oid, _ = resting(trader)
    nonce = int(time.time() * 1000)
    action = {"type": "cancel", "cancels": [{"a": 3, "o": oid}]}
    signature = signing.sign_l1_action(trader.wallet, action, None, nonce, None, False)
    same(trader.exchange._post_action(action, signature, nonce)["status"], "ok")
    answer = trader.exchange._post_action(action, signature, nonce)
    same(answer, {"status": "err", "response": f"Invalid nonce: duplicate nonce {nonce}"})
    for far in (nonce - 3 * 86_400_000, nonce + 3 * 86_400_000):
        signature = signing.sign_l1_action(trader.wallet, action, None, far, None, False)
        answer = trader.exchange._post_action(action, signature, far)
        same(answer["status"], "err", answer)
        holds(answer["response"].startswith("Invalid nonce"), answer)
