"""A replica that asks too often is told when to come back, and nobody else notices."""

from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from litestar.di import Provide

from mobile_contract.problems import Refused
from mobile_contract.sync import Limits
from server.identity import Caller, Identity
from server.kernel.database import Database
from server.kernel.journal import Journal
from server.replication import ROUTES, Replication, Tuning
from server.replication.pace import REMEMBERED, Pace
from server.replication.phones import Sightings
from tests.server.notes import SECTION, WRITER, own, person_id
from tests.support.clock import HandClock
from tests.support.http import client
from tests.support.refusals import refuses

pytestmark = pytest.mark.anyio


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def pace(seconds: Seconds, **tuning: int) -> Pace:
    return Pace(Tuning(**tuning), seconds)


def ask(pace: Pace, replica: str, times: int = 1) -> None:
    for _ in range(times):
        with pace.admit(replica):
            pass


def test_so_many_a_minute_and_then_at_the_rate_of_the_minute() -> None:
    seconds = Seconds()
    metered = pace(seconds, exchanges_per_minute=60)
    ask(metered, "a", 60)
    with pytest.raises(Refused) as refused:
        ask(metered, "a")
    assert (refused.value.code, refused.value.params) == ("sync.too_many", {"seconds": "1"})
    ask(metered, "b", 60)
    seconds.now += 2
    ask(metered, "a", 2)
    with refuses("sync.too_many"):
        ask(metered, "a")


def test_what_costs_more_waits_for_longer() -> None:
    metered = pace(Seconds(), exchanges_per_minute=60)
    ask(metered, "a", 55)
    with pytest.raises(Refused) as refused, metered.admit("a", cost=10):
        pass
    assert refused.value.params == {"seconds": "5"}


def test_so_many_at_once_and_a_failed_one_makes_room() -> None:
    metered = pace(Seconds(), exchanges_at_once=2)
    with ExitStack() as under_way:
        under_way.enter_context(metered.admit("a"))
        under_way.enter_context(metered.admit("a"))
        with refuses("sync.too_many"):
            ask(metered, "a")
        ask(metered, "b")
    with pytest.raises(ZeroDivisionError), metered.admit("a"):
        raise ZeroDivisionError
    ask(metered, "a", 2)


def test_it_remembers_so_many_replicas_and_no_more() -> None:
    metered = pace(Seconds())
    for number in range(REMEMBERED + 10):
        ask(metered, str(number))
    assert len(metered._meters) == REMEMBERED


def test_what_is_not_used_is_not_saved_up_beyond_one_minute() -> None:
    seconds = Seconds()
    metered = pace(seconds, exchanges_per_minute=60)
    ask(metered, "a", 30)
    seconds.now += 3600
    ask(metered, "a", 60)
    with refuses("sync.too_many"):
        ask(metered, "a")


def test_who_is_refused_for_what_is_under_way_comes_back_in_a_second() -> None:
    metered = pace(Seconds(), exchanges_at_once=1)
    with metered.admit("a"), pytest.raises(Refused) as refused, metered.admit("a"):
        pass
    assert refused.value.params == {"seconds": "1"}


def test_the_replica_that_was_silent_longest_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.replication.pace.REMEMBERED", 2)
    metered = pace(Seconds(), exchanges_per_minute=60)
    for replica in ("a", "b", "a", "c"):
        ask(metered, replica)
    assert list(metered._meters) == ["a", "c"]
    ask(metered, "a", 58)
    with refuses("sync.too_many"):
        ask(metered, "a")
    ask(metered, "b", 60)


async def test_over_http_it_is_a_429_that_says_when_to_come_back(
    database: Database, identity: Identity, clock: HandClock
) -> None:
    def held(_tx: Any, _person: str) -> dict[str, frozenset[str]]:
        return {SECTION: WRITER, own("chen"): WRITER}

    tuning = Tuning(exchanges_per_minute=2)
    service = Replication(database, Journal({}, lambda *_: None), [], held, clock, Limits(), tuning)
    await service.start()
    caller = Caller(person=person_id("chen"), name="陈", replica="a phone")
    given: dict[str, Any] = {
        "caller": Provide(lambda: caller, sync_to_thread=False),
        "replication": service,
        "identity": identity,
        "phones": Sightings(database, clock),
    }
    routes = [route for route in ROUTES if route.fn.__name__ == "exchange"]
    async with client(routes, given) as http:

        async def exchange() -> httpx.Response:
            return await http.post("/v1/sync", content=b'{"clock":"x"}')

        assert [(await exchange()).status_code for _ in range(2)] == [200, 200]
        refused = await exchange()
    assert (refused.status_code, refused.json()["code"]) == (429, "sync.too_many")
    assert int(refused.headers["Retry-After"]) >= 1
