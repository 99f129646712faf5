"""A simulator, a worker that trades on it, and the model that tells it what to open: one set for some rounds."""

import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from model import Model

HERE = Path(__file__).resolve().parent
# Keys that everybody knows: nothing of worth was ever at them.
ACCOUNT = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"
AGENT_KEY = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
AGENT = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8"
MARKETS = ["BTC", "ETH", "SOL", "XRP", "DOGE", "HYPE", "BNB", "AVAX", "LINK", "SUI"]
PATIENCE_S = 60


class Broken(Exception):
    """What went wrong, in one sentence."""


class World:
    """Both programs, until `close`."""

    def __init__(self, worker, sim, markets, seed, folder):
        self.markets = markets
        self.folder = Path(tempfile.mkdtemp(prefix="close-", dir=folder))
        self.processes = []
        self.model = None
        try:
            self._start(worker, sim, seed)
        except BaseException:
            self.close()
            raise

    def _start(self, worker, sim, seed):
        self.model = Model(self.markets)
        venue = self._spawn("sim", [
            sim, "--listen", "127.0.0.1:0", "--seed", str(seed), "--fund", f"{ACCOUNT}=1000000",
            "--agent", f"{ACCOUNT}={AGENT}"], stdout=subprocess.PIPE)
        words = venue.stdout.readline().decode()
        if "http://" not in words:
            raise Broken(f"the simulator does not say where it listens: {words!r}, see {self.folder}/sim.log")
        self.venue = "http" + words.split("http", 1)[1].strip()
        manifest = (HERE / "bot.yaml").read_text()
        for name, text in {"markets": ", ".join(self.markets), "account": ACCOUNT, "venue": self.venue,
                           "model": self.model.url}.items():
            manifest = manifest.replace("{" + name + "}", text)
        (self.folder / "bot.yaml").write_text(manifest)
        for secret, key, text in (("agent", "private-key", AGENT_KEY), ("deepseek", "api-key", "sk-bench")):
            path = self.folder / "secrets" / secret / key
            path.parent.mkdir(parents=True)
            path.write_text(text)
            path.chmod(0o600)
        self._spawn("worker", [
            worker, "local", self.folder / "bot.yaml", "--data-dir", self.folder / "data",
            "--secrets-dir", self.folder / "secrets", "--listen", "127.0.0.1:0"], stdout=subprocess.DEVNULL)
        self.until("the bot is ready", lambda: self.status()["not_ready"] == [])

    def _spawn(self, name, arguments, stdout):
        with open(self.folder / f"{name}.log", "wb") as log:
            process = subprocess.Popen([str(argument) for argument in arguments], stdin=subprocess.DEVNULL,
                                       stdout=stdout, stderr=log)
        self.processes.append(process)
        return process

    def until(self, what, is_so, every_s=0.02):
        """Waits for something; it must come."""
        end = time.monotonic() + PATIENCE_S
        while True:
            for process in self.processes:
                if process.poll() is not None:
                    raise Broken(f"a program ended with {process.returncode}, its log is in {self.folder}")
            try:
                if is_so():
                    return
            except (OSError, ValueError):
                pass  # it does not listen yet
            if time.monotonic() > end:
                raise Broken(f"not within {PATIENCE_S} s: {what}; the logs are in {self.folder}")
            time.sleep(every_s)

    def say(self, verb):
        """A request over the worker's control socket; its answer."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(10)
            line.connect(str(self.folder / "data" / "aicoin.sock"))
            line.sendall(json.dumps({"verb": verb}).encode() + b"\n")
            answer = json.loads(line.makefile().readline())
        if "error" in answer:
            raise Broken(f"{verb}: {answer['error']}")
        return next(iter(answer.values()))

    def status(self):
        """The bot at a glance."""
        return self.say("status")

    def ask(self, path, body=None, method=None):
        """A request to the simulator's own pages, which no fault touches."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.venue + path, data=data, method=method,
                                         headers={"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")

    def account(self):
        """What the venue knows of the account."""
        return self.ask(f"/sim/ledger?user={ACCOUNT}")["accounts"][0]

    def open_everything(self):
        """A position in every market, each with its stop."""
        self.model.opens = True
        def all_open():
            account = self.account()
            held = {position["coin"] for position in account["positions"]}
            stops = {order["coin"] for order in account["openOrders"] if order["tpsl"] == "sl"}
            return held == stops == set(self.markets)
        self.until("all positions are open and have their stops", all_open, every_s=0.2)
        self.model.opens = False

    def close(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        if self.model:
            self.model.close()

    def forget(self):
        """Its files are of no use to anybody."""
        shutil.rmtree(self.folder, ignore_errors=True)
