"""Reads pages in a process of its own, as the scans worker does, and tells what it took."""

import multiprocessing
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from mobile_contract.extractions import Flag, ProposedField
from mobile_contract.forms import FormDefinition
from ocr.engine import Engine, Image, Line, Reading
from tests.ocr.bench.truth import Truth

ROOT: Final = Path(__file__).parents[3]
MODELS: Final = ROOT / "var" / "models"
ENGINES: Final = ("paddle", "rapid", "tesseract")
_TESSERACT_LANGUAGES: Final = ("chi_sim", "eng")


@dataclass(frozen=True, kw_only=True)
class Task:
    """A picture to read. ``upright``: turn it by its truth and read it as text too, for it is no sheet of ours."""

    picture: bytes
    truth: Truth
    form: FormDefinition | None = None
    upright: bool = False


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was read: proposed values, flags, the lines of the page laid flat (or upright), and what it took.

    ``text_only``: by an engine that reads nothing but the text of a page.
    """

    fields: tuple[ProposedField, ...] = ()
    flags: tuple[Flag, ...] = ()
    lines: tuple[Line, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mib: int = 0
    engine: str = ""
    text_only: bool = False


class _Overheard:
    """An engine that keeps the lines it found last, with the height of their page."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.lines: tuple[Line, ...] = ()

    @property
    def name(self) -> str:
        return self._engine.name

    def read_page(self, page: Image) -> tuple[Line, ...]:
        self.lines = self._engine.read_page(page)
        return self.lines

    def read_crops(self, crops: Sequence[Image], alphabets: Sequence[str | None]) -> tuple[Reading, ...]:
        return self._engine.read_crops(crops, alphabets)


class Tesseract:
    """Tesseract by its command, the baseline for the text of pages. It reads no crops: nothing here asks it to."""

    name = "tesseract"

    def read_page(self, page: Image) -> tuple[Line, ...]:
        """Find and read the lines of an upright page, word by word as it gives them."""
        with tempfile.TemporaryDirectory() as folder:
            picture = Path(folder) / "page.png"
            cv2.imwrite(str(picture), page)
            command = ["tesseract", str(picture), "-", "-l", "+".join(_TESSERACT_LANGUAGES), "--dpi", "200", "tsv"]
            said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
        return tuple(_tesseract_words(said))

    def read_crops(self, crops: Sequence[Image], alphabets: Sequence[str | None]) -> tuple[Reading, ...]:
        """Read nothing."""
        return tuple(Reading(text="") for _ in zip(crops, alphabets, strict=True))


def _tesseract_words(tsv: str) -> Iterator[Line]:
    for row in tsv.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) == 12 and cells[0] == "5" and cells[11].strip():
            left, top, width, height = map(float, cells[6:10])
            quad = [[left, top], [left + width, top], [left + width, top + height], [left, top + height]]
            yield Line(text=cells[11], score=float(cells[10]) / 100, quad=np.array(quad, np.float64))


def missing(engine: str) -> str | None:
    """Say why an engine cannot be measured here, and what to do; ``None`` when it can."""
    if engine != "tesseract":
        return None
    if shutil.which("tesseract") is None:
        return "tesseract is not installed: scripts/install-system-packages bench"
    said = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=False).stdout.split()
    lacking = [language for language in _TESSERACT_LANGUAGES if language not in said]
    return f"tesseract lacks {', '.join(lacking)}: scripts/install-system-packages bench" if lacking else None


@contextmanager
def reader(engine: str) -> Iterator[Pool]:
    """Start the process that reads; hand its :func:`read` tasks."""
    with multiprocessing.get_context("spawn").Pool(1, _open, (engine,)) as pool:
        yield pool


# in the process that reads --------------------------------------------------------------------------------------------


@dataclass(kw_only=True)
class _Here:
    engine: Engine | None = None


_here: Final = _Here()


def _open(engine: str) -> None:
    if engine == "tesseract":
        _here.engine = Tesseract()
        return
    from ocr.engines import open_engine
    from ocr.models import Choice, Models

    _here.engine = open_engine(Choice(engine=engine, models=Models(folder=str(MODELS))))  # type: ignore[arg-type]
    _here.engine.read_page(np.full((64, 64, 3), 255, np.uint8))  # the first page pays for no loading


def read(task: Task) -> Outcome:
    """Read a picture; called in the process that :func:`reader` started."""
    if _here.engine is None:
        raise RuntimeError("the reader was not opened")
    return read_with(_here.engine, task)


def read_with(given: Engine, task: Task) -> Outcome:
    """Read a picture with an engine."""
    from media.image import decode_page
    from ocr.one_scan import Hints
    from ocr.page import turn
    from ocr.read import read_pages

    engine = _Overheard(given)
    began, cpu = time.perf_counter(), time.process_time()
    photo = np.ascontiguousarray(decode_page(task.picture)[0][:, :, ::-1])
    if isinstance(given, Tesseract):
        flat = _laid_flat(photo, task)
        lines = engine.read_page(flat) if flat is not None else ()
        return _outcome(began, cpu, engine.name, lines=lines, text_only=True)
    known = {(task.form.id, task.form.version): task.form} if task.form else {}
    hints = Hints(lists=task.truth.lists, year=task.truth.year, known=tuple(known.values()))
    result = read_pages([photo], lambda form, version: known.get((form, version)), engine, hints)
    pairs = tuple((pair.key, pair.value) for page in result.pages for pair in page.pairs if pair.value)
    done = _outcome(
        began, cpu, result.engine, fields=result.fields, flags=result.flags, lines=engine.lines, pairs=pairs
    )
    if task.upright:
        return replace(done, lines=engine.read_page(turn(photo, task.truth.turned)))
    return done


def _laid_flat(photo: Image, task: Task) -> Image | None:
    from ocr.page import rectify, register, turn

    if task.upright:
        return turn(photo, task.truth.turned)
    registration = register(photo)
    return rectify(photo, registration) if registration else None


def _outcome(began: float, cpu: float, engine: str, **found: Any) -> Outcome:
    return Outcome(
        seconds=time.perf_counter() - began,
        cpu_seconds=time.process_time() - cpu,
        peak_mib=_peak_mib(),
        engine=engine,
        **found,
    )


def _peak_mib() -> int:
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) >> 10
