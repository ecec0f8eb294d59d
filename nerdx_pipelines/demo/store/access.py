"""What a token may see: its scopes, and whether it may see protected customer data.

Which fields need which scope is said here; how tokens are issued is in `oauth.py`.
"""

from dataclasses import dataclass

SCOPES = frozenset(
    {
        "read_all_orders",
        "read_customers",
        "read_inventory",
        "read_locations",
        "read_orders",
        "read_products",
        "write_customers",
        "write_inventory",
        "write_orders",
        "write_products",
    }
)


@dataclass(frozen=True)
class Access:
    """The rights of one token: its scopes, and whether personal data is shown to it."""

    scopes: frozenset[str]
    protected: bool = True


ALL = Access(SCOPES)
