"""补录: a log is late when it was written late, by the site's day and the corrected clock; never when it came late."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mobile_contract.identity import Role
from mobile_contract.ids import record_id, section_scope
from mobile_contract.projects import NewProject, NewSection
from mobile_contract.records import Kind
from mobile_contract.sync import AnyOp, Change, Create, Patch, SyncRequest
from server.app import Program
from server.identity import Caller, Identity
from server.kernel.clock import new_id
from server.kernel.settings import Settings
from server.replication import Actor
from tests.support import people
from tests.support.clock import HandClock
from tests.support.http import serving

pytestmark = pytest.mark.anyio

DAY = "2026-11-18"
EVENING = "2026-11-18T17:30:00+08:00"


@dataclass
class Site:
    """A program, a section without a night shift and one whose people go home at six, and a contractor of both."""

    program: Program
    clock: HandClock
    days: str
    nights: str
    chen: Caller
    sent: int = 0

    async def sync(self, *ops: AnyOp, shows: str, at: str, replica: str | None = None) -> list[str]:
        """Send ops at a moment of the server (``at``) from a phone whose clock ``shows`` something; gives the codes."""
        self.clock.moment = datetime.fromisoformat(at)
        request = SyncRequest(clock=shows, ops=tuple(msgspec.Raw(msgspec.json.encode(op)) for op in ops))
        actor = Actor(person=self.chen.person, replica=replica or self.chen.replica)
        answer = msgspec.json.decode(await self.program.replication.exchange(actor, request))
        return [receipt["code"] for receipt in answer["receipts"]]

    def log(self, written: str, scope: str | None = None, day: str = DAY, **fields: Any) -> Create:
        scope = scope or self.days
        self.sent += 1
        values = {"form": "daily_log", "formVersion": 1, "fields": {"business_date": day, **fields}}
        key = record_id(Kind.REPORT, scope, "daily_log", day)
        return Create(op_id=new_id(), n=self.sent, scope=scope, kind=Kind.REPORT, id=key, at=written, values=values)

    async def late(self, op: AnyOp) -> Any:
        found = await self.program.db.read(lambda tx: self.program.replication.record(tx, op.id))
        assert found
        assert "late" not in found.server or found.server["late"] is not None
        return found.server.get("late")


@pytest.fixture
async def site(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Site]:
    settings = Settings(data_dir=str(tmp_path), database_url=database_url, embedded_worker=False)
    program = Program(settings, clock)
    program.house.services["identity"] = Identity(
        program.db, program.journal, settings, clock, people.cheap_passwords()
    )
    async with serving(program):
        admin = await people.admin(program.identity)
        scopes = []
        for code, ends in (("2603-320104-04-01-482176", None), ("2603-320104-04-01-482177", "06:00")):
            project = NewProject(code=code, name="雨污分流", lat=0, lon=0, night_shift_ends=ends)
            made = await program.projects.create(admin.person, project)
            section = NewSection(code="1", name="一标段", contractor="江苏宁筑建设有限公司")
            scopes.append(section_scope((await program.projects.create_section(admin.person, made.id, section)).id))
        grants = [(Role.CONTRACTOR, scope) for scope in scopes]
        chen = await people.person(program.identity, admin, "chen", *grants)
        yield Site(program, clock, scopes[0], scopes[1], chen)


async def test_a_log_written_that_day_and_synced_five_days_late_is_not_late(site: Site) -> None:
    log = site.log(EVENING)
    now = "2026-11-23T09:00:00+08:00"
    assert await site.sync(log, shows=now, at=now) == ["op.applied"]
    assert await site.late(log) is None


async def test_a_log_written_the_next_morning_is_late_by_the_time_since_midnight(site: Site) -> None:
    log = site.log("2026-11-19T07:45:30+08:00")
    assert await site.sync(log, shows="2026-11-19T08:00:00+08:00", at="2026-11-19T08:00:00+08:00") == ["op.applied"]
    assert await site.late(log) == {"writtenAt": "2026-11-18T23:45:30.000Z", "minutes": 465}


async def test_the_night_shift_writes_its_log_before_it_goes_home(site: Site) -> None:
    in_time, after = (
        site.log("2026-11-19T05:59:00+08:00", site.nights),
        site.log("2026-11-20T06:01:00+08:00", site.nights, "2026-11-19"),
    )
    now = "2026-11-23T09:00:00+08:00"
    assert await site.sync(in_time, after, shows=now, at=now) == ["op.applied", "op.applied"]
    assert await site.late(in_time) is None
    assert (await site.late(after))["minutes"] == 1


async def test_a_clock_set_back_by_a_day_does_not_make_a_log_punctual(site: Site) -> None:
    log = site.log("2026-11-18T10:00:00+08:00")
    shows, now = "2026-11-18T10:05:00+08:00", "2026-11-19T10:05:00+08:00"
    assert await site.sync(log, shows=shows, at=now) == ["op.applied"]
    assert await site.late(log) == {"writtenAt": "2026-11-19T02:00:00.000Z", "minutes": 600}


async def test_a_clock_that_runs_ahead_does_not_make_a_log_late(site: Site) -> None:
    log = site.log("2026-11-19T09:30:00+08:00")
    assert await site.sync(log, shows="2026-11-19T09:31:00+08:00", at="2026-11-18T17:31:00+08:00") == ["op.applied"]
    assert await site.late(log) is None


async def test_a_log_that_another_phone_wrote_in_time_and_sent_later_was_not_late(site: Site) -> None:
    late, in_time = site.log("2026-11-20T08:00:00+08:00"), site.log(EVENING, location="K0+620")
    now = "2026-11-20T08:00:00+08:00"
    await site.sync(late, shows=now, at=now)
    assert (await site.late(late))["minutes"] == 32 * 60
    now = "2026-11-23T09:00:00+08:00"
    assert await site.sync(in_time, shows=now, at=now, replica=new_id()) == ["op.merged"]
    assert await site.late(in_time) is None


async def test_a_log_that_is_changed_later_was_still_written_in_time(site: Site) -> None:
    log = site.log(EVENING)
    await site.sync(log, shows=EVENING, at=EVENING)
    later = "2026-11-20T08:00:00+08:00"
    patch = Patch(
        op_id=new_id(),
        n=2,
        scope=site.days,
        kind=Kind.REPORT,
        id=log.id,
        at=later,
        set={"fields/location": Change(value="K0+620", was=None)},
    )
    assert await site.sync(patch, shows=later, at=later) == ["op.merged"]
    assert await site.late(log) is None


async def test_a_log_that_was_parked_until_its_author_held_the_scope_is_as_old_as_it_was_written(site: Site) -> None:
    identity, person = site.program.identity, site.chen.person
    admin = await identity.sessions.caller((await identity.sessions.login("admin", people.PASSWORD)).token)
    await identity.revoke(admin.person, person, Role.CONTRACTOR, site.days)
    log, now = site.log(EVENING), "2026-11-23T09:00:00+08:00"
    assert await site.sync(log, shows=now, at=now) == ["op.scope_not_held"]
    await identity.grant(admin.person, person, Role.CONTRACTOR, site.days)
    actor = Actor(person=person, replica=site.chen.replica)
    (waiting,) = msgspec.json.decode(await site.program.replication.parked(actor, "waiting", "", 10))["parked"]
    assert (await site.program.replication.retry_parked(actor, waiting["id"], None)).state == "applied"
    assert await site.late(log) is None


async def test_a_log_written_late_and_parked_is_late_by_when_it_was_written_on_a_clock_that_is_put_right(
    site: Site,
) -> None:
    identity, person = site.program.identity, site.chen.person
    admin = await identity.sessions.caller((await identity.sessions.login("admin", people.PASSWORD)).token)
    await identity.revoke(admin.person, person, Role.CONTRACTOR, site.days)
    log = site.log("2026-11-18T10:00:00+08:00")  # by a clock that is a day behind
    shows, now = "2026-11-18T10:05:00+08:00", "2026-11-19T10:05:00+08:00"
    assert await site.sync(log, shows=shows, at=now) == ["op.scope_not_held"]
    await identity.grant(admin.person, person, Role.CONTRACTOR, site.days)
    site.clock.moment = datetime.fromisoformat("2026-11-25T09:00:00+08:00")
    actor = Actor(person=person, replica=site.chen.replica)
    (waiting,) = msgspec.json.decode(await site.program.replication.parked(actor, "waiting", "", 10))["parked"]
    assert (await site.program.replication.retry_parked(actor, waiting["id"], None)).state == "applied"
    assert await site.late(log) == {"writtenAt": "2026-11-19T02:00:00.000Z", "minutes": 600}


@pytest.mark.parametrize(
    ("day", "written"), [("2026-11-31", EVENING), ("soon", EVENING), (DAY, "yesterday"), (DAY, "")]
)
async def test_what_cannot_be_told_is_not_called_late(site: Site, day: str, written: str) -> None:
    log, now = site.log(written, day=day), "2026-11-23T09:00:00+08:00"
    await site.sync(log, shows=now, at=now)
    found = await site.program.db.read(lambda tx: site.program.replication.record(tx, log.id))
    assert found is None or "late" not in found.server


async def test_a_log_is_not_older_than_the_enrolment_of_its_phone_whatever_its_clock_said(site: Site) -> None:
    site.clock.moment = datetime.fromisoformat("2026-11-20T09:00:00+08:00")
    enrolled = await people.phone(site.program.identity, site.chen)
    phone = await site.program.identity.sessions.caller(enrolled.token)
    log, now = site.log(EVENING), "2026-11-20T09:30:00+08:00"
    assert await site.sync(log, shows=now, at=now, replica=phone.replica) == ["op.applied"]
    assert await site.late(log) == {"writtenAt": "2026-11-20T01:00:00.000Z", "minutes": 33 * 60}


async def test_a_log_that_its_phone_did_not_have_when_it_was_online_is_late_whatever_its_clock_said(site: Site) -> None:
    noon = "2026-11-20T12:00:00+08:00"
    await site.sync(site.log("2026-11-20T11:00:00+08:00", day="2026-11-20"), shows=noon, at=noon)
    log = site.log(EVENING)
    await site.sync(log, shows="2026-11-20T18:00:00+08:00", at="2026-11-20T18:00:00+08:00")
    assert await site.late(log) == {"writtenAt": "2026-11-20T04:00:00.000Z", "minutes": 36 * 60}
