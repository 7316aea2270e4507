"""Takeaways: asked for, made by a job, found again; lists of reports as XLSX and CSV."""

import csv
import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest

from mobile_contract.identity import Role
from mobile_contract.ids import row_id
from mobile_contract.records import Kind
from mobile_contract.sync import Change, Patch
from mobile_contract.takeaways import TakeawayKind
from server.identity import Identity
from server.insight.takeaways import TakeawayDesk
from server.insight.takeaways_model import Made, Order
from server.kernel.clock import new_id
from tests.server.desk import AT, Desk, open_desk
from tests.server.insight.test_search import apply, log, people_admin
from tests.server.uploads.house import problem, sha256
from tests.support.clock import HandClock

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Desk]:
    async with open_desk(database_url, tmp_path, tmp_path, clock) as opened:
        yield opened


async def ask(desk: Desk, kind: str = "xlsx", **wanted: Any) -> dict[str, Any]:
    answer = await desk.http.post("/v1/takeaways", json={"kind": kind, "wanted": {"form": "daily_log", **wanted}})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def state(desk: Desk, key: str) -> dict[str, Any]:
    found: dict[str, Any] = (await desk.http.get(f"/v1/takeaways/{key}")).json()
    return found


async def made(desk: Desk, kind: str = "xlsx", **wanted: Any) -> httpx.Response:
    key = (await ask(desk, kind, **wanted))["id"]
    await desk.program.worker.drain()
    answer = await desk.http.get(f"/v1/takeaways/{key}/file")
    assert answer.status_code == 200, (answer.text, await state(desk, key))
    assert sha256(answer.content) == (await state(desk, key))["sha256"]
    return answer


async def fill(desk: Desk) -> list[str]:
    """File three logs, the second with what a spreadsheet would take for a formula."""
    first = await log(desk, "2026-11-16", "沟槽开挖", weather_am="light_rain")
    second = await log(desk, "2026-11-17", '=HYPERLINK("http://x","y")', safety="@SUM(1)", quality="-2+3")
    third = await log(desk, "2026-11-18", "混凝土浇筑")
    rows = {row_id(third, "labour", "pipefitter"): {"trade": "pipefitter", "count": 12}}
    change = {f"fields/labour/{key}": Change(value=row) for key, row in rows.items()}
    await apply(desk, Patch(op_id=new_id(), n=0, scope=desk.scope, kind=Kind.REPORT, id=third, at=AT, set=change))
    return [first, second, third]


async def test_a_workbook_has_a_column_for_each_field_and_a_sheet_for_each_table(desk: Desk) -> None:
    keys = await fill(desk)
    answer = await made(desk)
    assert "施工日志" in httpx.URL("x:" + answer.headers["content-disposition"].partition("UTF-8''")[2]).path
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    main = book.worksheets[0]
    head, *rows = [[cell.value for cell in row] for row in main.iter_rows()]
    assert [row[0] for row in rows] == keys
    assert [row[head.index("日期")] for row in rows] == ["2026-11-16", "2026-11-17", "2026-11-18"]
    assert rows[0][head.index("标段")] == "一标段"
    assert rows[0][head.index("填报人")] == "chen 某某"
    assert "小雨" in rows[0]
    assert '=HYPERLINK("http://x","y")' in rows[1]
    assert not any(cell.data_type == "f" or cell.hyperlink for row in main.iter_rows() for cell in row)
    titles = [sheet.title for sheet in book.worksheets]
    cells = [[cell.value for cell in row] for sheet in book.worksheets[1:] for row in sheet.iter_rows(min_row=2)]
    assert any(row[0] == keys[2] and "管道工" in row and 12 in row for row in cells), (titles, cells)


async def test_csv_is_one_file_for_each_table_and_holds_no_formula(desk: Desk) -> None:
    keys = await fill(desk)
    answer = await made(desk, "csv")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        names = packed.namelist()
        data = packed.read(names[0])
        assert {entry.date_time for entry in packed.infolist()} == {(2000, 1, 1, 0, 0, 0)}
    assert data.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert [row[0] for row in rows] == keys
    assert len(head) == len(set(head))
    dangerous = [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert dangerous == []
    assert {'\'=HYPERLINK("http://x","y")', "'@SUM(1)", "'-2+3"} <= set(rows[1])


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
async def test_the_same_is_the_same_bytes(desk: Desk, clock: HandClock, kind: str) -> None:
    await fill(desk)
    first = await made(desk, kind)
    clock.forward(hours=3)
    assert (await made(desk, kind)).content == first.content
    assert (await made(desk, kind, until="2026-11-17")).content != first.content


async def test_a_list_holds_what_its_person_may_read_and_goes_with_their_right(desk: Desk) -> None:
    keys = await fill(desk)
    await desk.as_("sunlei")
    book = openpyxl.load_workbook(io.BytesIO((await made(desk)).content))
    assert book.worksheets[0].max_row == 1
    await desk.as_("wangli")
    key = (await ask(desk))["id"]
    await desk.program.worker.drain()
    assert (await desk.http.get(f"/v1/takeaways/{key}/file")).status_code == 200
    mine = (await desk.http.get("/v1/takeaways")).json()["takeaways"]
    assert [each["id"] for each in mine] == [key]
    assert mine[0]["done"] == len(keys)
    await desk.as_("sunlei")
    assert key not in [each["id"] for each in (await desk.http.get("/v1/takeaways")).json()["takeaways"]]
    for path in (f"/v1/takeaways/{key}", f"/v1/takeaways/{key}/file"):
        problem(await desk.http.get(path), "request.not_found")
    problem(await desk.http.delete(f"/v1/takeaways/{key}"), "request.not_found")
    await desk.as_("wangli")
    admin = await people_admin(desk)
    await desk.program.of(Identity).revoke(admin.person, desk.clerk.person, Role.CLERK, desk.scope)
    problem(await desk.http.get(f"/v1/takeaways/{key}/file"), "request.not_found")
    fetched = await desk.events("takeaway.fetched")
    assert [event["subject"] for event in fetched].count(key) == 1


async def test_one_that_waits_can_be_cancelled_and_is_not_made(desk: Desk) -> None:
    key = (await ask(desk))["id"]
    problem(await desk.http.get(f"/v1/takeaways/{key}/file"), "takeaways.not_ready")
    cancelled = await desk.http.delete(f"/v1/takeaways/{key}")
    assert cancelled.json()["state"] == "cancelled"
    await desk.program.worker.drain()
    assert (await state(desk, key))["state"] == "cancelled"
    problem(await desk.http.delete(f"/v1/takeaways/{key}"), "takeaways.settled")


async def test_one_that_is_cancelled_while_it_is_made_is_not_finished(desk: Desk) -> None:
    service = desk.program.of(TakeawayDesk)
    key = (await ask(desk))["id"]

    async def slow(order: Order) -> Made:
        await order.tell(1, 10)
        assert (await state(desk, key))["done"] == 1
        assert (await state(desk, key))["state"] == "making"
        await desk.http.delete(f"/v1/takeaways/{key}")
        await order.tell(2, 10)
        raise AssertionError("told that it is cancelled")

    service._makers = {TakeawayKind.XLSX: slow}
    await desk.program.worker.drain()
    assert (await state(desk, key))["state"] == "cancelled"


async def test_what_cannot_be_made_says_why_and_one_expires(desk: Desk, clock: HandClock) -> None:
    key = (await ask(desk, form="no_such_form"))["id"]
    await desk.program.worker.drain()
    found = await state(desk, key)
    assert (found["state"], found["problem"]) == ("failed", "forms.unknown")
    clock.forward(days=7, seconds=1)
    await desk.as_("wangli")
    await desk.program.worker.drain()
    assert (await desk.http.get("/v1/takeaways")).json() == {"takeaways": []}


async def test_a_person_has_so_many_under_way_and_lists_name_a_form(desk: Desk) -> None:
    for _ in range(5):
        await ask(desk)
    body = {"kind": "xlsx", "wanted": {"form": "daily_log"}}
    problem(await desk.http.post("/v1/takeaways", json=body), "takeaways.too_many")
    problem(await desk.http.post("/v1/takeaways", json={"kind": "csv"}), "request.invalid")
    problem(await desk.http.post("/v1/takeaways", json={**body, "language": "fr"}), "request.invalid")
    listed = [each["id"] for each in (await desk.http.get("/v1/takeaways")).json()["takeaways"]]
    assert listed == sorted(listed, reverse=True)
    assert len(listed) == 5
