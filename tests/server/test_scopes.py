"""Moves, grants and revocations on real databases, seen through the reference phone."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from mobile_contract.sync import Create, Left
from server.kernel.tables import journal
from sync.replica import Replica
from tests.server.notes import OTHER, SECTION, WRITER, Town, create, own, patch, person_id
from tests.support.patience import within

pytestmark = pytest.mark.anyio


async def move(town: Town, op: Create, scope: str) -> int:
    work = town.replication.move
    return await town.database.write(lambda tx: work(tx, person_id("root"), [op.id], scope))


class Phones:
    """Reference phones on a thread of their own, where SQLite wants them."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._thread = ThreadPoolExecutor(1)
        self._made: dict[str, Replica] = {}

    async def sync(self, name: str, before: Callable[[Replica], None] = lambda _: None) -> Replica:
        make = self._town.phone(name)

        def work() -> Replica:
            phone = self._made[name] = self._made.get(name) or make()
            before(phone)
            assert phone.sync()[-1].mismatched == ()
            return phone

        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


async def views(town: Town, phones: Phones, *keys: str) -> dict[str, list[str | None]]:
    """Return what each of two phones shows of some records."""
    seen: dict[str, list[str | None]] = {}
    for name in ("chen", "zhou"):
        shown: list[str | None] = []

        def look(phone: Replica, shown: list[str | None] = shown) -> None:
            phone.sync()
            shown += [(phone.view(key) or {}).get("text") for key in keys]

        await phones.sync(name, look)
        seen[name] = shown
    return seen


async def test_a_moved_record_is_with_those_who_read_where_it_is(town: Town) -> None:
    phones = Phones(town)
    op, stays = create(1, "goes"), create(2, "stays")
    await town.push("chen", [op, stays])
    assert await views(town, phones, op.id, stays.id) == {"chen": ["goes", "stays"], "zhou": ["goes", "stays"]}
    before = await town.push("chen", [])
    assert await move(town, op, OTHER) == 1
    assert await move(town, op, OTHER) == 0
    (entry,) = (await town.push("chen", [], before.cursor)).changes
    assert isinstance(entry, Left)
    assert (entry.id, entry.scope, entry.seq) == (op.id, SECTION, 3)
    assert await views(town, phones, op.id, stays.id) == {"chen": [None, "stays"], "zhou": ["goes", "stays"]}
    assert await move(town, op, SECTION) == 1
    assert await views(town, phones, op.id, stays.id) == {"chen": ["goes", "stays"], "zhou": ["goes", "stays"]}
    assert await move(town, op, OTHER) == 1
    assert await views(town, phones, op.id) == {"chen": [None], "zhou": ["goes"]}
    sums = {item.scope: item.count for item in (await town.push("zhou", [])).checksums}
    assert sums == {SECTION: 1, OTHER: 1, own("zhou"): 0}


async def test_its_conflicts_go_with_it_and_both_chains_tell_of_it(town: Town) -> None:
    op = create(1, "a")
    await town.push("chen", [op, patch(2, op.id, "b", "a")])
    clash = (await town.push("zhou", [patch(1, op.id, "c", "a")])).receipts[0].conflicts[0]
    await move(town, op, OTHER)
    place = await town.database.read(lambda tx: town.replication.record(tx, clash))
    assert place is not None
    assert place.scope == OTHER
    told = sa.select(journal.c.stream, journal.c.event).where(journal.c.event.in_(["record.left", "record.moved"]))
    rows = await town.database.read(lambda tx: tx.execute(told).all())
    assert {tuple(row) for row in rows} == {(SECTION, "record.left"), (OTHER, "record.moved")}


async def test_what_is_deleted_or_the_protocol_s_own_is_not_moved(town: Town) -> None:
    op = create(1, "x", OTHER)
    await town.push("chen", [op])
    (parked,) = await town.parked("chen")
    work = town.replication.move
    assert await town.database.write(lambda tx: work(tx, "root", [parked["id"], op.id], OTHER)) == 0


async def test_grants_and_revocations_on_the_way(town: Town) -> None:
    phones = Phones(town)
    there, mine = create(1, "theirs", OTHER), create(1, "mine")
    await town.push("li", [there])
    await town.push("zhou", [mine])
    await phones.sync("chen")
    town.grants["chen"][OTHER] = WRITER
    chen = await phones.sync("chen")
    shown: list[object] = []

    def edit(phone: Replica) -> None:
        shown.append(phone.view(there.id))
        phone.patch(there.id, {"text": "changed"})
        del town.grants["chen"][OTHER]

    await phones.sync("chen", edit)
    await phones.sync("chen", lambda phone: shown.extend([phone.view(there.id), phone.view(mine.id)]))
    assert shown == [{"text": "theirs"}, None, {"text": "mine"}]
    assert chen is await phones.sync("chen")
    (kept,) = await town.parked("chen")
    assert (kept["values"]["code"], kept["values"]["op"]["id"]) == ("op.scope_not_held", there.id)


async def test_writers_and_movers_at_once_keep_every_checksum(town: Town) -> None:
    ops = [create(n, f"note {n}") for n in range(1, 9)]
    await town.push("chen", ops)

    async def back_and_forth(op: Create) -> None:
        for scope in (OTHER, SECTION, OTHER):
            await move(town, op, scope)

    async def write() -> None:
        for n, op in enumerate(ops, 1):
            await town.push("zhou", [patch(n, op.id, "edited", op.values["text"])])

    await within(asyncio.gather(write(), *map(back_and_forth, ops)), 60)
    await Phones(town).sync("zhou")
