"""`attribute`: the credit that each model gives each channel of a table of paths.

The models' mathematics is in `rules.py` and `markov.py`; files are read in `csvfile.py`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from nerdx_pipelines.attribution.markov import removal_effects
from nerdx_pipelines.attribution.paths import SEPARATOR, Floats, Paths, read_table
from nerdx_pipelines.attribution.rules import RULES, share_out
from nerdx_pipelines.errors import ConfigError

MARKOV = "markov"
MODELS = (*RULES, MARKOV)
DEFAULT_MODELS = tuple(model for model in MODELS if model != "any_touch")  # what adds up


class Credit(NamedTuple):
    """What one model gives one channel; None where it cannot say, or nothing was told.

    `conversions` in the unit of the table's conversions, `value` in that of its value.
    """

    channel: str
    model: str
    conversions: float | None
    value: float | None
    removal_effect: float | None  # of Markov alone


def attribute(
    paths: Any,
    models: Sequence[str] = DEFAULT_MODELS,
    order: int = 1,
    separator: str = SEPARATOR,
) -> list[Credit]:
    """The credit of every channel by every model, in the order of `models` and by channel.

    `paths` is a pandas DataFrame, or a list of mappings, with the columns `path` (channels
    joined by `separator`, or a list of them; one that comes twice running is two touches),
    `conversions`, and, optionally, `value` and `null`: how many journeys took the path and
    converted, what those brought, how many took it and did not. Equal paths are summed.
    Markov needs journeys of the last kind to tell channels apart by more than how often
    converting paths have them; `order` is its own, 1 to 3.

    Raises FolderError for a table that cannot be read, ConfigError for models that cannot be had.
    """
    chosen = check_models(models)
    table = paths if isinstance(paths, Paths) else read_table(paths, separator)
    return [credit for model in chosen for credit in _credits(table, model, order)]


def check_models(models: Sequence[str]) -> tuple[str, ...]:
    """The models without repetition. Raises ConfigError for one that paths alone cannot have."""
    for model in models:
        if model == "time_decay":
            raise ConfigError(
                "time_decay weighs touches by their age, and a table of paths has no times: leave "
                "it out. The ledger of a shop has it (table attribution.credits)."
            )
        if model not in MODELS:
            raise ConfigError(f"There is no model {model!r}; there are {', '.join(MODELS)}.")
    if not models:
        raise ConfigError(f"No model is named; there are {', '.join(MODELS)}.")
    return tuple(dict.fromkeys(models))


def _credits(paths: Paths, model: str, order: int) -> list[Credit]:
    effects: Floats | None = None
    if model == MARKOV:
        effects = removal_effects(paths, order)
        # Value by the effects on conversions: small amounts make effects of their own noisy.
        conversions = _by_effects(effects, paths.conversions)
        value = None if paths.value is None else _by_effects(effects, paths.value)
    else:
        weights = RULES[model](paths)
        conversions = share_out(paths, weights, paths.conversions)
        value = None if paths.value is None else share_out(paths, weights, paths.value)
    columns = (_listed(paths, column) for column in (conversions, value, effects))
    return [
        Credit(channel, model, *figures)
        for channel, *figures in zip(paths.channels, *columns, strict=True)
    ]


def _by_effects(effects: Floats | None, amounts: Floats) -> Floats | None:
    if effects is None or not effects.sum():
        return None
    parts: Floats = float(amounts.sum()) * effects / effects.sum()
    return parts


def _listed(paths: Paths, figures: Floats | None) -> list[float] | list[None]:
    return [None] * len(paths.channels) if figures is None else figures.tolist()
