"""What is set of a record's body is what the contract's structs have, by name and by type."""

from collections.abc import Iterator
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from msgspec import UNSET, UnsetType

from mobile_contract.base import Wire
from mobile_contract.records import ReportServer
from server import app
from server.replication import Annotation
from server.reports.model import ReportAnnotation
from sync.typed import Members, ProtocolServer, Revision


def declared(base: type[Members] = Members) -> Iterator[type[Members]]:
    """Walk what sets members in the program; its rows are loaded with it."""
    assert app.DOMAINS
    for one in base.__subclasses__():
        if one.__module__.startswith(("server.", "sync.")):
            yield from () if one in (Annotation, Revision) else (one,)
            yield from declared(one)


def differences(setting: type[msgspec.Struct], body: type[Wire]) -> list[str]:
    """Name the members that the struct of the contract lacks, or has with another type."""
    ours, theirs = get_type_hints(setting), get_type_hints(body)
    names = dict(zip(setting.__struct_fields__, setting.__struct_encode_fields__, strict=True))
    wire = dict(zip(body.__struct_fields__, body.__struct_encode_fields__, strict=True))
    return [
        name
        for name, encoded in names.items()
        if wire.get(name) != encoded or not _alike(_kinds(ours[name]), _kinds(theirs[name]))
    ]


def _kinds(hint: Any) -> set[Any]:
    members = get_args(hint) if type(None) in get_args(hint) or UnsetType in get_args(hint) else (hint,)
    return set(members) - {type(None), UnsetType}


def _alike(ours: set[Any], theirs: set[Any]) -> bool:
    """Compare two unions; a table of ours may pass on as they are stored what is structs in the contract."""
    if ours == theirs:
        return True
    return len(ours) == len(theirs) == 1 and all(
        get_args(mine) == (str, Any) and get_origin(yours) is dict
        for mine, yours in zip(ours, theirs, strict=True)
        if mine != yours
    )


@pytest.mark.parametrize("setting", list(declared()), ids=str)
def test_what_a_room_sets_has_the_names_and_types_of_the_contract(setting: type[Members]) -> None:
    assert setting.of
    assert {body.__name__: differences(setting, body) for body in setting.of} == {
        body.__name__: [] for body in setting.of
    }


def test_what_the_protocol_reads_of_a_record_is_what_the_contract_says_of_a_report() -> None:
    assert differences(ProtocolServer, ReportServer) == []


def test_a_misspelt_member_and_one_of_another_type_are_noticed() -> None:
    class Wrong(Annotation, frozen=True, kw_only=True):
        reviewed: str | UnsetType = UNSET
        source: int | UnsetType = UNSET
        extraction: str | UnsetType | None = UNSET
        removed: dict[str, Any] | UnsetType | None = UNSET

    assert differences(Wrong, ReportServer) == ["reviewed", "source", "removed"]


def test_what_is_not_set_is_left_and_none_removes() -> None:
    assert ReportAnnotation(late=None).members() == {"late": None}
