"""The doctor tries a bucket out and says, in both languages, what it cannot do and what to do about that."""

from pathlib import Path

import pytest

from media.s3_probe import Bucket
from media.store import Promise
from server import doctor
from server.kernel.settings import Settings
from tests.support import rgw

pytestmark = pytest.mark.anyio


@pytest.mark.s3
async def test_the_doctor_names_what_a_bucket_lacks_and_what_to_do(
    tmp_path: Path, rgw_server: rgw.Server, rgw_bucket: str
) -> None:
    settings = Settings(
        data_dir=str(tmp_path),
        blob_store="s3",
        s3_endpoint=rgw_server.endpoint,
        s3_bucket=rgw_bucket,
        s3_access_key=rgw_server.access_key,
        s3_secret_key=rgw_server.secret_key,
    )
    found = {finding.what: finding for finding in await doctor.examine(settings) if finding.what.startswith("bucket")}
    assert found["bucket: conditional put"].seen == "kept"
    assert "版本控制" in found["bucket: versioning"].seen
    assert "turn it on" in found["bucket: versioning"].seen
    assert all(finding.well for finding in found.values())
    wrong = Settings(**{name: getattr(settings, name) for name in settings.__struct_fields__} | {"s3_secret_key": "no"})
    assert [finding.well for finding in await doctor._bucket(wrong)] == [False]


def test_every_promise_has_its_advice_and_only_what_endangers_files_is_a_no() -> None:
    from media import s3_probe

    assert doctor._ADVICE.keys() == s3_probe._ATTEMPTS.keys()
    for name, advice in doctor._ADVICE.items():
        lacking = doctor._judged(Promise(name=name, kept=False, seen="accepted"))
        assert (lacking.well, advice.zh in lacking.seen, advice.en in lacking.seen) == (not advice.needed, True, True)


def test_a_service_that_ignores_what_it_is_asked_is_found_out() -> None:
    class Credulous:
        def put_object(self, **_asked: object) -> dict[str, object]:
            return {}

    bucket = Bucket(Credulous(), "photos", "", "", lambda _error: None)
    assert (bucket.conditional_put({}), bucket.content_md5({})) == ("accepted", "accepted")
