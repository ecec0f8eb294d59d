"""Whether what we recommend is better than the obvious: measured on days that it did not know.

How is in `loop/evaluation/`; here it is stored, shown as a trend, and held against
the baselines.
"""

from datetime import UTC, datetime
from typing import Any

import dagster as dg
import duckdb
import pandas as pd
import pyarrow as pa

from nerdx_pipelines.assets.loop import ORDERED
from nerdx_pipelines.assets.tables import ANALYSTS, materialized, table_spec
from nerdx_pipelines.loop.evaluation.lists import MOST_DAYS, find_split, make_case
from nerdx_pipelines.loop.evaluation.rows import Figure, figures
from nerdx_pipelines.loop.weights import Weights
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import Warehouse, run

TOLERANCE = 0.03  # of the lead of the evaluation before, as a multiple of the baseline
_TOO_YOUNG = (
    "Nothing is evaluated: that takes four weeks of purchases of known customers, some of whom "
    "buy in the last of them and bought before."
)
_SPEC = table_spec(
    "recommendation_evaluation",
    "loop.evaluation",
    f"One row an evaluation, recommender, kind of items and metric: how well lists of 10, made of "
    f"what was known before the last {MOST_DAYS} days (a quarter of a younger shop's), name what "
    "their users then bought; `novel` is what a user bought for the first time. Later refunds and "
    "cancellations are not known to the lists; products, their status and stock are those of "
    "today. The weights are the defaults: those learned were chosen by these very days. Intervals "
    "are 95 %, by users. Earlier evaluations stay.",
    group="learning",
    deps=[*ORDERED, "shopify_product_variants"],
    owners=ANALYSTS,
)


@dg.multi_asset(name="recommendation_evaluation", specs=[_SPEC])
def recommendation_evaluation(
    warehouse: dg.ResourceParam[Warehouse],
) -> dg.MaterializeResult[Any]:
    """Make everybody's lists as of then, judge them, and add the figures to those of before."""
    with warehouse.read() as con:
        split = find_split(con)
        case = make_case(con, split, Weights()) if split else None
    found = figures(case) if case else []
    if case is None or not found:
        with warehouse.write() as con:
            return materialized(con, _SPEC, note=_TOO_YOUNG)
    rows = pa.Table.from_pylist([figure._asdict() for figure in found])
    with warehouse.write() as con:
        _store(con, rows, case.split._asdict())
        return materialized(
            con,
            _SPEC,
            held_out_days=case.split.held_out_days,
            split_at=dg.MetadataValue.timestamp(case.split.split_at),
            figures=dg.MetadataValue.md(_markdown(found)),
            **_note(case.split.held_out_days),
            **{f"{each.recommender} {each.items} {each.metric}": each.value for each in found},
        )


@dg.asset_check(
    asset=recommendation_evaluation,
    description="Recall and nDCG are not surely below those of decayed personal frequency (all "
    "items) and of plain EASE (novel items), nor is the lead over them surely more than "
    f"{TOLERANCE:.0%} smaller than at the evaluation before. Surely: the whole 95 % interval of "
    "the difference, by the same users.",
)
def recommendations_beat_baselines(warehouse: dg.ResourceParam[Warehouse]) -> dg.AssetCheckResult:
    """Hold the newest evaluation against its baselines and against the one before."""
    with warehouse.inspect() as con:
        gates = con.sql(sql("loop/evaluation/multiples")).df()
    below = gates["lead_high"] < 0
    fallen = gates["multiple_high"] < (1 - TOLERANCE) * gates["multiple_before"]
    gates = gates.assign(below=below, fallen=fallen)
    return dg.AssetCheckResult(
        passed=not bool(below.any() or fallen.any()),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "below_baseline": int(below.sum()),
            "fallen_since_last": int(fallen.sum()),
            "gates": dg.MetadataValue.md(gates.to_markdown(index=False, floatfmt=".4f")),
        },
    )


def _store(con: duckdb.DuckDBPyConnection, rows: pa.Table, split: dict[str, Any]) -> None:
    con.register("found", rows)
    run(
        con,
        "loop/evaluation/stored",
        held_out_days=split["held_out_days"],
        split_at=split["split_at"],
        evaluated_at=datetime.now(UTC),
    )


def _note(days: int) -> dict[str, str]:
    return {} if days == MOST_DAYS else {"note": f"A young shop: {days} days are held out."}


def _markdown(found: list[Figure]) -> str:
    """Recommenders by items and metric, each figure with its interval."""
    table = pd.DataFrame(
        [
            {
                "items": each.items,
                "recommender": each.recommender,
                "metric": each.metric,
                "figure": f"{each.value:.4f}"
                + (f" ({each.low:.4f} to {each.high:.4f})" if each.low is not None else ""),
            }
            for each in found
        ]
    )
    wide = table.pivot_table(
        index=["items", "recommender"],
        columns="metric",
        values="figure",
        aggfunc="first",
        sort=False,
    )
    return str(wide.reset_index().to_markdown(index=False))
