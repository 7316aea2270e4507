"""Pages of scans arranged anew, and scans rejected: originals stay, each page stands in one scan, nothing is lost."""

from typing import Any

import msgspec
import pytest

from mobile_contract.records import Kind, ScanValues
from mobile_contract.sync import Create
from server.kernel.clock import new_id
from server.replication import Actor
from server.scans.model import extraction_id
from server.scans.process import Done
from tests.server.desk import AT, Desk, proposed
from tests.server.papers import white
from tests.server.test_queue import code, names, second_clerk
from tests.server.test_scans import page as story_3
from tests.server.uploads.house import sha256, upload

pytestmark = pytest.mark.anyio


async def scanned(desk: Desk, *files: bytes, counts: tuple[int, ...] = ()) -> str:
    """Send a scan of some files, and put down that it was read: ``counts`` are the pages of the files."""
    for data in files:
        await upload(desk.http, data)
    scan = await desk.scan(*files)
    await put_down(desk, scan, counts or (1,) * len(files))
    return scan


async def put_down(desk: Desk, scan: str, counts: tuple[int, ...]) -> None:
    record = await desk.program.db.read(lambda tx: desk.program.replication.record(tx, scan))
    assert record is not None
    pages = tuple(f"{scan} {number}".encode() for number in range(sum(counts)))
    fields = (proposed("fields/number", "1"),)
    done = Done(
        engine="by hand", form="payment_application", form_version=1, fields=fields, rectified=pages, counts=counts
    )
    await desk.program.scans.propose(record, done)


async def arrange(desk: Desk, *into: list[dict[str, Any]] | dict[str, Any]) -> Any:
    wanted = [each if isinstance(each, dict) else {"pages": each} for each in into]
    return await desk.http.post("/v1/scans/arrange", json={"into": wanted})


def page(scan: str, number: int, turn: int = 0) -> dict[str, Any]:
    return {"scan": scan, "page": number, "turn": turn}


async def values(desk: Desk, scan: str) -> ScanValues:
    return msgspec.convert((await desk.entry(scan))["values"], ScanValues)


async def test_a_pile_is_split_and_its_original_stays_as_it_came(desk: Desk) -> None:
    pile, photo = new_id().encode(), new_id().encode()
    scan = await scanned(desk, pile, photo, counts=(3, 1))
    before = (await desk.entry(scan))["values"]
    answer = await arrange(desk, [page(scan, 3), page(scan, 1, 90)], [page(scan, 4), page(scan, 2)])
    assert answer.status_code == 200, answer.text
    one, other = answer.json()["scans"]
    first, second = await values(desk, one), await values(desk, other)
    assert first.pages == (sha256(pile),)
    assert [(each.file, each.page, each.turn) for each in first.arranged] == [(0, 2, 0), (0, 0, 90)]
    assert second.pages == (sha256(photo), sha256(pile))
    assert [(each.file, each.page) for each in second.arranged] == [(0, 0), (1, 1)]
    assert first.sources == second.sources == (scan,)
    old = await desk.entry(scan)
    assert (old["values"], old["server"]["state"], old["server"]["into"]) == (before, "arranged", [one, other])
    assert (await desk.entry(extraction_id(scan)))["values"]["state"] == "discarded"
    assert [(await desk.entry(made))["server"]["state"] for made in (one, other)] == ["queued", "queued"]
    assert sorted(await names(desk, state="reading")) == sorted([one, other])
    assert await names(desk) == []
    again = await arrange(desk, [page(scan, 3), page(scan, 1, 90)], [page(scan, 4), page(scan, 2)])
    assert again.json() == answer.json()
    assert code(await arrange(desk, [page(scan, number) for number in (1, 2, 3, 4)])) == "scans.not_waiting"


async def test_scans_are_merged_and_what_was_arranged_is_arranged_again(desk: Desk) -> None:
    one, other = await scanned(desk, b"front" + new_id().encode()), await scanned(desk, b"back" + new_id().encode())
    (merged,) = (await arrange(desk, [page(other, 1, 180), page(one, 1)])).json()["scans"]
    await put_down(desk, merged, (1, 1))
    turned = await arrange(desk, [page(merged, 2), page(merged, 1, 270)])
    (made,) = turned.json()["scans"]
    there = await values(desk, made)
    assert [each.turn for each in there.arranged] == [0, 90]  # 180 and then 270
    assert there.pages == ((await values(desk, one)).pages[0], (await values(desk, other)).pages[0])
    assert there.sources == (merged,)


async def test_each_page_stands_in_exactly_one_scan(desk: Desk) -> None:
    scan = await scanned(desk, new_id().encode(), counts=(2,))
    for into in ([page(scan, 1)], [page(scan, 1), page(scan, 2), page(scan, 1)], [page(scan, 1), page(scan, 3)]):
        answer = await arrange(desk, into)
        assert (answer.status_code, code(answer)) == (422, "scans.pages_left")
    assert await names(desk) == [scan]


async def test_who_may_not_decide_arranges_and_rejects_nothing(desk: Desk) -> None:
    scan = await scanned(desk, new_id().encode())
    for login, refusal in (("chen", "identity.forbidden"), ("sunlei", "request.not_found")):
        await desk.as_(login)
        assert code(await arrange(desk, [page(scan, 1)])) == refusal
        assert code(await desk.http.post(f"/v1/scans/{scan}/reject", json={"reason": "no page"})) == refusal
    await desk.as_("wangli")
    await desk.http.put(f"/v1/scans/{scan}/claim")
    await desk.as_(await second_clerk(desk))
    assert code(await arrange(desk, [page(scan, 1)])) == "scans.claimed"
    assert code(await desk.http.post(f"/v1/scans/{scan}/reject", json={"reason": "no page"})) == "scans.claimed"


async def test_scans_that_are_read_now_or_of_two_scopes_are_not_arranged(desk: Desk) -> None:
    data = new_id().encode()
    await upload(desk.http, data)
    reading = await desk.scan(data)
    assert code(await arrange(desk, [page(reading, 1)])) == "scans.not_read_yet"
    unknown = {"pages": [page(await scanned(desk, new_id().encode()), 1)], "form": "daily_log", "formVersion": 99}
    assert code(await arrange(desk, unknown)) == "forms.unknown"


async def test_the_form_that_a_person_names_is_read_as_that_form(desk: Desk) -> None:
    scan = await scanned(desk, new_id().encode())
    named = {"pages": [page(scan, 1)], "form": "daily_log", "formVersion": 1}
    (made,) = (await arrange(desk, named)).json()["scans"]
    found = await desk.program.db.read(lambda tx: desk.program.scans._due(tx, made))
    assert found is not None
    _, task = found
    assert (task.named, [form.id for form in task.forms], len(task.arranged)) == (True, ["daily_log"], 1)


async def test_pages_that_no_file_has_are_not_asked_for(desk: Desk) -> None:
    data = new_id().encode()
    await upload(desk.http, data)
    values = {
        "pages": [sha256(data)],
        "captured": {"at": AT},
        "arranged": [{"file": 7}, {"file": 0, "page": -1}, {"file": 0}],
    }
    op = Create(op_id=new_id(), n=0, scope=desk.scope, kind=Kind.SCAN, id=new_id(), at=AT, values=values)
    actor = Actor(person=desk.clerk.person, replica=desk.clerk.replica)
    await desk.program.replication.apply(actor, [op])
    found = await desk.program.db.read(lambda tx: desk.program.scans._due(tx, op.id))
    assert found is not None
    assert [(page.file, page.page) for page in found[1].arranged] == [(0, 0)]


async def test_a_rejected_scan_leaves_the_queue_and_says_why(desk: Desk) -> None:
    scan = await scanned(desk, new_id().encode())
    bare = await desk.scan(b"bytes that never come")
    for each in (scan, bare):
        answer = await desk.http.post(f"/v1/scans/{each}/reject", json={"reason": "拍到的是背面"})
        assert answer.status_code == 204, answer.text
        said = (await desk.entry(each))["server"]
        assert said["state"] == "rejected"
        assert (said["rejected"]["by"], said["rejected"]["reason"]) == (desk.clerk.person, "拍到的是背面")
    assert (await desk.entry(extraction_id(scan)))["values"]["state"] == "discarded"
    assert await names(desk) == await names(desk, state="reading") == []
    again = await desk.http.post(f"/v1/scans/{scan}/reject", json={"reason": "twice"})
    assert code(again) == "scans.not_waiting"


@pytest.mark.ocr
@pytest.mark.timeout(240)
async def test_a_page_that_is_split_off_is_read_again_from_the_bytes_that_came(desk: Desk) -> None:
    sheet, back = story_3(), white("image/jpeg")
    for data in (sheet, back):
        await upload(desk.http, data)
    scan = await desk.scan(back, sheet)
    await desk.program.worker.drain()
    said = (await desk.entry(scan))["server"]
    assert (said["state"], said["counts"]) == ("read", [1, 1])
    made = (await arrange(desk, [page(scan, 2)], [page(scan, 1, 180)])).json()["scans"]
    await desk.program.worker.drain()
    read = [(await desk.entry(extraction_id(one)))["values"] for one in made]
    assert [each.get("form") for each in read] == ["payment_application", None]
    assert [len(each["rectified"]) for each in read] == [1, 1]
    whole = (await desk.entry(said["extraction"]))["values"]
    assert [field["value"] for field in read[0]["fields"]] == [field["value"] for field in whole["fields"]]
    assert await names(desk, state="read") == [made[0]]
