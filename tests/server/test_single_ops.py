"""What is asked of a single op before it is planned: who may write it, its shape, its id, and which scopes it locks."""

import msgspec
import pytest

from mobile_contract.ids import natural_id
from mobile_contract.sync import Create
from server.replication.waiting import needed
from sync import ops
from sync.state import Author, Waiting
from tests.server.notes import CLERK, LIMITS, OTHER, SECTION, WRITER, Town, actor, create, own, person_id

pytestmark = pytest.mark.anyio
#: An id as it follows from something: the place of a record that may be yet to come.
DERIVED = natural_id("note", SECTION, "of another day")


async def code(town: Town, name: str, op: Create) -> str:
    return (await town.push(name, [op])).receipts[0].code


async def test_an_id_that_follows_from_something_else_is_for_the_program_alone(town: Town) -> None:
    receipt = (await town.push("chen", [create(1, "x", key=DERIVED)])).receipts[0]
    assert (receipt.code, receipt.params) == ("op.bad_id", {"id": DERIVED})
    (made,) = await town.replication.apply(actor("zhou"), [create(0, "x", key=DERIVED)])
    assert made.code == "op.applied"


async def test_who_may_not_write_a_kind_is_told_that_whatever_else_is_wrong(town: Town) -> None:
    town.grants["chen"] = {SECTION: CLERK}
    assert await code(town, "chen", create(1, "x")) == "op.role_may_not"
    assert await code(town, "chen", create(2, 5)) == "op.role_may_not"
    assert await code(town, "chen", create(3, "x", key=DERIVED)) == "op.role_may_not"
    assert await code(town, "chen", create(4, 5, OTHER)) == "op.scope_not_held"
    assert await code(town, "zhou", create(1, 5)) == "op.bad_value"


async def test_one_role_among_others_suffices(town: Town) -> None:
    town.grants["chen"] = {SECTION: CLERK | WRITER, OTHER: CLERK}
    assert await code(town, "chen", create(1, "x")) == "op.applied"
    assert await code(town, "chen", create(2, "x", OTHER)) == "op.role_may_not"


def test_a_parked_unit_locks_what_its_ops_name_and_their_author_holds_and_the_authors_own_scope() -> None:
    author = Author(
        replica="r", person=person_id("zhou"), own_scope=own("zhou"), roles={SECTION: WRITER, OTHER: WRITER}
    )
    strange = "section:" + natural_id("test", "strange")
    raws = [msgspec.json.encode(create(n, "x", scope)) for n, scope in ((1, SECTION), (2, strange))]
    sent = [*ops.decode(raws, LIMITS), *ops.decode([b"no op at all"], LIMITS)]
    waiting = Waiting(author=author, items=tuple((item.op_id or "-", item) for item in sent))
    assert needed(waiting) == {SECTION, own("zhou")}
