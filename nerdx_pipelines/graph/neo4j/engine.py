"""The command of a Neo4j Community server, whose parts Maven resolves once a machine.

A development tool: Neo4j is licensed under the GPL and is no part of the project, which in
production is given the address of a Neo4j that others run. Running it is in `graph/local.py`.
"""

import os
import shutil
import subprocess
from importlib.resources import as_file, files
from pathlib import Path

from nerdx_pipelines.errors import GraphError
from nerdx_pipelines.files import locked, replacing

VERSION = "5.26.30"  # of the long-term release
JAVA = (17, 21)  # that it runs on
PATIENCE = 600  # seconds for Maven, which fetches some 120 MB
_PARTS = files(__package__)


class Neo4j:
    """The engine of `nerdx neo4j`."""

    name = "Neo4j"
    user = "neo4j"
    database = "neo4j"
    port_taken = "Address already in use"

    def command(self, state_dir: Path, secret: Path, bolt_port: int, http_port: int) -> list[str]:
        """The server's command. GraphError without Java 17 or 21, or Maven if it is needed."""
        return [
            _java(),
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "-cp",
            f"{libraries() / '*'}",
            str(_launcher(state_dir)),
            *map(str, (state_dir, bolt_port, secret)),
        ]


def missing() -> str | None:
    """What this machine lacks to run it; None if nothing."""
    try:
        _java()
    except GraphError as error:
        return str(error)
    if not _cache().exists() and shutil.which("mvn") is None:
        return "Neo4j is resolved by Maven: install `mvn`."
    return None


def libraries() -> Path:
    """The folder of Neo4j's jars, fetched if this machine has none. Raises GraphError."""
    folder = _cache()
    busy = GraphError(f"Another process has been fetching Neo4j for {PATIENCE} s; end it.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.with_suffix(".lock"), PATIENCE, busy):
        if not folder.exists():
            with replacing(folder) as fresh:
                _fetch(fresh)
    return folder


def _cache() -> Path:
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "nerdx" / f"neo4j-{VERSION}"


def _fetch(folder: Path) -> None:
    mvn = shutil.which("mvn")
    if mvn is None:
        raise GraphError("Neo4j is resolved by Maven: install `mvn`, or set NEO4J_URI to a server.")
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder}"]
    with as_file(_PARTS / "pom.xml") as pom:
        result = subprocess.run(
            [mvn, "-q", "-B", "-f", str(pom), f"-Dneo4j.version={VERSION}", *goal],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    if result.returncode or not folder.exists():
        raise GraphError(f"Maven could not resolve Neo4j {VERSION}:\n{result.stdout[-2000:]}")


def _launcher(state_dir: Path) -> Path:
    """The Java source that starts it, which Java compiles as it goes."""
    state_dir.mkdir(parents=True, exist_ok=True)
    path = state_dir / "Server.java"
    path.write_text((_PARTS / "Server.java").read_text(encoding="utf-8"), encoding="utf-8")
    return path


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None or shutil.which("javac") is None:
        raise GraphError("Neo4j needs a JDK of Java 17 or 21: install one, or set NEO4J_URI.")
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = told.partition('version "')[2].partition(".")[0].partition('"')[0]
    if version not in map(str, JAVA):
        raise GraphError(f"Neo4j needs Java 17 or 21; {java} is Java {version or 'of no version'}.")
    return java
