"""The same paper scanned twice, or a paper beside a filed log: offered as a pair, merged by nobody but a clerk."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from mobile_contract.extractions import ProposedField
from mobile_contract.identity import Role
from mobile_contract.ids import record_id, row_id, section_scope
from mobile_contract.projects import NewProject, NewSection
from mobile_contract.records import Kind
from mobile_contract.sync import Create, Outcome
from server.app import Program
from server.identity import Caller, Identity
from server.kernel.clock import new_id
from server.kernel.settings import Settings
from server.kernel.tables import journal
from server.replication import Actor
from server.scans.likeness import alike
from server.scans.model import extraction_id
from server.scans.process import Done
from tests.server.uploads.house import sha256, upload
from tests.support import people
from tests.support.clock import HandClock
from tests.support.http import serving

pytestmark = pytest.mark.anyio

AT = "2026-11-18T15:20:00+08:00"
DAY = "2026-11-18"
#: A paper log of one day, as it is read.
PAPER: dict[str, Any] = {
    "business_date": DAY,
    "weather_am": "overcast",
    "work_done": "K0+560~K0+640 沟槽开挖",
    "safety": "无",
    "recorder": "陈建国",
    "labour/1/trade": "pipefitter",
    "labour/1/count": 12,
    "labour/2/trade": "driver",
    "labour/2/count": 4,
}


class Office:
    """A program that serves, with 王丽 the clerk signed in and 陈建国 in the field; nothing is read by an engine."""

    def __init__(self, program: Program, http: httpx.AsyncClient) -> None:
        self.program, self.http = program, http
        self.clerk: Caller
        self.chen: Caller
        self.sent: set[bytes] = set()

    async def furnish(self) -> None:
        identity, projects = self.program.identity, self.program.projects
        admin = await people.admin(identity)
        project = await projects.create(
            admin.person, NewProject(code="2603-320104-04-01-482176", name="雨污分流", lat=0, lon=0)
        )
        sections = [
            await projects.create_section(admin.person, project.id, NewSection(code=code, name=code, contractor="宁筑"))
            for code in ("1", "2")
        ]
        self.scope = section_scope(sections[0].id)
        self.clerk = await people.person(identity, admin, "wangli", (Role.CLERK, self.scope))
        self.chen = await people.person(identity, admin, "chen", (Role.CONTRACTOR, self.scope))
        await people.person(identity, admin, "sunlei", (Role.CLERK, section_scope(sections[1].id)))
        await self.as_("wangli")

    async def as_(self, login: str) -> None:
        session = await self.program.identity.sessions.login(login, people.PASSWORD)
        self.http.headers["Authorization"] = f"Bearer {session.token}"

    async def scanned(self, page: bytes = b"", serial: str = "", form: str = "daily_log", **other: Any) -> str:
        """Scan a paper and put down what the machine reads from it: :data:`PAPER`, but for ``other``."""
        scan, page = new_id(), page or new_id().encode()
        if page not in self.sent:
            await upload(self.http, page)
        self.sent.add(page)
        values = {"pages": [sha256(page)], "captured": {"at": AT}}
        op = Create(op_id=new_id(), n=0, scope=self.scope, kind=Kind.SCAN, id=scan, at=AT, values=values)
        await self.program.replication.apply(Actor(person=self.clerk.person, replica=self.clerk.replica), [op])
        record = await self.program.db.read(lambda tx: self.program.replication.record(tx, scan))
        assert record is not None
        read = {name.replace("__", "/"): value for name, value in (PAPER | other).items()}
        fields = tuple(
            ProposedField(path=f"fields/{name}", value=value, confidence=990, page=1, box=(0, 0, 1, 1))
            for name, value in read.items()
        )
        done = Done(engine="by hand", form=form, form_version=1, serial=serial, fields=fields)
        await self.program.scans.propose(record, done)
        return extraction_id(scan)

    async def filed(self, **other: Any) -> str:
        """File the log of the day from a phone."""
        log = record_id("report", self.scope, "daily_log", DAY)
        row = row_id(log, "labour", "pipefitter")
        fields = {
            "business_date": DAY,
            "weather_am": "overcast",
            "recorder": "陈建国",
            "labour": {row: {"trade": "pipefitter", "count": 14}},
            **other,
        }
        values = {"form": "daily_log", "formVersion": 1, "fields": fields}
        op = Create(op_id=new_id(), n=0, scope=self.scope, kind=Kind.REPORT, id=log, at=AT, values=values)
        actor = Actor(person=self.chen.person, replica=self.chen.replica)
        (receipt,) = await self.program.replication.apply(actor, [op])
        assert receipt.outcome is Outcome.APPLIED
        return log

    async def pairs(self, state: str = "open") -> list[dict[str, Any]]:
        return list((await self.http.get("/v1/duplicates", params={"state": state})).json()["duplicates"])

    async def entry(self, record: str) -> dict[str, Any]:
        return dict((await self.http.get(f"/v1/records/{record}")).json())

    async def confirm(self, extraction: str, **corrections: Any) -> httpx.Response:
        named = {f"fields/{name}": value for name, value in corrections.items()}
        return await self.http.post(f"/v1/extractions/{extraction}/confirm", json={"corrections": named})

    async def merge(self, pair: str, **choices: str) -> httpx.Response:
        named = {f"fields/{name}": side for name, side in choices.items()}
        return await self.http.post(f"/v1/duplicates/{pair}/merge", json={"choices": named})


@contextlib.asynccontextmanager
async def open_office(database_url: str, folder: Path, clock: HandClock) -> AsyncIterator[Office]:
    settings = Settings(data_dir=str(folder), database_url=database_url, embedded_worker=False)
    program = Program(settings, clock)
    program.house.services["identity"] = Identity(
        program.db, program.journal, settings, clock, people.cheap_passwords()
    )
    async with serving(program) as http:
        opened = Office(program, http)
        await opened.furnish()
        yield opened


@pytest.fixture
async def office(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Office]:
    async with open_office(database_url, tmp_path, clock) as opened:
        yield opened


def code(answer: httpx.Response) -> str:
    return str(answer.json()["code"])


async def test_a_paper_beside_a_filed_log_of_the_day_is_compared_and_merged_by_the_clerks_choice(
    office: Office,
) -> None:
    log = await office.filed()
    extraction = await office.scanned()
    (pair,) = await office.pairs()
    assert (pair["extraction"], pair["other"], pair["reasons"]) == (extraction, log, ["sameKey"])
    assert (await office.entry(extraction))["server"]["duplicates"] == [pair["id"]]
    refused = await office.confirm(extraction)
    assert (refused.status_code, code(refused)) == (409, "scans.maybe_duplicate")

    compared = (await office.http.get(f"/v1/duplicates/{pair['id']}")).json()
    fields = {field["path"]: field for field in compared["fields"]}
    pipe = f"fields/labour/{row_id(log, 'labour', 'pipefitter')}/count"
    assert compared["report"] == log
    assert (fields[pipe]["paper"], fields[pipe]["other"], fields[pipe]["differs"]) == (12, 14, True)
    assert fields[pipe]["label"]["zh-CN"] == "人数"
    assert not fields["fields/weather_am"]["differs"]
    assert (fields[pipe]["paperAt"], fields[pipe]["otherAt"]) == ({"page": 1, "box": [0, 0, 1, 1]}, None)
    assert compared["otherSide"]["record"] == log
    assert "pages" not in compared["otherSide"]  # it was filed from a phone

    missing = await office.merge(pair["id"])
    assert (code(missing), pipe in missing.json()["detail"] + missing.json()["title"]) == ("scans.choose_each", True)
    merged = await office.merge(pair["id"], **{pipe.removeprefix("fields/"): "paper"})
    assert merged.json()["state"] == "merged"
    values = (await office.entry(log))["values"]["fields"]
    counts = {row["trade"]: row["count"] for row in values["labour"].values()}
    assert counts == {"pipefitter": 12, "driver": 4}
    assert (values["labour_total"], values["work_done"]) == (16, PAPER["work_done"])
    done = await office.entry(extraction)
    assert (done["values"]["state"], done["values"]["report"]) == ("confirmed", log)
    assert "duplicates" not in done["server"]
    assert code(await office.merge(pair["id"])) == "scans.pair_decided"
    names = sa.select(journal.c.event).where(journal.c.event.like("duplicate.%")).order_by(journal.c.pos)
    assert await office.program.db.read(lambda tx: list(tx.scalars(names))) == ["duplicate.found", "duplicate.merged"]


async def test_the_clerk_may_leave_the_filed_log_as_it_is(office: Office) -> None:
    log = await office.filed()
    await office.scanned()
    before = (await office.entry(log))["values"]
    (pair,) = await office.pairs()
    differing = [
        field["path"].removeprefix("fields/")
        for field in (await office.http.get(f"/v1/duplicates/{pair['id']}")).json()["fields"]
        if field["differs"]
    ]
    assert (await office.merge(pair["id"], **dict.fromkeys(differing, "other"))).status_code == 200
    assert (await office.entry(log))["values"] == before


async def test_one_sheet_scanned_twice_becomes_one_report_and_the_second_scan_is_put_aside(office: Office) -> None:
    older = await office.scanned(b"the same photograph")
    newer = await office.scanned(b"the same photograph", safety="无隐患")
    (pair,) = await office.pairs()
    assert (pair["extraction"], pair["other"]) == (newer, older)
    assert pair["reasons"] == ["sameAnswers", "sameFile"]
    assert code(await office.confirm(newer)) == "scans.maybe_duplicate"
    assert (await office.merge(pair["id"], safety="paper")).status_code == 200
    first, second = await office.entry(older), await office.entry(newer)
    assert (first["values"]["state"], second["values"]["state"]) == ("confirmed", "discarded")
    report = await office.entry(first["values"]["report"])
    assert report["values"]["fields"]["safety"] == "无隐患"


async def test_a_sheet_is_known_again_by_its_serial_and_after_the_first_was_filed_it_is_held_against_the_report(
    office: Office,
) -> None:
    first = await office.scanned(serial="JLTZ-037")
    report = (await office.confirm(first)).json()["report"]
    second = await office.scanned(serial="JLTZ-037", work_done="另一页", weather_am="sunny", labour__1__count=3)
    (pair,) = await office.pairs()
    assert (pair["extraction"], pair["other"], pair["reasons"]) == (second, report, ["sameKey", "sameSheet"])
    compared = (await office.http.get(f"/v1/duplicates/{pair['id']}")).json()
    sides = [compared[side] for side in ("paperSide", "otherSide")]
    assert [(side["record"], side["extraction"]) for side in sides] == [(second, second), (report, first)]
    assert [side["scan"] for side in sides] == [(await office.entry(key))["values"]["scan"] for key in (second, first)]
    cell = next(field for field in compared["fields"] if field["path"].endswith("/count"))
    assert cell["paperAt"] == cell["otherAt"] == {"page": 1, "box": [0, 0, 1, 1]}


async def test_two_that_are_two_stay_two_with_a_reason_and_the_paper_can_be_confirmed(office: Office) -> None:
    await office.filed()
    extraction = await office.scanned()
    (pair,) = await office.pairs()
    assert (await office.http.post(f"/v1/duplicates/{pair['id']}/keep", json={"reason": ""})).status_code == 422
    kept = await office.http.post(f"/v1/duplicates/{pair['id']}/keep", json={"reason": "日期写错,实为 11-17"})
    assert (kept.json()["state"], kept.json()["reason"]) == ("kept", "日期写错,实为 11-17")
    assert await office.pairs() == []
    answer = await office.confirm(extraction, business_date="2026-11-17")
    assert answer.status_code == 200
    assert answer.json()["report"] == record_id("report", office.scope, "daily_log", "2026-11-17")


async def test_a_correction_that_makes_it_the_log_of_a_filed_day_is_noticed_when_it_is_confirmed(
    office: Office,
) -> None:
    log = await office.filed()
    extraction = await office.scanned(business_date=None)
    assert await office.pairs() == []
    assert code(await office.confirm(extraction, business_date=DAY)) == "scans.maybe_duplicate"
    (pair,) = await office.pairs()
    assert (pair["other"], pair["reasons"]) == (log, ["sameKey"])
    await office.http.post(f"/v1/duplicates/{pair['id']}/keep", json={"reason": "逐项冲突由项目部处理"})
    answer = await office.confirm(extraction, business_date=DAY)  # both are kept, by the protocol
    assert (answer.status_code, answer.json()["receipt"]["outcome"]) == (200, "conflict")


async def test_logs_of_two_days_are_no_pair_and_a_discarded_scan_takes_its_pairs_along(office: Office) -> None:
    await office.scanned()
    await office.scanned(business_date="2026-11-19", weather_am="sunny", labour__1__count=13)
    assert await office.pairs() == []
    twice = await office.scanned()
    (pair,) = await office.pairs()
    assert (await office.http.post(f"/v1/extractions/{twice}/discard")).status_code == 204
    assert await office.pairs() == []
    assert [found["id"] for found in await office.pairs("moot")] == [pair["id"]]


async def test_only_clerks_of_the_section_see_and_decide(office: Office) -> None:
    await office.filed()
    await office.scanned()
    (pair,) = await office.pairs()
    for login, refused in (("chen", "identity.forbidden"), ("sunlei", "request.not_found")):
        await office.as_(login)
        assert await office.pairs() == []
        assert code(await office.http.get(f"/v1/duplicates/{pair['id']}")) == refused
        assert code(await office.merge(pair["id"])) == refused
    await office.as_("wangli")
    assert code(await office.http.get(f"/v1/duplicates/{new_id()}")) == "request.not_found"
    assert code(await office.merge(pair["id"], nothing="paper")) == "request.invalid"
    assert (await office.merge(pair["id"], recorder="mine")).status_code == 422


@pytest.mark.parametrize(
    ("equal", "different", "only_one", "same_key", "is_alike"),
    [(9, 1, 0, True, True), (9, 1, 0, False, False), (4, 0, 0, True, False), (8, 1, 3, True, False)],
)
def test_how_much_must_be_equal(equal: int, different: int, only_one: int, same_key: bool, is_alike: bool) -> None:
    one = {str(number): "x" for number in range(equal + different + only_one)}
    other = {str(number): "x" if number < equal else "y" for number in range(equal + different)}
    assert alike(one, other, same_key=same_key) is is_alike
