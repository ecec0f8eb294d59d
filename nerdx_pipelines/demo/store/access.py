"""What a token may see: its scopes, and whether it may see protected customer data.

Which fields need which scope is said here; how tokens are issued is in `oauth.py`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Access:
    """The rights of one token: its scopes, and whether personal data is shown to it."""

    scopes: frozenset[str]
    protected: bool = True
