"""Which processes belong to a data dir, told by their environment; Linux only, as are the tests."""

import time
from pathlib import Path


def living(data_dir: Path) -> list[str]:
    """The command lines of the living processes that were started for `data_dir`."""
    return list(by_id(data_dir).values())


def by_id(data_dir: Path) -> dict[int, str]:
    """The same, each with its process id."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                environment = (folder / "environ").read_bytes().split(b"\0")
                command = (folder / "cmdline").read_bytes()
            except OSError:  # ended meanwhile
                continue
            if f"NERDX_DATA_DIR={data_dir}".encode() in environment:
                found[int(folder.name)] = command.replace(b"\0", b" ").decode()
    return found


def left(data_dir: Path, patience: float = 20) -> list[str]:
    """Those that are still there when all had the time to end, but for the graph server."""
    deadline = time.monotonic() + patience
    while found := [command for command in living(data_dir) if "arcadedb" not in command]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return found
