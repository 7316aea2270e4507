"""One question on a line of the sheet: a label cell, and a cell for the answer or its check boxes."""

from collections.abc import Iterator
from typing import Final

from mobile_contract.forms import Field, FieldType
from mobile_contract.problems import Refused
from ocr.flow import BODY_BOTTOM, BODY_TOP, CHECK, Flow
from ocr.geometry import Box, Frame, Place, Text
from ocr.words import field_label, label_text, line_count, text_width

LABEL_SIZE: Final = 9.5
#: Bounds of the width of a label cell; a longer label takes two lines or more.
MIN_LABEL: Final = 19.0
MAX_LABEL: Final = 35.0
_MIN_ANSWER: Final = 12.0
_MAX_CHOICES_HEIGHT: Final = 60.0
_CHOICE_LINE: Final = 7.0
_CHOICE_LEFT: Final = 2.5
_CHOICE_GAP: Final = 3.0
_CHOICE_WORDS: Final = 1.2  # from a check box to its words

#: A check box, and the words beside it, from the top left of the answer.
_Choice = tuple[str, Box, Text]


def label_width(text: str) -> float:
    """Return the width of a label cell that holds ``text`` on one line, in millimetres."""
    return max(text_width(text, LABEL_SIZE) + 3.5, MIN_LABEL)


class Cell:
    """A question: measured first, drawn when the height of its line is known."""

    def __init__(self, flow: Flow, field: Field, width: float, at: int) -> None:
        """``at`` is the twelfth of the line the question begins at."""
        self.field = field
        self.width = width
        self.label = field_label(field, flow.language)
        wanted = flow.label_widths.get(at, label_width(self.label))
        self.label_width = min(wanted, max(0.43 * width, 15.0))
        if self.label_width > width - _MIN_ANSWER:
            raise Refused("paper.form_too_wide", name=field.name, reason=f"{field.name}: {width:.0f} mm")
        self.choices = self._choices(flow, width - self.label_width)
        own = flow.line * max(1, field.paper_lines)
        if self.choices:
            own = max(flow.line, self.choices[-1][1].bottom + 2.6)
        lines = line_count(self.label, LABEL_SIZE, self.label_width - 2)
        self.height = max(own, 4.2 * lines + 2)
        if self.height > BODY_BOTTOM - BODY_TOP:
            raise Refused("paper.form_too_wide", name=field.name, reason=f"{field.name}: {self.height:.0f} mm")

    def _choices(self, flow: Flow, width: float) -> list[_Choice]:
        """Set the check boxes; none when the question has none, or too many to tick: then the answer is written."""
        offered = list(_offered(flow, self.field))
        lines = _broken([_room(text) for _, text in offered], width - _CHOICE_LEFT)
        if 2.9 + len(lines) * _CHOICE_LINE > _MAX_CHOICES_HEIGHT:
            return []
        aligned = _aligned([_room(text) for _, text in offered], len(lines), width - _CHOICE_LEFT)
        set_: list[_Choice] = []
        for number, line in enumerate(aligned or lines):
            left, top = _CHOICE_LEFT, 2.9 + number * _CHOICE_LINE
            for room in line:
                name, text = offered[len(set_)]
                box = Box(left=left, top=top, right=left + CHECK, bottom=top + CHECK)
                words = Box(
                    left=box.right + _CHOICE_WORDS, top=top - 0.7, right=left + room - 1.0, bottom=top + CHECK + 0.7
                )
                set_.append((name, box, Text(box=words, text=text, size=LABEL_SIZE)))
                left += room
        return set_

    def draw(self, flow: Flow, left: float, top: float, height: float) -> None:
        """Draw at ``left``, ``top`` with the height of the line."""
        label = Box(left=left, top=top, right=left + self.label_width, bottom=top + height)
        answer = Box(left=label.right, top=top, right=left + self.width, bottom=top + height)
        flow.words_in(label, self.label, size=LABEL_SIZE)
        flow.frames.append(Frame(box=answer))
        path = f"fields/{self.field.name}"
        if not self.choices:
            flow.answer(path, self.field, answer)
        down = (height - self.choices[-1][1].bottom - 2.9) / 2 if self.choices else 0.0
        for name, box, words in self.choices:
            placed = _moved(box, answer.left, answer.top + down)
            flow.frames.append(Frame(box=placed, weight=0.3))
            flow.texts.append(
                Text(box=_moved(words.box, answer.left, answer.top + down), text=words.text, size=words.size)
            )
            flow.places.append(Place(path=path, field=self.field, box=placed, choice=name))


def _offered(flow: Flow, field: Field) -> Iterator[tuple[str, str]]:
    if field.type is FieldType.BOOLEAN:
        yield from (("true", flow.words.yes), ("false", flow.words.no))
    elif field.type in (FieldType.SELECT_ONE, FieldType.SELECT_MULTIPLE):
        for choice in flow.form.choices.get(field.choices or "", ()):
            yield choice.name, label_text(choice.label, flow.language) or choice.name


def _room(text: str) -> float:
    return CHECK + _CHOICE_WORDS + text_width(text, LABEL_SIZE) + 1.5 + _CHOICE_GAP


def _broken(rooms: list[float], width: float) -> list[list[float]]:
    """Return check boxes in lines, each as full as it goes; the gap after the last may be lost."""
    lines: list[list[float]] = []
    for room in rooms:
        if lines and sum(lines[-1]) + room - _CHOICE_GAP <= width:
            lines[-1].append(room)
        else:
            lines.append([room])
    return lines


def _aligned(rooms: list[float], lines: int, width: float) -> list[list[float]] | None:
    """Return check boxes in lines one under another; ``None`` where that takes more lines."""
    if lines < 2:
        return None
    across = -(-len(rooms) // lines)
    columns = [max(rooms[column::across]) for column in range(across)]
    if sum(columns) - _CHOICE_GAP > width:
        return None
    return [columns[: len(rooms) - start] for start in range(0, len(rooms), across)]


def _moved(box: Box, right: float, down: float) -> Box:
    return Box(left=box.left + right, top=box.top + down, right=box.right + right, bottom=box.bottom + down)
