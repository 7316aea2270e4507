"""The API document, read as those read it who integrate: valid, whole, and with examples that are true."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
import pytest
from litestar.routes import HTTPRoute
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from mobile_contract.catalogue import CATALOGUE
from mobile_contract.examples import EXAMPLES
from mobile_contract.problems import PROBLEMS
from server.app import Program
from server.kernel.bodies import ARGUMENT, shape_of
from server.kernel.declared import problems
from server.kernel.settings import Settings
from tests.support.http import serving

pytestmark = pytest.mark.anyio

#: Writes that take no body, and why.
BODILESS: Final = {
    "forms_publish_draft": "the draft is here already, and the address names it",
    "forms_retire_form": "the address says it all",
    "identity_grant": "the address says it all",
    "identity_logout": "the token says it all",
    "identity_report_lost": "the address says it all",
    "jobs_retry": "the address says it all",
    "scans_discard": "the address says it all",
    "scans_read_again": "the address says it all",
}


@pytest.fixture(scope="module")
async def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program(Settings(data_dir=str(tmp_path_factory.mktemp("docs")), embedded_worker=False))


@pytest.fixture(scope="module")
async def http(program: Program) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(program) as opened:
        yield opened


#: Members that hold any JSON the contract allows, and why no schema can say more of them.
FREE: Final = {
    "ApplyParked.op": "an op as it should have been; what is no op is refused, or parked as that",
    "Candidate.value": "a value of a field, whose form or kind says its type",
    "Change.value": "a value of a field, whose form or kind says its type",
    "Change.was": "a value of a field, whose form or kind says its type",
    "ComparedField.other": "a value of a field, whose form says its type",
    "ComparedField.paper": "a value of a field, whose form says its type",
    "Confirmation.corrections": "values of fields by their paths; their form says their types",
    "ConflictValues.chosen": "a value of a field, whose form or kind says its type",
    "Alternative.value": "a value of a field, whose form says its type",
    "ConflictValues.standing": "a value of a field, whose form or kind says its type",
    "Correction.value": "a value of a field, whose form says its type",
    "Create.values": "what a record of the kind holds; other members are kept",
    "DeadJob.args": "what the kind of job needs to know",
    "Flag.suggestion": "a value of a field, whose form says its type",
    "FormChange.after": "an aspect of a field, as a label, a bound or a list of choices",
    "FormChange.before": "an aspect of a field, as a label, a bound or a list of choices",
    "Literal.value": "a constant of an expression",
    "ParkedValues.op": "an op as it came, which may be no op of the contract",
    "ProposedField.value": "a value of a field, whose form says its type",
    "Removed.value": "the values of a row that was removed; their form says their types",
    "ReportValues.fields": "values of fields by name; the form says their types",
    "ResolveConflict.standing": "a value of a field, whose form or kind says its type",
    "ResolveConflict.value": "a value of a field, whose form or kind says its type",
    "Resolve.standing": "a value of a field, whose form or kind says its type",
    "Resolve.value": "a value of a field, whose form or kind says its type",
    "SignedVersion.values": "the values that were signed, as they were",
    "Upsert.server": "what the kind says: see the schema's allOf",
    "Upsert.values": "what the kind says: see the schema's allOf",
    "ValueChange.after": "a value of a field, whose form or kind says its type",
    "ValueChange.before": "a value of a field, whose form or kind says its type",
    "Value": "what it is made of",
    "Values": "what it is made of",
}
#: Every operation there ever was, with its method and address: code that was generated from the document calls them so.
OPERATIONS: Final = Path(__file__).with_name("operations.txt")


async def fetched(http: httpx.AsyncClient, language: str) -> dict[str, Any]:
    found: dict[str, Any] = (await http.get("/docs/openapi.json", params={"lang": language})).json()
    return found


@pytest.fixture(scope="module", params=["zh-CN", "en"])
async def document(http: httpx.AsyncClient, request: pytest.FixtureRequest) -> dict[str, Any]:
    return await fetched(http, request.param)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for verb, operation in item.items():
            yield path, verb, operation


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        yield from node.get("discriminator", {}).get("mapping", {}).values()
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from references(each)


async def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    OPENAPI_31_VALIDATOR.validate(document)
    assert document["openapi"].startswith("3.1")
    assert "servers" not in document
    for reference in references(document):
        assert reference.rpartition("/")[2] in document["components"]["schemas"], reference


async def test_every_operation_keeps_the_name_that_integrators_call_it_by(document: dict[str, Any]) -> None:
    found = [f"{operation['operationId']} {verb.upper()} {path}" for path, verb, operation in operations(document)]
    listed = OPERATIONS.read_text("utf-8").splitlines()
    assert len({line.split()[0] for line in listed}) == len(listed)
    assert sorted(found) == listed, f"an operation may be added to {OPERATIONS.name}, none may change or go"


async def test_every_operation_tag_and_parameter_has_words_in_both_languages(http: httpx.AsyncClient) -> None:
    chinese, english = await fetched(http, "zh-CN"), await fetched(http, "en")
    in_chinese, in_english = dict(_words(chinese)), dict(_words(english))
    assert set(in_chinese) == set(in_english)
    assert len(in_chinese) > 300
    for place, words in in_chinese.items():
        assert re.search(r"[\u4e00-\u9fff]", words), (place, words)
    for place, words in in_english.items():
        assert re.search(r"[A-Za-z]{2}", words), (place, words)
        assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"\([^()]*\)", "", words)), (
            place,
            words,
        )  # a term may be named


def _words(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every sentence that a person reads, with its place."""
    yield "info", document["info"]["description"]
    for tag in document["tags"]:
        yield tag["name"], tag["description"]
    for path, verb, operation in operations(document):
        place = f"{verb} {path}"
        assert set(operation["tags"]) <= {tag["name"] for tag in document["tags"]}
        yield f"{place} summary", operation["summary"]
        yield f"{place} description", operation["description"]
        for parameter in operation.get("parameters", ()):
            assert parameter["schema"], (place, parameter["name"])
            yield f"{place} {parameter['name']}", parameter["description"]
        for status, answer in operation["responses"].items():
            for code, example in _problems(answer).items():
                yield f"{place} {code}", example["summary"]
            if status < "300":
                yield f"{place} {status}", answer["description"]


def _problems(answer: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = answer.get("content", {}).get("application/problem+json", {}).get("examples", {})
    return found


async def test_the_language_is_what_the_address_or_else_the_reader_asks_for(http: httpx.AsyncClient) -> None:
    for query, header, summary in (
        ("", None, "登录"),
        ("", "zh-CN,zh;q=0.9,en;q=0.8", "登录"),
        ("", "en-GB,en;q=0.9", "Sign in"),
        ("?lang=zh-CN", "en", "登录"),
        ("?lang=en", "zh-CN", "Sign in"),
        ("?lang=tlh", "zh-CN", "登录"),
    ):
        headers = {"Accept-Language": header} if header else {}
        found = (await http.get(f"/docs/openapi.json{query}", headers=headers)).json()
        assert found["paths"]["/v1/login"]["post"]["summary"] == summary, (query, header)
        page = (await http.get(f"/docs{query}", headers=headers)).text
        assert f'<span class="title">{summary}' in page, (query, header)


async def test_every_member_of_every_body_has_a_schema_or_is_free_for_a_reason(document: dict[str, Any]) -> None:
    free = {place.split("[")[0].split("|")[0] for place, what in _members(document) if what in ("Value", "Values")}
    assert free == set(FREE)
    assert [place for place, what in _members(document) if what is None] == []


def _members(document: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Yield the places of schemas with the names they cite; None where a schema says nothing."""
    for name, schema in document["components"]["schemas"].items():
        yield from _inside(name, schema)
    for path, verb, operation in operations(document):
        answers = {status: answer for status, answer in operation["responses"].items() if status < "300"}
        for part, body in {"body": operation.get("requestBody", {}), **answers}.items():
            for media, content in body.get("content", {}).items():
                yield from _inside(f"{verb} {path} {part} {media}", content.get("schema", {}))


#: Type → the keywords of which a schema of that type needs one to say anything.
_SAYING: Final[dict[Any, set[str]]] = {
    None: {"type", "anyOf", "enum", "const", "contentMediaType"},
    "object": {"properties", "additionalProperties"},
    "array": {"items", "prefixItems"},
}


def _inside(place: str, schema: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    if "$ref" in schema:
        yield place, schema["$ref"].rpartition("/")[2]
    elif not _SAYING.get(schema.get("type"), _SAYING[None]) & set(schema):
        yield place, None
    for name, member in schema.get("properties", {}).items():
        yield from _inside(f"{place}.{name}", member)
    parts = [schema.get("additionalProperties"), schema.get("items"), *schema.get("prefixItems", ())]
    for part in (*parts, *schema.get("anyOf", ())):
        if isinstance(part, dict):
            yield from _inside(f"{place}[]", part)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"properties": {"a": {}}, "type": "object"}, [("x.a", None)]),
        ({"type": "object"}, [("x", None)]),
        ({"type": "array"}, [("x", None)]),
        ({"type": "array", "items": {"default": None}}, [("x[]", None)]),
        ({"anyOf": [{"type": "null"}, {"type": "object"}]}, [("x[]", None)]),
        ({"type": "object", "additionalProperties": {"$ref": "#/Value"}}, [("x[]", "Value")]),
    ],
)
async def test_a_member_without_a_schema_is_found_wherever_it_stands(said: dict[str, Any], found: object) -> None:
    assert list(_inside("x", said)) == found


async def test_every_write_has_a_body_with_an_example_or_a_reason_why_not(document: dict[str, Any]) -> None:
    bodiless = set()
    for path, verb, operation in operations(document):
        if verb not in ("post", "put", "patch"):
            continue
        body = operation.get("requestBody")
        if body is None:
            bodiless.add(operation["operationId"])
        elif "application/json" in body["content"]:
            content = body["content"]["application/json"]
            assert content["schema"]["$ref"].startswith("#/components/schemas/"), path
            assert content["examples"], f"{verb} {path} shows no example: add one to mobile_contract/examples.py"
        else:
            assert body["description"], path
    assert bodiless == set(BODILESS)


@pytest.mark.parametrize("shape", EXAMPLES, ids=lambda shape: shape.__name__)
async def test_an_example_is_what_its_type_reads_to_the_last_key(shape: Any) -> None:
    example = EXAMPLES[shape]
    read = msgspec.json.decode(msgspec.json.encode(example), type=shape)
    assert shape in CATALOGUE
    assert msgspec.json.decode(msgspec.json.encode(read)) == example


async def test_every_declared_problem_is_listed_and_shown_under_its_status(
    program: Program, document: dict[str, Any]
) -> None:
    for route in program.litestar().routes:
        if not isinstance(route, HTTPRoute) or not route.path.startswith("/v1/"):
            continue
        for method, (handler, _) in route.route_handler_map.items():
            operation = document["paths"][route.path_format].get(method.lower())
            for code in problems(handler) if operation else ():
                shown = operation["responses"][str(PROBLEMS[code].status)]["content"]["application/problem+json"]
                assert code in shown["schema"]["allOf"][1]["properties"]["code"]["enum"]
            assert (shape_of(handler) is None) == (ARGUMENT not in handler.parsed_fn_signature.parameters)


async def test_an_open_route_asks_for_no_token_and_every_other_one_does(document: dict[str, Any]) -> None:
    open_ = {operation["operationId"] for _, _, operation in operations(document) if not operation["security"]}
    assert open_ == {"identity_enrol", "identity_login", "server_health", "uploads_capabilities"}


async def test_the_page_shows_every_route_type_and_problem_and_fetches_nothing(
    http: httpx.AsyncClient, document: dict[str, Any]
) -> None:
    page = (await http.get("/docs")).text
    for _, _, operation in operations(document):
        assert f'id="{operation["operationId"]}"' in page
    for name in document["components"]["schemas"]:
        assert f'id="type-{name}"' in page
    for code in PROBLEMS:
        assert f'id="{code}"' in page
    for link in re.findall(r'href="#([^"]+)"', page):
        assert f'id="{link}"' in page, link
    assert not re.search(r"<script|<link|<img|src=|@import|url\(", page)
    assert 'href="/docs?lang=en"' in page
    assert json.dumps(EXAMPLES[next(iter(EXAMPLES))]["login"])[1:-1] in page
