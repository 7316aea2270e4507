"""Bytes, places and what was found out about them."""

from enum import StrEnum

from mobile_contract.base import Wire


class Datum(StrEnum):
    """The geodetic datum a position was given in. CGCS2000 equals WGS84 at the accuracy of a phone."""

    WGS84 = "WGS84"
    GCJ02 = "GCJ02"
    BD09 = "BD09"


class Position(Wire, frozen=True, kw_only=True):
    """A fix as the phone had it: latitude and longitude in 10⁻⁷ degree, accuracy in centimetres (68 %)."""

    lat: int
    lon: int
    datum: Datum
    accuracy_cm: int | None = None
    provider: str | None = None
    mock: bool = False


class Verdict(StrEnum):
    """Where a fix lies relative to a fence, its accuracy counted."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNCERTAIN = "uncertain"  # 无法判断


class Doubt(StrEnum):
    """Why a verdict is uncertain, or a position proves nothing.

    ``nowhere``: 0°, 0°, what programs write that have no fix. ``notFixed``: the receiver itself said so.
    ``otherDatum``: outside as WGS-84, which it claims to be, and inside as GCJ-02 or BD-09, as maps in China give.
    """

    NO_ACCURACY = "noAccuracy"
    CROSSES_EDGE = "crossesEdge"
    NOWHERE = "nowhere"
    NOT_ON_EARTH = "notOnEarth"
    SWAPPED_AXES = "swappedAxes"
    NOT_FIXED = "notFixed"
    MOCK = "mock"
    OTHER_DATUM = "otherDatum"


#: Corners as GeoJSON has them (RFC 7946): longitude, then latitude, and the last is the first again. 10⁻⁷ degree.
Ring = tuple[tuple[int, int], ...]


class Fence(Wire, frozen=True, kw_only=True):
    """A circle, or a polygon; in WGS-84, 10⁻⁷ degree. ``version`` grows with each change.

    A circle has its centre and ``radius_cm``; a polygon its centroid and ``rings``: the outer one, then the holes.
    """

    id: str
    version: int
    lat: int
    lon: int
    radius_cm: int | None = None
    rings: tuple[Ring, ...] = ()


class FenceReading(Wire, frozen=True, kw_only=True):
    """The verdict of one fix against one version of one fence; ``lat`` and ``lon`` are the fix in WGS-84.

    ``distance_cm`` is measured to the centre; ``edge_cm`` to the nearest edge, positive inside and negative outside.
    ``mock`` says that the phone called the fix a made-up one.
    """

    fence: str
    fence_version: int
    verdict: Verdict
    doubt: Doubt | None = None
    mock: bool = False
    distance_cm: int
    edge_cm: int
    lat: int
    lon: int


class Exif(Wire, frozen=True, kw_only=True):
    """What a camera wrote into a file: strangers' words, bounded, never trusted.

    ``taken_at`` and ``changed_at`` (the last change by a camera or an editor) are wall times as written, with an offset
    only if one was written; ``gps_at`` is the satellites' time in UTC. Positions are in 10⁻⁷ degree as written, in the
    ``datum`` that the file names (cameras mostly name none, or WGS-84). ``orientation`` is the tag's number, 1 to 8.
    ``doubt`` says why a position that stands there is none.
    """

    taken_at: str | None = None
    changed_at: str | None = None
    gps_at: str | None = None
    lat: int | None = None
    lon: int | None = None
    datum: str | None = None
    accuracy_cm: int | None = None
    doubt: Doubt | None = None
    make: str | None = None
    model: str | None = None
    software: str | None = None
    orientation: int | None = None


class MediaFacts(Wire, frozen=True, kw_only=True):
    """What the bytes of a file say, found when they arrived.

    ``media_type`` is what the file is, whatever it was declared to be. ``width`` and ``height`` are the pixels of the
    upright picture, or of a video as it is stored; ``frames`` the pictures or pages in the file; ``duration_ms`` the
    length of a recording. ``phash`` is the perceptual hash of the upright picture, 64 bits as 16 hex digits: two
    pictures are alike when few bits differ. ``exif`` is absent where the file carries none. ``problem`` is the code of
    why a file could not be examined; then the other fields hold what could be read all the same.
    """

    media_type: str
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    duration_ms: int | None = None
    phash: str | None = None
    exif: Exif | None = None
    problem: str | None = None


class FileState(StrEnum):
    """How far a cited file has come."""

    EXPECTED = "expected"
    STORED = "stored"


class FileReceipt(Wire, frozen=True, kw_only=True):
    """One line of a record's itemised receipt: the phone deletes its copy only against ``stored``.

    ``problem`` is the code of why a stored file could not be looked at: it is kept, and better taken again.
    ``received`` is how many bytes of it are here and stay: 0, or all ``size`` of them, verified against the digest.
    """

    sha256: str
    state: FileState
    received: int = 0
    size: int | None = None
    verified_at: str | None = None
    problem: str | None = None


class UploadState(StrEnum):
    """Where an upload stands; the header ``Upload-State`` says it too.

    ``verifying``: every byte has arrived and the digest of the whole is being compared. Only ``stored`` has passed.
    """

    RECEIVING = "receiving"
    VERIFYING = "verifying"
    STORED = "stored"
    MISMATCHED = "mismatched"


class Upload(Wire, frozen=True, kw_only=True):
    """An upload as ``GET /v1/uploads`` lists it; the bytes themselves travel by tus 1.0."""

    id: str
    sha256: str
    length: int
    offset: int
    expires_at: str
    state: UploadState = UploadState.RECEIVING


class BlobsAsked(Wire, frozen=True, kw_only=True):
    """A phone asks which of its files it need not send: SHA-256 digests, at most 500."""

    sha256: tuple[str, ...]


class BlobsHeld(Wire, frozen=True, kw_only=True):
    """Those of them that are here and that the caller may read; of others nothing is said."""

    sha256: tuple[str, ...]
