"""The queue of scans: what waits for a clerk and in which order, who works on what, and that two never do unawares."""

import asyncio
import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from mobile_contract.extractions import ProposedField, Scrutiny
from mobile_contract.identity import Role
from mobile_contract.problems import Refused
from mobile_contract.queue import NextScan
from mobile_contract.states import ScanState
from server import schema
from server.identity import Caller
from server.kernel.clock import new_id
from server.scans.model import extraction_id
from server.scans.process import Done
from server.scans.tables import scan_groups, scan_queue
from tests.server.desk import Desk, proposed
from tests.server.uploads.house import upload
from tests.support import people
from tests.support.clock import HandClock

pytestmark = pytest.mark.anyio


async def read(desk: Desk, *fields: ProposedField, form: str | None = "payment_application") -> tuple[str, str]:
    """Put down what the worker reads of a new scan; return the ids of both."""
    data = new_id().encode()
    await upload(desk.http, data)
    scan = await desk.scan(data)
    record = await desk.program.db.read(lambda tx: desk.program.replication.record(tx, scan))
    assert record is not None
    done = Done(
        engine="by hand", form=form, form_version=1 if form else None, fields=fields, rectified=(data, data + b"2")
    )
    await desk.program.scans.propose(record, done)
    return scan, extraction_id(scan)


def sure(path: str, confidence: int, review: Scrutiny = Scrutiny.DUE) -> ProposedField:
    return msgspec.structs.replace(proposed(path, "1"), confidence=confidence, review=review)


async def listed(desk: Desk, **asked: Any) -> dict[str, Any]:
    answer = await desk.http.get("/v1/scans/queue", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def names(desk: Desk, **asked: Any) -> list[str]:
    return [each["scan"] for each in (await listed(desk, **asked))["scans"]]


def code(answer: httpx.Response) -> str:
    found: str = answer.json()["code"]
    return found


async def administrator(desk: Desk) -> Caller:
    sessions = desk.program.identity.sessions
    found: Caller = await sessions.caller((await sessions.login("admin", people.PASSWORD)).token)
    return found


async def second_clerk(desk: Desk, login: str = "limin") -> str:
    """Add another clerk to the section, and return the login."""
    admin = await administrator(desk)
    await people.person(desk.program.identity, admin, login, (Role.CLERK, desk.scope))
    return login


async def test_a_scan_is_in_the_queue_until_a_clerk_has_decided_about_it(desk: Desk) -> None:
    bare = await desk.scan(b"bytes that never come")
    assert await names(desk) == []  # no person has anything to do yet
    (row,) = (await listed(desk, state="reading"))["scans"]
    assert (row["scan"], row["pages"], row.get("extraction")) == (bare, 1, None)
    scan, extraction = await read(desk, sure("fields/number", 620), sure("fields/contractor_usci", 990))
    (row,) = (await listed(desk))["scans"]
    assert {name: row[name] for name in ("scan", "extraction", "scope", "state", "form", "formVersion", "pages")} == {
        "scan": scan,
        "extraction": extraction,
        "scope": desk.scope,
        "state": "read",
        "form": "payment_application",
        "formVersion": 1,
        "pages": 2,
    }
    assert (row["lowestConfidence"], row["toLook"]) == (620, 2)
    assert row["receivedAt"] == (await desk.entry(scan))["server"]["receivedAt"]
    counts = (await listed(desk))["counts"]
    assert counts == {
        "states": {"read": 1, "reading": 1},
        "forms": {"payment_application": 1},
        "scopes": {desk.scope: 1},
    }
    assert (await desk.confirm(extraction)).status_code == 200
    assert await names(desk) == []
    assert (await listed(desk))["counts"] == {"states": {"reading": 1}, "forms": {}, "scopes": {}}


async def test_what_waits_for_a_form_failed_or_may_be_one_with_another_says_so(desk: Desk, clock: HandClock) -> None:
    unknown, _ = await read(desk, form=None)
    await upload(desk.http, b"no page at all")
    failed = await desk.scan(b"no page at all")
    await desk.program.worker.drain()
    if (await desk.entry(failed))["server"]["state"] != ScanState.FAILED:  # no models here: as if it had been read
        record = await desk.program.db.read(lambda tx: desk.program.replication.record(tx, failed))
        assert record is not None
        await desk.program.db.write(lambda tx: desk.program.scans._fail(tx, record, "media.undecodable"))
    first, _ = await read(desk, sure("fields/number", 900))
    states = {row["scan"]: row["state"] for row in (await listed(desk))["scans"]}
    assert states == {unknown: "formUnknown", failed: "failed", first: "read"}
    assert await names(desk, state="failed") == [failed]
    assert (await listed(desk, state="failed"))["scans"][0]["problem"]
    assert await names(desk, form="") == [unknown, failed]
    assert await names(desk, form="payment_application") == [first]
    assert (await desk.http.post(f"/v1/scans/{failed}/read")).status_code == 202
    assert await names(desk, state="failed") == []


async def test_a_pair_waits_to_be_decided_and_then_the_paper_waits_alone(desk: Desk) -> None:
    first, _ = await read(desk, sure("fields/number", 900))
    second, extraction = await read(desk, sure("fields/number", 900))
    await desk.program.db.write(
        lambda tx: desk.program.confirming._pairs._put(tx, desk.scope, extraction, {first: {"sameFile"}}, "2026")
    )
    states = {row["scan"]: row["state"] for row in (await listed(desk))["scans"]}
    assert states == {first: "read", second: "paired"}
    (pair,) = (await desk.http.get("/v1/duplicates")).json()["duplicates"]
    kept = await desk.http.post(f"/v1/duplicates/{pair['id']}/keep", json={"reason": "two sheets"})
    assert kept.status_code == 200
    assert {row["state"] for row in (await listed(desk))["scans"]} == {"read"}


async def test_the_order_is_by_age_or_by_the_lowest_confidence_and_pages_join_without_a_gap(
    desk: Desk, clock: HandClock
) -> None:
    found = []
    for confidence in (700, 400, 999, 400, 555):
        clock.moment += timedelta(seconds=1)
        found.append((confidence, *await read(desk, sure("fields/number", confidence))))
        clock.moment += timedelta(seconds=1)
    other, _ = await read(desk, form=None)
    by_age = [scan for _, scan, _ in found] + [other]
    by_confidence = [scan for _, scan, _ in sorted(found, key=lambda each: each[:2])] + [other]
    for order, expected in (("age", by_age), ("confidence", by_confidence)):
        assert await names(desk, order=order) == expected
        joined: list[str] = []
        after = ""
        while True:
            page = await listed(desk, order=order, after=after, limit=2)
            joined += [each["scan"] for each in page["scans"]]
            after = page.get("next", "")
            if not after:
                break
        assert joined == expected
    strange = await desk.http.get("/v1/scans/queue", params={"order": "age", "after": "700~x"})
    assert code(strange) == "request.invalid"


async def test_others_see_and_count_nothing_of_a_section(desk: Desk) -> None:
    scan, _ = await read(desk, sure("fields/number", 900))
    for login in ("sunlei", "chen"):
        await desk.as_(login)
        assert (await listed(desk))["counts"] == {"states": {}, "forms": {}, "scopes": {}}
        assert (await listed(desk, scope=desk.scope))["scans"] == []
        assert (await desk.http.post("/v1/scans/queue/next")).json() == {"scan": None}
    assert code(await desk.http.put(f"/v1/scans/{scan}/claim")) == "identity.forbidden"
    assert code(await desk.http.delete(f"/v1/scans/{scan}/claim")) == "identity.forbidden"
    await desk.as_("sunlei")
    assert code(await desk.http.put(f"/v1/scans/{scan}/claim")) == "request.not_found"


async def test_a_project_narrows_the_queue_to_its_sections(desk: Desk) -> None:
    scan, _ = await read(desk, sure("fields/number", 900))
    project = next(grant.parent for grant in desk.clerk.grants).removeprefix("project:")  # type: ignore[union-attr]
    assert await names(desk, project=project) == [scan]
    assert await names(desk, project=extraction_id(scan)) == []


async def test_a_second_claim_says_who_works_on_it_and_the_other_may_not_decide(desk: Desk, clock: HandClock) -> None:
    scan, extraction = await read(desk, sure("fields/number", 900))
    claim = (await desk.http.put(f"/v1/scans/{scan}/claim")).json()
    assert (claim["by"], claim["scan"]) == (desk.clerk.person, scan)
    await desk.as_(await second_clerk(desk))
    refused = await desk.http.put(f"/v1/scans/{scan}/claim")
    assert (refused.status_code, code(refused)) == (409, "scans.claimed")
    assert refused.json()["params"]["until"] == claim["until"]
    assert refused.json()["params"]["name"] == claim["name"]
    assert code(await desk.confirm(extraction)) == "scans.claimed"
    assert code(await desk.http.post(f"/v1/extractions/{extraction}/discard")) == "scans.claimed"
    assert code(await desk.http.delete(f"/v1/scans/{scan}/claim")) == "scans.claimed"
    assert await names(desk, free=True) == []
    (row,) = (await listed(desk))["scans"]
    assert row["claim"] == claim
    clock.moment += timedelta(seconds=301)  # a claim that is not renewed ends
    assert await names(desk, free=True) == [scan]
    assert (await desk.confirm(extraction)).status_code == 200


async def test_a_claim_is_renewed_released_and_taken_over_with_a_reason(desk: Desk, clock: HandClock) -> None:
    scan, extraction = await read(desk, sure("fields/number", 900))
    first = (await desk.http.put(f"/v1/scans/{scan}/claim")).json()
    clock.moment += timedelta(seconds=200)
    renewed = (await desk.http.put(f"/v1/scans/{scan}/claim")).json()
    assert renewed["until"] > first["until"]
    await desk.as_(await second_clerk(desk))
    taken = await desk.http.put(f"/v1/scans/{scan}/claim", json={"takeOver": "王丽今天请假"})
    assert taken.status_code == 200
    (event,) = await desk.events("scan.taken_over")
    assert (event["subject"], event["was"], event["reason"]) == (scan, desk.clerk.person, "王丽今天请假")
    await desk.as_("wangli")
    assert code(await desk.confirm(extraction)) == "scans.claimed"
    await desk.as_("limin")
    assert (await desk.http.delete(f"/v1/scans/{scan}/claim")).status_code == 204
    await desk.as_("wangli")
    assert (await desk.http.put(f"/v1/scans/{scan}/claim")).status_code == 200
    assert (await desk.confirm(extraction)).status_code == 200
    assert code(await desk.http.put(f"/v1/scans/{scan}/claim")) == "scans.not_waiting"
    assert (await desk.confirm(extraction)).status_code == 200  # as ever: the same answer


async def test_a_person_claims_no_more_than_so_many(desk: Desk) -> None:
    scans = [await desk.scan(f"{number}".encode()) for number in range(21)]
    answers = [await desk.http.put(f"/v1/scans/{scan}/claim") for scan in scans]
    assert [answer.status_code for answer in answers] == [200] * 20 + [409]
    assert code(answers[-1]) == "scans.claims_full"
    assert (await desk.http.put(f"/v1/scans/{scans[0]}/claim")).status_code == 200
    assert code(await desk.http.post("/v1/scans/queue/next")) == "scans.claims_full"


async def test_clerks_who_ask_for_the_next_at_once_never_get_the_same(desk: Desk) -> None:
    scans = [await desk.scan(f"{number}".encode()) for number in range(30)]
    admin = await administrator(desk)
    clerks = [
        await people.person(desk.program.identity, admin, f"clerk{number}", (Role.CLERK, desk.scope))
        for number in range(4)
    ]
    asked = msgspec.convert({"state": "reading"}, NextScan)
    got = await asyncio.gather(*(desk.program.queue.next(clerk, asked) for _ in range(8) for clerk in clerks))
    claimed = [each.scan.scan for each in got if each.scan is not None]
    assert len(got) == 32
    assert sorted(claimed) == sorted(scans)  # each once; the last two found none
    rows = await desk.program.db.read(lambda tx: tx.execute(sa.select(scan_queue)).all())
    assert {row.claimed_by for row in rows} == {clerk.person for clerk in clerks}


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_clerks_do_a_scan_has_one_holder_at_a_time(desk: Desk, clock: HandClock, seed: int) -> None:
    chance, queue, admin = random.Random(seed), desk.program.queue, await administrator(desk)
    scans = sorted([await desk.scan(f"{number}".encode()) for number in range(5)])
    grant = (Role.CLERK, desk.scope)
    clerks = [await people.person(desk.program.identity, admin, f"clerk{number}", grant) for number in range(3)]
    asked = msgspec.convert({"state": "reading"}, NextScan)
    held: dict[str, tuple[str, datetime]] = {}
    done: Counter[str] = Counter()
    for _ in range(80):
        clock.moment += timedelta(seconds=chance.choice((0, 1, 60, 200)))
        clerk, scan, act = chance.choice(clerks), chance.choice(scans), chance.choice(("claim", "take", "drop", "next"))
        live = {key: holder for key, (holder, until) in held.items() if until > clock.moment}
        mine = live.get(scan) in (None, clerk.person)
        until = clock.moment + timedelta(seconds=300)
        done[f"{act} {mine}"] += 1
        if act == "next":
            free = min((key for key in scans if key not in live), default=None)
            got = (await queue.next(clerk, asked)).scan
            assert (got.scan if got is not None else None) == free
            if free is not None:
                held[free] = (clerk.person, until)
        elif not mine and act != "take":
            with pytest.raises(Refused, match=r"scans\.claimed"):
                await (queue.claim(clerk, scan, None) if act == "claim" else queue.release(clerk, scan))
        elif act == "drop":
            await queue.release(clerk, scan)
            held.pop(scan, None)
        else:
            await queue.claim(clerk, scan, "接手" if act == "take" else None)
            held[scan] = (clerk.person, until)
    assert len(done) == 8  # every act, with and without another holder


async def test_a_clerk_sees_what_else_a_value_may_be_and_why(desk: Desk) -> None:
    figures = msgspec.structs.replace(
        proposed("fields/amount_figures", 100_000), readings={"crop": "1,000.00", "page": "7,000.00"}
    )
    _, extraction = await read(desk, figures, sure("fields/number", 900))
    answer = await desk.http.get(f"/v1/extractions/{extraction}/alternatives")
    assert answer.json() == {
        "fields": {
            "fields/amount_figures": [
                {"value": 700_000, "code": "paper.readings_differ", "params": {"crop": "1,000.00", "page": "7,000.00"}}
            ]
        }
    }
    _, unknown = await read(desk, form=None)
    assert (await desk.http.get(f"/v1/extractions/{unknown}/alternatives")).json() == {"fields": {}}
    await desk.as_("chen")
    assert code(await desk.http.get(f"/v1/extractions/{extraction}/alternatives")) == "identity.forbidden"


async def test_the_migration_fills_the_queue_as_the_projections_do(desk: Desk) -> None:
    await desk.scan(b"waits")
    await read(desk, sure("fields/number", 700), sure("fields/contractor_usci", 990, Scrutiny.ACCEPTED))
    await read(desk, form=None)
    _, decided = await read(desk, sure("fields/number", 900))
    await desk.confirm(decided)
    db = desk.program.db

    def tables(tx: sa.Connection) -> list[Any]:
        queue = sa.select(scan_queue).order_by(scan_queue.c.scan)
        groups = sa.select(scan_groups).where(scan_groups.c.scans > 0)
        return [tx.execute(queue).all(), sorted(map(tuple, tx.execute(groups)))]

    def fill(tx: sa.Connection) -> None:
        tx.execute(sa.delete(scan_queue))
        tx.execute(sa.delete(scan_groups))
        step = ScriptDirectory.from_config(schema._config()).get_revision("0016")
        assert step is not None
        step.module._fill(tx)

    before = await db.read(tables)
    assert len(before[0]) == 3
    await db.write(fill)
    assert await db.read(tables) == before
