"""What was learned of how a shop's customers behave, as `loop.world_model` keeps it.

How it is learned is in `world_model_learning.py`; what follows from it, in `sql/loop`.
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
    defaults = Weights()
    known = {field.name for field in fields(Weights)}
    rows = con.execute(
        "SELECT parameter, candidate FROM loop.world_model WHERE is_chosen ORDER BY ALL"
    ).fetchall()
    for parameter, candidate in rows:
        if parameter in SHOWN:
            continue
        if parameter not in known:
            raise ConfigError(f"loop.world_model has an unknown parameter {parameter!r}. {_CURE}")
        if parameter in chosen:
            raise ConfigError(f"loop.world_model has two chosen values of {parameter}. {_CURE}")
        chosen[parameter] = _read(parameter, candidate, getattr(defaults, parameter))
    return replace(defaults, **chosen)


def _read(parameter: str, candidate: str | None, default: object) -> object:
    """`candidate` as what `default` is: a model, a weight or a number above 0."""
    if isinstance(default, str):
        if candidate in USABLE_MODELS:
            return candidate
        wanted = "one of " + ", ".join(USABLE_MODELS)
    else:
        is_weight = isinstance(default, int)
        wanted = f"a {'whole number' if is_weight else 'number'} of {_LARGEST:,} at most" + (
            "" if is_weight else ", above 0"
        )
        try:
            value = (int if is_weight else float)(candidate or "")
        except ValueError:
            pass
        else:
            if (0 if is_weight else 1e-3) <= value <= _LARGEST:
                return value
    raise ConfigError(
        f"loop.world_model has {candidate!r} for {parameter}, which is {wanted}. {_CURE}"
    )
