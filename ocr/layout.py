"""Where everything stands on the printed sheet of a form. Pure: the printer and the reader both call this.

A sheet is a table in twelve columns between the marks: a line of questions is as many as their ``paper_width`` allows,
a repeat is a table with its head repeated on every page it reaches.
"""

from collections.abc import Iterator
from typing import Final

from mobile_contract.forms import Field, FieldType, FormDefinition, Group, Item, Label, Note, Repeat, fields_of
from mobile_contract.problems import Refused
from ocr.geometry import LEFT, RIGHT, Box, Frame, Layout, Page, Place, Text

_BODY_TOP: Final = 48.0
_BODY_BOTTOM: Final = 273.0
_COLUMN: Final = (RIGHT - LEFT) / 12
_LINE: Final = 10.0  # a line for a hand that writes
_ROW: Final = 9.0
_HEADING: Final = 7.0
_CHECK: Final = 4.2
_LABEL_SIZE: Final = 9.5
_LABEL: Final = 19.0
_MAX_LABEL: Final = 31.0
_WIDE: Final = 5  # columns from which on the first question of a line shares the label column of the form
_NUMBER: Final = 9.0  # the 序号 column of a table
_MAX_CHOICES_HEIGHT: Final = 60.0
_MM_PER_POINT: Final = 25.4 / 72

#: Types that paper cannot hold.
_NOT_ON_PAPER: Final = {FieldType.PHOTO, FieldType.AUDIO, FieldType.VIDEO, FieldType.GEOPOINT}

#: What people read for a unit that is a code; other units are printed as they are.
_UNIT_WORDS: Final = {"CNY_FEN": "元", "h": "小时", "d": "天"}


def label_text(label: Label) -> str:
    """Choose the words to print: Chinese first, else English, else any there are."""
    return label.get("zh-CN") or label.get("en") or next(iter(label.values()), "")


def text_width(text: str, size: float) -> float:
    """Estimate the width of ``text`` in millimetres: a Chinese character is one em, others six tenths."""
    return sum(1.0 if ord(char) > 0x2E7F else 0.6 for char in text) * size * _MM_PER_POINT


def label_width(text: str) -> float:
    """Give the width of a label cell that holds ``text`` on one line, in millimetres."""
    return max(text_width(text, _LABEL_SIZE) + 3.5, _LABEL)


def layout_of(form: FormDefinition) -> Layout:
    """Lay out ``form``: the same definition always gives the same sheet.

    Raises :class:`Refused` (``paper.form_too_wide``) when a line, a table or an answer cannot fit the page.
    """
    flow = _Flow()
    wide = [label_width(field_label(field)) for field in fields_of(form) if field.paper_width > _WIDE]
    flow.label_width = min(max(wide, default=_LABEL), _MAX_LABEL)
    _items(flow, form, form.items)
    return Layout(form=form, pages=flow.finish())


class _Flow:
    """Pages being filled from top to bottom."""

    def __init__(self) -> None:
        self.done: list[Page] = []
        self.label_width = _LABEL
        self._start()

    def _start(self) -> None:
        self.top = _BODY_TOP
        self.texts: list[Text] = []
        self.frames: list[Frame] = []
        self.places: list[Place] = []

    def take(self, height: float) -> float:
        """Reserve ``height`` on this page, or on the next when it does not fit; give its top."""
        if not self.fits(height):
            self.break_page()
        top = self.top
        self.top += height
        return top

    def fits(self, height: float) -> bool:
        return self.top + height <= _BODY_BOTTOM

    def break_page(self) -> None:
        """Close this page and start the next."""
        page = Page(
            number=len(self.done) + 1,
            texts=tuple(self.texts),
            frames=tuple(self.frames),
            places=tuple(self.places),
        )
        self.done.append(page)
        self._start()

    def finish(self) -> tuple[Page, ...]:
        self.break_page()
        return tuple(self.done)


def _items(flow: _Flow, form: FormDefinition, items: tuple[Item, ...]) -> None:
    line: list[Field] = []
    for item in items:
        if isinstance(item, Field):
            if item.type in _NOT_ON_PAPER:
                continue
            if not 1 <= item.paper_width <= 12:
                raise Refused("paper.form_too_wide", reason=f"{item.name}: paper_width {item.paper_width}")
            if sum(other.paper_width for other in line) + item.paper_width > 12:
                _line(flow, form, line)
                line = []
            line.append(item)
            continue
        _line(flow, form, line)
        line = []
        if isinstance(item, Group):
            # A heading never stands alone at the foot of a page.
            _heading(flow, label_text(item.label), keep_with=_LINE)
            _items(flow, form, item.items)
        elif isinstance(item, Note):
            _note(flow, label_text(item.label))
        else:
            _table(flow, item)
    _line(flow, form, line)


def _heading(flow: _Flow, text: str, keep_with: float = 0.0) -> None:
    if not text:
        return
    if not flow.fits(_HEADING + keep_with):
        flow.break_page()
    top = flow.take(_HEADING)
    box = Box(left=LEFT, top=top, right=RIGHT, bottom=top + _HEADING)
    flow.frames.append(Frame(box=box))
    flow.texts.append(Text(box=box.inset(0.8), text=text, size=10, align="center", bold=True))


def _note(flow: _Flow, text: str) -> None:
    lines = 1 + int(text_width(text, 8.5) // (RIGHT - LEFT - 3))
    height = 2.2 + 4.2 * lines
    top = flow.take(height)
    box = Box(left=LEFT, top=top, right=RIGHT, bottom=top + height)
    flow.frames.append(Frame(box=box))
    flow.texts.append(Text(box=box.inset(1.0), text=text, size=8.5))


def field_label(field: Field) -> str:
    """Give the printed name of a field with its unit."""
    unit = _UNIT_WORDS.get(field.unit or "", field.unit or "")
    text = label_text(field.label) or field.name
    return f"{text}({unit})" if unit and unit not in text else text


def _line(flow: _Flow, form: FormDefinition, fields: list[Field]) -> None:
    """Draw one line of questions: each a label cell and a cell for the answer."""
    if not fields:
        return
    widths = [field.paper_width * _COLUMN for field in fields]
    spare = RIGHT - LEFT - sum(widths)
    widths[-1] += spare  # the frame of a line always reaches the margin
    shared = [flow.label_width, *([None] * len(fields))]  # the first cell of each line; the others as they need
    cells = [_Cell(form, *of) for of in zip(fields, widths, shared, strict=False)]
    height = max(cell.height for cell in cells)
    top = flow.take(height)
    left = LEFT
    for cell in cells:
        cell.draw(flow, left, top, height)
        left += cell.width


class _Cell:
    """One question on a line: measured first, drawn when the height of its line is known."""

    def __init__(self, form: FormDefinition, field: Field, width: float, shared_label: float | None) -> None:
        self.field = field
        self.width = width
        self.label = field_label(field)
        shared = shared_label if field.paper_width >= _WIDE else None
        own_label = label_width(self.label) if shared is None else shared
        self.label_width = min(own_label, max(0.4 * width, 15.0))
        if self.label_width > width - 12:
            raise Refused("paper.form_too_wide", reason=f"{field.name}: {width:.0f} mm")
        label_lines = 1 + int(text_width(self.label, _LABEL_SIZE) // max(self.label_width - 2.5, 1))
        self.choices = list(_choices(form, field))
        self.places = list(self._flow_choices(width - self.label_width))
        bottom = max((box.bottom for _, box, _ in self.places), default=0.0) + 2.6
        if bottom > _MAX_CHOICES_HEIGHT:  # too many to tick: written instead, and matched to the list
            self.places = []
        own = max(bottom, _LINE) if self.places else _LINE * max(1, field.paper_lines)
        self.height = max(own, 4.4 * label_lines + 2)
        if self.height > _BODY_BOTTOM - _BODY_TOP:
            raise Refused("paper.form_too_wide", reason=f"{field.name}: {self.height:.0f} mm")

    def _flow_choices(self, width: float) -> Iterator[tuple[str, Box, Text]]:
        left, top = 2.5, 2.9
        for name, text in self.choices:
            room = text_width(text, _LABEL_SIZE) + 1.5
            if left > 2.5 and left + _CHECK + room + 3 > width:
                left, top = 2.5, top + 7.0
            box = Box(left=left, top=top, right=left + _CHECK, bottom=top + _CHECK)
            words = Box(left=box.right + 1.2, top=top - 0.7, right=box.right + 1.4 + room, bottom=top + _CHECK + 0.7)
            yield name, box, Text(box=words, text=text, size=9.5)
            left = words.right + 3.0

    def draw(self, flow: _Flow, left: float, top: float, height: float) -> None:
        label = Box(left=left, top=top, right=left + self.label_width, bottom=top + height)
        answer = Box(left=label.right, top=top, right=left + self.width, bottom=top + height)
        flow.frames += [Frame(box=label), Frame(box=answer)]
        flow.texts.append(Text(box=label.inset(1.0), text=self.label, align="center"))
        path = f"fields/{self.field.name}"
        if not self.places:
            flow.places.append(Place(path=path, field=self.field, box=answer))
        for name, box, words in self.places:
            placed = _moved(box, answer.left, answer.top)
            flow.frames.append(Frame(box=placed, weight=0.3))
            flow.texts.append(
                Text(box=_moved(words.box, answer.left, answer.top), text=words.text, size=words.size, align="left")
            )
            flow.places.append(Place(path=path, field=self.field, box=placed, choice=name))


def _moved(box: Box, right: float, down: float) -> Box:
    return Box(left=box.left + right, top=box.top + down, right=box.right + right, bottom=box.bottom + down)


def _choices(form: FormDefinition, field: Field) -> Iterator[tuple[str, str]]:
    if field.type is FieldType.BOOLEAN:
        yield from (("true", "是"), ("false", "否"))
    elif field.type in (FieldType.SELECT_ONE, FieldType.SELECT_MULTIPLE):
        for choice in form.choices.get(field.choices or "", ()):
            yield choice.name, label_text(choice.label) or choice.name


def _table(flow: _Flow, repeat: Repeat) -> None:
    """Draw a repeat: a heading, the names of its columns, and its rows, continued on the next page with its head."""
    fields = [field for field in repeat.fields if field.type not in _NOT_ON_PAPER]
    if not fields:
        return
    share = (RIGHT - LEFT - _NUMBER) / sum(field.paper_width for field in fields)
    widths = [field.paper_width * share for field in fields]
    if min(widths) < 9:
        raise Refused("paper.form_too_wide", reason=f"{repeat.name}: {len(fields)} columns")
    _heading(flow, label_text(repeat.label), keep_with=_HEADING + 2 * _ROW)
    _table_head(flow, fields, widths)
    for ordinal in range(1, max(1, repeat.paper_rows) + 1):
        if not flow.fits(_ROW):
            flow.break_page()
            _heading(flow, f"{label_text(repeat.label)}(续)")
            _table_head(flow, fields, widths)
        top = flow.take(_ROW)
        number = Box(left=LEFT, top=top, right=LEFT + _NUMBER, bottom=top + _ROW)
        flow.frames.append(Frame(box=number))
        flow.texts.append(Text(box=number.inset(0.8), text=str(ordinal), size=9, align="center"))
        left = number.right
        for field, width in zip(fields, widths, strict=True):
            cell = Box(left=left, top=top, right=left + width, bottom=top + _ROW)
            flow.frames.append(Frame(box=cell))
            flow.places.append(_table_place(flow, f"fields/{repeat.name}/{ordinal}/{field.name}", field, cell))
            left += width


def _table_place(flow: _Flow, path: str, field: Field, cell: Box) -> Place:
    if field.type is not FieldType.BOOLEAN:
        return Place(path=path, field=field, box=cell)
    x, y = (cell.left + cell.right - _CHECK) / 2, (cell.top + cell.bottom - _CHECK) / 2
    box = Box(left=x, top=y, right=x + _CHECK, bottom=y + _CHECK)
    flow.frames.append(Frame(box=box, weight=0.3))
    return Place(path=path, field=field, box=box, choice="true")


def _table_head(flow: _Flow, fields: list[Field], widths: list[float]) -> None:
    top = flow.take(_HEADING)
    left = LEFT
    for text, width in zip(["序号", *map(field_label, fields)], [_NUMBER, *widths], strict=True):
        box = Box(left=left, top=top, right=left + width, bottom=top + _HEADING)
        flow.frames.append(Frame(box=box))
        flow.texts.append(Text(box=box.inset(0.6), text=text, size=8.5, align="center"))
        left += width
