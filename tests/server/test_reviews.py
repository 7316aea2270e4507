"""The return leg: what a supervisor makes of a report comes back to its writers by the feed."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mobile_contract.identity import Role
from mobile_contract.ids import record_id
from mobile_contract.records import Kind
from mobile_contract.sync import AnyOp, Create, Outcome, Sign
from server.identity import Caller, Identity
from server.kernel.clock import new_id
from server.replication import Actor
from tests.server.desk import AT, Desk, open_desk
from tests.support import people
from tests.support.clock import HandClock

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Desk]:
    async with open_desk(database_url, tmp_path, tmp_path, clock) as opened:
        await people.person(opened.program.identity, await admin(opened), "zhou", (Role.SUPERVISOR, opened.scope))
        yield opened


async def admin(desk: Desk) -> Caller:
    sessions = desk.program.of(Identity).sessions
    return await sessions.caller((await sessions.login("admin", people.PASSWORD)).token)


async def file(desk: Desk, sign: bool = False) -> dict[str, Any]:
    """File the log of the contractor; gives it as the server holds it."""
    log = record_id(Kind.REPORT, desk.scope, "daily_log", "2026-11-18")
    actor = Actor(person=desk.contractor.person, replica=desk.contractor.replica)
    values = {"form": "daily_log", "formVersion": 1, "fields": {"business_date": "2026-11-18", "recorder": "陈建国"}}
    made: dict[str, Any] = {"n": 0, "scope": desk.scope, "kind": Kind.REPORT, "id": log, "at": AT}
    op: AnyOp = Create(op_id=new_id(), values=values, **made)
    await desk.program.replication.apply(actor, [op])
    if sign:
        op = Sign(op_id=new_id(), digest=(await desk.entry(log))["digest"], **made)
        (receipt,) = await desk.program.replication.apply(actor, [op])
        assert receipt.outcome is Outcome.APPLIED, receipt
    return await desk.entry(log)


async def review(desk: Desk, log: dict[str, Any], state: str, reason: str = "") -> httpx.Response:
    body = {"state": state, "digest": log["digest"], "reason": reason}
    return await desk.http.post(f"/v1/reports/{log['id']}/review", json=body)


async def test_a_returned_report_says_who_returned_it_and_why_and_an_approval_takes_its_place(desk: Desk) -> None:
    log = await file(desk)
    await desk.as_("zhou")
    assert (await review(desk, log, "returned")).json()["code"] == "reports.reason_missing"
    returned = (await review(desk, log, "returned", " 管道工人数与考勤不符 ")).json()
    found = await desk.entry(log["id"])
    assert found["server"]["review"] == returned
    assert (returned["state"], returned["reason"]) == ("returned", "管道工人数与考勤不符")
    assert found["seq"] > log["seq"]
    assert found["digest"] == log["digest"]
    assert (await review(desk, log, "approved")).status_code == 200
    assert (await desk.entry(log["id"]))["server"]["review"]["state"] == "approved"
    said = [event for event in await desk.events("record.annotated") if event["subject"] == log["id"]]
    assert [event["set"]["review"]["state"] for event in said if "review" in event["set"]] == ["returned", "approved"]


async def test_values_that_moved_meanwhile_are_not_approved_unseen(desk: Desk) -> None:
    log = await file(desk)
    await desk.as_("zhou")
    answer = await review(desk, {**log, "digest": "0" * 64}, "approved")
    assert (answer.status_code, answer.json()["code"]) == (409, "reports.moved_since")
    assert "review" not in (await desk.entry(log["id"]))["server"]


async def test_only_supervisors_of_the_section_review_and_nobody_what_they_signed(desk: Desk) -> None:
    log = await file(desk, sign=True)
    assert (await review(desk, log, "approved")).json()["code"] == "identity.forbidden"  # the clerk
    await desk.as_("sunlei")
    assert (await review(desk, log, "approved")).status_code == 404
    identity = desk.program.identity
    await identity.grant((await admin(desk)).person, desk.contractor.person, Role.SUPERVISOR, desk.scope)
    await desk.as_("chen")
    assert (await review(desk, log, "approved")).json()["code"] == "reports.own"


async def test_a_report_is_returned_with_a_reason_for_each_field(desk: Desk) -> None:
    log = await file(desk)
    await desk.as_("zhou")
    fields = {"fields/weather_am": " 与气象记录不符 "}
    body = {"state": "returned", "digest": log["digest"], "fields": fields}
    answer = await desk.http.post(f"/v1/reports/{log['id']}/review", json=body)
    assert answer.status_code == 200, answer.text
    assert (await desk.entry(log["id"]))["server"]["review"]["fields"] == {"fields/weather_am": "与气象记录不符"}
    for strange in ("weather_am", "fields/a/b/c/d", "fields/"):
        odd = body | {"fields": {strange: "错"}}
        assert (await desk.http.post(f"/v1/reports/{log['id']}/review", json=odd)).json()["code"] == "request.invalid"


async def test_many_are_reviewed_each_by_itself_and_each_is_answered(desk: Desk) -> None:
    log = await file(desk)
    await desk.as_("zhou")
    approved = {"state": "approved", "digest": log["digest"]}
    moved = {"id": log["id"], "review": {"state": "approved", "digest": "0" * 64}}
    unknown = {"id": new_id(), "review": approved}
    good = {"id": log["id"], "review": approved}
    answer = await desk.http.post("/v1/reports/reviews", json={"reviews": [moved, unknown, good]})
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert [each.get("code") for each in results] == ["reports.moved_since", "request.not_found", None]
    assert results[2]["review"]["state"] == "approved"
    await desk.as_("wangli")
    answer = await desk.http.post("/v1/reports/reviews", json={"reviews": [good]})
    assert [each.get("code") for each in answer.json()["results"]] == ["identity.forbidden"]
    assert (await desk.entry(log["id"]))["server"]["review"]["state"] == "approved"


async def test_all_that_match_are_reviewed_as_they_are_and_nothing_that_came_after_the_list(desk: Desk) -> None:
    log = await file(desk)
    await desk.as_("zhou")
    seen = (await desk.http.get("/v1/reports/rows", params={"state": "waiting"})).json()
    desk.program.clock.forward(minutes=1)  # type: ignore[attr-defined]
    later = record_id(Kind.REPORT, desk.scope, "daily_log", "2026-11-17")
    values = {"form": "daily_log", "formVersion": 1, "fields": {"business_date": "2026-11-17"}}
    op = Create(op_id=new_id(), n=0, scope=desk.scope, kind=Kind.REPORT, id=later, at=AT, values=values)
    await desk.program.replication.apply(Actor(person=desk.contractor.person, replica=desk.contractor.replica), [op])
    asked = {"matching": {"state": "waiting", "asOf": seen["asOf"]}, "state": "approved"}
    done = (await desk.http.post("/v1/reports/reviews/matching", json=asked)).json()
    assert [(each["id"], "review" in each) for each in done["results"]] == [(log["id"], True)]
    assert "more" not in done
    rest = {"matching": {"state": "waiting"}, "state": "approved", "most": 1}
    done = (await desk.http.post("/v1/reports/reviews/matching", json=rest)).json()
    assert [each["id"] for each in done["results"]] == [later]
    await desk.as_("sunlei")  # of another section
    done = (await desk.http.post("/v1/reports/reviews/matching", json={"matching": {}, "state": "approved"})).json()
    assert done["results"] == []
