"""The command line of the embedded graph engine, ArcadeDB with its own Java.

Every server option and its reason stands here; running the process is in `local.py`.
"""

import importlib.util
import os
import sys
from pathlib import Path

from nerdx_pipelines.errors import GraphError

_INSTEAD = "Set NEO4J_URI to a Neo4j server instead."

# What its own Python wrapper passes to the same Java runtime.
_JVM = [
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:+UseCompactObjectHeaders",
    "--add-modules=jdk.incubator.vector",
    "--enable-native-access=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED",
    "--add-opens=java.base/java.nio.channels.spi=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "-Dfile.encoding=UTF8",
    "-Djava.awt.headless=true",
    "-Dpolyglot.engine.WarnInterpreterOnly=false",
]


class ArcadeDB:
    """The engine of the embedded graph."""

    name = "embedded graph"
    user = "root"
    database = "neo4j"
    port_taken = "Unable to listen for"

    def command(self, state_dir: Path, secret: Path, bolt_port: int, http_port: int) -> list[str]:
        """The server's command. GraphError if this platform or installation has no engine."""
        package = _package()
        java = package / "jre" / "bin" / "java"
        if sys.platform == "win32" or not os.access(java, os.X_OK):
            raise GraphError(f"The embedded graph does not run on {sys.platform}. {_INSTEAD}")
        options = {
            "server.rootPath": state_dir,
            "server.rootPasswordPath": secret,  # a file, so that `ps` does not show it
            "server.mode": "development",  # production hides error messages from clients
            "txWalFlush": 1,  # which development would leave off: commits survive a kill
            "server.defaultDatabases": f"{self.database}[{self.user}]",
            "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "bolt.host": "127.0.0.1",  # the default is every interface
            "bolt.port": bolt_port,
            "server.httpIncomingHost": "127.0.0.1",
            "server.httpIncomingPort": http_port,
            "studio.enabled": "false",
            "opencypher.loadCsv.allowFileUrls": "false",
        }
        return [
            str(java),
            *_JVM,
            *(f"-Darcadedb.{key}={value}" for key, value in options.items()),
            "-cp",
            str(package / "jars" / "*"),
            "com.arcadedb.server.ArcadeDBServer",
        ]


def _package() -> Path:
    spec = importlib.util.find_spec("arcadedb_embedded")
    if spec is None or spec.origin is None:
        raise GraphError(
            f"The package arcadedb-embedded is not installed: `pip install arcadedb-embedded`. "
            f"{_INSTEAD}"
        )
    return Path(spec.origin).parent
