"""Every KPI in plain Python from the rows of staging, by ATTRIBUTION.md §2."""

from tests.kpi.by_day import ByDay
from tests.kpi.customers import Customers
from tests.kpi.goods import Goods
from tests.kpi.groups import Groups


class Recomputed(Groups, Customers, Goods, ByDay):
    """All figures of one shop: a method a table, rows by key."""
