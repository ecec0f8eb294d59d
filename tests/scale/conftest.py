"""A Postgres and a Redis of our own: an ordinary user's, on loopback, gone with the tests."""

import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
LACKING = [
    *(["PostgreSQL (apt install postgresql)"] if not POSTGRES else []),
    *(["Redis (apt install redis-server)"] if not shutil.which("redis-server") else []),
    *(
        f"the Python package {name} (extra cluster)"
        for name in ("duckdb_extensions", "psycopg2", "dagster_celery", "redis")
        if importlib.util.find_spec(name) is None
    ),
]


def pytest_collection_modifyitems(items):
    for item in items:
        # A look at compose.yaml needs none of it.
        if item.path.parent == Path(__file__).parent and item.path.name != "test_compose.py":
            item.add_marker(pytest.mark.scale)
            if LACKING:
                item.add_marker(pytest.mark.skip(reason=f"Not installed: {', '.join(LACKING)}"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def postgres():
    """The address of a server with an empty database `lake` and another, `dagster`."""
    # Not below pytest's own folder, which is root's alone; Postgres refuses to run as root.
    folder = Path(tempfile.mkdtemp(prefix="nerdx-postgres-"))
    password = secrets.token_urlsafe(12)
    (folder / "password").write_text(password)
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        for each in (folder, folder / "password"):
            os.chown(each, pwd.getpwnam(user).pw_uid, -1)
    bin_, data, port = POSTGRES[-1].parent, folder / "data", free_port()

    def call(name, *words):
        subprocess.run(
            [bin_ / name, *map(str, words)],
            user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL,
            env={**os.environ, "PGPASSWORD": password},
        )  # fmt: skip

    call("initdb", "-D", data, "-U", "nerdx", "-A", "scram-sha-256", "--no-sync",
         f"--pwfile={folder / 'password'}")  # fmt: skip
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    call("pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
    for database in ("lake", "dagster"):
        call("createdb", "-h", "127.0.0.1", "-p", port, "-U", "nerdx", database)
    yield f"nerdx:{password}@127.0.0.1:{port}"
    call("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def redis(tmp_path_factory):
    """The address of a server that keeps nothing on disk."""
    port = free_port()
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        cwd=tmp_path_factory.mktemp("redis"),
        stdout=subprocess.DEVNULL,
    )
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}"
    server.terminate()
    server.wait()
