"""The same stories on PostgreSQL and S3, with two API processes and a worker of its own: by settings alone."""

from collections.abc import Callable
from pathlib import Path

import pytest

from server.demo import paper, stage, stories
from server.demo.pictures import site_photographs
from server.demo.tell import Teller
from server.kernel.problems import UNDECLARED
from tests.support import rgw
from tests.support.bodies import stored

pytestmark = [pytest.mark.e2e, pytest.mark.ocr, pytest.mark.postgres, pytest.mark.s3, pytest.mark.timeout(300)]


def test_the_stories_hold_on_postgresql_and_s3_with_two_servers(
    tmp_path: Path, new_postgres_database: Callable[[], str], rgw_server: rgw.Server, rgw_bucket: str, ocr_models: Path
) -> None:
    settings = {
        "PLUMBLINE_DATABASE_URL": new_postgres_database(),
        "PLUMBLINE_BLOB_STORE": "s3",
        "PLUMBLINE_S3_ENDPOINT": rgw_server.endpoint,
        "PLUMBLINE_S3_BUCKET": rgw_bucket,
        "PLUMBLINE_S3_ACCESS_KEY": rgw_server.access_key,
        "PLUMBLINE_S3_SECRET_KEY": rgw_server.secret_key,
        "PLUMBLINE_OCR_MODELS_DIR": str(ocr_models),
    }
    told = Teller()
    with told.chapter("stage", 8) as chapter:
        playing = stage.build(tmp_path / "stage", chapter.step, settings, servers=2)
    try:
        with told.chapter("stories", 20) as chapter:
            stories.story_1(playing, told, chapter, site_photographs(tmp_path / "photographs"))
            stories.story_2(playing, told, chapter)
            paper.story_3(playing, told, chapter, None)
    finally:
        playing.close()
    assert [expectation for expectation in told.expectations if not expectation.held] == []
    (log,) = tmp_path.rglob("server.log")
    assert UNDECLARED not in log.read_text("utf-8")
    assert stored(settings["PLUMBLINE_DATABASE_URL"]) == []
    assert not (tmp_path / "stage" / "data" / "files").exists(), "every byte went to S3"
