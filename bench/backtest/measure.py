"""One run of one engine: pinned to a core, with its peak memory, and what it printed."""

import json
import os
import shutil
import subprocess
import tempfile
import time

from engines import Unavailable, reason_in

CORE = 0
TIMEOUT_S = 900
GNU_TIME = "/usr/bin/time"


def pinning():
    """The words that pin a command to the core, or none where that is not possible."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    return ["taskset", "-c", str(CORE)] if CORE in allowed and shutil.which("taskset") else []


def run(arguments):
    """Run a command; answers its JSON with `peak_rss_kb` (None where unknown) and `process_s` (start to exit)."""
    with tempfile.NamedTemporaryFile("r") as memory:
        meter = [GNU_TIME, "-q", "-f", "%M", "-o", memory.name] if os.access(GNU_TIME, os.X_OK) else []
        started = time.perf_counter()
        try:
            done = subprocess.run([*pinning(), *meter, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                                  text=True, timeout=TIMEOUT_S, check=False)
        except subprocess.TimeoutExpired as error:
            raise Unavailable(f"it did not end within {TIMEOUT_S} s") from error
        except OSError as error:
            raise Unavailable(f"it cannot be started: {error}") from error
        elapsed = time.perf_counter() - started
        if done.returncode != 0:
            raise Unavailable(f"it ended with status {done.returncode}: {reason_in(done.stderr)}")
        result = parse(done.stdout)
        result["process_s"] = elapsed
        words = memory.read().split()
        result["peak_rss_kb"] = int(words[-1]) if words else None
        return result


def parse(output):
    """The JSON object in an output: all of it, or its last line."""
    for text in (output, (output.strip().splitlines() or [""])[-1]):
        try:
            result = json.loads(text)
        except ValueError:
            continue
        if isinstance(result, dict):
            missing = {"bars", "signals", "orders", "fills", "elapsed_s", "bars_per_s"} - result.keys()
            if missing:
                raise Unavailable(f"its JSON lacks {', '.join(sorted(missing))}")
            return result
    raise Unavailable("it printed no JSON object")
