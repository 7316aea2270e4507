"""Readings into proposed values, with a confidence each and flags where a person must look. Pure.

Two readings of every written answer are kept: of the crop (limited to what its type may say) and of the page as a
whole. Where they disagree either is right only one time in four, so a disagreement is always flagged.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from mobile_contract.forms import Field, FieldType, FormDefinition, fields_of
from mobile_contract.records import Flag, ProposedField
from ocr.checks import check_values
from ocr.comb import place_digits
from ocr.engine import Reading
from ocr.geometry import Place
from ocr.meaning import Meant, Vocabularies, understand
from ocr.normalise import clean

PixelBox = tuple[int, int, int, int]

#: Ink of a check box as a share of its area: at least TICKED is a tick, at most EMPTY is dust.
TICKED: Final = 0.10
EMPTY: Final = 0.035
_SELECTS: Final = (FieldType.SELECT_ONE, FieldType.SELECT_MULTIPLE)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was seen at one place: ``crop`` of its lines, ``page`` the text of the page there, ``ink`` its share.

    ``page`` is ``None`` when no line of the page belongs to this place alone. ``box`` is in pixels of the rectified
    page, ``number`` the page of the scan, from 1. ``cells`` says which cells of a comb are written in.
    """

    place: Place
    box: PixelBox
    number: int
    ink: float
    crop: tuple[Reading, ...] = ()
    page: str | None = None
    cells: tuple[bool, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Context:
    """What helps to understand: the form, the project's lists, the year for dates without one."""

    form: FormDefinition
    lists: Vocabularies = field(default_factory=dict)
    year: int | None = None


def propose(context: Context, seen: Sequence[Seen]) -> tuple[tuple[ProposedField, ...], tuple[Flag, ...]]:
    """Propose a value for every place that was answered, and for every question outside tables.

    A question left empty is proposed as ``None``; empty rows of tables are not proposed. Computed fields and
    signatures are not proposed: the server computes the ones, and people make the others.
    """
    fields: list[ProposedField] = []
    flags: list[Flag] = []
    computed: dict[str, ProposedField] = {}
    for path, places in _by_path(seen).items():
        asked = places[0].place.field
        if asked.type is FieldType.SIGNATURE:
            continue
        proposed, found = _ticks(path, places) if places[0].place.choice else _written(context, path, places[0])
        in_table = path.count("/") > 1
        if proposed.value is None and not proposed.readings and in_table:
            continue
        if asked.computed is not None:
            computed[path] = proposed
            continue
        fields.append(proposed)
        flags += found
        if proposed.value is None and not proposed.readings and asked.required:
            flags.append(Flag(code="paper.required_blank", paths=(path,)))
    flags += check_values(context.form, fields, computed)
    return tuple(fields), tuple(flags)


def missing(form: FormDefinition, proposed: Iterable[ProposedField]) -> tuple[str, ...]:
    """List the paths of questions outside tables that no page of the scan holds."""
    have = {item.path for item in proposed}
    silent = (FieldType.SIGNATURE, FieldType.PHOTO, FieldType.AUDIO, FieldType.VIDEO, FieldType.GEOPOINT)
    asked = (item for item in fields_of(form) if item.computed is None and item.type not in silent)
    return tuple(path for item in asked if (path := f"fields/{item.name}") not in have)


def _by_path(seen: Iterable[Seen]) -> dict[str, list[Seen]]:
    grouped: dict[str, list[Seen]] = {}
    for one in seen:
        grouped.setdefault(one.place.path, []).append(one)
    return grouped


# written answers ------------------------------------------------------------------------------------------------------


def _written(context: Context, path: str, seen: Seen) -> tuple[ProposedField, list[Flag]]:
    asked = seen.place.field
    crop_text = "\n".join(reading.text for reading in seen.crop if reading.text)
    page_text = (seen.page or "").strip()
    if seen.place.comb is not None:  # what stands in cells stands apart, and means no spaces
        crop_text, page_text = ("".join(text.split()) for text in (crop_text, page_text))
    readings = {name: text for name, text in (("crop", crop_text), ("page", page_text)) if text}
    if not readings:
        empty = ProposedField(path=path, confidence=_thousandths(1.0 - 40 * seen.ink), page=seen.number, box=seen.box)
        return empty, []
    crop, page = (
        understand(asked, context.form, _placed(seen, text), context.lists, context.year)
        for text in (crop_text, page_text)
    )
    nothing = crop.value is None and page.value is None
    if nothing:
        seen, crop = _rival(context, asked, seen)
    chosen = crop if crop.value is not None else page
    agree = crop.value is not None and _same(crop, page)
    flags: list[Flag] = []
    if nothing:
        params = {"text": crop_text or page_text, "type": asked.type.value}
        flags.append(Flag(code="paper.not_a_value", paths=(path,), params=params, suggestion=chosen.value))
    elif page_text and crop_text and not agree:
        flags.append(Flag(code="paper.readings_differ", paths=(path,), params={"crop": crop_text, "page": page_text}))
    confidence = _confidence(seen, agree=agree, valid=chosen.value is not None, alone=not page_text)
    proposed = ProposedField(
        path=path,
        value=chosen.value,
        confidence=_thousandths(confidence),
        page=seen.number,
        box=seen.box,
        readings=readings,
        rule=chosen.rule,
    )
    return proposed, flags


def _placed(seen: Seen, text: str) -> str:
    """Put the point into digits that stand in cells worth 元, 角 and 分; nothing when nobody can say where."""
    comb = seen.place.comb
    if comb is None or not comb.places or not text:
        return text
    return place_digits(text, seen.cells, comb.places) or ""


def _rival(context: Context, asked: Field, seen: Seen) -> tuple[Seen, Meant]:
    """Understand what else the only line of an answer may say, as the likeliest is no value: 2026107/12 is no date."""
    for other in seen.crop[0].others if len(seen.crop) == 1 else ():
        meant = understand(asked, context.form, _placed(seen, other.text), context.lists, context.year)
        if meant.value is not None:
            return replace(seen, crop=(other,)), replace(meant, rule=f"rival:{meant.rule}")
    return seen, Meant()


def _same(one: Meant, other: Meant) -> bool:
    """Compare values; of texts, without the spaces that readers drop and the width of punctuation."""
    if isinstance(one.value, str) and isinstance(other.value, str):
        return "".join(clean(one.value).split()) == "".join(clean(other.value).split())
    return bool(one.value == other.value)


def _confidence(seen: Seen, *, agree: bool, valid: bool, alone: bool) -> float:
    """Say how far to trust a reading, 0…1: a first rule, to be replaced by a fit on the clerks' own corrections.

    The weakest character counts as much as all together; a disagreement or a value that is none caps it far below
    anything that could ever be accepted unseen.
    """
    characters = [probability for reading in seen.crop for probability in reading.characters]
    if not characters:
        return 0.3
    trust = 0.5 * sum(characters) / len(characters) + 0.5 * min(characters)
    if not valid:
        return min(trust, 0.2)
    if alone:
        return 0.85 * trust
    return trust if agree else min(trust, 0.35)


def _thousandths(share: float) -> int:
    return max(0, min(1000, round(1000 * share)))


# check boxes ----------------------------------------------------------------------------------------------------------


def _ticks(path: str, places: Sequence[Seen]) -> tuple[ProposedField, list[Flag]]:
    """Decide a question by the ink in its check boxes."""
    asked = places[0].place.field
    ink = {one.place.choice or "": one.ink for one in places}
    chosen = [name for name, share in ink.items() if share >= TICKED]
    doubtful = [name for name, share in ink.items() if EMPTY < share < TICKED]
    clash = asked.type is not FieldType.SELECT_MULTIPLE and len(chosen) > 1
    flags = [Flag(code="paper.check_uncertain", paths=(path,))] if doubtful or clash else []
    left, top, right, bottom = zip(*(one.box for one in places), strict=True)
    answered = bool(chosen) or bool(doubtful)
    proposed = ProposedField(
        path=path,
        value=None if clash or not chosen else _answer(asked, chosen),
        confidence=_thousandths(0.3 if flags else min(_margin(share) for share in ink.values())),
        page=places[0].number,
        box=(min(left), min(top), max(right), max(bottom)),
        readings={"ink": _inks(ink)} if answered else {},
        rule="ink" if answered else None,
    )
    return proposed, flags


def _answer(asked: Field, chosen: list[str]) -> str | bool | list[str]:
    if asked.type is FieldType.BOOLEAN:
        return chosen[0] == "true"
    return chosen if asked.type is FieldType.SELECT_MULTIPLE else chosen[0]


def _margin(share: float) -> float:
    """Grow from one half at the thresholds to one far from them."""
    away = (share - TICKED) / TICKED if share >= TICKED else (EMPTY - share) / EMPTY
    return 0.5 + 0.5 * min(1.0, max(0.0, away))


def _inks(ink: Mapping[str, float]) -> str:
    return " ".join(f"{name}={round(1000 * share)}" for name, share in ink.items())
