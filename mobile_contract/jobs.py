"""Work that was given up, as the desk lists it."""

from enum import StrEnum
from typing import Any

import msgspec

from mobile_contract.base import Wire
from mobile_contract.parked import Reason


class JobState(StrEnum):
    """Where a job stands: ready, running under a lease, given up, or put aside by a person. A finished job is gone."""

    READY = "ready"
    RUNNING = "running"
    DEAD = "dead"
    DISMISSED = "aside"


class DismissJob(Wire, frozen=True, kw_only=True):
    """Put a dead letter aside: nothing more is to come of it, and why. It can still be tried again."""

    reason: Reason


class DeadJob(Wire, frozen=True, kw_only=True):
    """A job that failed for good: what it was to do, how often it was tried, and why it ended (an English line)."""

    id: str
    kind: str
    attempts: int
    reason: str
    created_at: str
    died_at: str
    args: dict[str, Any] = msgspec.field(default_factory=dict)


class DeadJobs(Wire, frozen=True, kw_only=True):
    """A page of dead letters, the oldest first. ``next`` is what to ask ``after``; empty on the last page."""

    jobs: tuple[DeadJob, ...]
    next: str = ""
