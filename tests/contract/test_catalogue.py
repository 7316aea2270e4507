"""The rules of the wire, held against every type there is."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import msgspec
import pytest
from msgspec import inspect

import mobile_contract
from mobile_contract.base import Wire
from mobile_contract.catalogue import CATALOGUE, UNIONS

CAMEL = re.compile(r"[a-z][a-zA-Z0-9]*")
STRUCTS = [type_ for type_ in CATALOGUE if issubclass(type_, Wire)]


def public_types() -> Iterator[type]:
    """Every type of the contract that travels as itself: no base that others are built on."""
    for module in pkgutil.walk_packages(mobile_contract.__path__, "mobile_contract."):
        if module.name.endswith("__main__"):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if not isinstance(value, type) or value.__module__ != module.name or value.__name__.startswith("_"):
                continue
            if issubclass(value, StrEnum) or (issubclass(value, Wire) and not value.__subclasses__()):
                yield value


def test_the_catalogue_holds_every_type_once() -> None:
    assert sorted(type_.__name__ for type_ in CATALOGUE) == sorted(type_.__name__ for type_ in public_types())


def test_no_two_types_bear_one_name() -> None:
    names = [type_.__name__ for type_ in CATALOGUE] + list(UNIONS)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("type_", STRUCTS)
def test_a_wire_type_is_frozen_and_built_by_keyword(type_: type[Wire]) -> None:
    assert type_.__struct_config__.frozen
    with pytest.raises(TypeError, match=r"positional"):
        type_("by position")


@pytest.mark.parametrize("type_", CATALOGUE)
def test_a_public_type_says_what_it_is(type_: type) -> None:
    said = vars(type_).get("__doc__")
    assert said
    assert said.strip()[0].isupper() or said.startswith("``")


@pytest.mark.parametrize("type_", STRUCTS)
def test_names_are_camel_case_in_json(type_: type[Wire]) -> None:
    for field in msgspec.structs.fields(type_):
        assert CAMEL.fullmatch(field.encode_name)


@pytest.mark.parametrize("type_", STRUCTS)
def test_unknown_keys_are_read_over(type_: type[Wire]) -> None:
    assert not type_.__struct_config__.forbid_unknown_fields


@pytest.mark.parametrize("type_", STRUCTS)
def test_nothing_on_the_wire_is_a_float(type_: type[Wire]) -> None:
    info = inspect.type_info(type_)
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        assert not list(floats(field.type)), field.name


def floats(info: inspect.Type) -> Iterator[inspect.Type]:
    if isinstance(info, inspect.FloatType):
        yield info
    parts: list[Any] = [*getattr(info, "types", ()), *getattr(info, "item_types", ())]
    parts += [getattr(info, name, None) for name in ("item_type", "key_type", "value_type", "type")]
    for part in parts:
        if isinstance(part, inspect.Type):
            yield from floats(part)


@pytest.mark.parametrize("type_", [each for each in CATALOGUE if issubclass(each, StrEnum)])
def test_the_words_of_a_list_are_short_and_plain(type_: type[StrEnum]) -> None:
    for word in type_:
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", word.value)
