"""TypeScript types of everything in the catalogue, for the phone app: what it imports, it cannot copy wrongly.

Docstrings become comments, choices between types unions by their tag, enums unions of strings. What is left at its
default does not travel, so such a field is optional. A few facts of the contract come along as constants.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, get_args

import msgspec
from msgspec import inspect

from mobile_contract.base import Wire
from mobile_contract.catalogue import CATALOGUE, KINDS, READ_RAW, UNIONS
from mobile_contract.ids import NAMESPACE
from mobile_contract.sync import MINIMUM_LIMITS, Limits
from mobile_contract.version import CONTRACT_VERSION

_HEAD = """// Written by python -m mobile_contract.emit: never by hand. A test compares it with the types it comes from.

/** JSON as the contract allows it: numbers are whole, |n| ≤ 2⁵³−1. */
export type Value = string | number | boolean | null | readonly Value[] | Values;
export type Values = { readonly [name: string]: Value };
"""

_SIMPLE: Final[dict[type[inspect.Type], str]] = {
    inspect.AnyType: "Value",
    inspect.RawType: "Value",
    inspect.NoneType: "null",
    inspect.BoolType: "boolean",
    inspect.IntType: "number",
    inspect.StrType: "string",
}
_CHOICES: Final = {frozenset(get_args(choice)): name for name, choice in UNIONS.items()}


def document() -> str:
    """Write the module: types in the order of the catalogue, choices, kinds, constants."""
    written = [_HEAD, *map(_declared, CATALOGUE), *map(_choice, UNIONS.items()), _kinds(), _constants()]
    return "\n".join(written)


def _declared(type_: type[Wire | StrEnum]) -> str:
    if issubclass(type_, StrEnum):
        names = " | ".join(f"'{member.value}'" for member in type_)
        return f"{_comment(type_.__doc__)}export type {type_.__name__} = {names};\n"
    struct = inspect.type_info(type_)
    assert isinstance(struct, inspect.StructType)  # noqa: S101 - the catalogue holds nothing else
    lines = [f"  {struct.tag_field}: '{struct.tag}';"] if struct.tag_field else []
    lines += [f"  {_property(type_, field)}" for field in struct.fields]
    body = "\n".join(lines)
    return f"{_comment(type_.__doc__)}export type {type_.__name__} = {{\n{body}\n}};\n"


def _property(owner: type[Wire], field: inspect.Field) -> str:
    item = READ_RAW.get((owner, field.name))
    said = f"readonly {item}[]" if item else _said(field.type)
    return f"{field.encode_name}{'' if field.required else '?'}: {said};"


def _said(node: inspect.Type) -> str:  # noqa: PLR0911 - one line per shape
    match node:
        case inspect.StructType() | inspect.EnumType():
            return node.cls.__name__
        case inspect.UnionType():
            return _union(node.types)
        case inspect.DictType(value_type=inspect.AnyType()):
            return "Values"
        case inspect.DictType():
            return f"{{ readonly [name: string]: {_said(node.value_type)} }}"
        case inspect.VarTupleType() | inspect.ListType():
            item = _said(node.item_type)
            return f"readonly ({item})[]" if " " in item else f"readonly {item}[]"
        case inspect.TupleType():
            return f"readonly [{', '.join(map(_said, node.item_types))}]"
        case _:
            return _SIMPLE[type(node)]


def _union(nodes: Iterable[inspect.Type]) -> str:
    """Write a choice, under its name where it has one; an unset value is simply left out."""
    members = [node for node in nodes if not _is_unset(node)]
    if any(isinstance(node, inspect.AnyType) for node in members):
        return "Value"
    structs = [node for node in members if isinstance(node, inspect.StructType)]
    name = _CHOICES.get(frozenset(node.cls for node in structs))
    parts = [name] if name else [_said(node) for node in structs]
    parts += [_said(node) for node in members if not isinstance(node, inspect.StructType)]
    return " | ".join(parts)


def _is_unset(node: inspect.Type) -> bool:
    return isinstance(node, inspect.CustomType) and node.cls is msgspec.UnsetType


def _choice(named: tuple[str, type]) -> str:
    name, choice = named
    return f"export type {name} = {' | '.join(type_.__name__ for type_ in get_args(choice))};\n"


def _kinds() -> str:
    lines = [
        f"  {kind.value}: {{ values: {values.__name__}; server: {server.__name__ if server else 'Values'} }};"
        for kind, (values, server) in KINDS.items()
    ]
    body = "\n".join(lines)
    return f"/** What a record of each kind holds: ``values``, which ops may set; ``server``, which they may not. */\n\
export type Kinds = {{\n{body}\n}};\n"


def _constants() -> str:
    return "\n".join(
        (
            f"export const CONTRACT_VERSION = '{CONTRACT_VERSION}';",
            "/** Root of every natural key: ids that follow from them are UUIDv5 of it. */",
            f"export const NAMESPACE = '{NAMESPACE}';",
            "/** The limits where an answer leaves them out: what is at its default does not travel. */",
            f"export const DEFAULT_LIMITS: Required<Limits> = {_limits(Limits())};",
            "/** What no setting of a server may undercut. */",
            f"export const MINIMUM_LIMITS: Required<Limits> = {_limits(MINIMUM_LIMITS)};",
            "",
        )
    )


def _limits(limits: Limits) -> str:
    fields = msgspec.structs.fields(limits)
    lines = [f"  {field.encode_name}: {getattr(limits, field.name)}," for field in fields]
    return "{\n" + "\n".join(lines) + "\n}"


def _comment(doc: str | None) -> str:
    lines = [line.strip() for line in (doc or "").strip().splitlines()]
    if len(lines) == 1:
        return f"/** {lines[0]} */\n"
    return "/**\n" + "".join(f" * {line}".rstrip() + "\n" for line in lines) + " */\n"
