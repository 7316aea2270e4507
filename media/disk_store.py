"""Blobs and parts in a folder: ``blobs/ab/cd/<sha256>``, ``staging/<upload>/<index>.<token>``, ``temporary/``.

A file gets its name only when it is whole, verified and on the disk: written under ``temporary/``, fsynced, renamed
(atomic within one file system, which is why the temporary files live under the same root), its folder fsynced.
"""

import heapq
import itertools
import logging
import os
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

import anyio.to_thread

from media.store import CHUNK_BYTES, Source, Verifier, blocks, checked
from mobile_contract.ids import is_id, is_sha256
from mobile_contract.problems import Refused

log = logging.getLogger("plumbline.media")
T = TypeVar("T")


class DiskStore:
    """Implements ``BlobStore`` and ``PartStaging`` under ``root``, which it makes. Processes may share a root."""

    def __init__(self, root: Path) -> None:
        self._blobs, self._staging, self._temporary = root / "blobs", root / "staging", root / "temporary"
        for folder in (self._blobs, self._staging, self._temporary):
            folder.mkdir(parents=True, exist_ok=True)

    async def put(self, sha256: str, size: int, source: Source) -> None:
        """See ``BlobStore.put``."""
        verifier = Verifier(sha256, size)
        if isinstance(source, bytes | bytearray):  # at hand: one thread does it all
            await _in_thread(self._put, verifier, source, self._path(sha256))
            return

        def write(file: BinaryIO, block: bytes) -> None:
            verifier.update(block)
            file.write(block)

        with self._new_file() as (file, path):
            async for block in blocks(source):
                await _in_thread(write, file, block)
            verifier.finish()
            await _in_thread(_publish, file, path, self._path(sha256), self._blobs)

    async def read(self, sha256: str, start: int = 0, stop: int | None = None) -> AsyncGenerator[bytes]:
        """See ``BlobStore.read``."""
        file: BinaryIO = await _in_thread(self._path(sha256).open, "rb")
        try:
            await _in_thread(file.seek, start)
            left = None if stop is None else max(0, stop - start)
            while piece := await _in_thread(file.read, CHUNK_BYTES if left is None else min(left, CHUNK_BYTES)):
                left = None if left is None else left - len(piece)
                yield piece
        finally:
            file.close()

    async def size(self, sha256: str) -> int | None:
        """See ``BlobStore.size``."""
        path = self._path(sha256)
        try:
            return (await _in_thread(path.stat)).st_size
        except Refused as refusal:
            if refusal.code == "request.not_found":
                return None
            raise

    async def listing(self, after: str, limit: int) -> list[tuple[str, int]]:
        """See ``BlobStore.listing``."""
        return await _in_thread(lambda: list(itertools.islice(_walk(self._blobs, after), limit)))

    async def delete(self, sha256: str) -> None:
        """See ``BlobStore.delete``."""
        await _in_thread(self._path(sha256).unlink, True)

    async def stage(self, upload: str, index: int, token: int, data: bytes) -> None:
        """See ``PartStaging.stage``."""
        await _in_thread(self._keep, data, self._part(upload, index, token), self._staging)

    async def staged(self, upload: str, index: int, token: int) -> bytes:
        """See ``PartStaging.staged``."""
        return await _in_thread(self._part(upload, index, token).read_bytes)

    async def discard(self, upload: str) -> None:
        """See ``PartStaging.discard``."""
        await _in_thread(shutil.rmtree, self._part(upload, 0, 0).parent, True)

    async def waiting(self, after: str, limit: int) -> list[str]:
        """See ``PartStaging.waiting``."""
        return await _in_thread(_names, self._staging, after, limit)

    async def tidy(self, older_seconds: float, limit: int) -> int:
        """See ``PartStaging.tidy``."""
        return await _in_thread(_tidy, self._temporary, time.time() - older_seconds, limit)

    def _put(self, verifier: Verifier, data: bytes | bytearray, target: Path) -> None:
        verifier.update(data)
        verifier.finish()
        self._keep(data, target, self._blobs)

    def _keep(self, data: bytes | bytearray, target: Path, root: Path) -> None:
        with self._new_file() as (file, path):
            file.write(data)
            _publish(file, path, target, root)

    @contextmanager
    def _new_file(self) -> Iterator[tuple[BinaryIO, Path]]:
        """Open a fresh temporary file; it is gone afterwards unless it got a name, also when we are cancelled."""
        try:
            handle, name = tempfile.mkstemp(dir=self._temporary)
        except OSError as error:
            raise _unavailable(error) from error
        file, path = os.fdopen(handle, "wb"), Path(name)
        try:
            yield file, path
        finally:
            with suppress(OSError):  # what is published was flushed; of what is not, nothing is missed
                file.close()
            path.unlink(missing_ok=True)

    def _path(self, sha256: str) -> Path:
        return self._blobs / checked(sha256)[:2] / sha256[2:4] / sha256

    def _part(self, upload: str, index: int, token: int) -> Path:
        if not is_id(upload):
            raise ValueError(f"not an upload id: {upload!r}")
        return self._staging / upload / f"{index}.{token}"


async def _in_thread(work: Callable[..., T], *args: object) -> T:
    try:
        return await anyio.to_thread.run_sync(work, *args)
    except FileNotFoundError as error:
        raise Refused("request.not_found") from error
    except OSError as error:
        raise _unavailable(error) from error


def _unavailable(error: OSError) -> Refused:
    log.warning("the folder store failed: %s", error)
    return Refused("media.store_unavailable")


def _walk(blobs: Path, after: str) -> Iterator[tuple[str, int]]:
    """Return digest and size of what lies under ``ab/cd/<sha256>``, in order, behind ``after``."""
    for first in _sorted(blobs, after[:2]):
        for second in _sorted(blobs / first, after[2:4] if first == after[:2] else ""):
            for name in _sorted(blobs / first / second):
                if name > after and is_sha256(name):
                    with suppress(FileNotFoundError):  # deleted meanwhile
                        yield name, (blobs / first / second / name).stat().st_size


def _sorted(folder: Path, start: str = "") -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name >= start)


def _publish(file: BinaryIO, path: Path, target: Path, root: Path) -> None:
    """Rename a written file to its final name so that a power cut leaves either the whole file or none."""
    file.flush()
    os.fsync(file.fileno())
    new = not target.parent.exists()
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)
    sync_folder(target.parent)
    for folder in target.parent.parents if new else ():
        if folder.is_relative_to(root):
            sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk (fsync)."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _names(folder: Path, after: str, limit: int) -> list[str]:
    with os.scandir(folder) as entries:
        return heapq.nsmallest(limit, (entry.name for entry in entries if entry.name > after))


def _tidy(folder: Path, before: float, limit: int) -> int:
    removed = 0
    for path in folder.iterdir():
        if removed == limit:
            break
        with suppress(FileNotFoundError):  # another process tidies too
            if path.stat().st_mtime < before:
                path.unlink()
                removed += 1
    return removed
