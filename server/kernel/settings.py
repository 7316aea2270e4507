"""Every setting, once, with its default and meaning: read from a TOML file, then from the environment.

``PLUMBLINE_CONFIG`` names the file; ``PLUMBLINE_<NAME>`` overrides a single setting. The README's table is tested
against this page.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from media.caps import CAPS
from mobile_contract.sync import MINIMUM_LIMITS, Limits

#: A thumbnail is no longer than this.
MAX_SIDE = 2048

#: The name of a model: one folder, nowhere else.
Model = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]


def _about(sentence: str) -> msgspec.Meta:
    return msgspec.Meta(description=sentence)


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator can turn."""

    data_dir: Annotated[str, _about("folder of the embedded mode: database, blobs, unfinished uploads")] = "var/data"
    database_url: Annotated[str, _about("SQLAlchemy URL; empty means SQLite in `data_dir`")] = ""
    host: Annotated[str, _about("address to listen on")] = "127.0.0.1"
    port: Annotated[int, _about("port to listen on"), msgspec.Meta(ge=0, le=65535)] = 8470
    head_bytes: Annotated[
        int, _about("bytes of a request's first line and headers"), msgspec.Meta(ge=8192, le=1_048_576)
    ] = 32_768
    head_seconds: Annotated[int, _about("seconds in which they must have come"), msgspec.Meta(ge=1, le=300)] = 10
    body_seconds: Annotated[
        int, _about("seconds in which a body must bring something, and 100 bytes a second"), msgspec.Meta(ge=1, le=600)
    ] = 30
    time_zone: Annotated[str, _about("time zone of the sites; the business date follows it")] = "Asia/Shanghai"
    blob_store: Annotated[str, _about("`folder` or `s3`")] = "folder"
    s3_endpoint: Annotated[str, _about("address of the S3 service")] = ""
    s3_bucket: Annotated[str, _about("bucket of the blobs")] = ""
    s3_region: Annotated[str, _about("region the requests are signed for")] = "us-east-1"
    s3_access_key: Annotated[str, _about("access key; never logged")] = ""
    s3_secret_key: Annotated[str, _about("secret key; never logged")] = ""
    s3_ca_file: Annotated[str, _about("certificate authority file, for a private one")] = ""
    s3_public_endpoint: Annotated[str, _about("address at which phones reach the S3 service, if another")] = ""
    s3_link_seconds: Annotated[
        int,
        _about("seconds that a download's signed S3 address works; 0: files pass through the server"),
        msgspec.Meta(ge=0, le=3600),
    ] = 60
    token_hours: Annotated[int, _about("hours that a phone's token lives"), msgspec.Meta(ge=1, le=24 * 366)] = 24 * 30
    desk_token_hours: Annotated[int, _about("hours that a session at the desk lives"), msgspec.Meta(ge=1, le=168)] = 12
    login_failures: Annotated[int, _about("failed logins after which it is locked"), msgspec.Meta(ge=1, le=100)] = 5
    sign_ins_waiting: Annotated[
        int, _about("sign-ins and enrolments that may wait at one address"), msgspec.Meta(ge=4, le=1000)
    ] = 64
    enrolment_minutes: Annotated[int, _about("minutes that an enrolment code lives"), msgspec.Meta(ge=1, le=1440)] = 15
    ocr_models_dir: Annotated[str, _about("folder of the OCR models (`make demo` seeds it)")] = "var/models"
    ocr_engine: Annotated[
        Literal["paddle", "rapid"], _about("`paddle`, or `rapid`: a lighter one on the same networks")
    ] = "paddle"
    ocr_detection_model: Annotated[Model, _about("network that finds lines, a folder `<name>_onnx` of the models")] = (
        "PP-OCRv6_small_det"
    )
    ocr_detection_sha256: Annotated[str, _about("digest of that folder, if the network is your own")] = ""
    ocr_recognition_model: Annotated[Model, _about("network that reads lines, a folder like the other")] = (
        "PP-OCRv6_small_rec"
    )
    ocr_recognition_sha256: Annotated[str, _about("digest of that folder, if the network is your own")] = ""
    ocr_audit_percent: Annotated[
        int,
        _about("of 100 read values that need no look, how many a person looks at all the same"),
        msgspec.Meta(ge=1, le=100),
    ] = 5
    claim_seconds: Annotated[
        int,
        _about("seconds for which a clerk's claim on a scan holds unless it is renewed"),
        msgspec.Meta(ge=30, le=3600),
    ] = 300
    ocr_page_seconds: Annotated[int, _about("seconds after which reading a page is stopped")] = 120
    ocr_memory_mb: Annotated[int, _about("memory above which the reading process is stopped")] = 3000
    image_megapixels: Annotated[
        int, _about("pixels of a picture or page that is decoded, in millions"), msgspec.Meta(ge=1, le=1000)
    ] = CAPS.pixels // 1_000_000
    image_seconds: Annotated[int, _about("seconds after which looking at a file is stopped"), msgspec.Meta(ge=1)] = 30
    image_memory_mb: Annotated[
        int, _about("memory that looking at one file may take, beyond the decoders themselves"), msgspec.Meta(ge=64)
    ] = 1024
    thumbnail_sides: Annotated[
        str, _about("longest sides of the thumbnails, in pixels; what is asked for is rounded up")
    ] = "256,1024"
    worker_concurrency: Annotated[
        int, _about("jobs one worker runs at once in each lane: quick ones, files, reading"), msgspec.Meta(ge=1, le=64)
    ] = 2
    embedded_worker: Annotated[bool, _about("run the worker inside the server process")] = True
    job_lease_seconds: Annotated[int, _about("seconds after which a silent worker loses its job")] = 60
    job_max_attempts: Annotated[int, _about("attempts before a job goes to the dead letters")] = 5
    upload_expiry_hours: Annotated[int, _about("hours that an unfinished upload is kept")] = 24 * 7
    uploads_at_once: Annotated[
        int, _about("uploads of one person that bring bytes at the same time"), msgspec.Meta(ge=1, le=64)
    ] = 8
    unfinished_uploads: Annotated[int, _about("unfinished uploads of one person"), msgspec.Meta(ge=10)] = 1000
    unfinished_uploads_per_project: Annotated[
        int, _about("unfinished uploads for the records of one project"), msgspec.Meta(ge=10)
    ] = 10_000
    stored_bytes_per_person: Annotated[
        int, _about("bytes of files that one person may have stored"), msgspec.Meta(ge=1_073_741_824)
    ] = 274_877_906_944
    stored_bytes_per_project: Annotated[
        int, _about("bytes of files that the records of one project may have stored"), msgspec.Meta(ge=1_073_741_824)
    ] = 4_398_046_511_104
    upload_silence_seconds: Annotated[
        int, _about("seconds without a byte after which a sending phone is taken to be cut off"), msgspec.Meta(ge=1)
    ] = 30
    quarantine_hours: Annotated[
        int, _about("hours after its revocation in which a phone may hand in what it had not sent"), msgspec.Meta(ge=0)
    ] = 24 * 30
    quarantine_ops: Annotated[int, _about("ops taken of one revoked phone"), msgspec.Meta(ge=0)] = 10_000
    quarantine_bytes: Annotated[int, _about("bytes of ops taken of one revoked phone"), msgspec.Meta(ge=0)] = 33_554_432
    quarantine_media_bytes: Annotated[int, _about("bytes of files taken of one revoked phone"), msgspec.Meta(ge=0)] = (
        1_073_741_824
    )
    parked_ops_per_person: Annotated[
        int, _about("parked ops of one person that may wait for a decision"), msgspec.Meta(ge=100)
    ] = 10_000
    parked_bytes_per_person: Annotated[int, _about("bytes of those ops"), msgspec.Meta(ge=1_048_576)] = 67_108_864
    blob_grace_days: Annotated[
        int,
        _about("days that a file without a citation is kept; more than `replay_days`"),
        msgspec.Meta(ge=7, le=3660),
    ] = 120
    ops_per_exchange: Annotated[int, _about("ops taken in one exchange")] = 500
    op_bytes: Annotated[int, _about("bytes of one op")] = 262_144
    record_bytes: Annotated[int, _about("bytes of a record's values, after all its ops")] = 1_048_576
    push_bytes: Annotated[
        int,
        _about("bytes of ops and of records' values that one transaction takes before others have their turn"),
        msgspec.Meta(ge=65_536),
    ] = 1_048_576
    request_bytes: Annotated[int, _about("bytes of a request body, after decompression")] = 8_388_608
    page_entries: Annotated[int, _about("feed entries in one answer")] = 500
    page_bytes: Annotated[int, _about("bytes of feed entries in one answer")] = 4_194_304
    upload_bytes: Annotated[int, _about("bytes of one uploaded file")] = 4_294_967_296
    replay_days: Annotated[
        int, _about("days that phones keep answered ops, and the feed tells of deletions"), msgspec.Meta(le=3650)
    ] = 90
    exchanges_per_minute: Annotated[
        int, _about("exchanges that one replica may make in a minute"), msgspec.Meta(ge=60, le=1_000_000)
    ] = 1200
    exchanges_at_once: Annotated[
        int, _about("exchanges of one replica under way at once"), msgspec.Meta(ge=1, le=1000)
    ] = 4
    wake_connections: Annotated[int, _about("wake-up connections of one process"), msgspec.Meta(ge=0, le=1_000_000)] = (
        5000
    )
    wake_per_person: Annotated[int, _about("wake-up connections of one person"), msgspec.Meta(ge=1, le=1000)] = 8
    wake_heartbeat_seconds: Annotated[
        int, _about("seconds between two signs of life of a silent wake-up connection"), msgspec.Meta(ge=1, le=300)
    ] = 15
    wake_recheck_seconds: Annotated[
        int, _about("seconds after which a listener's authority is judged anew"), msgspec.Meta(ge=1, le=3600)
    ] = 60
    wake_poll_seconds: Annotated[
        int, _about("seconds between two looks at what other processes committed"), msgspec.Meta(ge=1, le=300)
    ] = 2
    takeaways_open: Annotated[
        int, _about("takeaways of one person that wait or are being made"), msgspec.Meta(ge=1, le=100)
    ] = 5
    takeaway_days: Annotated[
        int, _about("days that a takeaway is kept; at most the least `blob_grace_days`"), msgspec.Meta(ge=1, le=7)
    ] = 7
    seal_seconds: Annotated[
        int, _about("seconds between two looks at what the journal has for the tree"), msgspec.Meta(ge=1, le=60)
    ] = 1
    seal_key_file: Annotated[
        str, _about("private key that signs tree heads, one for all processes; empty means `seal.key` in `data_dir`")
    ] = ""
    log_level: Annotated[str, _about("`debug`, `info`, `warning` or `error`")] = "info"

    @property
    def url(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite+aiosqlite:///{Path(self.data_dir).absolute() / 'plumbline.db'}"

    @property
    def key_file(self) -> Path:
        """The file of the key that signs tree heads."""
        return Path(self.seal_key_file or Path(self.data_dir) / "seal.key")

    @property
    def sides(self) -> tuple[int, ...]:
        """The sides of thumbnails, the smallest first. Raises :class:`BadSetting`."""
        parts = [part.strip() for part in self.thumbnail_sides.split(",")]
        if not all(part.isascii() and part.isdecimal() and 16 <= int(part[:6]) <= MAX_SIDE for part in parts):
            raise BadSetting(f"thumbnail_sides={self.thumbnail_sides}: write sides of 16 to {MAX_SIDE}, like 256,1024")
        return tuple(sorted({int(part) for part in parts}))

    @property
    def limits(self) -> Limits:
        """The limits in force, as every answer carries them."""
        return Limits(
            ops_per_exchange=self.ops_per_exchange,
            op_bytes=self.op_bytes,
            record_bytes=self.record_bytes,
            request_bytes=self.request_bytes,
            page_entries=self.page_entries,
            page_bytes=self.page_bytes,
            upload_bytes=self.upload_bytes,
            replay_days=self.replay_days,
        )


class BadSetting(Exception):
    """A setting that cannot be used; the text says which, why and what to do."""


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of this process. Raises :class:`BadSetting` with a sentence for the operator."""
    env = os.environ if environment is None else environment
    known = {field.name for field in msgspec.structs.fields(Settings)}
    chosen: dict[str, object] = {}
    if config := env.get("PLUMBLINE_CONFIG"):
        try:
            chosen = tomllib.loads(Path(config).read_text("utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise BadSetting(f"PLUMBLINE_CONFIG={config} cannot be read: {error}") from error
    for key, value in env.items():
        name = key.removeprefix("PLUMBLINE_").lower()
        if key.startswith("PLUMBLINE_") and name != "config":
            if name not in known:
                raise BadSetting(f"{key} is not a setting; `plumbline doctor` lists them")
            chosen[name] = value
    try:
        settings = msgspec.convert(chosen, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise BadSetting(f"a setting has a value it cannot have: {error}") from error
    _refuse_undercut(settings)
    _ = settings.sides  # a bad one is named now, not when the first photograph comes
    return settings


def _refuse_undercut(settings: Settings) -> None:
    for field in msgspec.structs.fields(Limits):
        minimum, chosen = getattr(MINIMUM_LIMITS, field.name), getattr(settings.limits, field.name)
        if chosen < minimum:
            raise BadSetting(f"{field.name}={chosen} is below {minimum}, which every client may count on")
    if settings.blob_grace_days <= settings.replay_days:
        raise BadSetting(
            f"blob_grace_days={settings.blob_grace_days} must be more than replay_days={settings.replay_days}: "
            "a phone that sends its ops again must find the files they cite"
        )
