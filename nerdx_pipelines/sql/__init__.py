"""The project's SQL, one statement or one table a file; read by name."""

from functools import cache
from importlib.resources import files


@cache
def sql(name: str) -> str:
    """Text of `sql/<name>.sql`, `name` with slashes for sub-folders."""
    return files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
