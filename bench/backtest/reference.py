#!/usr/bin/env python3
"""An independent judge for backtests: the EMA-cross rule re-computed in plain Python.

It shares no code with the engine it judges. Money is exact decimal arithmetic, EMAs are floats.

    reference.py CANDLES --fast 10 --slow 20 --notional 1000 --balance 10000
                 [--stop-loss-pct X] [--slippage-bps B] [--taker-pct 0.045]
                 [--interval 1m] [--market BTC] [--sz-decimals 5] [--fill-at open|close]

The rules
  * EMA_n has alpha 2/(n+1) and starts at the first close.
  * After candle number `slow` and each later close: fast above slow wants long, below wants short, equal keeps.
  * A wish that differs from the last acted one closes what is open and opens the other side at the NEXT
    candle's open. The size is notional/open, floored to the market's size decimals. A change at the very last
    close is never acted on and is not counted.
  * With a stop: a long entered at p rests a stop at p*(1-s/100), rounded to the nearest valid price. A candle, the
    entry candle too, whose low is at or under it fills at the lower of its open and the stop; mirrored for shorts.
    After a stop the bot waits for the next change of the wish. At an open a pending change is acted on first,
    then stops are checked.
  * Each fill pays the taker fee on its notional. Slippage makes each fill worse, stops too; the size uses the
    un-slipped open.
  * What is open at the end stays open and is marked at the last close.
  * `--fill-at close` is for judging engines that can only fill at the close of the candle that made the signal:
    size and price are of that close, and a change at the very last close is acted on. Stops as above, from the next
    candle on.
  * Candles are merged first when the interval is coarser: buckets of floor(time / interval), partial ones kept.

The JSON it prints has the keys of `aicoin-worker backtest --json`. `orders` counts market orders and resting stops;
`market_orders`, `stop_orders` and `stop_fills` tell them apart. Drawdown is measured at candle closes.
"""

import argparse
import csv
import json
import re
import sys
import time as clock
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation, getcontext

getcontext().prec = 60  # far more digits than any product here has: only divisions round

ZERO = Decimal(0)
UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class Candle:
    """One candle; prices exact, and the close once more as a float for the EMAs."""

    __slots__ = ("time", "open", "high", "low", "close", "close_f")

    def __init__(self, time, open_, high, low, close):
        self.time, self.open, self.high, self.low, self.close = time, open_, high, low, close
        self.close_f = float(close)


def read_candles(path):
    """The candles of a CSV file with the header time,open,high,low,close,…; time in ms, strictly rising."""
    candles = []
    with open(path, newline="") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        wanted = ["time", "open", "high", "low", "close"]
        if header[:5] != wanted:
            raise ValueError(f"{path}: the first line must start with {','.join(wanted)}, found {','.join(header)}")
        for number, row in enumerate(rows, start=2):
            try:
                candle = Candle(int(row[0]), *(Decimal(text) for text in row[1:5]))
            except (ValueError, IndexError, InvalidOperation) as error:
                raise ValueError(f"{path}:{number}: not a candle: {','.join(row)}") from error
            if candles and candle.time <= candles[-1].time:
                raise ValueError(f"{path}:{number}: time {candle.time} does not come after {candles[-1].time}")
            candles.append(candle)
    return candles


def interval_ms(text):
    """`1m`, `90s`, `4h`, `1d` in milliseconds."""
    match = re.fullmatch(r"([1-9][0-9]*)([smhd])", text)
    if not match:
        raise ValueError(f"{text}: an interval is a number and one of s, m, h, d, such as 3m")
    return int(match[1]) * UNITS_MS[match[2]]


def merge(candles, width_ms):
    """Candles of a coarser interval, aligned to the epoch; partial buckets are kept."""
    merged = []
    for candle in candles:
        start = candle.time // width_ms * width_ms
        if merged and merged[-1].time == start:
            last = merged[-1]
            last.high = max(last.high, candle.high)
            last.low = min(last.low, candle.low)
            last.close, last.close_f = candle.close, candle.close_f
        else:
            merged.append(Candle(start, candle.open, candle.high, candle.low, candle.close))
    return merged


def round_price(price, sz_decimals):
    """The nearest valid price: at most 5 significant figures and 6 - szDecimals decimals; whole numbers always."""
    decimals = max(0, min(6 - sz_decimals, 4 - price.adjusted()))
    return price.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


@dataclass
class Rules:
    """What the manifest says, as numbers."""

    fast: int
    slow: int
    notional: Decimal
    balance: Decimal
    taker_pct: Decimal = Decimal("0.045")
    slippage_bps: Decimal = ZERO
    stop_loss_pct: Decimal | None = None
    market: str = "BTC"
    sz_decimals: int = 5
    fill_at_close: bool = False


@dataclass
class Account:
    """Cash, at most one position, and what happened to them."""

    rules: Rules
    cash: Decimal = ZERO
    fees: Decimal = ZERO
    size: Decimal = ZERO  # signed: above zero is long
    entry: Decimal = ZERO
    entry_time: int = 0
    entry_fee: Decimal = ZERO
    stop: Decimal | None = None
    fills: int = 0
    market_orders: int = 0
    stop_orders: int = 0
    stop_fills: int = 0
    trades: list = field(default_factory=list)

    def _fill(self, signed_size, raw_price):
        """Trade at a price made worse by the slippage; answers the price and the fee paid."""
        side = 1 if signed_size > 0 else -1
        price = raw_price * (1 + side * self.rules.slippage_bps / 10_000)
        fee = abs(signed_size) * price * self.rules.taker_pct / 100
        self.cash -= signed_size * price + fee
        self.fees += fee
        self.size += signed_size
        self.fills += 1
        return price, fee

    def flip(self, side, price, time):
        """Close what is open and open the other side."""
        if self.size:
            self.close(price, time, "signal")
        self.open(side, price, time)

    def open(self, side, price, time):
        """Open at this price and rest the stop."""
        rules = self.rules
        step = Decimal(1).scaleb(-rules.sz_decimals)
        size = (rules.notional / price).quantize(step, rounding=ROUND_FLOOR)
        if size == 0:
            return
        self.market_orders += 1
        self.entry, self.entry_fee = self._fill(side * size, price)
        self.entry_time = time
        if rules.stop_loss_pct is not None:
            distance = 1 - side * rules.stop_loss_pct / 100
            self.stop = round_price(self.entry * distance, rules.sz_decimals)
            self.stop_orders += 1

    def close(self, raw_price, time, reason):
        """Close everything, and note the round trip."""
        size, entry = self.size, self.entry
        if reason == "stop":
            self.stop_fills += 1
        else:
            self.market_orders += 1
        price, fee = self._fill(-size, raw_price)
        self.stop = None
        self.trades.append({
            "market": self.rules.market,
            "side": "long" if size > 0 else "short",
            "size": str(abs(size)),
            "entry_time": self.entry_time,
            "entry_price": plain(entry),
            "exit_time": time,
            "exit_price": plain(price),
            "exit_reason": reason,
            "fees": plain(self.entry_fee + fee),
            "pnl": plain(size * (price - entry) - self.entry_fee - fee),
        })

    def check_stop(self, candle):
        """Fill the resting stop when the candle reached it."""
        if self.stop is None:
            return
        if self.size > 0 and candle.low <= self.stop:
            self.close(min(candle.open, self.stop), candle.time, "stop")
        elif self.size < 0 and candle.high >= self.stop:
            self.close(max(candle.open, self.stop), candle.time, "stop")

    def equity(self, price):
        """Cash and the position at this price."""
        return self.cash + self.size * price


def plain(number):
    """A decimal without exponent and without needless zeros."""
    text = format(number, "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def run(candles, rules):
    """Run the rules over the candles; answers the result as the JSON object that is printed."""
    started = clock.perf_counter()
    account = Account(rules, cash=rules.balance)
    fast_alpha, slow_alpha = 2 / (rules.fast + 1), 2 / (rules.slow + 1)
    fast = slow = 0.0
    acted = pending = 0  # 1 long, -1 short, 0 none
    signals = 0
    peak, drawdown = rules.balance, ZERO

    for number, candle in enumerate(candles, start=1):
        if pending:
            signals += 1
            acted = pending
            pending = 0
            account.flip(acted, candle.open, candle.time)
        account.check_stop(candle)

        if number == 1:
            fast = slow = candle.close_f
        else:
            fast += fast_alpha * (candle.close_f - fast)
            slow += slow_alpha * (candle.close_f - slow)
        if number >= rules.slow and fast != slow:
            wish = 1 if fast > slow else -1
            if wish != acted and rules.fill_at_close:
                signals += 1
                acted = wish
                account.flip(acted, candle.close, candle.time)
            elif wish != acted:
                pending = wish

        equity = account.equity(candle.close)
        if equity > peak:
            peak = equity
        elif equity < peak:
            drawdown = max(drawdown, (peak - equity) / peak)

    elapsed = clock.perf_counter() - started
    final = account.equity(candles[-1].close) if candles else rules.balance
    return {
        "bars": len(candles),
        "signals": signals,
        "orders": account.market_orders + account.stop_orders,
        "market_orders": account.market_orders,
        "stop_orders": account.stop_orders,
        "fills": account.fills,
        "stop_fills": account.stop_fills,
        "elapsed_s": round(elapsed, 6),
        "bars_per_s": round(len(candles) / elapsed) if elapsed else 0,
        "start_equity": plain(rules.balance),
        "final_equity": plain(final),
        "max_drawdown_pct": plain((drawdown * 100).quantize(Decimal("0.000000001"))),
        "fees": plain(account.fees),
        "funding": "0",
        "position": plain(account.size),
        "trades": account.trades,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("candles")
    parser.add_argument("--fast", type=int, default=10)
    parser.add_argument("--slow", type=int, default=20)
    parser.add_argument("--notional", type=Decimal, default=Decimal(1000))
    parser.add_argument("--balance", type=Decimal, default=Decimal(10_000))
    parser.add_argument("--stop-loss-pct", type=Decimal)
    parser.add_argument("--slippage-bps", type=Decimal, default=ZERO)
    parser.add_argument("--taker-pct", type=Decimal, default=Decimal("0.045"))
    parser.add_argument("--interval", default="1m")
    parser.add_argument("--market", default="BTC")
    parser.add_argument("--sz-decimals", type=int, default=5)
    parser.add_argument("--fill-at", choices=["open", "close"], default="open")
    arguments = parser.parse_args()
    try:
        candles = merge(read_candles(arguments.candles), interval_ms(arguments.interval))
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    result = run(candles, Rules(
        fast=arguments.fast, slow=arguments.slow, notional=arguments.notional, balance=arguments.balance,
        taker_pct=arguments.taker_pct, slippage_bps=arguments.slippage_bps, stop_loss_pct=arguments.stop_loss_pct,
        market=arguments.market, sz_decimals=arguments.sz_decimals, fill_at_close=arguments.fill_at == "close",
    ))
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
