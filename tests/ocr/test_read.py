"""Whole pages through the real engine: story 3, and everything that can be odd about a page."""

import functools
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from mobile_contract.extractions import ExtractionValues
from mobile_contract.forms import FieldType, FormDefinition
from mobile_contract.problems import Refused
from ocr.engine import Image
from ocr.layout import layout_of
from ocr.models import Models, model_folder, seed
from ocr.one_scan import Hints
from ocr.outcome import ReadResult
from ocr.paddle import PaddleEngine
from ocr.page import find_marks, orientation, turn
from ocr.read import read_pages
from ocr.sheet import blank_pages
from server.demo.photograph import fill, photograph
from tests.ocr.paper_forms import STORY_3, STORY_3_VALUES, VOCABULARIES, everything, shipped

pytestmark = pytest.mark.ocr

#: A seed whose letter O is plainly a letter.
SEED = 13
HINTS = Hints(lists=VOCABULARIES, year=2026)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    seed(folder)
    return folder


@pytest.fixture(scope="module")
def engine(models: Path) -> PaddleEngine:
    return PaddleEngine(Models(folder=str(models)))


@functools.cache
def forms() -> dict[tuple[str, int], FormDefinition]:
    known = [shipped("payment_application"), shipped("daily_log"), everything()]
    return {(form.id, form.version): form for form in known}


def read(engine: PaddleEngine, *pages: Image) -> ReadResult:
    hints = replace(HINTS, known=tuple(forms().values()))
    return read_pages(pages, lambda form, version: forms().get((form, version)), engine, hints)


@functools.cache
def filled(name: str = "payment_application", page: int = 1) -> Image:
    layout = layout_of(shipped(name))
    return fill(blank_pages(layout)[page - 1], layout, page, STORY_3, SEED)


def codes(result: ReadResult) -> list[str]:
    return [flag.code for flag in result.flags]


@pytest.mark.parametrize("grade", ["phone", "hard"])
def test_story_3_a_badly_photographed_payment_application_is_proposed_and_flagged(
    engine: PaddleEngine, grade: str
) -> None:
    result = read(engine, photograph(filled(), grade, SEED).image)
    proposed = {field.path: field for field in result.fields}
    assert (result.form, result.form_version) == ("payment_application", 1)
    wrong = {
        path: (proposed[path].value, value) for path, value in STORY_3_VALUES.items() if proposed[path].value != value
    }
    assert wrong == {}
    (mismatch,) = [flag for flag in result.flags if flag.code == "paper.amount_mismatch"]
    assert mismatch.paths == ("fields/amount_words", "fields/amount_figures")
    assert "¥2,684,328.50" in mismatch.params["words"]
    (letter,) = [flag for flag in result.flags if flag.code == "paper.identifier_confusable"]
    assert letter.paths == ("fields/contractor_usci",)
    assert letter.suggestion == "91320100MA1N8F2K3R"
    assert proposed["fields/contractor_usci"].value == "9132O100MA1N8F2K3R"


def test_the_result_is_what_an_extraction_holds(engine: PaddleEngine) -> None:
    result = read(engine, photograph(filled(), "scan", SEED).image)
    values = ExtractionValues(
        scan="s", engine=result.engine, form=result.form, fields=result.fields, flags=result.flags
    )
    assert values.engine.startswith("paddleocr-3.7.0/PP-OCRv6_small_det@")
    (page,) = result.pages
    assert page.rectified.shape == page.with_boxes.shape == (2339, 1654, 3)
    assert (page.rectified != page.with_boxes).any()
    for field in result.fields:
        left, top, right, bottom = field.box
        assert 0 <= left < right <= 1654
        assert 0 <= top < bottom <= 2339


def test_a_page_upside_down_reads_the_same(engine: PaddleEngine) -> None:
    result = read(engine, photograph(filled(), "phone", SEED, turned=180).image)
    values = {field.path: field.value for field in result.fields}
    assert values["fields/project_code"] == STORY_3["fields/project_code"]
    assert values["fields/amount_figures"] == 268_438_250


def test_pages_of_one_sheet_are_read_together_in_any_order_and_a_missing_one_is_named(engine: PaddleEngine) -> None:
    layout = layout_of(shipped("daily_log"))
    blanks = blank_pages(layout)
    texts = [place.path for place in layout.pages[1].places if place.field.type is FieldType.TEXT]
    second = texts[-1]
    both = [fill(blank, layout, number, {second: "王丽"}) for number, blank in enumerate(blanks, start=1)]
    whole = read(engine, both[1], both[0])
    assert "paper.page_missing" not in codes(whole)
    assert next(field for field in whole.fields if field.path == second).value == "王丽"
    half = read(engine, both[0])
    (missing,) = [flag for flag in half.flags if flag.code == "paper.page_missing"]
    assert missing.params == {"page": "2"}
    assert second in missing.paths


def test_each_odd_page_is_flagged_and_the_good_one_is_read_all_the_same(engine: PaddleEngine) -> None:
    good = photograph(filled(), "phone", SEED).image
    white = np.full((1200, 900, 3), 250, np.uint8)
    foreign = np.full((1600, 1200, 3), 245, np.uint8)
    for row in range(8):
        cv2.putText(foreign, f"Delivery note {row} 20 pipes", (60, 200 + 120 * row), 0, 2.0, (30, 30, 30), 4)
    broken = np.zeros((0, 0, 3), np.uint8)
    other = blank_pages(layout_of(everything()))[0]
    result = read(engine, white, foreign, broken, good, good, other)
    assert [(flag.code, flag.params["page"]) for flag in result.flags if "page" in flag.params and not flag.paths] == [
        ("paper.blank_page", "1"),
        ("paper.no_sheet", "2"),
        ("paper.page_failed", "3"),
        ("paper.page_repeated", "5"),
        ("paper.other_form", "6"),
    ]
    assert {field.page for field in result.fields} == {4}
    assert len(result.pages) == 6
    # What nobody knows is read all the same, with the spaces between its words.
    assert {line.page for line in result.lines} == {2}
    assert "Delivery note 3 20 pipes" in result.text
    assert (result.pages[1].with_boxes != result.pages[1].rectified).any()


def test_a_form_nobody_published_is_named(engine: PaddleEngine) -> None:
    page = photograph(filled(), "phone", SEED).image
    result = read_pages([page], lambda _form, _version: None, engine)
    assert codes(result) == ["paper.unknown_form"]
    assert result.flags[0].params == {"page": "1", "form": "payment_application", "version": "1"}
    assert (result.form, result.fields) == (None, ())


def test_a_code_that_lies_about_its_form_is_caught_by_the_print(engine: PaddleEngine) -> None:
    """The QR code of one form pasted on another: nothing may be read into the wrong boxes."""
    other = blank_pages(layout_of(everything()))[0].copy()
    qr = np.s_[160:365, 1290:1490]
    other[qr] = filled()[qr]
    result = read(engine, photograph(other, "phone", 2).image)
    assert codes(result)[0] == "paper.layout_mismatch"
    assert result.fields == ()


def test_two_sheets_in_one_photograph_are_not_mixed(engine: PaddleEngine) -> None:
    one = photograph(filled(), "scan", SEED).image
    result = read(engine, np.hstack([one, one]))
    assert codes(result) == ["paper.two_sheets"]
    assert result.fields == ()


def test_a_page_that_is_cut_off_is_placed_by_its_labels_and_what_is_missing_is_named(engine: PaddleEngine) -> None:
    """The photograph ends inside the margins, and below the table: no mark is whole, and the code is gone."""
    image = photograph(filled(), "phone", SEED).image
    marks = [quad for _, quad in find_marks(image)]
    inside = [int(max(quad[:, 0].min() for quad in marks)), int(min(quad[:, 0].max() for quad in marks))]
    top, left, right = int(image.shape[0] * 0.16), inside[1], inside[0]
    result = read(engine, turn(np.ascontiguousarray(image[top : int(image.shape[0] * 0.6), left:right]), 180))
    assert "paper.placed_by_labels" in codes(result)
    (cut,) = [flag for flag in result.flags if flag.code == "paper.cut_off"]
    proposed = {field.path: field.value for field in result.fields}
    assert len(set(STORY_3_VALUES) & set(proposed)) > 4
    wrong = {
        path: proposed[path] for path in set(STORY_3_VALUES) & set(proposed) if proposed[path] != STORY_3_VALUES[path]
    }
    assert wrong == {}
    assert not set(cut.paths) & set(proposed)


def test_a_sheet_whose_code_is_covered_is_known_by_its_labels(engine: PaddleEngine) -> None:
    covered = filled().copy()
    covered[160:365, 1290:1490] = 255
    result = read(engine, photograph(covered, "phone", SEED).image)
    assert codes(result)[0] == "paper.named_by_labels"
    assert result.flags[0].params == {"page": "1", "form": "payment_application", "version": "1"}
    proposed = {field.path: field.value for field in result.fields}
    assert {path: proposed[path] for path in STORY_3_VALUES} == STORY_3_VALUES


@pytest.mark.parametrize("turned", [90, 180])
def test_a_page_without_marks_is_turned_upright_by_its_words(engine: PaddleEngine, turned: int) -> None:
    page = filled()[350:2000, 180:1480]
    assert orientation(turn(page, turned), engine) == (360 - turned) % 360


def test_without_models_the_engine_says_what_to_do_before_anything_heavy(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        PaddleEngine(Models(folder=str(tmp_path)))
    assert refused.value.code == "paper.models_missing"
    assert refused.value.params["folder"] == str(tmp_path)


def test_an_altered_model_is_refused_and_seeding_again_mends_it(tmp_path: Path) -> None:
    seed(tmp_path)
    weights = model_folder(tmp_path, "PP-OCRv6_small_rec") / "inference.onnx"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(Refused):
        Models(folder=str(tmp_path)).check()
    seed(tmp_path)
    Models(folder=str(tmp_path)).check()
