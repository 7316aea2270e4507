"""Comb boxes: how many teeth a number, an amount or an identifier gets on paper, and which were written into. Pure.

A comb is a row of cells for one character each. Its teeth are short strokes on the lower edge of the answer, so that a
hand that ignores them can be read as well. An amount of money has a heading over every cell (… 千百十元角分), as
vouchers have it: there the place of a digit gives its worth, and no point is written.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mobile_contract.forms import Compare, Expression, Field, FieldType, Literal, Logic, Ref

#: Narrower cells cannot be written in, wider ones do not lead the hand; millimetres.
MIN_CELL: Final = 3.9
MAX_CELL: Final = 6.5
#: With fewer cells than this a number is better written freely.
MIN_CELLS: Final = 2
#: From 亿 to 分.
MONEY_CELLS: Final = 11
_MONEY_PLACES: Final = 2
_MIN_MONEY_CELLS: Final = 7
_DIGITS: Final = {FieldType.INTEGER: 6, FieldType.DECIMAL: 4}  # before the point, where the form names no bound
_CONTENT: Final = 5  # fewer than it wants, but enough for most numbers
_PLACES: Final = 2  # of a decimal whose form names no scale
#: Characters of what has a fixed form, by the last part of what the field means.
_IDENTIFIERS: Final = {"usci": 18, "citizenId": 18, "phone": 11}
#: 4-6-2-2-6 digits with their hyphens (GB/T 40058-2021).
_CODES: Final = {"project.code": 24}
#: An amount with thousands, whatever its separators are taken for.
_GROUPED: Final = re.compile(r"(¥?-?\d{1,3}(?:[.,]\d{3})*)[.,](\d{2})元?")


@dataclass(frozen=True, kw_only=True)
class Comb:
    """``cells`` cells of equal width from ``left`` to ``right`` (mm); the last ``places`` stand behind the point."""

    left: float
    right: float
    cells: int
    places: int = 0

    @property
    def pitch(self) -> float:
        """Millimetres from one tooth to the next."""
        return (self.right - self.left) / self.cells

    def teeth(self) -> Iterator[float]:
        """Return where the teeth stand, both ends included."""
        for number in range(self.cells + 1):
            yield self.left + number * self.pitch


def comb_of(field: Field, left: float, right: float, *, filling: bool) -> Comb | None:
    """Return a comb for the answer from ``left`` to ``right`` (mm), or none where it would not help.

    ``filling``: the comb takes the whole width where its cells do not become too wide, as in a table.
    """
    wanted, least, places = _wanted(field)
    margin = 0.0 if filling else 1.5
    room = right - left - 2 * margin
    cells = min(wanted, int(room / MIN_CELL + 1e-6))
    if cells < max(least, MIN_CELLS):
        return None
    pitch = min(MAX_CELL, room / cells)
    start = left + (room - cells * pitch) / 2 if filling else left + margin
    return Comb(left=start, right=start + cells * pitch, cells=cells, places=places)


def _wanted(field: Field) -> tuple[int, int, int]:
    """Return how many cells a field wants, the least it takes, and how many of them stand behind a point."""
    money = field.type is FieldType.INTEGER and field.unit == "CNY_FEN"
    if field.paper_cells is not None:
        return field.paper_cells, field.paper_cells, _MONEY_PLACES if money else 0
    if money:
        return MONEY_CELLS, _MIN_MONEY_CELLS, _MONEY_PLACES
    if field.type in (FieldType.INTEGER, FieldType.DECIMAL):
        bounds = list(_bounds(field.name, field.constraint.expression)) if field.constraint else []
        digits = max((len(str(abs(int(bound)))) for bound in bounds if bound), default=_DIGITS[field.type])
        sign = any(bound < 0 for bound in bounds)
        scale = (_PLACES if field.scale is None else field.scale) if field.type is FieldType.DECIMAL else 0
        cells = digits + sign + (scale + 1 if scale else 0)
        return cells, min(cells, _CONTENT), 0
    if field.type is FieldType.TEXT and field.means:
        fixed = _CODES.get(field.means) or _IDENTIFIERS.get(field.means.rpartition(".")[2], 0)
        return fixed, fixed, 0
    return 0, 1, 0


def _bounds(name: str, condition: Expression | None) -> Iterator[float]:
    """Return the constants that a constraint compares a field with."""
    if isinstance(condition, Logic) and condition.operator == "and":
        for operand in condition.operands:
            yield from _bounds(name, operand)
    elif isinstance(condition, Compare) and isinstance(condition.right, Literal) and condition.left == Ref(name=name):
        yield float(condition.right.value)


def place_digits(text: str, written: Sequence[bool], places: int) -> str | None:
    """Return digits that were written without a point with it, by the cells of a comb they stand in.

    ``written`` is whether there is ink in each cell. Digits that end before the point are whole; those that
    reach behind it must be one to a cell. ``None``: they are not, and the place of the point is unknown.

    A hand that wrote commas and a point instead wrote them where the teeth were painted out, and they are hard to tell
    apart: groups of three digits and two at the end show which is which.
    """
    if grouped := _GROUPED.fullmatch(text):
        return f"{grouped[1].replace('.', ',')}.{grouped[2]}"
    digits = [char for char in text if char.isdigit()]
    behind = written[len(written) - places :]
    if "." in text or "," in text or not any(behind) or not digits:
        return text
    if len(digits) != sum(written):
        return None
    used = sum(behind)
    if not all(behind[:used]):  # 分 without 角: the hand left a cell empty that must hold a digit
        return None
    return f"{''.join(digits[: len(digits) - used]) or '0'}.{''.join(digits[-used:])}"
