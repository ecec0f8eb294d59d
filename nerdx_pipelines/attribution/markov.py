"""Removal effects of an absorbing Markov chain of order k, exact, without simulation.

Method: Anderl, Becker, von Wangenheim, Schumann (IJRM 33(3) 2016), channels redirected to "no
conversion". Its algebra is here; how credit follows from the effects, in `models.py`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nerdx_pipelines.attribution.paths import Codes, Floats, Paths
from nerdx_pipelines.errors import ConfigError

MAX_ORDER = 3
DENSE_STATES = 2000  # beyond: a sparse factorization, and order 2 at most
MAX_STATES = 20_000  # beyond: hours
_BLOCK = 256  # columns solved for at once by the sparse factorization
START = 0  # the state before the first touch


@dataclass(frozen=True)
class Chain:
    """Transitions between the states, by weight; state 0 is the start.

    Every other state is a tuple of the last touches, at most k of them; `last` is its newest
    channel. A journey goes from `origins` to `targets`, or ends by `converting`.
    """

    last: Codes  # -1 for the start
    origins: Codes
    targets: Codes
    probabilities: Floats
    converting: Floats  # one figure a state: the probability that the next step is a conversion


def removal_effects(paths: Paths, order: int = 1, max_states: int = MAX_STATES) -> Floats | None:
    """1 - P(conversion without the channel) / P(conversion), one figure in [0, 1] a channel.

    Without: whoever would reach the channel does not convert. None if nothing converts.
    Raises ConfigError if the paths have more than `max_states` states, or 2,000 for order 3.
    """
    if not 1 <= order <= MAX_ORDER:
        raise ConfigError(f"The order of a Markov chain is 1 to {MAX_ORDER}, not {order}.")
    if not paths.conversions.any():
        return None
    chain = _chain(paths, order)
    count = len(chain.last)
    limit = min(max_states, DENSE_STATES) if order == MAX_ORDER else max_states
    if count > limit:
        advice = "a lower order, or fewer" if order > 1 else "fewer"
        raise ConfigError(
            f"A Markov chain of order {order} on these paths has {count:,} states, more than "
            f"{limit:,}: take {advice} channels (content types for contents, or the rare ones "
            "together)."
        )
    effects = (_dense if count <= DENSE_STATES else _sparse)(chain, len(paths.channels))
    return np.clip(effects, 0, 1)


def _chain(paths: Paths, order: int) -> Chain:
    weights = np.repeat(paths.conversions + paths.null, paths.lengths)
    starts = np.repeat(paths.starts, paths.lengths)
    here = np.arange(len(paths.codes))
    names = np.zeros(len(paths.codes), dtype=np.int64)  # of states, as numbers
    for back in range(order - 1, -1, -1):
        known = here - back >= starts
        touched = np.where(known, paths.codes[np.maximum(here - back, 0)] + 1, 0)
        names = _dense_ranks(names) * (len(paths.channels) + 1) + touched
    used = weights > 0  # a path that nobody took makes no state
    names, codes, weights = names[used], paths.codes[used], weights[used]
    _, first, states = np.unique(names, return_index=True, return_inverse=True)
    states = states + 1  # 0 is the start
    is_first = (here == starts)[used]
    previous = np.where(is_first, START, np.roll(states, 1))
    count = len(first) + 1
    pairs, where = np.unique(previous * count + states, return_inverse=True)
    steps = np.bincount(where, weights=weights)
    ends = (paths.ends - 1)[paths.conversions + paths.null > 0]
    at_end = states[np.searchsorted(here[used], ends)]
    converted = paths.conversions[paths.conversions + paths.null > 0]
    conversions = np.bincount(at_end, weights=converted, minlength=count)
    out_of = np.bincount(previous, weights=weights, minlength=count)
    ended = (paths.conversions + paths.null)[paths.conversions + paths.null > 0]
    out_of += np.bincount(at_end, weights=ended, minlength=count)
    origins, targets = pairs // count, pairs % count
    return Chain(
        last=np.concatenate(([-1], codes[first])),
        origins=origins,
        targets=targets,
        probabilities=steps / out_of[origins],
        converting=conversions / out_of,
    )


def _dense_ranks(names: Codes) -> Codes:
    """The same names as small numbers, so that longer ones do not overflow."""
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def _dense(chain: Chain, channels: int) -> Floats:
    count = len(chain.last)
    walk = np.eye(count)
    walk[chain.origins, chain.targets] -= chain.probabilities
    visits = np.linalg.inv(walk).astype(float)  # the fundamental matrix (I - Q)^-1
    reach = visits @ chain.converting
    return np.array(
        [
            _effect(visits[START, own], visits[np.ix_(own, own)], reach[own]) / reach[START]
            for own in _states_of(chain, channels)
        ]
    )


def _sparse(chain: Chain, channels: int) -> Floats:
    # Here, since it takes a third of a second and few need it.
    from scipy.sparse import csc_array, eye_array
    from scipy.sparse.linalg import splu

    count = len(chain.last)
    steps = csc_array((chain.probabilities, (chain.origins, chain.targets)), shape=(count, count))
    walk = (eye_array(count, format="csc") - steps).tocsc()
    # An M-matrix needs no pivoting; keeping it symmetric keeps it three to nine times sparser.
    factors = splu(
        walk,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    reach = factors.solve(chain.converting)
    effects = np.zeros(channels)
    for channel, own in enumerate(_states_of(chain, channels)):
        among = np.empty((len(own), len(own)))
        from_start = np.empty(len(own))
        for begin in range(0, len(own), _BLOCK):
            block = own[begin : begin + _BLOCK]
            units = np.zeros((count, len(block)))
            units[block, np.arange(len(block))] = 1
            visits = factors.solve(units)
            among[:, begin : begin + len(block)] = visits[own]
            from_start[begin : begin + len(block)] = visits[START]
        effects[channel] = _effect(from_start, among, reach[own]) / reach[START]
    return effects


def _states_of(chain: Chain, channels: int) -> list[NDArray[np.intp]]:
    """The states whose newest touch is each channel.

    Whoever meets a channel does so first in one of these: that older touches of a state may
    also be of it adds nothing.
    """
    by_channel = np.argsort(chain.last, kind="stable")
    bounds = np.searchsorted(chain.last[by_channel], np.arange(channels + 1))
    return [by_channel[bounds[i] : bounds[i + 1]] for i in range(channels)]


def _effect(from_start: Floats, among: Floats, reach: Floats) -> float:
    """P(conversion by way of these states): where they are first met, times what follows."""
    if not len(reach):
        return 0.0
    return float(np.linalg.solve(among.T, from_start) @ reach)
