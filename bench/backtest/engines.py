"""The engines that are compared: how each is installed or built, how it is started, and what it must agree on.

Every engine is a program that prints one JSON object with bars, signals, orders, fills, final_equity, elapsed_s and
bars_per_s. Everything made here is kept in a cache folder, so a second run installs and builds nothing.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aicoin" / "bench"

EVENTS, VECTORS = "event-driven", "vectorised"
ORDERS, SIGNALS = "signals + orders", "signals only"


class Unavailable(Exception):
    """Why an engine cannot take part, in one sentence."""


@dataclass
class Engine:
    """One row of the table: an engine doing one kind of work."""

    name: str
    project: str  # what it is prepared as; several rows can share one
    kind: str
    work: str
    arguments: tuple = ()
    slow: bool = False  # runs on the short candle file only
    fills_per_flip: int | None = None  # 2 closes and opens, 1 turns around, None tells of no fills
    fill_at: str | None = None  # whose final equity must agree: filled at the next open, at the close, or not told
    note: str = ""


OURS = Engine("aicoin", "aicoin", EVENTS, ORDERS, fills_per_flip=2, fill_at="open")

ENGINES = [
    OURS,
    Engine("barter-rs, fills seen", "barter", EVENTS, ORDERS, ("fills",), fills_per_flip=1, fill_at="open",
           note="The like-for-like row: a stream that steps aside every 8 candles, so that the engine processes the "
                "fills of its mock exchange."),
    Engine("barter-rs, orders sent", "barter", EVENTS, ORDERS, ("orders",),
           note="Its own in-memory market data: the mock's fills arrive after the end of the feed, so the engine "
                "never processes one. Less work than ours."),
    Engine("barter-rs", "barter", EVENTS, SIGNALS, ("signals",)),
    Engine("NautilusTrader, Python strategy", "nautilus", EVENTS, ORDERS, ("orders",), slow=True, fills_per_flip=2,
           fill_at="close", note="It fills at the close of the signal's candle; its equity is checked against the "
                                 "reference filled there."),
    Engine("NautilusTrader, Python strategy", "nautilus", EVENTS, SIGNALS, ("signals",), slow=True),
    Engine("backtrader", "backtrader", EVENTS, ORDERS, slow=True, fills_per_flip=1, fill_at="open"),
    Engine("vectorbt (numba)", "vectorbt", VECTORS, ORDERS, ("numba",), fills_per_flip=1, fill_at="open",
           note="Warm: the second call in a process. No event loop, no checks per order; another kind of program."),
    Engine("vectorbt (Rust kernels)", "vectorbt", VECTORS, ORDERS, ("rust",), fills_per_flip=1, fill_at="open",
           note="As above, with the kernels of the package vectorbt-rust."),
]

# For each project the requirements to try, first the best.
REQUIREMENTS = {
    "nautilus": [["nautilus_trader==1.221.0"]],
    "backtrader": [["backtrader==1.9.78.123", "pandas"]],
    "vectorbt": [["vectorbt[rust]==1.2.0"], ["vectorbt==1.2.0"]],
}


def prepare(project, worker=None):
    """Install or build a project; answers the command that runs it, without candles and arguments."""
    if project == "aicoin":
        return [str(worker or build_worker()), "backtest", str(HERE / "ema-cross.yaml")]
    if project == "barter":
        return [str(build_barter())]
    return [str(venv(project)), str(HERE / "peers" / f"ema_{project}.py")]


def command(engine, prepared, candles):
    """The whole command line of one run."""
    if engine.project == "aicoin":
        return [*prepared, "--candles", str(candles), "--json"]
    return [*prepared, str(candles), *engine.arguments]


def venv(project):
    """The Python of the project's own virtual environment, made when it is not there."""
    folder = CACHE / "venvs" / project
    python, done = folder / "bin" / "python", folder / "made-of.json"
    wanted = [[sys.version, *requirements] for requirements in REQUIREMENTS[project]]
    if done.exists() and json.loads(done.read_text()) in wanted:
        return python
    print(f"installing {project} …", flush=True)
    quietly([sys.executable, "-m", "venv", "--clear", str(folder)])
    reason = None
    for requirements in REQUIREMENTS[project]:
        try:
            quietly([str(python), "-m", "pip", "install", "--quiet", *requirements])
        except Unavailable as error:
            reason = reason or error
            continue
        done.write_text(json.dumps([sys.version, *requirements]))
        return python
    raise reason


def build_barter():
    """Build the barter package into the cache folder."""
    print("building barter-rs (some minutes the first time) …", flush=True)
    target = CACHE / "target"
    manifest = HERE / "peers" / "barter" / "Cargo.toml"
    quietly(["cargo", "build", "--release", "--locked", "--manifest-path", str(manifest)],
            CARGO_TARGET_DIR=str(target))
    return target / "release" / "bench-barter"


def build_worker():
    """Build our worker as a release is built; answers its path as cargo tells it."""
    print("building aicoin-worker …", flush=True)
    output = quietly(["cargo", "build", "--release", "-p", "aicoin-worker", "--bin", "aicoin-worker",
                      "--message-format=json-render-diagnostics"], cwd=ROOT)
    for line in output.splitlines():
        message = json.loads(line)
        if message.get("reason") == "compiler-artifact" and message.get("executable"):
            return message["executable"]
    raise Unavailable("cargo built no aicoin-worker")


def quietly(arguments, cwd=None, **environment):
    """Run a build step out of everybody's way; a failure becomes one sentence."""
    try:
        done = subprocess.run(["nice", "-n", "19", *arguments], cwd=cwd, env={**os.environ, **environment},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except OSError as error:
        raise Unavailable(f"{arguments[0]} cannot be started: {error}") from error
    if done.returncode != 0:
        shown = " ".join([Path(arguments[0]).name, *map(str, arguments[1:4])])
        raise Unavailable(f"`{shown} …` failed: {reason_in(done.stderr)}")
    return done.stdout


def reason_in(stderr):
    """The line of an error output that says most."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    telling = [line for line in lines if line.lower().startswith("error")]
    return (telling or lines[-1:] or ["it gave no reason"])[0][:300]
