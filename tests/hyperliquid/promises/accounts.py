"""What is told of an account: every user call of `Info` that is about perpetuals."""

import time

from amounts import dec
from judge import holds, promise, same
from promises.world import sim
from simulator import wallet

DAY_MS = 86_400_000


@promise
def a_funded_account_begins_with_its_money_and_nothing_else():
    trader = sim().trader()
    info, address = trader.info, trader.address
    state = trader.state()
    for summary in (state["marginSummary"], state["crossMarginSummary"]):
        same(dec(summary["accountValue"]), 10_000)
        same(dec(summary["totalRawUsd"]), 10_000)
        same((dec(summary["totalNtlPos"]), dec(summary["totalMarginUsed"])), (0, 0))
    same(state["assetPositions"], [])
    same((dec(state["withdrawable"]), dec(state["crossMaintenanceMarginUsed"])), (10_000, 0))
    holds(abs(state["time"] - time.time() * 1000) < 60_000, f"its time is {state['time']}")
    same(info.open_orders(address), [])
    same(info.frontend_open_orders(address), [])
    same(info.user_fills(address), [])
    same(info.user_fills_by_time(address, 0), [])
    same(info.user_fills_by_time(address, 0, int(time.time() * 1000), True), [])
    same(info.historical_orders(address), [])
    same(info.user_funding_history(address, 0), [])
    same(info.user_twap_slice_fills(address), [])
    same(info.user_vault_equities(address), [])
    same(info.extra_agents(address), [])
    same(info.query_order_by_oid(address, 12345), {"status": "unknownOid"})
    balances = info.spot_user_state(address)["balances"]
    holds(all(dec(balance["total"]) == 0 for balance in balances), balances)


@promise
def addresses_are_the_same_in_capitals():
    trader = sim().trader()
    capitals = trader.wallet.address
    holds(capitals != trader.address, "the address has no letters")
    same(trader.info.user_state(capitals)["marginSummary"], trader.state()["marginSummary"])
    same(trader.info.user_role(capitals), {"role": "user"})


@promise
def an_address_that_nobody_funded_is_missing_and_empty():
    info = sim().info()
    nobody = wallet("nobody").address
    same(info.user_role(nobody), {"role": "missing"})
    state = info.user_state(nobody)
    same(dec(state["marginSummary"]["accountValue"]), 0)
    same((state["assetPositions"], dec(state["withdrawable"])), ([], 0))
    same(info.open_orders(nobody), [])


@promise
def fees_and_limits_are_those_of_a_new_account():
    trader = sim().trader()
    fees = trader.info.user_fees(trader.address)
    same((fees["userCrossRate"], fees["userAddRate"]), ("0.00045", "0.00015"))
    same((fees["feeSchedule"]["cross"], fees["feeSchedule"]["add"]), ("0.00045", "0.00015"))
    dec(fees["activeReferralDiscount"])
    limit = trader.info.user_rate_limit(trader.address)
    same((dec(limit["cumVlm"]), limit["nRequestsUsed"], limit["nRequestsCap"]), (0, 0, 10_000))


@promise
def the_account_is_a_plain_one():
    trader = sim().trader()
    holds(
        trader.info.query_user_abstraction_state(trader.address) in ("default", "disabled"),
        "an account of another mode has its money elsewhere",
    )
    same(trader.info.query_user_dex_abstraction_state(trader.address) in (None, False), True)
    same(trader.info.query_sub_accounts(trader.address) in (None, []), True)
    same(trader.info.query_user_to_multi_sig_signers(trader.address), None)
    holds(isinstance(trader.info.query_referral_state(trader.address), dict), "a referral is an object")


@promise
def the_portfolio_has_the_history_of_each_span():
    trader = sim().trader()
    spans = dict(trader.info.portfolio(trader.address))
    for name in ("day", "week", "month", "allTime", "perpDay", "perpWeek", "perpMonth", "perpAllTime"):
        for line in ("accountValueHistory", "pnlHistory"):
            for moment, value in spans[name][line]:
                holds(isinstance(moment, int), moment)
                dec(value)
        dec(spans[name]["vlm"])


@promise
def what_the_venue_has_besides_perpetuals_is_empty():
    trader = sim().trader()
    info, address = trader.info, trader.address
    summary = info.user_staking_summary(address)
    same((dec(summary["delegated"]), dec(summary["undelegated"])), (0, 0))
    same(info.user_staking_delegations(address), [])
    same(info.user_staking_rewards(address), [])
    same(info.delegator_history(address), [])
    info.query_perp_deploy_auction_status()
    info.query_spot_deploy_auction_status(address)


@promise
def the_deposit_is_in_the_ledger():
    trader = sim().trader()
    now = int(time.time() * 1000)
    updates = trader.info.user_non_funding_ledger_updates(trader.address, now - DAY_MS)
    deposits = [update["delta"] for update in updates if update["delta"]["type"] == "deposit"]
    same([dec(delta["usdc"]) for delta in deposits], [10_000])
