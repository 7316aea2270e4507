"""Logs of the day in numbers, as phones would have filed them: through the exchange, a person at a time."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Final

from mobile_contract.ids import record_id, row_id
from server.kernel.clock import new_id
from tests.web.site import Member

_numbers: Final = count(1)
TRADES: Final = {"pipefitter": 12, "labourer": 18, "driver": 4}


def today() -> date:
    """Return the site's day."""
    return (datetime.now(UTC) + timedelta(hours=8)).date()


def send(member: Member, **op: Any) -> dict[str, Any]:
    """Send one op of a member, and return its receipt."""
    now = datetime.now(UTC).isoformat()
    whole = {"opId": new_id(), "n": next(_numbers), "at": now, "scope": member.section, "kind": "report", **op}
    [receipt] = member.desk.call("POST", "/v1/sync", {"clock": now, "ops": [whole]})["receipts"]
    found: dict[str, Any] = receipt
    return found


def file(member: Member, day: date, **fields: Any) -> str:
    """File the log of a day, and return its id."""
    log = record_id("report", member.section, "daily_log", day.isoformat())
    labour = {row_id(log, "labour", trade): {"trade": trade, "count": many} for trade, many in TRADES.items()}
    written = {
        "business_date": day.isoformat(),
        "location": "K0+560~K0+640",
        "weather_am": "overcast",
        "weather_pm": "light_rain",
        "temperature_min": 6,
        "temperature_max": 11,
        "wind_direction": "东北风",
        "wind_force": 3,
        "work_done": "沟槽开挖、DN800 管道安装 42 m",
        "labour": labour,
        "recorder": member.name,
    }
    values = {"form": "daily_log", "formVersion": 1, "fields": {**written, **fields}}
    receipt = send(member, action="create", id=log, values=values)
    assert receipt["outcome"] in {"applied", "merged"}, receipt
    return log


def patch(member: Member, log: str, was: Any = None, **fields: Any) -> dict[str, Any]:
    """Change answers of a log that were as ``was`` says, or as they are now; return the receipt."""
    held = member.desk.record(log)["values"]["fields"]
    changed = {f"fields/{name}": {"value": value, "was": (was or held).get(name)} for name, value in fields.items()}
    return send(member, action="patch", id=log, set=changed)


def sign(member: Member, log: str) -> None:
    """Sign a log as it is."""
    receipt = send(member, action="sign", id=log, digest=member.desk.record(log)["digest"])
    assert receipt["outcome"] == "applied", receipt
