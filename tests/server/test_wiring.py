"""What a whole program does after an event: the events, the jobs they make, and what runs them, as wired."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from mobile_contract.identity import Role
from mobile_contract.ids import project_scope
from mobile_contract.projects import NewProject
from mobile_contract.records import Kind
from mobile_contract.sync import Create, Delete
from server.jobs import Lane
from server.kernel.clock import new_id
from server.replication import Actor
from server.reports.tables import reports
from server.uploads.tables import blob_refs
from tests.server.desk import AT, Desk, open_desk
from tests.server.uploads.house import PHOTO, sha256, upload
from tests.support import people
from tests.support.clock import HandClock

pytestmark = pytest.mark.anyio

#: A fix that the phone itself calls simulated.
MOCK = {"lat": 320_415_000, "lon": 1_187_674_000, "datum": "WGS84", "accuracyCm": 500, "mock": True}


@pytest.fixture
async def desk(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Desk]:
    async with open_desk(database_url, tmp_path, tmp_path, clock) as opened:
        yield opened


def photo(desk: Desk) -> Create:
    values: dict[str, Any] = {"blob": sha256(PHOTO), "captured": {"at": AT}, "position": MOCK}
    return Create(op_id=new_id(), n=0, scope=desk.scope, kind=Kind.PHOTO, id=new_id(), at=AT, values=values)


def _of(folder: Path, data: bytes) -> Path:
    """Find the file in which the store of a folder keeps bytes."""
    named = (path for path in folder.rglob(f"*{sha256(data)}*") if path.is_file())
    return next(path for path in named if path.read_bytes() == data)


async def server_of(desk: Desk, record: str) -> dict[str, Any]:
    return dict((await desk.entry(record))["server"])


async def test_a_new_project_has_every_published_form_on_its_feed(desk: Desk) -> None:
    program = desk.program
    new = NewProject(code="2603-320104-04-01-482199", name="道路改造", lat=0, lon=0)
    made = await program.projects.create(desk.clerk.person, new)
    scope = project_scope(made.id)
    forms = await program.db.read(lambda tx: program.replication.of_kind(tx, scope, Kind.FORM, 500))
    assert forms == []
    await program.worker.drain()
    forms = await program.db.read(lambda tx: program.replication.of_kind(tx, scope, Kind.FORM, 500))
    published = {form.id for form in (await program.forms.listed(desk.clerk)).forms}
    assert "daily_log" in published
    assert {form.values["id"] for form in forms} == published


async def test_a_photo_is_said_to_be_stored_while_whatever_examines_files_is_busy(desk: Desk) -> None:
    """No place for files or for reading is free, as after a flood of scans: the receipt waits for none of them."""
    op, program = photo(desk), desk.program
    await program.replication.apply(Actor(person=desk.clerk.person, replica=desk.clerk.replica), [op])
    await upload(desk.http, PHOTO)
    while light := await program.jobs.claim([handler.kind for handler in program.handlers], {Lane.LIGHT: 4}):
        for job in light:
            await program.worker._run(job)
    assert [file["state"] for file in (await server_of(desk, op.id))["files"]] == ["stored"]
    assert {job.kind for job in await program.jobs.claim(["uploads.examine"], 4)} == {"uploads.examine"}


async def test_a_photo_whose_bytes_are_lost_says_so_until_they_are_back(
    desk: Desk, tmp_path: Path, clock: HandClock
) -> None:
    await upload(desk.http, PHOTO)
    op = photo(desk)
    actor = Actor(person=desk.clerk.person, replica=desk.clerk.replica)
    await desk.program.replication.apply(actor, [op])
    await desk.program.worker.drain()
    assert [file["state"] for file in (await server_of(desk, op.id))["files"]] == ["stored"]
    file = _of(tmp_path, PHOTO)
    file.unlink()

    async def a_survey_later() -> list[str]:
        clock.moment += timedelta(days=8)
        await desk.program.worker.drain()
        await desk.as_("wangli")
        return [file["state"] for file in (await server_of(desk, op.id))["files"]]

    (lost,) = await a_survey_later()
    assert lost != "stored"
    file.write_bytes(PHOTO)
    assert await a_survey_later() == ["stored"]


async def test_a_report_that_the_feed_forgot_leaves_neither_its_index_row_nor_its_files_cited(
    desk: Desk, clock: HandClock
) -> None:
    program, actor = desk.program, Actor(person=desk.contractor.person, replica=desk.contractor.replica)
    values = {"form": "material_acceptance", "formVersion": 1, "fields": {"photos": sha256(PHOTO)}}
    gone, stays = new_id(), new_id()
    for key in (gone, stays):
        op = Create(op_id=new_id(), n=0, scope=desk.scope, kind=Kind.REPORT, id=key, at=AT, values=values)
        assert (await program.replication.apply(actor, [op]))[0].code == "op.applied"
    record = await program.db.read(lambda tx: program.replication.record(tx, gone))
    seen = record.digest
    delete = Delete(op_id=new_id(), n=0, scope=desk.scope, kind=Kind.REPORT, id=gone, at=AT, was_digest=seen)
    await program.replication.apply(actor, [delete])

    async def beside() -> tuple[set[str], set[str]]:
        rows = await program.db.read(lambda tx: tx.scalars(sa.select(reports.c.id)).all())
        cited = await program.db.read(lambda tx: tx.scalars(sa.select(blob_refs.c.record_id)).all())
        return set(rows), set(cited)

    assert (await beside())[0] == {gone, stays}
    for _ in range(2):
        await program.worker.drain()
        clock.forward(days=100)
    await program.worker.drain()
    assert await beside() == ({stays}, {stays})


async def test_a_photo_that_was_parked_is_examined_and_captioned_once_it_is_applied(desk: Desk) -> None:
    identity, replication, chen = desk.program.identity, desk.program.replication, desk.contractor
    await desk.as_("chen")
    await upload(desk.http, PHOTO)
    admin = await identity.sessions.caller((await identity.sessions.login("admin", people.PASSWORD)).token)
    await identity.revoke(admin.person, chen.person, Role.CONTRACTOR, desk.scope)
    actor, op = Actor(person=chen.person, replica=chen.replica), photo(desk)
    (receipt,) = await replication.apply(actor, [op])
    assert receipt.code == "op.scope_not_held"
    await identity.grant(admin.person, chen.person, Role.CONTRACTOR, desk.scope)
    await desk.program.worker.drain()
    assert msgspec.json.decode(await replication.parked(actor, "waiting", "", 10))["parked"] == []  # tried by itself
    after = await server_of(desk, op.id)
    assert after["watermarked"]
    assert "evidence.mock_position" in [flag["code"] for flag in after["flags"]]
