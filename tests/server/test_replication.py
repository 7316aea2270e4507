"""The exchange on real databases: receipts in the ops' transaction, a dense feed, checksums, no foreign records."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from msgspec import UNSET, UnsetType

from mobile_contract.base import Wire
from mobile_contract.ids import natural_id, person_scope
from mobile_contract.problems import Refused
from mobile_contract.sync import (
    AnyOp,
    Change,
    Create,
    Cursor,
    Limits,
    Outcome,
    Patch,
    Receipt,
    SyncAnswer,
    SyncRequest,
    Upsert,
)
from server.fieldphone import SqliteStorage
from server.kernel.clock import new_id
from server.kernel.database import Database
from server.kernel.journal import Journal
from server.kernel.tables import journal
from server.replication import Actor, Annotation, Replication, SyncedKind, Written
from server.replication.derived import form_named_by
from sync.policy import KindPolicy
from sync.replica import Replica
from tests.support.clock import HandClock
from tests.support.patience import within
from tests.support.refusals import refuses

pytestmark = pytest.mark.anyio

SECTION = "section:" + natural_id("test", "section")
OTHER = "section:" + natural_id("test", "other")
ROLES = frozenset({"contractor"})


class Note(Wire, frozen=True, kw_only=True):
    """A kind for these tests."""

    text: str


class NoteAnnotation(Annotation, frozen=True, kw_only=True):
    """What the server says of it."""

    words: int | UnsetType = UNSET
    seen: bool | UnsetType = UNSET


def held(_tx: sa.Connection, person: str) -> dict[str, frozenset[str]]:
    scopes = {"chen": [SECTION], "zhou": [SECTION, OTHER], "li": [OTHER]}[person]
    return dict.fromkeys([*scopes, own(person)], ROLES)


def own(person: str) -> str:
    return person_scope(natural_id("person", person))


class Somebody(Actor):
    """A person of these tests, by a name that makes an id."""

    @property
    def own_scope(self) -> str:
        return own(self.person)


def count_words(_tx: sa.Connection, written: Sequence[Written]) -> dict[str, NoteAnnotation]:
    texts = {item.record.id: str(item.record.values.get("text")) for item in written}
    if "the database will not have this" in texts.values():
        raise sa.exc.IntegrityError("insert", {}, Exception("refused"))
    return {key: NoteAnnotation(words=len(text.split())) for key, text in texts.items()}


@pytest.fixture
async def replication(database: Database, clock: HandClock) -> Replication:
    kinds = [
        SyncedKind(policy=KindPolicy(kind="note", writers=ROLES, deletable=True), values=Note, project=count_words)
    ]
    service = Replication(database, Journal({}, lambda *_: None), kinds, held, clock, Limits(page_entries=50))
    await service.start()
    return service


def actor(person: str) -> Actor:
    return Somebody(person=person, replica=natural_id("replica", person))


def create(n: int, text: Any, scope: str = SECTION, **fields: Any) -> Create:
    return Create(
        op_id=new_id(),
        n=n,
        scope=scope,
        kind="note",
        id=new_id(),
        at="2026-11-18T08:00:00+08:00",
        values={"text": text},
        **fields,
    )


async def push(replication: Replication, person: str, ops: Sequence[AnyOp], cursor: Cursor | None = None) -> SyncAnswer:
    request = SyncRequest(
        clock="2026-11-18T08:00:00+08:00",
        cursor=cursor or Cursor(),
        ops=tuple(msgspec.Raw(msgspec.json.encode(op)) for op in ops),
    )
    return msgspec.json.decode(await replication.exchange(actor(person), request), type=SyncAnswer)


async def test_what_is_pushed_comes_back_on_the_feed_with_its_projection(replication: Replication) -> None:
    answer = await push(replication, "chen", [create(1, "two words")])
    (entry,) = answer.changes
    assert isinstance(entry, Upsert)
    assert (entry.seq, entry.values["text"], entry.server["words"]) == (1, "two words", 2)
    assert answer.receipts[0].outcome is Outcome.APPLIED
    again = await push(replication, "chen", [], answer.cursor)
    assert (again.changes, again.more) == ((), False)


async def test_a_replay_gets_the_same_receipt_and_changes_nothing(replication: Replication) -> None:
    op = create(1, "once")
    first = await push(replication, "chen", [op])
    await push(
        replication,
        "chen",
        [
            Patch(
                op_id=new_id(),
                n=2,
                scope=SECTION,
                kind="note",
                id=op.id,
                at="x",
                set={"text": Change(value="b", was="once")},
            )
        ],
    )
    replayed = await push(replication, "chen", [op])
    assert replayed.receipts == first.receipts
    assert replayed.checksums[1].at_seq == 2


async def test_sequence_numbers_are_dense_and_only_what_is_written_gets_one(replication: Replication) -> None:
    bad = msgspec.structs.replace(create(2, "x"), kind="unheard_of")
    answer = await push(replication, "chen", [create(1, "a"), bad, create(3, "c")])
    assert [entry.seq for entry in answer.changes if entry.scope == SECTION] == [1, 2]
    assert [receipt.outcome for receipt in answer.receipts] == [Outcome.APPLIED, Outcome.PARKED, Outcome.APPLIED]
    assert [entry.kind for entry in answer.changes if entry.scope == own("chen")] == ["parked"]


async def test_a_unit_the_database_refuses_is_parked_and_the_rest_stands(replication: Replication) -> None:
    poison = create(2, "the database will not have this")
    answer = await push(replication, "chen", [create(1, "a"), poison, create(3, "c")])
    codes = [receipt.code for receipt in answer.receipts]
    assert codes == ["op.applied", "op.refused_by_database", "op.applied"]
    assert len([entry for entry in answer.changes if entry.scope == SECTION]) == 2
    assert (await push(replication, "chen", [poison])).receipts[0].code == "op.refused_by_database"


async def test_a_new_record_that_is_not_of_its_kind_is_parked_with_the_place(replication: Replication) -> None:
    answer = await push(replication, "chen", [create(1, 5)])
    assert (answer.receipts[0].outcome, answer.receipts[0].code) == (Outcome.PARKED, "op.bad_value")
    assert "$.text" in answer.receipts[0].params["path"]


async def test_nobody_reads_a_scope_they_do_not_hold(replication: Replication) -> None:
    op = create(1, "for section other", OTHER)
    await push(replication, "li", [op])
    answer = await push(replication, "chen", [], Cursor(seqs={OTHER: 0}))
    assert answer.changes == ()
    assert answer.dropped == (OTHER,)
    with pytest.raises(Refused, match=r"request\.not_found"):
        await replication.read(actor("chen"), op.id)
    assert await replication.listing(actor("chen"), "note", OTHER, 0, 10) == b"[]"
    assert b"for section other" in await replication.listing(actor("zhou"), "note", None, 0, 10)


async def test_an_op_for_a_foreign_scope_is_kept_under_its_author(replication: Replication) -> None:
    answer = await push(replication, "chen", [create(1, "x", OTHER)])
    assert answer.receipts[0].code == "op.scope_not_held"
    assert [entry.scope for entry in answer.changes] == [own("chen")]


async def test_a_paged_pull_gives_what_one_pull_gives(replication: Replication) -> None:
    for start in range(1, 121, 40):
        await push(replication, "chen", [create(n, f"note {n}") for n in range(start, start + 40)])
    seen: list[str] = []
    cursor, more = Cursor(), True
    while more:
        answer = await push(replication, "zhou", [], cursor)
        seen += [entry.id for entry in answer.changes]
        cursor, more = answer.cursor, answer.more
    assert len(seen) == len(set(seen)) == 120


async def test_an_exchange_takes_as_many_ops_as_it_says_and_is_refused_whole_with_one_more(
    replication: Replication,
) -> None:
    most = replication.limits.ops_per_exchange
    ops = [create(n, "x") for n in range(1, most + 2)]
    with refuses("request.too_large"):
        await push(replication, "chen", ops)
    assert (await push(replication, "zhou", [])).changes == ()
    assert len((await push(replication, "chen", ops[:most])).receipts) == most


async def test_a_cursor_of_another_history_starts_afresh_with_a_notice(replication: Replication) -> None:
    await push(replication, "chen", [create(1, "a")])
    for cursor in (Cursor(epoch="another"), Cursor(seqs={SECTION: 99})):
        answer = await push(replication, "chen", [], cursor)
        assert [notice.code for notice in answer.notices] == ["sync.cursor_reset"]
        assert len(answer.changes) == 1


async def test_writers_at_once_leave_no_gap_and_no_reader_misses_a_row(replication: Replication) -> None:
    async def write(person: str) -> None:
        for n in range(1, 11):
            await push(replication, person, [create(n, f"{person} {n}")])

    seen: set[str] = set()

    async def follow() -> None:
        cursor = Cursor()
        while len(seen) < 20:
            answer = await push(replication, "zhou", [], cursor)
            seen.update(entry.id for entry in answer.changes)
            cursor = answer.cursor

    other = Somebody(person="chen", replica=natural_id("replica", "second phone"))
    second = [create(n, f"second {n}") for n in range(1, 11)]

    async def write_second() -> None:
        for op in second:
            request = SyncRequest(clock="x", ops=(msgspec.Raw(msgspec.json.encode(op)),))
            await replication.exchange(other, request)

    await within(asyncio.gather(write("chen"), write_second(), follow()), 30)


async def test_apply_answers_at_once_and_is_safe_to_repeat(replication: Replication, database: Database) -> None:
    op = create(0, "from the desk")
    first = await replication.apply(actor("chen"), [op])
    second = await replication.apply(actor("chen"), [op])
    assert first == second == [Receipt(op_id=op.op_id, n=1, outcome=Outcome.APPLIED, code="op.applied", rev=1)]


async def test_annotate_moves_a_record_up_the_feed_and_leaves_its_revision(
    replication: Replication, database: Database
) -> None:
    op = create(1, "a")
    before = (await push(replication, "chen", [op])).changes[0]
    changed = await database.write(lambda tx: replication.annotate(tx, "system", {op.id: NoteAnnotation(seen=True)}))
    same = await database.write(lambda tx: replication.annotate(tx, "system", {op.id: NoteAnnotation(seen=True)}))
    after = (await push(replication, "chen", [])).changes[0]
    assert isinstance(after, Upsert)
    assert (changed, same) == (1, 0)
    assert (after.seq, after.rev, after.server["seen"]) == (before.seq + 1, before.rev, True)


async def test_the_journal_names_what_an_op_did_and_that_another_was_parked(
    replication: Replication, database: Database
) -> None:
    await push(replication, "chen", [create(1, "a"), create(2, "x", OTHER)])
    rows = await database.read(lambda tx: tx.execute(sa.select(journal.c.stream, journal.c.event)).all())
    found = {(row.stream, row.event) for row in rows}
    assert {(SECTION, "note.create"), (own("chen"), "op.parked")} <= found


async def test_kinds_that_keep_nothing_beside_their_records_are_forgotten_too(
    replication: Replication, database: Database
) -> None:
    await database.write(lambda tx: replication.forget(tx, {"conflict": [new_id()], "of another program": [new_id()]}))


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"form": "daily_log", "formVersion": 3}, ("daily_log", 3)),
        ({"form": "daily_log"}, None),
        ({"form": "daily_log", "formVersion": "3"}, None),
        ({"form": "daily_log", "formVersion": True}, None),
        ({"form": 7, "formVersion": 3}, None),
        ({"formVersion": 3}, None),
    ],
)
def test_values_name_a_form_by_its_name_and_its_whole_number(
    values: dict[str, Any], named: tuple[str, int] | None
) -> None:
    assert form_named_by(values) == named


async def test_the_journal_chains_each_receipt_to_the_one_before(replication: Replication, database: Database) -> None:
    await push(replication, "chen", [create(n, f"note {n}") for n in (1, 2, 3)])
    rows = await database.read(
        lambda tx: tx.execute(sa.select(journal).where(journal.c.stream == SECTION).order_by(journal.c.pos)).all()
    )
    assert [row.pos for row in rows] == [1, 2, 3]
    assert len({row.leaf for row in rows}) == 3
    assert all(msgspec.json.decode(row.receipt)["outcome"] == "applied" for row in rows)


async def test_the_reference_phone_and_the_server_agree_on_every_checksum(replication: Replication) -> None:
    loop = asyncio.get_running_loop()

    class Direct:
        def exchange(self, body: bytes) -> bytes:
            request = msgspec.json.decode(body, type=SyncRequest)
            return asyncio.run_coroutine_threadsafe(replication.exchange(actor("chen"), request), loop).result(20)

    def work() -> list[tuple[str, ...]]:
        phone = Replica(SqliteStorage(":memory:"), Direct(), lambda: "2026-11-18T08:00:00+08:00", new_id)
        first = phone.create("note", SECTION, {"text": "one"})
        second = phone.create("note", SECTION, {"text": "two"})
        results = phone.sync()
        phone.patch(first, {"text": "uno"})
        phone.delete(second)
        results += phone.sync()
        return [result.mismatched for result in results]

    assert set(await asyncio.to_thread(work)) == {()}


@pytest.mark.parametrize("n", [0, -1, 2**53])
async def test_an_impossible_op_number_parks(replication: Replication, n: int) -> None:
    answer = await push(replication, "chen", [create(n, "x")])
    assert answer.receipts[0].code == "op.undecodable"
