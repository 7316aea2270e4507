"""Projects, their sections and fences, as they travel."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from mobile_contract.base import Wire
from mobile_contract.identity import Name
from mobile_contract.media import Datum, Fence

Latitude = Annotated[int, Meta(ge=-900_000_000, le=900_000_000)]
Longitude = Annotated[int, Meta(ge=-1_800_000_000, le=1_800_000_000)]
#: 10 m to 100 km.
Radius = Annotated[int, Meta(ge=1_000, le=10_000_000)]
#: 统一社会信用代码 (GB 32100-2015), by its alphabet only.
UnifiedCode = Annotated[str, Meta(pattern=r"^[0-9A-HJ-NP-RTUWXY]{18}$(?!\n)")]


#: A corner as GeoJSON has it: longitude, then latitude.
Corner = tuple[Longitude, Latitude]
Corners = Annotated[tuple[Corner, ...], Meta(min_length=4, max_length=500)]
Outline = Annotated[tuple[Corners, ...], Meta(min_length=1, max_length=20)]


#: A day, and a time of day, as a site has them; that they exist is checked where they are read.
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$(?!\n)")]
TimeOfDay = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$(?!\n)")]


class NewFence(Wire, frozen=True, kw_only=True):
    """A fence to be drawn: a circle (``lat``, ``lon``, ``radius_cm``) or a polygon (``rings``), in 10⁻⁷ degree.

    ``rings`` are those of a GeoJSON polygon: the outer one, then the holes, each closed; at most 500 corners in all.
    ``datum`` is that of the map it was drawn on; the fence is kept in WGS-84.
    """

    lat: Latitude | None = None
    lon: Longitude | None = None
    radius_cm: Radius | None = None
    rings: Outline | None = None
    datum: Datum = Datum.WGS84

    def __post_init__(self) -> None:
        circle = [self.lat, self.lon, self.radius_cm]
        if None in circle if self.rings is None else circle != [None, None, None]:
            raise ValueError("a circle has lat, lon and radiusCm, a polygon has rings")


class NewProject(Wire, frozen=True, kw_only=True):
    """The body of ``POST /v1/projects``: 项目代码 (GB/T 40058), name, the site's centre (WGS-84, 10⁻⁷ degree).

    With ``fence_radius_cm`` a fence is drawn round the centre. ``time_zone`` is an IANA name; left out, the server's.
    ``began`` is the day of 开工. Where people work through the night, ``night_shift_ends`` is when that shift goes
    home: what is captured before that time of day belongs to the day before.
    """

    code: Annotated[str, Meta(max_length=40)]
    name: Name
    lat: Latitude
    lon: Longitude
    time_zone: Annotated[str, Meta(max_length=64)] | None = None
    fence_radius_cm: Radius | None = None
    began: Day | None = None
    night_shift_ends: TimeOfDay | None = None

    def __post_init__(self) -> None:
        if self.began is not None:
            date.fromisoformat(self.began)


class NewSection(Wire, frozen=True, kw_only=True):
    """The body of ``POST /v1/projects/{id}/sections``: a section (标段), its code within the project, who builds it."""

    code: Name
    name: Name
    contractor: Name
    contractor_code: UnifiedCode | None = None


class ChangeProject(Wire, frozen=True, kw_only=True):
    """The body of ``PATCH /v1/projects/{id}``: what is left out stays. Days that were judged are not judged anew."""

    code: Annotated[str, Meta(max_length=40)] | None = None
    name: Name | None = None
    lat: Latitude | None = None
    lon: Longitude | None = None
    time_zone: Annotated[str, Meta(max_length=64)] | None = None
    began: Day | None = None
    night_shift_ends: TimeOfDay | None = None

    def __post_init__(self) -> None:
        if self.began is not None:
            date.fromisoformat(self.began)


class ChangeSection(Wire, frozen=True, kw_only=True):
    """The body of ``PATCH /v1/sections/{id}``: what is left out stays."""

    code: Name | None = None
    name: Name | None = None
    contractor: Name | None = None
    contractor_code: UnifiedCode | None = None


class Section(Wire, frozen=True, kw_only=True):
    """A section of a project. ``fence`` is its own, if it has one; otherwise the project's counts."""

    id: str
    project: str
    code: str
    name: str
    contractor: str
    contractor_code: str | None = None
    fence: Fence | None = None


class Project(Wire, frozen=True, kw_only=True):
    """A project as one reader sees it: with the sections that reader may know of, and the fences in force now."""

    id: str
    code: str
    name: str
    lat: int
    lon: int
    time_zone: str
    began: str | None = None
    night_shift_ends: str | None = None
    fence: Fence | None = None
    sections: tuple[Section, ...] = ()


class Projects(Wire, frozen=True, kw_only=True):
    """A page of projects by id. ``next`` is what to ask ``after``; empty on the last page."""

    projects: tuple[Project, ...]
    next: str = ""


#: A material, a machine, a place; the name of a list as forms write it (``plumbline::vocabulary``).
Entry = Annotated[str, Meta(min_length=1, max_length=64)]
Entries = Annotated[tuple[Entry, ...], Meta(max_length=1000)]


class NewVocabulary(Wire, frozen=True, kw_only=True):
    """The body of ``PUT /v1/projects/{id}/vocabularies/{name}``: the whole list; repetitions and spaces are dropped."""

    entries: Entries


class Vocabulary(Wire, frozen=True, kw_only=True):
    """A list of a project (词表), also the ``values`` of its record on the feed: what an answer is likely to be."""

    name: str
    entries: tuple[str, ...] = ()


class Vocabularies(Wire, frozen=True, kw_only=True):
    """The lists that are kept for a project, by name."""

    vocabularies: tuple[Vocabulary, ...]
