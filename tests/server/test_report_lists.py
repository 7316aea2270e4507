"""Lists of reports, their counts and the calendar: each reader's own, by day, page after page."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mobile_contract.identity import Role
from mobile_contract.ids import record_id
from mobile_contract.records import Kind
from mobile_contract.sync import Change, Create, Delete, Patch, Sign
from server.kernel.clock import new_id
from server.replication import Actor
from tests.server.desk import AT, Desk, open_desk
from tests.support import people
from tests.support.clock import HandClock

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Desk]:
    async with open_desk(database_url, tmp_path, tmp_path, clock) as opened:
        sessions = opened.program.identity.sessions
        admin = await sessions.caller((await sessions.login("admin", people.PASSWORD)).token)
        await people.person(opened.program.identity, admin, "zhou", (Role.SUPERVISOR, opened.scope))
        yield opened


async def push(desk: Desk, op: Any, login: str = "chen") -> None:
    person = desk.contractor if login == "chen" else desk.stranger
    (receipt,) = await desk.program.replication.apply(Actor(person=person.person, replica=person.replica), [op])
    assert receipt.outcome != "parked", receipt


async def file(desk: Desk, day: str, *, scope: str = "", login: str = "chen", **fields: Any) -> str:
    scope = scope or desk.scope
    log = record_id(Kind.REPORT, scope, "daily_log", day)
    values = {"form": "daily_log", "formVersion": 1, "fields": {"business_date": day, "recorder": "陈建国", **fields}}
    await push(desk, Create(op_id=new_id(), n=0, scope=scope, kind=Kind.REPORT, id=log, at=AT, values=values), login)
    return log


async def rows(desk: Desk, **asked: Any) -> dict[str, Any]:
    answer = await desk.http.get("/v1/reports/rows", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def counts(desk: Desk, **asked: Any) -> dict[str, Any]:
    answer = await desk.http.get("/v1/reports/counts", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def other_scope(desk: Desk) -> str:
    return next(scope for scope in desk.stranger.scopes() if scope.startswith("section:"))


def on(page: dict[str, Any]) -> list[str]:
    return [row["day"] for row in page["rows"]]


DAYS = [f"2026-11-{number:02}" for number in range(10, 17)]


async def test_a_page_leads_to_the_next_by_day_in_both_directions_and_names_what_it_mentions(desk: Desk) -> None:
    for day in DAYS:
        await file(desk, day)
    seen: list[str] = []
    after = ""
    while True:
        page = await rows(desk, limit=3, after=after)
        seen += on(page)
        if not (after := page.get("next", "")):
            break
    assert seen == DAYS[::-1]
    first = await rows(desk, limit=3, newest=False)
    assert on(first) == DAYS[:3]
    (row, *_), place = first["rows"], first["places"][desk.scope]
    assert first["forms"]["daily_log"]["zh-CN"] == "施工日志"
    assert (place["projectName"], place["section"], place["contractor"]) == (
        "雨污分流",
        "一标段",
        "江苏宁筑建设有限公司",
    )
    assert first["people"] == {desk.contractor.person: "chen 某某"}
    assert (row["author"], row["state"], row["rev"], row["form"]) == (desk.contractor.person, "waiting", 1, "daily_log")
    assert (await desk.http.get("/v1/reports/rows", params={"after": "a~b~c"})).json()["code"] == "request.invalid"


async def test_who_reads_one_section_sees_and_counts_nothing_of_another(desk: Desk) -> None:
    theirs = await other_scope(desk)
    await file(desk, "2026-11-16")
    await file(desk, "2026-11-16", scope=theirs, login="sunlei")
    assert on(await rows(desk)) == ["2026-11-16"]
    assert (await counts(desk))["matching"] == 1
    assert (await rows(desk, scope=theirs))["rows"] == []
    assert (await counts(desk, scope=theirs))["matching"] == 0
    await desk.as_("sunlei")
    assert [row["scope"] for row in (await rows(desk))["rows"]] == [theirs]
    await desk.as_("admin")  # who administers reads no reports
    assert (await rows(desk))["rows"] == []
    assert (await counts(desk))["matching"] == 0


async def test_a_report_is_found_by_where_it_stands_in_its_review_and_waits_again_once_it_changed(desk: Desk) -> None:
    log, other = await file(desk, "2026-11-15"), await file(desk, "2026-11-16")
    await desk.as_("zhou")
    digest = (await desk.entry(log))["digest"]
    body = {"state": "returned", "digest": digest, "reason": "缺照片"}
    assert (await desk.http.post(f"/v1/reports/{log}/review", json=body)).status_code == 200
    assert on(await rows(desk, state="returned")) == ["2026-11-15"]
    assert on(await rows(desk, state="waiting")) == ["2026-11-16"]
    found = await counts(desk, state="returned")
    assert (found["matching"], found["waiting"], found["returned"], found["approved"]) == (1, 1, 1, 0)
    patch = {"fields/safety": Change(value="无", was=None)}
    await push(desk, Patch(op_id=new_id(), n=0, scope=desk.scope, kind=Kind.REPORT, id=log, at=AT, set=patch))
    assert on(await rows(desk, state="waiting")) == ["2026-11-16", "2026-11-15"]
    assert [row["rev"] for row in (await rows(desk, state="waiting"))["rows"]] == [1, 2]
    gone = Delete(
        op_id=new_id(),
        n=0,
        scope=desk.scope,
        kind=Kind.REPORT,
        id=other,
        at=AT,
        was_digest=(await desk.entry(other))["digest"],
    )
    await push(desk, gone)
    assert on(await rows(desk)) == ["2026-11-15"]
    assert (await counts(desk))["waiting"] == 1


async def test_what_people_disagree_on_what_a_form_does_not_admit_and_signatures_are_found(desk: Desk) -> None:
    plain, odd, split = [await file(desk, day) for day in ("2026-11-14", "2026-11-15", "2026-11-16")]
    made: dict[str, Any] = {"n": 0, "scope": desk.scope, "kind": Kind.REPORT, "at": AT}
    await push(desk, Patch(op_id=new_id(), id=odd, set={"fields/weather_am": Change(value="frogs", was=None)}, **made))
    for value in ("甲", "乙"):
        await push(desk, Patch(op_id=new_id(), id=split, set={"fields/safety": Change(value=value, was=None)}, **made))
    await push(desk, Sign(op_id=new_id(), id=plain, digest=(await desk.entry(plain))["digest"], **made))
    assert on(await rows(desk, conflicts=True)) == ["2026-11-16"]
    assert on(await rows(desk, flags=True, state="waiting")) == ["2026-11-15"]
    assert on(await rows(desk, signature="signed")) == ["2026-11-14"]
    assert on(await rows(desk, signature="none", conflicts=False)) == ["2026-11-15"]
    amended = {"fields/safety": Change(value="补记", was=None)}
    await push(desk, Patch(op_id=new_id(), id=plain, set=amended, **made))
    assert on(await rows(desk, signature="amending", author=desk.contractor.person)) == ["2026-11-14"]
    found = await counts(desk)
    assert (found["matching"], found["conflicts"], found["flags"], found["late"]) == (3, 1, 1, 3)  # written on the 18th
    assert on(await rows(desk, form="daily_log", since="2026-11-15", until="2026-11-15")) == ["2026-11-15"]
    assert on(await rows(desk, author=desk.clerk.person)) == []


async def test_the_calendar_says_which_days_came_came_late_are_missing_or_are_due(desk: Desk, clock: HandClock) -> None:
    today = clock.now().date()
    month = today.isoformat()[:7]
    await file(desk, today.isoformat())
    answer = await desk.http.get("/v1/reports/calendar", params={"month": month})
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert [form["id"] for form in shown["forms"]] == ["daily_log", "supervision_log"]
    (section,) = shown["sections"]
    assert (section["scope"], section["section"]) == (desk.scope, "一标段")
    assert (section["expected"], section["received"], section["missing"]) == (1, 1, 0)
    clock.forward(days=3)
    await desk.as_("wangli")
    section = (await desk.http.get("/v1/reports/calendar", params={"month": month})).json()["sections"][0]
    assert (section["expected"], section["received"], section["missing"]) == (4, 1, 2)
    assert [day["mark"] for day in section["days"]] == ["received", "missing", "missing", "due"]
    supervision = {"month": month, "form": "supervision_log"}
    section = (await desk.http.get("/v1/reports/calendar", params=supervision)).json()["sections"][0]
    assert section["missing"] == 3
    unknown = await desk.http.get("/v1/reports/calendar", params={"month": month, "form": "safety_check"})
    assert unknown.json()["code"] == "forms.unknown"
    assert (await desk.http.get("/v1/reports/calendar", params={"month": "2026-13"})).json()[
        "code"
    ] == "request.invalid"
