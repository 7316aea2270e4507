"""Plumbline under measurement: a server with everything on, somebody who may write, and the 1 KiB ops they send."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from mobile_contract.ids import section_scope
from mobile_contract.sync import Create
from server.demo.desk import Desk
from server.fieldphone import enrol
from server.kernel.clock import new_id
from tests.bench.meter import Served, serving
from tests.support.processes import free_port

BATCH = 100
CLOCK = "2026-11-18T08:00:00+08:00"
SENTENCE = "沟槽开挖、DN800 管道安装、回填与压实 "
PASSWORD = f"{new_id()}aA1!"
Ops = tuple[msgspec.Raw, ...]


@contextmanager
def plumbline(folder: Path, **settings: str) -> Iterator[Served]:
    """Run a server over a new database in ``folder``, or where ``database_url`` says."""
    port = free_port()
    chosen = {
        "data_dir": str(folder / "data"),
        "port": str(port),
        "log_level": "warning",
        "exchanges_per_minute": "1000000",
        "exchanges_at_once": "100",
    } | settings
    environment = {f"PLUMBLINE_{name.upper()}": value for name, value in chosen.items()}
    with serving(["-m", "server", "serve"], port, environment, "/health") as served:
        yield served


def administrator(folder: Path, database_url: str = "") -> None:
    """Make the database and its first person, before any server runs."""
    environment = {"PLUMBLINE_DATA_DIR": str(folder / "data"), "PLUMBLINE_DATABASE_URL": database_url}
    subprocess.run(
        [sys.executable, "-m", "server", "user", "admin", "bench"],
        env={**os.environ, **environment},
        input=PASSWORD.encode(),
        check=True,
        stdout=subprocess.DEVNULL,
    )


class Site:
    """A project whose administrator reports in as many sections as were asked for."""

    def __init__(self, url: str, sections: int = 1) -> None:
        self._url = url
        self._admin = Desk(url, "admin", PASSWORD)
        code = "2603-320104-04-01-482176"
        project = self._admin.call("POST", "/v1/projects", {"code": code, "name": "bench", "lat": 0, "lon": 0})["id"]
        self.scopes = []
        for number in range(1, sections + 1):
            section = {"code": str(number), "name": str(number), "contractor": "x"}
            made = self._admin.call("POST", f"/v1/projects/{project}/sections", section)
            self.scopes.append(section_scope(made["id"]))

    def phone(self, *scopes: str) -> str:
        """Make a person who reports in these scopes, and give the token of a phone of theirs."""
        login, password = f"p{new_id()}", f"{new_id()}aA1!"
        person = self._admin.call("POST", "/v1/persons", {"name": "bench", "login": login, "password": password})
        for scope in scopes:
            self._admin.call("PUT", f"/v1/persons/{person['id']}/grants/contractor/{scope}")
        own = Desk(self._url, login, password)
        return enrol(self._url, own.call("POST", "/v1/enrolments", {})["code"], "bench")


def bodies(scope: str, first_n: int, batches: int, batch: int = BATCH) -> list[Ops]:
    """Encode batches of new payment applications of about 1 KiB each, in ten fields; one of the form is computed."""
    names = ("number", "project_name", "project_code", "contractor", "contractor_usci", "amount_words", "opinion")
    fields = dict.fromkeys(names, SENTENCE + "x" * 24) | {"contract_amount": 1_268_000_000}
    out = []
    for start in range(batches):
        ops = [
            Create(
                op_id=new_id(),
                n=first_n + start * batch + index,
                scope=scope,
                kind="report",
                id=new_id(),
                at=CLOCK,
                values={
                    "form": "payment_application",
                    "formVersion": 1,
                    "fields": {**fields, "amount_figures": index},
                },
            )
            for index in range(batch)
        ]
        out.append(tuple(msgspec.Raw(msgspec.json.encode(op)) for op in ops))
    return out
