"""Where files other than the warehouse go, as a Dagster resource."""

from pathlib import Path

import dagster as dg


class PathsResource(dg.ConfigurableResource["PathsResource"]):
    """Absolute paths of one data set."""

    raw: str  # folder of what was pulled, as it came
    inbox: str  # folder of segments to apply
    archive: str  # folder of segments applied
    requests: str  # folder of what is held on persons who demanded to know it
    kpi: str  # the published DuckDB file
    published: str  # folder of the published Parquet files
    report: str  # the HTML report

    @property
    def raw_dir(self) -> Path:
        """`raw` as a Path."""
        return Path(self.raw)

    @property
    def inbox_dir(self) -> Path:
        """`inbox` as a Path."""
        return Path(self.inbox)

    @property
    def archive_dir(self) -> Path:
        """`archive` as a Path."""
        return Path(self.archive)

    @property
    def requests_dir(self) -> Path:
        """`requests` as a Path."""
        return Path(self.requests)

    @property
    def kpi_path(self) -> Path:
        """`kpi` as a Path."""
        return Path(self.kpi)

    @property
    def published_dir(self) -> Path:
        """`published` as a Path."""
        return Path(self.published)

    @property
    def report_path(self) -> Path:
        """`report` as a Path."""
        return Path(self.report)
