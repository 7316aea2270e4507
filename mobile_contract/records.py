"""The kinds of record there are: what their ``values`` hold (ops may set) and what ``server`` holds (ops may not)."""

from enum import StrEnum
from typing import Any

from mobile_contract.base import Wire
from mobile_contract.conflicts import Removed
from mobile_contract.evidence import EvidenceFlag
from mobile_contract.media import FenceReading, FileReceipt, Position
from mobile_contract.reviews import ReportReview
from mobile_contract.states import ParkedOpState, ScanState
from mobile_contract.sync import FieldFlag
from mobile_contract.values import Values


class Kind(StrEnum):
    """The name of each kind as it stands in ops and feed entries."""

    REPORT = "report"
    PHOTO = "photo"
    CHECK_IN = "checkIn"
    SCAN = "scan"
    EXTRACTION = "extraction"
    FORM = "form"
    VOCABULARY = "vocabulary"
    CONFLICT = "conflict"
    PARKED = "parked"


class Capture(Wire, frozen=True, kw_only=True):
    """When a thing was captured: the device's wall time with offset (RFC 3339), and what was known of its error.

    ``clock_offset_ms`` is server time minus device time as the phone last measured it at an exchange.
    """

    at: str
    clock_offset_ms: int | None = None


class HandedIn(Wire, frozen=True, kw_only=True):
    """How a capture was handed in, where that speaks against its time; moments are those of the server.

    ``desk``: by a session at the desk, on no enrolled phone. ``enrolled_at``: when its phone was enrolled, if later.
    ``online_at``: when its phone had last handed in what it had until then, without this, if later. ``previous_at``:
    when, by its own clock, its phone wrote what it wrote before this, if later.
    """

    desk: bool = False
    enrolled_at: str | None = None
    online_at: str | None = None
    previous_at: str | None = None


class CheckInValues(Wire, frozen=True, kw_only=True):
    """A person was at a place (append-only)."""

    captured: Capture
    position: Position
    note: str = ""


class CheckInServer(Wire, frozen=True, kw_only=True):
    """Who checked in, the site's day it belongs to, the fence verdict, and the flags for review.

    ``exchange_offset_ms``: server time minus the phone's at the exchange that brought it, where the capture said
    another.
    """

    received_at: str
    business_date: str
    by: str | None = None
    exchange_offset_ms: int | None = None
    handed_in: HandedIn | None = None
    fence: FenceReading | None = None
    flags: tuple[EvidenceFlag, ...] = ()


class PhotoValues(Wire, frozen=True, kw_only=True):
    """A photograph (append-only); ``place`` is a stake or part, e.g. ``K0+620``."""

    blob: str
    captured: Capture
    file_name: str = ""
    position: Position | None = None
    place: str = ""
    note: str = ""
    report: str | None = None


class PhotoServer(Wire, frozen=True, kw_only=True):
    """Who took a photograph, the site's day, the receipt of its bytes, and the flags for review.

    ``watermarked`` is the SHA-256 of the captioned copy (水印照片), to be had at ``/v1/photos/<id>/watermarked``.
    ``exchange_offset_ms``: server time minus the phone's at the exchange that brought it, where the capture said
    another.
    """

    received_at: str
    business_date: str
    by: str | None = None
    exchange_offset_ms: int | None = None
    handed_in: HandedIn | None = None
    files: tuple[FileReceipt, ...] = ()
    flags: tuple[EvidenceFlag, ...] = ()
    watermarked: str | None = None


class ReportValues(Wire, frozen=True, kw_only=True):
    """A filled form. ``fields`` is flat by field name; a repeat is ``{rowId: {name: value}}``.

    ``reason`` says why a signed report is amended; it is set together with the amendment.
    """

    form: str
    form_version: int
    fields: Values
    reason: str | None = None


class SignedVersion(Wire, frozen=True, kw_only=True):
    """A version that was signed; ``values`` is what was signed, and its digest is the record's at that moment."""

    version: int
    digest: str
    by: str
    at: str
    values: Values


class Late(Wire, frozen=True, kw_only=True):
    """A report was written late (补录), never because it came late: ``written_at`` by its writer's corrected clock.

    ``minutes`` have passed since its day – its night shift – was over.
    """

    written_at: str
    minutes: int


class ValueChange(Wire, frozen=True, kw_only=True, omit_defaults=False):
    """One field, or one cell of one row, that differs between two versions; ``null``: there was none."""

    path: str
    before: Any = None
    after: Any = None


class VersionChanges(Wire, frozen=True, kw_only=True):
    """What changed in a record from one signed version to another; ``until`` 0: to the values as they are now."""

    record: str
    since: int
    until: int
    changes: tuple[ValueChange, ...]


class ReportServer(Wire, frozen=True, kw_only=True):
    """What the server says of a report. The last of ``signed`` is in force; later edits are a draft amendment.

    ``extraction`` is what a report was made of whose source is ``scan``: the page, the readings and who confirmed them.
    ``removed`` are rows that were removed lately, the latest last. ``field_flags`` are values that are kept although
    the form does not admit them, the first 100. ``deleted_by`` is the person who deleted it, while it is deleted.
    """

    received_at: str
    open_conflicts: tuple[str, ...] = ()
    removed: tuple[Removed, ...] = ()
    deleted_by: str | None = None
    field_flags: tuple[FieldFlag, ...] = ()
    signed: tuple[SignedVersion, ...] = ()
    source: str = "phone"
    late: Late | None = None
    extraction: str | None = None
    review: ReportReview | None = None
    files: tuple[FileReceipt, ...] = ()


class ArrangedPage(Wire, frozen=True, kw_only=True):
    """A page of a scan that a person arranged: page ``page`` of the file ``file``, both from 0.

    It is turned by ``turn`` degrees clockwise (90, 180, 270) from how the machine would lay it.
    """

    file: int
    page: int = 0
    turn: int = 0


class ScanValues(Wire, frozen=True, kw_only=True):
    """Pages of paper, in order, each a blob (append-only).

    A clerk arranges pages anew by making a scan of them: ``arranged`` are its pages, in the files ``pages``, and
    ``sources`` the scans that they are from. ``form`` and ``form_version`` are what a person says the paper is.
    """

    pages: tuple[str, ...]
    captured: Capture
    note: str = ""
    arranged: tuple[ArrangedPage, ...] = ()
    sources: tuple[str, ...] = ()
    form: str | None = None
    form_version: int | None = None


class ScanRejection(Wire, frozen=True, kw_only=True):
    """Who put a scan aside, when, and why."""

    by: str
    at: str
    reason: str


class ScanServer(Wire, frozen=True, kw_only=True):
    """How far a scan has come: ``waiting`` for bytes, ``queued``, ``read`` or ``failed`` (with a problem code).

    ``pages_read`` of ``pages`` are done while it is read; a file of many pages counts as one until it is opened. ``by``
    is who brought it. ``counts`` are the pages of each file. ``into`` are the scans that its pages went into.
    """

    received_at: str
    state: ScanState
    by: str | None = None
    files: tuple[FileReceipt, ...] = ()
    extraction: str | None = None
    problem: str | None = None
    pages: int | None = None
    pages_read: int | None = None
    counts: tuple[int, ...] = ()
    into: tuple[str, ...] = ()
    rejected: ScanRejection | None = None


class ParkedValues(Wire, frozen=True, kw_only=True):
    """An op kept whole because it could not be applied. ``op`` is it verbatim; ``raw`` base64 when it was no JSON.

    ``state`` is ``waiting``, ``applied`` or ``discarded``; ``code`` is why it is parked, ``result`` the code with which
    it was applied. Without ``settled_by`` no person settled it: the record that it waited for came. ``applied_op`` is
    the id of the corrected op that was applied in its place.
    """

    op_id: str | None = None
    code: str
    detail: str = ""
    op: Any = None
    raw: str | None = None
    state: ParkedOpState = ParkedOpState.WAITING
    result: str | None = None
    settled_by: str | None = None
    settled_at: str | None = None
    reason: str | None = None
    applied_op: str | None = None


class ParkedServer(Wire, frozen=True, kw_only=True):
    """Who sent a parked op, under which replica, when it came, and the receipts of the files that it names."""

    received_at: str
    by: str
    replica: str
    files: tuple[FileReceipt, ...] = ()


class VocabularyServer(Wire, frozen=True, kw_only=True):
    """When a list of a project was first put on the feed."""

    received_at: str
