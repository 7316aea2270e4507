"""Printing over HTTP: who may print what, that the sheet says so, and that nothing else waits for it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import anyio
import anyio.lowlevel
import httpx
import numpy as np
import pypdfium2
import pytest

from mobile_contract.identity import Role
from mobile_contract.ids import section_scope
from mobile_contract.problems import Refused
from mobile_contract.projects import NewProject, NewSection
from ocr.ticket import find_tickets
from server.app import Program
from server.identity import Identity
from server.kernel.clock import new_id
from server.kernel.settings import Settings
from server.scans.printer import MAX_WAITING, Printer, Sheet
from tests.ocr.paper_forms import everything
from tests.server.forms.build import text_form
from tests.support import people
from tests.support.clock import HandClock
from tests.support.http import serving

pytestmark = pytest.mark.anyio

PATH = "/v1/forms/daily_log/1/sheet.pdf"


@dataclass
class Counter:
    """A program that serves; 陈建国 has a section of ``project``, and none of ``other``."""

    program: Program
    http: httpx.AsyncClient
    project: str
    other: str

    async def as_(self, login: str) -> None:
        session = await self.program.identity.sessions.login(login, people.PASSWORD)
        self.http.headers["Authorization"] = f"Bearer {session.token}"


@pytest.fixture
async def counter(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Counter]:
    settings = Settings(data_dir=str(tmp_path), database_url=database_url, embedded_worker=False)
    program = Program(settings, clock)
    program.house.services["identity"] = Identity(
        program.db, program.journal, settings, clock, people.cheap_passwords()
    )
    async with serving(program) as http:
        admin = await people.admin(program.identity)
        projects = [
            await program.projects.create(admin.person, NewProject(code=code, name=name, lat=0, lon=0))
            for code, name in (("2603-320104-04-01-482176", "雨污分流"), ("2603-320104-04-01-482177", "路灯"))
        ]
        section = await program.projects.create_section(
            admin.person, projects[0].id, NewSection(code="1", name="一标段", contractor="宁筑")
        )
        await people.person(program.identity, admin, "chen", (Role.CONTRACTOR, section_scope(section.id)))
        opened = Counter(program, http, projects[0].id, projects[1].id)
        await opened.as_("chen")
        yield opened


async def test_a_sheet_says_its_project_and_serial_on_every_page_to_people_and_to_the_reader(counter: Counter) -> None:
    answer = await counter.http.get(PATH, params={"project": counter.project, "serial": "宁筑-2026-037"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert "inline" in answer.headers["content-disposition"]
    pdf = pypdfium2.PdfDocument(answer.content)
    assert len(pdf) == 2
    for number in range(2):
        text = pdf[number].get_textpage().get_text_range()
        assert "雨污分流" in text
        assert "宁筑-2026-037" in text
        image = np.array(pdf[number].render(scale=150 / 72).to_numpy()[..., :3])
        (ticket,) = find_tickets(image)
        assert (ticket.project, ticket.serial, ticket.page) == (counter.project, "宁筑-2026-037", number + 1)


async def test_the_same_sheet_is_not_sent_twice(counter: Counter) -> None:
    first = await counter.http.get(PATH)
    tag = first.headers["etag"]
    again = await counter.http.get(PATH, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    other = await counter.http.get(PATH, params={"serial": "2"}, headers={"If-None-Match": tag})
    assert other.status_code == 200
    english = await counter.http.get(PATH, params={"language": "en"})
    assert "Construction daily log" in pypdfium2.PdfDocument(english.content)[0].get_textpage().get_text_range()


async def test_strangers_and_other_peoples_projects_are_refused(counter: Counter) -> None:
    for project in (counter.other, new_id()):
        assert (await counter.http.get(PATH, params={"project": project})).status_code == 404
    await counter.as_("admin")
    assert (await counter.http.get(PATH, params={"project": counter.other})).status_code == 200
    del counter.http.headers["Authorization"]
    assert (await counter.http.get(PATH)).status_code == 401


async def test_what_cannot_be_printed_is_a_listed_problem(counter: Counter) -> None:
    for path, status in {
        "/v1/forms/daily_log/9/sheet.pdf": 404,
        "/v1/forms/no_such/1/sheet.pdf": 404,
        f"{PATH}?serial={'9' * 25}": 422,
        f"{PATH}?serial=a%0Ab": 422,
        f"{PATH}?project=../x": 422,
        f"{PATH}?language=zh_CN": 422,
    }.items():
        answer = await counter.http.get(path)
        assert answer.status_code == status
        assert answer.json()["nextEn"]


async def test_a_form_that_fits_no_page_is_refused_when_it_is_published_with_its_row(counter: Counter) -> None:
    columns = "".join(f"| | text | c{number} | 列{number} |\n" for number in range(20))
    source = f"| | type | name | label |\n| | begin_repeat | rows | 明细 |\n{columns}| | end_repeat | | |"
    await counter.as_("admin")
    answer = await counter.http.post("/v1/forms", content=text_form(source))
    assert (answer.status_code, answer.json()["code"]) == (422, "forms.invalid")
    assert "survey 表第 7 行" in answer.json()["title"]
    assert "rows/c0: 8 mm < 9 mm" in answer.json()["title"]


async def test_the_loop_goes_on_while_a_sheet_is_printed_and_too_many_are_told_to_wait() -> None:
    printer = Printer()
    done, turns = 0, 0

    async def one() -> None:
        nonlocal done
        assert (await printer.print(Sheet(form=everything()))).startswith(b"%PDF")
        done += 1

    try:
        async with anyio.create_task_group() as group:
            for _ in range(MAX_WAITING):
                group.start_soon(one)
            await anyio.lowlevel.checkpoint()
            with pytest.raises(Refused) as refused:
                await printer.print(Sheet(form=everything()))
            assert refused.value.code == "server.busy"
            while done < MAX_WAITING:
                await anyio.sleep(0.005)
                turns += 1
        assert turns > MAX_WAITING
    finally:
        printer.close()
