"""Attribution of plain journeys: which channel earned what part of the conversions.

Pure mathematics on tables of paths, for anybody. The ledger of a shop's order lines, with times,
windows and cents, is SQL (`sql/attribution`); Dagster and databases are not met here.
"""

from nerdx_pipelines.attribution.models import DEFAULT_MODELS, MODELS, Credit, attribute
from nerdx_pipelines.attribution.paths import Paths

__all__ = ["DEFAULT_MODELS", "MODELS", "Credit", "Paths", "attribute"]
