"""Every body that a test has stored, held against the contract: right types, and no member the contract lacks.

What is saved in the process of a test is looked at as it is saved: a package of tests has :func:`bodies` in its
``conftest.py``. What other processes saved is read from their database when they have ended: :func:`stored`.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from msgspec import inspect

from mobile_contract.catalogue import KINDS
from server.kernel.database import Database
from server.kernel.journal import Book
from server.replication import records, store
from sync.state import Record

MARK = "unknown_values"


@pytest.fixture(autouse=True)
def bodies(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hold every body that a test stores against the contract, on both engines, and fail with what differs."""
    unknown_values = request.node.get_closest_marker(MARK) is not None
    save, found = store.save, set[str]()

    def audited(tx: sa.Connection, book: Book, before: Mapping[str, Record], changed: Iterable[Record]) -> list[Record]:
        written = save(tx, book, before, changed)
        found.update(said for record in written for said in complaints(record, unknown_values=unknown_values))
        return written

    monkeypatch.setattr(store, "save", audited)
    yield
    assert not found, "\n".join(sorted(found))


def stored(url: str, *, unknown_values: bool = False) -> list[str]:
    """Return the complaints about all records of a database, each once. It may be called where a loop is running."""

    async def read() -> list[Record]:
        database = Database(url)
        try:
            return await database.read(lambda tx: [store._record(row) for row in tx.execute(sa.select(records))])
        finally:
            await database.close()

    with ThreadPoolExecutor(1) as apart:
        there = apart.submit(lambda: asyncio.run(read())).result()
    return sorted({said for record in there for said in complaints(record, unknown_values=unknown_values)})


def complaints(record: Record, *, unknown_values: bool = False, values: bool = True) -> list[str]:
    """Say where the body of a record differs from the types of its kind; kinds of tests alone have none.

    ``unknown_values``: its values may have members that the contract lacks, which are kept; the server's never may.
    Without ``values`` these are not looked at. What a record leaves behind where it moved out of has no body.
    """
    if record.kind not in KINDS or (record.deleted and not record.digest):
        return []
    found = []
    for part, type_ in zip(("values", "server"), KINDS[record.kind], strict=True):  # type: ignore[index]
        if part == "values" and not values:
            continue
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
