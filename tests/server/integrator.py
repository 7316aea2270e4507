"""A site as an integrator has it: people with tokens, a section, a phone; everything made by the public API.

What only a machine or a failure can bring about – something read from paper, a job that was given up – is put down by
the program's own services, as the worker would.
"""

import base64
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx

from mobile_contract.extractions import ProposedField
from mobile_contract.ids import record_id, section_scope
from server.app import Program
from server.identity import Identity
from server.kernel.clock import new_id
from server.kernel.settings import Settings
from server.scans.model import extraction_id
from server.scans.process import Done
from tests.server.uploads.house import sha256
from tests.support import people
from tests.support.clock import HandClock
from tests.support.http import serving

PASSWORD = "Nine blue kilns at noon"  # noqa: S105 - the one of the examples
AT = "2026-11-18T15:20:00+08:00"
TUS = {"Tus-Resumable": "1.0.0"}


@dataclass
class Integrator:
    """Calls the API, and keeps whom and what it has made."""

    program: Program
    http: httpx.AsyncClient
    admin: str = ""
    project: str = ""
    scope: str = ""
    people: dict[str, str] = field(default_factory=dict)  # login → id
    tokens: dict[str, str] = field(default_factory=dict)  # login → token at the desk
    days: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    names: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def call(self, method: str, path: str, token: str, body: Any = None, **more: Any) -> Any:
        """Call, and return the JSON of a success."""
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        answer = await self.http.request(method, path, json=body, headers=headers, **more)
        assert answer.is_success, (method, path, answer.text)
        return answer.json() if answer.content else None

    async def furnish(self) -> None:
        """Make a project with a section, and its people."""
        await self.program.identity.prepare()
        await self.program.identity.create_first_admin("管理员", "admin", PASSWORD)
        self.admin = await self.sign_in("admin")
        new = {"code": "2601-320104-04-01-482177", "name": "道路整治", "lat": 320_415_000, "lon": 1_187_674_000}
        self.project = (await self.call("POST", "/v1/projects", self.admin, new))["id"]
        section = {"code": "9", "name": "九标段", "contractor": "宁筑建设"}
        made = await self.call("POST", f"/v1/projects/{self.project}/sections", self.admin, section)
        self.scope = section_scope(made["id"])
        for login, role in (("chen", "contractor"), ("zhou", "inspector"), ("wang", "clerk"), ("liwei", "supervisor")):
            await self.person(login, role)

    async def person(self, login: str = "", *roles: str) -> str:
        """Add a person with roles in the section, signed in; return their login."""
        login = login or f"person{next(self.names)}"
        made = await self.call("POST", "/v1/persons", self.admin, {"name": login, "login": login, "password": PASSWORD})
        self.people[login] = made["id"]
        for role in roles:
            await self.call("PUT", f"/v1/persons/{made['id']}/grants/{role}/{self.scope}", self.admin)
        self.tokens[login] = await self.sign_in(login)
        return login

    async def sign_in(self, login: str) -> str:
        answer = await self.http.post("/v1/login", json={"login": login, "password": PASSWORD})
        return str(answer.json()["token"])

    async def enrol(self, login: str) -> dict[str, Any]:
        """Enrol a phone; return its session."""
        code = (await self.call("POST", "/v1/enrolments", self.tokens[login], {}))["code"]
        enrol = {"code": code, "device": "手机", "replica": new_id()}
        return dict((await self.http.post("/v1/enrol", json=enrol)).json())

    async def push(self, login: str, op: dict[str, Any]) -> dict[str, Any]:
        """Send an op from a new phone of a person; return its receipt."""
        phone = await self.enrol(login)
        sent = {"opId": new_id(), "n": 1, "at": AT, "scope": self.scope, **op}
        answer = await self.call("POST", "/v1/sync", phone["token"], {"clock": AT, "ops": [sent]})
        return dict(answer["receipts"][0])

    async def log(self, login: str = "chen", **fields: Any) -> str:
        """File the log of another day."""
        day = (date(2026, 11, 18) - timedelta(days=next(self.days))).isoformat()
        log = record_id("report", self.scope, "daily_log", day)
        said = {"business_date": day, "weather_am": "cloudy", "recorder": "陈建国", "work_done": "管道安装", **fields}
        values = {"form": "daily_log", "formVersion": 1, "fields": said}
        receipt = await self.push(login, {"action": "create", "kind": "report", "id": log, "values": values})
        assert receipt["code"] == "op.applied", receipt
        return log

    async def record(self, key: str, login: str = "wang") -> dict[str, Any]:
        return dict(await self.call("GET", f"/v1/records/{key}", self.tokens[login]))

    async def begin(self, data: bytes, login: str = "chen") -> str:
        """Begin an upload; return its id."""
        named = base64.b64encode(sha256(data).encode()).decode()
        headers = TUS | {"Upload-Length": str(len(data)), "Upload-Metadata": f"sha256 {named}"}
        answer = await self.http.post("/v1/uploads", headers=headers | self.as_(login))
        assert answer.status_code == 201, answer.text
        return answer.headers["location"].rpartition("/")[2]

    async def upload(self, data: bytes, login: str = "chen") -> None:
        headers = TUS | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"} | self.as_(login)
        address = f"/v1/uploads/{await self.begin(data, login)}"
        assert (await self.http.patch(address, headers=headers, content=data)).status_code == 204

    async def photo(self, login: str, data: bytes) -> str:
        """Upload a photo and send its record."""
        await self.upload(data, login)
        photo = new_id()
        values = {"blob": sha256(data), "captured": {"at": AT}}
        await self.push(login, {"action": "create", "kind": "photo", "id": photo, "values": values})
        await self.program.worker.drain()
        return photo

    async def flag(self) -> str:
        """Have one photo sent by two people; return the flag's id."""
        data = new_id().encode()
        await self.photo("zhou", data)
        second = await self.photo("chen", data)
        return str((await self.record(second))["server"]["flags"][0]["id"])

    async def scan(self, data: bytes) -> str:
        """Send a scan of one page."""
        await self.upload(data, "wang")
        scan = new_id()
        values = {"pages": [sha256(data)], "captured": {"at": AT}}
        await self.push("wang", {"action": "create", "kind": "scan", "id": scan, "values": values})
        return scan

    async def reading(self, form: str, **read: Any) -> str:
        """Put down what the machine reads from a new scan; return the extraction's id."""
        scan = await self.scan(new_id().encode())
        record = await self.program.db.read(lambda tx: self.program.replication.record(tx, scan))
        assert record is not None
        fields = tuple(
            ProposedField(
                path=f"fields/{path.replace('__', '/')}", value=value, confidence=990, page=1, box=(0, 0, 1, 1)
            )
            for path, value in read.items()
        )
        await self.program.scans.propose(record, Done(engine="by hand", form=form, form_version=1, fields=fields))
        return extraction_id(scan)

    async def pair(self, **paper: Any) -> str:
        """File a log, and put down a paper of the same day that differs; return the pair's id."""
        log = await self.log(safety="无")
        day = (await self.record(log))["values"]["fields"]["business_date"]
        read = {"business_date": day, "weather_am": "cloudy", "recorder": "陈建国", "work_done": "管道安装"}
        extraction = await self.reading("daily_log", **read | paper)
        return str((await self.record(extraction))["server"]["duplicates"][0])

    async def conflict(self) -> str:
        """Have two phones set a field apart; return the conflict's id."""
        log = await self.log()
        for value in ("小雨", "大雨"):
            change = {"fields/safety": {"value": value, "was": None}}
            receipt = await self.push("chen", {"action": "patch", "kind": "report", "id": log, "set": change})
        return str(receipt["conflicts"][0])

    async def parked(self) -> str:
        """Have an op parked; return the parked op's id."""
        change = {"fields/safety": {"value": "x", "was": None}}
        receipt = await self.push("chen", {"action": "patch", "kind": "report", "id": new_id(), "set": change})
        listed = await self.call("GET", "/v1/parked?limit=500", self.tokens["chen"])
        return str(next(each["id"] for each in listed["parked"] if each["values"]["opId"] == receipt["opId"]))

    def as_(self, login: str) -> dict[str, str]:
        """Return the header of a person at the desk."""
        return {"Authorization": f"Bearer {self.tokens[login]}"}


@asynccontextmanager
async def open_integrator(folder: Path, database_url: str = "") -> AsyncIterator[Integrator]:
    """Serve a program, and furnish it."""
    settings = Settings(data_dir=str(folder), database_url=database_url, embedded_worker=False, job_max_attempts=1)
    program = Program(settings, HandClock())
    cheap = people.cheap_passwords()
    program.house.services["identity"] = Identity(program.db, program.journal, settings, program.clock, cheap)
    async with serving(program) as http:
        opened = Integrator(program, http)
        await opened.furnish()
        yield opened
