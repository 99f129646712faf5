"""The tables that a run prints and writes."""

import json
import platform
import statistics
import subprocess
import time
from dataclasses import dataclass, field

from engines import ENGINES, ORDERS, OURS, ROOT, Engine


@dataclass
class Row:
    """One engine on one candle file."""

    engine: Engine
    checked: dict | None = None
    disagrees: str = ""
    trouble: str = ""
    runs: list = field(default_factory=list)

    def speeds(self):
        return [run["bars_per_s"] for run in self.runs]

    def median(self):
        """The median speed, or None where nothing was measured."""
        return statistics.median(self.speeds()) if self.runs and not self.trouble else None

    def peak_mb(self):
        """The highest memory of all timed runs in MB, or None."""
        peaks = [run["peak_rss_kb"] for run in self.runs if run["peak_rss_kb"] is not None]
        return max(peaks) * 1024 / 1e6 if peaks else None


@dataclass
class Table:
    """All engines on one candle file."""

    title: str
    sha256: str
    expected: dict
    rows: list

    def find(self, project, fills_seen=False):
        """The row of a project that sends orders; of several the fastest, which is the hardest to beat."""
        found = [row for row in self.rows if row.engine.project == project and row.engine.work == ORDERS
                 and row.median() and (row.engine.fills_per_flip or not fills_seen)]
        return max(found, key=Row.median, default=None)

    def markdown(self):
        ours = self.find(OURS.project)
        lines = [
            f"### {self.title}",
            "",
            f"SHA-256 `{self.sha256}`; the reference has {self.expected['signals']['open']:,} signals.",
            "",
            "| engine | version | class | work | bars | signals | orders / fills | median bars/s (min–max) | peak RSS MB "
            "| whole process s | aicoin is |",
            "|---|---|---|---|---|---|---|---|---|---|---|",
        ]
        return "\n".join(lines + [self._line(row, ours) for row in self.rows])

    def _line(self, row, ours):
        engine, checked = row.engine, row.checked
        version = checked.get("version", "this checkout") if checked else "–"
        first = f"| {engine.name} | {version} | {engine.kind} | {engine.work} "
        if checked is None or row.disagrees:
            return first + f"| {row.trouble} | | | | | | |"
        work = f"| {checked['bars']:,} | {checked['signals']:,} | {checked['orders']:,} / {checked['fills']:,} "
        if row.trouble:
            return first + work + f"| {row.trouble} | | | |"
        if not row.runs:
            return first + work + "| agrees, not timed | | | |"
        speeds, peak = row.speeds(), row.peak_mb()
        ratio = "–"
        if ours and engine is not OURS:
            ratio = f"{times(ours.median() / row.median())} as fast"
        process = statistics.median(run["process_s"] for run in row.runs)
        return (first + work + f"| {speed(row.median())} ({speed(min(speeds))}–{speed(max(speeds))}) "
                f"| {'not measured' if peak is None else f'{peak:.0f}'} | {process:.2f} | {ratio} |")


@dataclass
class Report:
    """A whole run."""

    started: time.struct_time
    load: float
    pinned: bool
    tables: list

    def goals(self):
        """The goals as (sentence, met); one that cannot be judged counts as missed."""
        def best(project, fills_seen=False):
            """Our speed and the peer's on the first file that has both."""
            for table in self.tables:
                ours, peer = table.find(OURS.project), table.find(project, fills_seen)
                if ours and peer:
                    return ours.median(), peer.median()
            return None

        goals = []
        found = best(OURS.project)
        for text, least in (("2 M bars/s with orders, on one core", 2e6), ("hoped for: 5 M bars/s", 5e6)):
            goals.append((f"{text}: {speed(found[0]) if found else 'not measured'}", bool(found) and found[0] >= least))
        for name, least, found in (
            ("barter-rs whose engine sees its fills", 1.5, best("barter", fills_seen=True)),
            ("barter-rs in its fastest row with orders", 1.5, best("barter")),
            ("NautilusTrader with a Python strategy", 100, best("nautilus")),
            ("backtrader", 100, best("backtrader")),
        ):
            value = found[0] / found[1] if found else 0
            goals.append((f"at least {least} times {name}: {times(value) if found else 'not measured'}", value >= least))
        return goals

    def markdown(self):
        lines = ["## Backtest speed", "", self._conditions(), ""]
        for table in self.tables:
            lines += [table.markdown(), ""]
        if any(row.runs for table in self.tables for row in table.rows):
            lines += [f"- {'met' if met else 'NOT met'}: {text}" for text, met in self.goals()] + [""]
        shown = {row.engine.name for table in self.tables for row in table.rows}
        lines += [f"- {engine.name}, {engine.work}: {engine.note}" for engine in ENGINES
                  if engine.note and engine.name in shown]
        first_calls = [run["first_call_s"] for table in self.tables for row in table.rows for run in row.runs
                       if "first_call_s" in run and "numba" in row.engine.arguments]
        if first_calls:
            lines.append(f"- vectorbt (numba): the first call in a process took {statistics.median(first_calls):.1f} s "
                         "and is not in its speed.")
        return "\n".join(lines)

    def _conditions(self):
        return (
            f"{time.strftime('%Y-%m-%d %H:%M UTC', self.started)}; {cpu()}; {platform.system()} {platform.release()}; "
            f"Python {platform.python_version()}; {said('rustc', '--version')}; aicoin commit {commit()}. "
            f"{'Pinned to core 0' if self.pinned else 'Not pinned to a core'}; load average {self.load:.2f} at the start"
            f"{' (busy: indicative only)' if self.load > 0.5 else ''}. Each run is a new process on a file that is in "
            "the page cache; reading the file is not in the speed, but it is in peak RSS and in the whole process."
        )

    def write(self, folder):
        """Write the Markdown and the JSON file; answers their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        name = folder / time.strftime("backtest-%Y%m%dT%H%M%SZ", self.started)
        text, data = name.with_suffix(".md"), name.with_suffix(".json")
        text.write_text(self.markdown() + "\n")
        data.write_text(json.dumps({
            "conditions": self._conditions(),
            "goals": [{"goal": goal, "met": met} for goal, met in self.goals()],
            "tables": [{
                "title": table.title,
                "candles_sha256": table.sha256,
                "reference": table.expected,
                "rows": [{
                    "engine": row.engine.name, "class": row.engine.kind, "work": row.engine.work,
                    "trouble": row.trouble or None, "median_bars_per_s": row.median(), "peak_rss_mb": row.peak_mb(),
                    "checked": without_trades(row.checked), "runs": [without_trades(run) for run in row.runs],
                } for row in table.rows],
            } for table in self.tables],
        }, indent=1, default=str) + "\n")
        return text, data


def without_trades(result):
    return result and {key: value for key, value in result.items() if key != "trades"}


def speed(bars_per_s):
    """A speed in three figures: 1.72 M, 14.0 k."""
    for size, unit in ((1e6, " M"), (1e3, " k")):
        if bars_per_s >= size:
            value = bars_per_s / size
            return f"{value:.{2 if value < 10 else 1 if value < 100 else 0}f}{unit}"
    return f"{bars_per_s:.0f}"


def times(ratio):
    return f"{ratio:.0f}×" if ratio >= 20 else f"{ratio:.2f}×"


def cpu():
    """The CPU's model, and how many of them."""
    model = platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
            model = f"{names[0]} × {len(names)}" if names else model
    except OSError:
        pass
    return model


def said(*arguments):
    """What a program says, or that it is not there."""
    try:
        return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return f"no {arguments[0]}"


def commit():
    """The commit that was built, and whether the checkout had changes."""
    head = said("git", "rev-parse", "--short", "HEAD")
    return head + (" with changes" if said("git", "status", "--porcelain", "--untracked-files=no") else "")
