"""A phone whose copies do not add up is mended bucket by bucket; what it has not sent yet stays as it is."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mobile_contract.ids import natural_id
from sync.invariants import phone_equals_server
from sync.ports import Copy, Unreachable
from sync.repair import Repaired
from tests.sync.world import SECTION, TestPhone, World

IDS = [natural_id("repair", str(count)) for count in range(30)]


def filled(page: int = 50) -> tuple[World, TestPhone]:
    world = World(page=page)
    author, phone = TestPhone(world, "author"), TestPhone(world, "reader")
    for count, key in enumerate(IDS[:20]):
        author.replica.create("report", SECTION, {"form": "f", "fields": {"count": count}}, key)
    author.replica.sync()
    author.replica.delete(IDS[0])
    author.replica.sync()
    phone.replica.sync()
    return world, phone


def damage(phone: TestPhone, how: str, key: str) -> None:
    there = phone.storage.copy(key)
    if how == "add":
        blank = Copy(kind="report", id=key, scope=SECTION, seq=1, rev=1, digest="0" * 64, values={}, server={})
        phone.storage.put_copy(there or blank)
    elif there is None:
        return
    elif how == "drop":
        phone.storage.drop_copies([key])
    elif how == "rev":
        phone.storage.put_copy(replace(there, rev=there.rev + 1))
    elif how == "digest":
        phone.storage.put_copy(replace(there, digest="0" * 64))
    elif how == "values":
        phone.storage.put_copy(replace(there, values={"form": "g"}))


def wrong(world: World, phone: TestPhone) -> Sequence[str]:
    return phone_equals_server(phone.storage.copies(scope=SECTION), world.records.values(), {SECTION})


harm = st.tuples(st.sampled_from(["add", "drop", "rev", "digest", "values"]), st.sampled_from(IDS))


@settings(max_examples=150, deadline=None)
@given(harms=st.lists(harm, max_size=25), pending=st.lists(st.sampled_from(IDS), max_size=5), page=st.integers(1, 7))
def test_whatever_happened_to_the_copies_they_are_equal_again(
    harms: list[tuple[str, str]], pending: list[str], page: int
) -> None:
    world, phone = filled(page)
    for key in pending:
        if phone.replica.view(key) is not None:
            phone.replica.patch(key, {"fields/note": "mine"})
    queue = phone.storage.pending(1000)
    for how, key in harms:
        damage(phone, how, key)
    phone.replica.repair(SECTION)
    assert phone.storage.pending(1000) == queue
    assert wrong(world, phone) == []
    assert phone.replica.repair(SECTION) == Repaired()


def test_only_the_buckets_that_differ_are_read_again() -> None:
    world, phone = filled()
    assert phone.replica.repair(SECTION) == Repaired()
    damage(phone, "drop", IDS[3])
    damage(phone, "values", IDS[7])
    mended = phone.replica.repair(SECTION)
    assert (mended.buckets, mended.dropped) == (len({IDS[3][-2:], IDS[7][-2:]}), 0)
    assert mended.put < 6
    assert wrong(world, phone) == []


def test_a_sync_that_ends_in_a_mismatch_mends_it() -> None:
    world, phone = filled()
    damage(phone, "drop", IDS[3])
    damage(phone, "add", IDS[25])
    assert phone.replica.sync()[-1].mismatched == (SECTION,)
    assert phone.replica.sync()[-1].mismatched == ()
    assert wrong(world, phone) == []


def test_a_link_that_breaks_in_between_leaves_what_was_mended() -> None:
    world, phone = filled(page=2)
    for key in IDS[1:15]:
        damage(phone, "drop", key)
    calls = iter([None, None, None, "lost"])
    phone.replica._transport.fate = lambda: next(calls, None)  # type: ignore[attr-defined]
    before = len(phone.storage.copies(scope=SECTION))
    try:
        phone.replica.repair(SECTION)
    except Unreachable:
        assert len(phone.storage.copies(scope=SECTION)) > before
    else:
        raise AssertionError("the link did not break")
    phone.replica.repair(SECTION)
    assert wrong(world, phone) == []


def test_a_server_of_another_history_mends_nothing() -> None:
    world, phone = filled()
    damage(phone, "drop", IDS[3])
    world.epoch = "epoch-2"
    assert phone.replica.repair(SECTION) == Repaired()
