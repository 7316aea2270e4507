"""The layers of a plan: what a unit wrote is read through them, taken over with it, or gone with it."""

import pytest

from mobile_contract.ids import natural_id
from mobile_contract.sync import Limits, Outcome, Receipt
from mobile_contract.values import canonical, digest
from sync.draft import Draft, TooLarge
from sync.state import Author, PushState, Record, Sent
from sync.typed import ProtocolAnnotation, Received
from tests.sync.world import SECTION, WRITER

LOG, OTHER = natural_id("log", "1"), natural_id("log", "2")


def author(person: str) -> Author:
    return Author(replica=f"{person}'s", person=person, own_scope=f"person:{person}", roles={SECTION: WRITER})


def record(key: str = LOG, **values: object) -> Record:
    return Record(kind="report", id=key, scope=SECTION, rev=1, digest=digest(values), values=values, server={})


def sent(op_id: str = "op", n: int = 1, body: str = "body", problem: str = "") -> Sent:
    return Sent(raw=b"", body_hash=body, op_id=op_id, n=n, op=None, problem=problem)


def receipt(op_id: str = "op", n: int = 1) -> Receipt:
    return Receipt(op_id=op_id, n=n, outcome=Outcome.APPLIED, code="op.applied")


@pytest.fixture
def draft() -> Draft:
    return Draft(PushState(author=author("chen"), policies={}, records={LOG: record()}, numbers={7: "old"}), Limits())


def test_what_a_branch_wrote_is_there_once_it_is_adopted_and_not_before(draft: Draft) -> None:
    branch = draft.branch()
    branch.save(record(a=1))
    branch.save(record(OTHER))
    assert (branch.get(LOG), draft.get(LOG)) == (record(a=1), record())
    assert (draft.get(OTHER), draft.get("nowhere")) == (None, None)
    assert draft.changed() == {}
    assert (draft.own, branch.own, branch.written) == (frozenset(), frozenset({LOG, OTHER}), (LOG, OTHER))
    draft.adopt(branch)
    assert draft.changed() == {LOG: record(a=1), OTHER: record(OTHER)}
    assert draft.own == draft.branch().own == {LOG, OTHER}
    assert draft.branch().get(OTHER) == record(OTHER)
    assert draft.branch().written == ()


def test_a_record_that_ends_as_it_was_is_not_written(draft: Draft) -> None:
    draft.save(record(a=1))
    draft.save(record())
    assert draft.changed() == {}


def test_an_op_is_answered_once_its_unit_is_adopted(draft: Draft) -> None:
    branch = draft.branch()
    branch.answer(sent(), receipt())
    assert (draft.receipt(sent()), draft.has_answered("op"), draft.number_went_to(1)) == (None, False, None)
    draft.adopt(branch)
    for layer in (draft, branch, draft.branch()):
        assert layer.receipt(sent()) == receipt()
        assert layer.receipt(sent(body="other")) is None
        assert layer.has_answered("op") is True
        assert layer.has_answered("other") is False
        assert (layer.number_went_to(1), layer.number_went_to(2), layer.number_went_to(7)) == ("op", None, "old")


def test_a_number_goes_to_the_first_op_that_can_be_read_and_0_to_none(draft: Draft) -> None:
    draft.answer(sent("unread", problem="op.undecodable"), receipt())
    draft.answer(sent("first"), receipt())
    draft.answer(sent("second"), receipt())
    draft.answer(sent("server", n=0), receipt())
    assert (draft.number_went_to(1), draft.number_went_to(0)) == ("first", None)


def test_a_record_is_its_first_writer_s(draft: Draft) -> None:
    first, second = draft.branch(author("zhou")), draft.branch()
    first.save(record(a=1))
    second.save(record(a=2))
    second.save(record(OTHER))
    draft.adopt(first)
    draft.adopt(second)
    assert draft.writers == {LOG: "zhou", OTHER: "chen"}
    assert (draft.author.person, first.author.person, first.branch().author.person) == ("chen", "zhou", "zhou")


def test_the_revision_counts_values_and_nothing_else(draft: Draft) -> None:
    there = record(a=1)
    assert draft.revise(there, {"a": 1}) == there
    assert draft.revise(there, {"a": 2}) == Record(
        kind="report", id=LOG, scope=SECTION, rev=2, digest=digest({"a": 2}), values={"a": 2}, server={}
    )
    came = draft.annotate(there, Received(received_at="2026-11-18T00:00:00Z"))
    noted = draft.annotate(came, ProtocolAnnotation(open_conflicts=("a",)))
    assert (noted.rev, noted.server) == (1, {"receivedAt": "2026-11-18T00:00:00Z", "openConflicts": ["a"]})
    assert draft.annotate(noted, ProtocolAnnotation(open_conflicts=None)).server == came.server
    buried = draft.bury(noted)
    assert (buried.rev, buried.deleted, buried.values) == (2, True, {"a": 1})
    assert buried.server == {**noted.server, "deletedBy": "chen"}
    back = draft.unbury(buried)
    assert (back.rev, back.deleted, back.server) == (3, False, noted.server)
    assert draft.get(LOG) == back


def test_a_new_record_gets_its_first_revision_also_without_values(draft: Draft) -> None:
    fresh = Record(kind="report", id=OTHER, scope=SECTION, values={}, server={})
    made = draft.revise(fresh, {})
    assert (made.rev, made.digest) == (1, digest({}))


def test_values_may_take_as_many_bytes_as_the_limit_and_no_more(draft: Draft) -> None:
    values = {"note": "x" * 100}
    draft.limits = Limits(record_bytes=len(canonical(values)))
    assert draft.revise(record(), values).values == values
    with pytest.raises(TooLarge) as caught:
        draft.revise(record(), {"note": "x" * 101})
    assert caught.value.limit == draft.limits.record_bytes
