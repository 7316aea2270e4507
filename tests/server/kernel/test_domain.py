"""The house: services are found by their type, kinds in the order of the floors."""

from typing import Any

import pytest
import sqlalchemy as sa

from server.kernel.domain import Domain, House

pytestmark = pytest.mark.anyio


class _Well:
    pass


class _DeepWell(_Well):
    pass


def house(*domains: Domain) -> House:
    nothing: Any = None
    return House(settings=nothing, clock=nothing, db=nothing, journal=nothing, domains=domains)


def test_a_service_is_found_by_its_type_or_the_one_that_it_extends() -> None:
    built, well, deep = house(), _Well(), _DeepWell()
    with pytest.raises(LookupError, match=r"^no _Well here: the domain that builds it must be listed before$"):
        built.of(_Well)
    built.build(Domain(name="a", services=lambda _house: {"text": "x", "deep": deep}))
    assert built.of(_Well) is deep
    built.build(Domain(name="b", services=lambda house: {"found": [house.of(_Well)], "well": well}))
    assert built.services == {"text": "x", "deep": deep, "found": [deep], "well": well}


def test_two_services_of_one_name_are_named_with_the_domain_that_builds_the_second() -> None:
    built = house()
    built.build(Domain(name="a", services=lambda _house: {"x": 1, "y": 2, "z": 3}))
    with pytest.raises(ValueError, match=r"^b: another domain builds x, y$"):
        built.build(Domain(name="b", services=lambda _house: {"y": 4, "x": 5}))
    assert built.services == {"x": 1, "y": 2, "z": 3}


def test_kinds_are_those_of_all_domains_in_their_order() -> None:
    rows = [Domain(name="a", kinds=lambda _house: ("one", "two")), Domain(name="b"), Domain(name="c", kinds=_of_house)]
    built = house(*rows)
    assert built.kinds() == ["one", "two", built]


def _of_house(house: House) -> list[Any]:
    return [house]


async def test_a_domain_that_brings_nothing_does_nothing() -> None:
    empty, built = Domain(name="a"), house()
    assert (list(empty.services(built)), list(empty.kinds(built)), list(empty.handlers(built))) == ([], [], [])
    assert (await empty.start(built), empty.close(built)) == (None, None)
    assert empty.tables == empty.routes == empty.events == ()


def test_keys_and_constraints_are_named_after_what_they_are_on() -> None:
    from server.kernel.tables import metadata

    two = sa.MetaData(naming_convention=metadata.naming_convention)
    parent = sa.Table("parents", two, sa.Column("id", sa.Integer, primary_key=True))
    child = sa.Table(
        "children",
        two,
        sa.Column("a", sa.Integer, sa.ForeignKey("parents.id"), index=True),
        sa.Column("b", sa.Integer),
        sa.UniqueConstraint("a", "b"),
        sa.CheckConstraint("a > b", name="order"),
    )
    assert parent.primary_key.name == "pk_parents"
    named = {str(one.name) for one in child.constraints} | {str(one.name) for one in child.indexes}
    assert named >= {"uq_children_a_b", "ck_children_order", "fk_children_a", "ix_children_a"}
