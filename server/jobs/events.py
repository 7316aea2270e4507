"""What happens to jobs by hand."""

from typing import ClassVar

from server.kernel.events import Event


class JobDismissed(Event, frozen=True, kw_only=True):
    """An administrator put a dead letter aside; ``kind`` is that of the job."""

    name: ClassVar[str] = "jobs.dismissed"

    kind: str
    reason: str


class JobRetried(Event, frozen=True, kw_only=True):
    """An administrator gave a dead letter all its attempts again; ``kind`` is that of the job."""

    name: ClassVar[str] = "jobs.retried"

    kind: str
