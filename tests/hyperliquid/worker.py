"""The worker as a process, in local mode: what it is given, and what is in its tables afterwards."""

import json
import os
import sqlite3
import subprocess
import time
from pathlib import Path

# It says that it is ready within this, or has failed.
READY_SECONDS = 60
STOP_SECONDS = 60
CTL_SECONDS = 60

MANIFEST = """\
apiVersion: aicoin.dev/v1alpha1
kind: TradingBot
metadata: {{name: judged}}
spec:
  mode: Testnet
  markets: [BTC, ETH]
  exchange:
    hyperliquid:
      accountAddress: "{account}"
      agentKeySecretRef: {{name: agent, key: private-key}}
      baseUrl: {base_url}
  decision:
    interval: 2s
    rule: {{emaCross: {{fast: 2, slow: 3, notional: "300"}}}}
  risk:
    maxPositionNotional: "1000"
    maxTotalNotional: "2000"
    maxLeverage: 3
    stopLossPct: "1"
    maxOrdersPerHour: 100000
    cooldownAfterStop: 1s
  storage:
    sqlite: {{size: 1Gi}}
"""


def binary():
    named = os.environ.get("AICOIN_WORKER_BIN")
    if not named:
        raise SystemExit("AICOIN_WORKER_BIN must name the aicoin-worker to be judged.")
    return named


class Worker:
    """A running worker. Used with `with`; it ends with it."""

    def __init__(self, folder, base_url, account, agent_key):
        self.folder = Path(folder)
        secret = self.folder / "secrets" / "agent"
        secret.mkdir(parents=True, exist_ok=True)
        (secret / "private-key").write_text(agent_key)
        self._manifest = self.folder / "bot.yaml"
        self._manifest.write_text(MANIFEST.format(account=account, base_url=base_url))
        self._log = self.folder / "worker.log"
        self._data = self.folder / "data"
        self._process = None

    def __enter__(self):
        command = [
            binary(), "local", self._manifest, "--listen", "127.0.0.1:0", "--data-dir", self._data, "--secrets-dir", self.folder / "secrets",
        ]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        until = time.monotonic() + READY_SECONDS
        # One that was killed leaves its socket behind, and this one makes it anew.
        while self._answers() is None:
            if self._process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"the worker is not there:\n{self.log()}")
            time.sleep(0.05)
        return self

    def _answers(self):
        command = [binary(), "ctl", "status", "--json", "--data-dir", self._data]
        run = subprocess.run(command, capture_output=True, timeout=CTL_SECONDS, check=False)
        return run.stdout if run.returncode == 0 else None

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def kill(self):
        """As a machine that loses its power."""
        self._process.kill()
        self._process.wait()

    def log(self):
        return self._log.read_text(errors="replace")[-6000:]

    def ctl(self, *words):
        """A control command; what it prints."""
        run = subprocess.run(
            [binary(), "ctl", *words, "--data-dir", self._data], capture_output=True, text=True, timeout=CTL_SECONDS, check=False
        )
        if run.returncode:
            raise AssertionError(f"ctl {words}: {run.stdout}{run.stderr}\n{self.log()}")
        return run.stdout

    def status(self):
        return json.loads(self.ctl("status", "--json"))

    def rows(self, query):
        """Rows of its database, as anybody at sqlite3 would read them."""
        with sqlite3.connect(f"file:{self._data / 'aicoin.db'}?mode=ro", uri=True, timeout=10) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(query)]
