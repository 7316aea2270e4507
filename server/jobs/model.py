"""What a job is, the states it can be in, and how long it waits before it is tried again."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from mobile_contract.jobs import JobState
from mobile_contract.states import Table

#: Arguments name things (ids, digests); they do not carry them. Bytes of JSON.
ARGS_BYTES = 65_536
REASON_CHARACTERS = 2_000
LONGEST_WAIT = timedelta(hours=1)


class JobAct(StrEnum):
    """What happens to a job.

    A worker claims it, finishes it, puts it back (it failed, was given back, or lost its lease) or buries it (its last
    attempt failed, or its handler gave up); an administrator has a dead one tried again, or puts it aside.
    """

    ENQUEUE = "enqueue"
    CLAIM = "claim"
    FINISH = "finish"
    PUT_BACK = "putBack"
    BURY = "bury"
    REVIVE = "revive"
    DISMISS = "dismiss"


#: A job that is finished has no state: its row is gone.
JOBS: Final = Table[JobState | None, JobAct](
    name="job",
    starts=(None,),
    rows={
        None: {JobAct.ENQUEUE: JobState.READY},
        JobState.READY: {JobAct.ENQUEUE: JobState.READY, JobAct.CLAIM: JobState.RUNNING},
        JobState.RUNNING: {JobAct.FINISH: None, JobAct.PUT_BACK: JobState.READY, JobAct.BURY: JobState.DEAD},
        JobState.DEAD: {JobAct.REVIVE: JobState.READY, JobAct.DISMISS: JobState.DISMISSED},
        JobState.DISMISSED: {JobAct.REVIVE: JobState.READY},
    },
    illegal="jobs.not_dead",
)


class GiveUp(Exception):
    """Raised by a handler when trying again cannot help; the job goes to the dead letters at once."""


def backoff(attempt: int, jitter: float) -> timedelta:
    """Return how long to wait after failed ``attempt`` (1, 2, …): about 4, 16, 64 … seconds, at most an hour.

    ``jitter`` from [0, 1) spreads it over 50–150 %, so that what failed together does not return together.
    """
    steady = min(timedelta(seconds=4 ** min(attempt, 10)), LONGEST_WAIT)
    return steady * (0.5 + jitter)


def reason_of(error: BaseException) -> str:
    """Put an error in a bounded line for the dead letters."""
    return f"{type(error).__name__}: {error}"[:REASON_CHARACTERS].replace("\0", "�")
