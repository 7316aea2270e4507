"""Repair on real databases: sums by bucket equal the scope's checksum, pages are bounded, nobody reads foreign ones."""

import asyncio

import msgspec
import pytest

from mobile_contract.repair import BucketsAnswer, BucketsAsked
from sync import checksum
from tests.server.notes import OTHER, SECTION, Town, actor, create, patch
from tests.support.refusals import refuses

pytestmark = pytest.mark.anyio


async def ask(town: Town, name: str, asked: BucketsAsked) -> BucketsAnswer:
    return msgspec.json.decode(await town.replication.buckets(actor(name), asked), type=BucketsAnswer)


async def test_the_buckets_add_up_to_the_checksum_of_the_scope(town: Town) -> None:
    ops = [create(n, f"note {n}") for n in range(1, 41)]
    answer = await town.push("chen", [*ops, patch(41, ops[0].id, "other", "note 1")])
    found = (await ask(town, "chen", BucketsAsked(scope=SECTION))).buckets
    total = 0
    for bucket in found.values():
        total = checksum.add(total, int(bucket.sum, 16))
    (scope,) = (item for item in answer.checksums if item.scope == SECTION)
    assert (checksum.written(total), sum(bucket.count for bucket in found.values())) == (scope.sum, scope.count)


async def test_the_records_of_buckets_come_in_pages_by_id(town: Town) -> None:
    for start in (1, 101):
        await town.push("chen", [create(n, f"note {n}") for n in range(start, start + 100)])
    every = tuple(f"{number:02x}" for number in range(256))
    seen: list[str] = []
    more = True
    while more:
        page = await ask(town, "chen", BucketsAsked(scope=SECTION, buckets=every, after=seen[-1] if seen else ""))
        assert 0 < len(page.records) <= 50
        seen += [entry.id for entry in page.records]
        more = page.more
    assert (len(seen), seen) == (200, sorted(set(seen)))
    one = seen[0][-2:]
    some = await ask(town, "chen", BucketsAsked(scope=SECTION, buckets=(one,)))
    assert [entry.id for entry in some.records] == [key for key in seen if key.endswith(one)]


async def test_a_scope_that_is_not_held_has_no_buckets(town: Town) -> None:
    with refuses("request.not_found"):
        await town.replication.buckets(actor("chen"), BucketsAsked(scope=OTHER))


async def test_the_reference_phone_mends_itself_against_a_real_server(town: Town) -> None:
    await town.push("zhou", [create(n, f"note {n}") for n in range(1, 61)])
    make = town.phone("chen")

    def work() -> list[tuple[str, ...]]:
        chen = make()
        chen.sync()
        kept = [copy.id for copy in chen._storage.copies(scope=SECTION)]
        chen._storage.drop_copies(kept[:7])
        chen.patch(kept[20], {"text": "mine"})
        found = [chen.exchange().mismatched]
        chen.sync()
        return [*found, chen.sync()[-1].mismatched]

    assert await asyncio.to_thread(work) == [(SECTION,), ()]
