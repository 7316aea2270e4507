"""Wake-ups say that there is something: after a commit here, after one elsewhere, and never to whom it is not for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import ClassVar

import httpx
import msgspec
import pytest
import uvicorn
from litestar import Litestar
from litestar.di import Provide

from mobile_contract.ids import person_scope
from mobile_contract.problems import Refused
from mobile_contract.repair import BucketsAnswer, BucketsAsked
from server.fieldphone import HttpTransport
from server.identity import Caller, Identity, provide_caller
from server.kernel.bodies import provide_body
from server.kernel.database import Database
from server.kernel.events import Event
from server.kernel.journal import Journal
from server.kernel.problems import HANDLERS
from server.kernel.settings import Settings
from server.replication import ROUTES, Replication, Tuning
from server.replication.wake import HEARTBEAT, WAKE, Wakes
from tests.server.notes import AT, LIMITS, OTHER, SECTION, WRITER, Town, actor, create
from tests.support import people
from tests.support.clock import HandClock
from tests.support.patience import within
from tests.support.processes import free_port

pytestmark = pytest.mark.anyio
QUICK = Tuning(heartbeat_seconds=0.3, recheck_seconds=0.2, poll_seconds=0.1, wakes_per_person=2, wakes=4)


@pytest.fixture
async def town(database: Database, clock: HandClock) -> Town:
    town = Town(database, clock, QUICK)
    await town.replication.start()
    return town


BY = {"actor": "root", "subject": "chen"}


class Told(Event, frozen=True, kw_only=True):
    """Something about a person."""

    name: ClassVar[str] = "test.told"


async def allowed() -> None:
    """Let the caller go on."""


@asynccontextmanager
async def listening(wakes: Wakes, name: str, phone: str = "phone") -> AsyncIterator[AsyncIterator[bytes]]:
    """Open a connection and read the wake-up that it begins with."""
    stream = wakes.listen(replace(actor(name), replica=f"{name} {phone}"), allowed)
    async with aclosing(stream) as events:  # type: ignore[type-var]
        assert await soon(events) == WAKE
        yield events


async def soon(events: AsyncIterator[bytes]) -> bytes:
    return await within(anext(events), 10)


async def until_wake(events: AsyncIterator[bytes], beats: int = 20) -> bool:
    for _ in range(beats):
        if await soon(events) == WAKE:
            return True
    return False


async def test_a_commit_wakes_the_readers_of_its_scope_and_nobody_else(town: Town) -> None:
    wakes = town.replication.wakes
    async with listening(wakes, "chen") as chen, listening(wakes, "li") as li:
        await town.push("zhou", [create(1, "x")])
        assert await soon(chen) == WAKE
        assert await soon(li) == HEARTBEAT


async def test_the_phone_that_wrote_is_not_woken_by_itself(town: Town) -> None:
    who = actor("chen")
    async with aclosing(town.replication.wakes.listen(who, allowed)) as events:  # type: ignore[type-var]
        assert await soon(events) == WAKE
        await town.push("chen", [create(1, "x")])
        assert await soon(events) == HEARTBEAT


async def test_a_commit_of_another_process_is_noticed(town: Town, clock: HandClock) -> None:
    elsewhere = Town(town.database, clock, QUICK)
    async with listening(town.replication.wakes, "chen") as chen:
        await elsewhere.push("zhou", [create(1, "x")])
        assert await until_wake(chen, 5)
        assert not await until_wake(chen, 2)


async def test_who_hangs_up_takes_nothing_from_those_who_go_on_listening(town: Town, clock: HandClock) -> None:
    elsewhere = Town(town.database, clock, QUICK)
    async with listening(town.replication.wakes, "chen") as chen:
        async with listening(town.replication.wakes, "zhou"):
            pass
        await elsewhere.push("zhou", [create(1, "x")])
        assert await until_wake(chen, 5)


async def test_what_is_journaled_about_a_person_has_them_judged_anew_at_once(
    database: Database, clock: HandClock
) -> None:
    town = Town(database, clock, Tuning(heartbeat_seconds=10, recheck_seconds=300, poll_seconds=0.1))
    await town.replication.start()
    asked: list[str] = []

    async def still() -> None:
        asked.append("?")
        if len(asked) == 2:
            raise Refused("identity.device_revoked")

    who = actor("chen")
    async with aclosing(town.replication.wakes.listen(who, still)) as events:  # type: ignore[type-var]
        assert await soon(events) == WAKE
        for times in (1, 2):
            await database.write(lambda tx: Journal({}, lambda *_: None).record(tx, who.own_scope, Told(**BY), AT))
            if times == 1:
                assert await soon(events) == WAKE
                assert asked == ["?"]
            else:
                with pytest.raises(StopAsyncIteration):
                    await soon(events)


async def test_a_database_that_is_away_for_a_moment_ends_no_connection(
    town: Town, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere, failed = Town(town.database, clock, QUICK), asyncio.Event()

    def away(*_: object) -> dict[str, int]:
        failed.set()
        raise OSError

    async with listening(town.replication.wakes, "chen") as chen:
        with monkeypatch.context() as patched:
            patched.setattr("server.replication.store.moved", away)
            await within(failed.wait(), 10)
        await elsewhere.push("zhou", [create(1, "x")])
        assert await until_wake(chen)


async def test_a_silent_connection_shows_that_it_lives(town: Town) -> None:
    async with listening(town.replication.wakes, "chen") as chen:
        assert await soon(chen) == HEARTBEAT


async def test_a_grant_wakes_and_what_is_revoked_wakes_no_more(town: Town) -> None:
    wakes = town.replication.wakes
    async with listening(wakes, "chen") as chen:
        town.grants["chen"][OTHER] = WRITER
        assert await until_wake(chen)
        await town.push("li", [create(1, "x", OTHER)])
        assert await until_wake(chen)
        del town.grants["chen"][OTHER]
        assert await until_wake(chen)
        await town.push("li", [create(2, "x", OTHER)])
        assert not await until_wake(chen, 3)


async def test_whoever_may_no_longer_speak_is_hung_up_on(town: Town) -> None:
    async def revoked() -> None:
        raise Refused("identity.device_revoked")

    events = [event async for event in town.replication.wakes.listen(actor("chen"), revoked)]
    assert events[0] == WAKE
    assert len(events) <= 3


async def test_a_person_has_so_many_connections_and_a_replica_one(town: Town) -> None:
    wakes = town.replication.wakes
    async with listening(wakes, "chen", "a") as first, listening(wakes, "chen", "b"):
        with pytest.raises(Refused) as refused:
            wakes.admit(actor("chen"))
        assert (refused.value.code, refused.value.params) == ("sync.too_many", {"seconds": "60"})
        wakes.admit(replace(actor("chen"), replica="chen a"))
        async with listening(wakes, "chen", "a"), listening(wakes, "zhou"), listening(wakes, "li"):
            assert [event async for event in first] == []
            with pytest.raises(Refused) as refused:
                wakes.admit(actor("clerk"))
            assert (refused.value.code, refused.value.params) == ("server.busy", {"seconds": "60"})
    wakes.admit(actor("chen"))
    assert (wakes._listeners, wakes._of_scope, wakes._heads) == ({}, {}, {})


def _by_phone(port: int, token: str, scope: str) -> tuple[int, bytes]:
    """Let the reference phone's network listen for one wake-up and ask for the buckets of an empty scope."""
    line = HttpTransport(f"http://127.0.0.1:{port}", token)
    ups = line.wake_ups()
    woken = len([next(ups)])
    ups.close()
    answer = line.buckets(msgspec.json.encode(BucketsAsked(scope=scope)))
    line.close()
    return woken, b"".join(entry.id.encode() for entry in msgspec.json.decode(answer, type=BucketsAnswer).records)


async def test_over_http_it_is_an_event_stream_that_the_end_of_the_process_ends(
    database: Database, clock: HandClock, identity: Identity, admin: Caller
) -> None:
    def held(_tx: object, _person: str) -> dict[str, frozenset[str]]:
        return {SECTION: WRITER}

    replication = Replication(database, Journal({}, lambda *_: None), [], held, clock, LIMITS, QUICK)
    await replication.start()
    app = Litestar(
        route_handlers=[route for route in ROUTES if route.fn.__name__ in ("wake", "buckets")],
        exception_handlers=HANDLERS,
        dependencies={
            "caller": Provide(provide_caller),
            "sent": Provide(provide_body, sync_to_thread=False),
            "settings": Provide(Settings, sync_to_thread=False),
            "identity": Provide(lambda: identity, sync_to_thread=False),
            "replication": Provide(lambda: replication, sync_to_thread=False),
        },
        openapi_config=None,
    )
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    login = await identity.sessions.login("admin", people.PASSWORD)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        assert (await http.get("/v1/wake")).status_code == 401
        phones = [replace(actor("chen"), person=admin.person, replica=phone) for phone in ("a", "b")]
        one, two = [replication.wakes.listen(phone, allowed) for phone in phones]
        async with aclosing(one), aclosing(two):  # type: ignore[type-var]
            await within(asyncio.gather(anext(one), anext(two)), 10)
            full = await http.get("/v1/wake", headers=people.bearer(login))
            assert (full.status_code, full.json()["code"]) == (429, "sync.too_many")
        async with http.stream("GET", "/v1/wake", headers=people.bearer(login)) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.aiter_lines()
            seen = [await within(anext(lines), 10) for _ in range(4)]
            assert seen == ["event: wake", "data: {}", "", ": still here"]
            assert await asyncio.to_thread(_by_phone, port, login.token, person_scope(admin.person)) == (1, b"")
            replication.wakes.close()
            rest = [line async for line in lines]
            assert "event: wake" not in rest
    server.should_exit = True
    await within(serving, 10)
