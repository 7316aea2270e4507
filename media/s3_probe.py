"""Asking an S3 service whether it keeps the promises this program builds on, and what else it can do.

Everything is tried, nothing is taken from what the service declares; what is written lies under ``probe/`` and is
removed again. Each try yields the name of a promise and whether it was kept; the caller knows what follows from that.
"""

import base64
import hashlib
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from media.store import Promise
from media.upload import PART_BYTES

#: A clock further off than this has signatures refused at times; at fifteen minutes, always.
SKEW_SECONDS: Final = 60
_SECONDS: Final = 10


class Bucket:
    """A bucket to be examined by a boto3 client; it blocks. ``status`` gives the HTTP status of an error answer."""

    def __init__(
        self, client: Any, bucket: str, prefix: str, ca_file: str, status: Callable[[Exception], int | None]
    ) -> None:
        self._client = client
        self._place = {"Bucket": bucket}
        self._key = f"{prefix}probe/{hashlib.sha256(datetime.now(UTC).isoformat().encode()).hexdigest()[:16]}"
        self._ca_file = ca_file
        self._status = status

    def examine(self) -> tuple[Promise, ...]:
        """Try everything. Raise what the first write raises: without it nothing can be tried."""
        answered = self._client.put_object(**self._place, Key=self._key, Body=b"probe")
        try:
            return tuple(self._try(name, attempt, answered) for name, attempt in _ATTEMPTS.items())
        finally:
            self._client.delete_object(**self._place, Key=self._key)

    def _try(self, name: str, attempt: Callable[["Bucket", Any], str | None], answered: Any) -> Promise:
        try:
            amiss = attempt(self, answered)
        except Exception as error:  # noqa: BLE001 - whatever the service or the way to it does is the finding
            amiss = f"{type(error).__name__}: {error}"[:200]
        return Promise(name=name, kept=amiss is None, seen=amiss or "")

    # -- each returns None, or what was amiss -------------------------------------------------------------------------

    def conditional_put(self, _answered: Any) -> str | None:
        """Put under a key that exists, on condition that it does not; the service must refuse."""
        return self._refused(IfNoneMatch="*")

    def content_md5(self, _answered: Any) -> str | None:
        """Put a body with another's MD5; the service must refuse."""
        return self._refused(ContentMD5=base64.b64encode(bytes(16)).decode())

    def multipart(self, _answered: Any) -> str | None:
        """Send a part, with its MD5, and abort; a wrong MD5 must be refused there too."""
        place = {**self._place, "Key": f"{self._key}-parts"}
        upload = self._client.create_multipart_upload(**place)["UploadId"]
        try:
            self._client.upload_part(**place, UploadId=upload, PartNumber=1, Body=bytes(PART_BYTES))
        finally:
            self._client.abort_multipart_upload(**place, UploadId=upload)
        left = self._client.list_multipart_uploads(**self._place, Prefix=place["Key"]).get("Uploads", ())
        return "an aborted upload is still listed" if left else None

    def listing(self, _answered: Any) -> str | None:
        """List what was just written."""
        found = self._client.list_objects_v2(**self._place, Prefix=self._key).get("Contents", ())
        return None if [item["Key"] for item in found] == [self._key] else "what was just written is not listed"

    def signed_address(self, _answered: Any) -> str | None:
        """Fetch by a signed address, with a type that was signed along; a changed one must be refused."""
        wanted = {**self._place, "Key": self._key, "ResponseContentType": "image/x-probe"}
        link = self._client.generate_presigned_url("get_object", wanted, 60)
        with self._fetch(link) as answer:
            if answer.read() != b"probe" or answer.headers["Content-Type"] != "image/x-probe":
                return "other bytes, or another type than was signed"
        try:
            self._fetch(link.replace("x-probe", "x-other")).close()
        except urllib.error.HTTPError as error:
            return None if error.code == 403 else f"answered {error.code} to a changed address"
        return "a changed address was accepted"

    def private(self, _answered: Any) -> str | None:
        """Fetch without a signature; the service must refuse."""
        link = self._client.generate_presigned_url("get_object", {**self._place, "Key": self._key}, 60)
        try:
            self._fetch(link.partition("?")[0]).close()
        except urllib.error.HTTPError:
            return None
        return "the bucket can be read without credentials"

    def versioning(self, _answered: Any) -> str | None:
        """Ask whether the bucket keeps versions of what is deleted or overwritten."""
        state = self._client.get_bucket_versioning(**self._place).get("Status", "never enabled")
        return None if state == "Enabled" else state

    def lifecycle(self, _answered: Any) -> str | None:
        """Look for a bucket rule that removes the parts of incomplete uploads."""
        try:
            rules = self._client.get_bucket_lifecycle_configuration(**self._place)["Rules"]
        except Exception as error:
            if self._status(error) == 404:
                return "no rules"
            raise
        cleared = any("AbortIncompleteMultipartUpload" in rule and rule["Status"] == "Enabled" for rule in rules)
        return None if cleared else "no rule aborts incomplete uploads"

    def clock(self, answered: Mapping[str, Any]) -> str | None:
        """Compare the service's clock with this machine's, in seconds."""
        shown = parsedate_to_datetime(answered["ResponseMetadata"]["HTTPHeaders"]["date"])
        apart = abs((datetime.now(UTC) - shown).total_seconds())
        return None if apart <= SKEW_SECONDS else f"{apart:.0f} s apart"

    def tls(self, _answered: Any) -> str | None:
        """Check that the endpoint is HTTPS. Its certificate was verified by each call before."""
        return None if self._client.meta.endpoint_url.startswith("https://") else self._client.meta.endpoint_url

    def _refused(self, **condition: Any) -> str | None:
        try:
            self._client.put_object(**self._place, Key=self._key, Body=b"probe", **condition)
        except Exception as error:
            status = self._status(error)
            if status is None:
                raise
            return None if status in (400, 412) else f"answered {status}"
        return "accepted"

    def _fetch(self, link: str) -> Any:
        context = ssl.create_default_context(cafile=self._ca_file or None) if link.startswith("https://") else None
        return urllib.request.urlopen(link, timeout=_SECONDS, context=context)  # noqa: S310 - the service's address


_ATTEMPTS: Final[Mapping[str, Callable[[Bucket, Any], str | None]]] = {
    "conditional put": Bucket.conditional_put,
    "content-md5": Bucket.content_md5,
    "multipart": Bucket.multipart,
    "listing": Bucket.listing,
    "signed address": Bucket.signed_address,
    "private": Bucket.private,
    "versioning": Bucket.versioning,
    "lifecycle": Bucket.lifecycle,
    "clock": Bucket.clock,
    "tls": Bucket.tls,
}
