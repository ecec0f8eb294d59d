"""Vega, Vega-Lite and Vega-Embed as one script, out of the vl-convert package; no network.

Bundling takes vl-convert a second, so the script is kept beside the report.
"""

from importlib.metadata import version
from pathlib import Path

from nerdx_pipelines.files import replacing


def library(folder: Path | None = None) -> str:
    """The script, which defines `vegaEmbed`; read from `folder` if a former report left it."""
    if folder is None:
        return _bundled()
    path = folder / f".charts-{version('vl-convert-python')}.js"
    if not path.exists():
        bundle = _bundled()
        with replacing(path) as fresh:
            fresh.write_text(bundle, encoding="utf-8")
    return path.read_text(encoding="utf-8")


def _bundled() -> str:
    import vl_convert  # loading it takes a while, too

    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return bundle
