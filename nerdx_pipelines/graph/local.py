"""A graph server of one's own: one process per state directory, shared by all who use it.

Starting, joining, ending it and telling whether it lives are here; which command it is, is its
engine's (`arcadedb.py`, `neo4j.py`), and talking Cypher to it is in `client.py`.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from neo4j import GraphDatabase
from neo4j.exceptions import AuthError, DriverError, Neo4jError

from nerdx_pipelines.errors import GraphError
from nerdx_pipelines.files import locked, writing
from nerdx_pipelines.graph.address import GraphAddress

# Ports are free when chosen, yet anyone may take one before Java listens.
_PORT_ATTEMPTS = 3


class Engine(Protocol):
    """What kind of server it is."""

    name: str  # in messages: 'embedded graph'
    user: str
    database: str
    port_taken: str  # what it says when another has its port

    def command(self, state_dir: Path, secret: Path, bolt_port: int, http_port: int) -> list[str]:
        """The command of a server with its data in `state_dir`, on loopback ports.

        `secret` is a file with the user's password. Raises GraphError if it cannot run here.
        """
        ...


@dataclass(frozen=True)
class GraphStatus:
    """A living server: its process id, since when it runs, and whether it answers."""

    pid: int
    started_at: datetime
    address: GraphAddress
    answers: bool


def start(engine: Engine, state_dir: Path, timeout: float = 60) -> GraphAddress:
    """Address of the running server of `state_dir`, started if none answers.

    The server outlives its starter and listens on loopback only. One that lives but gives
    no answer for half of `timeout` seconds is killed and replaced. Raises GraphError if the
    platform is unsupported or a new server late by `timeout`, DiskError if the directory is
    unwritable.
    """
    with _exclusive(state_dir, timeout):
        server = _Server(engine, state_dir)
        if server.lives():
            with suppress(_NotReadyError):
                return server.wait_ready(time.monotonic() + timeout / 2)
            server.kill()
        return server.launch(time.monotonic() + timeout)


def stop(engine: Engine, state_dir: Path, timeout: float = 60) -> bool:
    """End the server of `state_dir`; False if none ran. Committed data stay."""
    if not (state_dir / "server.json").exists():
        return False
    with _exclusive(state_dir, timeout):
        server = _Server(engine, state_dir)
        return server.lives() and server.end()


def status(engine: Engine, state_dir: Path) -> GraphStatus | None:
    """What runs for `state_dir`, or None; never starts or ends anything."""
    server = _Server(engine, state_dir)
    if not server.lives():
        return None
    try:
        run, pid, address = server.run(), server.pid(), server.address()
    except (OSError, ValueError):  # between two writes of a server just starting
        return None
    return GraphStatus(pid, datetime.fromisoformat(run["started_at"]), address, _answers(address))


class _NotReadyError(Exception):
    """The server gave no answer; the message says why."""


class _Server:
    """The files of one state directory, and the process they speak of.

    server.pid is locked by the server itself for as long as it lives: an unlocked file is
    a dead server's, whoever may have its process id by now.
    """

    def __init__(self, engine: Engine, state_dir: Path) -> None:
        self.engine = engine
        self.dir = state_dir.resolve()
        self.pid_file = self.dir / "server.pid"
        self.run_file = self.dir / "server.json"
        self.output = self.dir / "server.out"

    def lives(self) -> bool:
        try:
            with self.pid_file.open("rb") as file:
                return not _lock(file.fileno(), shared=True)
        except (FileNotFoundError, NotADirectoryError):
            return False

    def pid(self) -> int:
        return int(self.pid_file.read_text())

    def run(self) -> dict[str, Any]:
        run: dict[str, Any] = json.loads(self.run_file.read_text())
        return run

    def address(self) -> GraphAddress:
        return GraphAddress(
            f"bolt://127.0.0.1:{self.run()['bolt_port']}",
            self.engine.user,
            (self.dir / "secret").read_text(),
            self.engine.database,
        )

    def launch(self, deadline: float) -> GraphAddress:
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            self._spawn()
            try:
                return self.wait_ready(deadline)
            except _NotReadyError as reason:
                self.kill()
                tail = _tail(self.output)
                if self.engine.port_taken in tail and attempt < _PORT_ATTEMPTS:
                    continue
                raise GraphError(
                    f"The {self.engine.name} server in {self.dir} did not start: {reason}. Its "
                    f"last words are below; set NEO4J_URI to use another graph, or free memory and "
                    f"disk and try again.\n{tail}"
                ) from None
        raise AssertionError("unreachable")

    def _spawn(self) -> None:
        bolt_port, http_port = _free_ports(2)
        secret = self.dir / "secret"
        if not secret.exists():
            _write(secret, secrets.token_urlsafe(24))
        command = self.engine.command(self.dir, secret, bolt_port, http_port)
        run = {
            "bolt_port": bolt_port,
            "http_port": http_port,
            "started_at": datetime.now(UTC).isoformat(),
        }
        _write(self.run_file, json.dumps(run))
        with self.output.open("wb") as output, self.pid_file.open("a+b") as pid_file:
            while not _lock(pid_file.fileno()):  # someone is asking for the status
                time.sleep(0.01)
            # The shell writes its process id, which Java then takes over together with the
            # lock: no moment when a server lives and nobody could tell which process it is.
            subprocess.Popen(
                ["/bin/sh", "-c", 'echo $$ > server.pid && exec "$@"', "sh", *command],
                cwd=self.dir,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(pid_file.fileno(),),
                start_new_session=True,
            )

    def wait_ready(self, deadline: float) -> GraphAddress:
        try:
            address = self.address()
        except (OSError, ValueError) as error:
            raise _NotReadyError(f"its files are damaged ({error})") from None
        while True:
            if _answers(address):
                return address
            if not self.lives():
                raise _NotReadyError("it ended by itself")
            if time.monotonic() > deadline or self.engine.port_taken in _tail(self.output):
                raise _NotReadyError("it gave no answer in time")
            time.sleep(0.05)

    def end(self, patience: float = 20) -> bool:
        self._signal(signal.SIGTERM)
        if not self._gone_within(patience):
            self.kill()
        return True

    def kill(self) -> None:
        if self.lives():
            self._signal(signal.SIGKILL)
            if not self._gone_within(20):
                raise GraphError(
                    f"The graph server of {self.dir} cannot be ended: kill process "
                    f"{self.pid()} and try again."
                )

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError, ValueError, FileNotFoundError):
            os.kill(self.pid(), number)

    def _gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.lives():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


@contextmanager
def _exclusive(state_dir: Path, timeout: float) -> Iterator[None]:
    busy = GraphError(
        f"Another process has been starting or ending the graph server of {state_dir} "
        f"for {timeout:.0f} s; wait for it, or end it."
    )
    with writing(state_dir), locked(state_dir / "start.lock", timeout, busy):
        yield


def _answers(address: GraphAddress) -> bool:
    """True if the database is open; AuthError becomes a GraphError, for waiting will not help."""
    try:
        with (
            GraphDatabase.driver(
                address.uri,
                auth=(address.user, address.password),
                connection_timeout=3,
                connection_acquisition_timeout=5,
            ) as driver,
            driver.session(database=address.database) as session,
        ):
            session.run("RETURN 1").consume()
    except AuthError:
        raise GraphError(
            f"The graph at {address.uri} refuses its own password: its file `secret` was "
            "lost or changed. Restore it, or remove the graph directory; the next load rebuilds it."
        ) from None
    except (DriverError, Neo4jError, OSError):
        return False
    return True


def _lock(descriptor: int, *, shared: bool = False) -> bool:
    """Lock an open file for as long as any process has it open; False if another one did."""
    import fcntl  # not on Windows, where the engine's command() has already refused

    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _write(path: Path, text: str) -> None:
    """Create or replace a file whole, readable by its owner alone."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(text)
    fresh.replace(path)


def _tail(path: Path, size: int = 2000) -> str:
    with suppress(FileNotFoundError), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - size))
        return file.read().decode(errors="replace").strip()
    return ""
