"""Blobs and parts in an S3 bucket: the only module that knows boto3.

Built on two promises of the service and no more: ``If-None-Match: *`` (of two racing puts one wins; the other's bytes
are the same anyway) and ``Content-MD5`` (a body damaged on the way is refused). boto3 blocks, so every call runs in a
thread under this store's own limiter. A blob below :data:`PART_BYTES` is one PutObject; above, a multipart upload
of equal parts, completed only when the digest of the whole agrees.
"""

import base64
import hashlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

import anyio
import anyio.to_thread
import boto3
import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from media.s3_probe import Bucket
from media.store import CHUNK_BYTES, Promise, Source, Verifier, blocks, checked
from media.upload import PART_BYTES
from mobile_contract.ids import is_id, is_sha256
from mobile_contract.problems import Refused

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client
    from types_boto3_s3.type_defs import CompletedPartTypeDef

log = logging.getLogger("plumbline.media")
T = TypeVar("T")

_PRECONDITION_FAILED: Final = 412
_RANGE_NOT_SATISFIABLE: Final = 416


class S3Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach the bucket. Without keys boto3 looks where it always looks (environment, instance role).

    ``public_endpoint`` is where phones reach the same service, if elsewhere. ``sign_payload`` makes the signature cover
    the body: without it a swapped body was stored. ``threads`` is also the number of connections. ``prefix`` lets
    several installations share a bucket.
    """

    endpoint: str
    bucket: str
    public_endpoint: str = ""
    region: str = "us-east-1"
    access_key: str = ""
    secret_key: str = ""
    ca_file: str = ""
    prefix: str = ""
    sign_payload: bool = True
    threads: int = 16
    connect_timeout_seconds: int = 5
    read_timeout_seconds: int = 60
    attempts: int = 3


class _Answered(Exception):
    """The service answered with an error that has a meaning here: the HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class S3Store:
    """Implements ``BlobStore``, ``PartStaging`` and ``Probes``. The bucket must exist."""

    def __init__(self, settings: S3Settings) -> None:
        self._bucket, self._prefix = settings.bucket, settings.prefix
        self._client = _client(settings)
        self._public = _client(
            msgspec.structs.replace(settings, endpoint=settings.public_endpoint or settings.endpoint)
        )
        self._ca_file = settings.ca_file
        self._limiter = anyio.CapacityLimiter(settings.threads)

    async def put(self, sha256: str, size: int, source: Source) -> None:
        """See ``BlobStore.put``."""
        verifier = Verifier(sha256, size)
        if size >= PART_BYTES and await self.size(sha256) != size:
            await self._put_parts(self._blob(sha256), blocks(source, PART_BYTES), verifier)
            return
        body: bytes | bytearray = b""
        if size < PART_BYTES and isinstance(source, bytes | bytearray):
            body = source
            await self._run(verifier.update, body)
        else:
            async for block in blocks(source, PART_BYTES):
                await self._run(verifier.update, block)
                body = block
        verifier.finish()
        if size < PART_BYTES:  # else it is there already, and what came agrees with it
            await self._put_object(self._blob(sha256), body, if_none_match=True)

    async def read(self, sha256: str, start: int = 0, stop: int | None = None) -> AsyncGenerator[bytes]:
        """See ``BlobStore.read``."""
        key = self._blob(sha256)
        if stop is not None and stop <= start:
            return
        wanted = {} if start == 0 and stop is None else {"Range": f"bytes={start}-{'' if stop is None else stop - 1}"}
        try:
            body = (await self._run(self._client.get_object, Bucket=self._bucket, Key=key, **wanted))["Body"]
        except _Answered as answer:
            if answer.status == _RANGE_NOT_SATISFIABLE:
                return
            raise _refusal(answer) from answer
        try:
            while piece := await self._run(body.read, CHUNK_BYTES):
                yield piece
        finally:
            body.close()

    async def size(self, sha256: str) -> int | None:
        """See ``BlobStore.size``."""
        try:
            head = await self._run(self._client.head_object, Bucket=self._bucket, Key=self._blob(sha256))
        except _Answered as answer:
            if answer.status == 404:
                return None
            raise _refusal(answer) from answer
        return head["ContentLength"]

    async def link(self, sha256: str, seconds: int, media_type: str, disposition: str) -> str:
        """See ``Links.link``. The headers of the answer are part of what is signed."""
        wanted = {
            "Bucket": self._bucket,
            "Key": self._blob(sha256),
            "ResponseContentType": media_type,
            "ResponseContentDisposition": disposition,
            "ResponseCacheControl": "private, max-age=31536000, immutable",
        }
        return await self._run(self._public.generate_presigned_url, "get_object", wanted, seconds)

    async def listing(self, after: str, limit: int) -> list[tuple[str, int]]:
        """See ``BlobStore.listing``."""
        try:
            return await self._run(self._listing, after, limit)
        except _Answered as answer:
            raise _refusal(answer) from answer

    async def delete(self, sha256: str) -> None:
        """See ``BlobStore.delete``."""
        await self._delete(self._blob(sha256))

    async def stage(self, upload: str, index: int, token: int, data: bytes) -> None:
        """See ``PartStaging.stage``."""
        await self._put_object(f"{self._folder(upload)}{index}.{token}", bytes(data), if_none_match=False)

    async def staged(self, upload: str, index: int, token: int) -> bytes:
        """See ``PartStaging.staged``."""
        return await self._answer(self._get, f"{self._folder(upload)}{index}.{token}")

    async def discard(self, upload: str) -> None:
        """See ``PartStaging.discard``."""
        for key in await self._run(self._keys, self._folder(upload)):
            await self._delete(key)

    async def waiting(self, after: str, limit: int) -> list[str]:
        """See ``PartStaging.waiting``."""
        folder = f"{self._prefix}staging/"
        behind = {"StartAfter": f"{folder}{after}0"} if after else {}  # 0 comes after /, and so after all its parts
        place = {"Bucket": self._bucket, "Prefix": folder, "Delimiter": "/", "MaxKeys": min(limit, 1000)}
        found = await self._answer(self._client.list_objects_v2, **place, **behind)
        return [one["Prefix"][len(folder) : -1] for one in found.get("CommonPrefixes", ())]

    async def tidy(self, older_seconds: float, limit: int) -> int:
        """See ``PartStaging.tidy``: aborts multipart uploads, whose parts are stored and paid for, and never seen."""
        place = {"Bucket": self._bucket, "Prefix": f"{self._prefix}blobs/"}
        before = datetime.now(UTC) - timedelta(seconds=older_seconds)
        removed = 0
        while removed < limit:
            found = await self._answer(self._client.list_multipart_uploads, **place)
            old = [one for one in found.get("Uploads", ()) if one["Initiated"] < before][: limit - removed]
            for one in old:
                with suppress(_Answered):  # 404: its writer completed or aborted it meanwhile
                    await self._run(
                        self._client.abort_multipart_upload,
                        Bucket=self._bucket, Key=one["Key"], UploadId=one["UploadId"],
                    )  # fmt: skip
            removed += len(old)
            if not found.get("IsTruncated"):
                break
            place |= {"KeyMarker": found["NextKeyMarker"], "UploadIdMarker": found["NextUploadIdMarker"]}
        return removed

    async def probe(self) -> tuple[Promise, ...]:
        """See ``Probes.probe``."""
        bucket = Bucket(self._client, self._bucket, self._prefix, self._ca_file, _status)
        return await self._answer(bucket.examine)

    async def _put_object(self, key: str, body: bytes | bytearray, *, if_none_match: bool) -> None:
        md5 = _md5(body)
        condition = {"IfNoneMatch": "*"} if if_none_match else {}
        try:
            await self._run(
                self._client.put_object, Bucket=self._bucket, Key=key, Body=body, ContentMD5=md5, **condition
            )
        except _Answered as answer:
            if not (if_none_match and answer.status == _PRECONDITION_FAILED):  # 412: already there, which is as good
                raise _refusal(answer) from answer

    async def _put_parts(self, key: str, parts: AsyncIterator[bytes], verifier: Verifier) -> None:
        place = {"Bucket": self._bucket, "Key": key}
        done: list[CompletedPartTypeDef] = []
        try:
            opened = await self._run(self._client.create_multipart_upload, **place)
            place["UploadId"] = opened["UploadId"]
            try:
                async for part in parts:
                    await self._run(verifier.update, part)
                    md5 = await self._run(_md5, part)
                    sent = await self._run(
                        self._client.upload_part, **place, PartNumber=len(done) + 1, Body=part, ContentMD5=md5
                    )
                    done.append({"PartNumber": len(done) + 1, "ETag": sent["ETag"]})
                verifier.finish()
                await self._run(self._client.complete_multipart_upload, **place, MultipartUpload={"Parts": done})
            except BaseException:
                # should this fail too, the bucket's rule for incomplete uploads removes the parts
                with anyio.CancelScope(shield=True), suppress(_Answered, Refused):
                    await self._run(self._client.abort_multipart_upload, **place)
                raise
        except _Answered as answer:
            raise _refusal(answer) from answer

    async def _delete(self, key: str) -> None:
        try:
            await self._run(self._client.delete_object, Bucket=self._bucket, Key=key)
        except _Answered as answer:
            if answer.status != 404:
                raise _refusal(answer) from answer

    def _get(self, key: str) -> bytes:
        return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def _listing(self, after: str, limit: int) -> list[tuple[str, int]]:
        folder = f"{self._prefix}blobs/"
        found: list[tuple[str, int]] = []
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket,
            Prefix=folder,
            StartAfter=f"{folder}{after[:2]}/{after}",
            PaginationConfig={"PageSize": min(limit, 1000)},
        )
        for page in pages:
            items = [(item["Key"].rpartition("/")[2], item["Size"]) for item in page.get("Contents", ())]
            found += [(name, size) for name, size in items if is_sha256(name)]
            if len(found) >= limit:
                break
        return found[:limit]

    def _keys(self, prefix: str) -> list[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", ())]

    async def _answer(self, work: Callable[..., T], *args: object, **named: object) -> T:
        """Run as ``_run`` does, where no error answer has a meaning of its own."""
        try:
            return await self._run(work, *args, **named)
        except _Answered as answer:
            raise _refusal(answer) from answer

    async def _run(self, work: Callable[..., T], *args: object, **named: object) -> T:
        """Run blocking ``work`` in a thread. An error answer becomes ``_Answered``; silence a refusal."""
        try:
            return await anyio.to_thread.run_sync(lambda: work(*args, **named), limiter=self._limiter)
        except ClientError as error:
            raise _Answered(int(error.response["ResponseMetadata"]["HTTPStatusCode"])) from error
        except (BotoCoreError, HTTPError, OSError) as error:
            log.warning("the S3 service failed: %s", error)
            raise Refused("media.store_unavailable") from error

    def _blob(self, sha256: str) -> str:
        return f"{self._prefix}blobs/{checked(sha256)[:2]}/{sha256}"

    def _folder(self, upload: str) -> str:
        if not is_id(upload):
            raise ValueError(f"not an upload id: {upload!r}")
        return f"{self._prefix}staging/{upload}/"


def _md5(body: bytes | bytearray) -> str:
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def _status(error: Exception) -> int | None:
    """Return the HTTP status of a service's error answer."""
    if not isinstance(error, ClientError):
        return None
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])


def _refusal(answer: _Answered) -> Refused:
    if answer.status == 404:
        return Refused("request.not_found")
    log.warning("the S3 service answered %s: %s", answer.status, answer.__cause__)
    return Refused("media.store_unavailable")


def _client(settings: S3Settings) -> "S3Client":
    """Return the client. Checksums only where required: sent as trailers over TLS, several services refuse them."""
    return boto3.session.Session().client(
        "s3",
        endpoint_url=settings.endpoint or None,
        region_name=settings.region,
        aws_access_key_id=settings.access_key or None,
        aws_secret_access_key=settings.secret_key or None,
        verify=settings.ca_file or None,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path", "payload_signing_enabled": settings.sign_payload},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            max_pool_connections=settings.threads,
            connect_timeout=settings.connect_timeout_seconds,
            read_timeout=settings.read_timeout_seconds,
            retries={"max_attempts": settings.attempts, "mode": "standard"},
        ),
    )
