"""Readings into proposed values, with a confidence each and flags where a person must look. Pure.

Two readings of every written answer are kept: of the crop (limited to what its type may say) and of the page as a
whole. Where they disagree either is right only one time in four, so a disagreement is always flagged. What speaks for
a value is kept beside it as its grounds, and judged by a fit (:mod:`ocr.trust`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from mobile_contract.extractions import Flag, ProposedField, ValueKind
from mobile_contract.forms import Field, FieldType, FormDefinition, fields_of
from ocr.checks import check_values
from ocr.comb import place_digits
from ocr.engine import Reading
from ocr.geometry import Place
from ocr.grounds import ink_ground, kind_of, written_grounds
from ocr.meaning import Meant, Vocabularies, understand
from ocr.normalise import clean
from ocr.trust import Fit, shipped

PixelBox = tuple[int, int, int, int]

#: Ink of a check box as a share of its area: at least TICKED is a tick, at most EMPTY is dust.
TICKED: Final = 0.10
EMPTY: Final = 0.035
_SELECTS: Final = (FieldType.SELECT_ONE, FieldType.SELECT_MULTIPLE)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was seen at one place: ``crop`` of its lines, ``page`` the text of the page there, ``ink`` its share.

    ``page`` is ``None`` when no line of the page belongs to this place alone. ``box`` is in pixels of the rectified
    page, ``number`` the page of the scan, from 1. ``cells`` is, for each cell of a comb, whether it is written in.
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
    """What helps to understand: the form, the project's lists, the year for dates without one; and the fit that judges.

    ``engine`` is the name of the engine that read.
    """

    form: FormDefinition
    lists: Vocabularies = field(default_factory=dict)
    year: int | None = None
    engine: str = ""
    fit: Fit = field(default_factory=shipped)


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
    checked = check_values(context.form, fields, computed)
    flags += [one.flag for one in checked if one.flag is not None]
    borne_out = {path for one in checked if one.flag is None for path in one.paths}
    refuted = {path for one in checked if one.flag is not None for path in one.paths}
    judged = tuple(_judged(context, one, one.path in borne_out, one.path in refuted) for one in fields)
    return judged, tuple(flags)


def _judged(context: Context, proposed: ProposedField, borne_out: bool, refuted: bool) -> ProposedField:
    """Return the value with the checks' and the engine's grounds added, and the confidence that follows from them."""
    grounds = {
        **proposed.grounds,
        "checked": int(borne_out),
        "refuted": int(refuted),
        "rapid": int(context.engine.startswith("rapid")),
    }
    # What was read and is no value was not understood: there is nothing to be sure of.
    lost = proposed.value is None and bool(proposed.readings)
    confidence = 0 if lost or proposed.kind is None else context.fit.judge(proposed.kind, grounds)
    return msgspec.structs.replace(proposed, grounds=grounds, confidence=confidence)


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
        grounds = {"ink": ink_ground(seen.ink)}
        empty = ProposedField(
            path=path, confidence=0, page=seen.number, box=seen.box, kind=ValueKind.BLANK, grounds=grounds
        )
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
    listed = context.lists.get(asked.vocabulary, ()) if asked.vocabulary else ()
    grounds = written_grounds(seen.crop, crop_text, page_text, listed)
    grounds |= {"agree": int(agree), "fromPage": int(crop.value is None), "ink": ink_ground(seen.ink)}
    proposed = ProposedField(
        path=path,
        value=chosen.value,
        confidence=0,
        page=seen.number,
        box=seen.box,
        readings=readings,
        rule=chosen.rule,
        kind=kind_of(asked),
        grounds=grounds,
    )
    return proposed, flags


def _placed(seen: Seen, text: str) -> str:
    """Put the point into digits that stand in cells worth 元, 角 and 分; empty when its place is unknown."""
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
    """Return whether two values are the same; of texts, spaces and the width of punctuation do not count."""
    if isinstance(one.value, str) and isinstance(other.value, str):
        return "".join(clean(one.value).split()) == "".join(clean(other.value).split())
    return bool(one.value == other.value)


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
        confidence=0,
        page=places[0].number,
        box=(min(left), min(top), max(right), max(bottom)),
        readings={"ink": _inks(ink)} if answered else {},
        rule="ink" if answered else None,
        kind=ValueKind.CHECK,
        grounds={
            "margin": round(1000 * min(_margin(share) for share in ink.values())),
            "doubtful": int(bool(flags)),
            "ink": ink_ground(max(ink.values())),
            "boxes": min(20, len(ink)),
            "ticked": min(20, len(chosen)),
        },
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
