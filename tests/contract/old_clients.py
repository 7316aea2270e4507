"""The old-client corpus: what clients of version 1 sent and were answered, replayed against the program of today.

A story is a list of requests in their order. ``<names>`` in it stand for what every installation gives anew – tokens,
codes, ids of people, devices and uploads; a step ``binds`` those that its answer brings.
"""

import base64
import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec
import sqlalchemy as sa

from mobile_contract.identity import Role
from mobile_contract.ids import natural_id, section_scope
from server.app import Program
from server.identity import register_scope
from tests.faults.house import open_program
from tests.support import people

FOLDER = Path(__file__).parent / "corpus" / "v1"
SECTION = section_scope(natural_id("corpus", "section"))
PEOPLE = ("chen", "zhou")
Story = dict[str, Any]

#: What may be another value every time, as long as it is a value of the same kind. A digest is one where times are
#: among what it is of; the vectors hold it to its definition.
VOLATILE = frozenset(
    {
        *("serverTime", "receivedAt", "at", "settledAt", "verifiedAt", "revokedAt", "wipeToldAt", "enrolledAt"),
        *(
            "token",
            "expiresAt",
            "cursor",
            "epoch",
            "limits",
            "seq",
            "atSeq",
            "sum",
            "late",
            "title",
            "detail",
            "digest",
        ),
    }
)
#: What names an element of a list, so that others may come to stand between.
NAMES = ("opId", "sha256", "id", "scope", "version", "code")


async def furnish(program: Program) -> dict[str, str]:
    """Put the people of the corpus into an empty program; gives the names that stories use for them."""
    await program.start()
    admin = await people.admin(program.identity)
    await program.db.write(_register)
    known = {}
    for login in PEOPLE:
        caller = await people.person(program.identity, admin, login, (Role.CONTRACTOR, SECTION))
        known[login] = caller.person
        known[f"{login}.desk"] = (await program.identity.sessions.login(login, people.PASSWORD)).token
    return known


def _register(tx: sa.Connection) -> None:
    register_scope(tx, SECTION)


async def replay(http: httpx.AsyncClient, story: Story, known: dict[str, str]) -> list[str]:
    """Send every request of a story; names each answer that is not what the client was given then."""
    wrong = []
    cursors: dict[str, Any] = {}
    for number, recorded in enumerate(story["steps"]):
        step = named(recorded, known)
        if (step.get("body") or {}).get("cursor", {}).get("epoch"):
            step["body"]["cursor"] = cursors[step["as"]]  # opaque: a client sends back what it was given
        answer = await http.request(step["method"], step["path"], headers=_headers(step, known), content=_content(step))
        where = f"step {number}, {step['method']} {recorded['path']}"
        if answer.status_code != step["status"]:
            wrong.append(f"{where}: {answer.status_code} {answer.text[:300]}, was {step['status']}")
            continue
        given = answer.json() if answer.content and "answer" in step else None
        if isinstance(given, dict) and "cursor" in given:
            cursors[step["as"]] = given["cursor"]
        for name, field in step.get("binds", {}).items():
            known[name] = bound(answer, field)
        wrong += [f"{where}: {one}" for one in differences(named(recorded, known).get("answer"), given)]
        for name, value in step.get("answerHeaders", {}).items():
            if answer.headers.get(name) != value:
                wrong.append(f"{where}: {name} is {answer.headers.get(name)}, was {value}")
    return wrong


def bound(answer: httpx.Response, field: str) -> str:
    """Return what an answer brings: a member of its body, or the last part of its address."""
    return answer.headers["location"].rpartition("/")[2] if field == "location" else str(answer.json()[field])


def named(value: Any, known: Mapping[str, str]) -> Any:
    """Put what is known in the place of its names."""
    text = msgspec.json.encode(value).decode()
    for name, meant in known.items():
        text = text.replace(f"<{name}>", meant)
    return msgspec.json.decode(text)


def _headers(step: Story, known: Mapping[str, str]) -> dict[str, str]:
    who = {"Authorization": f"Bearer {known[step['as']]}"} if "as" in step else {}
    return {**step["headers"], **who}


def _content(step: Story) -> bytes:
    if "bytes" in step:
        return base64.b64decode(step["bytes"])
    body = msgspec.json.encode(step["body"]) if "body" in step else b""
    return gzip.compress(body, mtime=0) if step["headers"].get("content-encoding") == "gzip" else body


def differences(recorded: Any, given: Any, path: str = "") -> list[str]:
    """Name what an old client would find changed: members and elements may be added, none may go or change meaning."""
    if isinstance(recorded, dict) and isinstance(given, dict):
        found = []
        for key, value in recorded.items():
            here = f"{path}/{key}"
            if key not in given:
                found.append(f"{here} is gone")
            elif key in VOLATILE:
                found += [] if type(given[key]) is type(value) else [f"{here} is another kind of value"]
            else:
                found += differences(value, given[key], here)
        return found
    if isinstance(recorded, list) and isinstance(given, list):
        return _elements(recorded, given, path)
    return [] if recorded == given and type(recorded) is type(given) else [f"{path} is {given!r}, was {recorded!r}"]


def _elements(recorded: list[Any], given: list[Any], path: str) -> list[str]:
    name = next((name for name in NAMES if recorded and isinstance(recorded[0], dict) and name in recorded[0]), None)
    if name is None:
        return [] if recorded == given else [f"{path} is {given!r}, was {recorded!r}"]
    by_name = {one.get(name): one for one in given}
    found = []
    for one in recorded:
        here = f"{path}/{one[name]}"
        found += differences(one, by_name[one[name]], here) if one[name] in by_name else [f"{here} is gone"]
    return found


__all__ = ["FOLDER", "SECTION", "bound", "differences", "furnish", "open_program", "replay"]
