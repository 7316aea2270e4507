"""What must hold between the versions of a form: a name never changes its type or unit, and what differs is another."""

from collections.abc import Iterable, Iterator

import msgspec

from mobile_contract.forms import Field, FormDefinition, fields_of, repeats_of
from mobile_contract.values import digest
from server.forms.sheets import Workbook


def content_digest(form: FormDefinition, workbook: Workbook) -> str:
    """Return the SHA-256 of what a form means to any of its readers: two equal ones are the same version.

    That is the definition, its version left out, and the cells that only the XForm has (``default``, ``appearance``).
    Columns in another order, empty rows, and prose round the tables of the text form do not count.
    """
    bare = msgspec.json.decode(msgspec.json.encode(msgspec.structs.replace(form, version=0, sha256="")))
    sheets = {
        name: [{column.strip(): text for column, text in row.cells.items()} for row in sheet.rows]
        for name, sheet in workbook.items()
    }
    return digest({"definition": bare, "sheets": sheets})


def changed_names(earlier: Iterable[FormDefinition], form: FormDefinition) -> list[str]:
    """Return each name that ``form`` uses differently from an earlier version, with its old and its new use."""
    new = dict(_shapes(form))
    changed = {
        f"{name}: {old} → {new[name]}"
        for version in earlier
        for name, old in _shapes(version)
        if name in new and new[name] != old
    }
    return sorted(changed)


def _shapes(form: FormDefinition) -> Iterator[tuple[str, str]]:
    """Return (name, use) of each name of a form; a use is where its value lies, its type and its unit."""
    for field in fields_of(form):
        yield field.name, _shape(field)
    for repeat in repeats_of(form):
        yield repeat.name, "repeat"
        for field in repeat.fields:
            yield field.name, f"{repeat.name}/{_shape(field)}"


def _shape(field: Field) -> str:
    return f"{field.type} {field.unit}" if field.unit else field.type.value
