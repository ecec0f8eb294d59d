"""What comes of somebody whose personal data were erased: addresses in events, visits, rejects.

Whose data go is told in `sql/staging/webhooks/redactions.sql`; what is in files is the part of
`redaction.py`. Each function works in its caller's transaction.
"""

import duckdb

from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import run
from nerdx_pipelines.warehouse.touches import project, stitch, tell_days


def erased_so_far(con: duckdb.DuckDBPyConnection) -> tuple[int, ...]:
    """Addresses and demands; another figure than before: there is something to forget."""
    ((addresses, demands),) = con.execute(
        "SELECT (SELECT count(*) FROM staging.erased_addresses),"
        " (SELECT count(*) FROM staging.redactions)"
    ).fetchall()
    return addresses, demands


def forget_addresses(con: duckdb.DuckDBPyConnection, window_days: int) -> None:
    """Have the events and touches in staging name erased addresses no longer.

    What they touched stays that of the customer, whose id is all that is left.
    """
    if not any(erased_so_far(con)):
        return
    con.execute(
        "CREATE OR REPLACE TEMP VIEW told_events AS"
        " FROM staging.events WHERE email_digest IS NOT NULL"
    )
    run(con, "staging/events/cleansed")
    run(con, "staging/events/erased")
    tell_days(con, "identity", window_days)
    project(con, window_days)
    stitch(con, window_days)
    run(con, "staging/events/erased_names")


def remember_earlier(con: duckdb.DuckDBPyConnection) -> None:
    """Have archived deliveries of `told_events` lose what these lose; before they are stored."""
    if any(erased_so_far(con)):
        run(con, "staging/events/erased_before")


def names_in_files(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Messages and anonymous ids that archived events may still say something personal of."""
    return frozenset(
        name
        for (name,) in con.execute(
            "SELECT name FROM staging.erased_names WHERE NOT is_out_of_files"
        ).fetchall()
    )


def out_of_files(con: duckdb.DuckDBPyConnection, names: frozenset[str]) -> None:
    """Remember that no file says anything personal of `names`."""
    con.execute(
        "UPDATE staging.erased_names SET is_out_of_files = TRUE WHERE name IN (SELECT unnest(?))",
        [sorted(names)],
    )


def erased_messages(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Messages of `told_events` whose files have to lose what is personal."""
    if not any(erased_so_far(con)):
        return frozenset()
    return frozenset(
        name for (name,) in con.execute(sql("staging/events/erased_messages")).fetchall()
    )
