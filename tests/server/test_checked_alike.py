"""Whatever way a value gets into a report, it is checked alike: kept, flagged, and what is fixed stays fixed."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mobile_contract.identity import Role, Session
from mobile_contract.ids import record_id
from mobile_contract.sync import Receipt
from server.fieldphone import Phone
from server.forms import library
from server.kernel.clock import new_id
from tests.server.site import Site, open_site
from tests.support import people
from tests.support.clock import HandClock
from tests.support.patience import wait_until

pytestmark = pytest.mark.anyio
DAY = "2026-11-18"
WRONG: dict[str, Any] = {"temperature_min": "五", "labour": [1, 2]}
FLAGS = [
    {"path": "fields/temperature_min", "code": "field.not_a_value"},
    {"path": "fields/labour", "code": "field.not_a_value"},
]


@pytest.fixture
async def site(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path, clock) as opened:
        await opened.settled()
        yield opened


def values(day: str = DAY, version: Any = 1, **fields: Any) -> dict[str, Any]:
    return {"form": "daily_log", "formVersion": version, "fields": {"business_date": day, **fields}}


def log_id(site: Site, day: str = DAY) -> str:
    return record_id("report", site.scope, "daily_log", day)


def op(site: Site, n: int, action: str, key: str, kind: str = "report", **said: Any) -> dict[str, Any]:
    place = {"scope": site.scope, "kind": kind, "id": key, "at": f"{DAY}T17:00:00+08:00"}
    return {"action": action, "opId": new_id(), "n": n, **place, **said}


async def send(site: Site, by: Session, *ops: dict[str, Any]) -> list[dict[str, Any]]:
    body = {"clock": f"{DAY}T17:00:00+08:00", "ops": list(ops)}
    answer = await site.ask("POST", "/v1/sync", by, json=body)
    assert answer.status_code in (200, 201), answer.text
    return list(answer.json()["receipts"])


async def record(site: Site, key: str) -> dict[str, Any]:
    return dict((await site.ask("GET", f"/v1/records/{key}", site.desk)).json())


async def test_a_new_report_says_what_its_form_does_not_admit(site: Site) -> None:
    (receipt,) = await send(site, site.session, op(site, 1, "create", log_id(site), values=values()))
    assert "warnings" not in receipt
    key = log_id(site, "2026-02-30")
    (receipt,) = await send(site, site.session, op(site, 2, "create", key, values=values("2026-02-30", **WRONG)))
    assert receipt["code"] == "op.applied"
    dated = [{"path": "fields/business_date", "code": "field.not_a_value"}]
    assert sorted(receipt["warnings"], key=str) == sorted(dated + FLAGS, key=str)
    there = await record(site, key)
    assert there["server"]["fieldFlags"] == receipt["warnings"]
    assert there["values"]["fields"]["temperature_min"] == "五"


async def test_a_second_create_a_patch_and_a_choice_are_checked_as_the_first_create_is(site: Site) -> None:
    key = log_id(site)
    other = await people.person(site.identity, site.admin, "zhou", (Role.CONTRACTOR, site.scope))
    zhou = await people.phone(site.identity, other)
    await send(site, site.session, op(site, 1, "create", key, values=values(work_done="a")))
    (second,) = await send(site, zhou, op(site, 1, "create", key, values=values(**WRONG)))
    assert sorted(second["warnings"], key=str) == sorted(FLAGS, key=str)
    change = {"fields/temperature_min": {"value": -3, "was": "五"}, "fields/labour": {"value": None, "was": [1, 2]}}
    (mended,) = await send(site, zhou, op(site, 2, "patch", key, set=change))
    assert "warnings" not in mended
    assert "fieldFlags" not in (await record(site, key))["server"]
    clash = {"fields/temperature_min": {"value": "八", "was": 1}}
    (clashed,) = await send(site, site.session, op(site, 2, "patch", key, set=clash))
    conflict = await record(site, clashed["conflicts"][0])
    seen = [one["opId"] for one in conflict["values"]["candidates"].values()]
    (chosen,) = await send(
        site, site.session, op(site, 3, "resolve", conflict["id"], "conflict", seen=seen, value={"a": {"b": [1]}})
    )
    assert (chosen["code"], chosen["warnings"]) == ("op.applied", FLAGS[:1])
    assert (await record(site, key))["server"]["fieldFlags"] == FLAGS[:1]


async def test_a_value_that_no_report_can_hold_is_parked_on_every_road(site: Site) -> None:
    key = log_id(site)
    await send(site, site.session, op(site, 1, "create", key, values=values()))
    for n, said in enumerate(({"fields": {"value": 5, "was": values()["fields"]}}, {"reason": {"value": 5}}), 2):
        (receipt,) = await send(site, site.session, op(site, n, "patch", key, set=said))
        assert receipt["outcome"] in ("parked", "conflict"), receipt
    assert (await record(site, key))["values"]["fields"]["business_date"] == DAY


async def test_the_form_version_is_decided_by_a_rule_and_never_asked(site: Site) -> None:
    key = log_id(site)
    await send(site, site.session, op(site, 1, "create", key, values=values()))
    for n, version in enumerate((77, "x"), 2):
        (receipt,) = await send(
            site, site.session, op(site, n, "patch", key, set={"formVersion": {"value": version, "was": 1}})
        )
        assert receipt["code"] == "op.fixed_field"
    there = await record(site, key)
    assert there["values"]["formVersion"] == 1
    assert "openConflicts" not in there["server"]


async def test_a_version_that_is_not_known_yet_is_parked_as_that(site: Site) -> None:
    (receipt,) = await send(site, site.session, op(site, 1, "create", log_id(site), values=values(version=9)))
    assert receipt["code"] == "op.unknown_form"
    assert receipt["params"] == {"form": "daily_log", "version": "9"}


async def test_who_deleted_a_log_by_mistake_writes_it_again_in_one_step(site: Site) -> None:
    def work(phone: Phone) -> list[Receipt]:
        replica, key = phone.replica, log_id(site)
        replica.create("report", site.scope, values(work_done="a", weather_am="overcast"), key)
        replica.sync()
        replica.delete(key)
        replica.create("report", site.scope, values(work_done="b"), key)
        replica.sync()
        return list(phone.storage.receipts())

    receipts = await site.on_phone(work)
    assert receipts[-1].code == "op.merged"
    fields = (await record(site, log_id(site)))["values"]["fields"]
    assert (fields["work_done"], fields["weather_am"]) == ("b", "overcast")


async def test_what_waits_for_a_version_is_tried_again_when_it_is_published(site: Site) -> None:
    key = log_id(site)
    await send(site, site.session, op(site, 1, "create", key, values=values(version=2, work_done="a")))
    source = library()["daily_log"].replace(b"Construction daily log", b"Daily log")
    published = await site.program.forms.publish(site.admin.person, source)
    assert published.version == 2
    await applied(site)
    assert (await record(site, key))["values"]["formVersion"] == 2


async def test_what_was_sent_to_a_scope_not_held_is_tried_again_when_it_is_granted_again(site: Site) -> None:
    await site.identity.revoke(site.admin.person, site.chen.person, Role.CONTRACTOR, site.scope)
    (receipt,) = await send(site, site.session, op(site, 1, "create", log_id(site), values=values()))
    assert receipt["code"] == "op.scope_not_held"
    await site.identity.grant(site.admin.person, site.chen.person, Role.CONTRACTOR, site.scope)
    await applied(site)
    assert (await record(site, log_id(site)))["values"]["fields"]["business_date"] == DAY


async def test_a_report_of_a_version_that_never_was_is_repaired_by_a_clerk_and_by_no_one_else(site: Site) -> None:
    key = new_id()
    await send(site, site.session, op(site, 1, "create", key, values=values(version=77)))
    clerk = await people.person(site.identity, site.admin, "zhou", (Role.CLERK, site.scope))
    desk = await people.phone(site.identity, clerk)
    change = {"formVersion": {"value": 1, "was": 77}}
    (refused,) = await send(site, site.session, op(site, 2, "patch", key, set=change))
    (nonsense,) = await send(site, desk, op(site, 1, "patch", key, set={"formVersion": {"value": 78, "was": 77}}))
    (mended,) = await send(site, desk, op(site, 2, "patch", key, set=change))
    (again,) = await send(site, desk, op(site, 3, "patch", key, set={"formVersion": {"value": 2, "was": 1}}))
    codes = [receipt["code"] for receipt in (refused, nonsense, again)]
    assert codes == ["op.fixed_field"] * 3
    assert mended["code"] in ("op.applied", "op.merged")
    assert (await record(site, key))["values"]["formVersion"] == 1


async def applied(site: Site) -> None:
    """Wait until nothing of what was parked waits any more."""

    async def none_waits() -> bool:
        return not await site.parked()

    await wait_until(none_waits, "what was parked", seconds=60)
