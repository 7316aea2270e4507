"""What every test may ask for: real servers, started once and only when somebody asks."""

import functools
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import boto3
import pytest
from botocore.config import Config

from server.kernel.problems import UNDECLARED
from tests.support import certificates, postgres, rgw
from tests.support.patience import pytest_timeout_set_timer
from tests.support.skips import pytest_make_collect_report, pytest_runtest_makereport

__all__ = ["pytest_make_collect_report", "pytest_runtest_makereport", "pytest_timeout_set_timer"]

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio, as the server does."""
    return "asyncio"


_WHEN: Final[tuple[Literal["setup", "call"], ...]] = ("setup", "call")


@pytest.fixture(autouse=True)
def undeclared(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail where a server in this process answered with a problem that its route did not declare."""
    yield
    said = [record.getMessage() for when in _WHEN for record in caplog.get_records(when)]
    found = [line for line in said if line.startswith(UNDECLARED)]
    assert not found, "\n".join(found)


@pytest.fixture(scope="session")
def ocr_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the OCR models, seeded once from the installed packages."""
    from ocr.models import seed

    folder = tmp_path_factory.mktemp("models")
    seed(folder)
    return folder


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[postgres.Cluster]:
    """One PostgreSQL cluster for the whole run."""
    if reason := postgres.missing():
        pytest.skip(reason)
    with postgres.cluster() as running:
        yield running


@pytest.fixture(scope="session")
def postgres_template() -> str:
    """The database that ``postgres_url`` copies: an empty one. A package of tests may prepare its own."""
    return "template0"


@pytest.fixture
def new_postgres_database(postgres_cluster: postgres.Cluster) -> Iterator[Callable[..., str]]:
    """Call it for the SQLAlchemy URL of a fresh database, empty or a copy of the one named; all go after the test."""
    made: list[str] = []

    def create(template: str = "template0") -> str:
        made.append(postgres_cluster.create(template))
        return postgres_cluster.url(made[-1])

    yield create
    for database in made:
        postgres_cluster.drop(database)


@pytest.fixture
def postgres_url(postgres_cluster: postgres.Cluster, postgres_template: str) -> Iterator[str]:
    """The SQLAlchemy URL of a database of this test's own, copied from ``postgres_template``."""
    database = postgres_cluster.create(postgres_template)
    yield postgres_cluster.url(database)
    postgres_cluster.drop(database)


@pytest.fixture(scope="session")
def localhost_certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for ``localhost`` and its key, as PEM files."""
    return certificates.self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def rgw_server(localhost_certificate: tuple[Path, Path]) -> Iterator[rgw.Server]:
    """One S3 service (Ceph RGW) for the whole run, over HTTP and over TLS."""
    if reason := rgw.missing():
        pytest.skip(reason)
    with rgw.server(*localhost_certificate) as running:
        yield running


@pytest.fixture
def rgw_bucket(rgw_server: rgw.Server) -> str:
    """A fresh empty bucket."""
    name = f"t-{uuid.uuid4().hex}"
    _administrator(rgw_server).create_bucket(Bucket=name)
    return name


@pytest.fixture(scope="session")
def rgw_admin(rgw_server: rgw.Server) -> "S3Client":
    """A client of that service which may do everything."""
    return _administrator(rgw_server)


@functools.cache
def _administrator(server: rgw.Server) -> "S3Client":
    return boto3.session.Session().client(
        "s3",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        config=Config(s3={"addressing_style": "path"}),
    )
