"""Projects: codes by their form, fences by their moment, days by the site – and each reader sees their part."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from litestar.di import Provide

from mobile_contract.identity import Role
from mobile_contract.ids import person_scope, project_scope, section_scope
from mobile_contract.media import Datum
from mobile_contract.problems import PROBLEMS, Refused
from mobile_contract.projects import NewFence, NewProject, NewSection, Project, Section
from server.identity import Caller, Identity, provide_caller
from server.kernel.clock import new_id
from server.kernel.database import Database
from server.kernel.journal import Journal
from server.kernel.settings import Settings
from server.projects import (
    ROUTES,
    ProjectRegister,
    Site,
    all_projects,
    fence_at,
    fences_of,
    project_of,
    site_of,
)
from tests.support import people
from tests.support.clock import HandClock
from tests.support.http import client
from tests.support.people import refusal

pytestmark = pytest.mark.anyio

QINHUAI = NewProject(
    code="2603-320104-04-01-482176",
    name="秦淮区中山南路雨污分流及路面改造工程",
    lat=320_415_000,
    lon=1_187_674_000,
    fence_radius_cm=30_000,
    began="2026-03-01",
    night_shift_ends="06:00",
)
NINGZHU = NewSection(
    code="SG-01", name="一标段", contractor="江苏宁筑建设有限公司", contractor_code="91320100MA1N8F2K3R"
)


class Made:
    """The events that asked for a job."""

    def __init__(self) -> None:
        self.jobs: list[dict[str, Any]] = []

    def enqueue(self, _tx: sa.Connection, _kind: str, args: dict[str, Any]) -> None:
        self.jobs.append(args)


@pytest.fixture
def made() -> Made:
    return Made()


@pytest.fixture
def book(made: Made) -> Journal:
    return Journal({"project.created": ("project_created",)}, made.enqueue)


@pytest.fixture
def identity(database: Database, book: Journal, clock: HandClock) -> Identity:
    return Identity(database, book, Settings(), clock, people.cheap_passwords())


@pytest.fixture
def projects(database: Database, book: Journal, clock: HandClock) -> ProjectRegister:
    return ProjectRegister(database, book, Settings(), clock)


@pytest.fixture
async def project(projects: ProjectRegister, admin: Caller) -> Project:
    return await projects.create(admin.person, QINHUAI)


@pytest.fixture
async def section(projects: ProjectRegister, admin: Caller, project: Project) -> Section:
    return await projects.create_section(admin.person, project.id, NINGZHU)


@pytest.fixture
async def http(identity: Identity, projects: ProjectRegister) -> AsyncIterator[httpx.AsyncClient]:
    provided = {"identity": identity, "projects": projects, "caller": Provide(provide_caller)}
    async with client(ROUTES, provided) as serving:
        yield serving


async def token_of(identity: Identity, login: str) -> dict[str, str]:
    return people.bearer(await identity.sessions.login(login, people.PASSWORD))


# Codes, sections -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["2603-320104-04-01-482176", "2017-440300-83-01-102870", "2607-440300-04-01-00001"])
async def test_a_project_code_is_judged_by_its_form(projects: ProjectRegister, admin: Caller, code: str) -> None:
    made = await projects.create(admin.person, NewProject(code=code, name="工程", lat=0, lon=0))
    assert (made.code, made.time_zone, made.fence) == (code, "Asia/Shanghai", None)


@pytest.mark.parametrize(
    "code",
    ["", "2603-320104-04-01", "2603-320104-04-01-482176\n", "2603-32010A-04-01-482176", "２６０３-320104-04-01-482176"],
)
async def test_other_forms_are_refused(projects: ProjectRegister, admin: Caller, code: str) -> None:
    new = NewProject(code=code, name="工程", lat=0, lon=0)
    assert await refusal(projects.create(admin.person, new)) == "projects.bad_code"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Asia", "", "a\0b", "x" * 64])
async def test_an_unknown_time_zone_is_refused(projects: ProjectRegister, admin: Caller, zone: str) -> None:
    new = NewProject(code=QINHUAI.code, name="工程", lat=0, lon=0, time_zone=zone)
    if zone:
        assert await refusal(projects.create(admin.person, new)) == "projects.unknown_time_zone"
    else:
        assert (await projects.create(admin.person, new)).time_zone == "Asia/Shanghai"


async def test_a_project_and_a_section_are_created_once(
    projects: ProjectRegister, admin: Caller, project: Project, section: Section
) -> None:
    assert await refusal(projects.create(admin.person, QINHUAI)) == "projects.code_taken"
    assert await refusal(projects.create_section(admin.person, project.id, NINGZHU)) == "projects.code_taken"
    assert await refusal(projects.create_section(admin.person, new_id(), NINGZHU)) == "request.not_found"


async def test_a_new_project_is_an_event_and_its_scopes_can_be_granted(
    identity: Identity, database: Database, admin: Caller, project: Project, section: Section, made: Made
) -> None:
    assert [(job["event"], job["subject"]) for job in made.jobs] == [("project.created", project.id)]
    chen = await people.person(identity, admin, "chenjianguo", (Role.CONTRACTOR, section_scope(section.id)))
    assert project_scope(project.id) in chen.scopes()
    assert await database.read(all_projects) == (project.id,)
    assert await database.read(lambda tx: project_of(tx, section.id)) == project.id
    assert await database.read(lambda tx: project_of(tx, new_id())) is None


async def test_a_scope_knows_its_site(database: Database, project: Project, section: Section) -> None:
    def zones(tx: sa.Connection) -> list[Site | None]:
        scopes = (section_scope(section.id), project_scope(project.id), person_scope(new_id()), section_scope(new_id()))
        return [site_of(tx, scope) for scope in scopes]

    site = Site("Asia/Shanghai", night_shift_ends="06:00", began="2026-03-01")
    assert await database.read(zones) == [site, site, None, None]


# Fences ----------------------------------------------------------------------------------------------------------


async def test_a_section_is_fenced_by_its_own_fence_or_else_its_projects(
    projects: ProjectRegister, database: Database, admin: Caller, project: Project, section: Section
) -> None:
    scope = section_scope(section.id)
    assert project.fence
    assert await database.read(lambda tx: fences_of(tx, scope)) == (project.fence,)
    own = await projects.draw_fence(admin.person, scope, NewFence(lat=1, lon=2, radius_cm=5_000))
    assert await database.read(lambda tx: fences_of(tx, scope)) == (own,)
    assert await database.read(lambda tx: fences_of(tx, project_scope(project.id))) == (project.fence,)
    for elsewhere in (person_scope(new_id()), section_scope(new_id()), "nonsense"):
        assert await database.read(lambda tx, scope=elsewhere: fences_of(tx, scope)) == ()  # type: ignore[misc]


async def test_a_moment_is_judged_by_the_version_of_that_moment_and_old_versions_stay(
    projects: ProjectRegister, database: Database, admin: Caller, project: Project, clock: HandClock
) -> None:
    scope = project_scope(project.id)
    first = clock.moment
    clock.forward(days=1)
    wider = await projects.draw_fence(admin.person, scope, NewFence(lat=1, lon=2, radius_cm=50_000))
    assert project.fence
    assert (wider.version, wider.id) == (2, project.fence.id)
    for moment, expected in (
        (None, wider),
        (clock.moment, wider),
        (first, project.fence),
        (datetime(2020, 1, 1, tzinfo=UTC), project.fence),  # before anything was drawn: the first one
    ):
        assert await database.read(lambda tx, at=moment: fence_at(tx, scope, at)) == expected  # type: ignore[misc]


async def test_the_version_that_something_was_judged_by_is_shown_to_the_readers_of_its_scope(
    identity: Identity, projects: ProjectRegister, admin: Caller, project: Project, http: httpx.AsyncClient
) -> None:
    await projects.draw_fence(admin.person, project_scope(project.id), NewFence(lat=1, lon=2, radius_cm=5_000))
    await people.person(identity, admin, "leader", (Role.LEADER, project_scope(project.id)))
    await people.person(identity, admin, "stranger")
    address, head = f"/v1/projects/{project.id}/fence", await token_of(identity, "leader")
    for asked, radius in (({}, 5_000), ({"version": "2"}, 5_000), ({"version": "1"}, 30_000)):
        assert (await http.get(address, params=asked, headers=head)).json()["radiusCm"] == radius
    assert (await http.get(address, params={"version": "3"}, headers=head)).status_code == 404
    assert (await http.get(address, headers=await token_of(identity, "stranger"))).status_code == 404


def corners(*points: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """Close a ring of (latitude, longitude) about the site, in 10⁻⁷ degree."""
    ring = [(1_187_674_000 + lon, 320_415_000 + lat) for lat, lon in points]
    return (*ring, ring[0])


SQUARE = corners((-20_000, -20_000), (-20_000, 20_000), (20_000, 20_000), (20_000, -20_000))


async def test_a_polygon_drawn_on_a_shifted_map_is_kept_in_wgs84_and_its_circle_before_it_too(
    projects: ProjectRegister, database: Database, admin: Caller, project: Project, clock: HandClock
) -> None:
    scope = project_scope(project.id)
    drawn = await projects.draw_fence(admin.person, scope, NewFence(rings=(SQUARE,)))
    assert (drawn.version, drawn.lat, drawn.lon, drawn.rings) == (2, 320_415_000, 1_187_674_000, (SQUARE,))
    assert await database.read(lambda tx: fences_of(tx, scope)) == (drawn,)
    shifted = await projects.draw_fence(admin.person, scope, NewFence(rings=(SQUARE,), datum=Datum.GCJ02))
    assert shifted.lat == pytest.approx(320_435_400, abs=300)
    assert shifted.lon == pytest.approx(1_187_621_800, abs=300)
    assert await database.read(lambda tx: fence_at(tx, scope, datetime(2020, 1, 1, tzinfo=UTC))) == project.fence


@pytest.mark.parametrize(
    ("rings", "reason"),
    [
        ((SQUARE[:-1],), "ends where it began"),
        ((corners((0, 0), (10_000, 10_000), (0, 10_000), (10_000, 0)),), "Self-intersection"),
        ((SQUARE, corners((30_000, 0), (30_000, 9_000), (40_000, 0))), "Hole lies outside shell"),
        ((corners((0, 0), (0, 20_000_001), (10_000, 0)),), "wider than 2 degrees"),
        ((corners(*((0, n) for n in range(498))), SQUARE), "more than 500 corners"),
        ((corners((0, 0), (0, 1), (0, 2)),), "Self-intersection"),
    ],
)
async def test_what_is_no_polygon_is_refused(
    projects: ProjectRegister, admin: Caller, project: Project, rings: Any, reason: str
) -> None:
    with pytest.raises(Refused) as refused:
        await projects.draw_fence(admin.person, project_scope(project.id), NewFence(rings=rings))
    assert refused.value.code == "projects.bad_fence"
    assert reason in refused.value.params["reason"]


async def test_a_supervisor_draws_the_fence_of_the_own_scope_and_of_no_other(
    identity: Identity, admin: Caller, project: Project, section: Section, http: httpx.AsyncClient
) -> None:
    await people.person(identity, admin, "liweidong", (Role.SUPERVISOR, section_scope(section.id)))
    head = await token_of(identity, "liweidong")
    rings = {"rings": [SQUARE]}
    answer = await http.put(f"/v1/sections/{section.id}/fence", json=rings, headers=head)
    assert (answer.status_code, answer.json()["rings"]) == (200, [[list(corner) for corner in SQUARE]])
    assert (await http.put(f"/v1/projects/{project.id}/fence", json=rings, headers=head)).status_code == 403


async def test_fences_drawn_at_once_get_versions_without_a_gap(
    projects: ProjectRegister, admin: Caller, project: Project
) -> None:
    circle = NewFence(lat=1, lon=2, radius_cm=50_000)
    drawn = await asyncio.gather(
        *(projects.draw_fence(admin.person, project_scope(project.id), circle) for _ in range(6))
    )
    assert sorted(fence.version for fence in drawn) == [2, 3, 4, 5, 6, 7]


# HTTP ------------------------------------------------------------------------------------------------------------


async def test_an_administrator_sets_a_project_up_over_http(
    identity: Identity, admin: Caller, http: httpx.AsyncClient
) -> None:
    head = await token_of(identity, "admin")
    body = {"code": QINHUAI.code, "name": QINHUAI.name, "lat": QINHUAI.lat, "lon": QINHUAI.lon}
    project = (await http.post("/v1/projects", json=body, headers=head)).json()["id"]
    section = await http.post(
        f"/v1/projects/{project}/sections",
        json={"code": "SG-01", "name": "一标段", "contractor": "江苏宁筑建设有限公司"},
        headers=head,
    )
    assert section.status_code == 201
    circle = {"lat": 320_415_000, "lon": 1_187_674_000, "radiusCm": 30_000}
    for path in (f"/v1/projects/{project}/fence", f"/v1/sections/{section.json()['id']}/fence"):
        assert (await http.put(path, json=circle, headers=head)).json()["version"] == 1
    (listed,) = (await http.get("/v1/projects", headers=head)).json()["projects"]
    assert listed["fence"]["radiusCm"] == 30_000
    assert [one["code"] for one in listed["sections"]] == ["SG-01"]


async def test_each_reader_sees_the_sections_they_may_know_of(
    identity: Identity,
    projects: ProjectRegister,
    admin: Caller,
    project: Project,
    section: Section,
) -> None:
    rival = NewSection(code="SG-02", name="二标段", contractor="another")
    other = await projects.create_section(admin.person, project.id, rival)
    contractor = await people.person(identity, admin, "chenjianguo", (Role.CONTRACTOR, section_scope(section.id)))
    leader = await people.person(identity, admin, "leader", (Role.LEADER, project_scope(project.id)))
    stranger = await people.person(identity, admin, "stranger")
    seen = {
        caller.name: [[one.id for one in shown.sections] for shown in (await projects.visible_to(caller)).projects]
        for caller in (admin, contractor, leader, stranger)
    }
    assert list(seen.values()) == [[[section.id, other.id]], [[section.id]], [[section.id, other.id]], []]


async def test_only_administrators_change_projects(
    identity: Identity, admin: Caller, project: Project, section: Section, http: httpx.AsyncClient
) -> None:
    await people.person(identity, admin, "chenjianguo", (Role.CONTRACTOR, section_scope(section.id)))
    head = await token_of(identity, "chenjianguo")
    doors = [
        ("POST", "/v1/projects"),
        ("POST", f"/v1/projects/{project.id}/sections"),
        ("PUT", f"/v1/projects/{project.id}/fence"),
        ("PUT", f"/v1/sections/{section.id}/fence"),
    ]
    for method, path in doors:
        assert (await http.request(method, path)).status_code == 401
        assert (await http.request(method, path, headers=head)).status_code == 403
    assert (await http.get("/v1/projects")).status_code == 401


BAD_BODIES = [
    b"",
    b"{",
    b"[]",
    b'{"code": "2603-320104-04-01-482176", "name": "a\\u0000", "lat": 0, "lon": 0}',
    b'{"code": "\\u0000", "name": "a", "lat": 0, "lon": 0}',
    b'{"code": "2603-320104-04-01-482176", "name": "a", "lat": 1e400, "lon": 0}',
    b'{"code": "2603-320104-04-01-482176", "name": "a", "lat": 0.5, "lon": 0}',
    b'{"code": "2603-320104-04-01-482176", "name": "a", "lat": 900000001, "lon": 0}',
    b'{"lat": 0, "lon": 0, "radiusCm": 99999999999999999999}',
    b'{"code": "S", "name": "s", "contractor": "c", "contractorCode": "91320100MA1N8F2K3I"}',
    b'{"lat": 0, "lon": 0, "radiusCm": 5000, "rings": [[[0,0],[0,1],[1,1],[0,0]]]}',
    b'{"rings": [[[0,0],[0,1],[1,1]]]}',
    b'{"rings": [[[320415000,1187674000],[320415000,1187674001],[320415001,1187674000],[320415000,1187674000]]]}',
    b'{"lat": 0, "lon": 0}',
    b'{"code": "2603-320104-04-01-482177", "name": "a", "lat": 0, "lon": 0, "began": "2026-02-30"}',
    b'"' + b"x" * 20_000 + b'"',
]


async def test_bad_bodies_and_paths_are_answered_with_a_listed_problem(
    identity: Identity, admin: Caller, project: Project, http: httpx.AsyncClient
) -> None:
    head = await token_of(identity, "admin")
    for body in BAD_BODIES:
        for method, path in (
            ("POST", "/v1/projects"),
            ("POST", f"/v1/projects/{project.id}/sections"),
            ("PUT", f"/v1/projects/{project.id}/fence"),
        ):
            answer = await http.request(method, path, content=body, headers=head)
            assert answer.status_code in (400, 413, 422), (body[:80], path, answer.text)
            assert answer.json()["code"] in PROBLEMS
    circle = {"lat": 0, "lon": 0, "radiusCm": 30_000}
    for odd in ("x", "%00", "a" * 5000, new_id()):
        assert (await http.put(f"/v1/projects/{odd}/fence", json=circle, headers=head)).status_code == 404
        assert (await http.put(f"/v1/sections/{odd}/fence", json=circle, headers=head)).status_code == 404
