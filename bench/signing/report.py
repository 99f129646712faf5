"""The tables that a run prints and writes."""

import json
import platform
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from contenders import LEFT_OUT, OURS, ROOT, Contender

GOAL_US = 250


@dataclass
class Row:
    """One contender."""

    contender: Contender
    binary: Path | None = None
    disagrees: str = ""
    trouble: str = ""
    runs: list = field(default_factory=list)

    def us(self, figure):
        """The median of all runs of a figure, in microseconds, or None where nothing was measured."""
        return median_us(self.runs, figure) if self.runs and not self.trouble else None


@dataclass
class Way:
    """aicoin from a price to a body: runs without a pause, and runs with one before each price."""

    busy: list = field(default_factory=list)
    calm: list = field(default_factory=list)


@dataclass
class Report:
    """A whole run."""

    started: time.struct_time
    load: float
    chosen: object
    rows: list
    way: Way

    def goals(self):
        """The goals as (sentence, met); one that cannot be judged counts as missed."""
        goals = []
        for runs, what in ((self.way.busy, "one after the other"), (self.way.calm, "one by one")):
            value = median_us(runs, "p99_ns") if runs else None
            goals.append((f"from a price to a signed body, {what}, p99 under {GOAL_US} µs: {us(value)} µs",
                          value is not None and value < GOAL_US))
        ours = self.rows[0].us("p50_ns")
        peers = [row for row in self.rows if row.contender is not OURS and row.us("p50_ns")]
        fastest = min(peers, key=lambda row: row.us("p50_ns"), default=None)
        if ours is None or fastest is None:
            goals.append(("signing at least as fast as the fastest peer: not measured", False))
        else:
            other = fastest.us("p50_ns")
            goals.append((f"signing at least as fast as the fastest peer, {fastest.contender.name}: "
                          f"{us(ours)} µs against {us(other)} µs (p50)", ours <= other))
        return goals

    def markdown(self):
        lines = ["## Signing speed", "", self.conditions(), "",
                 "| one order to a signed body | curve | p50 µs (fastest–slowest run) | p99 µs | aicoin is |", "|---|---|---|---|---|"]
        ours = self.rows[0].us("p50_ns")
        for row in self.rows:
            name = f"| {row.contender.name} | {row.contender.curve} "
            if row.trouble:
                lines.append(name + f"| {row.trouble} | | |")
            elif not row.runs:
                lines.append(name + "| signs the same, not timed | | |")
            else:
                each = span(row.runs, "p50_ns")
                ratio = "–" if row.contender is OURS or not ours else f"{row.us('p50_ns') / ours:.2f}× as fast"
                lines.append(name + f"| **{us(row.us('p50_ns'))}** ({each}) | {us(row.us('p99_ns'))} | {ratio} |")
        if self.way.busy:
            lines += ["", "| aicoin from a price to a signed body | p50 µs | p90 µs | p99 µs (fastest–slowest run) | p99.9 µs |",
                      "|---|---|---|---|---|"]
            pause_ms = self.chosen.pause_us / 1000
            for runs, what in ((self.way.busy, "one after the other"),
                               (self.way.calm, f"one by one, {pause_ms:g} ms before each")):
                each = span(runs, "p99_ns")
                lines.append(f"| {what} | {us(median_us(runs, 'p50_ns'))} | {us(median_us(runs, 'p90_ns'))} "
                             f"| **{us(median_us(runs, 'p99_ns'))}** ({each}) | {us(median_us(runs, 'p999_ns'))} |")
            lines += [""] + [f"- {'met' if met else 'NOT met'}: {text}" for text, met in self.goals()]
        lines.append("")
        lines += [f"- {row.contender.name}: {row.contender.note}" for row in self.rows if row.contender.note]
        lines += [f"- Not compared, {name}: {why}" for name, why in LEFT_OUT.items()]
        return "\n".join(lines)

    def conditions(self):
        return (
            f"{time.strftime('%Y-%m-%d %H:%M UTC', self.started)}; {cpu()}; {platform.system()} {platform.release()}; "
            f"{said('rustc', '--version')}; aicoin commit {commit()}. Load average {self.load:.2f} at the start"
            f"{' (busy: p99 is what other work makes of it)' if self.load > 0.5 else ''}"
            f"{'; what is timed went before all other work' if self.chosen.precedence else ''}. Each run is a new process, "
            f"pinned to core 0; a figure is the median of {self.chosen.runs} runs of {self.chosen.orders:,} orders."
        )

    def data(self):
        return {
            "conditions": self.conditions(),
            "goals": [{"goal": goal, "met": met} for goal, met in self.goals()],
            "contenders": [{"name": row.contender.name, "trouble": row.trouble or None, "p50_us": row.us("p50_ns"),
                            "p99_us": row.us("p99_ns"), "runs": row.runs} for row in self.rows],
            "from_a_price_to_a_body": {"one_after_the_other": self.way.busy, "one_by_one": self.way.calm},
            "not_compared": LEFT_OUT,
        }

    def write(self, folder):
        """Write the Markdown and the JSON file; answers their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        name = folder / time.strftime("signing-%Y%m%dT%H%M%SZ", self.started)
        text, data = name.with_suffix(".md"), name.with_suffix(".json")
        text.write_text(self.markdown() + "\n")
        data.write_text(json.dumps(self.data(), indent=1) + "\n")
        return text, data


def median_us(runs, figure):
    return statistics.median(run[figure] for run in runs) / 1000


def span(runs, figure):
    """The fastest and the slowest run."""
    values = [run[figure] / 1000 for run in runs]
    return f"{us(min(values))}–{us(max(values))}"


def us(value):
    """Microseconds with one decimal below a hundred."""
    return "–" if value is None else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


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
