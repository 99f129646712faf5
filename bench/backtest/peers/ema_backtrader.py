"""The EMA cross in backtrader: an event-driven engine in pure Python.

    ema_backtrader.py CANDLES.csv

backtrader's own EMA starts from an SMA; ours starts at the first close, so the same smoothing is written here as an
indicator with a `once` method, the fast path backtrader's own indicators take. The rule runs in `next_open`
(cheat-on-open), where the indicators still are those of the closed candle and the new open is known: so the orders are
sized and filled at the next candle's open as ours are. One order turns the position around. The time is that of
`cerebro.run()`, which copies the data frame into backtrader's lines first; reading the file is not timed.
"""

import json
import math
import sys
import time

import backtrader as bt
import pandas as pd

FAST, SLOW, NOTIONAL, BALANCE, FEE = 10, 20, 1_000.0, 10_000_000.0, 0.00045


class SeededEMA(bt.Indicator):
    """EMA with alpha 2/(n+1) that starts at the first close."""

    lines = ("ema",)
    params = (("period", FAST),)

    def once(self, start, end):
        closes, values = self.data.array, self.lines.ema.array
        alpha = 2 / (self.p.period + 1)
        value = closes[0]
        for index in range(end):
            value += alpha * (closes[index] - value)
            values[index] = value


class EmaCross(bt.Strategy):
    """Act at the open after a closed candle has changed the wish."""

    def __init__(self):
        self.fast = SeededEMA(self.data.close, period=FAST)
        self.slow = SeededEMA(self.data.close, period=SLOW)
        self.acted = 0
        self.signals = self.orders = self.fills = 0

    def next_open(self):
        if len(self.data) <= SLOW:
            return
        fast, slow = self.fast[0], self.slow[0]
        wish = 1 if fast > slow else -1 if fast < slow else self.acted
        if wish != self.acted:
            self.acted = wish
            self.signals += 1
            self.orders += 1
            size = math.floor(NOTIONAL / self.data.open[0] * 1e5) / 1e5
            self.order_target_size(target=wish * size)

    def notify_order(self, order):
        if order.status == order.Completed:
            self.fills += 1


def main():
    table = pd.read_csv(sys.argv[1])
    table.index = pd.to_datetime(table.pop("time"), unit="ms")

    cerebro = bt.Cerebro(stdstats=False, cheat_on_open=True)
    cerebro.broker.setcash(BALANCE)
    cerebro.broker.setcommission(commission=FEE)
    cerebro.adddata(bt.feeds.PandasData(dataname=table, openinterest=None))
    cerebro.addstrategy(EmaCross)

    started = time.perf_counter()
    strategy = cerebro.run()[0]
    elapsed = time.perf_counter() - started

    print(json.dumps({
        "engine": "backtrader",
        "version": bt.__version__,
        "bars": len(table),
        "signals": strategy.signals,
        "orders": strategy.orders,
        "fills": strategy.fills,
        "final_equity": repr(cerebro.broker.getvalue()),
        "elapsed_s": elapsed,
        "bars_per_s": len(table) / elapsed,
    }))


if __name__ == "__main__":
    main()
