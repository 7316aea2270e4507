"""What a document holds that is typeset: facts, tables, pictures and words, in the order in which they stand."""

import functools
import struct
import unicodedata
from pathlib import Path
from typing import Any, Final

import msgspec

from ocr.fonts import TEXT

#: Stands for a sign that the font lacks: an archive's PDF admits none that is not drawn.
MISSING: Final = "□"


class Block(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=str.lower):
    """Something that stands in a document."""


class Heading(Block, frozen=True, kw_only=True):
    """A heading; ``level`` 1 is the greater."""

    text: str
    level: int = 2


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A label with what stands beside it; ``wide``: over the whole line."""

    label: str
    text: str
    wide: bool = False


class Facts(Block, frozen=True, kw_only=True):
    """Labels with their values, two on a line."""

    pairs: list[Pair]


class Grid(Block, frozen=True, kw_only=True):
    """A table; ``widths`` are shares of the line."""

    head: list[str]
    rows: list[list[str]]
    widths: list[int]


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture by its file's name in the folder, with lines below; without a file ``missing`` says why."""

    file: str = ""
    missing: str = ""
    lines: list[str] = msgspec.field(default_factory=list)


class Pictures(Block, frozen=True, kw_only=True):
    """Pictures beside each other, ``height`` millimetres high."""

    pictures: list[Picture]
    across: int = 2
    height: int = 60


class Text(Block, frozen=True, kw_only=True):
    """A paragraph."""

    text: str


class Page(Block, frozen=True, kw_only=True):
    """What follows begins on a new page."""


AnyBlock = Heading | Facts | Grid | Pictures | Text | Page


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document. ``date`` is year, month and day of what it holds, never of when it was made."""

    title: str
    date: tuple[int, int, int]
    foot: str
    subtitle: list[str] = msgspec.field(default_factory=list)
    blocks: list[AnyBlock] = msgspec.field(default_factory=list)


def pairs(found: list[Pair]) -> list[Pair]:
    """Return pairs such that each narrow one has another beside it: what stands alone is made wide."""
    made: list[Pair] = []
    waiting: Pair | None = None
    for pair in found:
        if pair.wide or len(pair.text) > 18:
            made += [msgspec.structs.replace(waiting, wide=True)] if waiting else []
            made.append(msgspec.structs.replace(pair, wide=True))
            waiting = None
        elif waiting is not None:
            made += [waiting, pair]
            waiting = None
        else:
            waiting = pair
    return [*made, *([msgspec.structs.replace(waiting, wide=True)] if waiting else [])]


def encoded(document: Document) -> bytes:
    """Return a document as the template reads it, with only such signs as its font draws."""
    return msgspec.json.encode(_drawable(msgspec.to_builtins(document)))


def _drawable(node: Any) -> Any:
    if isinstance(node, str):
        return "".join(map(_drawn, node.replace("m²", "㎡").replace("m³", "㎥")))
    if isinstance(node, dict):
        return {key: _drawable(value) for key, value in node.items()}
    return [_drawable(each) for each in node] if isinstance(node, list) else node


def _drawn(sign: str) -> str:
    """Return a sign as the font draws it: as it is, in its plainer form, or as a box."""
    known = signs()
    plain = unicodedata.normalize("NFKC", sign)
    return next((each for each in (sign, plain) if each == "\n" or all(ord(part) in known for part in each)), MISSING)


@functools.cache
def signs(font: Path = TEXT) -> frozenset[int]:
    """Return the code points that a font draws, by its table ``cmap`` (OpenType, formats 4 and 12)."""
    data = font.read_bytes()
    count = struct.unpack_from(">H", data, 4)[0]
    tables = (struct.unpack_from(">4sLLL", data, 12 + 16 * at) for at in range(count))
    cmap = next(offset for tag, _, offset, _ in tables if tag == b"cmap")
    found: set[int] = set()
    for at in range(struct.unpack_from(">H", data, cmap + 2)[0]):
        start = cmap + struct.unpack_from(">HHL", data, cmap + 4 + 8 * at)[2]
        found |= _mapped(data, start)
    return frozenset(found)


def _mapped(data: bytes, start: int) -> set[int]:
    kind = struct.unpack_from(">H", data, start)[0]
    if kind == 12:
        groups = struct.unpack_from(">L", data, start + 12)[0]
        spans = [struct.unpack_from(">LL", data, start + 16 + 12 * at) for at in range(groups)]
    elif kind == 4:
        segments = struct.unpack_from(">H", data, start + 6)[0] // 2
        ends = struct.unpack_from(f">{segments}H", data, start + 14)
        begins = struct.unpack_from(f">{segments}H", data, start + 16 + 2 * segments)
        spans = [(begin, end) for begin, end in zip(begins, ends, strict=True) if begin != 0xFFFF]
    else:
        return set()
    return {point for begin, end in spans for point in range(begin, end + 1)}
