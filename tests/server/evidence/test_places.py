"""What evidence makes of places: of maps that are shifted, of one photograph at two stakes."""

import pytest

from media import geo
from mobile_contract.media import Datum, Position
from tests.server.evidence.house import FIX, Site

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
async def test_a_position_of_a_chinese_map_called_wgs84_is_doubted_and_inside_once_its_map_is_named(
    site: Site, datum: Datum
) -> None:
    await site.fence()
    on_map = geo.convert(Position(lat=FIX["lat"], lon=FIX["lon"], datum=Datum.WGS84), datum)
    called = await site.check_in("chen", lat=on_map.lat, lon=on_map.lon)
    named = await site.check_in("chen", lat=on_map.lat, lon=on_map.lon, datum=datum)
    elsewhere = await site.check_in("zhou", lat=FIX["lat"] + 100_000)
    assert await site.codes(called) == ["evidence.position_other_map"]
    assert await site.codes(named) == await site.codes(elsewhere) == []
    fences = [(await site.server(record))["fence"] for record in (called, named, elsewhere)]
    assert [fence["verdict"] for fence in fences] == ["uncertain", "inside", "outside"]
    assert fences[0]["doubt"] == "otherDatum"


async def test_one_photo_for_two_stakes_on_one_day_is_a_flag_and_for_one_stake_is_none(site: Site) -> None:
    first = await site.photo("zhou", b"a trench", place="K0+560")
    same = await site.photo("zhou", b"a trench", place=" k0+560 ")
    unnamed = await site.photo("zhou", b"a trench")
    assert await site.codes(same) == await site.codes(unnamed) == []
    other = await site.photo("zhou", b"a trench", place="K0+620")
    flags = await site.flags(other)
    assert [(flag["code"], flag["params"]["scopes"]) for flag in flags] == [("evidence.two_places", "1")] * 2
    assert {flag["other"] for flag in flags} == {first, same}
    assert {flags[0]["params"]["here"], flags[0]["params"]["there"]} == {"k0+560", "k0+620"}


async def test_one_photo_in_two_sections_reaches_who_reviews_both_and_the_administrator(site: Site) -> None:
    await site.photo("zhou", b"a trench", site.one)
    await site.photo("zhou", b"a trench", site.two)
    for login in ("wangli", "admin"):
        (flag,) = await site.listed(login)
        assert (flag["code"], flag["params"]["scopes"]) == ("evidence.two_places", "2")
        assert {flag["scope"], flag["otherScope"]} == {site.one, site.two}
    assert await site.listed("liweidong") == await site.listed("yang") == []


async def test_what_was_found_across_two_projects_reaches_the_administrator_who_decides(site: Site) -> None:
    elsewhere = await site.another_project("sun")
    await site.photo("chen", b"a trench", site.one)
    await site.photo("chen", b"a pipe", site.one)
    await site.photo("sun", b"a trench", elsewhere)
    await site.photo("liweidong", b"a pipe", site.one)  # found within one section: not the administrator's
    assert [flag["code"] for flag in await site.listed("wangli")] == ["evidence.same_file"]
    (flag,) = await site.listed("admin")
    assert {flag["scope"], flag["otherScope"]} == {site.one, elsewhere}
    decided = await site.decide("admin", flag["id"], "confirm")
    assert (decided.status_code, decided.json()["state"]) == (200, "confirmed")
    within = (await site.listed("wangli"))[0]["id"]
    assert (await site.decide("admin", within, "confirm")).status_code == 404
