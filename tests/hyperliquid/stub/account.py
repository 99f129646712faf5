"""The one account of the stub: its money, positions, orders and fills. Cross margin only; no funding, no liquidation."""

from decimal import ROUND_DOWN, Decimal

from stub.market import text

TAKER, MAKER = Decimal("0.00045"), Decimal("0.00015")
LEVERAGE = 20


class Order:
    """An order that rests, waits for its trigger, or is over."""

    def __init__(self, oid, wire, market, now_ms):
        self.oid, self.wire, self.market = oid, wire, market
        self.is_buy, self.px, self.sz = wire["b"], Decimal(wire["p"]), Decimal(wire["s"])
        self.left, self.reduce_only, self.cloid = self.sz, wire["r"], wire.get("c")
        self.trigger = wire["t"].get("trigger")
        self.tif = wire["t"].get("limit", {}).get("tif")
        self.status, self.placed, self.changed = "open", now_ms, now_ms

    def is_hit(self):
        """Whether the mark price sets it off: against the position for a stop, for it with a take-profit."""
        level, mark = Decimal(self.trigger["triggerPx"]), self.market.mark()
        falls = self.is_buy == (self.trigger["tpsl"] == "tp")
        return mark <= level if falls else mark >= level

    def basic(self):
        shown = {
            "coin": self.market.name, "side": "B" if self.is_buy else "A", "limitPx": text(self.px), "sz": text(self.left),
            "oid": self.oid, "timestamp": self.placed, "origSz": text(self.sz), "reduceOnly": self.reduce_only,
        }
        return {**shown, "cloid": self.cloid} if self.cloid else shown

    def shown(self):
        kind = "Limit"
        if self.trigger:
            first = "Stop" if self.trigger["tpsl"] == "sl" else "Take Profit"
            kind = f"{first} {'Market' if self.trigger['isMarket'] else 'Limit'}"
        return {
            **self.basic(), "cloid": self.cloid, "isTrigger": bool(self.trigger), "orderType": kind, "tif": self.tif,
            "triggerPx": self.trigger["triggerPx"] if self.trigger else "0.0",
            "triggerCondition": "Price reaches the trigger" if self.trigger else "N/A",
            "isPositionTpsl": False, "children": [],
        }

    def update(self):
        return {"order": self.basic(), "status": self.status, "statusTimestamp": self.changed}


class Account:
    """Everything that the venue knows of one address."""

    def __init__(self, address, balance, tell):
        self.address, self.cash = address, Decimal(balance)
        self._tell = tell
        self.positions = {}  # name: [signed size, cost]
        self.orders, self.fills, self.by_cloid = {}, [], {}
        self._oid, self._tid = 1_000, 9_000_000

    def open_orders(self):
        return [order for order in self.orders.values() if order.status == "open"]

    def size(self, name):
        return self.positions.get(name, [Decimal(0)])[0]

    def place(self, wire, market, now_ms):
        """One order of an action; its status on the wire."""
        refusal = self._refusal(wire, market)
        self._oid += 1
        order = Order(self._oid, wire, market, now_ms)
        if order.cloid:
            self.by_cloid[order.cloid] = order
        self.orders[order.oid] = order
        if refusal:
            self._end(order, "rejected", now_ms)
            return {"error": refusal}
        ids = {"oid": order.oid, **({"cloid": order.cloid} if order.cloid else {})}
        if order.trigger:
            self._tell("orderUpdates", [order.update()])
            return {"resting": ids}
        best = market.ask() if order.is_buy else market.bid()
        crosses = order.px >= best if order.is_buy else order.px <= best
        if crosses and order.tif == "Alo":
            self._end(order, "badAloPxRejected", now_ms)
            words = "Post only order would have immediately matched, bbo was "
            return {"error": f"{words}{text(market.bid())}@{text(market.ask())}."}
        if crosses:
            filled = self._fill(order, best, TAKER, now_ms)
            return {"filled": {"totalSz": text(filled), "avgPx": text(best), **ids}}
        if order.tif == "Ioc":
            self._end(order, "iocCancelRejected", now_ms)
            return {"error": "Order could not immediately match against any resting orders."}
        self._tell("orderUpdates", [order.update()])
        return {"resting": ids}

    def _refusal(self, wire, market):
        px, sz = Decimal(wire["p"]), Decimal(wire["s"])
        if px % market.tick() and px != px.to_integral_value():
            return "Price must be divisible by tick size."
        if sz % Decimal(1).scaleb(-market.sz_decimals):
            return "Order has invalid size."
        if wire.get("c") in self.by_cloid:
            return "The stub saw this cloid before."
        held = self.size(market.name)
        if wire["r"] and "limit" in wire["t"] and (held == 0 or (held > 0) == wire["b"]):
            return "Reduce only order would increase position."
        if not wire["r"] and px * sz < 10:
            return "Order must have minimum value of $10."
        return None

    def cancel(self, order, now_ms):
        if order is None or order.status != "open":
            return {"error": "Order was never placed, already canceled, or filled."}
        self._end(order, "canceled", now_ms)
        return "success"

    def _end(self, order, status, now_ms):
        order.status, order.changed = status, now_ms
        self._tell("orderUpdates", [order.update()])

    def look(self, now_ms):
        """The market moved: what is hit goes off, what is reached fills."""
        for order in self.open_orders():
            market = order.market
            if order.status != "open":
                continue
            if order.trigger:
                if order.is_hit():
                    self._go_off(order, now_ms)
            elif market.ask() <= order.px if order.is_buy else market.bid() >= order.px:
                self._fill(order, order.px, MAKER, now_ms)

    def _go_off(self, order, now_ms):
        held = self.size(order.market.name)
        if held == 0 or (held > 0) == order.is_buy:
            self._end(order, "reduceOnlyCanceled", now_ms)
        else:
            price = order.market.ask() if order.is_buy else order.market.bid()
            self._fill(order, price, TAKER, now_ms)

    def _fill(self, order, px, rate, now_ms):
        name, before = order.market.name, self.size(order.market.name)
        sz = min(order.left, abs(before)) if order.reduce_only else order.left
        signed = sz if order.is_buy else -sz
        closed = min(sz, abs(before)) if before * signed < 0 else Decimal(0)
        cost = self.positions.get(name, [0, Decimal(0)])[1]
        freed = cost * closed / abs(before) if closed else Decimal(0)
        sign = 1 if before > 0 else -1
        pnl = closed * px * sign - freed if closed else Decimal(0)
        after, opened = before + signed, sz - closed
        cost = cost - freed + (px * opened * (1 if signed > 0 else -1))
        fee = (px * sz * rate).quantize(Decimal("0.000001"), ROUND_DOWN)
        self.cash += pnl - fee
        if after:
            self.positions[name] = [after, cost]
        else:
            self.positions.pop(name, None)
        order.left -= sz
        self._tid += 1
        fill = {
            "coin": name, "px": text(px), "sz": text(sz), "side": "B" if order.is_buy else "A", "time": now_ms,
            "startPosition": text(before), "dir": direction(before, after), "closedPnl": money(pnl), "hash": f"0x{self._tid:064x}",
            "oid": order.oid, "crossed": rate == TAKER, "fee": text(fee), "feeToken": "USDC", "tid": self._tid,
        }
        if order.cloid:
            fill["cloid"] = order.cloid
        self.fills.append(fill)
        self._tell("userFills", {"user": self.address, "fills": [fill]})
        self._tell("user", {"fills": [fill]})
        # The rest of a reduce-only order has nothing left to reduce.
        self._end(order, "filled" if order.left == 0 else "reduceOnlyCanceled", now_ms)
        if not after:
            for other in self.open_orders():
                if other.reduce_only and other.market is order.market:
                    self._end(other, "reduceOnlyCanceled", now_ms)
        return sz

    def state(self, markets, now_ms):
        """`clearinghouseState`."""
        shown, worth, unrealised = [], Decimal(0), Decimal(0)
        for name, (size, cost) in self.positions.items():
            value = size * markets[name].mark()
            worth, unrealised = worth + abs(value), unrealised + value - cost
            shown.append({"type": "oneWay", "position": {
                "coin": name, "szi": text(size), "entryPx": money(cost / size), "positionValue": money(abs(value)),
                "unrealizedPnl": money(value - cost), "returnOnEquity": "0.0", "liquidationPx": None,
                "marginUsed": money(abs(value) / LEVERAGE), "maxLeverage": markets[name].max_leverage,
                "leverage": {"type": "cross", "value": LEVERAGE}, "cumFunding": {"allTime": "0.0", "sinceOpen": "0.0", "sinceChange": "0.0"},
            }})
        signed = sum(size * markets[name].mark() for name, (size, _) in self.positions.items())
        equity = self.cash + unrealised
        summary = {
            "accountValue": money(equity), "totalNtlPos": money(worth), "totalRawUsd": money(equity - signed),
            "totalMarginUsed": money(worth / LEVERAGE),
        }
        return {
            "assetPositions": shown, "marginSummary": summary, "crossMarginSummary": summary,
            "crossMaintenanceMarginUsed": money(worth / 80), "withdrawable": money(max(Decimal(0), equity - worth / 10)), "time": now_ms,
        }


def money(amount):
    """As the venue shows amounts: six decimals at most."""
    return text(amount.quantize(Decimal("0.000001")))


def direction(before, after):
    if before * after < 0:
        return "Long > Short" if before > 0 else "Short > Long"
    side = "Long" if (before or after) > 0 else "Short"
    return f"{'Open' if abs(after) > abs(before) else 'Close'} {side}"
