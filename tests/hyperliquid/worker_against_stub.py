#!/usr/bin/env python3
"""The worker in Testnet mode against an exchange that was written without its code, and asks the venue's SDK who signs.

    AICOIN_WORKER_BIN=…/aicoin-worker worker_against_stub.py [PART OF A NAME]
"""

import json
import subprocess
import sys
import tempfile
import urllib.request
from decimal import Decimal
from pathlib import Path

import judge
from judge import holds, promise, same, wait_for
from simulator import key, wallet
from worker import Worker

MASTER, AGENT = wallet("the worker's master"), wallet("the worker's agent")
AGENT_KEY = key("the worker's agent")
DAY_MS = 86_400_000
# A stop rests within this after an entry filled, or the position is flattened.
PROTECTION_MS = 10_000
ENTRIES = 4


class Stub:
    """The stub as a process."""

    def __init__(self, *args):
        command = [sys.executable, Path(__file__).with_name("stub_exchange.py"), MASTER.address, AGENT.address, *args]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.base_url = self._process.stdout.readline().split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def told(self):
        with urllib.request.urlopen(f"{self.base_url}/stub", timeout=10) as answer:
            return json.load(answer)


def entries(told):
    """Orders that opened something."""
    return [order for order in told["orders"] if not order["reduceOnly"] and Decimal(order["filled"]) > 0]


def has_traded(stub, worker, entries_more=ENTRIES):
    wanted = len(entries(stub.told())) + entries_more

    def look():
        told = stub.told()
        return told if len(entries(told)) >= wanted else None

    try:
        return wait_for("entries", look, 45)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{stub.told()['actions'][-3:]}\n{worker.log()}") from error


def judge_signatures(told):
    """What holds for every action whatever happens."""
    actions = told["actions"]
    holds(actions, "nothing was sent")
    agent = AGENT.address.lower()
    for action in actions:
        same(action["signer"], agent, action)
        same(action["vault"], None, action)
        holds(action["expires"] is not None and action["expires"] > action["came"] - DAY_MS, f"without an expiry: {action}")
        holds(abs(action["nonce"] - action["came"]) < DAY_MS, action)
    nonces = [action["nonce"] for action in actions]
    same(len(nonces), len(set(nonces)), "a nonce was used twice")
    cloids = [cloid for action in actions for cloid in action["cloids"]]
    holds(None not in cloids, "an order has no number of the client")
    same(len(cloids), len(set(cloids)), "a number was sent twice")
    for action in actions:
        text = json.dumps(action.get("answer"))
        for words in ("tick size", "invalid size", "minimum value", "saw this cloid before", "invalid asset"):
            holds(words not in text, action)


def judge_books(told, worker):
    """The worker's tables and the exchange agree to the last decimal."""
    of_stub = {fill["tid"]: tuple(Decimal(fill[name]) for name in ("px", "sz", "fee")) for fill in told["fills"]}
    rows = worker.rows("SELECT trade_id, price, size, fee FROM fills")
    of_worker = {row["trade_id"]: tuple(Decimal(row[name]) for name in ("price", "size", "fee")) for row in rows}
    same(of_worker, of_stub)
    same(len(rows), len(of_stub), "a fill is there twice")
    sent = {cloid for action in told["actions"] for cloid in action["cloids"]}
    known = {row["cloid"] for row in worker.rows("SELECT cloid FROM orders")}
    holds(sent <= known, f"sent, and not written down: {sent - known}")


def judge_protection(told):
    """After each entry a stop rested, or the position was closed, within the limit."""
    for entry in entries(told):
        filled, coin = entry["statusTimestamp"], entry["order"]["coin"]
        close_enough = [
            order for order in told["orders"]
            if order["order"]["coin"] == coin and order["reduceOnly"] and order["status"] != "rejected"
            and filled - PROTECTION_MS <= order["order"]["timestamp"] <= filled + PROTECTION_MS
        ]
        holds(close_enough, f"nothing protects {entry}")


def close_and_judge(stub, worker):
    """To the end of a run: flat, and everything holds."""
    worker.ctl("close-all", "--wait")
    told = stub.told()
    same(told["positions"], {}, worker.log())
    same([order for order in told["orders"] if order["status"] == "open"], [], worker.log())
    # The last fills are written down a moment after the answer.
    wait_for("the last fills", lambda: len(worker.rows("SELECT 1 FROM fills")) >= len(told["fills"]))
    told = stub.told()
    judge_signatures(told)
    judge_protection(told)
    judge_books(told, worker)
    kinds = sorted({action["type"] for action in told["actions"]})
    print(f"figure: {len(told['actions'])} actions ({', '.join(kinds)}), {len(told['fills'])} fills, {told['dropped']} replies dropped")
    return told


def started(folder, stub):
    return Worker(folder, stub.base_url, MASTER.address, AGENT_KEY)


@promise
def every_action_is_signed_by_the_agent_and_the_books_agree():
    with Stub() as stub, tempfile.TemporaryDirectory() as folder, started(folder, stub) as worker:
        has_traded(stub, worker)
        close_and_judge(stub, worker)


@promise
def a_reply_that_never_comes_doubles_and_loses_nothing():
    with Stub("--drop-replies", "4") as stub, tempfile.TemporaryDirectory() as folder, started(folder, stub) as worker:
        has_traded(stub, worker)
        told = close_and_judge(stub, worker)
        holds(told["dropped"] > 0, "no reply was dropped")


@promise
def after_a_kill_nonces_go_on_above_all_that_were_used():
    with Stub() as stub, tempfile.TemporaryDirectory() as folder:
        with started(folder, stub) as worker:
            has_traded(stub, worker, 2)
            worker.kill()
        before = stub.told()["actions"]
        with started(folder, stub) as worker:
            has_traded(stub, worker, 2)
            told = close_and_judge(stub, worker)
        after = told["actions"][len(before):]
        highest = max(action["nonce"] for action in before)
        holds(after and min(action["nonce"] for action in after) > highest, f"after {highest}: {after}")


if __name__ == "__main__":
    sys.exit(judge.run(*sys.argv[1:2]))
