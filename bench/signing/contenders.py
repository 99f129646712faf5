"""The contenders: how each is built, and what it is.

Everything that is built here goes to a cache folder, so a second run builds nothing.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aicoin" / "bench"
TARGET = CACHE / "target"


class Unavailable(Exception):
    """Why a contender cannot take part, in one sentence."""


@dataclass
class Contender:
    """One row of the table."""

    key: str
    name: str
    binary: str
    package: str
    curve: str
    own_nonce: bool = False  # it signs with nonces of its own, whatever it is given
    needs: str = ""  # a program that its build needs
    note: str = ""


OURS = Contender("ours", "aicoin", "bench-signing", "bench-signing", "libsecp256k1 (secp256k1 0.31)")

# In the order in which they run.
CONTENDERS = [
    OURS,
    Contender("official", "hyperliquid_rust_sdk 0.6.0", "peer-official", "peer-official", "k256 0.13", own_nonce=True,
              note="The venue's own SDK. Its signing is private, so an order is sent and timed up to the moment at which "
                   "the SDK logs the whole body; the request is dropped there. Its nonces are its own."),
    Contender("hypersdk", "hypersdk 0.3.0", "peer-hypersdk", "peer-hypersdk", "k256 0.13",
              note="`Action::sign_sync`; `Action::sign`, which its HTTP client calls, is slower."),
    Contender("hypersdk-c", "hypersdk 0.3.0, alloy's signer on C", "peer-hypersdk-libsecp256k1", "peer-hypersdk",
              "libsecp256k1 (secp256k1 0.31)",
              note="hypersdk takes any signer: this one is an option of alloy's that no document of hypersdk names."),
    Contender("nautilus", "nautilus-hyperliquid 0.57.0", "peer-nautilus", "peer-nautilus", "k256 0.13",
              note="NautilusTrader's adapter, the newest that Rust 1.95 builds (0.67.0 needs Rust 1.99). What its client "
                   "does before it posts, without a copy of the action that its signing does not read."),
    Contender("quicknode", "quicknode-hyperliquid-sdk 0.1.9", "peer-quicknode", "peer-quicknode", "k256 0.13",
              needs="protoc"),
    Contender("df", "df-hyperliquid-core 0.0.10-beta", "peer-df", "peer-df", "k256 0.13"),
]

# Libraries that were looked at and are not compared.
LEFT_OUT = {
    "rhyperliquid 0.2.0": "its signing is private, and its client sends without saying what.",
    "hyperqit 0.1.9": "its signing is private, and its client sends without saying what.",
    "hyper-exchange 0.1.0": "it does not sign: whoever uses it brings the signature of a digest.",
    "hyperliquid_rust_sdk_extended, hyperliquid_rust_sdk_toaster, hl_ranger": "they are forks of hyperliquid_rust_sdk.",
}


def build(contender):
    """Builds a contender as a release; answers its program. Each is built alone: no features of another are in it."""
    if contender.needs and not shutil.which(contender.needs):
        raise Unavailable(f"its build needs `{contender.needs}`, which is not installed")
    progress(f"building {contender.name} (some minutes the first time) …")
    manifest = HERE / ("ours" if contender is OURS else "peers") / "Cargo.toml"
    arguments = ["cargo", "build", "--release", "--manifest-path", str(manifest), "-p", contender.package,
                 "--message-format=json-render-diagnostics"]
    # Not --locked for ours: its lock file follows the workspace's packages.
    arguments += [] if contender is OURS else ["--locked"]
    output = quietly(arguments, CARGO_TARGET_DIR=str(TARGET))
    for line in output.splitlines():
        message = json.loads(line)
        if message.get("reason") == "compiler-artifact" and message.get("executable") \
                and message["target"]["name"] == contender.binary:
            # The next build of this package with other features would replace it.
            kept = CACHE / "bin" / contender.binary
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(message["executable"], kept)
            return kept
    raise Unavailable(f"cargo built no {contender.binary}")


def quietly(arguments, **environment):
    """Run a build step out of everybody's way; a failure becomes one sentence."""
    try:
        done = subprocess.run(["nice", "-n", "19", *arguments], env={**os.environ, **environment},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except OSError as error:
        raise Unavailable(f"{arguments[0]} cannot be started: {error}") from error
    if done.returncode != 0:
        raise Unavailable(f"`{' '.join(map(str, arguments[:3]))} …` failed: {reason_in(done.stderr)}")
    return done.stdout


def reason_in(stderr):
    """The line of an error output that says most."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    telling = [line for line in lines if line.lower().startswith("error")]
    return (telling or lines[-1:] or ["it gave no reason"])[0][:300]


def progress(text):
    """To stderr, as stdout is for the result."""
    print(text, file=sys.stderr, flush=True)
