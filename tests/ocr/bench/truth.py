"""What truly stands on a page: one JSON beside its picture, for our own pages and for anybody's.

The format is told in ``docs/ocr-truth.md``; what is wrong with a file is told by :class:`Untrue` with its name.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

import cv2
import msgspec
import numpy as np

from mobile_contract.forms import FormDefinition
from mobile_contract.problems import Refused
from ocr.engine import Points
from ocr.page import to_pixels
from server.demo.photograph import Photograph, page_to_photograph
from server.forms.xlsform import compile_form
from tests.ocr.bench.hands import is_printed
from tests.ocr.bench.pages import Sample, printed_texts

FORMAT: Final = "plumbline-page/1"
_PICTURES: Final = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".heic", ".webp", ".pdf")


class Untrue(Exception):
    """A truth file that cannot be used: which, and why."""


class Text(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """A line of text, or a cell with several (``\\n`` between them).

    ``box`` is left, top, right, bottom, or the corners x, y clockwise from the top left: pixels of the picture.
    """

    text: str
    box: tuple[float, ...]
    kind: Literal["printed", "handwritten"] = "printed"

    @property
    def quad(self) -> Points:
        """The four corners (4 × 2)."""
        if len(self.box) == 8:
            return np.array(self.box, np.float64).reshape(4, 2)
        left, top, right, bottom = self.box
        return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


class Answered(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True
):
    """A question of a known form: its report path, the value it should get, what is written, and how to group it."""

    path: str
    value: Any = None
    text: str = ""
    kind: str = ""


class Pair(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """A key and its value as they stand on a page whose form nobody knows."""

    key: str
    value: str


class Truth(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """One page. Everything but ``format`` may be left out; what is not told is not measured."""

    format: Literal["plumbline-page/1"]
    picture: str = ""
    language: str = "zh-CN"
    grade: str = ""
    #: Degrees clockwise by which the picture must be turned to be upright.
    turned: Literal[0, 90, 180, 270] = 0
    #: File of the form beside the picture: a FormDefinition (.json) or an XLSForm (.xlsx, .md).
    form: str = ""
    page: int = 1
    year: int | None = None
    lists: dict[str, tuple[str, ...]] = {}
    lines: tuple[Text, ...] = ()
    fields: tuple[Answered, ...] = ()
    pairs: tuple[Pair, ...] = ()


def truths(folder: Path) -> Iterator[tuple[Path, Truth, FormDefinition | None]]:
    """Return every page of a folder (and those in it): picture, truth, and its form where it is known.

    Raises :class:`Untrue` for the first file that cannot be used.
    """
    for file in sorted(folder.rglob("*.json")):
        content = file.read_bytes()
        if b'"plumbline-page/' not in content:
            continue  # a form, or somebody's notes
        truth = _read(file, content)
        yield _picture(file, truth), truth, _form(file, truth)


def _read(file: Path, content: bytes) -> Truth:
    try:
        truth = msgspec.json.decode(content, type=Truth)
    except msgspec.DecodeError as error:
        raise Untrue(f"{file}: {error}") from error
    for number, line in enumerate(truth.lines):
        if len(line.box) not in (4, 8):
            raise Untrue(f"{file}: $.lines[{number}].box has {len(line.box)} numbers, not 4 or 8")
        low, high = line.quad.min(axis=0), line.quad.max(axis=0)
        if (high - low).min() <= 0:
            raise Untrue(f"{file}: $.lines[{number}].box is empty: {list(line.box)}")
    if truth.fields and not truth.form:
        raise Untrue(f"{file}: $.fields needs $.form: whose fields are they?")
    paths = [item.path for item in truth.fields]
    if len(set(paths)) < len(paths):
        raise Untrue(f"{file}: $.fields names a path twice: {next(path for path in paths if paths.count(path) > 1)}")
    return truth


def _picture(file: Path, truth: Truth) -> Path:
    named = [file.parent / truth.picture] if truth.picture else [file.with_suffix(end) for end in _PICTURES]
    for candidate in named:
        if candidate.is_file():
            return candidate
    raise Untrue(f"{file}: there is no picture {' or '.join(path.name for path in named[:3])} beside it")


def _form(file: Path, truth: Truth) -> FormDefinition | None:
    if not truth.form:
        return None
    source = file.parent / truth.form
    try:
        content = source.read_bytes()
        if source.suffix == ".json":
            return msgspec.json.decode(content, type=FormDefinition)
        return compile_form(content, version=1).form
    except (OSError, msgspec.DecodeError, Refused) as error:
        raise Untrue(f"{file}: $.form {truth.form}: {error}") from error


# of our own pages -----------------------------------------------------------------------------------------------------


def truth_of(sample: Sample, taken: Photograph) -> Truth:
    """Tell what stands on a page that the bench made."""
    kinds = "printed" if is_printed(sample.hand) else "handwritten"
    boxes = {place.path: place.box for place in sample.layout.pages[sample.page - 1].places if place.choice is None}
    regions = [(box, text, "printed") for box, text in printed_texts(sample)]
    regions += [(boxes[path], answer.text, kinds) for path, answer in sample.answers.items() if path in boxes]
    corners = [
        (x, y)
        for box, _, _ in regions
        for x, y in ((box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom))
    ]
    seen = page_to_photograph(taken, to_pixels(np.array(corners, np.float64))).round(1).reshape(-1, 8)
    return Truth(
        format=FORMAT,
        language=sample.language,
        grade=sample.grade,
        turned={0: 0, 90: 270, 180: 180, 270: 90}[taken.turned],  # type: ignore[arg-type]
        form=f"{sample.form.id}.json",
        page=sample.page,
        year=sample.hints.year,
        lists={name: tuple(entries) for name, entries in sample.hints.lists.items()},
        lines=tuple(
            Text(text=text, box=tuple(quad), kind="printed" if kind == "printed" else "handwritten")
            for (_, text, kind), quad in zip(regions, seen.tolist(), strict=True)
        ),
        fields=tuple(
            Answered(path=path, value=answer.value, text=answer.text, kind=answer.kind)
            for path, answer in sample.answers.items()
            if answer.scored
        ),
    )


def save(sample: Sample, folder: Path) -> Path:
    """Write a page of the bench into a folder, as anybody's would lie there; give its picture."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = sample.photograph()
    picture = folder / f"{sample.name}.jpg"
    picture.write_bytes(taken.jpeg)
    picture.with_suffix(".json").write_bytes(written(truth_of(sample, taken)))
    (folder / f"{sample.form.id}.json").write_bytes(msgspec.json.encode(sample.form))
    return picture


def written(truth: Truth) -> bytes:
    """Write a truth so that people can read it: an item a line."""
    members = []
    for name, value in msgspec.to_builtins(truth).items():
        items = [msgspec.json.encode(item).decode() for item in value] if isinstance(value, list | tuple) else []
        text = "[\n  " + ",\n  ".join(items) + "\n ]" if items else msgspec.json.encode(value).decode()
        members.append(f' "{name}": {text}')
    return ("{\n" + ",\n".join(members) + "\n}\n").encode()


def mapped(quad: Points, matrix: Points) -> Points:
    """Take the corners of a quadrilateral through a homography (3 × 3)."""
    return np.asarray(cv2.perspectiveTransform(quad[None], matrix)[0], np.float64)
