"""A kind is one row: a domain of one kind, listed with the others, syncs over HTTP like any of theirs."""

from pathlib import Path
from typing import Any

import pytest

from mobile_contract.base import Wire
from mobile_contract.identity import Role
from mobile_contract.ids import section_scope
from mobile_contract.projects import NewProject, NewSection
from server.app import DOMAINS, Program
from server.identity import Identity
from server.kernel.clock import new_id
from server.kernel.domain import Domain
from server.kernel.settings import Settings
from server.replication import Annotation, SyncedKind, values_of
from sync.policy import KindPolicy
from sync.state import Record
from tests.support import people
from tests.support.clock import HandClock
from tests.support.http import serving

pytestmark = pytest.mark.anyio

AT = "2026-11-18T15:20:00+08:00"


class NoteValues(Wire, frozen=True, kw_only=True):
    text: str
    picture: str | None = None


class NoteServer(Wire, frozen=True, kw_only=True):
    received_at: str
    length: int
    files: tuple[Any, ...] = ()


class NoteAnnotation(Annotation, frozen=True, kw_only=True):
    of = (NoteServer,)
    length: int


def length_of(record: Record) -> NoteAnnotation:
    return NoteAnnotation(length=len(values_of(record, NoteValues).text))


NOTE = SyncedKind(
    policy=KindPolicy(kind="note", writers=frozenset({"contractor"})),
    values=NoteValues,
    server=NoteServer,
    project=lambda _tx, written: {item.record.id: length_of(item.record) for item in written},
    cites=lambda _tx, record: [sha256] if (sha256 := values_of(record, NoteValues).picture) else None,
)
NOTES = Domain(name="notes", kinds=lambda _house: (NOTE,))


async def test_a_kind_that_is_one_row_is_checked_projected_and_shown_with_its_files(
    database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    settings = Settings(data_dir=str(tmp_path), database_url=database_url, embedded_worker=False)
    program = Program(settings, clock, (*DOMAINS, NOTES))
    identity = Identity(program.db, program.journal, settings, clock, people.cheap_passwords())
    program.house.services["identity"] = identity
    async with serving(program) as http:
        admin = await people.admin(identity)
        place = NewProject(code="2603-320104-04-01-482176", name="雨污分流", lat=320_415_000, lon=1_187_674_000)
        project = await program.projects.create(admin.person, place)
        section = NewSection(code="1", name="一标段", contractor="江苏宁筑建设有限公司")
        scope = section_scope((await program.projects.create_section(admin.person, project.id, section)).id)
        await people.person(identity, admin, "chen", (Role.CONTRACTOR, scope))
        session = await identity.sessions.login("chen", people.PASSWORD)
        http.headers["Authorization"] = f"Bearer {session.token}"

        def create(n: int, values: dict[str, Any]) -> dict[str, Any]:
            named = {"opId": new_id(), "n": n, "at": AT, "scope": scope, "kind": "note", "id": new_id()}
            return {"action": "create", **named, "values": values}

        good, bad = create(1, {"text": "沟槽", "picture": "0" * 64, "mood": "good"}), create(2, {"text": 7})
        answer = (await http.post("/v1/sync", json={"clock": AT, "ops": [good, bad]})).json()

        assert [receipt["code"] for receipt in answer["receipts"]] == ["op.applied", "op.bad_value"]
        note = (await http.get(f"/v1/records/{good['id']}")).json()
        assert note["values"] == good["values"]
        assert note["server"]["length"] == 2
        assert note["server"]["files"] == [{"sha256": "0" * 64, "state": "expected"}]
