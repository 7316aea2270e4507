"""Truth beside pages: what the bench makes can be read again, and what cannot be used is named."""

import json
from pathlib import Path

import msgspec
import pytest

from tests.ocr.bench.golden import FOLDER
from tests.ocr.bench.truth import Truth, Untrue, truths, written


def test_the_golden_pages_are_whole_and_their_forms_known() -> None:
    pages = list(truths(FOLDER))
    assert len(pages) == 6
    assert all(form is not None and truth.lines and truth.fields for _, truth, form in pages)
    assert {truth.language for _, truth, _ in pages} == {"zh-CN", "en"}
    for picture, truth, _ in pages:
        assert written(truth) == picture.with_suffix(".json").read_bytes()
        assert msgspec.json.decode(written(truth), type=Truth) == truth


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"lines": [{"text": "a", "box": [1, 2, 3]}]}, "$.lines[0].box has 3 numbers"),
        ({"lines": [{"text": "a", "box": [5, 2, 5, 9]}]}, "$.lines[0].box is empty"),
        ({"lines": [{"box": [1, 2, 3, 4]}]}, "missing required field `text` - at `$.lines[0]`"),
        ({"line": []}, "unknown field `line`"),
        ({"turned": 45}, "Invalid enum value 45 - at `$.turned`"),
        ({"fields": [{"path": "fields/a"}]}, "$.fields needs $.form"),
        ({"form": "log.xlsx"}, "$.form log.xlsx"),
        ({"picture": "other.png"}, "no picture other.png"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_what_is_wrong(
    tmp_path: Path, members: dict[str, object], said: str
) -> None:
    (tmp_path / "page.jpg").write_bytes(b"")
    (tmp_path / "page.json").write_text(json.dumps({"format": "plumbline-page/1", **members}))
    with pytest.raises(Untrue) as untrue:
        list(truths(tmp_path))
    assert str(untrue.value).startswith(f"{tmp_path / 'page.json'}: ")
    assert said in str(untrue.value)


def test_a_page_without_its_picture_is_named_and_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text("{}")
    assert list(truths(tmp_path)) == []
    (tmp_path / "page.json").write_text(json.dumps({"format": "plumbline-page/1"}))
    with pytest.raises(Untrue, match=r"there is no picture page\.jpg"):
        list(truths(tmp_path))
