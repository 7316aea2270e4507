"""What happens to jobs by hand."""

from typing import ClassVar

from server.kernel.events import Event


class JobRetried(Event, frozen=True, kw_only=True):
    """An administrator gave a dead letter all its attempts again; ``kind`` is that of the job."""

    name: ClassVar[str] = "jobs.retried"

    kind: str
