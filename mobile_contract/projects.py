"""Projects, their sections and fences, as they travel."""

from typing import Annotated

from msgspec import Meta

from mobile_contract.base import Wire
from mobile_contract.identity import Name
from mobile_contract.media import CircleFence

Latitude = Annotated[int, Meta(ge=-900_000_000, le=900_000_000)]
Longitude = Annotated[int, Meta(ge=-1_800_000_000, le=1_800_000_000)]
#: 10 m to 100 km.
Radius = Annotated[int, Meta(ge=1_000, le=10_000_000)]
#: 统一社会信用代码 (GB 32100-2015), by its alphabet only.
UnifiedCode = Annotated[str, Meta(pattern=r"^[0-9A-HJ-NP-RTUWXY]{18}$(?!\n)")]


class NewFence(Wire, frozen=True, kw_only=True):
    """A circle to be drawn: a WGS-84 centre in 10⁻⁷ degree, a radius in centimetres."""

    lat: Latitude
    lon: Longitude
    radius_cm: Radius


class NewProject(Wire, frozen=True, kw_only=True):
    """The body of ``POST /v1/projects``: 项目代码 (GB/T 40058), name, the site's centre (WGS-84, 10⁻⁷ degree).

    With ``fence_radius_cm`` a fence is drawn round the centre. ``time_zone`` is an IANA name; left out, the server's.
    """

    code: Annotated[str, Meta(max_length=40)]
    name: Name
    lat: Latitude
    lon: Longitude
    time_zone: Annotated[str, Meta(max_length=64)] | None = None
    fence_radius_cm: Radius | None = None


class NewSection(Wire, frozen=True, kw_only=True):
    """The body of ``POST /v1/projects/{id}/sections``: a section (标段), its code within the project, who builds it."""

    code: Name
    name: Name
    contractor: Name
    contractor_code: UnifiedCode | None = None


class Section(Wire, frozen=True, kw_only=True):
    """A section of a project. ``fence`` is its own, if it has one; otherwise the project's counts."""

    id: str
    project: str
    code: str
    name: str
    contractor: str
    contractor_code: str | None = None
    fence: CircleFence | None = None


class Project(Wire, frozen=True, kw_only=True):
    """A project as one reader sees it: with the sections that reader may know of, and the fences in force now."""

    id: str
    code: str
    name: str
    lat: int
    lon: int
    time_zone: str
    fence: CircleFence | None = None
    sections: tuple[Section, ...] = ()


class Projects(Wire, frozen=True, kw_only=True):
    """A page of projects by id. ``next`` is what to ask ``after``; empty on the last page."""

    projects: tuple[Project, ...]
    next: str = ""
