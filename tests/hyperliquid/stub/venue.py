"""What the stub knows and answers: `/info` and `/exchange`, without the network around it.

Of every action it asks the venue's own SDK who signed it, and it writes down what it was told. An action of anybody but the
agent is refused as the venue refuses it.
"""

import time

from hyperliquid.utils.signing import recover_agent_or_user_from_l1_action
from stub.account import Account, text
from stub.market import CANDLES_KEPT, Market

# Where testnet has them.
MARKETS = {3: ("BTC", "60000", 5, 40), 4: ("ETH", "3000", 4, 25)}
PLACES = 6
# Of the highest; a new one must be above the least of them.
NONCES_KEPT = 100
DAY_MS = 86_400_000


class Venue:
    """One account, its agent, and the markets."""

    def __init__(self, master, agent, balance="10000", seed=1, tell=lambda channel, data: None):
        self.master, self.agent = master.lower(), agent.lower()
        now = now_ms()
        self.markets = {name: Market(name, asset, *rest, seed, now) for asset, (name, *rest) in MARKETS.items()}
        self.by_asset = {market.asset: market for market in self.markets.values()}
        self.account = Account(self.master, balance, tell)
        self.actions = []  # everything that came to /exchange, in its order
        self._nonces = set()

    def move(self):
        """One step of all markets, and what it does to the orders."""
        now = now_ms()
        for market in self.markets.values():
            market.move(now)
        self.account.look(now)

    # --- /exchange ---

    def exchange(self, body):
        """The answer to an envelope."""
        action, nonce = body["action"], body["nonce"]
        vault, expires = body.get("vaultAddress"), body.get("expiresAfter")
        now = now_ms()
        noted = {
            "type": action["type"], "nonce": nonce, "vault": vault, "expires": expires, "came": now,
            "cloids": [order.get("c") for order in action.get("orders", [])], "action": action,
        }
        self.actions.append(noted)
        try:
            signer = recover_agent_or_user_from_l1_action(action, body["signature"], vault, nonce, expires, False)
        except Exception as error:  # whatever the SDK cannot read is none
            noted["signer"] = f"none: {error}"
            return refused("Unable to recover signer.")
        noted["signer"] = signer.lower()
        if signer.lower() != self.agent:
            return refused(f"User or API Wallet {signer.lower()} does not exist.")
        if expires is not None and now > expires:
            return refused("Action already expired")
        if nonce in self._nonces:
            return refused(f"Invalid nonce: duplicate nonce {nonce}")
        if len(self._nonces) == NONCES_KEPT and nonce < min(self._nonces):
            return refused(f"Invalid nonce: nonce too low {nonce} < {min(self._nonces)}")
        if not now - 2 * DAY_MS < nonce < now + DAY_MS:
            return refused(f"Invalid nonce: {nonce} is not near {now}")
        self._nonces = set(sorted({*self._nonces, nonce})[-NONCES_KEPT:])
        answer = self._carry_out(action, now)
        noted["answer"] = answer
        return answer

    def _carry_out(self, action, now):
        kind = action["type"]
        if kind == "order":
            return done("order", [self._place(wire, now) for wire in action["orders"]])
        if kind == "cancel":
            return done("cancel", [self.account.cancel(self.account.orders.get(one["o"]), now) for one in action["cancels"]])
        if kind == "cancelByCloid":
            return done("cancel", [self.account.cancel(self.account.by_cloid.get(one["cloid"]), now) for one in action["cancels"]])
        if kind in ("updateLeverage", "noop"):
            return {"status": "ok", "response": {"type": "default"}}
        if kind == "scheduleCancel":
            return refused("Cannot set scheduled cancel time until enough volume traded. Required: $1000000. Traded: $0.")
        return refused(f"The stub knows no {kind}.")

    def _place(self, wire, now):
        market = self.by_asset.get(wire["a"])
        return self.account.place(wire, market, now) if market else {"error": "Order has invalid asset."}

    # --- /info ---

    def info(self, body):
        """The answer to a query; `None` when the stub has no such query."""
        answer = getattr(self, f"_info_{body.get('type')}", None)
        return answer(body) if answer else None

    def is_master(self, body):
        return str(body.get("user")).lower() == self.master

    def _info_meta(self, _):
        universe = [{"name": f"OLD{place}", "szDecimals": 2, "maxLeverage": 3, "marginTableId": 3, "isDelisted": True} for place in range(PLACES)]
        for place, (name, _, sz_decimals, leverage) in MARKETS.items():
            universe[place] = {"name": name, "szDecimals": sz_decimals, "maxLeverage": leverage, "marginTableId": leverage}
        return {"universe": universe, "marginTables": [], "collateralToken": 0, "unheardOf": {"by": "any client"}}

    def _info_spotMeta(self, _):
        usdc = {"name": "USDC", "szDecimals": 8, "weiDecimals": 8, "index": 0, "tokenId": "0x0", "isCanonical": True}
        return {"universe": [], "tokens": [usdc]}

    def _info_metaAndAssetCtxs(self, body):
        meta = self._info_meta(body)
        return [meta, [self.context(place) for place in range(PLACES)]]

    def context(self, place):
        market = self.by_asset.get(place)
        empty = {"funding": "0.0", "openInterest": "0.0", "prevDayPx": "1.0", "dayNtlVlm": "0.0", "oraclePx": "1.0", "markPx": "1.0"}
        return market.context() if market else {**empty, "premium": None, "midPx": None, "impactPxs": None, "dayBaseVlm": "0.0"}

    def _info_allMids(self, _):
        return {name: text(market.mark()) for name, market in self.markets.items()}

    def _info_l2Book(self, body):
        market = self.markets.get(body.get("coin"))
        return market and {"coin": market.name, "time": now_ms(), "levels": market.levels()}

    def _info_candleSnapshot(self, body):
        asked = body["req"]
        market = self.markets.get(asked["coin"])
        if market is None or asked["interval"] != "1m":
            return []
        end = asked.get("endTime") or now_ms()
        chosen = [candle for candle in market.candles if asked["startTime"] <= candle["t"] <= end]
        return [market.candle(candle) for candle in chosen[-CANDLES_KEPT:]]

    def _info_exchangeStatus(self, _):
        return {"time": now_ms(), "specialStatuses": None}

    def _info_userRole(self, body):
        if self.is_master(body):
            return {"role": "user"}
        if str(body.get("user")).lower() == self.agent:
            return {"role": "agent", "data": {"user": self.master}}
        return {"role": "missing"}

    def _info_userAbstraction(self, _):
        return "default"

    def _info_extraAgents(self, body):
        agents = [{"name": "stub", "address": self.agent, "validUntil": now_ms() + 30 * DAY_MS}]
        return agents if self.is_master(body) else []

    def _info_clearinghouseState(self, body):
        account = self.account if self.is_master(body) else Account(str(body.get("user")), 0, lambda *_: None)
        return account.state(self.markets, now_ms())

    def _info_spotClearinghouseState(self, _):
        return {"balances": []}

    def _info_openOrders(self, body):
        return [order.basic() for order in self.account.open_orders()] if self.is_master(body) else []

    def _info_frontendOpenOrders(self, body):
        return [order.shown() for order in self.account.open_orders()] if self.is_master(body) else []

    def _info_historicalOrders(self, body):
        over = [order for order in self.account.orders.values() if order.status != "open"]
        shown = [{"order": order.shown(), "status": order.status, "statusTimestamp": order.changed} for order in reversed(over)]
        return shown[:2000] if self.is_master(body) else []

    def _info_userFills(self, body):
        return self.account.fills[::-1][:2000] if self.is_master(body) else []

    def _info_userFillsByTime(self, body):
        end = body.get("endTime") or now_ms() + 1000
        chosen = [fill for fill in self.account.fills if body["startTime"] <= fill["time"] <= end]
        return chosen[:2000] if self.is_master(body) else []

    def _info_orderStatus(self, body):
        which = body["oid"]
        order = self.account.by_cloid.get(which) if isinstance(which, str) else self.account.orders.get(which)
        if order is None or not self.is_master(body):
            return {"status": "unknownOid"}
        return {"status": "order", "order": {"order": order.shown(), "status": order.status, "statusTimestamp": order.changed}}

    def _info_userFunding(self, _):
        return []

    def _info_userNonFundingLedgerUpdates(self, _):
        return []

    def _info_userRateLimit(self, _):
        return {"cumVlm": "0.0", "nRequestsUsed": len(self.actions), "nRequestsCap": 10_000, "nRequestsSurplus": 0}

    def _info_userFees(self, _):
        rates = {"userCrossRate": "0.00045", "userAddRate": "0.00015", "activeReferralDiscount": "0.0"}
        return {**rates, "feeSchedule": {"cross": "0.00045", "add": "0.00015", "referralDiscount": "0.04", "tiers": {"vip": [], "mm": []}}}

    def _info_activeAssetData(self, body):
        market = self.markets.get(body.get("coin"))
        return market and {
            "user": body["user"], "coin": market.name, "leverage": {"type": "cross", "value": 20},
            "maxTradeSzs": ["1", "1"], "availableToTrade": ["10000", "10000"], "markPx": text(market.mark()),
        }


def now_ms():
    return int(time.time() * 1000)


def done(kind, statuses):
    return {"status": "ok", "response": {"type": kind, "data": {"statuses": statuses}}}


def refused(words):
    return {"status": "err", "response": words}
