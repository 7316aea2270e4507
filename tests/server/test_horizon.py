"""The horizon: what the feed forgets, and how a phone that was away for longer learns of it all the same."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mobile_contract.ids import is_id
from mobile_contract.sync import Delete, SyncAnswer
from server.cli import main
from server.jobs import Job, Jobs
from server.kernel.clock import new_id, rfc3339
from server.kernel.database import Database
from server.kernel.journal import Journal
from server.kernel.settings import Settings
from server.kernel.tables import journal
from server.replication import Horizon, horizon, records
from server.replication.tables import horizons
from sync.replica import Replica
from tests.server.notes import AT, OTHER, SECTION, Town, create, own
from tests.server.test_scopes import Phones, move
from tests.support.clock import HandClock

pytestmark = pytest.mark.anyio
REPLAY = timedelta(days=90)
JOB = Job(id=new_id(), kind=horizon.Purge.kind, args=horizon.Purge(), attempt=1, max_attempts=5, token="")


@pytest.fixture
def jobs(database: Database, clock: HandClock) -> Jobs:
    return Jobs(database, Settings(), clock)


@pytest.fixture
def far(database: Database, clock: HandClock, jobs: Jobs) -> Horizon:
    return Horizon(database, Journal({}, jobs.add), jobs, clock, REPLAY, "worker")


async def delete(town: Town, n: int, key: str, scope: str = SECTION) -> None:
    record = await town.database.read(lambda tx: town.replication.record(tx, key))
    assert record is not None
    op = Delete(op_id=new_id(), n=n, scope=scope, kind="note", id=key, at=AT, was_digest=record.digest)
    assert (await town.push("zhou", [op])).receipts[0].code == "op.applied"


async def pass_by(far: Horizon, clock: HandClock, *days: int) -> None:
    """Run the job, and again after so many days each time."""
    await far.purge(JOB)
    for some in days:
        clock.forward(days=some)
        await far.purge(JOB)


async def floors(town: Town) -> dict[str, int]:
    found = await town.database.read(lambda tx: tx.execute(sa.select(horizons)).all())
    return {row.scope: row.floor for row in found if row.floor}


async def rows(town: Town) -> set[str]:
    return set(await town.database.read(lambda tx: tx.scalars(sa.select(records.c.id)).all()))


def relisted(answer: SyncAnswer) -> list[str]:
    return [notice.params["scope"] for notice in answer.notices if notice.code == "sync.scope_relisted"]


async def test_a_deletion_is_told_for_the_replay_period_and_then_forgotten(
    town: Town, far: Horizon, clock: HandClock
) -> None:
    gone, stays = create(1, "goes"), create(2, "stays")
    await town.push("zhou", [gone, stays])
    await delete(town, 3, gone.id)
    await pass_by(far, clock, 89)
    assert gone.id in await rows(town)
    await pass_by(far, clock, 2)
    assert await rows(town) & {gone.id, stays.id} == {stays.id}
    assert await floors(town) == {SECTION: 3}
    told = sa.select(journal.c.stream, journal.c.payload).where(journal.c.event == "feed.purged")
    assert [tuple(row) for row in await town.database.read(lambda tx: tx.execute(told).all())] == [
        (SECTION, '{"floor":3,"records":1}')
    ]


async def test_a_phone_that_was_away_for_longer_lists_that_scope_and_sweeps_it(
    town: Town, far: Horizon, clock: HandClock
) -> None:
    phones = Phones(town)
    gone, stays, there = create(1, "goes"), create(2, "stays"), create(3, "there", OTHER)
    await town.push("zhou", [gone, stays, there])
    phone = await phones.sync("zhou")
    cursor = (await town.push("zhou", [])).cursor
    await delete(town, 4, gone.id)
    await pass_by(far, clock, 91)
    answer = await town.push("zhou", [], cursor)
    assert relisted(answer) == [SECTION]
    assert [(entry.scope, entry.id) for entry in answer.changes] == [(SECTION, stays.id)]
    shown: list[object] = []
    await phones.sync("zhou", lambda phone: shown.append(phone.view(gone.id)))
    await phones.sync("zhou", lambda phone: shown.extend(map(phone.view, (gone.id, stays.id, there.id))))
    assert shown == [{"text": "goes"}, None, {"text": "stays"}, {"text": "there"}]
    assert phone is await phones.sync("zhou")
    assert relisted(await town.push("zhou", [], answer.cursor)) == []


async def test_what_somebody_still_works_on_is_kept_until_it_is_answered(
    town: Town, far: Horizon, clock: HandClock
) -> None:
    phones = Phones(town)
    gone = create(1, "goes")
    await town.push("zhou", [gone])
    await phones.sync("chen")
    await delete(town, 2, gone.id)
    await pass_by(far, clock, 91)
    await phones.sync("chen", lambda phone: phone.patch(gone.id, {"text": "edited"}))
    shown: list[object] = []
    await phones.sync("chen", lambda phone: shown.append(phone.view(gone.id)))
    assert shown == [None]
    (kept,) = await town.parked("chen")
    assert (kept["values"]["code"], kept["values"]["op"]["id"]) == ("op.unknown_record", gone.id)


async def test_what_a_moved_record_left_behind_is_forgotten_too(town: Town, far: Horizon, clock: HandClock) -> None:
    phones = Phones(town)
    op = create(1, "goes")
    await town.push("zhou", [op])
    await phones.sync("chen")
    await move(town, op, OTHER)
    await pass_by(far, clock, 91)
    assert await rows(town) == {op.id}
    shown: list[object] = []
    await phones.sync("chen")
    await phones.sync("chen", lambda phone: shown.append(phone.view(op.id)))
    assert shown == [None]


async def test_a_kind_drops_what_it_keeps_of_deleted_records_and_of_no_others(
    town: Town, jobs: Jobs, clock: HandClock
) -> None:
    far = Horizon(town.database, Journal({}, jobs.add), jobs, clock, REPLAY, "worker", town.replication.forget)
    gone, stays, moves = create(1, "goes"), create(2, "stays"), create(3, "moves")
    await town.push("zhou", [gone, stays, moves])
    await delete(town, 4, gone.id)
    await move(town, moves, OTHER)
    await pass_by(far, clock, 91)
    assert await rows(town) == {stays.id, moves.id}
    assert town.forgot == [gone.id]


async def test_a_scope_is_purged_a_bounded_number_of_rows_at_a_time(
    town: Town, far: Horizon, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ops = [create(n, f"note {n}") for n in range(1, 6)]
    await town.push("zhou", ops)
    for n, op in enumerate(ops, 6):
        await delete(town, n, op.id)
    await far.purge(JOB)
    clock.forward(days=91)
    left = []
    at = rfc3339(clock.now())
    for _ in range(4):
        book = Journal({}, lambda *_: None)
        await town.database.write(lambda tx, book=book: horizon.advance(tx, book, SECTION, at, "worker", 2))  # type: ignore[misc]
        left.append((len(await rows(town)), (await floors(town)).get(SECTION)))
    assert left == [(3, 7), (1, 9), (0, 10), (0, 10)]


async def test_the_job_is_there_once_and_comes_back(town: Town, far: Horizon, jobs: Jobs, clock: HandClock) -> None:
    await far.start()
    await far.start()
    (job,) = await jobs.claim([horizon.Purge.kind], 5)
    await far.handlers[0](job)
    await jobs.finish(job)
    assert await jobs.claim([horizon.Purge.kind], 5) == []
    clock.forward(hours=6)
    assert len(await jobs.claim([horizon.Purge.kind], 5)) == 1


async def test_a_scope_is_due_once_it_was_written_to_since_its_floor_and_its_mark_is_old(
    town: Town, far: Horizon, clock: HandClock
) -> None:
    now = rfc3339(clock.now())

    async def due(before: str, limit: int = 9) -> list[str]:
        return sorted(await town.database.read(lambda tx: horizon.due(tx, before, limit)))

    await town.push("zhou", [op := create(1, "x"), create(2, "y", OTHER)])
    assert await due(now) == sorted([SECTION, OTHER]), "a mark is missing; the person's own scope has nothing"
    assert len(await due(now, 1)) == 1
    await far.purge(JOB)
    assert await due(now) == []
    clock.forward(seconds=1)
    assert await due(rfc3339(clock.now())) == sorted([SECTION, OTHER])
    await delete(town, 3, op.id)
    await pass_by(far, clock, 91, 91)
    assert await floors(town) == {SECTION: 2, OTHER: 1}
    assert await due(rfc3339(clock.now() + timedelta(days=1))) == [], "nothing was written since the floors"


async def test_a_job_that_leaves_scopes_over_comes_back_at_once(
    town: Town, far: Horizon, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(horizon, "SCOPES_AT_ONCE", 1)
    await town.push("zhou", [create(1, "x")])
    await far.purge(JOB)
    (again,) = await jobs.claim([horizon.Purge.kind], 5)
    await far.handlers[0](again)
    await jobs.finish(again)
    assert await jobs.claim([horizon.Purge.kind], 5) == []


async def test_who_keeps_something_for_a_record_is_told_once_that_it_is_forgotten_and_of_what_kind_it_was(
    town: Town, jobs: Jobs, database: Database, clock: HandClock
) -> None:
    told: list[dict[str, Sequence[str]]] = []
    far = Horizon(
        database, Journal({}, jobs.add), jobs, clock, REPLAY, "worker", lambda _tx, gone: told.append(dict(gone))
    )
    await town.push("zhou", [op := create(1, "goes")])
    await delete(town, 2, op.id)
    await pass_by(far, clock, 91, 91)
    assert [gone for gone in told if gone] == [{"note": [op.id]}]


async def test_a_restored_database_takes_no_op_before_what_it_forgot_is_sent_again(town: Town) -> None:
    phones = Phones(town)

    def note(phone: Replica) -> None:
        phone.create("note", SECTION, {"text": "a"})

    await phones.sync("chen", note)
    before = await town.push("zhou", [])
    late = create(1, "late")
    epoch = await town.replication.restored("root")
    answer = await town.push("zhou", [late], before.cursor)
    assert (answer.receipts, answer.cursor.epoch) == ((), epoch)
    assert [notice.code for notice in answer.notices] == ["sync.cursor_reset"]
    assert (await town.push("zhou", [late], answer.cursor)).receipts[0].code == "op.applied"
    assert {item.scope: item.count for item in answer.checksums} == {SECTION: 1, OTHER: 0, own("zhou"): 0}
    await phones.sync("chen")


async def test_a_new_phone_whose_first_exchange_spans_a_restore_sends_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    push = town.replication._push

    async def restored_right_after(*pushed: Any) -> Any:
        plans = await push(*pushed)
        monkeypatch.undo()
        await town.replication.restored("root")
        return plans

    monkeypatch.setattr(town.replication, "_push", restored_right_after)
    answer = await town.push("chen", [create(1, "a")])
    assert [receipt.code for receipt in answer.receipts] == ["op.applied"]
    assert [notice.code for notice in answer.notices] == ["sync.cursor_reset"]


def test_an_operator_says_that_a_backup_was_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(tmp_path))
    epochs = [(main(["restored"]), capsys.readouterr().out.strip()) for _ in range(2)]
    assert [status for status, _ in epochs] == [0, 0]
    assert len({epoch for _, epoch in epochs if is_id(epoch)}) == 2
