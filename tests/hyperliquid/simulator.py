"""The simulator as a process, and accounts on it."""

import itertools
import json
import os
import subprocess
import tempfile
import threading
import urllib.request

from eth_account import Account
from eth_utils import keccak
from hyperliquid.exchange import Exchange
from hyperliquid.info import Info

# A request that takes longer is a failure.
TIMEOUT_SECONDS = 10
START_SECONDS = 30
BALANCE = "10000"


def binary():
    """The simulator's program."""
    named = os.environ.get("AICOIN_SIM_BIN")
    if not named:
        raise SystemExit("AICOIN_SIM_BIN must name the aicoin-sim to be judged.")
    return named


def key(name):
    """A private key made of a name: the same in every run."""
    return "0x" + keccak(text=f"aicoin judge {name}").hex().removeprefix("0x")


def wallet(name):
    return Account.from_key(key(name))


class Trader:
    """One funded account, with the SDK's two halves for it."""

    def __init__(self, base_url, account):
        self.wallet = account
        self.address = account.address.lower()
        self.exchange = Exchange(account, base_url, timeout=TIMEOUT_SECONDS)
        self.info = self.exchange.info

    def state(self):
        return self.info.user_state(self.address)

    def position(self, coin):
        """The position in a coin; None when flat."""
        held = [one["position"] for one in self.state()["assetPositions"]]
        found = [position for position in held if position["coin"] == coin]
        return found[0] if found else None


class Simulator:
    """A running simulator. Used with `with`; it ends with it."""

    def __init__(self, *args, seed=7, traders=0, agents=()):
        self.base_url = None
        self.wallets = [wallet(f"trader {number}") for number in range(traders)]
        self._fresh = itertools.count()
        self._args = [binary(), "--listen", "127.0.0.1:0", "--seed", str(seed), "--network", "testnet", *args]
        for account in self.wallets:
            self._args += ["--fund", f"{account.address}={BALANCE}"]
        for master, agent in agents:
            self._args += ["--agent", f"{master}={agent}"]
        self._log = tempfile.TemporaryFile()
        self._process = None

    def __enter__(self):
        self._process = subprocess.Popen(self._args, stdout=subprocess.PIPE, stderr=self._log, text=True)
        timer = threading.Timer(START_SECONDS, self._process.kill)
        timer.start()
        # The one line that it prints: where it listens.
        line = self._process.stdout.readline()
        timer.cancel()
        if not line:
            self.__exit__()
            raise AssertionError(f"{self._args}\ndoes not say where it listens:\n{self.log()}")
        self.base_url = line.split()[-1]
        return self

    def __exit__(self, *_):
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(5)
        if self._process and self._process.stdout:
            self._process.stdout.close()

    def log(self):
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-4000:]

    def trader(self):
        """The next funded account that nobody used yet."""
        return Trader(self.base_url, self.wallets[next(self._fresh)])

    def info(self):
        return Info(self.base_url, skip_ws=True, timeout=TIMEOUT_SECONDS)

    def info_call(self, body):
        """A query that the SDK has no method for."""
        return self.call("POST", "/info", body)

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.base_url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            text = answer.read().decode()
        return json.loads(text) if text.strip() else None
