"""The contenders: how each is built or installed, and how it is started.

Everything made here is kept in a cache folder, so a second run installs and builds nothing.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
AICOIN_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aicoin"
CACHE = AICOIN_CACHE / "bench"
CRD = ROOT / "crds" / "tradingbots.aicoin.dev.yaml"
CHILDREN = HERE / "children.json"
WORKER_IMAGE = "ghcr.io/aicoin-dev/aicoin-worker:0.1.0"


class Unavailable(Exception):
    """Why a contender cannot take part, in one sentence."""


@dataclass
class Contender:
    """One column of the table. The driver fills in {kubeconfig}, {metrics}, {worker} and {key}."""

    key: str
    name: str
    gauge: str
    controls_workers: bool = False
    command: list = field(default_factory=list)
    environment: dict = field(default_factory=dict)


def ours(binary=None):
    """Our operator, as the chart starts it but without an election, NetworkPolicies and pods' addresses."""
    binary = binary or cargo_build("aicoin-operator", "aicoin-operator", ROOT / "Cargo.toml", ours_target())
    return Contender("ours", "aicoin-operator", "aicoin_operator_bots_reconciled", controls_workers=True, command=[
        str(binary), "run", "--listen", "{metrics}", "--worker-image", WORKER_IMAGE, "--control-key-file", "{key}",
        "--operator-namespace", "aicoin-system", "--no-leader-election", "--no-network-policy",
        "--worker-url", "{worker}", "--kubeconfig", "{kubeconfig}"])


def go(_=None):
    """controller-runtime, a Go module."""
    folder = HERE / "peers" / "controller-runtime"
    binary = CACHE / "bin" / "peer-controller-runtime"
    binary.parent.mkdir(parents=True, exist_ok=True)
    progress("building the peer controller-runtime (some minutes the first time) …")
    quietly(["go", "build", "-o", str(binary), "."], cwd=folder, GOFLAGS="-mod=readonly", CGO_ENABLED="0")
    version = next(line.split()[1].lstrip("v") for line in (folder / "go.mod").read_text().splitlines()
                   if line.strip().startswith("sigs.k8s.io/controller-runtime "))
    return Contender("go", f"controller-runtime {version}", "bench_bots_reconciled",
                     command=[str(binary), "-children", str(CHILDREN), "-metrics", "{metrics}"],
                     environment={"KUBECONFIG": "{kubeconfig}"})


def kopf(_=None):
    """kopf, a Python package."""
    folder = HERE / "peers" / "kopf"
    requirements = (folder / "requirements.txt").read_text().split()
    python = venv("kopf", requirements)
    version = requirements[0].rsplit("=", 1)[-1]
    command = [str(python), "-m", "kopf", "run", "--standalone", "--all-namespaces", "--quiet",
               str(folder / "operator_kopf.py")]
    return Contender("kopf", f"kopf {version}", "bench_bots_reconciled", command=command, environment={
        "KUBECONFIG": "{kubeconfig}", "BENCH_CHILDREN": str(CHILDREN), "BENCH_METRICS": "{metrics}",
        "PYTHONDONTWRITEBYTECODE": "1"})


# In the order in which they run.
CONTENDERS = {"ours": ours, "go": go, "kopf": kopf}


def driver():
    """The load driver, and with it the tools of the test bed that it starts."""
    progress("building the load driver …")
    return cargo_build(None, "bench-operator-driver", HERE / "driver" / "Cargo.toml", CACHE / "target")


def ours_target():
    """Where our own release build goes: never the checkout."""
    return Path(os.environ.get("CARGO_TARGET_DIR") or AICOIN_CACHE / "target")


def cargo_build(package, binary, manifest, target):
    """Build as a release; answers the program's path as cargo tells it."""
    progress(f"building {binary} …")
    # Not --locked: the driver's own lock file follows when the test bed gets another dependency.
    arguments = ["cargo", "build", "--release", "--manifest-path", str(manifest), "--bin", binary,
                 "--message-format=json-render-diagnostics"]
    arguments += ["-p", package] if package else []
    output = quietly(arguments, CARGO_TARGET_DIR=str(target))
    for line in output.splitlines():
        message = json.loads(line)
        if message.get("reason") == "compiler-artifact" and message.get("executable") \
                and message["target"]["name"] == binary:
            return Path(message["executable"])
    raise Unavailable(f"cargo built no {binary}")


def venv(name, requirements):
    """The Python of a virtual environment with these packages, made when it is not there."""
    folder = CACHE / "venvs" / name
    python, done = folder / "bin" / "python", folder / "made-of.json"
    wanted = [sys.version, *requirements]
    if done.exists() and json.loads(done.read_text()) == wanted:
        return python
    progress(f"installing {name} …")
    quietly([sys.executable, "-m", "venv", "--clear", str(folder)])
    quietly([str(python), "-m", "pip", "install", "--quiet", *requirements])
    done.write_text(json.dumps(wanted))
    return python


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


def progress(text):
    """To stderr, as stdout is for the result."""
    print(text, file=sys.stderr, flush=True)
