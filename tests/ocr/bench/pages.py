"""Filled and photographed pages of the bench, each with its truth: the same seed always gives the same pages.

Layouts are those of the shipped library, in Chinese and in English, and two of this suite. A reader sees the
photograph and the lists of the project; what was written, and where the page lies, only the figures know.
"""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
import numpy as np

from media.image import decode_page
from mobile_contract.forms import FormDefinition
from ocr.engine import Image
from ocr.geometry import Box, Layout
from ocr.layout import layout_of
from ocr.one_scan import Hints
from ocr.sheet import print_sheet
from ocr.words import label_text
from server.demo.photograph import GRADES, Grade, Hand, Photograph, fill, photograph
from tests.ocr.bench import hands
from tests.ocr.bench.answers import Answer, answers
from tests.ocr.bench.world import LANGUAGES, WORLDS
from tests.ocr.paper_forms import PROJECT, crowded, everything, shipped

#: Rotated is a phone photograph, taken sideways or upside down.
GRADE_NAMES: Final = ("scan", "phone", "hard", "rotated")
LAYOUTS: Final = (
    "payment_application",
    "daily_log",
    "supervision_log",
    "standby_record",
    "material_acceptance",
    "concealed_acceptance",
    "safety_check",
    "labour_attendance",
    "supervision_notice",
    "notice_reply",
    "everything",
    "crowded",
)
_LEGIBLE: Final = 6.0  # points; the worth of each cell over an amount is smaller
_DESKS: Final = ((62, 92, 128), (190, 195, 200), (40, 40, 42), (120, 130, 90), (225, 226, 228))


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One page to read: which, how filled, how photographed. ``answers`` by path are those of this page.

    ``source`` is the name of the form in :data:`LAYOUTS`, in ``language``.
    """

    source: str
    layout: Layout
    page: int
    language: str
    hand: str
    grade: str
    seed: int
    answers: dict[str, Answer]

    @property
    def form(self) -> FormDefinition:
        """The form of which this is a page."""
        return self.layout.form

    @property
    def name(self) -> str:
        """A name that tells all about it."""
        return f"{self.form.id}-{self.page}-{self.hand}-{self.grade}-{self.seed}"

    @property
    def hints(self) -> Hints:
        """What a reader is told: the project's lists and the year."""
        return Hints(lists=WORLDS[self.language].known(), year=2026)

    def filled(self) -> Image:
        """The sheet with its answers (BGR, A4 at 200 dpi)."""
        texts = {path: answer.text for path, answer in self.answers.items()}
        return fill(
            _printed(self.source, self.language)[self.page - 1],
            self.layout,
            self.page,
            texts,
            self.seed,
            _hand(self.hand),
        )

    def photograph(self) -> Photograph:
        """The photograph that is read."""
        dice = np.random.default_rng([self.seed, 7])
        turned = int(dice.choice([90, 180, 270])) if self.grade == "rotated" else 0
        how = _varied(GRADES["phone" if self.grade == "rotated" else self.grade], dice, flat=self.grade == "scan")
        return photograph(self.filled(), how, self.seed, turned)


def samples(
    count: int,
    seed: int = 1,
    *,
    grades: Sequence[str] = GRADE_NAMES,
    languages: Sequence[str] = LANGUAGES,
    layouts: Sequence[str] = LAYOUTS,
    writers: Sequence[str] = tuple(hands.SHIPPED),
) -> Iterator[Sample]:
    """Return ``count`` pages spread over grades, languages, layouts and hands (:mod:`tests.ocr.bench.hands`)."""
    dice = np.random.default_rng(seed)
    turns: list[list[str]] = [[], []]
    for number in range(count):
        for at, pool in enumerate((layouts, writers)):
            if not turns[at]:
                turns[at] = dice.permutation(list(pool)).tolist()
        language = languages[number // len(grades) % len(languages)]
        source = turns[0].pop()
        layout = _layout(source, language)
        own_seed = int(dice.integers(2**31))
        page = int(dice.integers(1, len(layout.pages) + 1))
        here = {place.path for place in layout.pages[page - 1].places}
        given = {
            path: answer for path, answer in answers(layout.form, layout, language, own_seed).items() if path in here
        }
        yield Sample(
            source=source,
            layout=layout,
            page=page,
            language=language,
            hand=turns[1].pop(),
            grade=grades[number % len(grades)],
            seed=own_seed,
            answers=given,
        )


@functools.cache
def _layout(source: str, language: str) -> Layout:
    made = {"crowded": crowded, "everything": everything}.get(source)
    form = made() if made else shipped(source)
    if language == "zh-CN":
        return layout_of(form)
    english = msgspec.convert(_only_english(msgspec.to_builtins(form)), FormDefinition)
    return layout_of(msgspec.structs.replace(english, id=f"{form.id}_en"), language)


def _only_english(part: Any) -> Any:
    """Drop every language but English from labels that have it, at any depth."""
    if isinstance(part, dict):
        if "en" in part and "zh-CN" in part:
            return {"en": part["en"]}
        return {key: _only_english(value) for key, value in part.items()}
    return [_only_english(entry) for entry in part] if isinstance(part, list | tuple) else part


@functools.lru_cache(maxsize=32)
def _printed(source: str, language: str) -> tuple[Image, ...]:
    """Print as people do: by the PDF, with the project and a serial on it."""
    form = _layout(source, language).form
    pdf = print_sheet(form, project=PROJECT, project_name="", serial="NZ-2026-003", language=language)
    return tuple(np.ascontiguousarray(page[:, :, ::-1]) for page in decode_page(pdf))


def _hand(name: str) -> Hand:
    return hands.SHIPPED.get(name) or hands.everyone()[name]


def _varied(grade: Grade, dice: np.random.Generator, *, flat: bool) -> Grade:
    """Vary a grade: no two phones, desks and sheets of paper are the same."""
    if flat:
        return replace(grade, side=int(dice.integers(2200, 3400)), desk=(235, 236, 238))
    worse = float(dice.uniform(0.6, 1.2))
    return replace(
        grade,
        perspective=grade.perspective * worse,
        curl=grade.curl * float(dice.uniform(-1.0, 1.0)),
        fold=grade.curl / 3 if dice.random() < 0.3 else 0.0,
        shadow=grade.shadow * float(dice.uniform(0.4, 1.2)),
        blur=grade.blur * worse,
        motion=2.0 * grade.blur if dice.random() < 0.25 else 0.0,
        noise=grade.noise * float(dice.uniform(0.5, 1.3)),
        quality=int(grade.quality + dice.integers(-8, 9)),
        side=int(dice.integers(2100, 3000)),
        desk=_DESKS[int(dice.integers(len(_DESKS)))],
    )


def printed_texts(sample: Sample) -> list[tuple[Box, str]]:
    """Return what is printed on the sheet of a page, and where: labels and headings, nothing tiny or in margins."""
    layout = sample.layout
    title = (layout.title, label_text(layout.form.title))
    return [title, *((text.box, text.text) for text in layout.pages[sample.page - 1].texts if text.size >= _LEGIBLE)]
