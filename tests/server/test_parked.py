"""Parked ops: listed for whom they concern, tried again, corrected or discarded – journaled, and safe to repeat."""

import asyncio
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from mobile_contract.ids import natural_id
from mobile_contract.parked import ApplyParked
from mobile_contract.sync import Outcome, Upsert
from server.kernel.clock import new_id
from server.kernel.tables import journal
from server.replication import waiting
from tests.server.notes import OTHER, SECTION, WRITER, Town, actor, create, own, patch, person_id
from tests.support.clock import HandClock
from tests.support.patience import within
from tests.support.refusals import refuses

pytestmark = pytest.mark.anyio
X = "01a1fe86-646e-71ef-a5eb-c1c7305cbdf4"


async def events(town: Town) -> list[tuple[str, str]]:
    """Return the names of what happened to parked ops, with who did it."""
    rows = sa.select(journal.c.event, journal.c.actor).where(journal.c.event.like("parked.%"))
    found = await town.database.read(lambda tx: tx.execute(rows.order_by(journal.c.stream, journal.c.pos)).all())
    return [(row.event, row.actor) for row in found]


async def one_parked(town: Town, name: str = "chen", **asked: Any) -> dict[str, Any]:
    (entry,) = await town.parked(name, **asked)
    return entry


async def values_of(town: Town, key: str) -> Any:
    record = await town.database.read(lambda tx: town.replication.record(tx, key))
    return record.values if record else None


async def test_they_are_listed_for_their_author_the_desk_of_their_scope_and_administrators(town: Town) -> None:
    await town.push("chen", [create(1, "x", OTHER), create(2, 5)])
    codes = {entry["values"]["code"] for entry in await town.parked("chen")}
    assert codes == {"op.scope_not_held", "op.bad_value"}
    (seen,) = await town.parked("clerk")
    assert seen["values"]["op"]["scope"] == SECTION
    assert seen["server"]["by"] == person_id("chen")
    assert await town.parked("zhou") == []
    assert len(await town.parked("root", admin=True)) == 2
    assert await town.parked("root") == []


async def test_the_list_comes_in_pages_the_oldest_first(town: Town, clock: HandClock) -> None:
    for n in range(1, 6):
        await town.push("chen", [create(n, n)])
        clock.forward(seconds=1)
    seen, after = [], ""
    for _ in range(3):
        page = msgspec.json.decode(await town.replication.parked(actor("chen"), "waiting", after, 2))
        seen += [entry["values"]["op"]["n"] for entry in page["parked"]]
        after = page.get("next", "")
    assert (seen, after) == ([1, 2, 3, 4, 5], "")


async def test_a_last_page_that_is_full_is_the_last(town: Town) -> None:
    await town.push("chen", [create(1, 5), create(2, 5)])
    page = msgspec.json.decode(await town.replication.parked(actor("chen"), "waiting", "", 2))
    assert (len(page["parked"]), page.get("next", "")) == (2, "")


async def test_what_never_was_an_op_is_the_business_of_its_author_and_administrators(town: Town) -> None:
    await town.push("chen", [msgspec.Raw(b"[1, 2")])  # type: ignore[list-item]
    assert await town.parked("clerk") == []
    entry = await one_parked(town, "root", admin=True)
    decided = await town.replication.apply_parked(actor("root", admin=True), entry["id"], ApplyParked())
    assert (decided.state, decided.code) == ("waiting", "op.undecodable")


async def test_a_retry_runs_under_the_author_and_their_authority_of_now(town: Town) -> None:
    answer = await town.push("chen", [create(1, "x", OTHER, X)])
    key = (await one_parked(town))["id"]
    still = await town.replication.retry_parked(actor("chen"), key, None)
    assert (still.state, still.code) == ("waiting", "op.scope_not_held")
    town.grants["chen"][OTHER] = WRITER
    done = await town.replication.retry_parked(actor("chen"), key, "granted today")
    again = await town.replication.retry_parked(actor("chen"), key, "granted today")
    assert done == again
    assert (done.state, done.code) == ("applied", "op.applied")
    assert (await values_of(town, X)) == {"text": "x"}
    assert (X, person_id("chen")) in town.wrote
    (kept,) = await town.parked("chen", "applied")
    assert (kept["values"]["settledBy"], kept["values"]["reason"]) == (person_id("chen"), "granted today")
    assert (await town.push("chen", [])).receipts == ()
    assert await events(town) == [
        ("parked.retried", person_id("chen")),
        ("parked.retried", person_id("chen")),
        ("parked.applied", person_id("chen")),
    ]
    assert answer.receipts[0].outcome is Outcome.PARKED


async def test_a_correction_is_applied_under_who_decides_and_the_author_is_kept(town: Town) -> None:
    await town.push("chen", [create(1, 5, key=X)])
    entry = await one_parked(town, "clerk")
    asked = ApplyParked(op=entry["values"]["op"] | {"values": {"text": "five"}}, reason="read from the paper")
    done = await town.replication.apply_parked(actor("clerk"), entry["id"], asked)
    assert (done.state, done.code) == ("applied", "op.applied")
    assert await town.replication.apply_parked(actor("clerk"), entry["id"], asked) == done
    assert (await values_of(town, X)) == {"text": "five"}
    assert (X, person_id("chen")) in town.wrote
    (kept,) = (item for item in (await town.push("chen", [])).changes if item.kind == "parked")
    assert isinstance(kept, Upsert)
    assert (kept.values["state"], kept.values["settledBy"]) == ("applied", person_id("clerk"))
    rows = sa.select(journal.c.actor, journal.c.event).where(journal.c.op_id == kept.values["appliedOp"])
    (row,) = await town.database.read(lambda tx: tx.execute(rows).all())
    assert tuple(row) == (person_id("clerk"), "note.create")
    other = ApplyParked(op=entry["values"]["op"] | {"values": {"text": "six"}})
    with refuses("parked.settled"):
        await town.replication.apply_parked(actor("clerk"), entry["id"], other)


async def test_a_correction_that_would_be_parked_again_leaves_nothing_behind(town: Town) -> None:
    await town.push("chen", [create(1, 5)])
    entry = await one_parked(town, "clerk")
    before = await town.push("clerk", [])
    done = await town.replication.apply_parked(actor("clerk"), entry["id"], ApplyParked(op=entry["values"]["op"]))
    assert (done.state, done.code) == ("waiting", "op.bad_value")
    assert (await town.push("clerk", [], before.cursor)).changes == ()
    bad = ApplyParked(op=entry["values"]["op"] | {"values": {"text": 1.5}})
    with refuses("value.float"):
        await town.replication.apply_parked(actor("clerk"), entry["id"], bad)


async def test_the_place_of_another_record_is_taken_neither_by_a_retry_nor_by_a_correction(town: Town) -> None:
    derived = natural_id("note", OTHER, "2026-11-18")
    answer = await town.push("chen", [create(1, "x", key=derived)])
    assert [receipt.code for receipt in answer.receipts] == ["op.bad_id"]
    entry = await one_parked(town, "clerk")
    again = await town.replication.retry_parked(actor("chen"), entry["id"], None)
    asked = ApplyParked(op=entry["values"]["op"] | {"opId": new_id(), "n": 0})
    corrected = await town.replication.apply_parked(actor("clerk"), entry["id"], asked)
    assert [again.code, corrected.code] == ["op.bad_id", "op.bad_id"]
    assert await values_of(town, derived) is None


async def test_a_discarded_op_stays_readable_with_its_reason(town: Town) -> None:
    await town.push("chen", [create(1, 5)])
    key = (await one_parked(town, "clerk"))["id"]
    done = await town.replication.discard_parked(actor("clerk"), key, "a test entry")
    assert done == await town.replication.discard_parked(actor("clerk"), key, "a test entry")
    (kept,) = await town.parked("chen", "discarded")
    assert kept["values"]["reason"] == "a test entry"
    assert kept["values"]["op"]["values"] == {"text": 5}
    with refuses("parked.settled"):
        await town.replication.retry_parked(actor("chen"), key, None)
    with refuses("parked.settled"):
        await town.replication.apply_parked(actor("clerk"), key, ApplyParked(op=kept["values"]["op"]))
    assert await events(town) == [("parked.discarded", person_id("clerk"))]


async def test_a_decision_is_journaled_with_its_reason_and_one_without_says_nothing_of_it(town: Town) -> None:
    await town.push("chen", [create(1, 5)])
    key = (await one_parked(town))["id"]
    for reason in ("looked at it", None):
        await town.replication.retry_parked(actor("chen"), key, reason)
    rows = sa.select(journal.c.payload).where(journal.c.event == "parked.retried").order_by(journal.c.pos)
    said = await town.database.read(lambda tx: [msgspec.json.decode(row.payload) for row in tx.execute(rows)])
    assert [payload.get("reason", "absent") for payload in said] == ["looked at it", "absent"]


async def test_nobody_decides_about_what_they_may_not_see(town: Town) -> None:
    await town.push("chen", [create(1, 5)])
    key = (await one_parked(town))["id"]
    for who in (actor("zhou"), actor("li")):
        with refuses("request.not_found"):
            await town.replication.retry_parked(who, key, None)
        with refuses("request.not_found"):
            await town.replication.apply_parked(who, key, ApplyParked())
        with refuses("request.not_found"):
            await town.replication.discard_parked(who, key, "no")
    with refuses("request.not_found"):
        await town.replication.discard_parked(actor("chen"), new_id(), "no")


async def test_an_op_that_came_before_its_record_is_applied_when_the_record_comes(town: Town) -> None:
    await town.push("zhou", [patch(1, X, "later", "first")])
    assert (await one_parked(town, "zhou"))["values"]["code"] == "op.unknown_record"
    answer = await town.push("chen", [create(1, "first", key=X)])
    assert [receipt.code for receipt in answer.receipts] == ["op.applied"]
    assert (await values_of(town, X)) == {"text": "later"}
    (kept,) = await town.parked("zhou", "applied")
    assert "settledBy" not in kept["values"]
    assert await events(town) == [("parked.applied", person_id("zhou"))]
    sums = (await town.push("zhou", [])).checksums
    assert {item.scope: item.count for item in sums} == {SECTION: 1, OTHER: 0, own("zhou"): 1}


async def test_a_waiting_op_that_cannot_be_written_does_not_hold_up_its_record(town: Town) -> None:
    await town.push("zhou", [patch(1, X, "the database will not have this", "first")])
    answer = await town.push("chen", [create(1, "first", key=X)])
    assert [receipt.code for receipt in answer.receipts] == ["op.applied"]
    assert (await values_of(town, X)) == {"text": "first"}
    assert (await one_parked(town, "zhou"))["values"]["state"] == "waiting"


async def test_a_correction_may_bring_the_very_record_it_waited_for(town: Town) -> None:
    await town.push("chen", [patch(1, X, "b", "a")])
    entry = await one_parked(town, "clerk")
    op = {name: item for name, item in entry["values"]["op"].items() if name != "set"}
    asked = ApplyParked(op=op | {"action": "create", "values": {"text": "b"}})
    done = await town.replication.apply_parked(actor("clerk"), entry["id"], asked)
    assert done.state == "applied"
    assert (await values_of(town, X)) == {"text": "b"}
    assert {item.scope: item.count for item in (await town.push("chen", [])).checksums}[own("chen")] == 1


async def test_authors_and_records_that_meet_leave_no_op_waiting(town: Town) -> None:
    keys = [new_id() for _ in range(12)]

    async def edit() -> None:
        for n, key in enumerate(keys, 1):
            await town.push("zhou", [patch(n, key, "later", "first")])

    async def make() -> None:
        for n, key in enumerate(keys, 1):
            await town.push("chen", [create(n, "first", key=key)])

    await within(asyncio.gather(edit(), make()), 60)
    assert await town.parked("zhou") == []
    assert [await values_of(town, key) for key in keys] == [{"text": "later"}] * len(keys)


async def test_a_new_record_must_have_the_id_of_its_natural_key(town: Town) -> None:
    right = natural_id("note", SECTION, "2026-11-18")
    wrong = msgspec.structs.replace(create(1, "x"), values={"text": "x", "day": "2026-11-18"})
    receipt = (await town.push("chen", [wrong])).receipts[0]
    assert (receipt.code, receipt.params["expected"]) == ("op.bad_id", right)
    entry = await one_parked(town)
    corrected = ApplyParked(op=entry["values"]["op"] | {"id": right})
    assert (await town.replication.apply_parked(actor("clerk"), entry["id"], corrected)).state == "applied"
    assert (await values_of(town, right)) == {"text": "x", "day": "2026-11-18"}
    assert (await town.push("chen", [create(2, "free")])).receipts[0].code == "op.applied"


async def test_desk_writes_at_once_each_get_a_number_of_their_own(town: Town) -> None:
    work = [town.replication.apply(actor("chen"), [create(0, f"note {n}")]) for n in range(6)]
    receipts = [receipt for answer in await asyncio.gather(*work) for receipt in answer]
    assert {receipt.code for receipt in receipts} == {"op.applied"}
    assert sorted(receipt.n for receipt in receipts) == [1, 2, 3, 4, 5, 6]


async def test_what_was_discarded_by_mistake_waits_again_and_can_then_be_applied(town: Town) -> None:
    await town.push("chen", [create(1, "x", OTHER, X)])
    key = (await one_parked(town))["id"]
    await town.replication.discard_parked(actor("chen"), key, "not needed")
    with refuses("request.not_found"):
        await town.replication.reopen_parked(actor("zhou"), key, "no business of theirs")
    again = await town.replication.reopen_parked(actor("chen"), key, "needed after all")
    assert (again.state, again.code) == ("waiting", "op.scope_not_held")
    assert await town.replication.reopen_parked(actor("chen"), key, "needed after all") == again
    entry = await one_parked(town)
    assert "reason" not in entry["values"]
    assert "settledBy" not in entry["values"]
    town.grants["chen"][OTHER] = WRITER
    assert (await town.replication.retry_parked(actor("chen"), key, None)).state == "applied"
    with refuses("parked.settled"):
        await town.replication.reopen_parked(actor("chen"), key, "too late")
    assert [name for name, _ in await events(town)] == [
        "parked.discarded",
        "parked.reopened",
        "parked.retried",
        "parked.applied",
    ]


async def test_they_are_listed_by_the_scope_and_kind_that_they_name_and_by_what_is_wrong(town: Town) -> None:
    await town.push("chen", [create(1, "x", OTHER), create(2, 5)])

    async def codes(scope: str | None = None, kind: str | None = None, code: str | None = None) -> list[str]:
        named = None if scope is None else {scope}
        body = await town.replication.parked(
            actor("chen"), "waiting", "", 100, lambda _: waiting.asked_for(named, kind, code)
        )
        return [each["values"]["code"] for each in msgspec.json.decode(body)["parked"]]

    assert await codes(scope=OTHER) == ["op.scope_not_held"]
    assert await codes(kind="note", code="op.bad_value") == ["op.bad_value"]
    assert await codes(kind="photo") == []
