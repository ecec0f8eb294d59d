"""When what was last pulled successfully, so that the next pull knows where to begin."""

from datetime import datetime

from nerdx_pipelines.sql import literal
from nerdx_pipelines.warehouse.database import Warehouse


def last_pull(warehouse: Warehouse, resource: str) -> datetime | None:
    """When the newest pull of `resource` began; None if there was none."""
    return _instant(warehouse, "max", f"resource = {literal(resource)}")


def first_pull(warehouse: Warehouse, resource: str | None = None) -> datetime | None:
    """When the oldest pull of `resource`, or of anything, began; None if there was none."""
    return _instant(warehouse, "min", f"resource = {literal(resource)}" if resource else "true")


def _instant(warehouse: Warehouse, which: str, condition: str) -> datetime | None:
    with warehouse.write() as con:  # makes the tables on a first run
        statement = f"SELECT {which}(pulled_at) FROM staging.pulls WHERE {condition}"  # noqa: S608
        ((found,),) = con.execute(statement).fetchall()
    instant: datetime | None = found
    return instant
