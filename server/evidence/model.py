"""Which kinds are examined, who decides about flags, and how a picture's hash is cut so that near ones are found."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec

from media import geo
from media.evidence import CHINA, CaptureClaim, CaptureFacts, Finding
from mobile_contract import records
from mobile_contract.base import Wire
from mobile_contract.evidence import EvidenceFlag, EvidenceState
from mobile_contract.ids import is_sha256, natural_id
from mobile_contract.media import Datum, Fence, MediaFacts, Position
from mobile_contract.states import Table
from server import projects
from server.identity import DESK_ROLES
from server.kernel.clock import instant, rfc3339
from server.replication import Annotation, server_of, values_of
from sync.state import Record

CAPTURED: Final = frozenset({records.Kind.PHOTO, records.Kind.CHECK_IN})

#: Who decides about flags, in each scope that a flag concerns.
REVIEWERS: Final = DESK_ROLES

#: A capture is compared with so many others of the same file, with so many that look alike, the earliest first: each
#: new use of an old photo is held against where it came from.
PAIRS: Final = 10
#: Rows that one band of a hash may bring up. Black and blank pictures all look alike.
CANDIDATES: Final = 500
#: Records whose flags are brought up to date with one that was looked at.
BESIDE: Final = 500
#: Flags that a record shows; the list has the rest.
SHOWN: Final = 50

BANDS: Final = 4
_BAND_BITS: Final = 16


class FlagAct(StrEnum):
    """What happens to a flag: found with new figures, withdrawn as no longer found, decided about or reopened."""

    FIND = "find"
    WITHDRAW = "withdraw"
    DISMISS = "dismiss"
    CONFIRM = "confirm"
    REOPEN = "reopen"


_DECISIONS: Final = {
    FlagAct.DISMISS: EvidenceState.DISMISSED,
    FlagAct.CONFIRM: EvidenceState.CONFIRMED,
    FlagAct.REOPEN: EvidenceState.OPEN,
}
#: A decision may be changed. Other figures open a flag again; one that was decided about is never withdrawn.
FLAGS: Final = Table[EvidenceState | None, FlagAct](
    name="evidence",
    starts=(None,),
    rows={
        None: {FlagAct.FIND: EvidenceState.OPEN},
        EvidenceState.OPEN: {FlagAct.FIND: EvidenceState.OPEN, FlagAct.WITHDRAW: None, **_DECISIONS},
        EvidenceState.DISMISSED: {FlagAct.FIND: EvidenceState.OPEN, **_DECISIONS},
        EvidenceState.CONFIRMED: {FlagAct.FIND: EvidenceState.OPEN, **_DECISIONS},
    },
)


class Asked(NamedTuple):
    """Which flags are meant: with a side in a project or scope, of one code; None leaves it open."""

    project: str | None = None
    scope: str | None = None
    code: str | None = None


class _Captured(Wire, frozen=True, kw_only=True):
    """What photographs and check-ins have in common."""

    captured: records.Capture
    position: Position | None = None
    blob: str | None = None
    place: str = ""


class _Server(Wire, frozen=True, kw_only=True):
    """What the server states about both; a member is empty on records that are older than it."""

    received_at: str
    business_date: str = ""
    by: str = ""
    exchange_offset_ms: int | None = None
    handed_in: records.HandedIn | None = None


class FlagsAnnotation(Annotation, frozen=True, kw_only=True):
    """What this room sets of a photograph or a check-in."""

    of = (records.PhotoServer, records.CheckInServer)

    flags: tuple[EvidenceFlag, ...] | None


def person_of(record: Record) -> str:
    """Return the person id of a capture's author; empty where it is not known."""
    return server_of(record, _Server).by


def moment_of(record: Record) -> datetime | None:
    """Return when a capture claims to have been made, its device's clock corrected; None if it is not readable."""
    captured = values_of(record, _Captured).captured
    return instant(captured.at, captured.clock_offset_ms)


class Around(NamedTuple):
    """What is known of where and by whom a capture was made: its site and fences, and since when its person was there.

    ``granted_at`` is since when the person may write there.
    """

    site: projects.Site | None = None
    fences: tuple[Fence, ...] = ()
    granted_at: datetime | None = None


def claim_of(record: Record, facts: MediaFacts | None, around: Around) -> CaptureClaim:
    """Return a record's claim. A position that proves nothing is not put down as a place to compare with others."""
    values, server = values_of(record, _Captured), server_of(record, _Server)
    captured, fix = values.captured, _wgs84(values.position, around.fences)
    at = instant(captured.at, captured.clock_offset_ms)
    capture = CaptureFacts(
        record=record.id,
        scope=record.scope,
        place=_compared(values.place),
        person=server.by,
        day=server.business_date,
        at=at,
        clock_offset_ms=captured.clock_offset_ms,
        lat=fix.lat if fix else None,
        lon=fix.lon if fix else None,
        accuracy_cm=fix.accuracy_cm if fix else None,
        sha256=values.blob if values.blob is not None and is_sha256(values.blob) else None,
        phash=int(facts.phash, 16) if facts is not None and facts.phash is not None else None,
    )
    received, handed_in = instant(server.received_at), server.handed_in or records.HandedIn()
    assert received is not None  # noqa: S101 - the server wrote it
    return CaptureClaim(
        capture=capture,
        written_at=instant(captured.at),
        received_at=received,
        position=values.position,
        fences=around.fences,
        began=around.site.began if around.site else None,
        zone=around.site.zone if around.site else CHINA,
        exchange_offset_ms=server.exchange_offset_ms,
        granted_at=around.granted_at,
        desk=handed_in.desk,
        enrolled_at=_moment(handed_in.enrolled_at),
        online_at=_moment(handed_in.online_at),
        previous_at=_moment(handed_in.previous_at),
    )


def _compared(place: str) -> str:
    """Return a stake or part without what people write in different ways: width and case of letters, blanks."""
    return "".join(unicodedata.normalize("NFKC", place).casefold().replace("\0", "").split())[:200]


def _moment(text: str | None) -> datetime | None:
    return None if text is None else instant(text)


def _wgs84(position: Position | None, fences: tuple[Fence, ...]) -> Position | None:
    if position is None or geo.doubt_of(position, fences) is not None:
        return None
    return geo.convert(position, Datum.WGS84)


def bands(phash: int) -> tuple[int, ...]:
    """Return the four 16-bit bands of a 64-bit hash, the lowest first."""
    return tuple(phash >> (_BAND_BITS * number) & 0xFFFF for number in range(BANDS))


def near(band: int) -> tuple[int, ...]:
    """Return the bands that differ from ``band`` in at most one bit: 17 of them."""
    return (band, *(band ^ 1 << bit for bit in range(_BAND_BITS)))


def capture_row(scope: str, capture: CaptureFacts) -> dict[str, Any]:
    """Return the columns of a capture in ``scope``."""
    cut = (None,) * BANDS if capture.phash is None else bands(capture.phash)
    return {
        **msgspec.structs.asdict(capture),
        "scope": scope,
        "at": None if capture.at is None else rfc3339(capture.at),
        "phash": None if capture.phash is None else f"{capture.phash:016x}",
        **{f"band{number}": band for number, band in enumerate(cut)},
    }


def capture_of(row: Mapping[str, Any]) -> CaptureFacts:
    """Return the capture in the columns of ``row``."""
    fields = {name: row[name] for name in CaptureFacts.__struct_fields__}
    at, phash = fields["at"], fields["phash"]
    return CaptureFacts(**fields | {"at": at and instant(at), "phash": None if phash is None else int(phash, 16)})


def finding_row(record: str, found: Finding, at: str) -> dict[str, Any]:
    """Return the columns of a finding about ``record``. Found from either of two records, it has the same id."""
    sides = sorted((record, found.other)) if found.other is not None else [record]
    return {
        "id": natural_id("evidence", found.code, *sides),
        "code": found.code,
        "record": sides[0],
        "other": sides[1] if len(sides) > 1 else None,
        "params": msgspec.json.encode(found.params, order="sorted").decode(),
        "state": FLAGS.after(FlagAct.FIND),
        "found_at": at,
    }
