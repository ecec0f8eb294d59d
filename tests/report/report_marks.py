"""What the marks of a chart say, and rows of the warehouse to hold it against."""

import re
from decimal import Decimal


def rows(warehouse, sql):
    with warehouse.read() as con:
        return con.execute(sql).fetchall()


def amount(words):
    """The money at the end of a mark's words: `…: 1,234.50 EUR`."""
    return Decimal(re.search(r"(-?[\d,.]+)\s+EUR$", words).group(1).replace(",", ""))


def said(mark):
    """A mark's words as a dictionary."""
    label = mark["label"].replace("\u00a0", " ")
    return dict(re.findall(r"([A-Z0-9][^:]*): (.*?)(?:, (?=[A-Z0-9][^:,]*: )|$)", label))


def told(browser, chart, kind):
    """The marks of a kind that have words."""
    return [mark for mark in browser.marks(chart, kind) if mark["label"]]
