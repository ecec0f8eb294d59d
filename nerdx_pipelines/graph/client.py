"""Talking Cypher to a graph, embedded or Neo4j, over the official driver.

Batches, retries and errors that say what to do are here; what is written, in `projection.py`.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import stamina
from neo4j import Driver, GraphDatabase, ManagedTransaction
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConstraintError,
    DatabaseError,
    DriverError,
    TransientError,
)

from nerdx_pipelines.errors import GraphError
from nerdx_pipelines.graph.address import GraphAddress
from nerdx_pipelines.graph.schema import constraints
from nerdx_pipelines.graph.server import NEEDED, Server, server_named

Row = dict[str, Any]

BATCH = 5000  # rows a transaction; larger ones are no faster and need more heap
# Of labels that nobody has made yet, mostly. Servers before 5.7 cannot be asked to say nothing.
logging.getLogger("neo4j.notifications").setLevel(logging.ERROR)
_SCHEMES = {"bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc"}


class Graph:
    """An open connection to the graph at `address`; a context manager that closes it.

    Raises GraphError within seconds if nothing answers there, or not to this user.
    Times are written as ISO 8601 text in UTC and read as `neo4j.time.DateTime`.
    """

    def __init__(self, address: GraphAddress) -> None:
        self.address = address
        self._server: Server | None = None
        if address.uri.partition("://")[0] not in _SCHEMES:
            raise self.error("the URI must start with bolt:// or neo4j://")
        if "@" in address.uri:
            raise self.error("user and password do not belong into the URI")
        with self._explained():
            self._driver: Driver = GraphDatabase.driver(
                address.uri,
                auth=(address.user, address.password),
                connection_timeout=5,
                connection_acquisition_timeout=10,
                max_transaction_retry_time=5,
                initial_retry_delay=0.2,
            )
        try:
            with self._explained():
                self._server = self._meet()
        except BaseException:
            self.close()
            raise

    def _meet(self) -> Server:
        # Not read(): its retries would turn a wrong port into a long wait.
        with self._driver.session(database=self.address.database) as session:
            agent = session.run("RETURN 1").consume().server.agent
        server = server_named(agent)
        if server is None or not server.supported:
            raise self.error(f"it is {agent}; {NEEDED}")
        return server

    @property
    def server(self) -> Server:
        """What answers: engine and version."""
        assert self._server is not None  # noqa: S101 (or there would be no Graph)
        return self._server

    @property
    def engine(self) -> str:
        """'Neo4j' or 'ArcadeDB'."""
        return self.server.engine

    def read(self, query: str, **parameters: Any) -> list[Row]:
        """Every record of a reading statement, as dictionaries."""

        def work(tx: ManagedTransaction) -> list[Row]:
            return tx.run(query, parameters).data()

        with self._explained(), self._driver.session(database=self.address.database) as session:
            return session.execute_read(work)

    def stream(self, query: str) -> Iterator[Row]:
        """The records of a reading statement, as they come: there may be millions."""
        with self._explained(), self._driver.session(database=self.address.database) as session:
            for record in session.run(query):
                yield record.data()

    def look(self, statement: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Columns and rows of any statement; whatever it writes is undone.

        Raises GraphError for one that the engine refuses, in the engine's words.
        """
        with (
            self._explained(),
            self._driver.session(database=self.address.database) as session,
            session.begin_transaction() as tx,  # not READ: ArcadeDB would let it write
        ):
            try:
                result = tx.run(statement)
                return list(result.keys()), [tuple(row) for row in result.values()]
            except ClientError as error:
                raise GraphError(str(error.message)) from None
            finally:
                tx.rollback()

    def write(self, statement: str, rows: Sequence[Row]) -> None:
        """Run an idempotent statement over `$rows`, a transaction per BATCH of them.

        Retried while other writers are in the way. On GraphError the batches before the
        failing one are in the graph, the rest are not.
        """

        def work(tx: ManagedTransaction) -> None:
            tx.run(statement, rows=batch).consume()

        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            with self._explained(), self._driver.session(database=self.address.database) as session:
                # Two writers merge one new key: ArcadeDB fails the second, who finds it next time.
                for attempt in stamina.retry_context(
                    ConstraintError, attempts=10, timeout=30, wait_initial=0.02, wait_max=1
                ):
                    with attempt:
                        session.execute_write(work)

    def write_once(self, statement: str, rows: Sequence[Row]) -> None:
        """Run a statement that must not run twice over `$rows`, in one transaction.

        After an error nobody knows whether it was committed.
        """
        with (
            self._explained(),
            self._driver.session(database=self.address.database) as session,
            session.begin_transaction() as tx,
        ):
            tx.run(statement, rows=rows).consume()
            tx.commit()

    def change(self, statement: str, **parameters: Any) -> list[Row]:
        """Every record of an idempotent writing statement, in one transaction."""

        def work(tx: ManagedTransaction) -> list[Row]:
            return tx.run(statement, parameters).data()

        with self._explained(), self._driver.session(database=self.address.database) as session:
            return session.execute_write(work)

    def ensure_schema(self) -> None:
        """Create the constraints that are missing; must precede the first data.

        Raises GraphError, and writes nothing, if nodes of others are in their way.
        """
        there = {row["name"] for row in self.read("SHOW CONSTRAINTS YIELD name RETURN name")}
        missing = [constraint for constraint in constraints() if constraint.name not in there]
        for constraint in missing:
            if nodes := self.read(constraint.obstacles):
                raise self.error(constraint.broken_by(nodes))
        for constraint in missing:
            self.write(constraint.statement, [{}])

    def close(self) -> None:
        """End the connection; the server goes on."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what the graph or the network is to blame for into a GraphError."""
        try:
            yield
        except AuthError as error:
            raise self.error("user or password is wrong") from error
        except ConstraintError as error:
            raise self.error(f"other writers keep interfering ({error.message})") from error
        except ClientError as error:
            if error.code is None or "DatabaseNotFound" not in error.code:
                raise
            raise self.error("there is no such database") from error
        except (DriverError, TransientError, DatabaseError, OSError, ValueError) as error:
            raise self.error(" ".join(str(error).split()), lost=self._server is not None) from error

    def error(self, reason: str, *, lost: bool = False) -> GraphError:
        """An error that names this graph, the reason, and what to do (`GraphAddress.error`)."""
        return self.address.error(reason, lost=lost)
