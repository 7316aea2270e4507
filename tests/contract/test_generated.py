"""The documents checked in are what the types say now."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mobile_contract
from mobile_contract.catalogue import CATALOGUE, KINDS, UNIONS
from mobile_contract.emit import DOCUMENTS
from mobile_contract.emit.components import VALUES
from mobile_contract.problems import PROBLEMS
from mobile_contract.records import Kind

GENERATED = Path(mobile_contract.__file__).parent / "generated"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_generated_document_is_the_one_checked_in(name: str) -> None:
    assert (GENERATED / name).read_text("utf-8") == DOCUMENTS[name](), "run: python -m mobile_contract.emit"


def test_nothing_else_lies_among_the_generated_documents() -> None:
    assert {file.name for file in GENERATED.iterdir()} == set(DOCUMENTS)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_writing_twice_gives_the_same_bytes(name: str) -> None:
    assert DOCUMENTS[name]() == DOCUMENTS[name]()


def schema() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(DOCUMENTS["plumbline.schema.json"]())
    return document


def openapi() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(DOCUMENTS["openapi.components.json"]())
    return document


def test_every_public_type_and_every_named_choice_has_a_schema() -> None:
    names = {type_.__name__ for type_ in CATALOGUE} | set(UNIONS) | set(VALUES)
    assert set(schema()["$defs"]) == names
    assert set(openapi()["components"]["schemas"]) == names


def test_every_reference_leads_somewhere() -> None:
    for document in (schema(), openapi()):
        for reference in references(document):
            place: Any = document
            for part in reference.removeprefix("#/").split("/"):
                place = place[part]
            assert isinstance(place, dict)


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        yield from node.get("discriminator", {}).get("mapping", {}).values()
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from references(each)


@pytest.mark.parametrize("name", UNIONS)
def test_a_choice_keeps_the_tag_that_tells_its_types_apart(name: str) -> None:
    choice = schema()["$defs"][name]
    tag = choice["discriminator"]["propertyName"]
    for value, reference in choice["discriminator"]["mapping"].items():
        chosen = schema()["$defs"][reference.rpartition("/")[2]]
        assert chosen["properties"][tag] == {"enum": [value]}
        assert tag in chosen["required"]


def test_docstrings_are_the_descriptions() -> None:
    schemas = schema()["$defs"]
    for type_ in CATALOGUE:
        said = schemas[type_.__name__]["description"]
        assert said.split("\n")[0] == (type_.__doc__ or "").split("\n")[0]


def test_the_ops_of_a_request_are_described_although_they_are_read_raw() -> None:
    assert schema()["$defs"]["SyncRequest"]["properties"]["ops"]["items"] == {"$ref": "#/$defs/AnyOp"}


def test_every_kind_of_record_says_what_it_holds() -> None:
    assert set(KINDS) == set(Kind)
    assert set(schema()["x-plumbline-kinds"]) == {kind.value for kind in Kind}


def test_the_problems_are_listed_with_their_sentences() -> None:
    listed = json.loads(DOCUMENTS["problems.json"]())
    assert set(listed) == set(PROBLEMS)
    assert listed["op.conflict"]["nextZh"] == PROBLEMS["op.conflict"].next_zh


def test_every_public_type_and_every_named_choice_is_a_type_of_typescript() -> None:
    declared = re.findall(r"^export type (\w+) = ", DOCUMENTS["contract.ts"](), re.MULTILINE)
    names = {type_.__name__ for type_ in CATALOGUE} | set(UNIONS)
    assert names <= set(declared)
    assert len(declared) == len(set(declared))


def test_typescript_tells_ops_apart_and_leaves_out_what_may_be_left_out() -> None:
    written = DOCUMENTS["contract.ts"]()
    assert "export type AnyOp = Create | Patch | Delete | Sign | Resolve;" in written
    assert "  action: 'create';\n  opId: string;\n" in written
    assert "  unit?: string | null;\n" in written
    assert "export type Outcome = 'applied' | 'merged' | 'conflict' | 'parked';" in written
    assert "  ops?: readonly AnyOp[];\n" in written
