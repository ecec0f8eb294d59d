"""Which Admin API versions the connector is made for, and what to say about the others.

Nothing is asked of a shop here.
"""

import re

from nerdx_pipelines.errors import ConfigError

SUPPORTED = ("2026-01", "2026-04", "2026-07", "2026-10")
DEFAULT = SUPPORTED[-1]
_FORM = re.compile(r"20\d\d-(01|04|07|10)|unstable")


def check_version(version: str) -> str:
    """`version` as it is; raises ConfigError if Shopify never names one so."""
    if _FORM.fullmatch(version):
        return version
    raise ConfigError(
        f"SHOPIFY_API_VERSION is {version!r}: give a version such as {DEFAULT} "
        "(the year, then 01, 04, 07 or 10), or leave it out."
    )


def version_warning(asked: str, served: str | None) -> str | None:
    """What a person should know of the version that was asked for, and the one that answered.

    None if there is nothing to say. `served` is None before the first answer, and for shops that
    do not say which version answered.
    """
    if served not in (None, asked):
        return (
            f"asked for API {asked}, answered by {served}: Shopify serves {asked} no more (or not "
            f"yet), so fields may differ from what is expected; set SHOPIFY_API_VERSION to a "
            f"version that is still served, such as {DEFAULT}"
        )
    if asked not in SUPPORTED:
        return (
            f"API {asked} is not one of those the queries are checked against "
            f"({', '.join(SUPPORTED)}); set SHOPIFY_API_VERSION={DEFAULT}"
        )
    return None
