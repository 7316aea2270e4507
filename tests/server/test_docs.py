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


@pytest.fixture
async def program(tmp_path: Path) -> Program:
    return Program(Settings(data_dir=str(tmp_path), embedded_worker=False))


@pytest.fixture
async def http(program: Program) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(program.litestar()) as opened:
        yield opened


@pytest.fixture
async def document(http: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await http.get("/docs/openapi.json")).json()
    return found


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


async def test_every_operation_has_a_name_of_its_own_a_domain_and_words_in_both_languages(
    document: dict[str, Any],
) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    tags = {tag["name"] for tag in document["tags"]}
    for path, verb, operation in operations(document):
        assert re.search(r"[\u4e00-\u9fff]", operation["summary"]), (verb, path)
        assert re.search(r"[A-Za-z]", operation["description"]), (verb, path)
        assert set(operation["tags"]) <= tags
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (verb, path, parameter["name"])
            assert parameter["schema"], (verb, path, parameter["name"])


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
    assert json.dumps(EXAMPLES[next(iter(EXAMPLES))]["login"])[1:-1] in page
