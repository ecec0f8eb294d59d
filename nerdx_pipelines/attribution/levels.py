"""Markov credit of a shop's contents, of their types and of their creators, order by order.

Where there are too many contents for states of their own, their type is the state. How journeys
are found is SQL (`sql/attribution/data_driven`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from nerdx_pipelines.attribution.markov import DENSE_STATES, MAX_ORDER, removal_effects
from nerdx_pipelines.attribution.paths import Codes, Floats, Paths
from nerdx_pipelines.attribution.rounding import deal
from nerdx_pipelines.attribution.rules import linear, share_out
from nerdx_pipelines.errors import ConfigError
from nerdx_pipelines.money import minor_digits

MOST_CONTENTS = 200  # with a state each
FEWEST_TOUCHES = 20  # of a content with a state of its own: fewer say nothing
OTHER = "other"


class Content(NamedTuple):
    """What the touches of a content may be counted as."""

    content_id: str
    content_type: str
    creator: str


@dataclass(frozen=True)
class Journeys:
    """Paths of contents by number, path after path; every path is of one currency, or of none.

    `conversions` are purchased lines, `units` their net revenue in minor units of `currencies`;
    `nulls` counts journeys without purchase, whose currency is None. They are of one in `sample`
    users; `totals` are then of all: a row a currency, with its purchased lines and their units.
    """

    codes: Codes
    lengths: Codes
    currencies: Sequence[str | None]
    conversions: Codes
    units: Codes
    nulls: Codes
    sample: int = 1
    totals: Sequence[tuple[str, int, int]] | None = None


class Row(NamedTuple):
    """One row of attribution.data_driven, but for what is the same in all of them."""

    level: str
    channel: str
    markov_order: int
    currency: str | None
    conversions: float | None
    value: Decimal | None
    removal_effect: float | None
    touches: int
    note: str | None


class _Level(NamedTuple):
    name: str
    paths: Paths
    notes: dict[str, str]  # of channels
    # Where channels are too many for states: what each is a part of, and how big a part.
    inside: "tuple[Paths, Codes, Floats] | None" = None


def data_driven(journeys: Journeys, contents: Sequence[Content]) -> list[Row]:
    """The rows of every level and order, in that order, and by channel and currency.

    What a guard forbids has a row without figures, whose note says why.
    """
    if not len(journeys.lengths):
        return []
    types = _paths(journeys, [content.content_type for content in contents])
    creators = _paths(journeys, [content.creator for content in contents])
    levels = (
        _content_level(journeys, contents, types),
        _Level("content_type", types, {}),
        _Level("creator", creators, {}),
    )
    return [
        row
        for level in levels
        for order in range(1, MAX_ORDER + 1)
        for row in _rows(journeys, level, order)
    ]


def _paths(journeys: Journeys, channel_of: Sequence[str]) -> Paths:
    """The journeys with their contents counted as the channels that are touched at all."""
    touched = np.unique(journeys.codes).tolist()
    channels = sorted({channel_of[number] for number in touched})
    place = {channel: i for i, channel in enumerate(channels)}
    renamed = np.zeros(len(channel_of), dtype=np.int64)
    renamed[touched] = [place[channel_of[number]] for number in touched]
    return Paths(
        channels=tuple(channels),
        codes=renamed[journeys.codes],
        lengths=journeys.lengths,
        conversions=journeys.conversions.astype(np.float64),
        value=None,
        null=journeys.nulls.astype(np.float64),
    )


def _content_level(journeys: Journeys, contents: Sequence[Content], types: Paths) -> _Level:
    ids = [content.content_id for content in contents]
    every = _paths(journeys, ids)
    rare = {
        channel
        for channel, touches in zip(every.channels, _touches(every), strict=True)
        if touches < FEWEST_TOUCHES
    }
    if len(every.channels) - len(rare) <= MOST_CONTENTS:
        some = _paths(journeys, [OTHER if channel in rare else channel for channel in ids])
        notes = {OTHER: f"The contents with fewer than {FEWEST_TOUCHES} touches, together."}
        return _Level("content", some, notes if rare else {})
    note = (
        f"{len(every.channels) - len(rare)} contents are too many for states of their own: credit "
        "of the content's type, divided among its contents by linear."
    )
    type_of = {
        content.content_id: types.channels.index(content.content_type) for content in contents
    }
    owners = np.array([type_of[channel] for channel in every.channels], dtype=np.int64)
    earned = share_out(every, linear(every), every.conversions)
    whole = np.bincount(owners, weights=earned, minlength=len(types.channels))[owners]
    parts = np.divide(earned, whole, out=np.zeros_like(earned), where=whole > 0)
    notes = dict.fromkeys(every.channels, note)
    return _Level("content", every, notes, inside=(types, owners, parts))


def _touches(paths: Paths) -> list[int]:
    journeys = np.repeat(paths.conversions + paths.null, paths.lengths)
    touches = np.bincount(paths.codes, weights=journeys, minlength=len(paths.channels))
    return [int(one) for one in touches]


def _rows(journeys: Journeys, level: _Level, order: int) -> Iterator[Row]:
    states = level.inside[0] if level.inside else level.paths
    failure = "No journey led to a purchase."
    effects: Floats | None = None
    try:
        effects = removal_effects(states, order, DENSE_STATES)
    except ConfigError as error:
        failure = str(error)
    touches = _touches(level.paths)
    if effects is None or not effects.sum():
        for channel, count in zip(level.paths.channels, touches, strict=True):
            yield Row(level.name, channel, order, None, None, None, None, count, failure)
        return
    weights = effects
    if level.inside:
        _, owners, parts = level.inside
        weights = effects[owners] * parts
    shares = weights / weights.sum()
    sampled = f"By the journeys of one in {journeys.sample} users." * (journeys.sample > 1)
    for currency, conversions, units in _totals(journeys):
        digits = minor_digits(currency)
        for channel, share, part, effect, count in zip(
            level.paths.channels,
            shares.tolist(),
            deal(units, weights.tolist()),
            [None] * len(shares) if level.inside else effects.tolist(),
            touches,
            strict=True,
        ):
            value = Decimal(part).scaleb(-digits)
            note = " ".join(filter(None, (level.notes.get(channel), sampled))) or None
            credit = conversions * share
            yield Row(level.name, channel, order, currency, credit, value, effect, count, note)


def _totals(journeys: Journeys) -> list[tuple[str, int, int]]:
    """Conversions and minor units of each currency."""
    if journeys.totals is not None:
        return list(journeys.totals)
    totals: dict[str, tuple[int, int]] = {}
    for currency, conversions, units in zip(
        journeys.currencies, journeys.conversions.tolist(), journeys.units.tolist(), strict=True
    ):
        if currency is not None:
            lines, sum_of = totals.get(currency, (0, 0))
            totals[currency] = (lines + conversions, sum_of + units)
    return [(currency, *totals[currency]) for currency in sorted(totals)]
