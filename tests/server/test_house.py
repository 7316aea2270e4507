"""A domain is one row: what it brings is wired, and what it needs it finds."""

import asyncio
from pathlib import Path
from typing import Any, ClassVar

import pytest
from litestar import get
from litestar.di import NamedDependency

from server.app import DOMAINS, Program, metadata
from server.identity import Identity
from server.jobs import Handler, Job, Jobs
from server.kernel import tables
from server.kernel.clock import rfc3339
from server.kernel.domain import Domain, House
from server.kernel.events import Event
from server.kernel.journal import SYSTEM
from server.kernel.settings import Settings
from tests.architecture._floors import SERVER_FLOORS
from tests.architecture._reader import ROOT
from tests.server.integrator import open_integrator
from tests.support.http import serving

pytestmark = pytest.mark.anyio


class Sunny(Event, frozen=True, kw_only=True):
    """What the planted domain raises."""

    name: ClassVar[str] = "weather.sunny"

    degrees: int


class Weather:
    """What the planted domain builds."""

    def __init__(self, house: House) -> None:
        self.jobs = house.of(Jobs)
        self.told: list[str] = []
        self.states: list[str] = []

    async def on_sunny(self, job: Job[Sunny]) -> None:
        self.told.append(f"{job.args.subject} {job.args.degrees}")


@get("/v1/weather", sync_to_thread=False)
def weather_of(weather: NamedDependency[Weather]) -> dict[str, Any]:
    """Return what was told."""
    return {"told": weather.told, "states": weather.states}


async def _start(house: House) -> None:
    house.of(Weather).states.append("started")


WEATHER = Domain(
    name="weather",
    services=lambda house: {"weather": Weather(house)},
    routes=(weather_of,),
    events=(Sunny,),
    handlers=lambda house: [
        Handler(kind="weather.tell", args=Sunny, on=(Sunny,), run=house.of(Weather).on_sunny),
    ],
    start=_start,
    close=lambda house: house.of(Weather).states.append("closed"),
)


async def test_what_a_row_brings_is_wired(tmp_path: Path) -> None:
    settings = Settings(data_dir=str(tmp_path), embedded_worker=False)
    program = Program(settings, domains=(*DOMAINS, WEATHER))
    async with serving(program) as http:
        event = Sunny(actor="test", subject="Nanjing", degrees=31)
        at = rfc3339(program.clock.now())
        await program.db.write(lambda tx: program.journal.record(tx, SYSTEM, event, at))
        await program.worker.drain()
        assert (await http.get("/v1/weather")).json() == {"told": ["Nanjing 31"], "states": ["started"]}
    assert program.of(Weather).states == ["started", "closed"]


async def test_a_service_that_is_asked_for_too_early_is_named(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="no Jobs here"):
        Program(Settings(data_dir=str(tmp_path)), domains=(WEATHER, *DOMAINS))


async def test_two_domains_do_not_build_a_service_of_one_name(tmp_path: Path) -> None:
    twice = Domain(name="other", services=lambda _house: {"identity": Identity})
    with pytest.raises(ValueError, match="other: another domain builds identity"):
        Program(Settings(data_dir=str(tmp_path)), domains=(*DOMAINS, twice))


def test_every_table_is_in_the_row_of_one_domain() -> None:
    ground = (tables.streams, tables.journal, tables.meta)
    listed = [table.name for domain in DOMAINS for table in domain.tables] + [table.name for table in ground]
    assert sorted(listed) == sorted(metadata.tables)


def test_the_rows_are_listed_from_the_ground_up_and_none_is_missing() -> None:
    floor = {name: number for number, names in enumerate(SERVER_FLOORS) for name in names}
    floors = [floor[domain.name] for domain in DOMAINS]
    assert floors == sorted(floors)
    packages = {path.parent.name for path in (ROOT / "server").glob("*/__init__.py")} & floor.keys()
    assert {domain.name for domain in DOMAINS} == packages - {"kernel"}


async def test_a_request_is_served_in_its_own_task_whatever_its_handler_depends_on(tmp_path: Path) -> None:
    made: list[object] = []

    def counting(loop: asyncio.AbstractEventLoop, work: Any, **rest: Any) -> Any:
        made.append(work)
        return asyncio.Task(work, loop=loop, **rest)

    async with open_integrator(tmp_path) as site:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(counting)
        try:
            await site.call("GET", "/v1/me", site.admin)
            await site.call("POST", "/v1/sync", site.admin, {"clock": "2026-11-18T08:00:00+08:00"})
        finally:
            loop.set_task_factory(None)
    assert made == []
