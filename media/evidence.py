"""What speaks against a capture: the phone's claim compared with the bytes, the clock and other captures. Pure.

A finding is for a person to look at; nothing is ever refused for one. Each names what was compared, with figures, so
that its reader can judge without the program. The thresholds are wide: a flag that is mostly wrong is not read.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import msgspec

from media import clocks, geo
from mobile_contract.media import Datum, Doubt, Exif, Fence, MediaFacts, Position

#: Where sites are of which nothing else is known.
CHINA: Final = "Asia/Shanghai"
#: EXIF, satellites and phone agree when they differ by less: a form may be opened some time after the photo is taken.
TIME_APART: Final = timedelta(minutes=10)
#: A camera may keep a fix for a while; nearer than this, beyond the accuracies, is the same place.
PLACE_APART_CM: Final = 30_000
#: Phones that follow the network are right to a second; a clock further off was set by hand.
CLOCK_OFF: Final = timedelta(minutes=5)
#: People start on site before their paperwork is done: what is captured so long before a grant is not yet odd.
BEFORE_GRANT: Final = timedelta(days=1)
#: A check-in is handed in as it is made; a photograph may wait in a draft for as long as its form is being filled.
KEPT_BACK: Final = timedelta(hours=1)
IN_A_DRAFT: Final = timedelta(days=1)
#: 120 km/h, the limit of Chinese motorways, in cm/s; and how far a fix may jump while its phone stands still.
FASTEST_CM_S: Final = 3_333
JUMP_CM: Final = 50_000
#: Pictures of which at most so many of the 64 bits of their perceptual hash differ are taken for one picture. Saved
#: again, scaled or brightened a picture differs by 0 to 4; two of one trench from two places by 10 and more.
SIMILAR_BITS: Final = 5

#: Parts of the ``Software`` tag that only programs for editing write. A camera writes its firmware there.
EDITORS: Final = tuple(
    "photoshop lightroom snapseed gimp picsart vsco facetune affinity pixelmator canva polarr photopea paint.net "  # noqa: SIM905
    "acdsee imagemagick meitu 美图 美颜 醒图 photoscape fotor luminar capcut 剪映 b612 faceapp pixlr".split()
)


#: What is found where a claimed position proves nothing.
DOUBTS: Final = {
    Doubt.NOWHERE: "evidence.position_nowhere",
    Doubt.NOT_ON_EARTH: "evidence.position_off_earth",
    Doubt.SWAPPED_AXES: "evidence.position_swapped",
    Doubt.NO_ACCURACY: "evidence.position_vague",
    Doubt.MOCK: "evidence.mock_position",
    Doubt.OTHER_DATUM: "evidence.position_other_map",
}


class CaptureFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A capture as others are compared with it.

    ``at`` is when, its device's clock corrected, None if that cannot be told; ``day`` the site's day. The position is
    WGS-84 in 10⁻⁷ degree. ``phash`` is 64 bits.
    """

    record: str
    person: str
    day: str
    scope: str = ""
    place: str = ""
    at: datetime | None = None
    clock_offset_ms: int | None = None
    lat: int | None = None
    lon: int | None = None
    accuracy_cm: int | None = None
    sha256: str | None = None
    phash: int | None = None


class CaptureClaim(msgspec.Struct, frozen=True, kw_only=True):
    """What a phone said of a capture, to be held against what else is known. ``written_at`` is its uncorrected clock.

    ``exchange_offset_ms`` is server time minus the phone's at the exchange that brought it, where the capture said
    another; ``granted_at`` is since when its person may write there.
    ``zone`` is the time zone of the site, ``began`` the day on which the project began if that is known; ``fences`` are
    where it should have been. ``desk`` and the moments after it are those of :class:`HandedIn`.
    """

    capture: CaptureFacts
    written_at: datetime | None
    received_at: datetime
    position: Position | None = None
    fences: tuple[Fence, ...] = ()
    began: str | None = None
    exchange_offset_ms: int | None = None
    granted_at: datetime | None = None
    desk: bool = False
    enrolled_at: datetime | None = None
    online_at: datetime | None = None
    previous_at: datetime | None = None
    zone: str = CHINA


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something to look at: a code of the problems, the figures of its sentence, and the other capture, if any."""

    code: str
    params: dict[str, str]
    other: str | None = None


def check_claim(claim: CaptureClaim, facts: MediaFacts | None) -> list[Finding]:
    """Return what a claim does not agree with by itself; ``facts`` are those of its file, once its bytes are here."""
    exif = facts.exif if facts is not None and facts.exif is not None else Exif()
    return [
        *_clock(claim),
        *_granted(claim),
        *_handed_in(claim),
        *_times(claim, exif),
        *_places(claim, exif),
        *_edited(exif),
        *_unseen(facts),
        *_doubted(claim),
        *_too_early(claim),
    ]


def pair(one: CaptureFacts, other: CaptureFacts) -> list[Finding]:
    """Return findings of two captures' files.

    One picture given twice by one person on one day is no reuse, where it is said to show one place.
    """
    if one.day == other.day and one.person == other.person:
        return _elsewhere(one, other)
    first, then = sorted((one, other), key=lambda capture: (capture.day, capture.record))
    days = {"earlier": first.day, "later": then.day, "people": "1" if one.person == other.person else "2"}
    if one.sha256 is not None and one.sha256 == other.sha256:
        return [Finding(code="evidence.same_file", params={**days, "sha256": one.sha256[:12]}, other=other.record)]
    bits = differing_bits(one, other)
    if bits is not None and bits <= SIMILAR_BITS:
        return [Finding(code="evidence.similar_picture", params={**days, "bits": str(bits)}, other=other.record)]
    return []


def _elsewhere(one: CaptureFacts, other: CaptureFacts) -> list[Finding]:
    """Return a finding where one person gave one picture for two places or sections on one day."""
    here, there = sorted((one, other), key=lambda capture: capture.record)
    other_place = one.place != other.place and "" not in (one.place, other.place)
    bits = 0 if one.sha256 is not None and one.sha256 == other.sha256 else differing_bits(one, other)
    if bits is None or bits > SIMILAR_BITS or not (other_place or one.scope != other.scope):
        return []
    params = {"earlier": one.day, "here": here.place or "?", "there": there.place or "?", "bits": str(bits)}
    params["scopes"] = "1" if one.scope == other.scope else "2"
    return [Finding(code="evidence.two_places", params=params, other=other.record)]


def differing_bits(one: CaptureFacts, other: CaptureFacts) -> int | None:
    """Count the bits in which two pictures' perceptual hashes differ; None where one has none."""
    return None if one.phash is None or other.phash is None else (one.phash ^ other.phash).bit_count()


def journey(one: CaptureFacts, other: CaptureFacts) -> list[Finding]:
    """Return a finding where a person would have moved too fast between two captures that follow each other."""
    if one.at is None or other.at is None:
        return []
    first, then = sorted((one, other), key=lambda capture: (capture.at, capture.record))
    between = abs(other.at - one.at)
    when = {"earlier": _rfc3339(first.at), "later": _rfc3339(then.at)}
    found = []
    gap = _gap_cm(one, other)
    if gap is not None and gap > JUMP_CM and gap > FASTEST_CM_S * between.total_seconds():
        seconds = round(between.total_seconds())
        kmh = round(gap / max(seconds, 1) * 0.036)
        params = {**when, "metres": str(gap // 100), "seconds": str(seconds), "kmh": str(kmh)}
        found.append(Finding(code="evidence.impossible_travel", params=params, other=other.record))
    if first.clock_offset_ms is not None and then.clock_offset_ms is not None:
        jump = timedelta(milliseconds=then.clock_offset_ms - first.clock_offset_ms)
        if abs(jump) > CLOCK_OFF:
            params = {**when, "minutes": _minutes(jump)}
            found.append(Finding(code="evidence.clock_changed", params=params, other=other.record))
    return found


def _gap_cm(one: CaptureFacts, other: CaptureFacts) -> int | None:
    """Return how far apart two captures are at the least, their accuracies taken off; None if one proves nothing."""
    here, there = _position(one), _position(other)
    if here is None or there is None:
        return None
    return geo.distance_cm(here, there) - (one.accuracy_cm or 0) - (other.accuracy_cm or 0)


def _position(capture: CaptureFacts) -> Position | None:
    if capture.lat is None or capture.lon is None or (capture.accuracy_cm or 0) <= 0:
        return None
    return Position(lat=capture.lat, lon=capture.lon, datum=Datum.WGS84, accuracy_cm=capture.accuracy_cm)


# One claim -----------------------------------------------------------------------------------------------------------


def _clock(claim: CaptureClaim) -> Iterator[Finding]:
    offset = timedelta(milliseconds=claim.capture.clock_offset_ms or 0)
    if abs(offset) > CLOCK_OFF:
        yield Finding(code="evidence.clock_off", params={"minutes": _minutes(offset)})
    elif claim.exchange_offset_ms is not None:
        shown = timedelta(milliseconds=claim.exchange_offset_ms)
        yield Finding(code="evidence.clock_off", params={"minutes": _minutes(shown)})
        params = {"day": claim.capture.day, "minutes": _minutes(shown)}
        yield Finding(code="evidence.day_doubtful", params={**params, "captured": _rfc3339(claim.capture.at)})
    if claim.capture.at is not None and claim.capture.at - claim.received_at > CLOCK_OFF:
        params = {"captured": _rfc3339(claim.capture.at), "received": _rfc3339(claim.received_at)}
        yield Finding(code="evidence.from_future", params=params)


def _granted(claim: CaptureClaim) -> Iterator[Finding]:
    """Yield a finding where a capture is from before its person was granted the scope."""
    at, since = claim.capture.at, claim.granted_at
    if at is None or since is None or since > claim.received_at:  # granted anew since it came
        return
    if since - at > BEFORE_GRANT:
        yield Finding(code="evidence.before_grant", params={"captured": _rfc3339(at), "granted": _rfc3339(since)})


def _handed_in(claim: CaptureClaim) -> Iterator[Finding]:
    """Compare when a thing was captured with what its phone did before it handed it in."""
    at, received = claim.capture.at, _rfc3339(claim.received_at)
    if claim.desk:
        yield Finding(code="evidence.from_desk", params={"received": received})
    if at is None:
        return
    params = {"captured": _rfc3339(at)}
    patience = IN_A_DRAFT if claim.capture.sha256 is not None else KEPT_BACK
    if claim.enrolled_at is not None and claim.enrolled_at - at > patience:
        yield Finding(code="evidence.before_enrolment", params=params | {"enrolled": _rfc3339(claim.enrolled_at)})
    if claim.online_at is not None and claim.online_at - at > patience:
        online = {"online": _rfc3339(claim.online_at), "received": received}
        yield Finding(code="evidence.kept_back", params=params | online)
    if claim.previous_at is not None and claim.previous_at - at > patience:
        yield Finding(code="evidence.before_previous", params=params | {"previous": _rfc3339(claim.previous_at)})


def _times(claim: CaptureClaim, exif: Exif) -> Iterator[Finding]:
    """Yield findings of the camera's clock beside the phone's own, and of the satellites' beside the corrected one."""
    for source, written, moment in (
        ("EXIF", exif.taken_at, claim.written_at),
        ("GPS", exif.gps_at, claim.capture.at),
    ):
        tag = clocks.parsed(written)
        if tag is None or moment is None or clocks.apart(tag, moment, claim.zone) <= TIME_APART:
            continue
        taken = clocks.local(tag, moment)
        params = {"source": source, "taken": _rfc3339(taken)}
        if clocks.never_set(tag):
            yield Finding(code="evidence.time_doubtful", params=params)
            continue
        params |= {"captured": _rfc3339(moment), "minutes": _minutes(moment - taken)}
        yield Finding(code="evidence.time_differs", params=params)


def _places(claim: CaptureClaim, exif: Exif) -> Iterator[Finding]:
    """Yield findings of where the camera was beside where the phone was.

    Tags mostly name no datum, and phones in China write either: read as WGS-84, GCJ-02 and BD-09, the nearest counts.
    """
    claimed = claim.position
    if claimed is None or geo.doubt_of(claimed, claim.fences) or exif.lat is None or exif.lon is None:
        return
    readings = [Position(lat=exif.lat, lon=exif.lon, datum=datum) for datum in Datum]
    apart = min(geo.distance_cm(claimed, reading) for reading in readings)
    unsure = max(claimed.accuracy_cm or 0, 0) + max(exif.accuracy_cm or 0, 0)
    if apart - unsure > PLACE_APART_CM:
        params = {"metres": str(apart // 100), "lat": _degrees(exif.lat), "lon": _degrees(exif.lon)}
        yield Finding(code="evidence.place_differs", params=params)


def _edited(exif: Exif) -> Iterator[Finding]:
    software = (exif.software or "").casefold()
    if any(editor in software for editor in EDITORS):
        yield Finding(code="evidence.edited", params={"software": exif.software or ""})


def _unseen(facts: MediaFacts | None) -> Iterator[Finding]:
    """Name a file that could not be examined: it escapes every comparison."""
    if facts is not None and facts.problem is not None:
        yield Finding(code="evidence.not_examined", params={"problem": facts.problem})


def _doubted(claim: CaptureClaim) -> Iterator[Finding]:
    claimed = claim.position
    doubt = geo.doubt_of(claimed, claim.fences) if claimed is not None else None
    if claimed is not None and doubt is not None:
        params = {"lat": _degrees(claimed.lat), "lon": _degrees(claimed.lon)}
        yield Finding(code=DOUBTS[doubt], params={**params, "provider": (claimed.provider or "?")[:40]})


def _too_early(claim: CaptureClaim) -> Iterator[Finding]:
    if claim.began is not None and claim.capture.day < claim.began:
        yield Finding(code="evidence.before_start", params={"day": claim.capture.day, "began": claim.began})


def _rfc3339(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat(timespec="seconds")


def _minutes(duration: timedelta) -> str:
    return str(round(duration.total_seconds() / 60))


def _degrees(units: int) -> str:
    return f"{units / geo.UNITS_PER_DEGREE:.6f}"
