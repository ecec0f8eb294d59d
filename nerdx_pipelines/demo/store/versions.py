"""Which API versions exist, and which one answers a request for a dead one.

A fixed calendar, so that the store behaves on any day as Shopify did in late 2026.
"""

import re

SUPPORTED = ("2026-01", "2026-04", "2026-07", "2026-10", "2027-01", "unstable")
OLDEST = SUPPORTED[0]
_FIRST = "2019-04"


def served(requested: str | None) -> str | None:
    """The version that answers; retired ones fall forward, unknown ones give None."""
    if requested is None:
        return OLDEST
    if requested in SUPPORTED:
        return requested
    released = re.fullmatch(r"20\d\d-(01|04|07|10)", requested)
    return OLDEST if released and _FIRST <= requested < OLDEST else None
