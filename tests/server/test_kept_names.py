"""Names that stand in databases: a program that is newer than its database finds under them what is there already."""

import pytest
import sqlalchemy as sa

from mobile_contract.ids import natural_id
from server.replication import waiting
from server.replication.tables import parked, records
from tests.server.notes import OTHER, SECTION, Town, actor, create, own
from tests.server.test_scopes import move

pytestmark = pytest.mark.anyio


async def test_where_a_record_moved_away_one_row_says_so_under_the_id_it_always_had(town: Town) -> None:
    op = create(1, "moves")
    await town.push("zhou", [op])
    await move(town, op, OTHER)
    scoped = sa.select(records.c.id).where(records.c.scope == SECTION)
    (row,) = await town.database.read(lambda tx: tx.execute(scoped).all())
    assert row.id == natural_id("left", SECTION, op.id)


async def test_what_waits_for_a_version_of_a_form_waits_under_the_key_it_always_had() -> None:
    assert waiting.form_version("daily_log", 3) == natural_id("form-version", "daily_log", "3")


async def test_the_ops_of_a_unit_are_kept_under_one_key_and_an_op_alone_under_its_own(town: Town) -> None:
    await town.push("chen", [create(1, 5), create(2, 5, unit="u1"), create(3, 5, unit="u1"), create(4, 5, unit="")])
    rows = await town.database.read(
        lambda tx: tx.execute(sa.select(parked.c.id, parked.c.unit, parked.c.n).order_by(parked.c.n)).all()
    )
    together = natural_id("unit", actor("chen").replica, "u1")
    alone, empty = rows[0], rows[3]
    assert [row.unit for row in rows] == [alone.id, together, together, empty.id]
    assert {entry["scope"] for entry in await town.parked("chen")} == {own("chen")}
