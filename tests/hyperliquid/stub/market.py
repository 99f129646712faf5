"""Prices of the stub: each market walks on its own, the same way in every run."""

import random
from collections import deque
from decimal import Decimal

MINUTE_MS = 60_000
CANDLES_KEPT = 2000


class Market:
    """One market with a price that moves when it is told to."""

    def __init__(self, name, asset, start, sz_decimals, max_leverage, seed, now_ms):
        self.name, self.asset = name, asset
        self.sz_decimals, self.max_leverage = sz_decimals, max_leverage
        self._rng = random.Random(f"{seed} {name}")
        self._mark = Decimal(start)
        self.candles = deque(maxlen=CANDLES_KEPT)
        # An hour and a half that is over already, so that whoever connects can warm up.
        for moment in range(now_ms - 90 * MINUTE_MS, now_ms, 10_000):
            self.move(moment)

    def tick(self):
        """The distance between valid prices: five figures, and no more decimals than the venue allows."""
        figures = self._mark.adjusted() - 4
        return Decimal(1).scaleb(min(0, max(figures, self.sz_decimals - 6)))

    def mark(self):
        return self._mark.quantize(self.tick())

    def bid(self):
        return self.mark() - self.tick()

    def ask(self):
        return self.mark() + self.tick()

    def move(self, now_ms):
        """One step of the walk: a few hundredths of a percent, up or down."""
        step = Decimal(self._rng.randint(-40, 40)) / 100_000
        self._mark = (self._mark * (1 + step)).quantize(Decimal("0.00000001"))
        price, begins = self.mark(), now_ms - now_ms % MINUTE_MS
        if not self.candles or self.candles[-1]["t"] != begins:
            self.candles.append({"t": begins, "o": price, "h": price, "l": price, "c": price, "v": Decimal(0), "n": 0})
        candle = self.candles[-1]
        candle["h"], candle["l"], candle["c"] = max(candle["h"], price), min(candle["l"], price), price
        candle["v"] += 1
        candle["n"] += 1

    def candle(self, candle):
        """As the wire has it."""
        prices = {name: text(candle[name]) for name in "ohlcv"}
        return {**prices, "t": candle["t"], "T": candle["t"] + MINUTE_MS - 1, "s": self.name, "i": "1m", "n": candle["n"]}

    def levels(self):
        """A book of ten prices a side."""
        def side(best, step):
            return [{"px": text(best + step * place), "sz": "1000", "n": 1} for place in range(10)]

        return [side(self.bid(), -self.tick()), side(self.ask(), self.tick())]

    def context(self):
        price = text(self.mark())
        return {
            "funding": "0.0000125", "openInterest": "1000", "prevDayPx": price, "dayNtlVlm": "1000000", "dayBaseVlm": "100",
            "premium": "0.0", "oraclePx": price, "markPx": price, "midPx": price, "impactPxs": [text(self.bid()), text(self.ask())],
        }


def text(number):
    """A decimal of the wire: no exponent, no zeros at the end."""
    normal = number.normalize()
    return f"{normal:f}"
