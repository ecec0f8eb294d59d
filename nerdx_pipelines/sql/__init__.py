"""The project's SQL, one statement or one table a file; read by name.

Statements take values as parameters or variables; a file's path can only be a literal.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path


def sql(name: str) -> str:
    """Text of `sql/<name>.sql`, `name` with slashes for sub-folders."""
    return text(f"{name}.sql")


@cache
def text(path: str) -> str:
    """Text of the file `path` of this folder."""
    return files(__name__).joinpath(path).read_text(encoding="utf-8")


def literal(text: str | Path) -> str:
    """`text` as an SQL string; NUL, which DuckDB takes for the statement's end, is left out."""
    return "'" + str(text).replace("'", "''").replace("\0", "") + "'"
