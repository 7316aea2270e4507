"""OGC API – Features, Part 1: Core (OGC 17-069r4): what its pages hold beside the features, which are GeoJSON."""

import msgspec

from mobile_contract.base import Wire


class Link(Wire, frozen=True, kw_only=True):
    """A link (RFC 8288): where, in which relation, of which media type."""

    href: str
    rel: str
    type: str = "application/json"
    title: str = ""


class LandingPage(Wire, frozen=True, kw_only=True):
    """Where a reader begins."""

    title: str
    description: str
    links: tuple[Link, ...]


class Conformance(Wire, frozen=True, kw_only=True):
    """The classes of requirements that are met."""

    conforms_to: tuple[str, ...]


class Collection(Wire, frozen=True, kw_only=True, omit_defaults=False):
    """A collection of features; positions are longitude and latitude in WGS-84 (CRS84)."""

    id: str
    title: str
    description: str
    links: tuple[Link, ...]
    item_type: str = "feature"
    crs: tuple[str, ...] = ("http://www.opengis.net/def/crs/OGC/1.3/CRS84",)


class Collections(Wire, frozen=True, kw_only=True):
    """All collections."""

    links: tuple[Link, ...]
    collections: tuple[Collection, ...] = msgspec.field(default=())
