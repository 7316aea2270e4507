"""The reference phone's network: the exchange by HTTP, and files by tus 1.0."""

import base64
import gzip
import hashlib
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import httpx
import msgspec

from mobile_contract.media import BlobsAsked, BlobsHeld, FileState
from mobile_contract.problems import ProblemDetails
from server.fieldphone.storage import SqliteStorage
from sync.ports import ReplicaClosed, Unreachable, Unreadable

CHUNK = 64 * 1024
#: Digests in one question about which files are there.
HAVE_AT_ONCE = 500
#: Seconds it waits at most when the server asks it to come back later; then it gives up for this time.
PATIENCE = 10
#: Seconds of silence after which a wake-up connection counts as dead: three heartbeats.
WAKE_TIMEOUT = 45.0
_TUS = {"Tus-Resumable": "1.0.0"}


class HttpTransport:
    """Implements ``sync.ports.Transport`` against a server's base URL, authenticated by an access token."""

    def __init__(self, url: str, token: str, timeout: float = 30.0) -> None:
        self.client = httpx.Client(
            base_url=url, timeout=timeout, headers={"Authorization": f"Bearer {token}", "Accept-Language": "zh-CN"}
        )

    def exchange(self, body: bytes) -> bytes:
        """Send a ``SyncRequest``, gzip-compressed, and give the answer's bytes."""
        return self._post("/v1/sync", body)

    def buckets(self, body: bytes) -> bytes:
        """Send a ``BucketsAsked`` and give the answer's bytes."""
        return self._post("/v1/sync/buckets", body)

    def wake_ups(self) -> Generator[None]:
        """Wait on the wake-up channel: gives something each time there is something to fetch, until the link breaks."""
        try:
            with self.client.stream("GET", "/v1/wake", timeout=WAKE_TIMEOUT) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise Unreachable(f"{answer.status_code} on the wake-up channel")
                for line in answer.iter_lines():
                    if line == "event: wake":
                        yield
        except httpx.HTTPError as error:
            raise Unreachable(repr(error)) from error

    def _post(self, path: str, body: bytes) -> bytes:
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        packed = gzip.compress(body, 6, mtime=0)
        try:
            answer = self.client.post(path, content=packed, headers=headers)
            if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                time.sleep(min(int(answer.headers.get("Retry-After", "1")), PATIENCE))
                answer = self.client.post(path, content=packed, headers=headers)
        except httpx.HTTPError as error:
            raise Unreachable(repr(error)) from error
        if answer.status_code == httpx.codes.GONE and _code(answer) == "identity.device_wiped":
            raise ReplicaClosed(answer.text)
        if answer.status_code in (400, 413, 422):
            raise Unreadable(answer.text)
        if answer.status_code != httpx.codes.OK:
            raise Unreachable(f"{answer.status_code}: {answer.text[:500]}")
        return answer.content

    def close(self) -> None:
        """Close the connections."""
        self.client.close()


def _code(answer: httpx.Response) -> str:
    """Return the code of a problem, so that nothing is wiped because some proxy on the way says 410."""
    try:
        return msgspec.json.decode(answer.content, type=ProblemDetails).code
    except msgspec.DecodeError:
        return ""


_NOT_TRUSTED = ("identity.device_revoked", "identity.quarantine_full")


class Cut(Exception):
    """The link was cut on purpose."""


class NotTaken(Unreachable):
    """The server takes no such file of a device that it trusts no more."""


class FileSender:
    """Sends the files a phone keeps, each from the byte that the server says is durable.

    ``cut`` is asked after each chunk with (digest, offset this sending began at, offset reached); raising :class:`Cut`
    there drops the link in the middle of the body, as a tunnel or an empty battery does.
    """

    def __init__(
        self, storage: SqliteStorage, client: httpx.Client, cut: Callable[[str, int, int], None] | None = None
    ) -> None:
        self._storage = storage
        self._client = client
        self._cut = cut or (lambda _sha256, _start, _reached: None)

    def send_all(self, now: Callable[[], str]) -> int:
        """Send every file not yet sent; the number sent. Raises ``Unreachable`` at the first that fails.

        One that is not taken holds up no other: :class:`NotTaken` is raised when all the others were sent.
        """
        sent, refused = 0, None
        there = self._there()
        for sha256, path, name, media_type, upload in self._storage.files_to_send():
            if sha256 in there:
                self._storage.file_sent(sha256, now())
                continue
            try:
                address = upload or self._create(sha256, path, name, media_type)
                self._send(sha256, path, address)
            except NotTaken as error:
                refused = error
                continue
            except (httpx.HTTPError, Cut) as error:
                raise Unreachable(repr(error)) from error
            self._storage.file_sent(sha256, now())
            sent += 1
        if refused is not None:
            raise refused
        return sent

    def _there(self) -> set[str]:
        """Ask which files need not be sent. Those that a receipt expects must be: the citation waits for them."""
        expected = {sha256 for sha256, said in self._storage.file_receipts().items() if FileState.EXPECTED in said}
        fresh = [one[0] for one in self._storage.files_to_send() if one[4] is None and one[0] not in expected]
        found: set[str] = set()
        for start in range(0, len(fresh), HAVE_AT_ONCE):
            body = msgspec.json.encode(BlobsAsked(sha256=tuple(fresh[start : start + HAVE_AT_ONCE])))
            try:
                answer = self._client.post("/v1/blobs/have", content=body)
            except httpx.HTTPError as error:
                raise Unreachable(repr(error)) from error
            if answer.status_code == httpx.codes.OK:  # else nothing is known, and sending is always right
                found.update(msgspec.json.decode(answer.content, type=BlobsHeld).sha256)
        return found

    def _create(self, sha256: str, path: Path, name: str, media_type: str) -> str:
        pairs = {"sha256": sha256, "filename": name, "filetype": media_type}
        metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())
        headers = {**_TUS, "Upload-Length": str(path.stat().st_size), "Upload-Metadata": metadata}
        answer = self._client.post("/v1/uploads", headers=headers)
        if answer.status_code != httpx.codes.CREATED:
            kind = NotTaken if _code(answer) in _NOT_TRUSTED else Unreachable
            raise kind(f"{answer.status_code}: {answer.text[:500]}")
        self._storage.uploading(sha256, answer.headers["Location"])
        return str(answer.headers["Location"])

    def _send(self, sha256: str, path: Path, address: str) -> None:
        asked = self._client.head(address, headers=_TUS)
        if asked.status_code in (404, 410, 460):
            self._storage.uploading(sha256, None)
            raise Unreachable(f"the upload is gone ({asked.status_code}); it is created again next time")
        offset = int(asked.headers["Upload-Offset"])
        size = path.stat().st_size
        if offset == size:
            return
        headers = {
            **_TUS,
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(size - offset),
        }
        answer = self._client.patch(address, headers=headers, content=self._chunks(sha256, path, offset))
        if answer.status_code != httpx.codes.NO_CONTENT:
            raise Unreachable(f"{answer.status_code}: {answer.text[:500]}")

    def _chunks(self, sha256: str, path: Path, offset: int) -> Iterator[bytes]:
        with path.open("rb") as file:
            file.seek(offset)
            while chunk := file.read(CHUNK):
                yield chunk
                self._cut(sha256, offset, file.tell())


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
