"""NERDX pipelines: which content sold which product, to the cent.

This package holds the Dagster project (`definitions.py`), the code behind its
assets, the demo store and the `nerdx` command. Start at `definitions.py`.
"""

__version__ = "0.1.0"
