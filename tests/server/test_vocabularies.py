"""The lists of a project: kept by those who may, offline on every phone, and what reading paper snaps to."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from mobile_contract.identity import Role
from mobile_contract.ids import natural_id, section_scope
from mobile_contract.projects import NewProject, NewSection
from server.app import Program
from server.identity import Identity
from server.kernel.clock import new_id
from server.kernel.settings import Settings
from server.kernel.tables import journal
from server.reference.vocabularies import MAX_LISTS
from tests.support import people
from tests.support.clock import HandClock
from tests.support.http import serving

pytestmark = pytest.mark.anyio


class House:
    """A program that serves, with a clerk of the project, a contractor of its section, and a clerk of another."""

    def __init__(self, program: Program, http: httpx.AsyncClient) -> None:
        self.program, self.http = program, http

    async def furnish(self) -> None:
        identity, projects = self.program.identity, self.program.projects
        admin = await people.admin(identity)
        mine, other = [
            await projects.create(admin.person, NewProject(code=code, name=name, lat=0, lon=0))
            for code, name in (("2603-320104-04-01-482176", "雨污分流"), ("2603-320104-04-01-482177", "路灯"))
        ]
        section = await projects.create_section(
            admin.person, mine.id, NewSection(code="1", name="一标段", contractor="江苏宁筑建设有限公司")
        )
        self.project, self.scope = mine.id, section_scope(section.id)
        await people.person(identity, admin, "wangli", (Role.CLERK, f"project:{mine.id}"))
        await people.person(identity, admin, "chen", (Role.CONTRACTOR, self.scope))
        await people.person(identity, admin, "sunlei", (Role.CLERK, f"project:{other.id}"))

    async def as_(self, login: str) -> None:
        session = await self.program.identity.sessions.login(login, people.PASSWORD)
        self.http.headers["Authorization"] = f"Bearer {session.token}"

    async def keep(self, name: str, *entries: str, project: str = "") -> httpx.Response:
        path = f"/v1/projects/{project or self.project}/vocabularies/{name}"
        return await self.http.put(path, json={"entries": entries})


@pytest.fixture
async def house(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[House]:
    settings = Settings(data_dir=str(tmp_path), database_url=database_url, embedded_worker=False)
    program = Program(settings, clock)
    program.house.services["identity"] = Identity(
        program.db, program.journal, settings, clock, people.cheap_passwords()
    )
    async with serving(program) as http:
        opened = House(program, http)
        await opened.furnish()
        await opened.as_("wangli")
        yield opened


async def test_a_list_is_a_record_of_the_project_that_every_phone_in_it_gets(house: House) -> None:
    answer = await house.keep("materials", "DN800 钢筋混凝土管", "C30  混凝土", "C30 混凝土")
    assert answer.json() == {"name": "materials", "entries": ["DN800 钢筋混凝土管", "C30 混凝土"]}
    await house.as_("chen")
    record = await house.http.get(f"/v1/records/{natural_id('vocabulary', house.project, 'materials')}")
    assert (record.json()["kind"], record.json()["scope"]) == ("vocabulary", f"project:{house.project}")
    assert record.json()["values"]["entries"] == ["DN800 钢筋混凝土管", "C30 混凝土"]
    exchange = await house.http.post("/v1/sync", json={"clock": "2026-11-18T08:00:00+08:00"})
    assert "vocabulary" in [change.get("kind") for change in exchange.json()["changes"]]


async def test_a_list_put_again_takes_the_place_of_the_one_before_and_both_stand_in_the_journal(house: House) -> None:
    for entries in (("挖掘机",), ("挖掘机", "吊车"), ("挖掘机", "吊车"), ()):
        assert (await house.keep("machines", *entries)).status_code == 200
    listed = (await house.http.get(f"/v1/projects/{house.project}/vocabularies")).json()
    assert listed == {"vocabularies": [{"name": "machines"}]}
    query = sa.select(sa.func.count()).where(journal.c.event == "vocabulary.patch")
    assert await house.program.db.read(lambda tx: tx.execute(query).scalar_one()) >= 2


async def test_reading_snaps_to_what_is_kept_what_the_server_knows_and_what_is_the_same_everywhere(
    house: House,
) -> None:
    await house.keep("materials", "C30 混凝土")
    await house.keep("organisations", "南京路桥工程有限公司")
    lists = await house.program.db.read(lambda tx: house.program.vocabularies.lists(tx, house.scope))
    assert lists["materials"] == ("C30 混凝土",)
    assert lists["sections"] == ("一标段",)
    assert lists["projects"] == ("雨污分流",)
    assert lists["organisations"] == ("江苏宁筑建设有限公司", "南京路桥工程有限公司")
    assert "chen 某某" in lists["people"]
    assert {"m³", "根"} <= set(lists["units"])


async def test_only_clerks_and_supervisors_of_the_project_and_administrators_keep_its_lists(house: House) -> None:
    await house.as_("chen")
    refused = await house.keep("materials", "砂")
    assert (refused.status_code, refused.json()["code"]) == (403, "identity.forbidden")
    await house.as_("sunlei")
    assert (await house.keep("materials", "砂")).status_code == 404
    assert (await house.http.get(f"/v1/projects/{house.project}/vocabularies")).status_code == 404
    await house.as_("admin")
    assert (await house.keep("materials", "砂")).status_code == 200
    assert (await house.keep("materials", "砂", project=new_id())).status_code == 404


async def test_lists_are_bounded_in_name_number_and_length(house: House) -> None:
    for name in ("Materials", "a-b", "x" * 33, "1"):
        assert (await house.keep(name, "砂")).status_code == 404
    for entries in ((str(number) for number in range(1001)), ["长" * 65], [""]):
        assert (await house.keep("materials", *entries)).status_code == 422
    for number in range(MAX_LISTS):
        assert (await house.keep(f"list_{number}", "砂")).status_code == 200
    full = await house.keep("one_more", "砂")
    assert (full.status_code, full.json()["code"]) == (409, "projects.too_many_vocabularies")
    assert (await house.keep("list_1", "石")).status_code == 200
