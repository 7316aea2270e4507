"""What a client that means harm sends: well-formed, and meant to reach what is not its own."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar import Request, post
from msgspec.structs import replace

from mobile_contract.ids import conflict_id, natural_id, record_id
from mobile_contract.sync import Change, Create, Outcome, Sign, Tombstone
from server.kernel.bodies import read
from server.kernel.clock import new_id
from tests.faults.house import AT, House, among_good_ones, codes, encoded, problem
from tests.support.http import client

pytestmark = pytest.mark.anyio

CHECK_IN = {"captured": {"at": AT}, "position": {"lat": 1, "lon": 1, "datum": "WGS84", "accuracyCm": 5}}


async def test_the_ids_of_records_yet_to_come_cannot_be_taken(house: House) -> None:
    log = house.log(weather_am="sunny")
    taken = (
        conflict_id(log.id, "fields/weather_am"),
        natural_id("left", house.scope, log.id),
        record_id("report", house.foreign, "daily_log", "2026-11-18"),
    )
    squatters = [house.create("checkIn", CHECK_IN, key) for key in taken]
    nameless: dict[str, Any] = {"form": "daily_log", "formVersion": 1, "fields": {}}
    squatters += [house.create("report", nameless, key) for key in taken]
    answer = await house.push(log, *squatters)
    assert codes(answer.receipts) == ["op.applied", *(["op.bad_id"] * 6)]
    clash = await house.push(house.patch(log.id, {"fields/weather_am": Change(value="rain", was="snow")}))
    assert clash.receipts[0].conflicts == taken[:1]


async def test_no_field_passes_for_the_whole_record(house: House) -> None:
    """A conflict about the whole record is about its deletion: settling one would delete what was signed."""
    log = house.log()
    written = await house.push(log)
    (digest,) = (entry.digest for entry in written.changes if entry.id == log.id)  # type: ignore[union-attr]
    house.last_n += 1
    sign = Sign(op_id=new_id(), n=house.last_n, scope=house.scope, kind="report", id=log.id, at=AT, digest=digest)
    patch = house.patch(log.id, {"(record)": Change(value="x", was="y")})
    again = house.create("report", {**log.values, "(record)": "x"}, log.id)
    answer = await house.push(sign, patch, again)
    assert codes(answer.receipts) == ["op.applied", "op.bad_path", "op.bad_path"]
    assert not any(isinstance(entry, Tombstone) for entry in answer.changes)


@pytest.mark.parametrize("key", ["a/b", "", "/"])
async def test_a_name_that_no_path_leads_to_is_not_merged_into_another(house: House, key: str) -> None:
    log = house.log(**{key: 1})
    again = house.create("report", {**log.values, "fields": {**log.values["fields"], key: 2}}, log.id)
    answer = await among_good_ones(house, log, again)
    assert codes(answer.receipts)[1:3] == ["op.applied", "op.bad_path"]


async def test_an_unreadable_op_takes_its_unit_along(house: House) -> None:
    unit = [replace(house.log(), unit="one") for _ in range(3)]
    unreadable = encoded(unit[1]).replace(b'"values":{', b'"values":5,"had":{')
    answer = await among_good_ones(house, unit[0], unreadable, unit[2])
    assert codes(answer.receipts)[1:4] == ["op.unit_parked", "op.undecodable", "op.unit_parked"]


async def test_no_name_of_a_unit_reaches_an_op_without_one(house: House) -> None:
    bad = replace(house.log(depth=1.5), unit="#1")
    answer = await house.push(bad, house.log())
    assert codes(answer.receipts) == ["value.float", "op.applied"]


async def test_a_unit_of_51_is_parked_whole(house: House) -> None:
    ops: list[Create] = [replace(house.create("checkIn", CHECK_IN), unit="long") for _ in range(51)]
    answer = await house.push(*ops)
    assert {receipt.outcome for receipt in answer.receipts} == {Outcome.PARKED}


async def test_a_list_goes_on_only_within_one_scope(house: House) -> None:
    """Places count within a scope: going on in several by one number would pass over some."""
    listed = await house.http.get("/v1/records?kind=report&after=1", headers=house.phone)
    assert problem(listed) == "request.invalid"
    listed = await house.http.get(f"/v1/records?kind=report&after=1&scope={house.scope}", headers=house.phone)
    assert listed.status_code == 200


@post("/read")
async def reading(request: Request[Any, Any, Any]) -> str:
    return (await read(request, 100, silence=0.05)).decode()


async def test_whoever_falls_silent_in_the_middle_of_a_body_is_not_waited_for() -> None:
    """A phone without a network says no goodbye; four such requests would keep it out until the server restarts."""

    async def cut_off() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(3600)

    async with client([reading], {}) as http:
        assert problem(await http.post("/read", content=cut_off())) == "request.stalled"
        whole: httpx.Response = await http.post("/read", content=b"whole")
        assert whole.text == "whole"
