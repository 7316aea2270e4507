"""Below a scope's floor a phone is given that scope from its beginning, and forgets what is not listed."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_contract.ids import natural_id
from mobile_contract.sync import Cursor, Limits
from sync.pull import next_cursor, plan_pull
from sync.replica import Exchanged
from tests.sync.test_scopes import agree
from tests.sync.world import OTHER, SECTION, TestPhone, World

LOGS = [natural_id("log", str(number)) for number in range(6)]


@pytest.fixture
def world() -> World:
    return World(page=2, held={"away": {SECTION, OTHER}, "there": {SECTION, OTHER}})


@pytest.fixture
def there(world: World) -> TestPhone:
    """Who made the logs, and is never away for long."""
    author = TestPhone(world, "there")
    for log in LOGS:
        author.replica.create("report", SECTION, {"form": "f"}, log)
    author.replica.create("report", OTHER, {"form": "f"}, natural_id("log", "other"))
    author.replica.sync()
    return author


@pytest.fixture
def away(world: World, there: TestPhone) -> TestPhone:
    """Who has seen them, and then nothing for long."""
    phone = TestPhone(world, "away")
    phone.replica.sync()
    return phone


def forget(world: World, there: TestPhone, *keys: str) -> None:
    """Delete some logs, and let nobody remember."""
    for key in keys:
        there.replica.delete(key)
    there.replica.sync()
    world.purge(SECTION, world.heads[SECTION])


def relisted(done: list[Exchanged]) -> list[str]:
    return [n.params["scope"] for one in done for n in one.notices if n.code == "sync.scope_relisted"]


def test_only_the_scope_below_its_floor_is_listed_again(world: World, there: TestPhone, away: TestPhone) -> None:
    forget(world, there, LOGS[0])
    done = away.replica.sync()
    assert relisted(done) == [SECTION]
    assert {entry.id for one in done for entry in one.entries} == set(LOGS[1:])
    assert away.storage.copy(LOGS[0]) is None
    assert agree(world, away)
    assert relisted(away.replica.sync()) == []


def test_who_has_read_to_the_floor_reads_on(world: World, away: TestPhone) -> None:
    world.purge(SECTION, world.heads[SECTION])
    assert relisted(away.replica.sync()) == []


def test_a_new_phone_and_a_new_grant_begin_without_a_notice(world: World, there: TestPhone) -> None:
    world.held["new"] = {SECTION}
    forget(world, there, LOGS[0])
    new = TestPhone(world, "new")
    new.replica.exchange()
    world.purge(OTHER, world.heads[OTHER])
    world.held["new"].add(OTHER)
    assert relisted(new.replica.sync()) == []
    assert agree(world, new)


def test_a_floor_raised_meanwhile_begins_a_listing_again(world: World, there: TestPhone, away: TestPhone) -> None:
    forget(world, there, LOGS[0])
    first = [away.replica.exchange(), away.replica.exchange()]
    forget(world, there, LOGS[1], LOGS[2])
    assert relisted([*first, *away.replica.sync()]) == [SECTION, SECTION]
    assert agree(world, away)
    assert {copy.id for copy in away.storage.copies(scope=SECTION)} == set(LOGS[3:])


def test_a_record_that_moves_up_while_it_is_listed_is_kept(world: World, there: TestPhone, away: TestPhone) -> None:
    forget(world, there, LOGS[0])
    away.replica.exchange()
    for log in (LOGS[1], LOGS[5]):
        there.replica.patch(log, {"fields/weather": "fog"})
    there.replica.sync()
    assert relisted(away.replica.sync()) == []
    assert agree(world, away)
    assert away.replica.view(LOGS[1]) == {"form": "f", "fields": {"weather": "fog"}}


def test_a_sweep_leaves_what_has_pending_ops_until_they_are_answered(
    world: World, there: TestPhone, away: TestPhone
) -> None:
    forget(world, there, LOGS[0])
    carry = away.replica._transport.exchange

    def edit_meanwhile(body: bytes) -> bytes:
        if not away.storage.pending(1):
            away.replica.patch(LOGS[0], {"fields/weather": "fog"})
        return carry(body)

    away.replica._transport.exchange = edit_meanwhile  # type: ignore[method-assign]
    while away.replica.exchange().more:
        pass
    assert away.replica.view(LOGS[0]) == {"form": "f", "fields": {"weather": "fog"}}
    away.replica._transport.exchange = carry  # type: ignore[method-assign]
    assert agree(world, away)
    assert away.replica.view(LOGS[0]) is None
    assert away.storage.receipts()[-1].code == "op.unknown_record"


Deed = tuple[str, str, int]


def do(world: World, away: TestPhone, there: TestPhone, deed: Deed) -> None:
    """Let one thing happen to a log, or to the scope that the number picks."""
    what, log, number = deed
    scope = SECTION if number % 2 else OTHER
    record = world.records.get(log)
    if what == "create":
        there.replica.create("report", SECTION, {"form": "f"}, log)
    elif what == "delete" and there.storage.copy(log) is not None:
        there.replica.delete(log)
    elif what == "edit" and away.replica.view(log) is not None:
        away.replica.patch(log, {"fields/weather": number})
    elif what == "purge":
        world.purge(scope, max(world.floors.get(scope, 0), min(number, world.heads.get(scope, 0))))
    elif what == "move" and record is not None and record.scope != scope and not record.deleted:
        world.move(log, scope)


@settings(max_examples=150, deadline=None)
@given(
    script=st.lists(
        st.tuples(
            st.sampled_from(["delete", "edit", "exchange", "purge", "move", "create", "hold"]),
            st.sampled_from(LOGS),
            st.integers(0, 40),
        ),
        max_size=40,
    ),
    page=st.integers(1, 4),
)
def test_whatever_is_forgotten_phones_agree_with_the_server(script: list[Deed], page: int) -> None:
    world = World(page=page, held={"away": {SECTION, OTHER}, "there": {SECTION, OTHER}})
    away, there = TestPhone(world, "away"), TestPhone(world, "there")
    for deed in script:
        if deed[0] == "exchange":
            away.replica.exchange()
        elif deed[0] == "hold":
            world.held["away"] ^= {SECTION if deed[2] % 2 else OTHER}
        else:
            do(world, away, there, deed)
            there.replica.exchange()
    for phone in (there, away, there, away):
        phone.replica.sync()
    assert all(agree(world, phone) for phone in (away, there))


def test_a_cursor_of_a_listing_under_way_is_no_older_than_where_it_began() -> None:
    heads, floors = {SECTION: 20}, {SECTION: 12}
    stale = plan_pull(Cursor(epoch="e", seqs={SECTION: 5}), "e", heads, floors)
    assert (stale.after, stale.listing) == ({SECTION: 0}, {SECTION: 20})
    page = next_cursor(stale, "e", {SECTION: 4})
    assert page == Cursor(epoch="e", seqs={SECTION: 4}, listing={SECTION: 20})
    assert plan_pull(page, "e", {SECTION: 30}, {SECTION: 20}).notices == ()
    assert plan_pull(page, "e", {SECTION: 30}, {SECTION: 21}).after == {SECTION: 0}
    assert next_cursor(stale, "e", {SECTION: 20}).listing == {}
    assert plan_pull(page, "e", {SECTION: 19}, {}).notices[0].code == "sync.cursor_reset"


def later(world: World, days: int) -> None:
    world.now = (datetime.fromisoformat(world.now) + timedelta(days=days)).isoformat().replace("+00:00", "Z")


def test_answered_ops_are_kept_for_the_replay_period_and_no_longer(world: World, there: TestPhone) -> None:
    kept = len(there.storage.receipts())
    later(world, Limits().replay_days)
    there.replica.sync()
    assert len(there.storage.receipts()) == kept
    later(world, 1)
    there.replica.sync()
    assert there.storage.receipts() == []


def test_who_comes_back_later_than_that_still_replays_after_a_restore(world: World, there: TestPhone) -> None:
    for table in (world.records, world.receipts, world.heads):
        table.clear()
    world.epoch = "epoch-2"
    later(world, Limits().replay_days + 1)
    there.replica.sync()
    assert agree(world, there)
    assert {record.id for record in world.in_scope(SECTION)} == set(LOGS)
