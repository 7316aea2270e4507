"""The stage: a fresh server on loopback, the project of the stories, its people and their phones."""

import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

import httpx

from mobile_contract.ids import project_scope, section_scope
from server.demo.chosen import MARK
from server.demo.desk import Desk
from server.fieldphone import Cut, Phone, enrol
from server.kernel.settings import Settings

T = TypeVar("T")

SITE: Final = timezone(timedelta(hours=8))
PROJECT: Final = {
    "code": "2603-320104-04-01-482176",
    "name": "秦淮区中山南路雨污分流及路面改造工程",
    "lat": 320415000,
    "lon": 1187674000,
    "fenceRadiusCm": 30_000,
}
SECTION: Final = {
    "code": "1",
    "name": "一标段",
    "contractor": "江苏宁筑建设有限公司",
    "contractorCode": "91320100MA1N8F2K3R",
}
_USUAL_PORT: Final = Settings().port
_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded now: a forked child does little
#: Login, name and role of the people of the stories.
PEOPLE: Final = (
    ("zhoumin", "周敏", "inspector"),
    ("chenjianguo", "陈建国", "contractor"),
    ("chenxiaolong", "陈小龙", "contractor"),
    ("wangli", "王丽", "clerk"),
)


def site_time() -> datetime:
    """Return the wall time at the site, now: a log of an earlier day would be flagged as late."""
    return datetime.now(SITE)


@dataclass
class Scissors:
    """Cut the link once, inside one file, after so many of its bytes; ``begun`` is where each file's sending began."""

    sha256: str = ""
    after: int = 0
    cuts: int = 0
    begun: dict[str, list[int]] = field(default_factory=dict)

    def __call__(self, sha256: str, start: int, sent: int) -> None:
        """Watch a file go out."""
        starts = self.begun.setdefault(sha256, [])
        if not starts or starts[-1] != start:
            starts.append(start)
        if sha256 == self.sha256 and sent >= self.after and not self.cuts:
            self.cuts += 1
            raise Cut


@dataclass
class Stage:
    """What the stories play on."""

    urls: list[str]
    folder: Path
    processes: list[subprocess.Popen[bytes]]
    day: str = field(default_factory=lambda: site_time().date().isoformat())
    scissors: Scissors = field(default_factory=Scissors)
    project: str = ""
    section: str = ""
    desks: dict[str, Desk] = field(default_factory=dict)
    phones: dict[str, Phone] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address of the first server: where the phones go."""
        return self.urls[0]

    def close(self) -> None:
        """Stop the servers and let go of the phones."""
        for phone in self.phones.values():
            phone.close()
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(25)
            except subprocess.TimeoutExpired:
                process.kill()


def build(
    folder: Path, step: Callable[[str], None], settings: Mapping[str, str] | None = None, servers: int = 1
) -> Stage:
    """Start in an empty folder and put the project on it.

    ``settings`` are environment variables (another database, another blob store). With several ``servers`` the jobs
    run in a worker process of their own, the phones talk to the first server and the desks to the last.
    """
    step("启动服务")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARK).touch()
    password = _password()
    stage = _start(folder, password, settings or {}, servers)
    try:
        _populate(stage, step, password)
    except BaseException:
        stage.close()
        raise
    return stage


def _start(folder: Path, password: str, settings: Mapping[str, str], servers: int) -> Stage:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PLUMBLINE_")},
        "PLUMBLINE_DATA_DIR": str(folder / "data"),
        "PLUMBLINE_OCR_MODELS_DIR": os.environ.get("PLUMBLINE_OCR_MODELS_DIR", "var/models"),
        "PLUMBLINE_LOG_LEVEL": "warning",
        "PLUMBLINE_EMBEDDED_WORKER": str(servers == 1).lower(),
        **settings,
    }
    host = _reached(environment.get("PLUMBLINE_HOST", ""))
    wanted = int(environment.get("PLUMBLINE_PORT", _USUAL_PORT))
    me = [sys.executable, "-m", "server"]
    subprocess.run(  # noqa: S603 - our own program
        [*me, "user", "admin", "系统管理员"],
        env=environment,
        input=password.encode(),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    stage = Stage(urls=[], folder=folder, processes=[], passwords={"admin": password})
    with (folder / "server.log").open("ab") as log:
        for _ in range(servers):
            port = _port(host, wanted)
            stage.urls.append(f"http://{host}:{port}")
            mine = {**environment, "PLUMBLINE_PORT": str(port)}
            stage.processes.append(_child([*me, "serve"], mine, log))
            try:
                with httpx.Client(timeout=2) as http:
                    wait_for(lambda: _answers(http, stage), "the server to answer", seconds=60)
            except BaseException:
                stage.close()
                raise
        if servers > 1:
            stage.processes.append(_child([*me, "worker"], environment, log))
    return stage


def _child(command: list[str], environment: dict[str, str], log: BinaryIO) -> subprocess.Popen[bytes]:
    """Start a process that the kernel ends with this one, even where that is killed and can stop nothing itself."""
    return subprocess.Popen(command, env=environment, stdout=log, stderr=log, preexec_fn=_end_with_parent)  # noqa: S603, PLW1509 - it calls one C function


def _end_with_parent() -> None:
    """Ask Linux for SIGTERM when the parent ends; other systems have nothing like it."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _populate(stage: Stage, step: Callable[[str], None], password: str) -> None:
    admin = stage.desks["admin"] = Desk(stage.urls[-1], "admin", password)
    step("建立工程与标段")
    stage.project = admin.call("POST", "/v1/projects", PROJECT)["id"]
    section = admin.call("POST", f"/v1/projects/{stage.project}/sections", SECTION)
    stage.section = section_scope(section["id"])
    for login, name, role in PEOPLE:
        step(f"登记 {name}")
        stage.passwords[login] = _password()
        body = {"name": name, "login": login, "password": stage.passwords[login]}
        person = admin.call("POST", "/v1/persons", body)["id"]
        for scope in (stage.section, project_scope(stage.project)):
            admin.call("PUT", f"/v1/persons/{person}/grants/{role}/{scope}")
        desk = stage.desks[name] = Desk(stage.urls[-1], login, stage.passwords[login])
        token = enrol(stage.url, desk.call("POST", "/v1/enrolments", {})["code"], f"{name}的手机")
        stage.phones[name] = Phone(stage.folder / "phones" / login, stage.url, token, site_time, stage.scissors)


def wait_for(look: Callable[[], T | None], what: str, seconds: float = 30) -> T:
    """Look again and again until there is something. Raises ``TimeoutError`` after a while."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise TimeoutError(f"waited {seconds:g} s for {what}")


def _answers(http: httpx.Client, stage: Stage) -> bool:
    """Return whether the server that was started last answers. Raise ``RuntimeError`` if it has stopped."""
    server = stage.processes[-1]
    if server.poll() is not None:
        raise RuntimeError(f"the server stopped with status {server.returncode}; its log is in server.log")
    try:
        return http.get(f"{stage.urls[-1]}/health").is_success
    except httpx.TransportError:
        return False


def _port(host: str, wanted: int) -> int:
    """Return the port that is wanted; where the usual one is taken, another. Raise ``RuntimeError``."""
    for port in (wanted, 0) if wanted == _USUAL_PORT else (wanted,):
        with socket.socket() as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise RuntimeError(f"port {wanted} of {host} is taken; PLUMBLINE_PORT names another")


def _reached(host: str) -> str:
    """Return the address at which a server that listens on ``host`` is reached from here."""
    return "127.0.0.1" if host in ("", "0.0.0.0") else host  # noqa: S104 - compared, not listened on


def _password() -> str:
    return f"{secrets.token_urlsafe(12)}aA1!"


Record = dict[str, Any]
