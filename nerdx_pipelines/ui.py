"""The Dagster UI and daemon as one child, of which nothing is left when the command ends."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import click
from dagster import DagsterInstance

from nerdx_pipelines.operations.orphans import end_orphans
from nerdx_pipelines.ports import free_port
from nerdx_pipelines.settings import PROJECT_ROOT

PATIENCE = 20  # seconds for Dagster to end its own children


def serve_ui(port: int) -> None:
    """Serve until Ctrl-C or SIGTERM; takes the next free port if `port` is busy."""
    with DagsterInstance.get() as instance:
        end_orphans(instance)
    chosen = free_port(port)
    # Started in the background of a script, we would inherit that interrupts are ignored, pass
    # it on, and Dagster could not stop its children, which it does by interrupting them.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    dagster = [str(Path(sys.executable).with_name("dagster")), "dev"]
    workspace = ["-w", str(PROJECT_ROOT / "workspace.yaml")]
    child = subprocess.Popen(
        [*dagster, *workspace, "-h", "127.0.0.1", "-p", str(chosen)],
        start_new_session=True,  # so that all of it can be signalled, and Ctrl-C comes from us
    )
    click.echo(f"Dagster: http://127.0.0.1:{chosen}   (Ctrl-C ends it)")
    try:
        child.wait()
    except KeyboardInterrupt:
        click.echo("Ending ...")
    finally:
        _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.kill(child.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            child.wait(PATIENCE)
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
