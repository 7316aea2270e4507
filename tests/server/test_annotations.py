"""What rooms set of what the server says of records is what the contract's structs have, by name and by type."""

from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import pytest
from msgspec import UNSET, UnsetType

from mobile_contract.base import Wire
from mobile_contract.records import ReportServer
from server import app
from server.replication import Annotation
from server.reports.model import ReportAnnotation


def declared(base: type[Annotation] = Annotation) -> Iterator[type[Annotation]]:
    """Walk the annotations of the program; its rows are loaded with it."""
    assert app.DOMAINS
    for one in base.__subclasses__():
        if one.__module__.startswith("server."):
            yield one
            yield from declared(one)


def differences(annotation: type[Annotation], server: type[Wire]) -> list[str]:
    """Name the members that the struct of the contract lacks, or has with another type."""
    ours, theirs = get_type_hints(annotation), get_type_hints(server)
    names = dict(zip(annotation.__struct_fields__, annotation.__struct_encode_fields__, strict=True))
    wire = dict(zip(server.__struct_fields__, server.__struct_encode_fields__, strict=True))
    return [
        name
        for name, encoded in names.items()
        if wire.get(name) != encoded or _kinds(ours[name]) != _kinds(theirs[name])
    ]


def _kinds(hint: Any) -> set[Any]:
    members = get_args(hint) if type(None) in get_args(hint) or UnsetType in get_args(hint) else (hint,)
    return set(members) - {type(None), UnsetType}


@pytest.mark.parametrize("annotation", list(declared()), ids=str)
def test_what_a_room_sets_has_the_names_and_types_of_the_contract(annotation: type[Annotation]) -> None:
    assert annotation.of
    assert {server.__name__: differences(annotation, server) for server in annotation.of} == {
        server.__name__: [] for server in annotation.of
    }


def test_a_misspelt_member_and_one_of_another_type_are_noticed() -> None:
    class Wrong(Annotation, frozen=True, kw_only=True):
        reviewed: str | UnsetType = UNSET
        source: int | UnsetType = UNSET
        extraction: str | UnsetType | None = UNSET

    assert differences(Wrong, ReportServer) == ["reviewed", "source"]


def test_what_is_not_set_is_left_and_none_removes() -> None:
    assert ReportAnnotation(late=None).members() == {"late": None}
