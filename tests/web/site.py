"""The project of the stories on a running server, and its people."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from mobile_contract.ids import project_scope, section_scope
from server.demo.desk import Desk
from server.demo.stage import PROJECT, SECTION
from tests.support.people import PASSWORD
from tests.support.server import Server

_numbers = itertools.count(1)


@dataclass
class Member:
    """Somebody who works in a section, with a seat at a desk besides the phone."""

    name: str
    desk: Desk
    section: str
    login: str = ""

    def code(self) -> str:
        """Make an enrolment code for a phone of theirs."""
        made: str = self.desk.call("POST", "/v1/enrolments", {})["code"]
        return made

    def records(self, kind: str) -> list[dict[str, Any]]:
        """What the server holds of a kind in their section."""
        return self.desk.records(kind, self.section)

    def whole(self, kind: str, count: int) -> list[dict[str, Any]]:
        """Those records, once there are so many and every file of theirs is stored; else none."""
        found = self.records(kind)
        stored = all(file["state"] == "stored" for one in found for file in one["server"]["files"])
        return found if stored and len(found) == count else []

    def devices(self) -> list[dict[str, Any]]:
        """Their phones."""
        listed: list[dict[str, Any]] = self.desk.call("GET", "/v1/devices")["devices"]
        return listed


@dataclass
class Site:
    """A server whose administrator has set up the project."""

    server: Server
    admin: Desk = field(init=False)
    project: str = field(init=False)

    def __post_init__(self) -> None:
        self.server.user("admin", "管理员", PASSWORD)
        self.admin = Desk(self.url, "admin", PASSWORD)
        self.project = self.admin.call("POST", "/v1/projects", PROJECT)["id"]

    @property
    def url(self) -> str:
        """Where the server is."""
        return self.server.url

    def section(self) -> str:
        """Make a section and give its scope: a test of one's own to a section of one's own."""
        body = {**SECTION, "code": str(next(_numbers))}
        made: str = self.admin.call("POST", f"/v1/projects/{self.project}/sections", body)["id"]
        return section_scope(made)

    def member(self, section: str, name: str = "陈建国", role: str = "contractor") -> Member:
        """Make a person who works in a section."""
        login = f"person{next(_numbers)}"
        person = self.admin.call("POST", "/v1/persons", {"name": name, "login": login, "password": PASSWORD})["id"]
        for scope in (section, project_scope(self.project)):
            self.admin.call("PUT", f"/v1/persons/{person}/grants/{role}/{scope}")
        return Member(name, Desk(self.url, login, PASSWORD), section, login)
