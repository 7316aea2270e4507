"""A phone that enrolls anew goes on where it was, by HTTP: its numbers are its own, and nothing seems to be missing."""

from typing import Any

import pytest

from server.kernel.clock import new_id
from tests.server.desk import AT, Desk

pytestmark = pytest.mark.anyio


async def enrolled(desk: Desk) -> dict[str, str]:
    """Enrol a phone of who is signed in, as a new replica; returns its headers."""
    await desk.as_("chen")
    code = (await desk.http.post("/v1/enrolments", json={})).json()["code"]
    answer = await desk.http.post("/v1/enrol", json={"code": code, "replica": new_id(), "device": "小米 14"})
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def notices(desk: Desk, phone: dict[str, str], *numbers: int) -> list[dict[str, Any]]:
    """Send check-ins under these numbers; returns what the server says of them beside their receipts."""
    position = {"lat": 320_415_000, "lon": 1_187_674_000, "datum": "WGS84", "accuracyCm": 500}
    ops = [
        {
            "action": "create", "opId": new_id(), "n": n, "at": AT, "scope": desk.scope, "kind": "checkIn",
            "id": new_id(), "values": {"captured": {"at": AT}, "position": position},
        }
        for n in numbers
    ]  # fmt: skip
    answer = (await desk.http.post("/v1/sync", json={"clock": AT, "cursor": {}, "ops": ops}, headers=phone)).json()
    assert [receipt["outcome"] for receipt in answer["receipts"]] == ["applied"] * len(numbers)
    found: list[dict[str, Any]] = answer.get("notices", [])
    return found


async def test_a_phone_that_goes_on_counting_as_a_new_replica_misses_nothing(desk: Desk) -> None:
    assert await notices(desk, await enrolled(desk), 1) == []
    again = await enrolled(desk)
    assert await notices(desk, again, 2) == []
    (gap,) = await notices(desk, again, 4)
    assert (gap["code"], gap["params"]) == ("sync.gap", {"first": "3", "last": "3"})
