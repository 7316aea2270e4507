"""Where this installation keeps its files, by its settings."""

from pathlib import Path

from media.disk_store import DiskStore
from media.store import StagingStore
from server.kernel.settings import BadSetting, Settings


def open_store(settings: Settings) -> StagingStore:
    """Return the folder or the bucket, opened. Raises :class:`BadSetting` with a sentence for the operator."""
    if settings.blob_store == "folder":
        return DiskStore(Path(settings.data_dir) / "files")
    if settings.blob_store != "s3":
        raise BadSetting(f"blob_store={settings.blob_store} is neither `folder` nor `s3`")
    if not settings.s3_bucket:
        raise BadSetting("blob_store=s3 needs s3_bucket")
    from media.s3_store import S3Settings, S3Store  # 20 MiB of boto3, for those who keep files in a bucket

    return S3Store(
        S3Settings(
            endpoint=settings.s3_endpoint,
            bucket=settings.s3_bucket,
            public_endpoint=settings.s3_public_endpoint,
            region=settings.s3_region,
            access_key=settings.s3_access_key,
            secret_key=settings.s3_secret_key,
            ca_file=settings.s3_ca_file,
        )
    )
