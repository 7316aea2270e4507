"""The API document is true: the example of every write, sent to a server, does what the document says.

What stands in an example for a person, a place or a record is replaced by one of a site that was made by the API.
"""

from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import jsonschema_rs
import msgspec
import pytest

from mobile_contract import examples
from mobile_contract.examples import (
    CANDIDATE,
    CODE,
    DIGEST,
    EPOCH,
    LOG,
    PERSON,
    PHOTO,
    REPLICA,
    SCAN,
    SECTION,
    SEQ,
    TOTP,
)
from tests.server.integrator import Integrator, open_integrator
from tests.server.prepared import PREPARED
from tests.server.test_docs import OPERATIONS, fetched

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Integrator]:
    async with open_integrator(tmp_path_factory.mktemp("site")) as opened:
        yield opened


@pytest.fixture(scope="module")
async def document(site: Integrator) -> dict[str, Any]:
    return await fetched(site.http, "en")


#: Every write there is.
WRITES: Final = {
    name: (verb.lower(), path)
    for name, verb, path in map(str.split, OPERATIONS.read_text("utf-8").splitlines())
    if verb in ("POST", "PUT", "PATCH")
}


@pytest.mark.parametrize("name", WRITES)
async def test_an_example_that_is_sent_does_what_the_document_says(
    site: Integrator, document: dict[str, Any], name: str
) -> None:
    verb, path = WRITES[name]
    operation = document["paths"][path][verb]
    asked = await PREPARED[name](site)
    content, headers = asked.content, dict(asked.headers)
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body:
        example = swapped(body["examples"]["example"]["value"], asked.swap)
        check(document, body["schema"], example)
        content, headers["Content-Type"] = msgspec.json.encode(example), "application/json"
    if operation["security"]:
        headers["Authorization"] = f"Bearer {asked.by}"
    answer = await site.http.request(verb, path.format(**asked.path), content=content, headers=headers)
    (success,) = (status for status in operation["responses"] if status < "300")
    assert str(answer.status_code) == success, answer.text
    holds(document, operation["responses"][success], answer)
    if name == "replication_exchange":
        receipts = [(each["code"], each.get("warnings")) for each in answer.json()["receipts"]]
        assert receipts == [("op.applied", None)] * 2
    if name == "replication_apply_parked":
        assert answer.json()["state"] == "applied"


def swapped(node: Any, swap: dict[Any, Any]) -> Any:
    """Replace whole strings, also where they are keys."""
    if isinstance(node, dict):
        return {swap.get(key, key): swapped(each, swap) for key, each in node.items()}
    if isinstance(node, list | tuple):
        return [swapped(each, swap) for each in node]
    return swap.get(node, node)


def check(document: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    """Fail unless JSON is what a schema of the document says."""
    jsonschema_rs.validate({**schema, "components": document["components"]}, value)


def holds(document: dict[str, Any], described: dict[str, Any], answer: httpx.Response) -> None:
    """Fail unless an answer has the body that the document describes, or none where it describes none."""
    if "content" not in described:
        assert answer.content == b"", answer.text
        return
    media = answer.headers["content-type"].partition(";")[0]
    check(document, described["content"][media]["schema"], answer.json())


async def test_the_ids_that_the_examples_share_stand_in_some_example() -> None:
    """Otherwise a swap would do nothing, and a test above would send what it was not meant to."""
    written = str(list(examples.EXAMPLES.values()))
    for shared in (PERSON, SECTION, REPLICA, LOG, SCAN, PHOTO, CANDIDATE, DIGEST, EPOCH, SEQ, CODE, TOTP):
        assert str(shared) in written
