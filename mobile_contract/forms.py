"""``FormDefinition``: what an XLSForm compiles to, and the one thing all four faces of a form are drawn from.

The phone's screen, the printed sheet, the XForm for ODK Collect and the columns of an export read this and nothing
else. Names never change type or unit between versions. Groups are layout only: values are flat by field name, and a
repeat holds ``{rowId: {name: value}}``.
"""

from enum import StrEnum
from typing import Any

import msgspec

from mobile_contract.base import Wire

#: Text by language tag; ``zh-CN`` is always there, ``en`` in every shipped form.
Label = dict[str, str]


class FieldType(StrEnum):
    """The type of a field and how its value is written in a record."""

    TEXT = "text"  # string
    INTEGER = "integer"  # integer; money is an integer whose unit is CNY_FEN
    DECIMAL = "decimal"  # string of a decimal number in ``unit``, at most ``scale`` places
    BOOLEAN = "boolean"
    DATE = "date"  # YYYY-MM-DD
    TIME = "time"  # HH:MM
    DATE_TIME = "dateTime"  # RFC 3339 with offset
    SELECT_ONE = "selectOne"  # name of a choice
    SELECT_MULTIPLE = "selectMultiple"  # list of names of choices, in the order of the list
    GEOPOINT = "geopoint"  # a ``media.Position``
    PHOTO = "photo"  # SHA-256 of a blob
    AUDIO = "audio"
    VIDEO = "video"
    SIGNATURE = "signature"
    BARCODE = "barcode"


# Expressions ---------------------------------------------------------------------------------------------------------
# The closed set that the server recomputes after every merge. Arithmetic is exact: integers, or decimals by
# ``decimal.Decimal``. A missing operand makes the result missing, except in ``Sum``, where it counts as nothing.
# Conditions are two-valued, as XPath has them on the phone: a missing value equals a missing value and the empty text
# and nothing else, and comes neither before nor after anything; as a condition, a missing boolean is false.


class Literal(Wire, frozen=True, kw_only=True, tag="literal", tag_field="op"):
    """A constant, written as a value of ``type`` is: a decimal is a string."""

    value: Any = None
    type: FieldType = FieldType.TEXT


class Ref(Wire, frozen=True, kw_only=True, tag="ref", tag_field="op"):
    """The value of a field: of the same row when inside a repeat, else of the report."""

    name: str


class Sum(Wire, frozen=True, kw_only=True, tag="sum", tag_field="op"):
    """The sum of ``item`` over the rows of ``repeat``; of no rows it is 0."""

    repeat: str
    item: "Expression"


class Arithmetic(Wire, frozen=True, kw_only=True, tag="arithmetic", tag_field="op"):
    """``+``, ``-`` or ``*`` over the operands, from left to right."""

    operator: str
    operands: tuple["Expression", ...]


class Compare(Wire, frozen=True, kw_only=True, tag="compare", tag_field="op"):
    """``=``, ``!=``, ``<``, ``<=``, ``>`` or ``>=``: a boolean.

    ``type`` says as what the operands compare: ``decimal`` (any two numbers), ``date``, ``time``, ``dateTime`` (as
    instants), ``boolean`` or ``text``; the last two only by ``=`` and ``!=``.
    """

    operator: str
    type: FieldType
    left: "Expression"
    right: "Expression"


class Logic(Wire, frozen=True, kw_only=True, tag="logic", tag_field="op"):
    """``and``, ``or`` or ``not`` over boolean operands."""

    operator: str
    operands: tuple["Expression", ...]


class Selected(Wire, frozen=True, kw_only=True, tag="selected", tag_field="op"):
    """Whether ``choice`` is among what was chosen in ``name``."""

    name: str
    choice: str


class If(Wire, frozen=True, kw_only=True, tag="if", tag_field="op"):
    """``then`` when ``condition`` holds, else ``otherwise``."""

    condition: "Expression"
    then: "Expression"
    otherwise: "Expression"


class Days(Wire, frozen=True, kw_only=True, tag="days", tag_field="op"):
    """Whole days from date ``start`` to date ``end``: an integer."""

    start: "Expression"
    end: "Expression"


class Round(Wire, frozen=True, kw_only=True, tag="round", tag_field="op"):
    """``item`` rounded to ``places`` decimal places, halves away from zero."""

    item: "Expression"
    places: int = 0


Expression = Literal | Ref | Sum | Arithmetic | Compare | Logic | Selected | If | Days | Round


# Items ---------------------------------------------------------------------------------------------------------------


class Choice(Wire, frozen=True, kw_only=True):
    """One answer of a choice list."""

    name: str
    label: Label


class Rule(Wire, frozen=True, kw_only=True):
    """A condition on a field: its XPath for the phone, and its expression when it lies in the closed set."""

    xpath: str
    expression: Expression | None = None
    message: Label = msgspec.field(default_factory=dict)


class Merge(StrEnum):
    """What becomes of two edits of one answer that did not see each other."""

    CONFLICT = "conflict"  # both are kept until a person chooses
    UNION = "union"  # of a selectMultiple: what either ticked is ticked, what either took away is gone


class Field(Wire, frozen=True, kw_only=True, tag="field", tag_field="item"):
    """One question.

    ``means`` names what the value stands for across forms (``labour.count``, ``amount.words``); ``computed`` is the
    expression the server recomputes (such a field is never set by an op), rounded half away from zero to ``scale``;
    ``phone_only`` is XPath outside the closed set, evaluated on the phone alone; ``carry`` allows 同昨日;
    ``vocabulary`` names a list of the project (``people``, ``materials``, ``sections``) that reading paper may snap
    to; ``paper_width`` is a share of the printed line in twelfths, ``paper_cells`` the cells of its comb where the form
    says how many (0: none). A boolean's ``choices`` are the words for
    ``yes`` and ``no``. ``relevant`` includes that of the groups around the field.
    """

    name: str
    type: FieldType
    label: Label
    hint: Label = msgspec.field(default_factory=dict)
    required: bool = False
    unit: str | None = None
    scale: int | None = None
    choices: str | None = None
    means: str | None = None
    vocabulary: str | None = None
    carry: bool = False
    computed: Expression | None = None
    phone_only: str | None = None
    relevant: Rule | None = None
    constraint: Rule | None = None
    paper_width: int = 12
    paper_lines: int = 1
    paper_cells: int | None = None
    merge: Merge = Merge.CONFLICT


class Note(Wire, frozen=True, kw_only=True, tag="note", tag_field="item"):
    """Text shown and printed, never answered."""

    name: str
    label: Label


class Group(Wire, frozen=True, kw_only=True, tag="group", tag_field="item"):
    """Fields under one heading; the values stay flat."""

    name: str
    label: Label
    items: tuple["Item", ...]


class Repeat(Wire, frozen=True, kw_only=True, tag="repeat", tag_field="item"):
    """A table. ``row_key`` names the fields whose values make a row's id (UUIDv5); empty: rows carry UUIDv7.

    On paper it has ``paper_rows`` rows, ``paper_across`` of them side by side.
    """

    name: str
    label: Label
    fields: tuple[Field, ...]
    row_key: tuple[str, ...] = ()
    relevant: Rule | None = None
    paper_rows: int = 6
    paper_across: int = 1


Item = Field | Note | Group | Repeat


class FormDefinition(Wire, frozen=True, kw_only=True):
    """One published version of a form. ``unique_by`` names the fields that, with the scope, make the report's id."""

    id: str
    version: int
    title: Label
    items: tuple[Item, ...]
    choices: dict[str, tuple[Choice, ...]] = msgspec.field(default_factory=dict)
    unique_by: tuple[str, ...] = ()
    sha256: str = ""


class FormServer(Wire, frozen=True, kw_only=True):
    """What the server says of a form on the feed: when it came, and since when no new report is begun on it.

    The version to offer is the newest one, or none when that is retired. Reports on any version are taken.
    """

    received_at: str | None = None
    retired_at: str | None = None


class PhoneOnly(Wire, frozen=True, kw_only=True):
    """An expression of an XLSForm that the phone alone evaluates; publishing lists it for the author.

    ``row`` is the row of the sheet ``survey``, or the line of the text form; ``reason`` names what lies outside the
    closed set.
    """

    row: int
    name: str
    column: str
    text: str
    reason: str


class FormState(StrEnum):
    """How a version of a form stands: not published yet, in use, or offered for no new report."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class PublishedForm(Wire, frozen=True, kw_only=True):
    """One version of a form as the list shows it.

    ``state`` is ``draft`` (version 0), ``published`` or ``retired``: then it is offered for no new report, and is still
    read and taken. ``by`` is a person, or ``library`` for a shipped form.
    """

    id: str
    version: int
    title: Label
    state: FormState
    sha256: str
    by: str
    at: str
    phone_only: tuple[PhoneOnly, ...] = ()


class FormList(Wire, frozen=True, kw_only=True):
    """The newest version of each form, by form id; ``next`` is the ``after`` of the next page, empty on the last."""

    forms: tuple[PublishedForm, ...]
    next: str = ""


class FormChange(Wire, frozen=True, kw_only=True):
    """One thing that differs between two versions.

    ``path`` is a name, ``repeat/column``, ``choices/list/name``, or empty for the form itself; ``change`` is ``added``,
    ``removed``, ``moved`` or ``changed``; of the last, ``aspect`` names the attribute (``label``, ``unit``, ``group``)
    with its values ``before`` and ``after`` as the definition has them. ``said`` is the same as a sentence.
    """

    path: str
    change: str
    said: Label
    aspect: str = ""
    before: Any = None
    after: Any = None


class FormDifference(Wire, frozen=True, kw_only=True):
    """What became of a form between two of its versions, field by field in the order of the later one."""

    form: str
    earlier: int
    later: int
    changes: tuple[FormChange, ...]


def fields_of(form: FormDefinition) -> tuple[Field, ...]:
    """List the fields outside repeats in reading order, groups opened."""
    return tuple(item for item in _flat(form.items) if isinstance(item, Field))


def repeats_of(form: FormDefinition) -> tuple[Repeat, ...]:
    """List the repeats in reading order, groups opened."""
    return tuple(item for item in _flat(form.items) if isinstance(item, Repeat))


def _flat(items: tuple[Item, ...]) -> tuple[Item, ...]:
    flat: list[Item] = []
    for item in items:
        flat.extend(_flat(item.items) if isinstance(item, Group) else (item,))
    return tuple(flat)
