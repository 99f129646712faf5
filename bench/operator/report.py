"""The table that a run prints and writes."""

import json
import platform
import subprocess
import time
from dataclasses import dataclass

from contenders import ROOT, Contender

MISSING = "–"


@dataclass
class Column:
    """One contender."""

    key: str
    contender: Contender | None = None
    figures: dict | None = None
    trouble: str = ""

    def title(self):
        return self.contender.name if self.contender else self.key

    def get(self, *path):
        """A figure, or None where there is none."""
        value = self.figures
        for key in path:
            if value is None:
                return None
            value = value.get(key)
        return value

    def summary(self):
        """The most telling figures in a line, for those who wait for the others."""
        return (f"created in {seconds(self.get('creation', 'wall_s'))} s with {writes(self.get('creation', 'writes'))} "
                f"writes, restarted in {seconds(self.get('restart', 'wall_s'))} s with "
                f"{writes(self.get('restart', 'writes'))}, {self.get('memory_mib', 'after_restart'):.0f} MiB, patches "
                f"caught up in {latencies(self.get('patches', 'latencies', 'caught_up'))} ms")


@dataclass
class Report:
    """A whole run."""

    started: time.struct_time
    load: float
    bots: int
    columns: list

    def rows(self):
        """The rows as (what, one text for each column)."""
        def row(what, show):
            return what, [MISSING if column.figures is None else show(column) for column in self.columns]

        def cost(name, *path):
            return [
                row(f"{name}, s", lambda c: seconds(c.get(*path, "wall_s"))),
                row(f"{name}, writes", lambda c: writes(c.get(*path, "writes"))),
                row(f"{name}, CPU s of operator / API server / etcd / the rest of the machine", lambda c: " / ".join(
                    seconds(c.get(*path, part)) for part in
                    ("operator_cpu_s", "apiserver_cpu_s", "etcd_cpu_s", "others_cpu_s"))),
            ]

        def spread(name, key):
            return row(name, lambda c: latencies(c.get("patches", "latencies", key)))

        memory = ("after_creation", "peak_first", "after_restart", "after_idle", "peak_restarted")
        patches = next((c.get("patches", "latencies", "answered", "count") for c in self.columns if c.figures), 0)
        return [
            *cost("first creation", "creation"),
            *cost("workers come up, all accepted", "settle", "cost"),
            *cost("kill -9 and restart to all reconciled", "restart"),
            row("resident memory after restart, MiB", lambda c: f"**{c.get('memory_mib', 'after_restart'):.0f}**"),
            row("resident memory after creation / peak of the first process / after idling / peak since restart, MiB",
                lambda c: " / ".join(f"{c.get('memory_mib', part):.0f}" for part in memory if part != "after_restart")),
            row("idle, s", lambda c: str(c.get("idle", "seconds"))),
            row("idle, writes", lambda c: writes(c.get("idle", "cost", "writes"))),
            row("idle, operator CPU s", lambda c: seconds(c.get("idle", "cost", "operator_cpu_s"))),
            spread(f"{patches} patches: the API server's answer to the patch, p50 / p99 / max ms", "answered"),
            spread(f"{patches} patches: status caught up, p50 / p99 / max ms", "caught_up"),
            spread(f"{patches} patches: received by the worker, p50 / p99 / max ms", "received"),
            spread(f"{patches} patches: accepted by the worker as the status says, p50 / p99 / max ms", "accepted"),
            row(f"{patches} patches, writes", lambda c: writes(c.get("patches", "cost", "writes"))),
        ]

    def goals(self):
        """The goals as (sentence, met); one that cannot be judged counts as missed."""
        by_key = {column.key: column for column in self.columns}
        ours = by_key.get("ours") or Column("ours")
        goals = []

        def goal(text, value, met, show):
            goals.append((f"{text}: {MISSING if value is None else show(value)}", value is not None and met(value)))

        wall = ours.get("creation", "wall_s")
        for key in ("go", "kopf"):
            peer = by_key.get(key) or Column(key)
            theirs = peer.get("creation", "wall_s")
            both = None if wall is None or theirs is None else (wall, theirs)
            goal(f"first creation faster than {peer.title()}", both, lambda v: v[0] < v[1],
                 lambda v: f"{v[0]:.1f} s against {v[1]:.1f} s")
        most = 5 * self.bots + 1
        goal(f"first creation in at most {most:,} writes (5 a bot, and one for the namespace's public keys)", ours.get("creation", "writes", "total"),
             lambda v: v <= most, lambda v: f"{v:,}")
        goal("restart in at most 5 s", ours.get("restart", "wall_s"), lambda v: v <= 5, lambda v: f"{v:.1f} s")
        goal("no write at restart", ours.get("restart", "writes", "total"), lambda v: v == 0, lambda v: f"{v:,}")
        goal("less than 100 MiB after restart", ours.get("memory_mib", "after_restart"), lambda v: v < 100,
             lambda v: f"{v:.0f} MiB")
        goal("no write while idle", ours.get("idle", "cost", "writes", "total"), lambda v: v == 0, lambda v: f"{v:,}")
        for text, key, most_ms in (("status caught up", "caught_up", 36), ("accepted by the worker", "accepted", 999)):
            spread = ours.get("patches", "latencies", key)
            goal(f"patch to {text}, p99 at most {most_ms} ms, none missing", spread,
                 lambda v, most_ms=most_ms: v["missing"] == 0 and v["p99_ms"] <= most_ms, latencies)
        return goals

    def notes(self):
        """What a reader must know about this run."""
        for column in self.columns:
            if column.trouble:
                yield f"{column.title()}: {column.trouble}."
            if column.figures is None:
                continue
            logged, counted = (column.get("cross_check", key) for key in ("audit_log", "apiserver_request_total"))
            if logged != counted:
                yield (f"{column.title()}: the audit log has {logged:,} writes by everybody, the API server's own "
                       f"counter {counted:,}.")
            if breaks := column.get("patches", "watch_breaks"):
                yield (f"{column.title()}: the API server broke the driver's watch {breaks} times; what was seen after "
                       "a break was seen late.")
            behind = column.get("patches", "statuses_behind")
            if behind:
                yield f"{column.title()}: {behind} statuses had not caught up at the end."
            yield f"{column.title()}: first creation was {by(column.get('creation', 'writes'))}."
            sizes = column.get("children", "bytes_of_one")
            yield (f"{column.title()}: bytes of JSON of one "
                   + ", ".join(f"{kind.removesuffix('s')} {size:,}" for kind, size in sizes.items()) + ".")

    def markdown(self):
        titles = [column.title() for column in self.columns]
        lines = [
            f"## {self.bots:,} TradingBots", "", self.conditions(), "",
            f"| N = {self.bots:,} | " + " | ".join(titles) + " |", "|---" * (len(titles) + 1) + "|",
            *(f"| {what} | " + " | ".join(cells) + " |" for what, cells in self.rows()), "",
        ]
        if any(column.key == "ours" for column in self.columns):
            lines += [f"- {'met' if met else 'NOT met'}: {text}" for text, met in self.goals()] + [""]
        return "\n".join(lines + [f"- {note}" for note in self.notes()])

    def conditions(self):
        return (
            f"{time.strftime('%Y-%m-%d %H:%M UTC', self.started)}; {cpu()}; {platform.system()} {platform.release()}; "
            f"{said('rustc', '--version')}; {said('go', 'version')}; Python {platform.python_version()}; aicoin commit "
            f"{commit()}; load average {self.load:.2f} at the start{' (busy: indicative only)' if self.load > 0.5 else ''}."
        )

    def data(self):
        return {
            "conditions": self.conditions(),
            "bots": self.bots,
            "goals": [{"goal": goal, "met": met} for goal, met in self.goals()],
            "contenders": [{"key": column.key, "name": column.title(), "trouble": column.trouble or None,
                            "figures": column.figures} for column in self.columns],
        }

    def write(self, folder):
        """Write the Markdown and the JSON file; answers their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        name = folder / time.strftime("operator-%Y%m%dT%H%M%SZ", self.started)
        text, data = name.with_suffix(".md"), name.with_suffix(".json")
        text.write_text(self.markdown() + "\n")
        data.write_text(json.dumps(self.data(), indent=1) + "\n")
        return text, data


def seconds(value):
    return MISSING if value is None else f"{value:.1f}"


def writes(value):
    """The number, and what is special about some of them."""
    if value is None:
        return MISSING
    special = [f"{value[key]:,} {key}" for key in ("refused", "leases") if value[key]]
    return f"{value['total']:,}" + (f" ({', '.join(special)})" if special else "")


def by(value):
    """Each kind of write with its number, the most frequent first."""
    kinds = sorted(value["by"].items(), key=lambda kind: -kind[1])
    return ", ".join(f"{number:,} {what}" for what, number in kinds) or "no write"


def latencies(value):
    if value is None:
        return MISSING
    text = " / ".join("–" if value[key] is None else f"{value[key]:.0f}" for key in ("p50_ms", "p99_ms", "max_ms"))
    return text + (f" ({value['missing']} missing)" if value["missing"] else "")


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
