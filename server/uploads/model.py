"""Uploads and blobs as values, and the limits on them."""

import mimetypes
import re
from collections.abc import Mapping
from typing import Final

import msgspec

from media.sniff import sniff
from media.upload import Phase, State
from mobile_contract.media import Upload, UploadState

#: Unfinished uploads one person may have.
OPEN_UPLOADS: Final = 1000
#: Requests of one process that bring bytes at the same time; each holds at most one part (8 MiB) in memory.
RECEIVING_AT_ONCE: Final = 64
#: How often what has arrived is made durable where it arrives slowly: what a crash costs, in seconds of sending.
COMMIT_SECONDS: Final = 2
#: …but a commit is followed by so many times what it took, so that a slow store is not kept busy with it.
COMMIT_PAUSE: Final = 10
#: Digests in one question.
HAVE_AT_ONCE: Final = 500
#: Seconds after which a deletion that somebody began and did not end is begun again: longer than any request to a store
#: and its repetitions may be under way.
REMOVAL_SECONDS: Final = 600

UNKNOWN_TYPE: Final = "application/octet-stream"
#: Types that a client is believed about, because showing them runs nothing. The others are read from the bytes.
_BELIEVED = re.compile(r"(?:audio|video)/[a-z0-9][a-z0-9.+-]{0,60}")


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """An upload as it is stored: what was declared, and where it stands."""

    id: str
    person: str
    sha256: str
    filename: str
    filetype: str
    state: State


class Blob(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of stored bytes; ``size`` in bytes, ``created_at`` RFC 3339."""

    sha256: str
    size: int
    media_type: str
    created_at: str
    filename: str = ""


def media_type(head: bytes, declared: str) -> str:
    """Say what a file is: from its first bytes, else as declared where that is harmless, else unknown."""
    return sniff(head) or (declared if _BELIEVED.fullmatch(declared) else UNKNOWN_TYPE)


def named(blob: Blob) -> Blob:
    """Give a blob that nobody named a file name by its digest and type."""
    if blob.filename:
        return blob
    return msgspec.structs.replace(blob, filename=blob.sha256[:12] + (mimetypes.guess_extension(blob.media_type) or ""))


def declared(metadata: Mapping[str, str]) -> tuple[str, str, str]:
    """Take digest, file name and file type from tus metadata; the name loses folders and what cannot be shown."""
    name = re.split(r"[/\\]", metadata.get("filename", ""))[-1]
    shown = "".join(letter for letter in name if letter.isprintable())[:200]
    return metadata.get("sha256", ""), shown, metadata.get("filetype", "")[:100].lower()


def wire(incoming: Incoming, expires_at: str) -> Upload:
    """Put an upload on the wire."""
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
