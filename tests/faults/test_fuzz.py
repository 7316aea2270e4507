"""What nobody thought of: valid exchanges mutated by bytes and by JSON, and whatever the routes' schema allows.

Every run makes the same examples; ``FUZZ_EXAMPLES`` asks for more, and then each run makes others.
"""

import contextlib
import os
from collections.abc import Iterator
from typing import Any, Final

import httpx
import msgspec
import pytest
import schemathesis
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from mobile_contract.sync import Change, Delete, Resolve, Sign
from server.forms.routes import SOURCES
from server.kernel.clock import new_id
from server.kernel.settings import Settings
from server.uploads.routes import BYTES
from tests.faults.house import AT, House, Known, among_good_ones, answered, open_house, problem, request

MORE: Final = int(os.environ.get("FUZZ_EXAMPLES", "0"))


def bounded(count: int) -> examples:
    """Settings for so many examples, or for as many as were asked for."""
    return examples(
        max_examples=MORE or count,
        derandomize=not MORE,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )


# -- bytes ------------------------------------------------------------------------------------------------------------

#: Where (in thousandths of the body), how much of it goes, and what comes there instead.
CUTS = st.tuples(
    st.integers(0, 1000),
    st.sampled_from([0, 1, 1, 2, 7, 100]),
    st.one_of(
        st.binary(max_size=4), st.sampled_from([b'"', b"{", b"}", b"[", b"]", b",", b"\\ud800", b"\\u0000", b"-1"])
    ),
)


@pytest.mark.anyio
@bounded(80)
@given(cuts=st.lists(CUTS, min_size=1, max_size=4))
async def test_an_exchange_with_broken_bytes_is_refused_or_answered(
    house: House, cuts: list[tuple[int, int, bytes]]
) -> None:
    body = request([house.log(note="晴"), house.log(), house.log()], house.cursor)
    for place, gone, instead in cuts:
        at = place * len(body) // 1000
        body = body[:at] + instead + body[at + gone :]
    answer = await house.post(body)
    if answer.status_code == 200:
        answered(answer, len(answer.json().get("receipts", ())))
    else:
        problem(answer)
    await house.push(house.log())


# -- JSON -------------------------------------------------------------------------------------------------------------

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**64), 2**64),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["\0", "", "../..", new_id(), "daily_log", "2026-11-18", "x" * 300]),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8) | st.sampled_from([new_id(), "value", "was", "count"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@st.composite
def mutations(draw: st.DrawFn) -> tuple[list[int], Any]:
    """Choose a place by turns at each level of a tree, and what to put there (``...``: nothing)."""
    return draw(st.lists(st.integers(0, 7), min_size=1, max_size=5)), draw(st.just(...) | JSON)


def mutated(tree: Any, turns: list[int], value: Any) -> Any:
    """Change one place of a JSON tree."""
    copy = list(tree) if isinstance(tree, list) else dict(tree)
    keys = list(range(len(copy))) if isinstance(copy, list) else list(copy)
    if not keys:
        return value if value is not ... else None
    key = keys[turns[0] % len(keys)]
    if len(turns) > 1 and isinstance(copy[key], dict | list):
        copy[key] = mutated(copy[key], turns[1:], value)
    elif value is ...:
        del copy[key]
    else:
        copy[key] = value
    return copy


def valid_ops(house: House) -> dict[str, Any]:
    """One valid op of each action, on a log that is there."""
    log = house.log(labour={new_id(): {"trade": "pipefitter", "count": 12}}, note="x")
    common = {"scope": house.scope, "kind": "report", "id": house.a_log, "at": AT}

    def n() -> int:
        house.last_n += 1
        return house.last_n

    return {
        "create": log,
        "patch": house.patch(house.a_log, {"fields/note": Change(value="y", was="x")}),
        "delete": Delete(op_id=new_id(), n=n(), was_digest="a" * 64, **common),
        "sign": Sign(op_id=new_id(), n=n(), digest="a" * 64, **common),
        "resolve": Resolve(op_id=new_id(), n=n(), seen=(new_id(),), value=1, **common | {"kind": "conflict"}),
        "check-in": house.create(
            "checkIn", {"captured": {"at": AT}, "position": {"lat": 320415000, "lon": 1187674000, "datum": "WGS84"}}
        ),
        "photo": house.create("photo", {"captured": {"at": AT}, "blob": "a" * 64}),
    }


@pytest.mark.anyio
@bounded(60)
@given(which=st.integers(0, 6), changes=st.lists(mutations(), min_size=1, max_size=3))
async def test_a_mutated_op_is_answered_and_the_rest_of_the_batch_stands(
    house: House, which: int, changes: list[tuple[list[int], Any]]
) -> None:
    bad = msgspec.to_builtins(list(valid_ops(house).values())[which])
    for turns, value in changes:
        bad = mutated(bad, turns, value)
    bad["example"] = new_id()  # or two that lost their op id would be one
    await among_good_ones(house, msgspec.json.encode(bad))


# -- the routes -------------------------------------------------------------------------------------------------------

#: Bodies that are no JSON travel as the bytes they are.
for _media in (BYTES, *SOURCES):
    schemathesis.serializer.alias(_media, "application/octet-stream")
#: Whom these are asked by: somebody whose token must not be taken back by the way.
BY_NOBODY: Final = frozenset({"/v1/logout"})
#: An answer that goes on for ever is another test's subject.
ENDLESS: Final = frozenset({"/v1/wake"})


@contextlib.contextmanager
def served(of: Settings, known: Known) -> Iterator[tuple[BlockingPortal, House]]:
    """A house on a loop of its own, for tests that are not async."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(open_house(of, known)) as house:
        yield portal, house


def test_no_route_fails_whatever_its_schema_allows_or_forbids(copied: tuple[Settings, Known]) -> None:
    with served(*copied) as (portal, house):
        described = portal.call(house.http.get, "/docs/openapi.json").json()
        schema = schemathesis.openapi.from_dict(described)
        tried = 0
        for result in schema.get_all_operations():
            assert isinstance(result, Ok)
            if result.ok().path in ENDLESS:
                continue
            tried += 1
            _try(portal, house, result.ok(), GenerationMode.POSITIVE)
            with contextlib.suppress(Unsatisfiable):  # nothing about it can be wrong
                _try(portal, house, result.ok(), GenerationMode.NEGATIVE)
        assert tried > 30


def _try(portal: BlockingPortal, house: House, operation: Any, mode: GenerationMode) -> None:
    @bounded(3)
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        sent = case.as_transport_kwargs(base_url="http://plumbline.test")
        body = sent.get("data") if isinstance(sent.get("data"), bytes | str) else None
        content = body if body is not None else msgspec.json.encode(sent.get("json"))
        headers = {name: value for name, value in dict(sent["headers"]).items() if value.isascii()}
        if operation.path not in BY_NOBODY:
            headers["Authorization"] = f"Bearer {house.known.admin}"
        try:
            asked = house.http.build_request(
                sent["method"], sent["url"], params=sent.get("params"), headers=headers, content=content
            )
        except (httpx.InvalidURL, ValueError):  # no client can say this
            return
        answer = portal.call(house.http.send, asked)
        if answer.status_code >= 400:
            problem(answer)

    ask()
