"""Forms on the feed: every version is a record of each project, and says there when it was retired."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mobile_contract.ids import natural_id
from mobile_contract.projects import NewProject
from mobile_contract.records import Kind
from server.app import Program
from server.kernel.settings import Settings
from tests.support.clock import HandClock
from tests.support.http import serving

pytestmark = pytest.mark.anyio

PROJECT = NewProject(code="2603-320104-04-01-482176", name="雨污分流", lat=0, lon=0)


@pytest.fixture
async def program(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Program]:
    program = Program(Settings(data_dir=str(tmp_path), database_url=database_url, embedded_worker=False), clock)
    async with serving(program):
        yield program


async def server_values(program: Program, project: str, form: str, version: int) -> dict[str, Any]:
    key = natural_id(Kind.FORM, project, form, str(version))
    found = await program.db.read(lambda tx: program.replication.record(tx, key))
    assert found is not None
    assert (found.values["id"], found.values["version"]) == (form, version)
    return dict(found.server)


async def test_phones_learn_from_the_record_of_a_form_that_it_was_retired(program: Program, clock: HandClock) -> None:
    project = (await program.projects.create("admin", PROJECT)).id
    await program.worker.drain()
    assert "retiredAt" not in await server_values(program, project, "daily_log", 1)
    await program.forms.retire("admin", "daily_log", 1)
    await program.worker.drain()
    assert (await server_values(program, project, "daily_log", 1))["retiredAt"].startswith(str(clock.now().date()))
    assert "retiredAt" not in await server_values(program, project, "safety_check", 1)


async def test_a_project_made_later_learns_it_too(program: Program) -> None:
    await program.forms.retire("admin", "daily_log", 1)
    project = (await program.projects.create("admin", PROJECT)).id
    await program.worker.drain()
    assert (await server_values(program, project, "daily_log", 1))["retiredAt"]
