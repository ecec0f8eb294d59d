import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nerdx_pipelines.errors import DiskError, GraphError
from nerdx_pipelines.graph import embedded
from nerdx_pipelines.graph.client import Graph

START = """
import sys
from pathlib import Path
from nerdx_pipelines.graph import embedded
print(embedded.start(Path(sys.argv[1])).uri)
"""


@pytest.fixture
def own_dir(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "graph"
    yield path
    embedded.stop(path)


def pid(state_dir: Path) -> int:
    found = embedded.status(state_dir)
    assert found is not None
    return found.pid


def test_life_of_a_server(own_dir: Path) -> None:
    assert embedded.status(own_dir) is None
    assert not embedded.stop(own_dir)

    # Two processes want it at once, and are gone when it is used.
    starters = [
        subprocess.Popen([sys.executable, "-c", START, own_dir], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    uris = {starter.communicate()[0].strip() for starter in starters}
    address = embedded.start(own_dir)
    assert uris == {address.uri}
    server = embedded.status(own_dir)
    assert server is not None
    assert server.answers
    assert server.address == address

    arguments = Path(f"/proc/{server.pid}/cmdline")
    if arguments.exists():
        assert address.password not in arguments.read_text()
    assert stat.S_IMODE((own_dir / "secret").stat().st_mode) == 0o600

    with Graph(address) as graph:
        graph.write("CREATE (:Kept {id: '1'})", [{}])
    assert embedded.stop(own_dir)
    assert embedded.status(own_dir) is None
    assert not embedded.stop(own_dir)

    # A run file that names a process which is another's by now: it must survive.
    (own_dir / "server.pid").write_text(str(os.getpid()))
    again = embedded.start(own_dir)
    assert again.password == address.password
    with Graph(again) as graph:
        assert graph.read("MATCH (k:Kept) RETURN k.id AS id") == [{"id": "1"}]


def test_server_that_hangs_is_replaced(own_dir: Path) -> None:
    embedded.start(own_dir)
    hanging = pid(own_dir)
    os.kill(hanging, signal.SIGSTOP)
    embedded.start(own_dir, timeout=10)
    assert pid(own_dir) != hanging


def test_server_killed_while_starting_is_no_obstacle(own_dir: Path) -> None:
    starter = subprocess.Popen([sys.executable, "-c", START, own_dir], stdout=subprocess.DEVNULL)
    while not (own_dir / "server.pid").exists():
        assert starter.poll() is None
    starter.kill()
    starter.wait()
    with Graph(embedded.start(own_dir)) as graph:
        assert graph.engine == "ArcadeDB"


def test_no_answer_in_time_leaves_no_server_behind(own_dir: Path) -> None:
    with pytest.raises(GraphError, match="no answer in time"):
        embedded.start(own_dir, timeout=0.1)
    assert embedded.status(own_dir) is None


def test_broken_data_is_shown_in_the_servers_words(own_dir: Path) -> None:
    (own_dir / "databases").mkdir(parents=True)
    (own_dir / "databases" / "neo4j").write_text("not a directory")
    with pytest.raises(GraphError, match="did not start") as caught:
        embedded.start(own_dir, timeout=15)
    assert "neo4j" in str(caught.value)
    assert embedded.status(own_dir) is None


def test_lost_secret_is_explained(own_dir: Path) -> None:
    embedded.start(own_dir)
    embedded.stop(own_dir)
    (own_dir / "secret").unlink()
    with pytest.raises(GraphError, match="secret"):
        embedded.start(own_dir)


def test_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DiskError, match="NERDX_DATA_DIR"):
        embedded.start(tmp_path / "file" / "graph")


def test_without_the_engine(own_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(GraphError, match="arcadedb-embedded"):
        embedded.start(own_dir)
