#!/usr/bin/env python3
"""Deterministic one-minute candles, the same bytes on every machine and in every language.

    candles.py ROWS OUT.csv

A random walk by xorshift64 (shifts 13, 7, 17), in integer cents. Each candle takes four steps: the first is its
open, the last its close, and the highest and lowest of the four its high and low. So an open differs from the close
before it, and an engine that fills at the wrong one of the two ends with another equity.
"""

import hashlib
import os
import sys

VERSION = 1  # in the name of cached files: a change to what follows makes new ones
MASK = (1 << 64) - 1
SEED = 0x9E37_79B9_7F4A_7C15
START_MS = 1_704_067_200_000  # 2024-01-01T00:00:00Z
START_CENTS = 5_000_000
MAX_STEP_CENTS = 1_000
FLOOR_CENTS = 100_000  # the walk is thrown back up here, so that a price stays a price


def steps():
    """The walk: the price in cents after each step, with the random number that made it."""
    state, price = SEED, START_CENTS
    while True:
        state ^= (state << 13) & MASK
        state ^= state >> 7
        state ^= (state << 17) & MASK
        price += state % (2 * MAX_STEP_CENTS + 1) - MAX_STEP_CENTS
        if price < FLOOR_CENTS:
            price = 2 * FLOOR_CENTS - price
        yield price, state


def dollars(cents):
    return f"{cents // 100}.{cents % 100:02}"


def lines(rows):
    """The lines of the CSV file, header first."""
    yield "time,open,high,low,close,volume\n"
    walk = steps()
    for row in range(rows):
        four = [next(walk) for _ in range(4)]
        prices = [price for price, _ in four]
        volume = 1 + four[3][1] % 1_000_000  # in hundredths
        yield (f"{START_MS + row * 60_000},{dollars(prices[0])},{dollars(max(prices))},{dollars(min(prices))},"
               f"{dollars(prices[3])},{dollars(volume)}\n")


def write(path, rows):
    """Write the file, whole or not at all."""
    partial = f"{path}.partial"
    with open(partial, "w", newline="") as file:
        file.writelines(lines(rows))
    os.replace(partial, path)


def sha256(path):
    """The name that a candle file is known by in results."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def main():
    if len(sys.argv) != 3 or not sys.argv[1].isdigit():
        sys.exit("usage: candles.py ROWS OUT.csv")
    write(sys.argv[2], int(sys.argv[1]))
    print(f"{sha256(sys.argv[2])}  {sys.argv[2]}")


if __name__ == "__main__":
    main()
