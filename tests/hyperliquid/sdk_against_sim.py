#!/usr/bin/env python3
"""The venue's own Python SDK, unmodified, against the simulator: whole values, not only that nothing fails.

    AICOIN_SIM_BIN=…/aicoin-sim sdk_against_sim.py [PART OF A NAME]

Without an argument every promise is tried. The SDK signs for testnet, because the address is not mainnet's.
"""

import importlib
import logging
import sys

import judge
from promises import world
from simulator import Simulator

PARTS = ("market_data", "accounts", "orders", "triggers", "changes", "leverage", "agents", "deadlines", "money", "streams", "scripts", "models")
# Minutes of the fast one pass in tenths of a second.
FAST_SPEED = "300"


def main():
    # The SDK's socket says on its own logger that it was closed, which is meant.
    logging.getLogger("websocket").setLevel(logging.CRITICAL)
    for part in PARTS:
        importlib.import_module(f"promises.{part}")
    # The venue's own gate and address limits; no limit by address of the network, because all of this comes from one.
    usual = ("--ip-share", "0", "--schedule-cancel-volume", "1000000")
    quick = ("--ip-share", "0", "--speed", FAST_SPEED)
    with Simulator(*usual, traders=80) as sim, Simulator(*quick, seed=11, traders=20) as fast:
        world.set_running("sim", sim)
        world.set_running("fast", fast)
        return judge.run(*sys.argv[1:2])


if __name__ == "__main__":
    sys.exit(main())
