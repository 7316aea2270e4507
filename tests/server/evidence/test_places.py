"""What evidence makes of places: of maps that are shifted, of one photograph at two stakes."""

import pytest

from media import geo
from mobile_contract.media import Datum, Position
from tests.server.evidence.house import FIX, Site

pytestmark = pytest.mark.anyio


async def test_a_position_of_a_chinese_map_called_wgs84_is_doubted_and_inside_once_its_map_is_named(site: Site) -> None:
    await site.fence()
    on_map = geo.convert(Position(lat=FIX["lat"], lon=FIX["lon"], datum=Datum.WGS84), Datum.GCJ02)
    called = await site.check_in("chen", lat=on_map.lat, lon=on_map.lon)
    named = await site.check_in("chen", lat=on_map.lat, lon=on_map.lon, datum="GCJ02")
    elsewhere = await site.check_in("zhou", lat=FIX["lat"] + 100_000)
    assert await site.codes(called) == ["evidence.position_other_map"]
    assert await site.codes(named) == await site.codes(elsewhere) == []
    fences = [(await site.server(record))["fence"] for record in (called, named, elsewhere)]
    assert [fence["verdict"] for fence in fences] == ["uncertain", "inside", "outside"]
    assert fences[0]["doubt"] == "otherDatum"
