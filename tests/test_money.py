"""A currency has the same minor unit in Python, in the data folder's rules and in the warehouse."""

from decimal import Decimal

import duckdb
import pytest

from nerdx_pipelines.money import (
    NO_DECIMALS,
    THREE_DECIMALS,
    minor_digits,
    minor_digits_sql,
    rounded_sql,
)
from nerdx_pipelines.sql import sql

LETTERS = [chr(code) for code in range(ord("A"), ord("Z") + 1)]
CURRENCIES = [*NO_DECIMALS, *THREE_DECIMALS, "USD", "EUR", "CNY", "MRU", "XXX"]


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as con:
        con.execute(sql("macros"))
        yield con


@pytest.mark.parametrize("digits", ["minor_digits(currency)", minor_digits_sql("currency")])
def test_every_statement_of_the_minor_unit_agrees(con, digits):
    found = con.execute(
        f"SELECT currency, {digits} FROM unnest($1) AS t (currency)", [CURRENCIES]
    ).fetchall()
    assert dict(found) == {currency: minor_digits(currency) for currency in CURRENCIES}


def test_the_warehouse_knows_no_other_exceptions(con):
    codes = [a + b + c for a in LETTERS for b in LETTERS for c in LETTERS]
    found = con.execute(
        "SELECT currency FROM unnest($1) AS t (currency) WHERE minor_digits(currency) <> 2", [codes]
    ).fetchall()
    assert {currency for (currency,) in found} == {*NO_DECIMALS, *THREE_DECIMALS}


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("12.34", "USD", "12.34"),
        ("12.345", "USD", "12.35"),
        ("12.5", "JPY", "13"),
        ("1.2345", "KWD", "1.235"),
        ("-12.345", "EUR", "-12.35"),
    ],
)
def test_an_amount_in_whole_minor_units(con, amount, currency, rounded):
    expression = rounded_sql(f"{amount}::DECIMAL(18, 4)", f"'{currency}'")
    assert con.execute(f"SELECT {expression}").fetchall() == [(Decimal(rounded),)]


@pytest.mark.parametrize(
    ("amount", "currency"), [("12.34", "USD"), ("12", "JPY"), ("1.234", "KWD")]
)
def test_to_minor_units_and_back(con, amount, currency):
    units, back = con.execute(
        "SELECT to_minor($1::DECIMAL(18, 4), $2) AS units, from_minor(units, $2)::VARCHAR",
        [amount, currency],
    ).fetchall()[0]
    assert units == int(amount.replace(".", ""))
    assert Decimal(back) == Decimal(amount)
