"""What a domain says of jobs in its row: which there are, which events make them, and what runs each.

The queue itself is ``server.jobs``.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Final, Generic, TypeVar

import msgspec

from server.kernel.events import Event, OpReceived, Received, from_args

A = TypeVar("A")
T = TypeVar("T", bound="Task")


#: The person for whom the job that runs now is done, if any: what it enqueues in its turn is done for them as well.
DONE_FOR: Final[ContextVar[str]] = ContextVar("done_for", default="")


class Lane(StrEnum):
    """Where jobs wait. Each lane has places of its own in a worker, so that slow ones never keep the quick waiting."""

    #: What the database alone can do.
    LIGHT = "light"
    #: What reads, decodes or draws files.
    FILES = "files"
    #: What reads paper.
    READING = "reading"


class Job(msgspec.Struct, Generic[A], frozen=True, kw_only=True):
    """A job as a handler gets it. ``attempt`` counts from 1; ``token`` fences off its earlier holders.

    ``person`` is for whom it is done; empty: for no one person. ``lane`` is where it waited.
    """

    id: str
    kind: str
    args: A
    attempt: int
    max_attempts: int
    token: str
    person: str = ""
    lane: Lane = Lane.LIGHT


class Task(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The arguments of a job that a service asks for. A subclass is one kind of job, which it names."""

    #: At most 64 characters; jobs wait under it in the table, so it is not renamed.
    kind: ClassVar[str]
    lane: ClassVar[Lane] = Lane.LIGHT


#: Does the work. It may be called again for a job it has done: delivery is at least once, handlers are idempotent.
Run = Callable[[Job[A]], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Handler(Generic[A]):
    """One kind of job: what its arguments are, what runs it, the events that make it, and the lane it waits in."""

    kind: str
    args: type[A]
    run: Run[A]
    on: tuple[type[A] | Received, ...] = ()
    lane: Lane = Lane.LIGHT

    async def __call__(self, job: Job[dict[str, Any]]) -> None:
        """Run a job from the table. Raise ``msgspec.ValidationError`` where its arguments are not what they should."""
        kind: Any = self.args
        args = from_args(job.args, kind) if issubclass(kind, Event) else msgspec.convert(job.args, kind)
        await self.run(
            Job(
                id=job.id,
                kind=job.kind,
                args=args,
                attempt=job.attempt,
                max_attempts=job.max_attempts,
                token=job.token,
                person=job.person,
                lane=job.lane,
            )
        )


def made_by(handlers: Sequence[Handler[Any]], events: Iterable[type[Event]]) -> dict[str, tuple[str, ...]]:
    """Return the kinds of jobs that each event makes, in the order of the handlers.

    Raise ``ValueError`` where two handlers have one kind of job, or one waits for what is not among ``events``.
    """
    raised, found = set(events), dict[str, tuple[str, ...]]()
    if twice := [kind for kind, count in Counter(handler.kind for handler in handlers).items() if count > 1]:
        raise ValueError(f"two handlers have {', '.join(twice)}")
    for handler in handlers:
        for event in handler.on:
            struct: type[Any] = OpReceived if isinstance(event, Received) else event
            if struct not in raised:
                raise ValueError(f"{handler.kind} waits for {struct.__name__}, which no domain raises")
            found[event.name] = (*found.get(event.name, ()), handler.kind)
    return found


def does(task: type[T], run: Run[T]) -> Handler[T]:
    """Return the row of a kind of job that a service asks for."""
    return Handler(kind=task.kind, args=task, run=run, lane=task.lane)
