"""What was learned of how a shop's customers behave, as `loop.world_model` keeps it.

How it is learned is in `learning.py`; what follows from it, in `sql/loop`.
"""

from dataclasses import fields, replace
from typing import Any

import duckdb

from nerdx_pipelines.attribution.rules import RULES
from nerdx_pipelines.errors import ConfigError
from nerdx_pipelines.loop.weights import Weights

# Shown beside the weights: the rules of attribution, which nothing changes but a setting.
SHOWN = ("attribution_touches", "attribution_window_days", "attribution_half_life_days")
# Those whose credits are kept by line; `markov` has none, and can be measured but not be used.
USABLE_MODELS = (*RULES, "time_decay")
_LARGEST = 10**6
_CURE = "Materialize the asset world_model, which writes the table anew, or delete its rows."


def learned(con: duckdb.DuckDBPyConnection) -> Weights:
    """The chosen values of the warehouse that `con` reads; the defaults where none are.

    Raises ConfigError if the table holds what no learning writes.
    """
    chosen: dict[str, Any] = {}
    kinds = {field.name: field.type for field in fields(Weights)}
    rows = con.execute(
        "SELECT parameter, candidate FROM loop.world_model WHERE is_chosen ORDER BY ALL"
    ).fetchall()
    for parameter, candidate in rows:
        if parameter in SHOWN:
            continue
        if parameter not in kinds:
            raise ConfigError(f"loop.world_model has an unknown parameter {parameter!r}. {_CURE}")
        if parameter in chosen:
            raise ConfigError(f"loop.world_model has two chosen values of {parameter}. {_CURE}")
        chosen[parameter] = _read(parameter, candidate, kinds[parameter])
    return replace(Weights(), **chosen)


def _read(parameter: str, candidate: str | None, kind: object) -> object:
    """`candidate` as a model (`kind` str), a whole number (int) or one above 0 (float)."""
    if kind is str:
        if candidate in USABLE_MODELS:
            return candidate
        wanted = "one of " + ", ".join(USABLE_MODELS)
    else:
        number, least = (int, 0) if kind is int else (float, 1e-3)
        wanted = f"a {'whole number' if kind is int else 'number above 0'}, {_LARGEST:,} at most"
        try:
            value = number(candidate or "")
        except ValueError:
            pass
        else:
            if least <= value <= _LARGEST:
                return value
    raise ConfigError(
        f"loop.world_model has {candidate!r} for {parameter}, which is {wanted}. {_CURE}"
    )
