"""``python -m tests.contract.record NAME``: records a story with the reference phone of today, never over one."""

import asyncio
import base64
import gzip
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import msgspec

from mobile_contract.ids import record_id, row_id
from server.fieldphone import Phone
from server.kernel.clock import new_id
from server.kernel.settings import Settings
from tests.contract.old_clients import FOLDER, SECTION, Story, bound, furnish, open_program
from tests.media import images
from tests.support.server import Server, running

KEPT = ("content-type", "content-encoding", "tus-resumable", "upload-length", "upload-offset", "upload-metadata")
ANSWERED = ("upload-offset", "upload-length", "tus-resumable")
LOG = record_id("report", SECTION, "daily_log", "2026-11-18")
PIPE = row_id(LOG, "labour", "pipefitter")
COUNT = f"fields/labour/{PIPE}/count"
CAPTURED = {"at": "2026-11-18T16:00:00+08:00", "clockOffsetMs": -1200}
POSITION = {"lat": 320415000, "lon": 1187674000, "datum": "GCJ02", "accuracyCm": 800, "provider": "gps"}
PHOTO = images.encode(images.picture(), "image/jpeg")


class Recorder:
    """A real server, and phones whose every request is written down."""

    def __init__(self, url: str, folder: Path, known: dict[str, str]) -> None:
        self.steps: list[Story] = []
        self.known = known
        self._url, self._folder = url, folder
        self._moment = datetime(2026, 11, 18, 16, tzinfo=timezone(timedelta(hours=8)))
        self._client = httpx.Client(base_url=url, timeout=30)

    def ask(self, method: str, path: str, who: str | None = None, body: Any = None, **binds: str) -> httpx.Response:
        """Make a request by hand."""
        headers = {"Authorization": f"Bearer {self.known[who]}"} if who else {}
        answer = self._client.request(
            method, path, headers=headers, content=b"" if body is None else msgspec.json.encode(body)
        )
        self._write(answer, who, answer.request.content)
        if binds:
            self.steps[-1]["binds"] = binds
            self.known |= {name: bound(answer, field) for name, field in binds.items()}
        return answer

    def phone(self, person: str) -> Phone:
        """Enrol a phone, and write down all it sends."""
        self.ask("POST", "/v1/enrolments", f"{person}.desk", {}, **{f"{person}.code": "code"})
        body = {"code": self.known[f"{person}.code"], "device": "小米 14", "replica": new_id()}
        self.ask("POST", "/v1/enrol", None, body, **{f"{person}.phone": "token", f"{person}.device": "device"})
        phone = Phone(self._folder / person, self._url, self.known[f"{person}.phone"], lambda: self._moment)

        def watch(answer: httpx.Response) -> None:
            answer.read()
            try:
                sent = answer.request.content
            except httpx.RequestNotRead:
                sent = PHOTO
            self._write(answer, f"{person}.phone", sent)
            if answer.status_code == httpx.codes.CREATED:
                self.steps[-1]["binds"] = {"upload": "location"}
                self.known["upload"] = bound(answer, "location")

        phone.transport.client.event_hooks = {"response": [watch]}
        return phone

    def _write(self, answer: httpx.Response, who: str | None, sent: bytes) -> None:
        headers = {name: answer.request.headers[name] for name in KEPT if name in answer.request.headers}
        step: Story = {
            "method": answer.request.method,
            "path": answer.request.url.raw_path.decode(),
            "headers": headers,
        }
        if who:
            step["as"] = who
        if headers.get("content-type") == "application/offset+octet-stream":
            step["bytes"] = base64.b64encode(sent).decode()
        elif sent:
            plain = gzip.decompress(sent) if headers.get("content-encoding") == "gzip" else sent
            step["body"] = msgspec.json.decode(plain)
        step["status"] = answer.status_code
        if told := {name: answer.headers[name] for name in ANSWERED if name in answer.headers}:
            step["answerHeaders"] = told
        if answer.content:
            step["answer"] = answer.json()
        self.steps.append(step)

    def story(self, about: str) -> bytes:
        text = msgspec.json.encode({"about": about, "steps": self.steps}).decode()
        for name, meant in sorted(self.known.items(), key=lambda item: -len(item[1])):
            text = text.replace(meant, f"<{name}>")
        return msgspec.json.format(text.encode(), indent=1) + b"\n"


def _log(**fields: Any) -> dict[str, Any]:
    labour = {PIPE: {"trade": "pipefitter", "count": 12}}
    fields = {"business_date": "2026-11-18", "weather_am": "overcast", "recorder": "陈建国", "labour": labour, **fields}
    return {"form": "daily_log", "formVersion": 1, "fields": fields}


def ops(recorder: Recorder) -> None:
    """Every kind of op on every kind of record a phone makes, applied, merged, in conflict, parked, and sent again."""
    chen, zhou = recorder.phone("chen"), recorder.phone("zhou")
    chen.replica.create("report", SECTION, _log(work_done="K0+560~K0+640 沟槽开挖"), LOG)
    visit = chen.replica.create("checkIn", SECTION, {"captured": CAPTURED, "position": POSITION, "note": "K0+620"})
    photo = {"captured": CAPTURED, "blob": "0" * 63 + "1", "fileName": "IMG_0620.jpg", "place": "K0+620"}
    gone = chen.replica.create("photo", SECTION, photo)
    scan = {"captured": CAPTURED, "pages": ["0" * 63 + "2"], "form": "daily_log"}
    chen.replica.create("scan", SECTION, scan)
    chen.sync()
    zhou.sync()
    zhou.replica.patch(LOG, {COUNT: 14, "fields/weather_pm": "rain"})
    zhou.sync()
    chen.replica.patch(LOG, {COUNT: 13, "fields/weather_am": None})
    chen.replica.patch(visit, {"note": "K0+640"})  # append-only
    chen.replica.delete(gone)  # append-only
    chen.sync()
    (conflict,) = chen.storage.copies(kind="conflict")
    chen.replica.resolve(conflict.id, 13)
    chen.sync()
    chen.replica.sign(LOG)
    chen.sync()
    chen.replica.patch(LOG, {"fields/work_done": "K0+560~K0+660 沟槽开挖"}, unit="a unit")
    chen.replica.create("checkIn", SECTION, {"captured": CAPTURED, "position": POSITION}, unit="a unit")
    chen.replica.delete(LOG)  # signed
    chen.replica.create("report", SECTION, _log(), new_id())  # not the id of its natural key
    chen.replica.create("photo", SECTION, {"captured": CAPTURED})  # no blob
    chen.replica.create("weather", SECTION, {"wind": "3"})  # no such kind
    chen.replica.create("checkIn", SECTION.replace("section", "project"), {"captured": CAPTURED})  # not held
    chen.sync()
    with chen.storage.transaction():
        chen.storage.requeue()
    chen.sync()


def unknown_fields(recorder: Recorder) -> None:
    """Fields that this version does not know, in ops and in values: taken, and kept as they came."""
    recorder.phone("chen").close()
    at, strange = "2026-11-18T16:00:00+08:00", {"colour": "azure", "nested": {"list": [1, "二", None, True]}}
    create = {
        "action": "create",
        "opId": new_id(),
        "n": 1,
        "scope": SECTION,
        "kind": "checkIn",
        "id": new_id(),
        "at": at,
    }
    create |= {"mood": strange, "values": {"captured": CAPTURED | {"zone": "CST"}, "position": POSITION, **strange}}
    log = {"action": "create", "opId": new_id(), "n": 2, "scope": SECTION, "kind": "report", "id": LOG, "at": at}
    log |= {"values": _log(**strange) | {"template": strange}}
    patch = {"action": "patch", "opId": new_id(), "n": 3, "scope": SECTION, "kind": "report", "id": LOG, "at": at}
    patch |= {"set": {"fields/colour": {"value": "teal", "was": "azure", "why": strange}, "fields/new": {"value": 1}}}
    body = {"clock": at, "battery": 41, "cursor": {"epoch": "", "seqs": {}, "shard": "a"}, "ops": [create, log, patch]}
    recorder.ask("POST", "/v1/sync", "chen.phone", body)
    recorder.ask("GET", f"/v1/records/{create['id']}", "chen.phone")
    recorder.ask("GET", f"/v1/records/{LOG}", "chen.phone")


def files(recorder: Recorder) -> None:
    """A photo and its bytes: the record first, the file by tus, then the receipt of the file; and a repair."""
    phone = recorder.phone("chen")
    path = Path(tempfile.mkdtemp()) / "IMG_0620.jpg"
    path.write_bytes(PHOTO)
    phone.photograph(SECTION, path, {"captured": CAPTURED})
    phone.sync()
    phone.replica.repair(SECTION)


def revoked(recorder: Recorder) -> None:
    """A phone that is revoked hands in what it had not sent, and is told to wipe."""
    phone = recorder.phone("chen")
    phone.replica.create("report", SECTION, _log(), LOG)
    phone.sync()
    phone.replica.patch(LOG, {COUNT: 14})
    recorder.ask("DELETE", "/v1/devices/" + recorder.known["chen.device"], "chen.desk")
    phone.sync()
    recorder.ask("POST", "/v1/sync", "chen.phone", {"clock": "2026-11-18T16:00:00+08:00"})
    recorder.ask("GET", "/v1/devices", "chen.desk")


STORIES: tuple[Callable[[Recorder], None], ...] = (ops, unknown_fields, files, revoked)


def record(tell: Callable[[Recorder], None]) -> bytes:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = open_program(Settings(data_dir=name))

        async def prepare() -> dict[str, str]:
            known = await furnish(program)
            await program.close()
            return known

        known = asyncio.run(prepare())
        with running(Server(folder, embedded_worker="false")) as server:
            recorder = Recorder(server.url, folder, known)
            tell(recorder)
            return recorder.story(str(tell.__doc__))


def main(wanted: list[str]) -> None:
    for tell in STORIES:
        path = FOLDER / f"{tell.__name__}.json"
        if tell.__name__ in wanted:
            if path.exists():
                sys.exit(f"{path} is what old clients do; give the new story another name")
            path.write_bytes(record(tell))


if __name__ == "__main__":
    main(sys.argv[1:])
