"""The edge: what becomes of an error on its way to a reader, in a status, a listed code and headers."""

import logging
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from litestar import get
from litestar.exceptions import HTTPException, ValidationException

from mobile_contract.problems import PROBLEMS, Refused
from tests.support.http import client

pytestmark = pytest.mark.anyio


class Log(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def log() -> Iterator[Log]:
    """What the program logs, whoever has configured logging meanwhile."""
    heard = Log()
    logging.getLogger("plumbline").addHandler(heard)
    yield heard
    logging.getLogger("plumbline").removeHandler(heard)


async def answer_to(error: Exception) -> httpx.Response:
    """Return what a route answers in which ``error`` is raised."""

    @get("/raising")
    async def raising() -> None:
        raise error

    async with client([raising], {}) as http:
        answer = await http.get("/raising")
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.status_code == answer.json()["status"] == PROBLEMS[answer.json()["code"]].status
    return answer


def of_database(kind: type[sa.exc.DBAPIError], message: str, sqlstate: str | None) -> Exception:
    """Return an error as a driver raises it; None: of one that knows no SQLSTATE."""
    original = Exception(message)
    if sqlstate is not None:
        original.sqlstate = sqlstate  # type: ignore[attr-defined]
    return kind("SELECT 1", {}, original)


async def test_a_refusal_is_the_problem_that_it_names_with_its_parameters() -> None:
    answer = await answer_to(Refused("request.too_large", limit=7))
    assert (answer.status_code, answer.json()["params"]) == (413, {"limit": "7"})
    assert {"retry-after", "www-authenticate", "content-range"} & answer.headers.keys() == set()


async def test_what_passes_says_when_to_come_again() -> None:
    assert (await answer_to(Refused("server.busy", seconds=3))).headers["retry-after"] == "3"


async def test_a_range_that_is_not_there_says_how_long_the_file_is() -> None:
    assert (await answer_to(Refused("media.bad_range", size=12))).headers["content-range"] == "bytes */12"


async def test_a_stranger_is_told_how_to_come_in() -> None:
    assert (await answer_to(Refused("identity.unauthenticated"))).headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "request.invalid"),
        (401, "identity.unauthenticated"),
        (403, "identity.forbidden"),
        (404, "request.not_found"),
        (405, "request.method_not_allowed"),
        (413, "request.too_large"),
        (415, "request.encoding"),
        (422, "request.invalid"),
        (418, "server.failed"),
        (500, "server.failed"),
    ],
)
async def test_what_litestar_refuses_becomes_a_listed_problem(status: int, code: str) -> None:
    assert (await answer_to(HTTPException("no", status_code=status))).json()["code"] == code


async def test_each_wrong_parameter_is_named_with_what_is_wrong_about_it() -> None:
    error = ValidationException("no", extra=[{"key": "limit", "message": "too low"}, {"message": "odd"}, "?"])
    assert (await answer_to(error)).json()["params"]["reason"] == "limit: too low; : odd"
    assert (await answer_to(ValidationException("so not"))).json()["params"]["reason"] == "so not"
    assert "{" not in (await answer_to(HTTPException("x", status_code=413))).json()["title"]
    assert "{" not in (await answer_to(HTTPException("x", status_code=415))).json()["title"]


async def test_a_value_of_another_type_is_the_request_s_fault() -> None:
    answer = await answer_to(msgspec.ValidationError("Expected `int`"))
    assert (answer.status_code, answer.json()["params"]) == (422, {"reason": "Expected `int`"})


@pytest.mark.parametrize(
    "error", [of_database(sa.exc.OperationalError, "disk full", None), sa.exc.TimeoutError("no connection")]
)
async def test_a_database_that_is_away_is_a_matter_of_seconds(error: Exception, log: Log) -> None:
    answer = await answer_to(error)
    assert (answer.json()["code"], answer.headers["retry-after"]) == ("server.busy", "5")
    assert [record.getMessage() for record in log.records] == ["the database cannot serve GET /raising"]


async def test_a_value_that_no_column_takes_is_the_request_s_fault_and_told_in_one_line() -> None:
    long = "invalid byte sequence " + "x" * 300 + "\nCONTEXT: line 1"
    answer = await answer_to(of_database(sa.exc.DataError, long, "22021"))
    assert (answer.json()["code"], answer.json()["params"]["reason"]) == ("request.invalid", long[:200])


@pytest.mark.parametrize("sqlstate", ["23505", None])
async def test_any_other_fault_of_the_database_is_ours(sqlstate: str | None) -> None:
    error = of_database(sa.exc.IntegrityError, "twice", sqlstate)
    assert (await answer_to(error)).json()["code"] == "server.failed"


async def test_what_was_not_expected_is_logged_under_the_number_that_its_reader_is_told(log: Log) -> None:
    told: dict[str, Any] = (await answer_to(RuntimeError("secret words"))).json()
    assert told["code"] == "server.failed"
    (record,) = log.records
    assert record.getMessage() == f"unexpected error {told['params']['reference']} on GET /raising"
    assert record.exc_info
    assert "secret words" not in str(told)


async def test_who_names_no_language_is_answered_in_chinese() -> None:
    @get("/refusing")
    async def refusing() -> None:
        raise Refused("request.not_found")

    async with client([refusing], {}) as http:
        assert (await http.get("/refusing")).json()["title"] == PROBLEMS["request.not_found"].zh
        english = await http.get("/refusing", headers={"Accept-Language": "en"})
        assert english.json()["title"] == PROBLEMS["request.not_found"].en
