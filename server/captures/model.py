"""What this room sets of what the server says of photographs and check-ins."""

from typing import ClassVar

from msgspec import UNSET, UnsetType

from mobile_contract.base import Wire
from mobile_contract.evidence import EvidenceFlag
from mobile_contract.media import FenceReading
from mobile_contract.records import CheckInServer, HandedIn, PhotoServer
from server.replication import Annotation


class CaptureAnnotation(Annotation, frozen=True, kw_only=True):
    """What photographs and check-ins have in common."""

    of: ClassVar[tuple[type[Wire], ...]] = (PhotoServer, CheckInServer)

    business_date: str | UnsetType = UNSET
    by: str | UnsetType = UNSET
    exchange_offset_ms: int | UnsetType = UNSET
    handed_in: HandedIn | UnsetType = UNSET
    flags: tuple[EvidenceFlag, ...] | UnsetType = UNSET


class PhotoAnnotation(CaptureAnnotation, frozen=True, kw_only=True):
    """What is set of a photograph."""

    of = (PhotoServer,)

    watermarked: str | UnsetType | None = UNSET


class CheckInAnnotation(CaptureAnnotation, frozen=True, kw_only=True):
    """What is set of a check-in."""

    of = (CheckInServer,)

    fence: FenceReading | UnsetType = UNSET
