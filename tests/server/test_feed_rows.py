"""The rows of the feed: what is read of them in which order, where a scope ends, and what is kept of a replica."""

import pytest
import sqlalchemy as sa

from server.kernel.database import Database
from server.replication import store
from sync import checksum
from tests.server.notes import OTHER, SECTION, Town, actor, create, own, patch

pytestmark = pytest.mark.anyio


async def test_records_are_found_by_id_in_the_order_asked_and_what_is_not_there_is_passed_over(town: Town) -> None:
    first, second = create(1, "a"), create(2, "b")
    await town.push("chen", [first, second])

    def look(tx: sa.Connection) -> None:
        assert [row.id for row in store.by_id(tx, [second.id, "none", first.id])] == [second.id, first.id]
        there = store.Records(tx, [first.id, "none"])
        assert (list(there), len(there), "none" in there, there.get("none", "-")) == ([first.id], 1, False, "-")
        with pytest.raises(KeyError):
            there["none"]
        assert there[second.id].values == {"text": "b"}
        there.prefetch([second.id, first.id, "other"])
        assert (set(there), len(there)) == ({first.id, second.id}, 2)

    await town.database.read(look)


async def test_a_scope_ends_where_its_last_record_stands_and_an_unwritten_one_at_nothing(town: Town) -> None:
    await town.push("chen", [op := create(1, "a"), create(2, "b")])

    def look(tx: sa.Connection) -> None:
        ends = store.heads(tx, [SECTION, OTHER])
        assert (ends[SECTION].seq, ends[SECTION].live, ends[SECTION].pos) == (2, 2, 2)
        end = ends[OTHER]
        assert (end.name, end.seq, end.sum, end.live, end.pos, end.head) == (OTHER, 0, 0, 0, 0, "")
        assert store.moved(tx, {SECTION: 2, OTHER: 0}) == {}
        assert store.moved(tx, {SECTION: 1}) == {SECTION: 2}
        assert store.positions(tx, [SECTION, SECTION, OTHER]) == {SECTION: 2}
        assert store.floors(tx, [SECTION]) == {}
        terms = list(store.terms(tx, SECTION, chunk=1))
        assert terms == list(store.terms(tx, SECTION)) == list(store.terms(tx, SECTION, chunk=2))
        assert ends[SECTION].sum == sum(checksum.term(*term) for term in terms) % 2**64
        assert [row.seq for row in store.page(tx, SECTION, 0, 5)] == [1, 2]
        assert [row.id for row in store.page(tx, SECTION, 0, 1)] == [op.id]
        assert [row.seq for row in store.page(tx, SECTION, 1, 5)] == [2]

    await town.database.read(look)


async def test_records_of_a_kind_are_those_that_live_by_scope_and_place(town: Town) -> None:
    ops = [create(1, "a", OTHER), create(2, "b"), create(3, "c")]
    await town.push("zhou", ops)

    def look(tx: sa.Connection) -> None:
        both = sorted([SECTION, OTHER])
        found = [row.id for row in store.of_kind(tx, both, "note", 0, 9)]
        assert found == [op.id for scope in both for op in ops if op.scope == scope]
        assert [row.id for row in store.of_kind(tx, [SECTION], "note", 1, 9)] == [ops[2].id]
        assert [row.id for row in store.of_kind(tx, [SECTION], "note", 0, 1)] == [ops[1].id]
        assert list(store.of_kind(tx, both, "report", 0, 9)) == []

    await town.database.read(look)


async def test_what_a_clock_shows_is_kept_with_64_letters_and_without_nul(database: Database) -> None:
    def keep(tx: sa.Connection) -> None:
        assert store.last_n(tx, "r") == 0
        assert store.clock_of(tx, "r") == ("", "")
        store.remember_replica(tx, "r", "p", 7, "1\0" + "x" * 70, "2026-11-18T00:00:00.000Z")
        assert store.clock_of(tx, "r") == ("1" + "x" * 62, "2026-11-18T00:00:00.000Z")
        assert store.last_n(tx, "r") == 7

    await database.write(keep)


async def test_a_database_has_one_epoch_until_it_is_restored(database: Database) -> None:
    def work(tx: sa.Connection) -> None:
        store.found_epoch(tx)
        first = store.epoch(tx)
        store.found_epoch(tx)
        assert store.epoch(tx) == first
        assert store.change_epoch(tx) == store.epoch(tx) != first

    await database.write(work)


async def test_numbers_and_receipts_of_a_replica_are_its_own(town: Town) -> None:
    await town.push("chen", [one := create(1, "a")])
    await town.push("zhou", [create(1, "b")])

    def look(tx: sa.Connection) -> None:
        chen, zhou = actor("chen").replica, actor("zhou").replica
        assert store.numbers_of(tx, chen, [1, 2]) == {1: one.op_id}
        ((op_id, _),) = store.receipts_of(tx, chen, [one.op_id, "none"])
        assert op_id == one.op_id
        assert store.receipts_of(tx, zhou, [one.op_id]) == {}

    await town.database.read(look)


async def test_conflicts_are_found_by_the_record_and_the_scope_that_they_are_about(town: Town) -> None:
    await town.push("chen", [op := create(1, "a"), other := create(2, "b")])
    await town.push("zhou", [patch(1, op.id, "x", "never")])

    async def count(scope: str, key: str) -> int:
        return len(await town.database.read(lambda tx: store.conflicts_about(tx, scope, [key])))

    assert await count(SECTION, op.id) == 1
    assert await count(SECTION, other.id) == await count(own("chen"), op.id) == 0
