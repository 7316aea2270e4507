"""Every declared body with every member spoilt in turn: a listed problem or what the document promises, never a 500.

Each body is the example of the API document, for a site where it would be done, so that what is spoilt gets as far as
it can: on SQLite, and on PostgreSQL, whose texts and integers hold less.
"""

import itertools
import math
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import msgspec
import pytest

from tests.faults.house import problem
from tests.faults.test_fuzz import MORE
from tests.server.integrator import Integrator, open_integrator
from tests.server.prepared import PREPARED
from tests.server.test_docs import BODILESS, fetched
from tests.server.test_examples import WRITES, swapped
from tests.support.postgres import Cluster

pytestmark = pytest.mark.anyio

#: What comes in the place of a member, as JSON bytes: some of it no JSON at all.
NASTY: Final = (
    b'""',
    b'"\\u0000"',
    b'"a\\u0000b"',
    b'"\\ud800"',
    b'"\\udc00\\ud800"',
    b'"\xed\xa0\x80"',
    b'"\xff"',
    b'"' + b"x" * 9_000 + b'"',
    b"-1",
    b"9007199254740993",
    b"9223372036854775808",
    b"1" + b"0" * 400,
    b"1e400",
    b"0.5",
    b"NaN",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b'{"\\u0000":"\\u0000"}',
    b'{"\\ud800":1}',
    b'[["\\u0000"],[[1e1]]]',
    b'{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}}}}}',
    b"[" * 3_000 + b"]" * 3_000,
)
#: Bodies that are sent of one route: every so manieth of all there are; ``FUZZ_EXAMPLES`` asks for more.
MOST: Final = MORE or 150
#: Writes whose bodies are no JSON: test_fuzz sends them bytes.
RAW: Final = {"forms_submit_form", "uploads_create", "uploads_append", "uploads_overridden"}
_MARK: Final = "here-comes-something-else"


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Integrator]:
    folder = tmp_path_factory.mktemp("site")
    if request.param == "sqlite":
        async with open_integrator(folder) as opened:
            yield opened
        return
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    database = cluster.create()
    async with open_integrator(folder, cluster.url(database)) as opened:
        yield opened
    cluster.drop(database)


@pytest.fixture(scope="module")
async def document(site: Integrator) -> dict[str, Any]:
    return await fetched(site.http, "en")


def spoilt(body: Any) -> Iterator[tuple[str, bytes]]:
    """Yield a body with each member in turn, and itself, replaced by each nasty thing."""
    for place, marked in _marked(body, ""):
        before, after = msgspec.json.encode(marked).split(msgspec.json.encode(_MARK))
        for nasty in NASTY:
            yield f"{place or 'all'} = {nasty[:40]!r}", before + nasty + after


def _marked(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, _MARK
    if isinstance(node, dict):
        for key in node:
            for place, each in _marked(node[key], f"{path}/{key}"):
                yield place, {**node, key: each}
    elif isinstance(node, list):
        for at, item in enumerate(node):
            for place, each in _marked(item, f"{path}/{at}"):
                yield place, [*node[:at], each, *node[at + 1 :]]


def _step(bodies: int) -> int:
    """Return a step that leaves at most :data:`MOST`, and meets every place and every nasty thing."""
    return next(step for step in itertools.count(-(-bodies // MOST)) if math.gcd(step, len(NASTY)) == 1)


@pytest.mark.parametrize("name", sorted(set(WRITES) - set(BODILESS) - RAW))
async def test_a_body_with_something_nasty_in_it_is_refused_with_a_listed_problem_or_taken(
    site: Integrator, document: dict[str, Any], name: str
) -> None:
    verb, path = WRITES[name]
    operation = document["paths"][path][verb]
    body = operation["requestBody"]["content"]["application/json"]
    asked = await PREPARED[name](site)
    headers = {"Authorization": f"Bearer {asked.by}", "Content-Type": "application/json"}
    (success,) = (int(status) for status in operation["responses"] if status < "300")
    bodies = list(spoilt(swapped(body["examples"]["example"]["value"], asked.swap)))
    for what, content in bodies[:: _step(len(bodies))]:
        answer = await site.http.request(verb, path.format(**asked.path), content=content, headers=headers)
        if answer.status_code != success:
            try:
                problem(answer)
            except (AssertionError, msgspec.MsgspecError) as error:
                error.add_note(what)
                raise
