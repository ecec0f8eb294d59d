"""Arrow columns of a data folder from numpy arrays: ids, money in cents, instants, text.

Types only; what the values mean is decided where they are drawn.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LARGEST_ID = 2**63 - 1


def new_ids(rng: np.random.Generator, n: int, start: int, largest: int = 3) -> Ints:
    """`n` growing ids from `start` with gaps, the last few at the end of the 64-bit range."""
    ids = start + np.cumsum(rng.integers(1, 32_768, n))
    largest = min(largest, n // 10)
    ids[n - largest :] = LARGEST_ID - np.arange(largest)[::-1] * 7
    return ids


def integers(values: Ints, empty: Bools | None = None) -> pa.Array:
    """BIGINT column, NULL where `empty`."""
    return pa.array(values, mask=empty)


def instants(microseconds: Ints, empty: Bools | None = None) -> pa.Array:
    """UTC timestamps of microseconds since 1970, NULL where `empty`."""
    return pa.array(microseconds, type=pa.timestamp("us", tz="UTC"), mask=empty)


def money(cents: Ints, empty: Bools | None = None) -> pa.Array:
    """DECIMAL(18, 2) of whole cents, NULL where `empty`."""
    return decimals(cents, 2, empty)


def decimals(scaled: Ints, scale: int, empty: Bools | None = None) -> pa.Array:
    """DECIMAL(18, scale) of integers in units of 10**-scale; no binary fraction in between."""
    words = np.empty((len(scaled), 2), dtype=np.int64)  # 128 bits, the low word first
    words[:, 0], words[:, 1] = scaled, scaled >> 63
    column = pa.Array.from_buffers(
        pa.decimal128(18, scale), len(scaled), [None, pa.py_buffer(words.tobytes())]
    )
    return column if empty is None else pa.compute.if_else(pa.array(~empty), column, None)


def text(values: Sequence[str] | NDArray[np.str_], empty: Bools | None = None) -> pa.Array:
    """VARCHAR column, NULL where `empty`."""
    return pa.array(np.asarray(values, dtype=object), type=pa.string(), mask=empty)


def flags(values: Bools) -> pa.Array:
    """BOOLEAN column."""
    return pa.array(values)
