"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta


class HandClock:
    """Starts on the day of the acceptance stories, 2026-11-18 00:00 UTC (08:00 on site)."""

    def __init__(self, start: datetime = datetime(2026, 11, 18, tzinfo=UTC)) -> None:
        self.moment = start

    def now(self) -> datetime:
        return self.moment

    def forward(self, **duration: float) -> None:
        """Move on by a ``timedelta`` given by its parts: ``clock.forward(minutes=5)``."""
        self.moment += timedelta(**duration)
