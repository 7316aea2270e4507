"""Search over HTTP: what is found, by whom, and how the index follows what happens."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from mobile_contract.extractions import FoundPair
from mobile_contract.identity import Role
from mobile_contract.ids import archive_scope, project_scope, record_id
from mobile_contract.records import Kind
from mobile_contract.sync import Change, Create, Delete, Outcome, Patch
from server.identity import Identity
from server.insight import Follower
from server.insight.tables import entries, marks
from server.kernel.clock import new_id
from server.replication import Actor
from tests.server.desk import AT, Desk, open_desk, propose
from tests.server.uploads.house import PHOTO, sha256, upload
from tests.support import people
from tests.support.clock import HandClock

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Desk]:
    async with open_desk(database_url, tmp_path, tmp_path, clock) as opened:
        yield opened


async def follow(desk: Desk) -> int:
    return await desk.program.of(Follower).follow()


async def log(desk: Desk, day: str, work_done: str, **fields: Any) -> str:
    """File a daily log of the contractor."""
    key = record_id(Kind.REPORT, desk.scope, "daily_log", day)
    said = {"business_date": day, "recorder": "陈建国", "work_done": work_done, **fields}
    values = {"form": "daily_log", "formVersion": 1, "fields": said}
    await apply(desk, Create(op_id=new_id(), n=0, scope=desk.scope, kind=Kind.REPORT, id=key, at=AT, values=values))
    return key


async def apply(desk: Desk, op: Any) -> None:
    actor = Actor(person=desk.contractor.person, replica=desk.contractor.replica)
    (receipt,) = await desk.program.replication.apply(actor, [op])
    assert receipt.outcome in {Outcome.APPLIED, Outcome.MERGED}, receipt


async def search(desk: Desk, q: str = "", **asked: Any) -> dict[str, Any]:
    answer = await desk.http.get("/v1/search", params={"q": q, **asked} if q else asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def ids(desk: Desk, q: str = "", **asked: Any) -> list[str]:
    return [each["record"] for each in (await search(desk, q, **asked))["found"]]


async def test_a_report_is_found_by_what_it_says_and_what_was_chosen_and_by_day_and_form(desk: Desk) -> None:
    first = await log(desk, "2026-11-17", "K0+560~K0+640 沟槽开挖,DN800 管道安装 42 m", weather_am="light_rain")
    second = await log(desk, "2026-11-18", "混凝土浇筑,未见裂缝", weather_am="overcast")
    await follow(desk)
    for asked in ("沟槽", "dn800", "K0+640", "管道安装 42", "小雨", "2026-11-17"):
        assert await ids(desk, asked) == [first], asked
    assert await ids(desk, "裂") == [second]
    assert await ids(desk, "裂缝 沟槽") == []
    assert set(await ids(desk, "陈建国")) == {first, second}
    assert await ids(desk, "陈建国", since="2026-11-18") == [second]
    assert await ids(desk, "陈建国", until="2026-11-17") == [first]
    assert await ids(desk, "陈建国", form="payment_application") == []
    assert await ids(desk, since="2026-11-18", kind="report") == [second]
    assert await ids(desk, "。,") == []
    (found,) = (await search(desk, "裂缝"))["found"]
    assert (found["kind"], found["form"], found["day"], found["scope"]) == (
        "report",
        "daily_log",
        "2026-11-18",
        desk.scope,
    )
    assert "未见裂缝" in found["excerpt"]


async def test_pages_lead_through_all_that_is_found_once(desk: Desk) -> None:
    logs = {await log(desk, f"2026-10-{day:02}", "路面摊铺") for day in range(1, 12)}
    await follow(desk)
    seen, after = [], ""
    while True:
        page = await search(desk, "摊铺", limit=4, after=after)
        seen += [each["record"] for each in page["found"]]
        after = page.get("next", "")
        if not after:
            break
    assert len(seen) == len(set(seen)) == 11
    assert set(seen) == logs
    assert await ids(desk, "摊铺", limit=200) == seen


async def test_a_person_without_rights_gets_the_same_bytes_whether_or_not_a_word_exists(desk: Desk) -> None:
    await log(desk, "2026-11-18", "塌方险情")
    await follow(desk)
    assert len(await ids(desk, "塌方")) == 1
    await desk.as_("sunlei")
    project = await desk.program.db.read(lambda tx: tx.scalar(sa.text("SELECT id FROM projects")))
    section = desk.scope.partition(":")[2]
    for more in ({}, {"section": section}, {"project": project}, {"kind": "report"}, {"since": "2026-11-18"}):
        there = await desk.http.get("/v1/search", params={"q": "塌方", **more})
        nowhere = await desk.http.get("/v1/search", params={"q": "塔吊", **more})
        assert there.content == nowhere.content == b'{"found":[]}'


async def test_a_project_is_searched_in_those_of_its_sections_that_one_may_read(desk: Desk) -> None:
    mine = await log(desk, "2026-11-18", "路面摊铺")
    await follow(desk)
    project = await desk.program.db.read(lambda tx: tx.scalar(sa.text("SELECT id FROM projects")))
    assert await ids(desk, "摊铺", project=project) == [mine]
    assert await ids(desk, "摊铺", project=new_id()) == []
    assert await ids(desk, "摊铺", section=desk.scope.partition(":")[2]) == [mine]
    admin = await people_admin(desk)
    await people.person(desk.program.of(Identity), admin, "sunhao", (Role.LEADER, project_scope(project)))
    await desk.as_("sunhao")  # who reads the common part of a project reads no section by that
    assert await ids(desk, "摊铺", project=project) == []


async def people_admin(desk: Desk) -> Any:
    sessions = desk.program.of(Identity).sessions
    return await sessions.caller((await sessions.login("admin", people.PASSWORD)).token)


async def test_edits_deletions_and_archives_are_followed(desk: Desk) -> None:
    key = await log(desk, "2026-11-18", "路面摊铺")
    await follow(desk)
    made: dict[str, Any] = {"n": 0, "scope": desk.scope, "kind": Kind.REPORT, "id": key, "at": AT}
    change = {"fields/work_done": Change(value="绿化种植", was="路面摊铺")}
    await apply(desk, Patch(op_id=new_id(), set=change, **made))
    assert await follow(desk) == 1
    assert await ids(desk, "摊铺") == []
    assert await ids(desk, "绿化") == [key]
    admin = await people_admin(desk)
    actor = Actor(person=admin.person, replica=admin.replica)
    await desk.program.db.write(
        lambda tx: desk.program.replication.move(tx, actor.person, [key], archive_scope(desk.scope))
    )
    assert await ids(desk, "绿化") == []  # not yet followed: nothing is shown where it is no more
    await follow(desk)
    (found,) = (await search(desk, "绿化"))["found"]
    assert found["scope"] == archive_scope(desk.scope)
    await desk.program.db.write(lambda tx: desk.program.replication.move(tx, actor.person, [key], desk.scope))
    await follow(desk)
    digest = (await desk.entry(key))["digest"]
    await apply(desk, Delete(op_id=new_id(), was_digest=digest, **made))
    assert await ids(desk, "绿化") == []
    await follow(desk)
    assert await ids(desk, "绿化") == []
    assert await desk.program.db.read(lambda tx: tx.scalar(sa.select(sa.func.count()).select_from(entries))) == 0


async def test_following_twice_or_anew_changes_nothing(desk: Desk) -> None:
    for day in range(1, 6):
        await log(desk, f"2026-10-{day:02}", "路面摊铺")
    await follow(desk)
    before = await search(desk, "摊铺", limit=3)
    assert await follow(desk) == 0
    assert await desk.program.of(Follower).anew() >= 5
    assert await search(desk, "摊铺", limit=3) == before


async def test_what_was_deleted_beyond_the_horizon_of_the_feed_is_not_found(desk: Desk) -> None:
    key, kept = await log(desk, "2026-11-17", "路面摊铺"), await log(desk, "2026-11-18", "路面摊铺")
    await follow(desk)

    def gone(tx: sa.Connection) -> None:
        from server.replication.tables import horizons, records

        tx.execute(sa.delete(records).where(records.c.id == key))
        head = index_head(tx, desk.scope)
        tx.execute(sa.insert(horizons).values(scope=desk.scope, floor=head, mark=head, marked_at=AT))
        tx.execute(sa.update(marks).where(marks.c.scope == desk.scope).values(seq=1))

    await desk.program.db.write(gone)
    await follow(desk)
    left = await desk.program.db.read(lambda tx: list(tx.scalars(sa.select(entries.c.record))))
    assert left == [kept]


def index_head(tx: sa.Connection, scope: str) -> int:
    from server.insight import index

    return index.head(tx, scope)


async def test_photographs_are_found_by_place_note_and_the_names_of_their_files(desk: Desk) -> None:
    key = new_id()
    await upload(desk.http, PHOTO, filename="现场照片_0412.jpg")
    values = {"blob": sha256(PHOTO), "captured": {"at": AT}, "place": "K0+620", "note": "沟槽支护已完成"}
    op = Create(op_id=new_id(), n=0, scope=desk.scope, kind=Kind.PHOTO, id=key, at=AT, values=values)
    actor = Actor(person=desk.clerk.person, replica=desk.clerk.replica)
    await desk.program.replication.apply(actor, [op])
    await follow(desk)
    for asked in ("K0+620", "支护", "现场照片", "0412.jpg"):
        assert await ids(desk, asked) == [key], asked
    assert await ids(desk, person=desk.clerk.person) == [key]
    assert await ids(desk, person="wangli 某某", kind="photo") == [key]
    assert await ids(desk, "支护", person="别人") == []


async def test_the_text_of_paper_is_found_and_names_its_scan(desk: Desk) -> None:
    pair = FoundPair(
        key="工程名称", value="中山南路雨污分流", page=1, box=(0, 0, 1, 1), key_box=(0, 0, 1, 1), confidence=900
    )
    extraction = await propose(desk, form=None, pairs=(pair,))
    await follow(desk)
    (found,) = (await search(desk, "雨污分流"))["found"]
    assert (found["record"], found["kind"]) == (extraction, "extraction")
    assert found["about"] == (await desk.entry(extraction))["values"]["scan"]


@pytest.mark.parametrize(
    "asked", ['"', "'", '" OR "', "(", "*", "裂*", "a AND b", "\\", "words:x", "x:*", "%", "_", "@", "\0"]
)
async def test_no_question_is_a_syntax_error(desk: Desk, asked: str) -> None:
    await log(desk, "2026-11-18", "路面摊铺")
    await follow(desk)
    assert await ids(desk, asked) == []


async def test_what_is_no_question_is_refused(desk: Desk) -> None:
    for wrong in ({"limit": 0}, {"limit": 201}, {"after": "x"}, {"since": "gestern"}, {"kind": "x"}, {"q": "裂" * 201}):
        answer = await desk.http.get("/v1/search", params=wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid"), wrong
    assert (await desk.http.get("/v1/search", params={"after": "9" * 19})).json() == {"found": []}
    for name in ("number", "person", "form"):
        assert (await desk.http.get("/v1/search", params={name: "\0"})).json() == {"found": []}
    desk.http.headers.pop("Authorization")
    assert (await httpx_get(desk)).status_code == 401


async def httpx_get(desk: Desk) -> httpx.Response:
    return await desk.http.get("/v1/search", params={"q": "裂缝"})
