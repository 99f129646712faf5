"""The EMA cross in vectorbt: whole arrays at once, no event loop.

    ema_vectorbt.py CANDLES.csv numba|rust

Two exponential `MA.run` (same seed and alpha as ours), then `Portfolio.from_signals` long and short. The signals are
shifted by one candle and filled at that candle's open, sized notional/open in steps of 0.00001, so the fills are those
of our rule; one order turns the position around. The first call in a process compiles or loads compiled code and is
reported as `first_call_s`; the speed is that of a second, warm call. Reading the file is not timed.
"""

import json
import sys
import time

import numpy as np
import pandas as pd
import vectorbt as vbt

FAST, SLOW, NOTIONAL, BALANCE, FEE = 10, 20, 1_000.0, 10_000_000.0, 0.00045


def backtest(open_, close):
    """One whole backtest; answers the portfolio."""
    fast = vbt.MA.run(close, FAST, ewm=True).ma.to_numpy()
    slow = vbt.MA.run(close, SLOW, ewm=True).ma.to_numpy()
    long, short = np.zeros(len(close), dtype=bool), np.zeros(len(close), dtype=bool)
    long[1:] = fast[:-1] > slow[:-1]
    short[1:] = fast[:-1] < slow[:-1]
    # A level, not a cross: from_signals ignores an entry in the direction it already holds.
    size = np.floor(NOTIONAL / open_.to_numpy() * 1e5) / 1e5
    return vbt.Portfolio.from_signals(
        close, entries=long, short_entries=short, price=open_, size=size, fees=FEE, init_cash=BALANCE,
        upon_opposite_entry="reverse", freq="1min",
    )


def main():
    path, engine = sys.argv[1:]
    vbt.settings["engine"] = engine  # "auto" would take the Rust kernels wherever they are installed
    table = pd.read_csv(path)
    open_, close = table["open"], table["close"]

    started = time.perf_counter()
    backtest(open_, close)
    first_call = time.perf_counter() - started

    started = time.perf_counter()
    portfolio = backtest(open_, close)
    elapsed = time.perf_counter() - started

    orders = int(portfolio.orders.count())
    print(json.dumps({
        "engine": "vectorbt",
        "version": f"{vbt.__version__} ({engine})",
        "bars": len(table),
        "signals": orders,
        "orders": orders,
        "fills": orders,
        "final_equity": repr(float(portfolio.final_value())),
        "elapsed_s": elapsed,
        "bars_per_s": len(table) / elapsed,
        "first_call_s": first_call,
    }))


if __name__ == "__main__":
    main()
