"""Whether two readings are of one piece of paper, and where a paper and a filed report differ. Pure.

Pages of one form all look alike: two sheets differ in what was written on them. So not pictures are compared
but what was read from them, as it was read.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mobile_contract.extractions import ExtractionValues
from mobile_contract.forms import FormDefinition, Label, fields_of, repeats_of
from mobile_contract.values import Values, digest

#: Answers that two readings must share before their likeness says anything, and the share of all that must be equal.
MIN_ANSWERS: Final = 5
ALIKE: Final = 0.8
#: The same, where the readings name different days or numbers: one of the two was misread, or it is another sheet.
ALIKE_UNDER_OTHER_KEYS: Final = 0.95


def answers(values: ExtractionValues) -> dict[str, str]:
    """Return what was read as short digests by path, blanks left out."""
    return {item.path: digest(item.value)[:12] for item in values.fields if item.value is not None}


def alike(one: Mapping[str, str], other: Mapping[str, str], *, same_key: bool) -> bool:
    """Return whether two readings agree so far that one sheet was probably scanned twice."""
    both, either = one.keys() & other.keys(), one.keys() | other.keys()
    if len(both) < MIN_ANSWERS:
        return False
    equal = sum(one[path] == other[path] for path in both)
    return equal >= (ALIKE if same_key else ALIKE_UNDER_OTHER_KEYS) * len(either)


def flat(form: FormDefinition, fields: Values) -> dict[str, Any]:
    """Return the fields of a report by path: ``fields/name``, ``fields/table/row/column``; computed ones left out."""
    return dict(_flat(form, fields))


def _flat(form: FormDefinition, fields: Values) -> Iterator[tuple[str, Any]]:
    for field in fields_of(form):
        if field.computed is None and fields.get(field.name) is not None:
            yield f"fields/{field.name}", fields[field.name]
    for repeat in repeats_of(form):
        rows = fields.get(repeat.name)
        names = [field.name for field in repeat.fields if field.computed is None]
        for key, row in sorted(rows.items()) if isinstance(rows, dict) else ():
            for name in names:
                if isinstance(row, dict) and row.get(name) is not None:
                    yield f"fields/{repeat.name}/{key}/{name}", row[name]


def labels(form: FormDefinition) -> dict[str, Label]:
    """Return the label of every field by its path, ``*`` in place of a row."""
    found = {f"fields/{field.name}": field.label for field in fields_of(form)}
    for repeat in repeats_of(form):
        found |= {f"fields/{repeat.name}/*/{field.name}": field.label for field in repeat.fields}
    return found


def label_of(path: str, known: Mapping[str, Label]) -> Label:
    """Return the label of a path of :func:`flat`."""
    parts = path.split("/")
    return known.get(path if len(parts) == 2 else "/".join((*parts[:2], "*", *parts[3:])), {})
