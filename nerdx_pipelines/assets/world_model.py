"""The world model: which weights, half-lives and attribution model foretell this shop's customers.

How it is learned is in `loop/world_model/learning.py`; the evidence is the table.
"""

from typing import Any

import dagster as dg

from nerdx_pipelines.assets.loop import BEHAVIOUR
from nerdx_pipelines.assets.tables import ANALYSTS, materialized, table_spec
from nerdx_pipelines.loop.world_model.choice import Trial
from nerdx_pipelines.loop.world_model.learning import learn
from nerdx_pipelines.resources.rules import AttributionRules
from nerdx_pipelines.warehouse.database import Warehouse

_SPEC = table_spec(
    "world_model",
    "loop.world_model",
    "One row a parameter of the loop or of attribution and a value tried for it: how well it "
    "foretold the last 30 days, learned from all before them, and whether it is better than the "
    "default beyond chance. Tastes and recommendations use what is chosen; the attribution "
    "rules behind KPIs are shown, and change by settings alone.",
    group="learning",
    deps=[*BEHAVIOUR, "content_catalog", "content_products"],
    owners=ANALYSTS,
)


@dg.multi_asset(name="world_model", specs=[_SPEC])
def world_model(
    warehouse: dg.ResourceParam[Warehouse], rules: AttributionRules
) -> dg.MaterializeResult[Any]:
    """Learn from a snapshot, since it may take minutes; replace what was learned before."""
    with warehouse.read() as con:
        learned = learn(con, rules.variables())
    with warehouse.write() as con:
        con.register("learned", learned.table())
        con.execute("DELETE FROM loop.world_model")
        con.execute("INSERT INTO loop.world_model BY NAME FROM learned")
        chosen = {
            f"chosen/{one.parameter}": _figure(one) for one in learned.trials if one.is_chosen
        }
        return materialized(
            con,
            _SPEC,
            **chosen,
            evidence=dg.MetadataValue.md(_evidence(learned.trials)),
            notes=" ".join(learned.notes) or "Every parameter had data enough to be tried.",
        )


def _figure(trial: Trial) -> float | str:
    """A number where it is one, so that Dagster draws its trend."""
    try:
        return float(trial.candidate)
    except ValueError:
        return trial.candidate


def _evidence(trials: list[Trial]) -> str:
    """The trials as a table in Markdown."""
    head = "| parameter | value | score | difference to the default, 95 % | users | |"
    lines = [head, "|---|---|---|---|---|---|"]
    for one in trials:
        mark = "**" if one.is_chosen else ""
        difference = (
            f"{one.difference:+.4f} ({one.difference_low:+.4f} to {one.difference_high:+.4f})"
        )
        lines.append(
            f"| {one.parameter} | {mark}{one.candidate}{mark} | {one.score:.4f} "
            f"| {'' if one.is_default else difference} | {one.users:,} | {one.note} |"
        )
    measures = dict.fromkeys(f"{one.parameter}: {one.measure}." for one in trials)
    return "\n".join([*lines, "", *measures])
