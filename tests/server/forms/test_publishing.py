"""Publishing: versions never change, names keep their type and unit, the same form twice is one version."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from litestar.di import Provide

from mobile_contract.forms import FormDefinition, FormDifference, FormList, PublishedForm, fields_of
from mobile_contract.problems import Refused
from server.forms import ROUTES, Forms, definition, library, offered, published, retired, service
from server.identity import Caller, Identity, provide_caller
from server.kernel.database import Database
from server.kernel.journal import Journal
from server.kernel.settings import Settings
from server.kernel.tables import journal
from tests.server.forms.build import text_form
from tests.support import people
from tests.support.clock import HandClock
from tests.support.http import client
from tests.support.people import refusal

pytestmark = pytest.mark.anyio

HEAD = "| | type | name | label::中文 (zh-CN) | plumbline::unit |"
FIRST = text_form(f"{HEAD}\n| | integer | amount | 金额 | CNY_FEN |")
SECOND = text_form(f"{HEAD}\n| | integer | amount | 金额 | CNY_FEN |\n| | text | note | 备注 | |")


class Made:
    """The events that asked for a job."""

    def __init__(self) -> None:
        self.jobs: list[dict[str, Any]] = []

    def enqueue(self, _tx: sa.Connection, _kind: str, args: dict[str, Any]) -> None:
        self.jobs.append(args)


@pytest.fixture
def made() -> Made:
    return Made()


@pytest.fixture
def book(made: Made) -> Journal:
    return Journal(dict.fromkeys(("form.published", "form.retired"), ("on_form_published",)), made.enqueue)


@pytest.fixture
def forms(database: Database, book: Journal, clock: HandClock) -> Forms:
    return Forms(database, book, clock)


@pytest.fixture
def identity(database: Database, book: Journal, clock: HandClock) -> Identity:
    return Identity(database, book, Settings(), clock, people.cheap_passwords())


@pytest.fixture
async def admin(identity: Identity) -> Caller:
    return await people.admin(identity)


@pytest.fixture
async def http(identity: Identity, forms: Forms) -> AsyncIterator[httpx.AsyncClient]:
    provided = {"identity": identity, "forms": forms, "caller": Provide(provide_caller)}
    async with client(ROUTES, provided) as serving:
        yield serving


async def test_versions_are_counted_from_one_and_older_ones_stay(forms: Forms) -> None:
    assert [(await forms.publish("p", source)).version for source in (FIRST, SECOND)] == [1, 2]
    assert len(fields_of(await forms.one("f", 1))) == 1
    assert len(fields_of(await forms.one("f", 2))) == 2


async def test_publishing_the_same_again_is_the_same_version(forms: Forms, made: Made) -> None:
    first = await forms.publish("p", FIRST)
    assert await forms.publish("q", FIRST + b"\n\nwords around the tables say nothing\n") == first
    assert len(made.jobs) == 1


@pytest.mark.parametrize(
    "column", ["default", "hint::中文 (zh-CN)", "label::English (en)", "appearance", "guidance_hint"]
)
async def test_a_change_that_any_reader_sees_is_another_version(forms: Forms, column: str) -> None:
    plain, *changed = [
        text_form(f"| | type | name | label::中文 (zh-CN) | {column} |\n| | text | note | 备注 | {cell} |")
        for cell in ("", "甲", "乙")
    ]
    versions = [(await forms.publish("p", source)).version for source in (plain, *changed, changed[1])]
    assert versions == [1, 2, 3, 3]


async def test_columns_in_another_order_and_empty_rows_are_no_change(forms: Forms) -> None:
    first = text_form("| | type | name | label | default |\n| | text | note | 备注 | 无 |")
    again = text_form("| | default | label | type | name |\n| | | | | |\n| | 无 | 备注 | text | note |")
    assert [(await forms.publish("p", source)).version for source in (first, again)] == [1, 1]


async def test_going_back_to_what_an_older_version_said_is_a_version_of_its_own(forms: Forms) -> None:
    versions = [await forms.publish("p", source) for source in (FIRST, SECOND, FIRST)]
    assert [each.version for each in versions] == [1, 2, 3]
    assert versions[2].sha256 == versions[0].sha256


async def test_two_who_publish_at_the_same_moment_get_one_version_each(forms: Forms) -> None:
    both = await asyncio.gather(forms.publish("p", FIRST), forms.publish("q", SECOND))
    assert sorted(each.version for each in both) == [1, 2]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("| | decimal | amount | 金额 | CNY_FEN |", "amount: integer CNY_FEN → decimal CNY_FEN"),
        ("| | integer | amount | 金额 | CNY_YUAN |", "amount: integer CNY_FEN → integer CNY_YUAN"),
        ("| | integer | amount | 金额 | |", "amount: integer CNY_FEN → integer"),
        (
            "| | begin_repeat | rows | 表 | |\n| | integer | amount | 金额 | CNY_FEN |\n| | end_repeat | | | |",
            "amount: integer CNY_FEN → rows/integer CNY_FEN",
        ),
        (
            "| | begin_repeat | amount | 表 | |\n| | integer | n | 金额 | |\n| | end_repeat | | | |",
            "amount: integer CNY_FEN → repeat",
        ),
    ],
)
async def test_a_name_that_changes_its_type_unit_or_place_is_refused_by_name(forms: Forms, row: str, told: str) -> None:
    await forms.publish("p", FIRST)
    with pytest.raises(Refused) as refused:
        await forms.publish("p", text_form(f"{HEAD}\n{row}"))
    assert (refused.value.code, refused.value.params["names"]) == ("forms.name_changed", told)
    assert len(await _listed(forms)) == 1


async def test_a_name_that_was_left_out_keeps_its_type_for_ever(forms: Forms) -> None:
    await forms.publish("p", SECOND)
    await forms.publish("p", FIRST)
    again = text_form(f"{HEAD}\n| | integer | amount | 金额 | CNY_FEN |\n| | integer | note | 备注 | |")
    assert await refusal(forms.publish("p", again)) == "forms.name_changed"


async def test_publishing_is_journaled_with_it_and_makes_a_job(forms: Forms, database: Database, made: Made) -> None:
    out = await forms.publish("p", FIRST)
    rows = await database.read(
        lambda tx: tx.execute(sa.select(journal.c.event, journal.c.actor, journal.c.subject)).all()
    )
    assert ("form.published", "p", "f") in [tuple(row) for row in rows]
    assert made.jobs[0]["payload"] == {"form": "f", "version": 1, "sha256": out.sha256}


async def test_a_definition_is_found_inside_a_transaction_and_kept_by_its_connection(
    forms: Forms, database: Database
) -> None:
    await forms.publish("p", FIRST)

    def twice(tx: sa.Connection) -> tuple[FormDefinition | None, FormDefinition | None]:
        return definition(tx, "f", 1), definition(tx, "f", 1)

    first, second = await database.write(twice)
    assert first is not None
    assert first is second
    assert (first.id, first.version) == ("f", 1)


@pytest.mark.parametrize(("form", "version"), [("f", 2), ("g", 1), ("f", 0), ("f", -1), ("f", 2**40)])
async def test_what_is_not_published_is_no_definition(
    forms: Forms, database: Database, form: str, version: int
) -> None:
    await forms.publish("p", FIRST)
    assert await database.read(lambda tx: definition(tx, form, version)) is None
    assert await refusal(forms.one(form, version)) == "forms.unknown"


async def test_a_draft_is_no_version_until_it_is_published(forms: Forms, database: Database) -> None:
    draft = await forms.keep_draft("p", FIRST)
    assert (draft.version, draft.state) == (0, "draft")
    assert await database.read(published) == []
    assert (await forms.publish_draft("p", "f")).version == 1
    assert await refusal(forms.publish_draft("p", "f")) == "forms.no_draft"


async def test_publishing_something_else_leaves_the_draft(forms: Forms) -> None:
    await forms.keep_draft("p", SECOND)
    await forms.publish("p", FIRST)
    assert (await forms.publish_draft("p", "f")).version == 2


async def test_a_retired_version_is_still_read_and_offered_for_nothing(forms: Forms, database: Database) -> None:
    await forms.publish("p", FIRST)
    await forms.publish("p", SECOND)
    assert (await forms.retire("admin", "f", 1)).state == "published"
    assert (await database.read(lambda tx: offered(tx, "f"))).version == 2
    assert (await forms.retire("admin", "f", 2)).state == "retired"
    with pytest.raises(Refused) as refused:
        await database.read(lambda tx: offered(tx, "f"))
    assert refused.value.code == "forms.retired"
    assert [form.version for form in await database.read(published)] == [1, 2]
    assert set(await database.read(retired)) == {("f", 1), ("f", 2)}


async def test_retiring_is_told_once_of_each_version_and_takes_the_older_ones_along(forms: Forms, made: Made) -> None:
    await forms.publish("p", FIRST)
    await forms.publish("p", SECOND)
    made.jobs.clear()
    for _ in range(2):
        await forms.retire("admin", "f", 2)
    assert [job["payload"] for job in made.jobs] == [{"form": "f", "version": 1}, {"form": "f", "version": 2}]


async def test_what_was_retired_comes_back_as_a_new_version(forms: Forms) -> None:
    await forms.publish("p", FIRST)
    await forms.retire("admin", "f", 1)
    back = await forms.publish("p", FIRST)
    assert (back.version, back.state) == (2, "published")


@pytest.mark.parametrize(("form", "version"), [("f", 0), ("f", 2), ("f", 2**40), ("g", 1)])
async def test_what_is_not_published_cannot_be_retired(forms: Forms, form: str, version: int) -> None:
    await forms.publish("p", FIRST)
    assert await refusal(forms.retire("admin", form, version)) == "forms.unknown"


async def test_a_shipped_form_that_was_retired_stays_so_when_the_shipped_one_is_improved(
    forms: Forms, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "f.md").write_bytes(FIRST)
    monkeypatch.setattr(service, "_LIBRARY", tmp_path)
    await forms.publish_library("machine")
    await forms.retire("admin", "f", 1)
    (tmp_path / "f.md").write_bytes(SECOND)
    assert await forms.publish_library("machine") == ()


async def test_the_library_is_published_once_and_never_over_what_somebody_published(
    forms: Forms, database: Database
) -> None:
    assert {each.id for each in await forms.publish_library("machine")} == set(library())
    assert await forms.publish_library("machine") == ()
    assert {(form.id, form.version) for form in await database.read(published)} == {(name, 1) for name in library()}
    own = library()["daily_log"].decode().replace("daily_log | 施工日志", "daily_log | 我局施工日志").encode()
    assert (await forms.publish("machine", own)).version == 2
    assert await forms.publish_library("machine") == ()
    assert [each.version for each in await _listed(forms) if each.id == "daily_log"] == [2]


async def test_a_second_start_compiles_no_shipped_form(forms: Forms, monkeypatch: pytest.MonkeyPatch) -> None:
    await forms.publish_library("machine")
    monkeypatch.setattr(service, "define", None)  # calling it would fail
    assert await forms.publish_library("machine") == ()


async def test_a_shipped_form_that_was_improved_is_published_as_the_next_version(
    forms: Forms, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    older = library()["daily_log"].replace("daily_log | 施工日志".encode(), "daily_log | 旧施工日志".encode())
    (tmp_path / "daily_log.md").write_bytes(older)
    with monkeypatch.context() as before_the_upgrade:
        before_the_upgrade.setattr(service, "_LIBRARY", tmp_path)
        await forms.publish_library("machine")
    await forms.publish_library("machine")
    assert [(each.version, each.by) for each in await _listed(forms) if each.id == "daily_log"] == [(2, "library")]


# HTTP -----------------------------------------------------------------------------------------------------------------


async def test_an_administrator_publishes_and_everybody_reads(
    http: httpx.AsyncClient, identity: Identity, admin: Caller
) -> None:
    head = people.bearer(await identity.sessions.login("admin", people.PASSWORD))
    answer = await http.post("/v1/forms", content=library()["payment_application"], headers=head)
    assert answer.status_code == 201
    out = msgspec.json.decode(answer.content, type=PublishedForm)
    assert (out.id, out.version, len(out.phone_only)) == ("payment_application", 1, 2)
    await people.person(identity, admin, "zhoumin")
    reader = people.bearer(await identity.sessions.login("zhoumin", people.PASSWORD))
    answer = await http.get("/v1/forms/payment_application/1", headers=reader)
    form = msgspec.json.decode(answer.content, type=FormDefinition)
    assert (form.sha256, form.title["zh-CN"]) == (out.sha256, "工程款支付报审表")
    listed = msgspec.json.decode((await http.get("/v1/forms", headers=reader)).content, type=FormList)
    assert [each.id for each in listed.forms] == ["payment_application"]
    refused = await http.post("/v1/forms", content=FIRST, headers=reader)
    assert (refused.status_code, refused.json()["code"]) == (403, "identity.forbidden")


async def test_an_administrator_retires_and_everybody_reads_what_changed(
    http: httpx.AsyncClient, identity: Identity, admin: Caller
) -> None:
    head = people.bearer(await identity.sessions.login("admin", people.PASSWORD))
    for source in (FIRST, SECOND):
        await http.post("/v1/forms", content=source, headers=head)
    await people.person(identity, admin, "zhoumin")
    reader = people.bearer(await identity.sessions.login("zhoumin", people.PASSWORD))
    answer = await http.get("/v1/forms/f/2/changes", headers=reader)
    found = msgspec.json.decode(answer.content, type=FormDifference)
    assert [(change.path, change.change) for change in found.changes] == [("note", "added")]
    assert found.changes[0].said == {"zh-CN": "新增题目 “备注” (note)", "en": "Added question “备注” (note)"}
    assert (await http.get("/v1/forms/f/2/changes?since=2", headers=reader)).json()["changes"] == []
    assert (await http.get("/v1/forms/f/1/changes", headers=reader)).json()["code"] == "forms.unknown"
    assert (await http.post("/v1/forms/f/2/retire", headers=reader)).status_code == 403
    assert (await http.post("/v1/forms/f/2/retire", headers=head)).json()["state"] == "retired"
    assert (await http.get("/v1/forms", headers=reader)).json()["forms"][0]["state"] == "retired"


async def test_strangers_read_no_forms(http: httpx.AsyncClient, identity: Identity) -> None:
    for path in ("/v1/forms", "/v1/forms/f/1", "/v1/forms/f/2/changes"):
        assert (await http.get(path)).status_code == 401


async def test_drafts_are_listed_for_administrators_alone(
    http: httpx.AsyncClient, identity: Identity, admin: Caller
) -> None:
    head = people.bearer(await identity.sessions.login("admin", people.PASSWORD))
    assert (await http.post("/v1/forms?draft=true", content=FIRST, headers=head)).json()["state"] == "draft"
    assert [each["state"] for each in (await http.get("/v1/forms", headers=head)).json()["forms"]] == ["draft"]
    await people.person(identity, admin, "zhoumin")
    reader = people.bearer(await identity.sessions.login("zhoumin", people.PASSWORD))
    assert (await http.get("/v1/forms", headers=reader)).json()["forms"] == []
    for path in ("/v1/forms/f/0", "/v1/forms/f/0/changes"):
        assert (await http.get(path, headers=reader)).json()["code"] == "forms.unknown"
    assert (await http.get("/v1/forms/f/0", headers=head)).json()["items"][0]["name"] == "amount"
    assert (await http.get("/v1/forms/f/0/changes", headers=head)).json()["code"] == "forms.unknown"
    assert (await http.post("/v1/forms/f/publish", headers=head)).json()["version"] == 1


async def test_a_draft_is_compared_with_the_newest_version(
    http: httpx.AsyncClient, identity: Identity, admin: Caller
) -> None:
    head = people.bearer(await identity.sessions.login("admin", people.PASSWORD))
    await http.post("/v1/forms", content=FIRST, headers=head)
    await http.post("/v1/forms?draft=true", content=SECOND, headers=head)
    found = (await http.get("/v1/forms/f/0/changes", headers=head)).json()
    assert (found["earlier"], [change["path"] for change in found["changes"]]) == (1, ["note"])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "forms.unreadable"),
        (b"PK\x03\x04nonsense", 422, "forms.unreadable"),
        (text_form(f"{HEAD}\n| | colour | a | 甲 | |"), 422, "forms.invalid"),
        (b"|" * (3 << 20), 413, "request.too_large"),
    ],
)
async def test_a_bad_form_is_a_listed_problem(
    http: httpx.AsyncClient, identity: Identity, admin: Caller, body: bytes, status: int, code: str
) -> None:
    head = people.bearer(await identity.sessions.login("admin", people.PASSWORD))
    answer = await http.post("/v1/forms", content=body, headers=head)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("path", ["/v1/forms/f/1", "/v1/forms/nobody/99999999999999", "/v1/forms/..%2f/1"])
async def test_an_unknown_form_is_not_found(
    http: httpx.AsyncClient, identity: Identity, admin: Caller, path: str
) -> None:
    head = people.bearer(await identity.sessions.login("admin", people.PASSWORD))
    answer = await http.get(path, headers=head)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def _listed(forms: Forms) -> tuple[PublishedForm, ...]:
    reader = Caller(person="p", name="某", replica="r")
    return (await forms.listed(reader)).forms
