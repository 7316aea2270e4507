"""What evidence makes of clocks: of cameras, of satellites, of phones."""

import io
from datetime import datetime
from typing import Any

import pytest
from PIL import Image

from tests.media import images
from tests.server.evidence.house import AT, Site, checked_in, shot
from tests.support import people
from tests.support.clock import HandClock

pytestmark = pytest.mark.anyio


def written(camera: dict[int, Any], gps: dict[int, Any]) -> bytes:
    """Return a photograph with these tags and no others."""
    tags = Image.Exif()
    tags.get_ifd(0x8769).update(camera)
    tags.get_ifd(0x8825).update(gps)
    with Image.open(io.BytesIO(shot(b"a trench"))) as drawn:
        return images.encode(drawn, "image/jpeg", exif=tags)


def at_seven_fifty(date: str, hour: int) -> dict[int, Any]:
    return {29: date, 7: (images.rational(hour), images.rational(50), images.rational(0))}


@pytest.mark.parametrize(
    ("camera", "gps", "codes"),
    [
        ({0x9003: "2026:11:18 07:50:00", 0x9011: "+08:00"}, at_seven_fifty("2026:11:17", 23), []),
        ({0x9003: "2026:11:18 07:50:00", 0x9011: "+00:00"}, at_seven_fifty("2026:11:18", 7), []),
        ({0x9003: "2026:11:17 23:50:00", 0x9011: "Z"}, at_seven_fifty("2007:04:03", 23), []),
        ({0x9003: "2026:11:18 07:50:00", 0x9011: "+99:99"}, at_seven_fifty("2026:11:18", 23), []),
        ({}, {29: "1980:01:06", 7: (images.rational(0),) * 3}, ["evidence.time_doubtful"]),
        ({0x9003: "2025:11:18 07:50:00", 0x9011: "Z"}, {}, ["evidence.time_differs"]),
    ],
)
async def test_cameras_and_satellites_are_understood_or_doubted(
    site: Site, camera: dict[int, Any], gps: dict[int, Any], codes: list[str]
) -> None:
    assert await site.codes(await site.photo("chen", written(camera, gps))) == codes


async def test_a_clock_that_was_set_back_is_seen_at_the_exchange_and_makes_the_day_doubtful(
    site: Site, clock: HandClock
) -> None:
    token = await site.phone("chen", "2026-11-10T08:00:00+08:00", clock)
    op = checked_in(1, "2026-11-17T07:55:00+08:00", site.one)
    await site.exchange(token, op, clock="2026-11-17T08:00:00+08:00")
    flags = {flag["code"]: flag["params"] for flag in await site.flags(op["id"])}
    assert flags.keys() == {"evidence.clock_off", "evidence.day_doubtful"}
    assert flags["evidence.clock_off"] == {"minutes": "1440"}
    assert flags["evidence.day_doubtful"].items() >= {"day": "2026-11-17", "minutes": "1440"}.items()


async def test_what_is_claimed_from_the_desk_is_a_flag(site: Site) -> None:
    session = await site.program.identity.sessions.login("chen", people.PASSWORD)
    op = checked_in(1, AT, site.one)
    await site.exchange(session.token, op, clock="2026-11-18T08:00:00+08:00")
    (flag,) = await site.flags(op["id"])
    assert flag["code"] == "evidence.from_desk"
    assert (await site.server(op["id"]))["handedIn"] == {"desk": True}


async def test_what_was_captured_before_its_phone_was_enrolled_is_a_flag(site: Site, clock: HandClock) -> None:
    enrolled = "2026-11-18T07:00:00+08:00"
    token = await site.phone("chen", enrolled, clock)
    early, right = checked_in(1, "2026-11-18T05:59:00+08:00", site.one), checked_in(2, AT, site.one)
    await site.exchange(token, early, right, clock="2026-11-18T08:00:00+08:00")
    (flag,) = await site.flags(early["id"])
    assert flag["code"] == "evidence.before_enrolment"
    assert flag["params"] == {"captured": "2026-11-18T05:59:00+08:00", "enrolled": "2026-11-17T23:00:00+00:00"}
    assert await site.flags(right["id"]) == []


async def test_a_check_in_that_its_phone_did_not_have_when_it_was_online_is_a_flag(
    site: Site, clock: HandClock
) -> None:
    token = await site.phone("chen", "2026-11-10T08:00:00+08:00", clock)
    clock.moment = datetime.fromisoformat("2026-11-18T12:00:00+08:00")
    await site.exchange(token, checked_in(1, "2026-11-18T11:58:00+08:00", site.one), clock="2026-11-18T12:00:00+08:00")
    clock.forward(hours=6)
    made_up = checked_in(2, "2026-11-18T07:55:00+08:00", site.one)
    right = checked_in(3, "2026-11-18T17:30:00+08:00", site.one)
    await site.exchange(token, made_up, right, clock="2026-11-18T18:00:00+08:00")
    (flag,) = await site.flags(made_up["id"])
    assert flag["code"] == "evidence.kept_back"
    assert flag["params"]["online"] == "2026-11-18T04:00:00+00:00"
    assert await site.flags(right["id"]) == []


async def test_a_phone_that_only_asked_what_is_new_was_online_too(site: Site, clock: HandClock) -> None:
    token = await site.phone("chen", "2026-11-10T08:00:00+08:00", clock)
    for shown in ("2026-11-18T12:00:00+08:00", "2026-11-18T12:05:00+08:00", "2026-11-18T17:55:00+08:00"):
        clock.moment = datetime.fromisoformat(shown)
        await site.exchange(token, clock=shown)
    clock.forward(minutes=5)
    made_up = checked_in(1, "2026-11-18T16:50:00+08:00", site.one)
    right = checked_in(2, "2026-11-18T17:00:00+08:00", site.one)
    await site.exchange(token, made_up, right, clock="2026-11-18T18:00:00+08:00")
    (flag,) = await site.flags(made_up["id"])
    assert (flag["code"], flag["params"]["online"]) == ("evidence.kept_back", "2026-11-18T09:55:00+00:00")
    assert await site.flags(right["id"]) == []  # within the hour


async def test_a_queue_that_takes_several_exchanges_was_not_kept_back(site: Site, clock: HandClock) -> None:
    token = await site.phone("chen", "2026-11-10T08:00:00+08:00", clock)
    clock.moment = datetime.fromisoformat("2026-11-18T18:00:00+08:00")
    queue = [checked_in(n, f"2026-11-18T{7 + n:02}:00:00+08:00", site.one) for n in (1, 2, 3)]
    for op in queue:
        await site.exchange(token, op, clock=clock.moment.isoformat())
        clock.forward(minutes=1)
    assert [await site.codes(op["id"]) for op in queue] == [[], [], []]


async def test_a_check_in_that_claims_to_be_older_than_what_was_written_before_it_is_a_flag(
    site: Site, clock: HandClock
) -> None:
    token = await site.phone("chen", "2026-11-10T08:00:00+08:00", clock)
    clock.moment = datetime.fromisoformat("2026-11-18T18:00:00+08:00")
    first, second = checked_in(1, "2026-11-18T17:30:00+08:00", site.one), checked_in(2, AT, site.one)
    await site.exchange(token, second, first, clock="2026-11-18T18:00:00+08:00")  # in whatever order they come
    (flag,) = await site.flags(second["id"])
    assert flag["code"] == "evidence.before_previous"
    assert flag["params"] == {"captured": AT, "previous": "2026-11-18T09:30:00+00:00"}
    assert await site.flags(first["id"]) == []
