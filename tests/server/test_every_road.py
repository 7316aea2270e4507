"""A parked op that is corrected, a scan that is confirmed and a pair that is merged are checked as what a phone sends.

Each by HTTP, under the clerk's session: what the form does not admit is kept and flagged, what is fixed stays fixed.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mobile_contract.ids import record_id
from server.kernel.clock import new_id
from tests.server.test_duplicates import AT, DAY, Office, open_office
from tests.support.clock import HandClock

pytestmark = pytest.mark.anyio
FLAG = {"path": "fields/temperature_min", "code": "field.not_a_value"}
NO_DAY = "2026-02-30"


@pytest.fixture
async def office(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Office]:
    async with open_office(database_url, tmp_path, clock) as opened:
        yield opened


async def parked(office: Office, **op: Any) -> dict[str, Any]:
    """Send an op from the phone of 陈建国 that is parked, and return it as the clerk sees it."""
    await office.as_("chen")
    named = {"opId": new_id(), "n": 1, "at": AT, "scope": office.scope, "kind": "report"}
    answer = await office.http.post("/v1/sync", json={"clock": AT, "ops": [named | op]})
    (receipt,) = answer.json()["receipts"]
    assert receipt["outcome"] == "parked", receipt
    await office.as_("wangli")
    (entry,) = (await office.http.get("/v1/parked")).json()["parked"]
    return dict(entry)


async def applied(office: Office, entry: dict[str, Any], **said: Any) -> dict[str, Any]:
    corrected = {"op": entry["values"]["op"] | said, "reason": "read from the paper"}
    answer = await office.http.post(f"/v1/parked/{entry['id']}/apply", json=corrected)
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


def filled(version: int = 1, day: str = DAY, **fields: Any) -> dict[str, Any]:
    return {"form": "daily_log", "formVersion": version, "fields": {"business_date": day, **fields}}


async def test_a_corrected_op_is_flagged_as_a_phone_s_op_is(office: Office) -> None:
    log = record_id("report", office.scope, "daily_log", DAY)
    entry = await parked(office, action="create", id=log, values=filled(version=9))
    still = await applied(office, entry, values=filled(version=9, temperature_min="五"))
    assert (still["state"], still["code"]) == ("waiting", "op.unknown_form")
    done = await applied(office, entry, values=filled(temperature_min="五"))
    assert (done["state"], done["code"]) == ("applied", "op.applied")
    there = await office.entry(log)
    assert there["values"]["fields"]["temperature_min"] == "五"
    assert there["server"]["fieldFlags"] == [FLAG]


async def test_a_correction_sets_nothing_that_is_fixed(office: Office) -> None:
    log = await office.filed()
    change = {"formVersion": {"value": 77, "was": 1}}
    entry = await parked(office, action="patch", id=log, set=change)
    done = await applied(office, entry, set={**change, "fields/weather_am": {"value": "sunny", "was": "overcast"}})
    assert (done["state"], done["code"]) == ("waiting", "op.fixed_field")
    values = (await office.entry(log))["values"]
    assert (values["formVersion"], values["fields"]["weather_am"]) == (1, "overcast")


async def test_a_confirmed_scan_is_flagged_whether_machine_or_clerk_wrote_the_value(office: Office) -> None:
    extraction = await office.scanned(temperature_min="五")
    confirmed = await office.confirm(extraction)
    assert confirmed.status_code in (200, 201), confirmed.text
    there = await office.entry(confirmed.json()["report"])
    assert there["values"]["fields"]["temperature_min"] == "五"
    assert there["server"]["fieldFlags"] == [FLAG]

    later = await office.scanned(business_date="2026-11-19")
    by_hand = await office.confirm(later, temperature_min="六")
    assert (await office.entry(by_hand.json()["report"]))["server"]["fieldFlags"] == [FLAG]


async def test_what_a_merged_pair_brings_in_is_flagged(office: Office) -> None:
    log = await office.filed(temperature_min=-3)
    assert "fieldFlags" not in (await office.entry(log))["server"]
    await office.scanned(temperature_min="五", labour__1__count=14)
    (pair,) = await office.pairs()
    merged = await office.merge(pair["id"], temperature_min="paper")
    assert merged.json()["state"] == "merged", merged.text
    there = await office.entry(log)
    assert there["values"]["fields"]["temperature_min"] == "五"
    assert there["server"]["fieldFlags"] == [FLAG]


async def test_a_day_that_is_none_is_kept_and_flagged_and_no_report_is_found_by_it(office: Office) -> None:
    """On the road of the scan; a phone's is in test_checked_alike."""
    extraction = await office.scanned(business_date=NO_DAY)
    report = (await office.confirm(extraction)).json()["report"]
    there = await office.entry(report)
    assert there["values"]["fields"]["business_date"] == NO_DAY
    assert there["server"]["fieldFlags"] == [{"path": "fields/business_date", "code": "field.not_a_value"}]
    log = await office.filed()
    assert [one["id"] for one in await found(office, DAY)] == [log]
    assert await found(office, NO_DAY) == []


async def found(office: Office, day: str) -> list[dict[str, Any]]:
    answer = await office.http.get("/v1/reports", params={"date": day})
    assert answer.status_code == 200, answer.text
    return list(answer.json())
