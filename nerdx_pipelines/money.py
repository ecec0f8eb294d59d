"""Minor units of currencies: how many decimals an amount of money may have (ISO 4217).

In Python and, from the same table, as DuckDB expressions; `sql/macros.sql` states it again for
the warehouse, and a test that the two agree. No rates.
"""

NO_DECIMALS = (
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND",
    "VUV", "XAF", "XOF", "XPF",
)  # fmt: skip
THREE_DECIMALS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")


def minor_digits(currency: str) -> int:
    """Decimals of the currency's minor unit: 0 for JPY, 3 for KWD, 2 for most and the unknown."""
    return 0 if currency in NO_DECIMALS else 3 if currency in THREE_DECIMALS else 2


def minor_digits_sql(currency: str) -> str:
    """The DuckDB expression of `minor_digits`; `currency` is an SQL expression."""
    return (
        f"CASE WHEN {currency} IN {NO_DECIMALS} THEN 0"
        f" WHEN {currency} IN {THREE_DECIMALS} THEN 3 ELSE 2 END"
    )


def rounded_sql(amount: str, currency: str) -> str:
    """The DuckDB expression of the DECIMAL `amount` in whole minor units of the currency."""
    # DuckDB rounds a DECIMAL to a constant number of digits only.
    return (
        f"CASE {minor_digits_sql(currency)} WHEN 0 THEN round({amount}, 0)"
        f" WHEN 3 THEN round({amount}, 3) ELSE round({amount}, 2) END"
    )
