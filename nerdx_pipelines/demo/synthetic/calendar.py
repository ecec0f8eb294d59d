"""When things happen: the shop's local days as UTC instants, and how busy each hour is.

Instants are whole microseconds since 1970 (UTC) in int64 arrays. Nothing here knows what it is
that happens.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from nerdx_pipelines.demo.synthetic.columns import Floats, Ints

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
NEVER = 2**63 - 1  # the end of what goes on
HOURS = np.array(
    [14, 8, 5, 3, 3, 5, 12, 24, 38, 48, 55, 60, 64, 60, 54, 52, 54, 60, 70, 88, 100, 92, 60, 30]
)  # how busy each is
WEEK = np.array([1.05, 0.95, 0.92, 1.0, 0.98, 1.08, 1.3])  # from Monday


@dataclass(frozen=True)
class Calendar:
    """Local days of one time zone: `midnights` holds each day's beginning and the last one's end.

    `busy` is each day's share of all that happens: week, season, campaigns and chance.
    """

    midnights: Ints
    busy: Floats

    @classmethod
    def of(cls, rng: np.random.Generator, timezone: str, end: date, days: int) -> "Calendar":
        """The `days` local days up to and with `end`."""
        zone = ZoneInfo(timezone)
        local = [end - timedelta(days=back) for back in range(days - 1, -2, -1)]
        midnights = [int(datetime.combine(day, time(), zone).timestamp()) for day in local]
        weekdays = np.array([day.weekday() for day in local[:-1]])
        season = np.array([day.timetuple().tm_yday for day in local[:-1]]) / 365.25
        busy = WEEK[weekdays] * (1 + 0.25 * np.cos(2 * np.pi * (season - 0.92)))
        busy *= rng.lognormal(0, 0.12, days)
        busy[rng.choice(days, max(1, days // 45), replace=False)] *= 2.2  # campaigns
        return cls(np.array(midnights, dtype=np.int64) * SECOND, busy / busy.sum())

    @property
    def first(self) -> int:
        """The beginning of the first day."""
        return int(self.midnights[0])

    @property
    def end(self) -> int:
        """The end of the last day; everything happens before it."""
        return int(self.midnights[-1])

    def day_of(self, instants: Ints) -> Ints:
        """Index of the local day of each instant, clipped to the calendar."""
        days: Ints = np.searchsorted(self.midnights, instants, side="right") - 1
        days.clip(0, len(self.busy) - 1, out=days)
        return days

    def draw(self, rng: np.random.Generator, n: int) -> Ints:
        """`n` instants as busy as the days and hours are."""
        return self.within(rng, rng.choice(len(self.busy), n, p=self.busy))

    def within(self, rng: np.random.Generator, days: Ints) -> Ints:
        """An instant of each of the `days` (indices), at a likely hour."""
        hours = rng.choice(24, len(days), p=HOURS / HOURS.sum()) + rng.random(len(days))
        length = self.midnights[days + 1] - self.midnights[days]  # 23 or 25 hours at times
        instants: Ints = self.midnights[days] + np.minimum((hours * HOUR).astype(int), length - 1)
        return instants
