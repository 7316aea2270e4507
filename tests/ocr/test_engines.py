"""Both engines on the same page, and networks of an operator's own."""

import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from mobile_contract.problems import Refused
from ocr.engine import Engine
from ocr.engines import open_engine, try_out
from ocr.layout import layout_of
from ocr.models import DETECTION, RECOGNITION, Choice, Models, characters, digest, model_folder
from ocr.one_scan import Hints
from ocr.read import read_pages
from ocr.sheet import blank_pages
from server.demo.photograph import fill, photograph
from tests.ocr.paper_forms import STORY_3, STORY_3_VALUES, VOCABULARIES, shipped

pytestmark = pytest.mark.ocr


@pytest.fixture(scope="module", params=["paddle", "rapid"])
def engine(request: pytest.FixtureRequest, ocr_models: Path) -> Engine:
    return open_engine(Choice(engine=request.param, models=Models(folder=str(ocr_models))))


def test_each_engine_reads_the_line_that_the_doctor_draws_and_says_which_networks_it_uses(engine: Engine) -> None:
    assert "2026-11-18" in try_out(engine)
    assert f"{DETECTION}@" in engine.name
    assert f"{RECOGNITION}@" in engine.name


def test_each_engine_reads_a_photographed_sheet(engine: Engine) -> None:
    form = shipped("payment_application")
    layout = layout_of(form)
    page = photograph(fill(blank_pages(layout)[0], layout, 1, STORY_3, 13), "phone", 13).image
    result = read_pages([page], lambda _form, _version: form, engine, Hints(lists=VOCABULARIES, year=2026))
    proposed = {field.path: field.value for field in result.fields}
    assert {path: proposed[path] for path in STORY_3_VALUES} == STORY_3_VALUES


def own(folder: Path, seeded: Path) -> Models:
    """The small networks under names of an operator's, the alphabet only in the description beside the weights."""
    for model, name in ((DETECTION, "our_det"), (RECOGNITION, "our_rec")):
        shutil.copytree(model_folder(seeded, model), model_folder(folder, name))
    return Models(folder=str(folder), detection="our_det", recognition="our_rec")


def test_networks_of_ones_own_are_taken_only_with_the_digest_that_was_written_down(
    tmp_path: Path, ocr_models: Path
) -> None:
    models = own(tmp_path, ocr_models)
    with pytest.raises(Refused) as refused:
        models.check()
    assert (refused.value.code, refused.value.params["setting"]) == ("paper.model_unpinned", "OCR_DETECTION_SHA256")
    told = {
        name: subprocess.run(  # noqa: S602 - what the README tells operators to run
            "sha256sum inference.onnx inference.yml | sha256sum",
            shell=True,
            cwd=model_folder(tmp_path, name),
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()[0]
        for name in ("our_det", "our_rec")
    }
    assert refused.value.params["sha256"] == told["our_det"]
    pinned = msgspec.structs.replace(models, detection_sha256=told["our_det"], recognition_sha256=told["our_rec"])
    assert try_out(open_engine(Choice(engine="rapid", models=pinned)))
    description = model_folder(tmp_path, "our_rec") / "inference.yml"
    description.write_text(description.read_text("utf-8") + " ", "utf-8")
    with pytest.raises(Refused) as refused:
        pinned.check()
    assert refused.value.code == "paper.own_model_missing"


def test_an_alphabet_that_is_only_described_is_the_same(ocr_models: Path) -> None:
    from ocr import models

    weights = model_folder(ocr_models, RECOGNITION) / "inference.onnx"
    assert models._described(weights) == characters(weights)[:-1]


def test_networks_that_do_not_belong_together_are_found_out(ocr_models: Path) -> None:
    class Blind:
        name = "blind"

        def read_page(self, _page: object) -> tuple[()]:
            return ()

        def read_crops(self, crops: list[object], _alphabets: object) -> tuple[object, ...]:
            from ocr.engine import Reading

            return tuple(Reading(text="口口口") for _ in crops)

    with pytest.raises(Refused) as refused:
        try_out(Blind())  # type: ignore[arg-type]
    assert refused.value.code == "paper.engine_misreads"
    assert digest(ocr_models) == ""
