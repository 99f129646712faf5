"""The table that a run prints and writes."""

import json
import math
import platform
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
GOAL_S = 2.0


@dataclass
class Report:
    """A whole run."""

    started: time.struct_time
    load: float
    chosen: object
    rounds: list
    troubles: list

    def spans(self, what):
        return sorted(one[what] for one in self.rounds)

    def goals(self):
        """The goals as (sentence, met)."""
        p99 = at(self.spans("flat_s"), 0.99)
        whole = not self.troubles and len(self.rounds) == self.chosen.rounds
        return [(f"{len(self.chosen.markets)} positions flat, p99 under {GOAL_S:g} s: {seconds(p99)} s",
                 p99 is not None and p99 < GOAL_S),
                (f"all {self.chosen.rounds:,} rounds end flat, and no position is turned around: "
                 f"{len(self.rounds):,} rounds", whole)]

    def markdown(self):
        lines = ["## Close-all", "", self.conditions(), "",
                 "| from the request | p50 s | p90 s | p99 s | slowest s |", "|---|---|---|---|---|"]
        for what, title in (("flat_s", "the last position is closed, by the venue's own book"),
                            ("effective_s", "the worker says that it is effective: nothing of it is open or under way")):
            spans = self.spans(what)
            lines.append(f"| {title} | {seconds(at(spans, 0.5))} | {seconds(at(spans, 0.9))} | {seconds(at(spans, 0.99))} "
                         f"| {seconds(at(spans, 1))} |")
        orders, faults = (sum(one[what] for one in self.rounds) for what in ("orders", "faults"))
        count = len(self.rounds) * len(self.chosen.markets)
        lines += ["", f"{len(self.rounds):,} rounds, {count:,} positions, {orders:,} closing orders at the venue, "
                      f"{faults:,} faults.", ""]
        lines += [f"- {'met' if met else 'NOT met'}: {text}" for text, met in self.goals()]
        lines += [f"- {trouble}" for trouble in self.troubles]
        return "\n".join(lines)

    def conditions(self):
        return (
            f"{time.strftime('%Y-%m-%d %H:%M UTC', self.started)}; {cpu()}; {platform.system()} {platform.release()}; aicoin "
            f"commit {commit()}. Load average {self.load:.2f} at the start{' (busy)' if self.load > 0.5 else ''}. "
            f"{len(self.chosen.markets)} positions, {self.chosen.errors} % of all requests fail, {self.chosen.bots} bots at a "
            f"time, seed {self.chosen.seed}."
        )

    def data(self):
        return {"conditions": self.conditions(), "goals": [{"goal": goal, "met": met} for goal, met in self.goals()],
                "rounds": self.rounds, "troubles": self.troubles}

    def write(self, folder):
        """Write the Markdown and the JSON file; answers their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        name = folder / time.strftime("close-all-%Y%m%dT%H%M%SZ", self.started)
        text, data = name.with_suffix(".md"), name.with_suffix(".json")
        text.write_text(self.markdown() + "\n")
        data.write_text(json.dumps(self.data(), indent=1) + "\n")
        return text, data


def at(spans, share):
    """The smallest span that this share of all is not above, or None where there are none."""
    return spans[max(0, math.ceil(share * len(spans)) - 1)] if spans else None


def seconds(value):
    return "–" if value is None else f"{value:.2f}"


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
