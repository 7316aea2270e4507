"""Summaries: each figure recounts to its value, a version never changes, and the next one says how it differs."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mobile_contract.ids import row_id
from mobile_contract.records import Kind
from mobile_contract.summaries import Period
from mobile_contract.sync import Change, Patch
from server.insight.counting import days_of
from server.kernel.clock import new_id
from tests.server.desk import AT, Desk, open_desk
from tests.server.insight.test_papers import check_in
from tests.server.insight.test_search import apply, follow, log
from tests.server.uploads.house import problem
from tests.support.clock import HandClock
from tests.support.refusals import refuses

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[Desk]:
    async with open_desk(database_url, tmp_path, tmp_path, clock) as opened:
        yield opened


async def make(desk: Desk, period: str = "week", day: str = "2026-11-18") -> dict[str, Any]:
    answer = await desk.http.post("/v1/summaries", json={"scope": desk.scope, "period": period, "day": day})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def recounted(desk: Desk, summary: dict[str, Any]) -> dict[str, list[str]]:
    """Fetch what each figure links to."""
    found = {}
    for figure in summary["figures"]:
        answer = await desk.http.get(figure["records"])
        assert answer.status_code == 200, answer.text
        found[figure["name"]] = [line["record"] for line in answer.json()["records"]]
    return found


def values(summary: dict[str, Any]) -> dict[str, int]:
    return {figure["name"]: figure["value"] for figure in summary["figures"]}


async def workers(desk: Desk, key: str, trade: str, count: int) -> None:
    change = {f"fields/labour/{row_id(key, 'labour', trade)}": Change(value={"trade": trade, "count": count})}
    await apply(desk, Patch(op_id=new_id(), n=0, scope=desk.scope, kind=Kind.REPORT, id=key, at=AT, set=change))


async def test_every_figure_recounts_to_its_value_from_the_records_it_links_to(desk: Desk) -> None:
    monday, tuesday = await log(desk, "2026-11-16", "沟槽开挖"), await log(desk, "2026-11-17", "管道安装")
    await log(desk, "2026-11-23", "下周")
    await workers(desk, monday, "pipefitter", 12)
    await workers(desk, monday, "labourer", 3)
    here = await check_in(desk)
    await follow(desk)
    made = await make(desk)
    assert (made["since"], made["until"], made["version"]) == ("2026-11-16", "2026-11-22", 1)
    found = await recounted(desk, made)
    assert found["reports"] == found["reports.daily_log"] == sorted([monday, tuesday])
    assert found["check_ins"] == [here]
    assert (values(made)["workers"], found["workers"]) == (15, [monday])
    for name, value in values(made).items():
        if name != "workers":
            assert value == len(found[name]), name


async def test_a_summary_is_the_same_bytes_for_ever_and_what_changes_is_the_next_version(
    desk: Desk, clock: HandClock
) -> None:
    key = await log(desk, "2026-11-16", "沟槽开挖")
    first = await make(desk)
    body = (await desk.http.get(f"/v1/summaries/{first['id']}")).content
    clock.forward(hours=1)
    assert await make(desk) == first  # nothing has changed
    other = await log(desk, "2026-11-17", "管道安装")
    await workers(desk, key, "pipefitter", 12)
    second = await make(desk)
    assert (second["version"], second["id"] != first["id"]) == (2, True)
    changes = {change["name"]: change for change in second["changes"]}
    assert changes["reports"] == {
        "name": "reports", "before": 1, "after": 2, "added": [other], "removed": [], "changed": [key],
    }  # fmt: skip
    assert (changes["workers"]["before"], changes["workers"]["after"]) == (0, 12)
    assert "late" not in changes or changes["late"]["after"] != changes["late"]["before"]
    assert (await desk.http.get(f"/v1/summaries/{first['id']}")).content == body
    assert (await recounted(desk, first))["reports"] == [key]
    listed = (await desk.http.get("/v1/summaries", params={"scope": desk.scope})).json()["summaries"]
    assert [each["id"] for each in listed] == [second["id"], first["id"]]
    daily = await desk.http.get("/v1/summaries", params={"scope": desk.scope, "period": "day"})
    assert daily.json() == {"summaries": []}
    told = await desk.events("summary.made")
    assert [event["digest"] for event in told] == [first["digest"], second["digest"]]


async def test_who_does_not_read_the_scope_reads_no_summary_of_it(desk: Desk) -> None:
    await log(desk, "2026-11-16", "沟槽开挖")
    made = await make(desk)
    await desk.as_("sunlei")
    body = {"scope": desk.scope, "period": "day", "day": "2026-11-16"}
    problem(await desk.http.post("/v1/summaries", json=body), "request.not_found")
    problem(await desk.http.get("/v1/summaries", params={"scope": desk.scope}), "request.not_found")
    problem(await desk.http.get(f"/v1/summaries/{made['id']}"), "request.not_found")
    problem(await desk.http.get(made["figures"][0]["records"]), "request.not_found")
    problem(await desk.http.get(f"/v1/summaries/{new_id()}"), "request.not_found")


@pytest.mark.parametrize(
    ("period", "day", "days"),
    [
        (Period.DAY, "2026-11-18", ("2026-11-18", "2026-11-18")),
        (Period.WEEK, "2026-11-16", ("2026-11-16", "2026-11-22")),
        (Period.WEEK, "2026-11-22", ("2026-11-16", "2026-11-22")),
        (Period.WEEK, "2027-01-01", ("2026-12-28", "2027-01-03")),
        (Period.MONTH, "2026-02-28", ("2026-02-01", "2026-02-28")),
        (Period.MONTH, "2028-02-01", ("2028-02-01", "2028-02-29")),
    ],
)
def test_a_week_begins_on_monday_and_a_month_on_its_first(period: Period, day: str, days: tuple[str, str]) -> None:
    assert days_of(period, day) == days


def test_what_is_no_day_is_refused() -> None:
    with refuses("request.invalid"):
        days_of(Period.DAY, "2026-02-30")
