"""OGC API – Features (17-069r4, core and GeoJSON): what QGIS reads, of what the caller may read."""

from datetime import UTC, datetime
from typing import Final

import msgspec
import sqlalchemy as sa

from mobile_contract.ids import with_archives
from mobile_contract.ogc import Collection, Collections, Conformance, LandingPage, Link
from mobile_contract.problems import Refused
from server import identity
from server.identity import Caller
from server.insight import seen
from server.insight.features import KINDS, UNITS, CollectionName, Feature, Page, captures, fences, meets
from server.kernel.clock import rfc3339
from server.kernel.database import Database

#: Features in one page: what is asked beyond is clamped, since QGIS asks for 1,000 whatever is allowed.
MOST: Final = 1000
USUAL: Final = 100
GEOJSON: Final = "application/geo+json"
ROOT: Final = "/v1/ogc"
CLASSES: Final = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
)
_TITLES: Final = {
    CollectionName.CHECK_INS: ("签到 · Check-ins", "人员签到的位置与围栏判断 · where people checked in"),
    CollectionName.PHOTOGRAPHS: ("照片 · Photographs", "定位照片 · photographs with their positions"),
    CollectionName.FENCES: ("围栏 · Fences", "工程与标段现行围栏 · fences in force of projects and sections"),
}

Box = tuple[int, int, int, int]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a collection."""

    box: Box | None = None
    begins: str | None = None
    ends: str | None = None
    limit: int = USUAL
    after: str = ""


class Features:
    """The service; the dependency ``features``."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def page(self, caller: Caller, name: CollectionName, asked: Asked, here: str, more: str) -> bytes:
        """Return a page of a collection as GeoJSON; ``here`` is its address, ``more`` that of the next without its key.

        Raise ``request.invalid``.
        """

        def work(tx: sa.Connection) -> bytes:
            scopes = with_archives(identity.holdings(tx, caller.person).scopes())
            if name is CollectionName.FENCES:
                found, after = fences(tx, scopes, asked.after, asked.limit)
                found = [each for each in found if asked.box is None or meets(each, asked.box)]
                matched = seen.MOST
            else:
                shown = seen.Shown(kind=KINDS[name], box=asked.box, begins=asked.begins, ends=asked.ends)
                rows, after = seen.page(tx, scopes, shown, asked.after, asked.limit)
                found = captures(tx, rows)
                matched = seen.count(tx, scopes, shown)
            links = [Link(href=here, rel="self", type=GEOJSON)]
            links += [Link(href=f"{more}after={after}", rel="next", type=GEOJSON)] if after else []
            page = Page(
                features=found,
                links=links,
                number_returned=len(found),
                number_matched=matched if matched < seen.MOST else msgspec.UNSET,
            )
            return msgspec.json.encode(page)

        return await self._db.read(work)

    async def one(self, caller: Caller, name: CollectionName, key: str) -> bytes:
        """Return one feature as GeoJSON. Raise ``request.not_found``."""

        def work(tx: sa.Connection) -> Feature | None:
            scopes = with_archives(identity.holdings(tx, caller.person).scopes())
            if name is CollectionName.FENCES:
                drawn, _ = fences(tx, scopes, "", len(scopes) + 1)
                return next((each for each in drawn if each.id == key), None)
            row = seen.one(tx, key, KINDS[name])
            return next(iter(captures(tx, [row])), None) if row is not None and row.scope in scopes else None

        found = await self._db.read(work)
        if found is None:
            raise Refused("request.not_found")
        return msgspec.json.encode(found)


def landing(base: str) -> LandingPage:
    """Return the landing page; ``base`` is the address of the server."""
    root = base + ROOT
    return LandingPage(
        title="铅垂 Plumbline",
        description="签到、照片与围栏 · check-ins, photographs and fences",
        links=(
            Link(href=root, rel="self"),
            Link(
                href=f"{base}/docs/openapi.json?lang=en",
                rel="service-desc",
                type="application/vnd.oai.openapi+json;version=3.1",
            ),
            Link(href=f"{base}/docs", rel="service-doc", type="text/html"),
            Link(href=f"{root}/conformance", rel="conformance"),
            Link(href=f"{root}/collections", rel="data"),
        ),
    )


def conformance() -> Conformance:
    """Return which classes of requirements are met."""
    return Conformance(conforms_to=CLASSES)


def collections(base: str) -> Collections:
    """Return all collections."""
    here = Link(href=f"{base}{ROOT}/collections", rel="self")
    return Collections(links=(here,), collections=tuple(described(base, name) for name in CollectionName))


def described(base: str, name: CollectionName) -> Collection:
    """Return what a collection is."""
    root = f"{base}{ROOT}/collections/{name}"
    title, description = _TITLES[name]
    links = (Link(href=root, rel="self"), Link(href=f"{root}/items", rel="items", type=GEOJSON, title=title))
    return Collection(id=name.value, title=title, description=description, links=links)


def read(box: str, when: str, limit: str, after: str) -> Asked:
    """Return what is asked, from the words of an address. Raise ``request.invalid``; a limit is clamped."""
    begins, ends = _interval(when)
    most = int(limit) if limit else USUAL
    return Asked(box=_box(box), begins=begins, ends=ends, limit=min(max(most, 1), MOST), after=after)


def _box(text: str) -> Box | None:
    if not text:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
        west, south, east, north = numbers if len(numbers) == 4 else [*numbers[:2], *numbers[3:5]]
    except ValueError:
        raise Refused("request.invalid", reason="bbox: west,south,east,north in degrees") from None
    if len(numbers) not in (4, 6) or not (-90 <= south <= north <= 90 and abs(west) <= 180 and abs(east) <= 180):
        raise Refused("request.invalid", reason="bbox: west,south,east,north in degrees")
    return round(west * UNITS), round(south * UNITS), round(east * UNITS), round(north * UNITS)


def _interval(text: str) -> tuple[str | None, str | None]:
    """Read an instant or an interval (RFC 3339; ``..`` or nothing is open); a day without a time is all of it."""
    if not text:
        return None, None
    begin, slash, end = text.partition("/")
    try:
        return _edge(begin, last=False), _edge(end if slash else begin, last=True)
    except (ValueError, OverflowError):
        raise Refused("request.invalid", reason="datetime: an instant or an interval as RFC 3339 has them") from None


def _edge(text: str, *, last: bool) -> str | None:
    if text in ("", ".."):
        return None
    moment = datetime.fromisoformat(text)
    if len(text) == 10 and last:
        moment = moment.replace(hour=23, minute=59, second=59, microsecond=999_000)
    return rfc3339(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
