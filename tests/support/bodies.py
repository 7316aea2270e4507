"""Every body that a test has stored, held against the contract: right types, and no member the contract lacks."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import inspect

from mobile_contract.catalogue import KINDS
from sync.state import Record


def complaints(record: Record, *, unknown_values: bool = False) -> list[str]:
    """Say where the body of a record differs from the types of its kind; kinds of tests alone have none.

    ``unknown_values``: its values may have members that the contract lacks, which are kept; the server's never may.
    """
    if record.kind not in KINDS:
        return []
    found = []
    for part, type_ in zip(("values", "server"), KINDS[record.kind], strict=True):  # type: ignore[index]
        body = getattr(record, part)
        try:
            msgspec.convert(body, type_)
        except msgspec.ValidationError as error:
            found.append(f"{record.kind}.{part}: {error}")
            continue
        if part == "server" or not unknown_values:
            paths = unknown(body, inspect.type_info(type_))
            found += [f"{record.kind}.{part}.{path} is not in the contract" for path in paths]
    return found


def unknown(value: Any, type_: inspect.Type) -> Iterator[str]:
    """Name the members of a converted value, however deep, that its type does not have."""
    match type_:
        case inspect.UnionType(types=types):
            yield from unknown(value, _chosen(value, types))
        case inspect.Metadata(type=inner):
            yield from unknown(value, inner)
        case inspect.StructType() if isinstance(value, Mapping):
            fields = {field.encode_name: field.type for field in type_.fields}
            yield from (name for name in value if name not in fields and name != type_.tag_field)
            for name in value.keys() & fields.keys():
                yield from (f"{name}.{path}" for path in unknown(value[name], fields[name]))
        case inspect.DictType(value_type=inner) if isinstance(value, Mapping):
            for name, item in value.items():
                yield from (f"{name}.{path}" for path in unknown(item, inner))
        case inspect.VarTupleType(item_type=inner) | inspect.ListType(item_type=inner):
            for index, item in enumerate(value):
                yield from (f"{index}.{path}" for path in unknown(item, inner))


def _chosen(value: Any, types: tuple[inspect.Type, ...]) -> inspect.Type:
    """Return the member of a union that a value is of: the struct with its tag, or the only one that has parts."""
    parts = [type_ for type_ in types if not isinstance(type_, inspect.NoneType)]
    tagged = [one for one in parts if isinstance(one, inspect.StructType) and one.tag_field is not None]
    for one in tagged:
        if isinstance(value, Mapping) and value.get(one.tag_field) == one.tag:
            return one
    whole = (inspect.StructType, inspect.DictType, inspect.VarTupleType, inspect.ListType)
    deep = [one for one in parts if isinstance(one, whole)]
    fits = isinstance(value, Mapping | list | tuple)
    return deep[0] if fits and len(deep) == 1 else inspect.AnyType()
