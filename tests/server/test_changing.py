"""Administrators change people, projects and sections, and see how every phone fares; others see their own."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.kernel.clock import new_id
from tests.server.integrator import AT, PASSWORD, Integrator, open_integrator

pytestmark = pytest.mark.anyio


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Integrator]:
    async with open_integrator(tmp_path, database_url) as opened:
        yield opened


async def change(site: Integrator, path: str, token: str = "", **asked: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token or site.admin}"}
    return await site.http.patch(path, json=asked, headers=headers)


async def login(site: Integrator, name: str) -> httpx.Response:
    return await site.http.post("/v1/login", json={"login": name, "password": PASSWORD})


async def test_a_person_is_renamed_and_signs_in_under_the_new_login(site: Integrator) -> None:
    path = f"/v1/persons/{site.people['chen']}"
    answer = await change(site, path, name="陈建军", login="Chen.JianJun")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["name"], answer.json()["login"]) == ("陈建军", "chen.jianjun")
    assert answer.json()["grants"] == [{"role": "contractor", "scope": site.scope}]
    assert (await login(site, "chen.jianjun")).status_code == 200
    assert (await login(site, "chen")).json()["code"] == "identity.wrong_password"
    assert (await change(site, path, login="zhou")).json()["code"] == "identity.login_taken"
    assert (await change(site, path, site.tokens["wang"], name="x")).status_code == 403
    assert (await change(site, f"/v1/persons/{new_id()}", name="x")).status_code == 404
    assert (await change(site, path)).json()["name"] == "陈建军"  # nothing asked, nothing changed


async def test_who_is_disabled_is_out_at_once_and_what_their_phone_had_not_sent_is_still_taken(
    site: Integrator,
) -> None:
    path = f"/v1/persons/{site.people['chen']}"
    phone = await site.enrol("chen")
    code = (await site.call("POST", "/v1/enrolments", site.tokens["chen"], {}))["code"]
    assert (await change(site, path, disabled=True)).json()["disabled"] is True
    assert (await login(site, "chen")).json()["code"] == "identity.wrong_password"
    headers = {"Authorization": f"Bearer {site.tokens['chen']}"}
    assert (await site.http.get("/v1/me", headers=headers)).status_code == 401
    enrol = {"code": code, "device": "手机", "replica": new_id()}
    assert (await site.http.post("/v1/enrol", json=enrol)).json()["code"] == "identity.bad_code"
    asked = await site.http.post(
        "/v1/enrolments", json={"person": site.people["chen"]}, headers={"Authorization": f"Bearer {site.admin}"}
    )
    assert asked.status_code == 404
    photo = {"action": "create", "kind": "photo", "id": new_id(), "values": {"blob": "0" * 64, "captured": {"at": AT}}}
    sent = {"opId": new_id(), "n": 1, "at": AT, "scope": site.scope, **photo}
    taken = await site.call("POST", "/v1/sync", phone["token"], {"clock": AT, "ops": [sent]})
    assert taken["receipts"][0]["outcome"] == "parked"
    assert (await change(site, path, disabled=False)).json().get("disabled") is None
    assert (await login(site, "chen")).status_code == 200


async def test_the_last_administrator_who_can_sign_in_stays(site: Integrator) -> None:
    (admin,) = [
        each for each in (await site.call("GET", "/v1/persons", site.admin))["persons"] if each["login"] == "admin"
    ]
    assert (await change(site, f"/v1/persons/{admin['id']}", disabled=True)).json()["code"] == "identity.last_admin"
    await site.call("PUT", f"/v1/persons/{site.people['wang']}/grants/admin/system", site.admin)
    assert (await change(site, f"/v1/persons/{site.people['wang']}", disabled=True)).status_code == 200
    assert (await change(site, f"/v1/persons/{admin['id']}", disabled=True)).json()["code"] == "identity.last_admin"


async def test_projects_and_sections_are_changed_where_something_is_said_and_nowhere_else(site: Integrator) -> None:
    path = f"/v1/projects/{site.project}"
    assert (await change(site, path, name="道路整治二期", nightShiftEnds="05:30")).status_code == 204
    section = f"/v1/sections/{site.scope.removeprefix('section:')}"
    assert (await change(site, section, contractor="南京路桥")).status_code == 204
    (shown,) = (await site.call("GET", "/v1/projects", site.admin))["projects"]
    assert (shown["name"], shown["code"], shown["nightShiftEnds"]) == (
        "道路整治二期",
        "2601-320104-04-01-482177",
        "05:30",
    )
    assert [(each["name"], each["contractor"]) for each in shown["sections"]] == [("九标段", "南京路桥")]
    other = {"code": "2601-320104-04-01-482178", "name": "另一个", "lat": 0, "lon": 0}
    await site.call("POST", "/v1/projects", site.admin, other)
    assert (await change(site, path, code=other["code"])).json()["code"] == "projects.code_taken"
    assert (await change(site, path, code="no code")).json()["code"] == "projects.bad_code"
    assert (await change(site, path, timeZone="Mars/Base")).json()["code"] == "projects.unknown_time_zone"
    await site.call("POST", f"{path}/sections", site.admin, {"code": "10", "name": "十", "contractor": "x"})
    assert (await change(site, section, code="10")).json()["code"] == "projects.code_taken"
    for token in (site.tokens["liwei"], site.tokens["chen"]):
        assert (await change(site, path, token, name="x")).status_code == 403
        assert (await change(site, section, token, name="x")).status_code == 403
    assert (await change(site, f"/v1/projects/{new_id()}", name="x")).status_code == 404


async def phones(site: Integrator, token: str, **asked: Any) -> httpx.Response:
    return await site.http.get("/v1/phones", params=asked, headers={"Authorization": f"Bearer {token}"})


async def test_a_phone_says_how_it_fares_and_what_is_stuck_stands_beside_it(site: Integrator) -> None:
    quiet, phone = await site.enrol("zhou"), await site.enrol("chen")
    odd = {"action": "patch", "kind": "report", "id": new_id(), "set": {"fields/a": {"value": 1, "was": None}}}
    said = {"app": "0.9.1", "ops": 3, "oldestAt": AT, "files": 1, "fileBytes": 5, "held": {"op.undecodable": 1}}
    body = {
        "clock": "2026-11-18T07:59:00+08:00",
        "phone": said,
        "ops": [{"opId": new_id(), "n": 1, "at": AT, "scope": site.scope, **odd}],
    }
    await site.call("POST", "/v1/sync", phone["token"], body)
    (first, second) = (await phones(site, site.admin)).json()["phones"]
    assert (first["device"]["id"], first["login"], first["name"]) == (phone["device"], "chen", "chen")
    assert (first["report"], first["clockOffsetMs"]) == (said, 60_000)
    assert first["seenAt"] == "2026-11-18T00:00:00.000Z"
    assert [(each["code"], each["ops"]) for each in first["stuck"]] == [("op.unknown_record", 1)]
    assert (second["device"]["id"], "seenAt" in second) == (quiet["device"], False)
    page = (await phones(site, site.admin, limit=1)).json()
    rest = (await phones(site, site.admin, limit=1, after=page["next"])).json()
    assert [each["device"]["id"] for each in rest["phones"]] == [quiet["device"]]
    only = (await phones(site, site.admin, person=site.people["zhou"])).json()["phones"]
    assert [each["login"] for each in only] == ["zhou"]
    mine = (await phones(site, site.tokens["chen"])).json()["phones"]
    assert [each["login"] for each in mine] == ["chen"]
    assert (await phones(site, site.tokens["chen"], person=site.people["zhou"])).status_code == 403


async def test_an_exchange_that_brings_nothing_new_is_noted_now_and_then_and_not_each_time(site: Integrator) -> None:
    phone = await site.enrol("chen")

    async def seen(after: float, clock: str) -> str:
        site.program.clock.forward(seconds=after)  # type: ignore[attr-defined]
        await site.call("POST", "/v1/sync", phone["token"], {"clock": clock})
        return str((await phones(site, site.admin)).json()["phones"][0]["seenAt"])

    began = await seen(0, AT)
    assert await seen(60, AT) == began
    assert await seen(300, AT) > began
