"""The grounds of a value that was read, for and against it, as whole numbers that are kept beside it. Pure."""

import math
from collections.abc import Sequence
from typing import Final

from mobile_contract.extractions import ValueKind
from mobile_contract.forms import Field, FieldType
from ocr.engine import Reading
from ocr.meaning import is_money, role
from ocr.normalise import clean

_BY_TYPE: Final = {
    FieldType.INTEGER: ValueKind.NUMBER,
    FieldType.DECIMAL: ValueKind.NUMBER,
    FieldType.DATE: ValueKind.MOMENT,
    FieldType.TIME: ValueKind.MOMENT,
    FieldType.DATE_TIME: ValueKind.MOMENT,
    FieldType.SELECT_ONE: ValueKind.NAME,
    FieldType.SELECT_MULTIPLE: ValueKind.NAME,
}
_CODES: Final = ("usci", "citizenId", "stake", "code", "number")
_BY_ROLE: Final = dict.fromkeys(_CODES, ValueKind.CODE) | {"words": ValueKind.WORDS}
_MAX_NINES: Final = 600


def kind_of(field: Field) -> ValueKind:
    """Return with which values a written answer of ``field`` is judged."""
    if field.type in _BY_TYPE:
        return ValueKind.MONEY if is_money(field) else _BY_TYPE[field.type]
    return _BY_ROLE.get(role(field), ValueKind.NAME if field.vocabulary else ValueKind.TEXT)


def nines(probability: float) -> int:
    """Return a probability as a hundredfold count of nines: 200 is 0.99, 300 is 0.999; at most 600."""
    return min(_MAX_NINES, round(-100 * math.log10(max(1e-9, 1 - probability))))


def written_grounds(crop: Sequence[Reading], crop_text: str, page_text: str, listed: Sequence[str]) -> dict[str, int]:
    """Return the grounds of a written answer by its readings and the list of the project that it may come from.

    ``mean`` and ``least`` are nines of the characters of the crop, ``alike`` how far crop and page agree letter by
    letter and ``snap`` how close the list comes, in thousandths; ``han`` is the share of Chinese characters.
    """
    from rapidfuzz import fuzz, process

    text = crop_text or page_text
    characters = [probability for reading in crop for probability in reading.characters]
    found = process.extractOne(text, listed, scorer=fuzz.ratio) if listed else None
    best = 0.0 if found is None else found[1]
    alike = fuzz.ratio(_bare(crop_text), _bare(page_text)) if crop_text and page_text else 0.0
    return {
        "mean": nines(sum(characters) / len(characters)) if characters else 0,
        "least": nines(min(characters, default=0.0)),
        "alike": round(10 * alike),
        "alone": int(not (crop_text and page_text)),
        "snap": round(10 * best),
        "listed": int(best == 100),
        "length": min(40, len(text)),
        "lines": min(9, len(crop)),
        "han": round(1000 * sum("一" <= char <= "鿿" for char in text) / max(1, len(text))),
    }


def ink_ground(share: float) -> int:
    """Return ink as ten-thousandths of the area it is on, at most 3000."""
    return min(3000, round(10_000 * share))


def _bare(text: str) -> str:
    return "".join(clean(text).split())
