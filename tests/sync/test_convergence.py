"""Any work on any phones over any bad link: once the link holds, every phone shows what the server holds."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mobile_contract.ids import natural_id, row_id
from sync.invariants import every_op_is_accounted_for, phone_equals_server, records_are_sound
from sync.ports import Unreachable
from tests.sync.world import SECTION, TestPhone, World

LOGS = [natural_id("log", str(day)) for day in range(2)]
PATHS = ["fields/weather", "fields/safety", *(f"fields/labour/{row_id('x', 'labour', t)}/count" for t in "ab")]

action = st.one_of(
    st.tuples(st.just("create"), st.integers(0, 1), st.sampled_from(PATHS), st.integers(0, 3)),
    st.tuples(st.just("patch"), st.integers(0, 1), st.sampled_from(PATHS), st.integers(0, 3) | st.none()),
    st.tuples(st.sampled_from(["delete", "sign", "resolve"]), st.integers(0, 1), st.just(""), st.integers(0, 3)),
    st.tuples(st.just("sync"), st.just(0), st.just(""), st.just(0)),
)


def work(phone: TestPhone, what: str, log: str, path: str, value: int | None) -> None:
    if what == "create":
        phone.replica.create("report", SECTION, {"form": "f", "fields": {"weather": value, "labour": {}}}, log)
    elif what == "patch" and phone.replica.view(log) is not None:
        phone.replica.patch(log, {path: value})
    elif what in ("delete", "sign") and phone.storage.copy(log) is not None:
        getattr(phone.replica, what)(log)
    elif what == "resolve":
        for copy in phone.storage.copies(kind="conflict"):
            phone.replica.resolve(copy.id, value)
    elif what == "sync":
        try:
            phone.replica.exchange()
        except Unreachable:
            return


@settings(max_examples=150, deadline=None)
@given(
    script=st.lists(st.tuples(st.integers(0, 2), action), max_size=40),
    fates=st.lists(st.sampled_from([None, None, "lost", "unanswered", "truncated"]), max_size=20),
    page=st.integers(1, 5),
)
def test_phones_converge_and_no_op_is_lost(
    script: list[tuple[int, tuple[str, int, str, int | None]]], fates: list[str | None], page: int
) -> None:
    world = World(page=page)
    fate = iter(fates)
    phones = [TestPhone(world, name, lambda: next(fate, None)) for name in ("a", "b", "c")]
    for who, (what, log, path, value) in script:
        work(phones[who], what, LOGS[log], path, value)
    for _ in fate:
        pass
    for _ in range(2):
        for phone in phones:
            last = phone.replica.sync()[-1]
            assert last.mismatched == ()
    assert records_are_sound(world.records.values()) == []
    for phone in phones:
        memory = phone.storage.memory()
        scopes = world.author(phone.person, memory.cursor).roles
        assert phone_equals_server(phone.storage.copies(), world.records.values(), scopes) == []
        assert every_op_is_accounted_for(phone.storage.receipts(), memory.next_n - 1, world.records) == []
