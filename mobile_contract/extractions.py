"""What a machine read from paper, and what a person put right: the values and the server's part of an extraction."""

from enum import StrEnum
from typing import Any

import msgspec

from mobile_contract.base import Wire
from mobile_contract.states import ExtractionState


class ValueKind(StrEnum):
    """Values that are read, and judged, alike: ``moment`` is a date or time, ``name`` comes from a list.

    ``code`` is an identifier, ``words`` an amount in words, ``check`` what is ticked, ``blank`` an answer left empty.
    """

    TEXT = "text"
    NAME = "name"
    CODE = "code"
    WORDS = "words"
    MONEY = "money"
    NUMBER = "number"
    MOMENT = "moment"
    CHECK = "check"
    BLANK = "blank"


class Scrutiny(StrEnum):
    """Whether a person must look at a proposed value.

    ``accepted``: sure enough for the threshold in force; a clerk need not stop there. ``audit``: as sure, but drawn at
    random to be looked at all the same. All others are ``due``. On the wire it is the member ``review`` of a value.
    """

    DUE = "due"
    ACCEPTED = "accepted"
    AUDIT = "audit"


class ProposedField(Wire, frozen=True, kw_only=True):
    """One value that the machine proposes.

    ``path`` is the report path it would set (``fields/amount`` or ``fields/items/3/quantity`` with the row's ordinal);
    ``box`` is left, top, right, bottom in pixels of the rectified page at 200 dpi; ``confidence`` is in thousandths;
    ``readings`` are the raw texts by source (``crop``, ``page``, ``ink``); ``rule`` names what changed the text;
    ``grounds`` are the whole numbers from which the confidence follows under the extraction's fit.
    """

    path: str
    value: Any = None
    confidence: int
    page: int
    box: tuple[int, int, int, int]
    readings: dict[str, str] = msgspec.field(default_factory=dict)
    rule: str | None = None
    kind: ValueKind | None = None
    grounds: dict[str, int] = msgspec.field(default_factory=dict)
    review: Scrutiny = Scrutiny.DUE


class Flag(Wire, frozen=True, kw_only=True):
    """Something a person should look at: a code of ``problems``, the paths it concerns, and what was compared."""

    code: str
    paths: tuple[str, ...] = ()
    params: dict[str, str] = msgspec.field(default_factory=dict)
    suggestion: Any = None


class FoundLine(Wire, frozen=True, kw_only=True):
    """A line of text on a page of an unknown form.

    Here and below ``box`` is left, top, right, bottom in pixels of the page in ``rectified``, and ``confidence`` is in
    thousandths.
    """

    text: str
    page: int
    box: tuple[int, int, int, int]
    confidence: int


class FoundChoice(Wire, frozen=True, kw_only=True):
    """A check box with the words beside it, and whether there is ink in it."""

    text: str
    checked: bool


class FoundPair(Wire, frozen=True, kw_only=True):
    """A label with what is written beside it; ``value`` is empty where nothing is. ``group`` is the heading above.

    ``box`` holds the value, ``key_box`` the label; of a question with check boxes ``value`` names those with ink.
    """

    key: str
    value: str
    page: int
    box: tuple[int, int, int, int]
    key_box: tuple[int, int, int, int]
    confidence: int
    choices: tuple[FoundChoice, ...] = ()
    group: str = ""


class FoundCell(Wire, frozen=True, kw_only=True):
    """A cell of a table, by its row and column (from 0); ``text`` is empty where nothing was read."""

    row: int
    column: int
    text: str
    box: tuple[int, int, int, int]
    confidence: int


class FoundTable(Wire, frozen=True, kw_only=True):
    """A table: ruled, or of lines that stand below each other. Row 0 names the columns; ``label`` stands above it."""

    page: int
    box: tuple[int, int, int, int]
    rows: int
    columns: int
    cells: tuple[FoundCell, ...]
    label: str = ""
    ruled: bool = True


class Correction(Wire, frozen=True, kw_only=True, omit_defaults=False):
    """What a person put in the place of a proposed value, or where none was proposed; ``null``: nothing."""

    value: Any = None
    by: str
    at: str


class ExtractionServer(Wire, frozen=True, kw_only=True):
    """Who decided about an extraction, when, and what they put right, by path; absent while it is ``proposed``.

    The person who decided looked at every value but those whose review is ``accepted`` and that are not corrected.
    ``duplicates`` names the pairs (``/v1/duplicates/<id>``) that a person must decide about before it is confirmed.
    """

    received_at: str
    decided_by: str | None = None
    decided_at: str | None = None
    duplicates: tuple[str, ...] = ()
    corrections: dict[str, Correction] = msgspec.field(default_factory=dict)


class ExtractionValues(Wire, frozen=True, kw_only=True):
    """What the machine read from a scan. ``state`` is ``proposed`` until a clerk confirms or discards it.

    ``fit`` is the version of the fit under which its confidences were given.
    ``rectified`` are the pages laid flat, in the order of the scan, and ``boxed`` the same with the boxes of what was
    read drawn on them: SHA-256 of blobs. ``serial`` is that of the sheet, as its QR code says it. ``lines``,
    ``tables`` and ``pairs`` are what stands on pages whose form is not known, bounded in number; ``text`` is the blob
    (UTF-8) with all of their text.
    """

    scan: str
    form: str | None = None
    form_version: int | None = None
    engine: str
    fit: str | None = None
    fields: tuple[ProposedField, ...] = ()
    flags: tuple[Flag, ...] = ()
    rectified: tuple[str, ...] = ()
    boxed: tuple[str, ...] = ()
    lines: tuple[FoundLine, ...] = ()
    tables: tuple[FoundTable, ...] = ()
    pairs: tuple[FoundPair, ...] = ()
    text: str | None = None
    state: ExtractionState = ExtractionState.PROPOSED
    report: str | None = None
    serial: str = ""
