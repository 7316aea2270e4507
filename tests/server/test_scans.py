"""Paper on the server: read in a process of its own, proposed, confirmed by a clerk, filed through the one door."""

import functools
import os
import resource
import signal
from pathlib import Path

import anyio
import httpx
import msgspec
import pytest

from mobile_contract.extractions import ExtractionValues, FoundPair, ValueKind
from mobile_contract.forms import FieldType, FormDefinition, fields_of
from mobile_contract.ids import row_id
from mobile_contract.problems import Refused
from mobile_contract.records import Kind
from mobile_contract.sync import Create
from ocr.layout import layout_of
from ocr.models import Choice, Models
from ocr.sheet import blank_pages
from server.demo.photograph import fill, photograph
from server.forms import compile_form
from server.kernel.clock import new_id
from server.replication import Actor
from server.scans import ScanReader
from server.scans.model import report_fields, report_id, with_row_ids
from server.scans.process import Task
from tests.media import hostile
from tests.ocr.paper_forms import STORY_3, everything, shipped
from tests.server.desk import AT, Desk, propose, proposed
from tests.server.papers import BAD, given, several, white
from tests.server.uploads.house import sha256, upload

pytestmark = pytest.mark.anyio

SEED = 13  # its letter O is plainly a letter


@functools.cache
def page() -> bytes:
    """The payment application of story 3, badly photographed."""
    layout = layout_of(shipped("payment_application"))
    return photograph(fill(blank_pages(layout)[0], layout, 1, STORY_3, SEED), "phone", SEED).jpeg


def code(answer: httpx.Response) -> str:
    found: str = answer.json()["code"]
    return found


async def test_a_scan_brought_at_the_desk_waits_for_its_bytes_and_brought_again_is_the_same(desk: Desk) -> None:
    page = new_id().encode()
    body = {"scope": desk.scope, "pages": [sha256(page)], "note": "文件夹 11 月"}
    first = (await desk.http.post("/v1/scans", json=body)).json()
    assert (await desk.entry(first["scan"]))["server"]["state"] == "waiting"
    await upload(desk.http, page)
    await desk.program.worker.drain()
    assert (await desk.entry(first["scan"]))["server"]["state"] != "waiting"
    again = (await desk.http.post("/v1/scans", json=body)).json()
    assert again == first
    await desk.as_("sunlei")
    assert (await desk.http.post("/v1/scans", json=body)).json()["code"] == "identity.forbidden"


@pytest.mark.ocr
@pytest.mark.timeout(240)
async def test_story_3_from_the_scan_to_a_report_that_can_be_found(desk: Desk) -> None:
    for kind in ValueKind:
        await desk.program.judging.set_threshold(desk.clerk.person, kind, 900)
    scan = await desk.scan(page())
    assert (await desk.entry(scan))["server"]["state"] == "waiting"
    assert await desk.program.worker.drain() == 0
    await upload(desk.http, page())
    await desk.program.worker.drain()

    said = (await desk.entry(scan))["server"]
    assert said["state"] == "read"
    extraction = await desk.entry(said["extraction"])
    values = extraction["values"]
    assert (values["form"], values["formVersion"], values["scan"]) == ("payment_application", 1, scan)
    flags = {flag["code"]: flag for flag in values["flags"]}
    assert flags["paper.amount_mismatch"]["paths"] == ["fields/amount_words", "fields/amount_figures"]
    assert flags["paper.identifier_confusable"]["suggestion"] == "91320100MA1N8F2K3R"
    review = {field["path"]: field.get("review", "due") for field in values["fields"]}
    assert review["fields/number"] in ("accepted", "audit")
    assert {review[path] for flag in values["flags"] for path in flag["paths"] if path in review} == {"due"}
    (noted,) = await desk.events("extraction.accepted")
    assert {*noted["accepted"], *noted["audit"]} == {path for path in review if review[path] != "due"}
    assert (noted["fit"], noted["subject"]) == (values["fit"], said["extraction"])
    for picture in (*values["rectified"], *values["boxed"]):
        answer = await desk.http.get(f"/v1/blobs/{picture}")
        assert (answer.status_code, answer.content[:3] in (b"\xff\xd8\xff", b"\x89PN")) == (200, True)

    # Nothing is filed until she says so.
    assert (await desk.http.get("/v1/reports", params={"number": "NZ-ZF-2026-003"})).json() == []
    corrections = {"contractor_usci": "91320100MA1N8F2K3R", "amount_figures": 268_432_850}
    answer = await desk.confirm(said["extraction"], **corrections)
    assert answer.status_code == 200, answer.text
    report = await desk.entry(answer.json()["report"])
    fields = report["values"]["fields"]
    assert fields["contractor_usci"] == "91320100MA1N8F2K3R"
    assert fields["amount_figures"] == 268_432_850
    assert fields["items"] == {
        row_id(report["id"], "items", "1"): {
            "item": "DN800管道安装",
            "item_unit": "m",
            "quantity": "42",
            "unit_price": 125_000,
            "amount": 5_250_000,  # computed by the server, not read
        }
    }
    assert report["server"]["source"] == "scan"
    for looked in ({"number": "NZ-ZF-2026-003"}, {"date": "2026-11-18"}, {"person": "陈建国"}):
        found = (await desk.http.get("/v1/reports", params=looked)).json()
        assert [entry["id"] for entry in found] == [report["id"]]
    decided = await desk.entry(said["extraction"])
    assert (decided["values"]["state"], decided["values"]["report"]) == ("confirmed", report["id"])
    assert decided["server"]["decidedBy"] == desk.clerk.person

    again = await desk.confirm(said["extraction"])
    assert again.json() == answer.json()
    assert code(await desk.http.post(f"/v1/extractions/{said['extraction']}/discard")) == "scans.decided"


async def test_only_a_clerk_of_the_section_confirms(desk: Desk) -> None:
    extraction = await propose(desk, proposed("fields/number", "1"))
    await desk.as_("chen")
    assert code(await desk.confirm(extraction)) == "identity.forbidden"
    await desk.as_("sunlei")
    assert code(await desk.confirm(extraction)) == "request.not_found"
    assert code(await desk.http.post(f"/v1/extractions/{extraction}/discard")) == "request.not_found"
    await desk.as_("wangli")
    assert (await desk.confirm(extraction)).status_code == 200


async def test_a_correction_of_what_is_no_field_is_refused_and_nothing_is_filed(desk: Desk) -> None:
    extraction = await propose(desk, proposed("fields/number", "1"))
    for name in ("nothing", "items_total", "items/1/amount", "items/1", "items/x/item", "items/1/nothing"):
        assert code(await desk.confirm(extraction, **{name: "1"})) == "request.invalid", name
    values = msgspec.convert((await desk.entry(extraction))["values"], ExtractionValues)
    assert (values.state, values.report) == ("proposed", None)
    assert (await desk.http.get("/v1/reports")).json() == []


async def test_what_was_discarded_is_not_confirmed_and_a_scan_without_a_form_makes_no_report(desk: Desk) -> None:
    extraction = await propose(desk, proposed("fields/number", "1"))
    assert (await desk.http.post(f"/v1/extractions/{extraction}/discard")).status_code == 204
    assert (await desk.http.post(f"/v1/extractions/{extraction}/discard")).status_code == 204
    assert code(await desk.confirm(extraction)) == "scans.decided"
    assert code(await desk.confirm(await propose(desk, form=None))) == "scans.nothing_read"
    assert code(await desk.confirm(new_id())) == "request.not_found"


async def test_a_clerk_is_given_a_form_drafted_from_a_page_that_nobody_knew(desk: Desk) -> None:
    pair = FoundPair(key="槽底标高", value="12.35", page=1, box=(9, 0, 99, 9), key_box=(0, 0, 9, 9), confidence=900)
    extraction = await propose(desk, form=None, pairs=(pair,))
    answer = await desk.http.get(f"/v1/extractions/{extraction}/form-draft")
    assert answer.headers["content-type"].startswith("text/markdown")
    (asked,) = fields_of(compile_form(answer.content).form)
    assert (asked.label["zh-CN"], asked.type) == ("槽底标高", FieldType.DECIMAL)
    known = await propose(desk, proposed("fields/number", "1"))
    assert code(await desk.http.get(f"/v1/extractions/{known}/form-draft")) == "scans.nothing_read"
    await desk.as_("chen")
    assert code(await desk.http.get(f"/v1/extractions/{extraction}/form-draft")) == "identity.forbidden"


async def test_no_phone_writes_an_extraction(desk: Desk) -> None:
    values = {"scan": new_id(), "engine": "mine"}
    op = Create(op_id=new_id(), n=0, scope=desk.scope, kind=Kind.EXTRACTION, id=new_id(), at=AT, values=values)
    actor = Actor(person=desk.clerk.person, replica=desk.clerk.replica)
    (receipt,) = await desk.program.replication.apply(actor, [op])
    assert receipt.code == "op.role_may_not"


async def test_a_page_that_is_no_picture_fails_with_its_reason_and_can_be_read_again(desk: Desk) -> None:
    await upload(desk.http, b"<!doctype html><p>not a page")
    scan = await desk.scan(b"<!doctype html><p>not a page")
    await desk.program.worker.drain()
    said = (await desk.entry(scan))["server"]
    assert (said["state"], said["problem"], said["by"]) == ("failed", "media.undecodable", desk.clerk.person)
    assert (await desk.http.post(f"/v1/scans/{scan}/read")).status_code == 202
    assert (await desk.entry(scan))["server"]["state"] == "queued"
    assert code(await desk.http.post(f"/v1/scans/{scan}/read")) == "scans.not_failed"


# the reading process --------------------------------------------------------------------------------------------------


def choice(models: Path) -> Choice:
    return Choice(models=Models(folder=str(models)))


@pytest.mark.ocr
@pytest.mark.timeout(240)
async def test_a_page_that_takes_too_long_costs_that_page_alone(ocr_models: Path) -> None:
    reader = ScanReader(choice(ocr_models), page_seconds=0, memory_bytes=8 * 1024**3)
    done = await reader.read(Task(files=1, forms=(shipped("payment_application"),)), given(page()))
    reader.close()
    assert [(flag.code, flag.params) for flag in done.flags] == [
        ("paper.page_failed", {"page": "1", "reason": "timeout"})
    ]
    assert len(done.rectified) == len(done.boxed) == 1


@pytest.mark.ocr
@pytest.mark.timeout(240)
async def test_files_of_every_bad_kind_are_listed_problems_of_their_own_pages_alone(ocr_models: Path) -> None:
    """And the process has a limit of its own on memory, and is replaced after so many pages."""
    reader = ScanReader(choice(ocr_models), page_seconds=60, memory_bytes=2 * 1024**3, recycle_after=2)
    await reader.read(Task(files=1, forms=()), given(white()))
    child = reader._child
    assert child is not None
    allowed, _ = resource.prlimit(child._process.pid, resource.RLIMIT_DATA)
    assert 2 * 1024**3 < allowed < 6 * 1024**3
    heard: list[tuple[int, int]] = []

    async def told(read: int, pages: int) -> None:
        heard.append((read, pages))

    done = await reader.read(Task(files=len(BAD), forms=()), given(*(file for file, _ in BAD.values())), told)
    assert (child.alive, reader._child) == (False, None)
    assert [(flag.code, flag.params.get("reason", "")) for flag in done.flags] == [
        one for _, flags in BAD.values() for one in flags
    ]
    pages = [flag.params["page"] for flag in done.flags]
    assert pages == [str(number + 1) for number in range(len(pages))]
    assert len(done.rectified) == len(done.boxed) == len(pages)
    assert [read for read, _ in heard] == list(range(len(pages) + 1))
    assert (heard[0][1], heard[-1][1]) == (len(BAD), len(pages))  # as one page each, until they are opened


@pytest.mark.ocr
@pytest.mark.timeout(300)
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_page_on_which_the_process_dies_costs_that_page_and_the_queue_goes_on(desk: Desk) -> None:
    endless = hostile.pdf_that_draws_without_end(100)
    for file in (white(), endless, several(2)):
        await upload(desk.http, file)
    await upload(desk.http, b"no page")
    deadly, next_one = await desk.scan(white(), endless, several(2)), await desk.scan(b"no page")

    async def die_on_the_second_page() -> None:
        while (await desk.entry(deadly))["server"].get("pagesRead") != 1:  # noqa: ASYNC110 - as a phone would see it
            await anyio.sleep(0.05)
        child = desk.program.reader._child
        assert child is not None
        os.kill(child._process.pid, signal.SIGKILL)

    async with anyio.create_task_group() as together:
        together.start_soon(desk.program.worker.drain)
        together.start_soon(die_on_the_second_page)
    said = (await desk.entry(deadly))["server"]
    assert (said["state"], said["pages"], said["pagesRead"]) == ("read", 4, 4)
    flags = (await desk.entry(said["extraction"]))["values"]["flags"]
    assert [(flag["code"], flag["params"].get("reason")) for flag in flags] == [
        ("paper.blank_page", None),
        ("paper.page_failed", "crashed"),
        ("paper.blank_page", None),
        ("paper.blank_page", None),
    ]
    assert (await desk.entry(next_one))["server"]["problem"] == "media.undecodable"


@pytest.mark.timeout(120)
async def test_a_process_that_grows_too_large_is_stopped(ocr_models: Path) -> None:
    reader = ScanReader(choice(ocr_models), page_seconds=60, memory_bytes=1)
    with pytest.raises(Refused) as refused:
        await reader.read(Task(files=1, forms=()), given(page()))
    assert (refused.value.code, refused.value.params) == ("paper.worker_stopped", {"reason": "memory"})


@pytest.mark.timeout(120)
async def test_a_reading_that_nobody_waits_for_is_stopped_and_does_not_start_over(ocr_models: Path) -> None:
    reader = ScanReader(choice(ocr_models), page_seconds=60, memory_bytes=8 * 1024**3)
    with anyio.move_on_after(1.5):
        await reader.read(Task(files=1, forms=()), given(page()))
    assert reader._child is None


@pytest.mark.timeout(120)
async def test_without_models_the_reader_says_what_to_do(tmp_path: Path) -> None:
    reader = ScanReader(choice(tmp_path), page_seconds=60, memory_bytes=8 * 1024**3)
    with pytest.raises(Refused) as refused:
        await reader.read(Task(files=1, forms=()), given(page()))
    reader.close()
    assert refused.value.code == "paper.models_missing"


# what a report is made of ---------------------------------------------------------------------------------------------


def form() -> FormDefinition:
    return everything()


def test_corrections_replace_proposals_and_null_leaves_out() -> None:
    values = ExtractionValues(
        scan="s",
        engine="e",
        fields=(proposed("fields/name", "甲"), proposed("fields/remarks", "乙"), proposed("fields/items/2/what", "丙")),
    )
    made = report_fields(form(), values, {"fields/remarks": None, "fields/items/2/count": "3"})
    assert made == {"name": "甲", "items": {"2": {"what": "丙", "count": "3"}}}


def test_rows_of_paper_get_the_same_ids_every_time() -> None:
    report = report_id(form(), "section:x", "extraction", {})
    assert report == report_id(form(), "section:x", "extraction", {"name": "other"})
    rows = with_row_ids(form(), report, {"name": "甲", "items": {"2": {"what": "丙"}}})
    assert rows == {"name": "甲", "items": {row_id(report, "items", "2"): {"what": "丙"}}}


def test_a_form_with_a_natural_key_makes_the_report_that_a_phone_would_make() -> None:
    log = shipped("daily_log")
    first = report_id(log, "section:x", "one", dict.fromkeys(log.unique_by, "2026-11-18"))
    second = report_id(log, "section:x", "two", dict.fromkeys(log.unique_by, "2026-11-18"))
    assert first == second
    assert report_id(log, "section:x", "one", {}) != first
