"""Uploads and blobs as values, and the limits on them."""

import mimetypes
import re
from collections.abc import Mapping
from typing import Final

import msgspec

from media.sniff import sniff
from media.upload import Phase, UploadProgress
from mobile_contract.media import Upload, UploadState

#: Requests of one process that bring bytes at the same time; each holds at most one part (8 MiB) in memory.
RECEIVING_AT_ONCE: Final = 64
#: How often what has arrived is made durable where it arrives slowly: what a crash costs, in seconds of sending.
COMMIT_SECONDS: Final = 2
#: …but a commit is followed by so many times what it took, so that a slow store is not kept busy with it.
COMMIT_PAUSE: Final = 10
#: Digests in one question.
HAVE_AT_ONCE: Final = 500
#: Seconds after which a deletion that was begun and not ended is begun again: longer than any request to a store
#: and its repetitions may be under way.
REMOVAL_SECONDS: Final = 600

UNKNOWN_TYPE: Final = "application/octet-stream"
#: What a file can be called: what ``media.sniff`` knows, and of that only what a browser, shown it, does not run.
_CLOSED: Final = {
    "image": frozenset({"jpeg", "png", "webp", "tiff", "heic", "avif"}),
    "audio": frozenset({"ogg", "flac", "amr", "mpeg", "aac", "wav", "mp4", "webm", "3gpp", "x-matroska"}),
    "video": frozenset({"mp4", "quicktime", "3gpp", "webm", "ogg", "x-matroska"}),
    "application": frozenset({"pdf"}),
}


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """An upload as it is stored: what was declared, and where it stands."""

    id: str
    person: str
    sha256: str
    filename: str
    filetype: str
    state: UploadProgress
    project: str = ""


class Blob(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of stored bytes; ``size`` in bytes, ``created_at`` RFC 3339."""

    sha256: str
    size: int
    media_type: str
    created_at: str
    filename: str = ""


def media_type(head: bytes) -> str:
    """Return the media type of a file by its first bytes, whatever was declared."""
    return closed(sniff(head) or UNKNOWN_TYPE)


def closed(media_type: str) -> str:
    """Return a media type if it is on the closed list, else the one that means nothing."""
    family, _, name = media_type.partition("/")
    return media_type if name in _CLOSED.get(family, ()) else UNKNOWN_TYPE


def named(blob: Blob) -> Blob:
    """Return a blob fit to be shown: of a type on the closed list, and named by digest and type if it has no name."""
    kind = closed(blob.media_type)
    filename = blob.filename or blob.sha256[:12] + (mimetypes.guess_extension(kind) or "")
    return msgspec.structs.replace(blob, media_type=kind, filename=filename)


def declared(metadata: Mapping[str, str]) -> tuple[str, str, str]:
    """Return digest, file name and file type of tus metadata; the name without folders and unprintable characters."""
    name = re.split(r"[/\\]", metadata.get("filename", ""))[-1]
    shown = "".join(letter for letter in name if letter.isprintable()).strip(" .")[:200]
    return metadata.get("sha256", ""), shown, metadata.get("filetype", "")[:100].partition(";")[0].strip().lower()


def wire(incoming: Incoming, expires_at: str) -> Upload:
    """Return an upload as the wire has it."""
    return Upload(
        id=incoming.id,
        sha256=incoming.sha256,
        length=incoming.state.length,
        offset=incoming.state.offset,
        expires_at=expires_at,
        state=_STATES.get(incoming.state.phase, UploadState.RECEIVING),
    )


_STATES: Final = {
    Phase.RECEIVED: UploadState.VERIFYING,
    Phase.STORED: UploadState.STORED,
    Phase.MISMATCHED: UploadState.MISMATCHED,
}
