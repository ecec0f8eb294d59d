"""Who is handed the bundle, as a Dagster resource."""

from pathlib import Path

import dagster as dg
from pydantic import SecretStr

from nerdx_pipelines.loop.handover import hand_over


class OrchestratorResource(dg.ConfigurableResource["OrchestratorResource"]):
    """An address that takes bundles; empty: nobody, the file is all there is."""

    path: str  # of the file
    url: str = ""
    secret: str = ""
    with_addresses: bool = False  # whether persons have their e-mail address in it

    @property
    def file(self) -> Path:
        """`path` as a Path."""
        return Path(self.path)

    def send(self, body: bytes, bundle_id: str) -> str:
        """POST the bundle; what became of it. Raises HandOverError."""
        if not self.url:
            return "not sent: NERDX_ORCHESTRATOR_URL is not set"
        return f"HTTP {hand_over(self.url, body, bundle_id, SecretStr(self.secret))}"
