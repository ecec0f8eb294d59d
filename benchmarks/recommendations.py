"""How good the recommendations are on The Complete Journey, beside the obvious baselines.

Weights and half-lives were chosen on months before the one that is held out here.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg

from benchmarks.journey import TIMEZONE, load_journey
from benchmarks.report import Table, spread
from nerdx_pipelines.assets import evaluation
from nerdx_pipelines.resources.warehouse import WarehouseResource
from nerdx_pipelines.warehouse.database import Warehouse

METRICS = ("recall", "ndcg", "hit_rate", "coverage")
GATES = {"all": "decayed_frequency", "novel": "ease"}
LIMIT_S = 180


def run(repeat: int) -> list[Table]:
    """The asset and its check `repeat` times; what it stored, and what it took."""
    with TemporaryDirectory() as place:
        warehouse = load_journey(Path(place) / "warehouse.duckdb")
        seconds, passed = zip(*(_evaluate(warehouse) for _ in range(repeat)), strict=True)
        with warehouse.read() as con:
            found = con.sql(
                "SELECT items, recommender, metric, value, low, high, users,"
                " lead, lead_low, lead_high FROM loop.evaluation"
            ).fetchall()
            ((split_at, days),) = con.sql(
                "SELECT DISTINCT split_at, held_out_days FROM loop.evaluation"
            ).fetchall()
    figures = {row[:3]: row[3:] for row in found}
    return [
        Table(
            "Recommendations on The Complete Journey",
            "2,469 households; lists of 10 products, made of what was known on "
            f"{split_at:%Y-%m-%d}, against what they bought in the {days} days after; *novel*: "
            "what a household had never bought. `nerdx`: the store's own lists (all items: the "
            "repeat list, filled up where it is short). In brackets the 95 % interval by "
            "households. Weights were chosen on October and November.",
            ("items", "recommender", "households", "recall@10", "nDCG@10", "hit rate", "coverage"),
            [
                (
                    items,
                    recommender,
                    f"{figures[items, recommender, 'recall'][3]:,}",
                    *(_cell(*figures[items, recommender, metric][:3]) for metric in METRICS),
                )
                for items, recommender in dict.fromkeys(row[:2] for row in found)
            ],
        ),
        Table(
            "Ahead of the baselines",
            "Difference of the same households' figures, paired: above 0 where the interval is. "
            f"The check `recommendations_beat_baselines` "
            f"{'passed' if all(passed) else 'did not pass'}. The whole run (lists, figures, "
            f"1,000 resamples, storing, check) took {spread(seconds, 's')}; the limit was "
            f"{LIMIT_S} s.",
            ("items", "baseline", "metric", "lead", "of the baseline"),
            [
                (items, baseline, metric, _cell(*lead), f"{lead[0] / value:+.1%}")
                for items, baseline in GATES.items()
                for metric in METRICS[:3]
                for value, _, _, _, *lead in [figures[items, baseline, metric]]
            ],
        ),
    ]


def _evaluate(warehouse: Warehouse) -> tuple[float, bool]:
    resource = WarehouseResource(path=str(warehouse.path), timezone=TIMEZONE)
    start = time.perf_counter()
    result = dg.materialize(
        [evaluation.recommendation_evaluation, evaluation.recommendations_beat_baselines],
        resources={"warehouse": resource},
    )
    seconds = time.perf_counter() - start
    (check,) = result.get_asset_check_evaluations()
    return seconds, check.passed


def _cell(value: float, low: float | None, high: float | None) -> str:
    return f"{value:.4f}" + (f" ({low:.4f}-{high:.4f})" if low is not None else "")
