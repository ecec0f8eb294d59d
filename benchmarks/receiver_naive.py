"""The receiver with the obvious landing: a file a webhook, synced, renamed, its folder synced.

A process of its own, `python -m benchmarks.receiver_naive`, for `receiver.py` to compare with.
"""

import os
from itertools import count

from starlette.concurrency import run_in_threadpool

from nerdx_pipelines.receiver.budget import Budget
from nerdx_pipelines.receiver.landing import Landing
from nerdx_pipelines.receiver.segments import SegmentWriter
from nerdx_pipelines.receiver.server import serve
from nerdx_pipelines.settings import Settings, load_settings


class FilePerRecord(Landing):
    """Lands each record in a file of its own, as many at a time as there are threads."""

    def __init__(self, settings: Settings) -> None:
        writer = SegmentWriter(settings.receiver_dir, settings.inbox_dir, "webhooks")
        super().__init__(writer, Budget(2**40))
        self._open, self._inbox = settings.receiver_dir, settings.inbox_dir
        self._numbers = count()

    async def land(self, lines: bytes) -> None:
        await run_in_threadpool(self._write, lines, next(self._numbers))

    def _write(self, lines: bytes, number: int) -> None:
        path = self._open / f"webhooks-{number}.jsonl"
        with path.open("wb") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        path.rename(self._inbox / path.name)
        folder = os.open(self._inbox, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def main() -> None:
    settings = load_settings()
    serve(
        settings,
        port=0,
        ready=lambda url: print(f"NERDX_RECEIVER_URL={url}", flush=True),
        landing=FilePerRecord(settings),
    )


if __name__ == "__main__":
    main()
