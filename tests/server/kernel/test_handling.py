"""Which jobs an event makes, and what a handler is given of one."""

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec
import pytest

from mobile_contract.records import Kind
from mobile_contract.sync import Create, Delete
from server.kernel.events import Event, OpReceived, Received, as_text, from_args, to_args
from server.kernel.handling import Handler, Job, Task, does, made_by

pytestmark = pytest.mark.anyio


class Rained(Event, frozen=True, kw_only=True):
    """An event of these tests."""

    name: ClassVar[str] = "weather.rained"

    mm: int
    note: str = ""


class Snowed(Rained, frozen=True, kw_only=True):
    """One that extends it."""

    name: ClassVar[str] = "weather.snowed"


class Sweep(Task, frozen=True, kw_only=True):
    """A job that a service asks for."""

    kind: ClassVar[str] = "weather.sweep"

    street: str


async def _ignore(_job: Job[Any]) -> None: ...


def on(kind: str, *events: Any) -> Handler[Any]:
    return Handler(kind=kind, args=Event, on=events, run=_ignore)


def job(kind: str, args: dict[str, Any]) -> Job[dict[str, Any]]:
    return Job(id="j", kind=kind, args=args, attempt=2, max_attempts=5, token="t")


def made(*handlers: Handler[Any], events: Sequence[type[Event]] = (Rained, Snowed, OpReceived)) -> Any:
    return made_by(handlers, events)


def test_an_event_makes_the_jobs_that_wait_for_it_in_the_order_of_their_handlers() -> None:
    photo = Received(Create, Kind.PHOTO)
    assert made(on("b", Rained, photo), on("a", Snowed, Rained), does(Sweep, _ignore)) == {
        "weather.rained": ("b", "a"),
        "weather.snowed": ("a",),
        "photo.create": ("b",),
    }
    assert Received(Delete, Kind.REPORT).name == "report.delete"
    assert made() == {}


def test_two_handlers_of_one_kind_of_job_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"^two handlers have a, b$"):
        made(on("a", Rained), on("b"), on("a"), on("b"), on("c"))


def test_a_handler_that_waits_for_what_none_raises_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"^a waits for Snowed, which no domain raises$"):
        made(on("a", Rained, Snowed), events=[Rained])
    with pytest.raises(ValueError, match="a waits for OpReceived"):
        made(on("a", Received(Create, Kind.PHOTO)), events=[Rained])


async def test_a_handler_is_given_the_event_as_its_type_or_the_one_that_it_extends() -> None:
    given: list[Job[Any]] = []

    async def take(job: Job[Any]) -> None:
        given.append(job)

    event = Snowed(actor="a", subject="s", mm=3, note="wet")
    args = to_args(event, "section:x")
    assert args == {
        "event": "weather.snowed",
        "stream": "section:x",
        "actor": "a",
        "subject": "s",
        "payload": {"mm": 3, "note": "wet"},
    }
    await Handler(kind="k", args=Rained, on=(Rained,), run=take)(job("k", args))
    assert given == [
        Job(
            id="j",
            kind="k",
            args=Rained(actor="a", subject="s", mm=3, note="wet"),
            attempt=2,
            max_attempts=5,
            token="t",
        )
    ]
    assert from_args(args | {"payload": {"mm": 3}}, Rained).note == ""


async def test_a_task_is_given_as_it_was_asked_for() -> None:
    given: list[Any] = []

    async def take(job: Job[Sweep]) -> None:
        given.append(job.args)

    handler = does(Sweep, take)
    assert (handler.kind, handler.args, handler.on) == ("weather.sweep", Sweep, ())
    await handler(job("weather.sweep", {"street": "中山路"}))
    assert given == [Sweep(street="中山路")]


async def test_arguments_of_another_shape_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        await does(Sweep, _ignore)(job("weather.sweep", {"street": 1}))
    with pytest.raises(msgspec.ValidationError):
        await on("k", Rained)(job("k", {"payload": {}, "actor": "a", "subject": 1}))


def test_a_job_is_not_given_the_op_which_may_be_long() -> None:
    kept: dict[str, Any] = {"replica": "r", "op_id": "o", "n": 7, "body_hash": "h", "receipt": b'{"n":7}'}
    event = OpReceived(actor="a", subject="s", kind="photo", verb="create", op=b'{"n":7}', **kept)
    assert to_args(event, "x")["payload"] == {}
    assert event.columns() == kept | {"receipt": '{"n":7}'}
    assert Rained(actor="a", subject="s", mm=1).columns() == {}


def test_bytes_become_a_text_that_every_database_takes() -> None:
    assert as_text("字".encode()) == "字"
    assert as_text(b"a\0b\xff") == "a\\x00b\\xff"
