"""A small runner for promises: functions that raise when they are not kept.

It prints what `cargo test` prints, so that one reader counts both.
"""

import signal
import sys
import time
import traceback
from pathlib import Path

# No promise takes longer, whatever hangs.
PROMISE_SECONDS = 60

_promises = []


class Skipped(Exception):
    """The promise cannot be tried here; the text says why."""


def promise(function):
    """Marks a function as a promise. Its name is the sentence."""
    _promises.append(function)
    return function


def same(got, expected, what=""):
    """Whole values, compared."""
    if got != expected:
        raise AssertionError(f"{what}\n     got: {got!r}\nexpected: {expected!r}")


def holds(condition, what):
    """A condition with its evidence."""
    if not condition:
        raise AssertionError(what)


def wait_for(what, look, seconds=20.0):
    """Looks until there is something that is true."""
    until = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.02)


def run(only=None):
    """Runs all promises, or those whose name has the text in it; the exit code."""
    chosen = [one for one in _promises if only is None or only in _name(one)]
    print(f"\nrunning {len(chosen)} promises")
    failures, skipped, begun = [], 0, time.monotonic()
    signal.signal(signal.SIGALRM, _too_long)
    for function in chosen:
        name = _name(function)
        signal.alarm(PROMISE_SECONDS)
        try:
            function()
        except Skipped as reason:
            skipped += 1
            print(f"test {name} ... ignored, {reason}")
        except Exception:  # a failure of any kind is the report
            failures.append((name, traceback.format_exc()))
            print(f"test {name} ... FAILED")
        else:
            print(f"test {name} ... ok")
        finally:
            signal.alarm(0)
        sys.stdout.flush()
    for name, text in failures:
        print(f"\n---- {name} stdout ----\n{text}")
    passed = len(chosen) - len(failures) - skipped
    word = "FAILED" if failures else "ok"
    took = time.monotonic() - begun
    print(
        f"\ntest result: {word}. {passed} passed; {len(failures)} failed; {skipped} ignored; "
        f"0 measured; 0 filtered out; finished in {took:.2f}s"
    )
    return 1 if failures else 0


def _name(function):
    module = function.__module__
    if module == "__main__":
        module = Path(sys.argv[0]).stem
    return f"{module}::{function.__name__}"


def _too_long(_signal, _frame):
    raise AssertionError(f"not kept within {PROMISE_SECONDS} s")
