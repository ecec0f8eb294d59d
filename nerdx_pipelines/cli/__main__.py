"""`python -m nerdx_pipelines.cli` is the `nerdx` command, whose words reach a pipe at once."""

import os

from nerdx_pipelines.cli import main

os.environ.setdefault("PYTHONUNBUFFERED", "1")
main()
