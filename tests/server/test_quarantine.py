"""Devices that are trusted no more, through the whole program, real HTTP and the reference phone."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from msgspec.structs import replace

from mobile_contract.ids import is_sha256
from mobile_contract.sync import Outcome, SyncAnswer
from server.fieldphone import Phone
from server.fieldphone.transport import Cut
from server.identity import Caller
from sync.ports import ReplicaClosed, ReplicaTrust, Unreachable
from tests.media import images
from tests.server.site import Site, open_site
from tests.support import people
from tests.support.clock import HandClock
from tests.support.patience import within
from tests.support.people import bearer, refusal

pytestmark = pytest.mark.anyio
T = TypeVar("T")
PHOTO = images.encode(images.picture(), "image/jpeg")
OTHER_PHOTO = images.encode(images.picture(), "image/png")
POSITION = {"lat": 320415000, "lon": 1187674000, "datum": "WGS84", "accuracyCm": 500}
CAPTURED = {"at": "2026-11-18T08:00:00+08:00"}
SECRET = "nobody else may read this"  # noqa: S105 - it is what a phone must not keep


@pytest.fixture
async def site(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path, clock) as opened:
        yield opened


def check_in(phone: Phone, scope: str, note: str = SECRET) -> str:
    values = {"captured": CAPTURED, "position": POSITION, "note": note}
    return phone.replica.create("checkIn", scope, values)


def photograph(phone: Phone, scope: str, data: bytes) -> None:
    path = Path(phone.storage._db.execute("PRAGMA database_list").fetchone()[2]).parent / f"{len(data)}.jpg"
    path.write_bytes(data)
    phone.photograph(scope, path, {"captured": CAPTURED})


def left_on(phone: Phone) -> tuple[int, int, int]:
    """Count ops, with and without a receipt, copies and files on a phone's disk."""
    db = phone.storage._db
    counts = db.execute(
        "SELECT (SELECT count(*) FROM ops), (SELECT count(*) FROM copies), (SELECT count(*) FROM files)"
    )
    ops, copies, files = counts.fetchone()
    return ops, copies, files


async def test_a_revoked_phone_hands_in_its_work_is_given_nothing_and_wipes(site: Site) -> None:
    def before(phone: Phone) -> None:
        check_in(phone, site.scope)
        phone.sync()
        assert left_on(phone) > (1, 1, 0)  # its own check-in, and the forms of the project
        check_in(phone, site.scope)
        photograph(phone, site.scope, PHOTO)

    def after(phone: Phone) -> list[Any]:
        done = phone.sync()
        assert left_on(phone) == (0, 0, 0)
        assert phone.replica.trust is ReplicaTrust.WIPED
        with pytest.raises(ReplicaClosed):
            phone.sync()
        with pytest.raises(ReplicaClosed):
            check_in(phone, site.scope)
        return done

    await site.on_phone(before)
    await site.revoke()
    done = await site.on_phone(after)
    receipts = [receipt for one in done for receipt in one.receipts]
    assert [(receipt.outcome, receipt.code) for receipt in receipts] == [(Outcome.PARKED, "op.device_revoked")] * 2
    assert [entry for one in done for entry in one.entries] == []
    assert [notice.code for one in done for notice in one.notices] == ["device.revoked", "device.wipe"]
    kept = b"".join(path.read_bytes() for path in (site.folder / "phone").glob("phone.db*"))
    assert SECRET.encode() not in kept
    dead = await site.ask("POST", "/v1/sync", site.session, content=b"{}")
    assert (dead.status_code, dead.json()["code"]) == (410, "identity.device_wiped")
    listed = await site.listed()
    assert (listed["quarantinedOps"], bool(listed["revokedAt"]), bool(listed["wipeToldAt"])) == (2, True, True)
    assert await site.told("identity.wipe_told") == 1


async def test_what_it_handed_in_waits_at_the_desk_whole_and_with_its_files(site: Site) -> None:
    await site.on_phone(lambda phone: photograph(phone, site.scope, PHOTO))
    await site.revoke()
    await site.on_phone(Phone.sync)
    (parked,) = await site.parked()
    sha256 = parked["values"]["op"]["values"]["blob"]
    assert is_sha256(sha256)
    assert (await site.ask("GET", f"/v1/blobs/{sha256}", site.desk)).content == PHOTO
    retried = await site.ask("POST", f"/v1/parked/{parked['id']}/retry", site.desk, json={"reason": "它是真的"})
    assert retried.json()["code"] == "op.applied"
    photo = await site.ask("GET", f"/v1/records/{parked['values']['op']['id']}", site.desk)
    assert [file["state"] for file in photo.json()["server"]["files"]] == ["stored"]


async def test_a_file_whose_sending_broke_off_goes_before_the_phone_says_that_it_is_through(site: Site) -> None:
    def cut(phone: Phone) -> None:
        photograph(phone, site.scope, PHOTO)

        def break_off(*_chunk: object) -> None:
            raise Cut

        phone.files._cut = break_off
        with pytest.raises(Unreachable):
            phone.sync()
        assert phone.replica.trust is ReplicaTrust.REVOKED

    await site.revoke()
    await site.on_phone(cut)
    await site.on_phone(Phone.sync)
    (parked,) = await site.parked()
    sha256 = parked["values"]["op"]["values"]["blob"]
    assert (await site.ask("GET", f"/v1/blobs/{sha256}", site.desk)).content == PHOTO
    assert (await site.listed())["wipeToldAt"]


async def test_files_of_records_that_it_had_sent_are_taken_too_and_no_others(site: Site) -> None:
    def before(phone: Phone) -> None:
        photograph(phone, site.scope, PHOTO)
        phone.replica.sync()  # the record is there, its bytes are not

    def after(phone: Phone) -> None:
        path = site.folder / "not cited.png"
        path.write_bytes(OTHER_PHOTO)
        phone.keep(path, "image/png")
        with pytest.raises(Unreachable, match=r"identity\.device_revoked"):
            phone.sync()
        phone.sync()
        assert phone.replica.trust is ReplicaTrust.WIPED

    await site.on_phone(before)
    await site.revoke()
    await site.on_phone(after)
    (photo,) = (await site.ask("GET", "/v1/records?kind=photo", site.desk)).json()
    assert (await site.ask("GET", f"/v1/blobs/{photo['values']['blob']}", site.desk)).content == PHOTO


async def test_whatever_answers_are_lost_each_op_is_parked_once_and_the_phone_wipes(site: Site) -> None:
    def work(phone: Phone) -> int:
        for _ in range(3):
            check_in(phone, site.scope)
        phone.storage.remember(replace(phone.storage.memory(), batch=2))
        carry, lost = phone.transport.exchange, 0
        for attempt in range(20):

            def unlucky(body: bytes, attempt: int = attempt) -> bytes:
                answer = carry(body)
                if attempt % 2 == 0:
                    raise Unreachable("the answer was lost")
                return answer

            phone.transport.exchange = unlucky  # type: ignore[method-assign]
            try:
                phone.replica.exchange()
            except Unreachable:
                lost += 1
            except ReplicaClosed:
                return lost
        raise AssertionError("it never wiped")

    await site.revoke()
    assert await site.on_phone(work) >= 3
    assert len(await site.parked()) == 3
    assert (await site.listed())["quarantinedOps"] == 3


async def test_a_phone_that_had_not_heard_may_still_bring_work_after_an_empty_exchange(site: Site) -> None:
    """Its first answer is lost: it does not know yet, and takes on work."""

    def work(phone: Phone) -> None:
        carry = phone.transport.exchange

        def lost(body: bytes) -> bytes:
            carry(body)
            raise Unreachable("the answer was lost")

        phone.transport.exchange = lost  # type: ignore[method-assign]
        with pytest.raises(Unreachable):
            phone.sync()
        check_in(phone, site.scope)
        phone.transport.exchange = carry  # type: ignore[method-assign]
        phone.sync()
        assert phone.replica.trust is ReplicaTrust.WIPED

    await site.revoke()
    await site.on_phone(work)
    assert len(await site.parked()) == 1


async def test_a_lost_phone_wipes_at_once_and_nothing_is_taken_of_it(site: Site) -> None:
    def after(phone: Phone) -> list[str]:
        done = phone.sync()
        assert left_on(phone) == (0, 0, 0)
        return [notice.code for one in done for notice in one.notices]

    await site.on_phone(lambda phone: check_in(phone, site.scope))
    await site.lose()
    assert await site.on_phone(after) == ["device.wipe"]
    assert await site.parked() == []
    listed = await site.listed()
    assert (bool(listed["lostAt"]), bool(listed["wipeToldAt"]), "quarantinedOps" in listed) == (True, True, False)
    assert (await site.told("identity.device_lost"), await site.told("identity.wipe_told")) == (1, 1)
    dead = await site.ask("POST", "/v1/sync", site.session, content=b"{}")
    assert (dead.status_code, dead.json()["code"]) == (410, "identity.device_wiped")


async def test_a_lost_phone_that_missed_the_answer_wipes_when_it_hears_that_it_is_over(site: Site) -> None:
    await site.on_phone(lambda phone: check_in(phone, site.scope))
    await site.lose()
    assert (await site.ask("POST", "/v1/sync", site.session, json={"clock": "x"})).status_code == 200
    await site.on_phone(Phone.sync)
    assert await site.on_phone(left_on) == (0, 0, 0)


async def test_a_revoked_phone_may_turn_out_lost(site: Site) -> None:
    await site.on_phone(lambda phone: check_in(phone, site.scope))
    await site.revoke()
    await site.lose()
    await site.on_phone(Phone.sync)
    assert await site.on_phone(left_on) == (0, 0, 0)
    assert await site.parked() == []


async def test_only_the_desk_reports_losses_and_only_of_ones_own(site: Site) -> None:
    other = await people.phone(site.identity, site.chen)
    caller = await site.identity.sessions.caller(other.token)
    assert await refusal(site.identity.report_lost(caller, site.device)) == "identity.forbidden"
    stranger: Caller = await people.person(site.identity, site.admin, "stranger")
    assert await refusal(site.identity.report_lost(stranger, site.device)) == "request.not_found"
    await site.identity.report_lost(site.admin, site.device)
    assert (await site.listed())["lostAt"]


async def test_what_a_revoked_phone_hands_in_is_bounded_and_the_rest_stays_on_it(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with open_site(database_url, tmp_path, clock, quarantine_ops=3) as site:
        scope = site.scope

        def work(phone: Phone) -> None:
            phone.storage.remember(replace(phone.storage.memory(), batch=1))
            for _ in range(4):
                check_in(phone, scope)
            for _ in range(2):
                with pytest.raises(Unreachable, match=r"identity\.quarantine_full"):
                    phone.sync()
            assert left_on(phone) == (4, 0, 0)
            assert len(phone.storage.receipts()) == 3

        await site.revoke()
        await site.on_phone(work)
        assert len(await site.parked()) == 3
        assert (await site.listed())["quarantinedOps"] == 3


async def test_the_files_of_a_revoked_phone_are_bounded_too(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with open_site(database_url, tmp_path, clock, quarantine_media_bytes=len(PHOTO) - 1) as site:
        scope = site.scope
        await site.on_phone(lambda phone: photograph(phone, scope, PHOTO))
        await site.revoke()
        with pytest.raises(Unreachable, match=r"identity\.quarantine_full"):
            await site.on_phone(Phone.sync)
        assert len(await site.parked()) == 1


async def test_after_the_window_it_is_only_told_that_it_is_revoked(site: Site, clock: HandClock) -> None:
    await site.revoke()
    clock.forward(hours=24 * 29)
    assert (await site.ask("POST", "/v1/sync", site.session, json={"clock": "x"})).status_code == 200
    clock.forward(hours=23)
    assert (await site.ask("POST", "/v1/sync", site.session, json={"clock": "x"})).status_code == 200
    clock.forward(hours=2)
    over = await site.ask("POST", "/v1/sync", site.session, json={"clock": "x"})
    assert over.status_code == 401


async def test_every_other_door_is_closed_to_it(site: Site) -> None:
    routes = [route for route in site.program.litestar().routes if isinstance(route, HTTPRoute)]
    doors: list[tuple[str, str, HTTPRouteHandler]] = [
        (method, route.path, handler) for route in routes for method, (handler, _) in route.route_handler_map.items()
    ]
    assert {(method, path) for method, path, handler in doors if handler.opt.get("quarantined")} == {
        ("POST", "/v1/sync"),
        ("POST", "/v1/uploads"),
        ("HEAD", "/v1/uploads/{upload_id:str}"),
        ("PATCH", "/v1/uploads/{upload_id:str}"),
    }
    await site.revoke()
    for method, path in (
        ("GET", "/v1/me"),
        ("GET", "/v1/records?kind=report"),
        ("GET", "/v1/wake"),
        ("GET", "/v1/uploads"),
    ):
        refused = await site.ask(method, path, site.session)
        assert (refused.status_code, refused.json()["code"]) == (401, "identity.device_revoked")
    answer = await site.ask("POST", "/v1/sync", site.session, json={"clock": "x", "cursor": {"seqs": {site.scope: 0}}})
    given = msgspec.json.decode(answer.content, type=SyncAnswer)
    assert (given.changes, given.checksums, given.cursor.seqs, given.dropped) == ((), (), {}, (site.scope,))


async def test_its_wake_up_connection_ends(site: Site) -> None:
    await site.settled()  # the new project's forms are on the feed: nothing else has a reason to wake it
    async with (
        httpx.AsyncClient(base_url=site.url, timeout=10) as http,
        http.stream("GET", "/v1/wake", headers=bearer(site.session)) as answer,
    ):
        lines = answer.aiter_lines()
        assert await anext(lines) == "event: wake"
        await site.revoke()
        rest = await within(_rest(lines), 8)
    assert "event: wake" not in rest


async def _rest(lines: AsyncIterator[str]) -> list[str]:
    return [line async for line in lines]
