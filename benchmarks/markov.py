"""Markov attribution of the same paths by us and by ChannelAttribution: time, and difference.

Ours is exact. Theirs is simulated: as it comes, and told to be as precise as it can soon be.
ChannelAttribution runs in a Python of its own (`strangers/requirements-attribution.txt`).
"""

import json
import random
import subprocess
import time
from typing import Any

import pandas as pd

from benchmarks.report import PROJECT, Table, spread
from benchmarks.strangers.venvs import binaries
from nerdx_pipelines.attribution import attribute

CASES = ((20_000, 12), (200_000, 12), (20_000, 50))  # journeys, channels
PRECISE = {"max_step": 1000, "nsim_start": 1e6, "conv_par": 0.005}
TIMEOUT_S = 900
ASK = PROJECT / "tests" / "oracles" / "ask_channelattribution.py"


def run(repeat: int) -> list[Table]:
    rows = []
    for journeys, channels in CASES:
        table = paths(journeys, channels)
        ours = [_ours(table) for _ in range(repeat)]
        seconds = [took for took, _ in ours]
        exact = ours[0][1]
        rough = [_theirs(table, {}) for _ in range(repeat)]
        fine = [_theirs(table, PRECISE)]
        for name, found in (("as it comes", rough), ("told to be precise", fine)):
            theirs = [took for took, _ in found]
            rows.append(
                (
                    f"{journeys:,} ({len(table):,} distinct paths), {channels} channels",
                    spread(seconds, "s"),
                    name,
                    spread(theirs, "s"),
                    f"{min(theirs) / min(seconds):,.1f}",
                    f"{max(_difference(exact, answer) for _, answer in found):.2%}",
                )
            )
    return [
        Table(
            "Markov of order 1, beside ChannelAttribution",
            "Ours is the time of `attribute` on a DataFrame, parsing included; theirs that of "
            "`markov_model` on one, its import left out. Difference: the largest of any "
            "channel's conversions, relative. Ours are exact to 1e-14 (`make test-oracles`), so "
            f"it is what theirs are off by. Precise: {PRECISE}.",
            ("journeys", "ours", "ChannelAttribution", "theirs", "times ours", "difference"),
            rows,
        )
    ]


def paths(journeys: int, channels: int) -> list[dict[str, Any]]:
    """Rows of a table of paths of one to eight touches, one journey in ten converting."""
    rng = random.Random(channels)
    counts: dict[str, list[int]] = {}
    for _ in range(journeys):
        touches = (f"channel {rng.randrange(channels)}" for _ in range(rng.randint(1, 8)))
        counts.setdefault(" > ".join(touches), [0, 0])[rng.random() > 0.1] += 1
    return [
        {"path": path, "conversions": converted, "null": not_}
        for path, (converted, not_) in counts.items()
    ]


def _ours(table: list[dict[str, Any]]) -> tuple[float, dict[str, float]]:
    frame = pd.DataFrame(table)
    start = time.perf_counter()
    credits = attribute(frame, ["markov"], 1)
    seconds = time.perf_counter() - start
    return seconds, {credit.channel: credit.conversions or 0.0 for credit in credits}


def _theirs(
    table: list[dict[str, Any]], options: dict[str, float]
) -> tuple[float, dict[str, float]]:
    python = binaries("attribution") / "python"
    done = subprocess.run(
        [python, ASK],
        input=json.dumps({"rows": table, "order": 1, "options": options}),
        env={"MPLBACKEND": "Agg", "HOME": str(python.parent)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=True,
    )
    answer = json.loads(done.stdout)
    return answer["seconds"], answer["conversions"]


def _difference(exact: dict[str, float], found: dict[str, float]) -> float:
    return max(abs(found[channel] / credit - 1) for channel, credit in exact.items())
