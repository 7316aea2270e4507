"""Conflicts on the desk: listed for who may read them, settled by who may write the record, with a reason."""

from typing import Any

import httpx
import pytest

from mobile_contract.ids import record_id
from mobile_contract.records import Kind
from mobile_contract.sync import Change, Create, Patch
from server.kernel.clock import new_id
from server.replication import Actor
from tests.server.desk import AT, Desk, open_desk
from tests.server.test_reviews import desk

__all__ = ["desk", "open_desk"]
pytestmark = pytest.mark.anyio


async def disputed(desk: Desk, day: str = "2026-11-18") -> tuple[str, dict[str, Any]]:
    """Have two values for a field of a log; return the log's id and the entry of the conflict."""
    log = record_id(Kind.REPORT, desk.scope, "daily_log", day)
    values = {"form": "daily_log", "formVersion": 1, "fields": {"business_date": day}}
    made: dict[str, Any] = {"n": 0, "scope": desk.scope, "kind": Kind.REPORT, "id": log, "at": AT}
    ops: list[Any] = [Create(op_id=new_id(), values=values, **made)]
    ops += [Patch(op_id=new_id(), set={"fields/safety": Change(value=text, was=None)}, **made) for text in ("甲", "乙")]
    actor = Actor(person=desk.contractor.person, replica=desk.contractor.replica)
    (*_, last) = await desk.program.replication.apply(actor, ops)
    (conflict,) = last.conflicts
    return log, await desk.entry(conflict)


async def listed(desk: Desk, **asked: Any) -> list[dict[str, Any]]:
    answer = await desk.http.get("/v1/conflicts", params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["conflicts"]
    return found


async def resolve(desk: Desk, conflict: dict[str, Any], **asked: Any) -> httpx.Response:
    seen = [each["opId"] for each in conflict["values"]["candidates"].values()]
    return await desk.http.post(f"/v1/conflicts/{conflict['id']}/resolve", json={"seen": seen, **asked})


async def test_conflicts_are_listed_by_scope_and_kind_for_who_reads_them_page_after_page(desk: Desk) -> None:
    days = ("2026-11-16", "2026-11-17", "2026-11-18")
    made = []
    for day in days:
        made.append((await disputed(desk, day))[1]["id"])
        desk.program.clock.forward(seconds=1)  # type: ignore[attr-defined]
    first = (await desk.http.get("/v1/conflicts", params={"limit": 2})).json()
    rest = (await desk.http.get("/v1/conflicts", params={"limit": 2, "after": first["next"]})).json()
    assert [each["id"] for page in (first, rest) for each in page["conflicts"]] == made
    assert "next" not in rest
    assert len(await listed(desk, kind="report", scope=desk.scope)) == 3
    assert await listed(desk, kind="photo") == []
    assert await listed(desk, project=new_id()) == []
    await desk.as_("sunlei")
    assert await listed(desk) == []
    assert await listed(desk, scope=desk.scope) == []


async def test_a_decision_sets_the_value_keeps_its_reason_and_may_be_sent_again(desk: Desk) -> None:
    log, conflict = await disputed(desk)
    answer = await resolve(desk, conflict, value="乙", standing="甲", reason="以旁站记录为准")
    assert answer.json() == {"id": conflict["id"], "state": "resolved", "code": "op.applied"}
    assert (await resolve(desk, conflict, value="乙", standing="甲", reason="以旁站记录为准")).json() == answer.json()
    assert (await desk.entry(log))["values"]["fields"]["safety"] == "乙"
    assert await listed(desk) == []
    (settled,) = await listed(desk, state="resolved")
    said = settled["values"]
    assert (said["chosen"], said["resolvedBy"], said["reason"]) == ("乙", desk.clerk.person, "以旁站记录为准")
    late = await resolve(desk, conflict, value="甲")  # settled otherwise: the field itself is what can be changed now
    assert late.json()["code"] == "op.already_resolved"
    assert (await desk.entry(log))["values"]["fields"]["safety"] == "乙"


async def test_what_was_not_looked_at_stays_open_and_nothing_is_parked_for_it(desk: Desk) -> None:
    _, conflict = await disputed(desk)
    answer = await desk.http.post(f"/v1/conflicts/{conflict['id']}/resolve", json={"seen": [], "value": "乙"})
    assert answer.json() == {"id": conflict["id"], "state": "open", "code": "op.new_candidates"}
    other = await resolve(desk, conflict, value="乙", standing="丙")
    assert other.json()["code"] == "op.new_candidates"
    assert (await desk.http.get("/v1/parked")).json() == {"parked": []}


async def test_who_may_not_write_the_record_settles_nothing(desk: Desk) -> None:
    log, conflict = await disputed(desk)
    await desk.as_("sunlei")
    assert (await resolve(desk, conflict, value="乙")).status_code == 404
    await desk.as_("zhou")
    assert (await desk.http.post(f"/v1/conflicts/{log}/resolve", json={"seen": []})).status_code == 404
    assert (await resolve(desk, conflict, value="乙", reason=" ")).status_code == 422
    assert (await resolve(desk, conflict, value=1.5)).json()["code"] == "value.float"
    assert (await resolve(desk, conflict, value="乙")).json()["state"] == "resolved"  # supervisors record too
