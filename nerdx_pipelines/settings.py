"""Every setting, its default and where state lives on disk.

The one home of configuration: environment variables and `.env`, documented in
`.env.example`. Nothing here opens a connection, or a file but `.env`.
"""

from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from dotenv import load_dotenv
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from nerdx_pipelines.errors import ConfigError

PROJECT_ROOT = Path(__file__).resolve().parent.parent
ENV_FILES = (PROJECT_ROOT / ".env", Path(".env"))  # the later one wins


class Settings(BaseSettings):
    """Settings of one data set; read afresh by every process."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILES,
        env_file_encoding="utf-8",
        extra="ignore",
    )

    data_dir: Path = Field(PROJECT_ROOT / ".nerdx", validation_alias="NERDX_DATA_DIR")
    content_dir: Path | None = Field(None, validation_alias="NERDX_CONTENT_DIR")
    timezone: str = Field("UTC", validation_alias="NERDX_TIMEZONE")
    start_date: date = Field(date(2025, 1, 1), validation_alias="NERDX_START_DATE")
    end_date: date | None = Field(None, validation_alias="NERDX_END_DATE")
    warehouse_url: SecretStr | None = Field(None, validation_alias="NERDX_WAREHOUSE_URL")
    warehouse_data: str = Field("", validation_alias="NERDX_WAREHOUSE_DATA")
    executor: Literal["in_process", "multiprocess", "celery"] = Field(
        "in_process", validation_alias="NERDX_EXECUTOR"
    )
    memory_limit: str = Field(
        "2GB", pattern=r"^\d+(\.\d+)? ?[KMGT]i?B$", validation_alias="NERDX_MEMORY_LIMIT"
    )
    rows_at_once: int = Field(2_000_000, ge=1, validation_alias="NERDX_ROWS_AT_ONCE")
    window_days: int = Field(7, ge=1, le=365, validation_alias="NERDX_WINDOW_DAYS")
    half_life_days: float = Field(7, gt=0, validation_alias="NERDX_HALF_LIFE_DAYS")
    windows: Annotated[list[Annotated[int, Field(ge=1, le=365)]], NoDecode] = Field(
        [], validation_alias="NERDX_WINDOWS"
    )
    touch_policies: Annotated[list[Literal["all", "click_only", "click_first"]], NoDecode] = Field(
        [], validation_alias="NERDX_TOUCH_POLICIES"
    )
    collapse: Literal["consecutive", "none"] = Field(
        "consecutive", validation_alias="NERDX_COLLAPSE"
    )
    exploration_share: float = Field(0.05, ge=0, le=1, validation_alias="NERDX_EXPLORATION_SHARE")
    graph_scope: Literal["all", "featured"] = Field("all", validation_alias="NERDX_GRAPH_SCOPE")

    shop_url: str | None = Field(None, validation_alias="SHOPIFY_SHOP_URL")
    access_token: SecretStr | None = Field(None, validation_alias="SHOPIFY_ACCESS_TOKEN")
    client_id: str | None = Field(None, validation_alias="SHOPIFY_CLIENT_ID")
    client_secret: SecretStr | None = Field(None, validation_alias="SHOPIFY_CLIENT_SECRET")
    api_version: str = Field("2026-10", validation_alias="SHOPIFY_API_VERSION")
    webhook_secret: SecretStr | None = Field(None, validation_alias="SHOPIFY_WEBHOOK_SECRET")
    webhook_secret_old: SecretStr | None = Field(
        None, validation_alias="SHOPIFY_WEBHOOK_SECRET_OLD"
    )

    receiver_host: str = Field("127.0.0.1", validation_alias="NERDX_RECEIVER_HOST")
    receiver_port: int = Field(8089, ge=0, le=65535, validation_alias="NERDX_RECEIVER_PORT")
    receiver_token: SecretStr | None = Field(None, validation_alias="NERDX_RECEIVER_TOKEN")
    write_key: SecretStr | None = Field(None, validation_alias="NERDX_WRITE_KEY")
    event_origins: str = Field("", validation_alias="NERDX_EVENT_ORIGINS")
    max_body: int = Field(5 * 2**20, ge=1024, validation_alias="NERDX_MAX_BODY")
    event_names: dict[str, Literal["view", "click", ""]] = Field(
        {}, validation_alias="NERDX_EVENT_NAMES"
    )

    alert_url: SecretStr | None = Field(None, validation_alias="NERDX_ALERT_URL")
    alert_email: str = Field("", validation_alias="NERDX_ALERT_EMAIL")
    smtp_host: str = Field("", validation_alias="NERDX_SMTP_HOST")
    smtp_user: str = Field("", validation_alias="NERDX_SMTP_USER")
    smtp_password: SecretStr | None = Field(None, validation_alias="NERDX_SMTP_PASSWORD")
    keep_days: int = Field(30, ge=0, validation_alias="NERDX_KEEP_DAYS")

    orchestrator_url: str | None = Field(None, validation_alias="NERDX_ORCHESTRATOR_URL")
    orchestrator_secret: SecretStr | None = Field(
        None, validation_alias="NERDX_ORCHESTRATOR_SECRET"
    )
    bundle_addresses: bool = Field(False, validation_alias="NERDX_BUNDLE_ADDRESSES")

    push_recommendations: bool = Field(False, validation_alias="NERDX_PUSH_RECOMMENDATIONS")
    replace_merchant_lists: bool = Field(False, validation_alias="NERDX_REPLACE_MERCHANT_LISTS")

    neo4j_uri: str | None = Field(None, validation_alias="NEO4J_URI")
    neo4j_user: str = Field("neo4j", validation_alias="NEO4J_USER")
    neo4j_password: SecretStr | None = Field(None, validation_alias="NEO4J_PASSWORD")
    neo4j_database: str = Field("neo4j", validation_alias="NEO4J_DATABASE")

    @model_validator(mode="before")
    @classmethod
    def _empty_is_unset(cls, values: dict[str, Any]) -> dict[str, Any]:
        """So that an empty variable of the environment undoes what `.env` says."""
        return {name: value for name, value in values.items() if value != ""}

    @field_validator("windows", "touch_policies", mode="before")
    @classmethod
    def _split(cls, told: Any) -> Any:
        return [each.strip() for each in told.split(",")] if isinstance(told, str) else told

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"{name!r} is no time zone such as Europe/Berlin")
        return name

    @cached_property
    def root(self) -> Path:
        """Absolute data directory; relative values count from the working directory."""
        return self.data_dir.expanduser().resolve()

    @property
    def has_shop(self) -> bool:
        """Whether a shop is set, with credentials of either kind."""
        return bool(self.shop_url and (self.access_token or self.client_id or self.client_secret))

    @property
    def token_path(self) -> Path:
        """The shop's access token while it is good, encrypted; only with client credentials."""
        return self.root / "shopify-token"

    @property
    def warehouse_path(self) -> Path:
        """The one DuckDB file that runs write."""
        return self.root / "warehouse.duckdb"

    @property
    def kpi_path(self) -> Path:
        """The published DuckDB file that analysts open; replaced atomically."""
        return self.root / "kpi.duckdb"

    @property
    def published_dir(self) -> Path:
        """KPI tables as Parquet, one file a table."""
        return self.root / "published"

    @property
    def raw_dir(self) -> Path:
        """What the shop answered, as JSONL, one record a line."""
        return self.root / "raw"

    @property
    def receiver_dir(self) -> Path:
        """Segments that a receiver is still writing to."""
        return self.root / "receiver"

    @property
    def inbox_dir(self) -> Path:
        """Closed segments of webhooks and events, to be applied."""
        return self.root / "inbox"

    @property
    def archive_dir(self) -> Path:
        """Segments that the warehouse has applied."""
        return self.root / "archive"

    @property
    def requests_dir(self) -> Path:
        """What is held on persons who demanded to know it, one file a demand."""
        return self.root / "requests"

    @property
    def graph_dir(self) -> Path:
        """State of the embedded graph server."""
        return self.root / "graph"

    @property
    def neo4j_dir(self) -> Path:
        """State of a Neo4j of one's own (`nerdx neo4j`)."""
        return self.root / "neo4j"

    @property
    def report_path(self) -> Path:
        """The self-contained HTML report."""
        return self.root / "report.html"

    @property
    def bundle_path(self) -> Path:
        """The document for an orchestrator."""
        return self.root / "orchestrator_bundle.json"

    @property
    def demo_dir(self) -> Path:
        """Generated data and the demo store's own database."""
        return self.root / "demo"

    @property
    def dagster_home(self) -> Path:
        """Dagster's instance: runs, events, schedules."""
        return self.root / "dagster"


def load_settings() -> Settings:
    """Read the settings; raise ConfigError naming the variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigError(f"Unusable setting: {problems}. See .env.example.") from None


def export_env_files() -> None:
    """Put what only `.env` says into this process's environment.

    For Dagster's resources, which know secrets by the names of their variables.
    """
    for file in reversed(ENV_FILES):
        load_dotenv(file)
